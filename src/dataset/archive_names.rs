//! The meaning of paths in a user's archive or folder: pictures, protocol files, and what is ignored.

use crate::dataset::files::PROTOCOL_FILES;
use crate::dataset::normalize::nfc;

/// Longer names are refused: file systems allow 255 bytes, and our own names are derived from
/// these.
const MAX_NAME_BYTES: usize = 200;

/// Extensions of supported pictures.
const READABLE_EXTENSIONS: [&str; 8] = ["jpg", "jpeg", "jpe", "jfif", "jif", "pjpeg", "pjp", "png"];
/// Extensions of unsupported pictures, and the format's name with its article.
const UNSUPPORTED_EXTENSIONS: [(&str, &str); 29] = [
    ("webp", "a WebP"),
    ("gif", "a GIF"),
    ("bmp", "a BMP"),
    ("dib", "a BMP"),
    ("tif", "a TIFF"),
    ("tiff", "a TIFF"),
    ("avif", "an AVIF"),
    ("heic", "a HEIC"),
    ("heif", "a HEIF"),
    ("hif", "a HEIF"),
    ("jxl", "a JPEG XL"),
    ("jp2", "a JPEG 2000"),
    ("j2k", "a JPEG 2000"),
    ("jpf", "a JPEG 2000"),
    ("pgm", "a PGM"),
    ("ppm", "a PPM"),
    ("pbm", "a PBM"),
    ("pnm", "a PNM"),
    ("tga", "a TGA"),
    ("ico", "an ICO"),
    ("svg", "an SVG"),
    ("psd", "a Photoshop"),
    ("dng", "a raw camera"),
    ("cr2", "a raw camera"),
    ("cr3", "a raw camera"),
    ("nef", "a raw camera"),
    ("arw", "a raw camera"),
    ("orf", "a raw camera"),
    ("rw2", "a raw camera"),
];

/// Folders in which systems and programs keep copies, thumbnails and deleted files, in lower case.
/// Hidden folders are not listed.
const SYSTEM_FOLDERS: [&str; 26] = [
    // Network storage.
    "@eadir",
    "@recycle",
    "@recently-snapshot",
    "@sharebin",
    "@tmp",
    "#recycle",
    "#snapshot",
    "network trash folder",
    "temporary items",
    // Thumbnails.
    "thumbs",
    "thumb",
    "_thumbs",
    "_thumb",
    "thumbnails",
    "thumbnail",
    "_thumbnails",
    // Photo software.
    "captureone",
    "_gsdata_",
    // Operating systems.
    "__macosx",
    "lost+found",
    "$recycle.bin",
    "recycle.bin",
    "recycler",
    "recycled",
    "system volume information",
    "found.000",
];
/// The same by suffix: Lightroom's previews.
const SYSTEM_FOLDER_SUFFIXES: [&str; 2] = [".lrdata", ".lrcat-data"];

/// What a file in a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A picture in a folder.
    Picture(PicturePath),
    /// One of [`PROTOCOL_FILES`], by its canonical name.
    Protocol(&'static str),
    /// A picture in an unsupported format: the format's name with its article.
    UnsupportedFormat(&'static str),
    /// A picture that cannot be used, and the reason.
    Skip(&'static str),
    /// A picture in a system folder (its name), or a hidden file.
    SystemFile(String),
    /// Not a picture and not a protocol file.
    Ignore,
}

/// A picture's path in a source, with names in Unicode NFC.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PicturePath {
    /// The folders from the top of the source to the picture; never empty.
    pub folders: Vec<String>,
    /// The file's name.
    pub file: String,
    /// All components as they were found, if normalization changed any of them.
    pub original_bytes: Option<Vec<Vec<u8>>>,
}

impl PicturePath {
    /// Whether normalization changed the name of the folder at this depth.
    pub(crate) fn was_normalized(&self, depth: usize) -> bool {
        self.original_bytes.as_ref().is_some_and(|given| {
            given.get(depth).map(Vec::as_slice) != self.folders.get(depth).map(String::as_bytes)
        })
    }
}

impl std::fmt::Display for PicturePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for folder in &self.folders {
            write!(f, "{folder}/")?;
        }
        f.write_str(&self.file)
    }
}

/// A path inside a zip archive with `/` as the separator: some Windows programs write backslashes.
///
/// # Errors
/// If the path begins with a drive; the error is the reason.
pub(crate) fn normalize_zip_path(path: &[u8]) -> Result<Vec<u8>, &'static str> {
    let path: Vec<u8> = path
        .iter()
        .map(|&byte| if byte == b'\\' { b'/' } else { byte })
        .collect();
    if path.get(1..3) == Some(b":/") && path[0].is_ascii_alphabetic() {
        return Err(ABSOLUTE);
    }
    Ok(path)
}

