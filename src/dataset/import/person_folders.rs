//! Finds out which folders are people. A folder with pictures is a person, and pictures in folders
//! inside it are that person's too. A folder that contains people is not a person.
//! `docs/importing.md` explains the rules with examples.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::dataset::archive_names::PicturePath;
use crate::dataset::numbering::number_in_name;

/// Names of folders that contain people or parts of a collection.
const COLLECTION_NAMES: [&str; 31] = [
    "train",
    "training",
    "test",
    "testing",
    "val",
    "valid",
    "validation",
    "dev",
    "eval",
    "evaluation",
    "query",
    "gallery",
    "probe",
    "enroll",
    "enrolled",
    "data",
    "dataset",
    "datasets",
    "image",
    "images",
    "img",
    "imgs",
    "picture",
    "pictures",
    "pics",
    "photo",
    "photos",
    "face",
    "faces",
    "people",
    "persons",
];
/// The same, followed by a number: `fold3`, `part_2`.
const NUMBERED_COLLECTION_NAMES: [&str; 7] =
    ["fold", "split", "part", "set", "batch", "vol", "disc"];

/// Names of folders into which a person's pictures are sorted, besides dates.
const SUBFOLDER_NAMES: [&str; 46] = [
    "old",
    "new",
    "raw",
    "original",
    "originals",
    "orig",
    "edit",
    "edits",
    "edited",
    "backup",
    "backups",
    "bak",
    "copy",
    "copies",
    "crop",
    "crops",
    "cropped",
    "aligned",
    "full",
    "small",
    "large",
    "big",
    "hires",
    "lowres",
    "jpg",
    "jpeg",
    "png",
    "frontal",
    "profile",
    "left",
    "right",
    "color",
    "colour",
    "gray",
    "grey",
    "best",
    "selected",
    "rejected",
    "misc",
    "other",
    "others",
    "unsorted",
    "tmp",
    "temp",
    "export",
    "dcim",
];

/// A folder that contains pictures, directly or in subfolders.
#[derive(Debug, Default)]
struct FolderTree<'a> {
    /// Pictures directly in the folder.
    pictures: usize,
    /// Whether one of them is named after this folder: `Ann/Ann_0001.jpg`.
    has_own_numbered: bool,
    /// Whether one further down is: `Ann/2020/Ann_0001.jpg`.
    has_numbered_below: bool,
    folders: BTreeMap<&'a str, FolderTree<'a>>,
}

impl<'a> FolderTree<'a> {
    fn add(&mut self, name: &str, path: &'a [String], file: &str) {
        let is_numbered = number_in_name(name, file).is_some();
        match path {
            [] => {
                self.pictures += 1;
                self.has_own_numbered |= is_numbered;
            }
            [next, rest @ ..] => {
                self.has_numbered_below |= is_numbered;
                self.folders.entry(next).or_default().add(next, rest, file);
            }
        }
    }

    /// Whether a subfolder at any depth is certainly a person's.
    fn has_people(&self) -> bool {
        self.folders
            .values()
            .any(|folder| folder.has_own_numbered || folder.has_people())
    }

    /// Whether a subfolder at any depth has a name that a person may have.
    fn has_names(&self) -> bool {
        self.folders
            .iter()
            .any(|(name, folder)| !is_generic_name(name) || folder.has_names())
    }

    /// The subfolders with names that a person may have.
    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.folders
            .keys()
            .copied()
            .filter(|name| !is_generic_name(name))
    }
}

/// For each picture, the depth of the person's folder in its path; `None` if the picture belongs to
/// no person.
pub(crate) fn person_depths(pictures: &[&PicturePath]) -> Vec<Option<usize>> {
    let mut top = FolderTree::default();
    for picture in pictures {
        top.add("", &picture.folders, &picture.file);
    }
    let mut people = BTreeSet::new();
    find_people(&top, &mut vec![], &mut people);
    pictures
        .iter()
        .map(|picture| {
            let mut path = vec![];
            picture.folders.iter().position(|name| {
                path.push(name.as_str());
                people.contains(&path)
            })
        })
        .collect()
}

/// Collects the people in a folder that contains people.
fn find_people<'a>(
    folder: &FolderTree<'a>,
    path: &mut Vec<&'a str>,
    people: &mut BTreeSet<Vec<&'a str>>,
) {
    let repeats = LazyCell::new(|| subfolders_repeat(folder));
    for (name, inner) in &folder.folders {
        path.push(name);
        if is_person(name, folder, &repeats) {
            people.insert(path.clone());
        } else {
            find_people(inner, path, people);
        }
        path.pop();
    }
}

