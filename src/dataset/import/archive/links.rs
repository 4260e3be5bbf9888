//! Links inside archives. A link to an earlier file of the archive is a copy of that file; all
//! other links are skipped.

use std::collections::BTreeMap;

use crate::display::escaped_bytes;

/// The entries so far, by path.
#[derive(Default)]
pub(super) struct SeenPaths(BTreeMap<Vec<u8>, SeenEntry>);

#[derive(Clone, Copy)]
enum SeenEntry {
    /// The member's number.
    File(u64),
    Folder,
    Link,
}

impl SeenPaths {
    pub(super) fn add_file(&mut self, path: &[u8], number: u64) {
        self.add(path, SeenEntry::File(number));
    }

    pub(super) fn add_folder(&mut self, path: &[u8]) {
        self.add(path, SeenEntry::Folder);
    }

    fn add(&mut self, path: &[u8], place: SeenEntry) {
        if let Ok(path) = normalize_path(&[], path) {
            self.0.insert(path, place);
        }
    }

    /// The number of the member that the link at `path` points to, or why it is skipped. `target`
    /// is relative to the link's folder if the link is symbolic, otherwise to the archive's root.
    pub(super) fn resolve_link(
        &mut self,
        path: &[u8],
        target: &[u8],
        symbolic: bool,
    ) -> Result<u64, String> {
        let folder = match path.iter().rposition(|&byte| byte == b'/') {
            Some(at) if symbolic => &path[..at],
            _ => &[],
        };
        let found = normalize_path(folder, target)
            .map_err(|()| "outside the archive".to_string())
            .and_then(|target| self.file_number(&target));
        self.add(path, SeenEntry::Link);
        found.map_err(|place| format!("a link to {}, {place}", escaped_bytes(target)))
    }

    fn file_number(&self, target: &[u8]) -> Result<u64, String> {
        let is_folder = || {
            let inside = [target, b"/"].concat();
            self.0
                .range(inside.clone()..)
                .next()
                .is_some_and(|(path, _)| path.starts_with(&inside))
        };
        let wrong = match self.0.get(target) {
            Some(SeenEntry::File(number)) => return Ok(*number),
            Some(SeenEntry::Link) => "another link",
            Some(SeenEntry::Folder) => "a folder",
            None if target.is_empty() || is_folder() => "a folder",
            None => "which does not come before it in the archive",
        };
        Err(wrong.to_string())
    }
}

/// `path` relative to `folder`, without `.` and `..`; an error if it leads outside.
fn normalize_path(folder: &[u8], path: &[u8]) -> Result<Vec<u8>, ()> {
    if path.starts_with(b"/") {
        return Err(());
    }
    let mut parts: Vec<&[u8]> = vec![];
    let separated = |path| <[u8]>::split(path, |&byte| byte == b'/');
    for part in separated(folder).chain(separated(path)) {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop().ok_or(())?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join(&b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_earlier_files_are_what_a_link_stands_for() {
        let mut paths = SeenPaths::default();
        paths.add_folder(b"lfw/Empty/");
        paths.add_file(b"./lfw/A/1.jpg", 4);
        let mut follow = |path: &str, target: &str, symbolic| {
            paths.resolve_link(path.as_bytes(), target.as_bytes(), symbolic)
        };
        assert_eq!(follow("lfw/A/2.jpg", "lfw/A/1.jpg", false), Ok(4));
        assert_eq!(follow("lfw/A/3.jpg", "1.jpg", true), Ok(4));
        assert_eq!(follow("lfw/B/1.jpg", "../A/./1.jpg", true), Ok(4));
        let mut refused = |path, target, symbolic, expected: &str| {
            let reason = follow(path, target, symbolic).unwrap_err();
            assert_eq!(reason, format!("a link to {target}, {expected}"));
        };
        let later = "which does not come before it in the archive";
        refused("lfw/A/4.jpg", "later.jpg", true, later);
        refused("lfw/A/5.jpg", "5.jpg", true, later);
        refused("lfw/A/6.jpg", "/etc/passwd", true, "outside the archive");
        refused("lfw/A/7.jpg", "../../../1.jpg", true, "outside the archive");
        refused("lfw/A/8.jpg", "2.jpg", true, "another link");
        refused("lfw/C", "A", true, "a folder");
        refused("lfw/D", "lfw/Empty", false, "a folder");
        refused("lfw/round", ".", true, "a folder");
    }
}
