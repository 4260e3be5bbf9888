//! The index of a data set, `dataset.json` in its folder, so that opening it does not have to list
//! thousands of folders.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::dataset::catalog::{Dataset, OfficialPart, Person, Picture};
use crate::dataset::crop::Crop;
use crate::dataset::files;
use crate::dataset::hash::hex;
use crate::dataset::numbering::assign_numbers;
use crate::display::escaped;
use crate::error::{Error, Result};
use crate::paths::replace_file;

/// Increased when older indexes can no longer be read.
const FORMAT: u32 = 1;

/// The index as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredIndex {
    format: u32,
    title: String,
    is_sample: bool,
    fingerprint: String,
    /// The chosen crop; omitted if none was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crop: Option<Crop>,
    pictures: usize,
    people: Vec<StoredPerson>,
}

/// The part of [`StoredIndex`] that a list of data sets needs.
#[derive(Debug, Deserialize)]
struct StoredHead {
    format: u32,
    title: String,
    is_sample: bool,
    fingerprint: String,
    #[serde(default)]
    crop: Option<Crop>,
    pictures: usize,
    people: Vec<serde::de::IgnoredAny>,
}

/// (folder, part of the development split, numbers, files). `files` is empty if all are named
/// `Folder_0001.jpg` after their numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredPerson(String, u8, Vec<u32>, Vec<String>);

/// A data set in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetSummary {
    /// As [`Dataset::id`].
    pub id: String,
    /// As [`Dataset::title`].
    pub(crate) title: String,
    /// As [`Dataset::is_sample`].
    pub(crate) is_sample: bool,
    /// As [`Dataset::fingerprint`].
    pub(crate) fingerprint: String,
    /// Number of pictures.
    pub(crate) pictures: usize,
    /// Number of people.
    pub(crate) people: usize,
    /// As [`Dataset::root`].
    pub(crate) root: std::path::PathBuf,
    /// As [`Dataset::crop`].
    pub(crate) crop: Crop,
}

/// Where the pictures of a data set come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatasetKind {
    Imported,
    /// The built-in sample.
    Sample,
}

/// A picture to be indexed.
#[derive(Debug, Clone)]
pub(crate) struct FoundPicture {
    pub folder: String,
    pub file: String,
    /// SHA-256 of the file.
    pub digest: [u8; 32],
    /// Its position in the order in which pictures were found.
    pub position: usize,
}

/// Builds a data set from the `found` pictures in `folder`, sorted and numbered, and the positions
/// of its pictures in the order in which they were found. Writes nothing.
pub(crate) fn build_dataset(
    folder: &Path,
    title: &str,
    kind: DatasetKind,
    mut found: Vec<FoundPicture>,
) -> (Dataset, Vec<usize>) {
    found.sort_by(|a, b| (&a.folder, &a.file).cmp(&(&b.folder, &b.file)));
    let mut people: Vec<Person> = vec![];
    let mut pictures: Vec<Picture> = vec![];
    let mut order = vec![];
    let mut hash = Sha256::new();
    for files in found.chunk_by(|a, b| a.folder == b.folder) {
        let folder = &files[0].folder;
        let names: Vec<&str> = files.iter().map(|file| file.file.as_str()).collect();
        let mut numbered: Vec<(u32, &FoundPicture)> = assign_numbers(folder, &names)
            .into_iter()
            .zip(files)
            .collect();
        numbered.sort_by_key(|(number, _)| *number);
        let start = pictures.len();
        for (number, file) in numbered {
            // Names cannot contain NUL, so fields cannot run into each other.
            for field in [
                folder.as_bytes(),
                b"\0",
                file.file.as_bytes(),
                b"\0",
                &file.digest,
            ] {
                hash.update(field);
            }
            order.push(file.position);
            pictures.push(Picture {
                person: people.len(),
                number,
                file: file.file.clone(),
            });
        }
        people.push(Person {
            folder: folder.clone(),
            pictures: start..pictures.len(),
            official_part: None,
        });
    }
    let fingerprint = hex(&hash.finalize()[..16]);
    let dataset = Dataset {
        id: folder_id(folder),
        title: title.to_string(),
        is_sample: kind == DatasetKind::Sample,
        root: folder.join(files::PICTURES_FOLDER),
        fingerprint,
        chosen_crop: None,
        people,
        pictures,
        attributes: Arc::default(),
    };
    (dataset, order)
}