/// Whether the folder `name` in `parent` is a person's; otherwise it contains people. `repeats` is
/// the result of [`subfolders_repeat`] for `parent`.
fn is_person<F: FnOnce() -> bool>(
    name: &str,
    parent: &FolderTree,
    repeats: &LazyCell<bool, F>,
) -> bool {
    let Some(folder) = parent.folders.get(name) else {
        return false;
    };
    let beside = || parent.folders.iter().filter(|(other, _)| **other != name);
    if folder.folders.is_empty() || folder.has_own_numbered {
        return true;
    }
    if folder.has_people() {
        return false;
    }
    if folder.has_numbered_below {
        return true;
    }
    if is_generic_name(name) {
        return false;
    }
    // If its siblings are people, so is this folder, and its subfolders are its own.
    if folder.pictures > 0 && beside().any(|(_, other)| other.pictures > 0) {
        return true;
    }
    let holds_collections = folder
        .folders
        .iter()
        .any(|(inner, below)| is_collection(inner) && below.has_names());
    if holds_collections {
        return false;
    }
    let divided = folder.folders.keys().any(|inner| is_generic_name(inner));
    let is_alone = beside().next().is_none();
    if folder.pictures > 0 {
        return folder.names().count() < 2 || (divided && !is_alone);
    }
    if is_alone {
        return divided && !folder.has_names();
    }
    divided || **repeats
}