const ABSOLUTE: &str = "an absolute path; the archive is not safe to unpack";

/// Classifies a file by its path inside an archive or folder.
///
/// # Errors
/// If the path leads out of the folder it would be unpacked to; the error is the reason.
pub(crate) fn classify(path: &[u8]) -> Result<EntryKind, &'static str> {
    if path.starts_with(b"/") {
        return Err(ABSOLUTE);
    }
    let mut parts: Vec<&[u8]> = vec![];
    for part in path.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => return Err("a path with \"..\"; the archive is not safe to unpack"),
            part => parts.push(part),
        }
    }
    let [folders @ .., file] = parts.as_slice() else {
        return Ok(EntryKind::Ignore);
    };
    let ending = extension(file);
    let other = UNSUPPORTED_EXTENSIONS
        .iter()
        .find(|(known, _)| ending.eq_ignore_ascii_case(known.as_bytes()));
    let is_read = READABLE_EXTENSIONS
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known.as_bytes()));
    if let Some(folder) = folders.iter().find(|folder| is_system_folder(folder)) {
        return Ok(if is_read || other.is_some() {
            EntryKind::SystemFile(String::from_utf8_lossy(folder).into_owned())
        } else {
            EntryKind::Ignore
        });
    }
    // These include macOS' AppleDouble files (`._name`).
    if file.starts_with(b".") {
        return Ok(if is_read || other.is_some() {
            EntryKind::SystemFile("hidden files".to_string())
        } else {
            EntryKind::Ignore
        });
    }
    if let Some(name) = PROTOCOL_FILES
        .into_iter()
        .find(|name| file.eq_ignore_ascii_case(name.as_bytes()))
    {
        return Ok(EntryKind::Protocol(name));
    }
    if let Some((_, format)) = other {
        return Ok(EntryKind::UnsupportedFormat(format));
    }
    if !is_read {
        return Ok(EntryKind::Ignore);
    }
    if folders.is_empty() {
        return Ok(EntryKind::Skip(NOT_IN_PERSON_FOLDER));
    }
    let Ok(file) = std::str::from_utf8(file) else {
        return Ok(EntryKind::Skip(NOT_UTF8));
    };
    if let Some(reason) = name_problem(file) {
        return Ok(EntryKind::Skip(reason));
    }
    let mut path = PicturePath {
        folders: folders
            .iter()
            .map(|part| nfc(&String::from_utf8_lossy(part)).into_owned())
            .collect(),
        file: nfc(file).into_owned(),
        original_bytes: None,
    };
    let kept = path.folders.iter().chain([&path.file]);
    if !kept.map(String::as_bytes).eq(parts.iter().copied()) {
        path.original_bytes = Some(parts.iter().map(|part| part.to_vec()).collect());
    }
    Ok(EntryKind::Picture(path))
}

/// Why a picture that belongs to no person is skipped.
pub(crate) const NOT_IN_PERSON_FOLDER: &str = "not in a folder named for its person";
const NOT_UTF8: &str = "the name is not UTF-8; rename it";

/// Why a name cannot be used for a person's folder or a picture; `None` if it can.
pub(crate) fn name_problem(name: &str) -> Option<&'static str> {
    if name.contains('\u{fffd}') {
        return Some(NOT_UTF8);
    }
    if name.chars().any(char::is_control) {
        return Some("a control character in the name; rename it");
    }
    (name.len() > MAX_NAME_BYTES).then_some("the name is too long; shorten it")
}

/// Whether a system or a program uses a folder for its own purposes.
pub(crate) fn is_system_folder(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_lowercase();
    name.starts_with('.')
        || SYSTEM_FOLDERS.contains(&name.as_str())
        || SYSTEM_FOLDER_SUFFIXES.iter().any(|end| name.ends_with(end))
}

/// A picture's file name without its extension; `None` if it is not a picture.
pub(crate) fn picture_stem(file: &str) -> Option<&str> {
    let (stem, ending) = file.rsplit_once('.')?;
    READABLE_EXTENSIONS
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
        .then_some(stem)
}