fn folder_id(folder: &Path) -> String {
    folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Writes a data set's index to its folder.
pub(crate) fn write(dataset: &Dataset) -> Result<()> {
    let people = dataset
        .people
        .iter()
        .map(|person| {
            let pictures = &dataset.pictures[person.pictures.clone()];
            let usual = pictures
                .iter()
                .all(|picture| picture.file == default_file_name(&person.folder, picture.number));
            let files = if usual {
                vec![]
            } else {
                pictures
                    .iter()
                    .map(|picture| picture.file.clone())
                    .collect()
            };
            let part = match person.official_part {
                None => 0,
                Some(OfficialPart::Training) => 1,
                Some(OfficialPart::Test) => 2,
            };
            let numbers = pictures.iter().map(|picture| picture.number).collect();
            StoredPerson(person.folder.clone(), part, numbers, files)
        })
        .collect();
    let stored = StoredIndex {
        format: FORMAT,
        title: dataset.title.clone(),
        is_sample: dataset.is_sample,
        fingerprint: dataset.fingerprint.clone(),
        crop: dataset.chosen_crop,
        pictures: dataset.pictures.len(),
        people,
    };
    let path = dataset.folder().join(files::INDEX_FILE);
    let bytes =
        serde_json::to_vec(&stored).map_err(|error| Error::invalid(path.display(), error))?;
    replace_file(&path, &bytes)
}

fn default_file_name(folder: &str, number: u32) -> String {
    format!("{folder}_{number:04}.jpg")
}

/// Opens the data set in `folder` from its index alone.
///
/// # Errors
/// [`Error::Io`] if there is no index, [`Error::Invalid`] if it is damaged or of another format
/// version.
pub(crate) fn read(folder: &Path) -> Result<Dataset> {
    let path = folder.join(files::INDEX_FILE);
    let bytes = std::fs::read(&path).map_err(Error::io(&path, "read"))?;
    let stored: StoredIndex =
        serde_json::from_slice(&bytes).map_err(|error| unusable_index(&path, error))?;
    check_format(&path, stored.format)?;
    let mut people = Vec::with_capacity(stored.people.len());
    let mut pictures = Vec::with_capacity(stored.pictures);
    for (index, StoredPerson(folder, part, numbers, files)) in stored.people.into_iter().enumerate()
    {
        if !files.is_empty() && files.len() != numbers.len() {
            return Err(unusable_index(
                &path,
                format!("{folder} has different numbers of files and picture numbers"),
            ));
        }
        let safe = |name: &str| !name.contains(['/', '\0']) && !matches!(name, "" | "." | "..");
        if !safe(&folder) || !files.iter().all(|file| safe(file)) {
            return Err(unusable_index(
                &path,
                format!("{folder:?} is not a valid folder name"),
            ));
        }
        let start = pictures.len();
        let mut files = files.into_iter();
        for number in numbers {
            pictures.push(Picture {
                person: index,
                number,
                file: files
                    .next()
                    .unwrap_or_else(|| default_file_name(&folder, number)),
            });
        }
        people.push(Person {
            folder,
            pictures: start..pictures.len(),
            official_part: match part {
                1 => Some(OfficialPart::Training),
                2 => Some(OfficialPart::Test),
                _ => None,
            },
        });
    }
    if pictures.len() != stored.pictures {
        return Err(unusable_index(&path, "its picture count is wrong"));
    }
    Ok(Dataset {
        id: folder_id(folder),
        title: escaped(&stored.title).into_owned(),
        is_sample: stored.is_sample,
        root: folder.join(files::PICTURES_FOLDER),
        fingerprint: stored.fingerprint,
        chosen_crop: stored.crop,
        people,
        pictures,
        attributes: Arc::default(),
    })
}

/// Reads only the summary from the index in `folder`.
pub(crate) fn read_summary(folder: &Path) -> Result<DatasetSummary> {
    let path = folder.join(files::INDEX_FILE);
    let bytes = std::fs::read(&path).map_err(Error::io(&path, "read"))?;
    let head: StoredHead =
        serde_json::from_slice(&bytes).map_err(|error| unusable_index(&path, error))?;
    check_format(&path, head.format)?;
    Ok(DatasetSummary {
        id: folder_id(folder),
        title: escaped(&head.title).into_owned(),
        is_sample: head.is_sample,
        fingerprint: head.fingerprint,
        crop: head.crop.unwrap_or_default(),
        pictures: head.pictures,
        people: head.people.len(),
        root: folder.join(files::PICTURES_FOLDER),
    })
}

fn check_format(path: &Path, format: u32) -> Result<()> {
    if format == FORMAT {
        return Ok(());
    }
    Err(unusable_index(
        path,
        format!("format {format}, this version reads {FORMAT}"),
    ))
}

fn unusable_index(path: &Path, problem: impl std::fmt::Display) -> Error {
    Error::invalid(
        path.display(),
        format!("not a usable index ({problem}); import the pictures again"),
    )
}

#[cfg(test)]
mod tests;