/// Whether a few folder names repeat in all folders of a level, as `frontal` and `profile` do; then
/// those subfolders are not people. People who repeat in every part of a collection outnumber its
/// parts.
fn subfolders_repeat(level: &FolderTree) -> bool {
    let holders: Vec<&FolderTree> = level
        .folders
        .iter()
        .filter(|(name, folder)| {
            folder.pictures == 0 && !folder.folders.is_empty() && !is_generic_name(name)
        })
        .map(|(_, folder)| folder)
        .collect();
    let all = holders.iter().flat_map(|folder| folder.folders.keys());
    let distinct: BTreeSet<&str> = all.clone().copied().collect();
    let come_again = distinct.len() < all.count();
    let are_numbers = distinct
        .iter()
        .all(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    come_again && (distinct.len() < holders.len() || are_numbers)
}

/// Whether a folder's name cannot be a person's.
fn is_generic_name(name: &str) -> bool {
    is_collection(name) || SUBFOLDER_NAMES.contains(&name.to_lowercase().as_str()) || is_date(name)
}

fn is_collection(name: &str) -> bool {
    let name = name.to_lowercase();
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    COLLECTION_NAMES.contains(&name.as_str())
        || name.starts_with("lfw")
        || (stem.len() < name.len()
            && NUMBERED_COLLECTION_NAMES.contains(&stem.trim_end_matches(['_', '-', ' '])))
}

/// `2020`, `2020-05`, `2020_05_17`, `20200517`.
fn is_date(name: &str) -> bool {
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    let only = name
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ' '));
    only && matches!(digits.len(), 4 | 6 | 8) && {
        let at = |range: std::ops::Range<usize>| {
            digits
                .get(range)
                .and_then(|part| part.parse().ok())
                .unwrap_or(1)
        };
        let year: u32 = at(0..4);
        (1850..2100).contains(&year) && (1..=12).contains(&at(4..6)) && (1..=31).contains(&at(6..8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each path's person, `-` for none.
    fn people(paths: &[&str]) -> Vec<String> {
        let pictures: Vec<PicturePath> = paths
            .iter()
            .map(|path| {
                let mut folders: Vec<String> = path.split('/').map(str::to_string).collect();
                let file = folders.pop().unwrap();
                PicturePath {
                    folders,
                    file,
                    original_bytes: None,
                }
            })
            .collect();
        person_depths(&pictures.iter().collect::<Vec<_>>())
            .into_iter()
            .zip(&pictures)
            .map(|(owner, picture)| owner.map_or("-".into(), |at| picture.folders[at].clone()))
            .collect()
    }

    #[test]
    fn a_folder_with_pictures_is_a_person_however_deep() {
        assert_eq!(
            people(&["lfw/A_B/A_B_0001.jpg", "lfw/C/C_0001.jpg"]),
            ["A_B", "C"]
        );
        assert_eq!(people(&["lfw/lfw/A/1.jpg", "lfw/lfw/B/1.jpg"]), ["A", "B"]);
        assert_eq!(people(&["a/b/c/d/Ann/1.jpg"]), ["Ann"]);
        assert_eq!(people(&["Ann/1.jpg", "x/y/Bob/2.jpg"]), ["Ann", "Bob"]);
        assert_eq!(
            people(&["set/0000045/1.jpg", "set/0000046/1.jpg"]),
            ["0000045", "0000046"]
        );
        assert_eq!(people(&["w/1901/1.jpg", "w/0002/1.jpg"]), ["1901", "0002"]);
    }

    #[test]
    fn folders_inside_a_persons_folder_are_that_persons() {
        for inner in ["old", "2020", "raw", "holiday", "old/deep", "a/b/c"] {
            let path = format!("P_A/{inner}/x.jpg");
            let paths = ["P_A/P_A_0001.jpg", &path, "P_B/P_B_0001.jpg"];
            assert_eq!(people(&paths), ["P_A", "P_A", "P_B"], "{inner}");
            // Nothing is numbered, with and without siblings.
            let paths = ["P_A/beach.jpg", &path, "P_B/beach.jpg"];
            assert_eq!(people(&paths), ["P_A", "P_A", "P_B"], "{inner}");
            assert_eq!(people(&["P_A/beach.jpg", &path]), ["P_A", "P_A"], "{inner}");
            assert_eq!(
                people(&["lfw/P_A/P_A_0001.jpg", &format!("lfw/{path}")]),
                ["P_A", "P_A"]
            );
        }
        assert_eq!(
            people(&["Ann/2020/1.jpg", "Ann/2021/1.jpg"]),
            ["Ann", "Ann"]
        );
        assert_eq!(
            people(&["Ann/home/Ann_0001.jpg", "Ann/ski/Ann_0002.jpg"]),
            ["Ann", "Ann"]
        );
    }

    #[test]
    fn pictures_beside_people_are_nobodys() {
        let paths = ["lfw/montage.jpg", "lfw/A/1.jpg", "lfw/B/1.jpg"];
        assert_eq!(people(&paths), ["-", "A", "B"]);
        let paths = ["mine/montage.jpg", "mine/Ann/1.jpg", "mine/Bob/1.jpg"];
        assert_eq!(people(&paths), ["-", "Ann", "Bob"]);
        let paths = ["mine/montage.jpg", "mine/Ann/Ann_0001.jpg"];
        assert_eq!(people(&paths), ["-", "Ann"]);
        let paths = [
            "x/cover.jpg",
            "x/Ann/1.jpg",
            "x/Bob/1.jpg",
            "y/Cyd/1.jpg",
            "y/Dan/1.jpg",
        ];
        assert_eq!(people(&paths), ["-", "Ann", "Bob", "Cyd", "Dan"]);
        let paths = [
            "w/cover.jpg",
            "w/train/A/1.jpg",
            "w/test/A/1.jpg",
            "w/test/B/1.jpg",
        ];
        assert_eq!(people(&paths), ["-", "A", "A", "B"]);
    }

    #[test]
    fn parts_of_a_collection_and_parts_of_a_person_are_told_apart() {
        for (paths, expected) in [
            (&["train/A/1.jpg", "test/A/2.jpg"][..], &["A", "A"][..]),
            (&["w/train/A/1.jpg", "w/test/A/2.jpg"], &["A", "A"]),
            (
                &["fold1/A/1.jpg", "fold2/A/1.jpg", "fold_3/A/1.jpg"],
                &["A", "A", "A"],
            ),
            (&["2020/Ann/1.jpg", "2021/Ann/1.jpg"], &["Ann", "Ann"]),
            (&["Ann/2020/1.jpg", "Bob/2020/1.jpg"], &["Ann", "Bob"]),
            (
                &[
                    "w/Ann/2020-05/1.jpg",
                    "w/Ann/20200517/1.jpg",
                    "w/Bob/old/1.jpg",
                ],
                &["Ann", "Ann", "Bob"],
            ),
            (
                &[
                    "001/frontal/1.jpg",
                    "001/profile/1.jpg",
                    "002/frontal/1.jpg",
                ],
                &["001", "001", "002"],
            ),
            (
                &["Ann/1/1.jpg", "Ann/2/1.jpg", "Bob/1/1.jpg", "Bob/2/1.jpg"],
                &["Ann", "Ann", "Bob", "Bob"],
            ),
            (
                &["Smith/John/1.jpg", "Jones/John/1.jpg"],
                &["Smith", "Jones"],
            ),
            (
                &["asia/A/1.jpg", "asia/B/1.jpg", "europe/C/1.jpg"],
                &["A", "B", "C"],
            ),
            (&["x/A/A_0001.jpg", "y/A/A_0002.jpg"], &["A", "A"]),
            (
                &["x/A/1.jpg", "x/B/1.jpg", "y/A/2.jpg", "y/B/2.jpg"],
                &["A", "B", "A", "B"],
            ),
            (
                &[
                    "d/Ann/Ann_0001.jpg",
                    "d/Bob/Bob_0001.jpg",
                    "d/old/Ann/Ann_0002.jpg",
                ],
                &["Ann", "Bob", "Ann"],
            ),
        ] {
            assert_eq!(people(paths), expected, "{paths:?}");
        }
    }

    #[test]
    fn a_date_is_one() {
        for name in ["2020", "1999-12", "2020_05_17", "20200517"] {
            assert!(is_date(name), "{name}");
        }
        for name in [
            "0045",
            "0000045",
            "202013",
            "2020-05-17x",
            "",
            "12",
            "20200532",
        ] {
            assert!(!is_date(name), "{name}");
        }
    }
}