pub(crate) fn extension(file: &[u8]) -> &[u8] {
    file.iter()
        .rposition(|&byte| byte == b'.')
        .map_or(&[], |dot| &file[dot + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "compared with what is returned")]
    fn picture(folders: &[&str], file: &str) -> Result<EntryKind, &'static str> {
        Ok(EntryKind::Picture(PicturePath {
            folders: folders.iter().map(ToString::to_string).collect(),
            file: file.into(),
            original_bytes: None,
        }))
    }

    #[expect(clippy::unnecessary_wraps, reason = "compared with what is returned")]
    fn system(folder: &str) -> Result<EntryKind, &'static str> {
        Ok(EntryKind::SystemFile(folder.into()))
    }

    #[test]
    fn every_known_layout_is_understood() {
        for (path, expected) in [
            (
                "lfw/A_B/A_B_0001.jpg",
                picture(&["lfw", "A_B"], "A_B_0001.jpg"),
            ),
            (
                "lfw-deepfunneled/lfw-deepfunneled/A_B/A_B_0001.jpg",
                picture(
                    &["lfw-deepfunneled", "lfw-deepfunneled", "A_B"],
                    "A_B_0001.jpg",
                ),
            ),
            ("./A B/holiday.PNG", picture(&["A B"], "holiday.PNG")),
            ("A/./b.jfif", picture(&["A"], "b.jfif")),
            ("A/b.JPE", picture(&["A"], "b.JPE")),
            ("A\\B/b.jpeg", picture(&["A\\B"], "b.jpeg")),
            (
                "any/where/PEOPLEDEVTRAIN.txt",
                Ok(EntryKind::Protocol("peopleDevTrain.txt")),
            ),
            (
                "matchpairsDevTest.csv",
                Ok(EntryKind::Protocol("matchpairsDevTest.csv")),
            ),
            ("lfw/", Ok(EntryKind::Ignore)),
            ("", Ok(EntryKind::Ignore)),
            ("lfw/README", Ok(EntryKind::Ignore)),
            ("lfw/A/jpg", Ok(EntryKind::Ignore)),
            ("b.jpg", Ok(EntryKind::Skip(NOT_IN_PERSON_FOLDER))),
            ("A/b.WebP", Ok(EntryKind::UnsupportedFormat("a WebP"))),
            ("b.heic", Ok(EntryKind::UnsupportedFormat("a HEIC"))),
        ] {
            assert_eq!(classify(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn accents_are_composed_and_the_spelling_remembered() {
        let Ok(EntryKind::Picture(path)) = classify("x/Zoe\u{301}/a.jpg".as_bytes()) else {
            panic!("not a picture");
        };
        assert_eq!(path.folders, ["x", "Zoé"]);
        assert!(path.was_normalized(1) && !path.was_normalized(0));
        assert_eq!(path.to_string(), "x/Zoé/a.jpg");
    }

    #[test]
    fn what_systems_keep_is_no_picture_of_anybody() {
        for folder in [
            "@eaDir",
            "@EADIR",
            "#recycle",
            ".thumbnails",
            "Thumbs",
            "thumbnails",
            "__MACOSX",
            "lost+found",
            "$RECYCLE.BIN",
            ".git",
            ".Trash-1000",
            "System Volume Information",
            ".@__thumb",
            "Catalog Previews.lrdata",
            "@Recycle",
        ] {
            let expected = system(folder);
            assert_eq!(classify(format!("A/{folder}/b.jpg").as_bytes()), expected);
            assert_eq!(classify(format!("{folder}/A/b.png").as_bytes()), expected);
            assert_eq!(classify(format!("{folder}/A/b.webp").as_bytes()), expected);
            let other = format!("{folder}/Thumbs.db");
            assert_eq!(classify(other.as_bytes()), Ok(EntryKind::Ignore));
        }
        assert_eq!(classify(b"A/._b.jpg"), system("hidden files"));
        assert_eq!(classify(b"A/.DS_Store"), Ok(EntryKind::Ignore));
        // People may have similar names.
        for name in ["Thumbelina", "@ann", "#1", "MACOSX", "Recycle_Smith"] {
            let path = format!("{name}/b.jpg");
            assert_eq!(classify(path.as_bytes()), picture(&[name], "b.jpg"));
        }
    }

    #[test]
    fn paths_that_lead_out_are_refused_and_odd_names_skipped() {
        assert!(classify(b"/etc/A/b.jpg").unwrap_err().contains("absolute"));
        for path in ["../A/b.jpg", "lfw/../../b.jpg", ".."] {
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
            assert!(matches!(classify(path), Ok(EntryKind::Skip(_))));
        }
        assert!(name_problem("A\nB").is_some() && name_problem("\u{202e}A B\\").is_none());
    }

    #[test]
    fn backslashes_separate_inside_zip_alone() {
        assert_eq!(normalize_zip_path(b"x\\A\\b.jpeg").unwrap(), b"x/A/b.jpeg");
        assert!(
            normalize_zip_path(b"C:\\A\\b.jpg")
                .unwrap_err()
                .contains("absolute")
        );
        for path in [&b"\\A\\b.jpg"[..], b"lfw\\..\\b.jpg"] {
            assert!(classify(&normalize_zip_path(path).unwrap()).is_err());
        }
        assert_eq!(classify(b"C:\\A/b.jpg"), picture(&["C:\\A"], "b.jpg"));
    }
}
