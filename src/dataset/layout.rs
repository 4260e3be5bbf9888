//! What the files of a data set are called, and what a path in somebody's
//! archive or folder means.

/// The people's folders lie in here, below the data set's own folder.
pub(crate) const PICTURES: &str = "lfw";
/// The index of a data set.
pub(crate) const INDEX: &str = "dataset.json";
/// Where a data set came from.
pub(crate) const SOURCES: &str = "sources.json";

/// Protocol and attribute files that are kept beside the pictures.
pub(crate) const PROTOCOL_FILES: [&str; 20] = [
    "lfw_attributes.txt",
    "lfw-names.txt",
    "people.txt",
    "peopleDevTrain.txt",
    "peopleDevTest.txt",
    "pairs.txt",
    "pairsDevTrain.txt",
    "pairsDevTest.txt",
    "lfw_allnames.csv",
    "people.csv",
    "peopleDevTrain.csv",
    "peopleDevTest.csv",
    "pairs.csv",
    "pairsDevTrain.csv",
    "pairsDevTest.csv",
    "matchpairsDevTrain.csv",
    "matchpairsDevTest.csv",
    "mismatchpairsDevTrain.csv",
    "mismatchpairsDevTest.csv",
    "lfw_readme.csv",
];

/// Folders beside an archive that hold its protocol files, apart from its own.
pub(crate) const PROTOCOL_FOLDERS: [&str; 1] = ["lfw-metadata"];

/// Longer names are refused: file systems end at 255 bytes, and our own are made from these.
const MAX_NAME: usize = 200;

/// What a file in a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A picture in a folder of its person.
    Picture(PicturePath),
    /// One of [`PROTOCOL_FILES`], by its proper name.
    Protocol(&'static str),
    /// A picture that cannot be used, and why.
    Skip(&'static str),
    /// Nothing to us: other files, hidden ones.
    Ignore,
}

/// Where a picture lay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PicturePath {
    /// The folders above the person's, joined by `/`.
    pub above: String,
    /// The person's folder.
    pub folder: String,
    /// The file's name.
    pub file: String,
}

/// What the path of a file inside an archive or folder means.
///
/// # Errors
/// A path that leads out of the folder it is unpacked in; the error is the reason.
pub(crate) fn classify(path: &[u8]) -> Result<Entry, &'static str> {
    if path.starts_with(b"/") || path.starts_with(b"\\") || path.get(1..3) == Some(b":\\") {
        return Err("an absolute path; the archive is not safe to unpack");
    }
    let mut parts: Vec<&[u8]> = vec![];
    // Some Windows programs write backslashes into zip archives.
    for part in path.split(|&byte| byte == b'/' || byte == b'\\') {
        match part {
            b"" | b"." => {}
            b".." => return Err("a path with \"..\"; the archive is not safe to unpack"),
            part => parts.push(part),
        }
    }
    let [above @ .., file] = parts.as_slice() else {
        return Ok(Entry::Ignore);
    };
    // Hidden files and the shadow files of macOS archives.
    if parts
        .iter()
        .any(|part| part.starts_with(b".") || *part == b"__MACOSX")
    {
        return Ok(Entry::Ignore);
    }
    if let Some(name) = PROTOCOL_FILES
        .into_iter()
        .find(|name| file.eq_ignore_ascii_case(name.as_bytes()))
    {
        return Ok(Entry::Protocol(name));
    }
    let extension = file.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    if !["jpg", "jpeg", "png"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known.as_bytes()))
    {
        return Ok(Entry::Ignore);
    }
    let Some((folder, above)) = above.split_last() else {
        return Ok(Entry::Skip("not in a folder named for its person"));
    };
    let (Ok(folder), Ok(file)) = (std::str::from_utf8(folder), std::str::from_utf8(file)) else {
        return Ok(Entry::Skip("the name is not UTF-8; rename it"));
    };
    if folder.chars().chain(file.chars()).any(char::is_control) {
        return Ok(Entry::Skip("a control character in the name; rename it"));
    }
    if folder.len() > MAX_NAME || file.len() > MAX_NAME {
        return Ok(Entry::Skip("the name is too long; shorten it"));
    }
    let above: Vec<_> = above
        .iter()
        .map(|part| String::from_utf8_lossy(part))
        .collect();
    Ok(Entry::Picture(PicturePath {
        above: above.join("/"),
        folder: folder.to_string(),
        file: file.to_string(),
    }))
}

/// A path for a message: one line, whatever its bytes.
pub(crate) fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path)
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(above: &str, folder: &str, file: &str) -> Result<Entry, &'static str> {
        Ok(Entry::Picture(PicturePath {
            above: above.into(),
            folder: folder.into(),
            file: file.into(),
        }))
    }

    #[test]
    fn every_known_layout_is_understood() {
        for (path, expected) in [
            (
                "lfw/A_B/A_B_0001.jpg",
                picture("lfw", "A_B", "A_B_0001.jpg"),
            ),
            (
                "lfw-deepfunneled/lfw-deepfunneled/A_B/A_B_0001.jpg",
                picture("lfw-deepfunneled/lfw-deepfunneled", "A_B", "A_B_0001.jpg"),
            ),
            ("./A B/holiday.PNG", picture("", "A B", "holiday.PNG")),
            ("x\\A\\b.jpeg", picture("x", "A", "b.jpeg")),
            (
                "any/where/PEOPLEDEVTRAIN.txt",
                Ok(Entry::Protocol("peopleDevTrain.txt")),
            ),
            (
                "matchpairsDevTest.csv",
                Ok(Entry::Protocol("matchpairsDevTest.csv")),
            ),
            ("lfw/", Ok(Entry::Ignore)),
            ("", Ok(Entry::Ignore)),
            ("lfw/README", Ok(Entry::Ignore)),
            ("__MACOSX/A/._b.jpg", Ok(Entry::Ignore)),
            ("A/.b.jpg", Ok(Entry::Ignore)),
            (
                "b.jpg",
                Ok(Entry::Skip("not in a folder named for its person")),
            ),
        ] {
            assert_eq!(classify(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn paths_that_lead_out_are_refused_and_odd_names_skipped() {
        for path in ["/etc/A/b.jpg", "\\A\\b.jpg", "C:\\A\\b.jpg"] {
            assert!(
                classify(path.as_bytes()).unwrap_err().contains("absolute"),
                "{path}"
            );
        }
        for path in ["../A/b.jpg", "lfw/../../b.jpg", "lfw\\..\\b.jpg", ".."] {
            assert!(
                classify(path.as_bytes()).unwrap_err().contains(".."),
                "{path}"
            );
        }
        for path in [
            &b"A/\xe9.jpg"[..],
            b"A/\x1b[2J.jpg",
            &[b"A/", &[b'x'; 300][..], b".jpg"].concat(),
        ] {
            assert!(matches!(classify(path), Ok(Entry::Skip(_))));
        }
        assert_eq!(shown(b"A\x1b[2J/\xff"), "A\u{fffd}[2J/\u{fffd}");
    }
}
