//! The title of an imported data set, and its folder's name.

use std::path::Path;

use crate::dataset::fetch::published;
use crate::display::escaped_bytes;

/// The data set's title: the published archive's name if the contents match it, otherwise the
/// file's name.
pub(super) fn derive_title(source: &Path, sha256: Option<&str>, notes: &mut Vec<String>) -> String {
    let file = source
        .file_name()
        .map(|name| escaped_bytes(name.as_encoded_bytes()))
        .unwrap_or_default();
    let mut name = file.clone();
    if let Some(sha256) = sha256 {
        if let Some(known) = published::archive_by_sha256(sha256) {
            name = known.name.to_string();
        } else if let Some(official) = published::archive_by_name(&file) {
            notes.push(format!(
                "{file}: has the name of a published archive, but its SHA-256 is {sha256} instead of {}; \
                 imported anyway",
                official.sha256.unwrap_or("the published one"),
            ));
        }
        for ending in [".tar.gz", ".tgz", ".tar", ".zip", ".gz"] {
            if let Some(stem) = name.strip_suffix(ending) {
                name = stem.to_string();
                break;
            }
        }
    }
    if name.is_empty() {
        "faces".to_string()
    } else {
        name
    }
}

/// The title as part of a folder name.
pub(super) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.to_lowercase().chars().take(40) {
        if c.is_ascii_alphanumeric() || c == '_' {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    match slug.trim_end_matches('-') {
        "" => "faces".to_string(),
        slug => slug.to_string(),
    }
}
