//! Indexes pictures that are already in place.

use std::path::Path;

use crate::dataset::archive_names::{EntryKind, classify};
use crate::dataset::catalog::Dataset;
use crate::dataset::hash::sha256;
use crate::dataset::index::{self, DatasetKind, FoundPicture, build_dataset};
use crate::dataset::{annotations, files};
use crate::error::{Error, Result};

/// Indexes pictures that are already in place: `folder/lfw/Name/Name_0001.jpg`, with protocol files
/// (`lfw_attributes.txt`, `peopleDevTrain.txt`, …) beside `lfw`. Pictures are hashed, not decoded.
/// The folder may be renamed later: the index contains no paths, and the data set's id is its
/// folder's name.
///
/// # Errors
/// When a file cannot be read or written; [`Error::Invalid`] if there are no pictures.
pub(crate) fn index_folder(folder: &Path, title: &str, kind: DatasetKind) -> Result<Dataset> {
    let root = folder.join(files::PICTURES_FOLDER);
    let mut found = vec![];
    let listed = |path: &Path| {
        std::fs::read_dir(path)
            .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
            .map_err(Error::io(path, "list"))
    };
    for person in listed(&root)? {
        if !person.path().is_dir() {
            continue;
        }
        for file in listed(&person.path())? {
            let (Ok(folder), Ok(name)) = (
                person.file_name().into_string(),
                file.file_name().into_string(),
            ) else {
                continue;
            };
            let inner = format!("{folder}/{name}");
            if let Ok(EntryKind::Picture(_)) = classify(inner.as_bytes()) {
                let path = file.path();
                let bytes = std::fs::read(&path).map_err(Error::io(&path, "read"))?;
                found.push(FoundPicture {
                    folder,
                    file: name,
                    digest: sha256(&bytes),
                    position: found.len(),
                });
            }
        }
    }
    if found.is_empty() {
        return Err(Error::invalid(
            root.display(),
            "no pictures in folders of people",
        ));
    }
    let (mut dataset, _) = build_dataset(folder, title, kind, found);
    annotations::load_into(&mut dataset)?;
    index::write(&dataset)?;
    Ok(dataset)
}
