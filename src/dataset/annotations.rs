//! Applies a data set's protocol and attribute files to its people and pictures, and counts how
//! many of their rows refer to a known person or picture.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::dataset::attributes::Attributes;
use crate::dataset::catalog::{Dataset, OfficialPart, Person};
use crate::dataset::files;
use crate::dataset::normalize::join_key;
use crate::dataset::protocol::{self, NameAndNumber, Pair, ParsedRows};
use crate::dataset::row_usage::RowUsage;
use crate::error::{Error, Result};

/// The files that list people, and which part of the development split each file stands for.
const PEOPLE_FILES: [(&str, Option<OfficialPart>); 8] = [
    ("people.txt", None),
    ("people.csv", None),
    ("lfw-names.txt", None),
    ("lfw_allnames.csv", None),
    // Only the first readable file of each part is used.
    ("peopleDevTrain.txt", Some(OfficialPart::Training)),
    ("peopleDevTrain.csv", Some(OfficialPart::Training)),
    ("peopleDevTest.txt", Some(OfficialPart::Test)),
    ("peopleDevTest.csv", Some(OfficialPart::Test)),
];

/// The files that list pairs of pictures.
const PAIR_FILES: [&str; 10] = [
    "pairs.txt",
    "pairs.csv",
    "pairsDevTrain.txt",
    "pairsDevTrain.csv",
    "pairsDevTest.txt",
    "pairsDevTest.csv",
    "matchpairsDevTrain.csv",
    "matchpairsDevTest.csv",
    "mismatchpairsDevTrain.csv",
    "mismatchpairsDevTest.csv",
];

/// Reads the files in the data set's folder into `dataset` and writes the attribute table. Returns
/// messages for the user; files whose rows all match share one line.
///
/// # Errors
/// When a file cannot be read or the table cannot be written.
pub(crate) fn load_into(dataset: &mut Dataset) -> Result<Vec<String>> {
    let folder = dataset.folder();
    let folders = join_keys(dataset);
    let rows = picture_rows(dataset, &folders);
    let mut notes = Notes::default();
    let attributes = read_attributes(&folder, &rows, dataset.pictures.len(), &mut notes)?;
    check_pairs(&folder, &rows, &mut notes)?;
    attributes.write(&folder)?;
    dataset.attributes = Arc::default();
    read_people(&folder, &folders, &mut dataset.people, &mut notes)?;
    Ok(notes.lines())
}

/// The rows of pictures by (join key of the person's folder, number).
pub(super) type PictureRows<'a> = HashMap<(&'a str, u32), usize>;

/// The join key of each person's folder.
pub(super) fn join_keys(dataset: &Dataset) -> Vec<String> {
    let people = dataset.people.iter();
    people.map(|person| join_key(&person.folder)).collect()
}

/// The rows of a data set's pictures, where `folders` are the join keys of its people.
pub(super) fn picture_rows<'a>(dataset: &Dataset, folders: &'a [String]) -> PictureRows<'a> {
    let pictures = dataset.pictures.iter().enumerate();
    pictures
        .map(|(row, picture)| ((folders[picture.person].as_str(), picture.number), row))
        .collect()
}

/// The scores in the attribute file; none if it is missing or has no header.
fn read_attributes(
    folder: &Path,
    rows: &PictureRows,
    pictures: usize,
    notes: &mut Notes,
) -> Result<Attributes> {
    let name = files::PROTOCOL_FILES[0];
    let Some(text) = read_text(folder, name)? else {
        return Ok(Attributes::default());
    };
    Ok(match Attributes::parse(name, &text, rows, pictures) {
        Ok((attributes, used)) => {
            notes.add(name, "rows", &used);
            attributes
        }
        Err(error) => {
            notes.partial.push(error.to_string());
            Attributes::default()
        }
    })
}

/// Counts the pairs whose pictures both exist.
fn check_pairs(folder: &Path, rows: &PictureRows, notes: &mut Notes) -> Result<()> {
    let is_there =
        |(person, number): &NameAndNumber| rows.contains_key(&(join_key(person).as_str(), *number));
    for name in PAIR_FILES {
        if let Some(text) = read_text(folder, name)? {
            let pairs = protocol::parse_pairs(name, &text);
            notes.add_parsed(name, "pairs", pairs, |pair: &Pair| {
                is_there(&pair.first) && is_there(&pair.second)
            });
        }
    }
    Ok(())
}

/// Sets which part of the development split people belong to. `folders` are the join keys of
/// `people`.
fn read_people(
    folder: &Path,
    folders: &[String],
    people: &mut [Person],
    notes: &mut Notes,
) -> Result<()> {
    let by_name: HashMap<&str, usize> = folders
        .iter()
        .enumerate()
        .map(|(index, folder)| (folder.as_str(), index))
        .collect();
    for person in &mut *people {
        person.official_part = None;
    }
    let mut known: Vec<OfficialPart> = vec![];
    for (name, part) in PEOPLE_FILES {
        let Some(text) = read_text(folder, name)? else {
            continue;
        };
        let is_first = part.is_none_or(|part| !known.contains(&part));
        let listed = protocol::parse_people(name, &text);
        let has_rows = notes.add_parsed(name, "people", listed, |(person, _): &NameAndNumber| {
            let index = by_name.get(join_key(person).as_str());
            if let (Some(&index), Some(part), true) = (index, part, is_first) {
                people[index].official_part = Some(part);
            }
            index.is_some()
        });
        if has_rows {
            known.extend(part);
        }
    }
    Ok(())
}

/// The text of a file in the data set's folder; `None` if it does not exist.
pub(super) fn read_text(folder: &Path, name: &str) -> Result<Option<String>> {
    let path = folder.join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(decode_text(&bytes))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(&path, "read")(error)),
    }
}

/// Decodes text as editors and spreadsheets save it: UTF-8, UTF-16 with a byte order mark, or else
/// Latin-1. Line ends become `\n`.
fn decode_text(bytes: &[u8]) -> String {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.as_chunks::<2>().0.iter().map(|&pair| unit(pair));
        char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    let text: String = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_string(),
            Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
        },
    };
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }
}

#[derive(Default)]
struct Notes {
    complete: Vec<String>,
    partial: Vec<String>,
}

impl Notes {
    fn add(&mut self, file: &str, unit: &str, used: &RowUsage) {
        let summary = used.summary(file, unit);
        if used.is_complete() {
            self.complete.push(summary);
        } else {
            self.partial.push(summary);
        }
    }

    /// Adds a parsed file to the notes; `true` if it has usable rows.
    fn add_parsed<T>(
        &mut self,
        file: &str,
        unit: &str,
        read: Result<ParsedRows<T>>,
        mut is_there: impl FnMut(&T) -> bool,
    ) -> bool {
        match read {
            Ok(ParsedRows {
                folds,
                unusable,
                remarks,
            }) => {
                let rows: usize = folds.iter().map(Vec::len).sum();
                let matching = folds.iter().flatten().filter(|row| is_there(row)).count();
                let used = RowUsage {
                    matching,
                    rows: rows + unusable.len(),
                    unusable,
                    remarks,
                };
                self.add(file, unit, &used);
                rows > 0
            }
            Err(error) => {
                self.partial.push(error.to_string());
                false
            }
        }
    }

    fn lines(self) -> Vec<String> {
        let mut lines = vec![];
        if !self.complete.is_empty() {
            lines.push(self.complete.join(", "));
        }
        lines.extend(self.partial);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_however_it_was_saved() {
        let utf16: Vec<u8> = "é\tA\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let swapped: Vec<u8> = "é\tA\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            "é\tA\n".as_bytes(),
            "\u{feff}é\tA\r\n".as_bytes(),
            "é\tA\r".as_bytes(),
            b"\xe9\tA\n",
            &[&[0xff, 0xfe], &utf16[..]].concat(),
            &[&[0xfe, 0xff], &swapped[..]].concat(),
        ] {
            assert_eq!(decode_text(bytes), "é\tA\n", "{bytes:?}");
        }
    }
}
