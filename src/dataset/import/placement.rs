//! Assigns a source's pictures to people once all are known, and moves their files to the final
//! paths, with unique names.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::ignored_files::{count_pictures, join_first};
use super::person_folders::person_depths;
use crate::dataset::archive_names::{
    NOT_IN_PERSON_FOLDER, PicturePath, name_problem, picture_stem,
};
use crate::dataset::files::PICTURES_FOLDER;
use crate::dataset::index::FoundPicture;
use crate::dataset::normalize::search_key;
use crate::dataset::numbering::number_in_name;
use crate::dataset::provenance::Skipped;
use crate::error::{Error, Result};
use crate::progress::Meanwhile;

/// The folder for files without a final path yet.
const STAGING_FOLDER: &str = "aside";
/// From this many different names on, files in one folder seem to show different people.
const MIN_FLAT_NAMES: usize = 3;

/// A picture that was decoded and stored.
#[derive(Debug)]
pub(crate) struct KeptPicture {
    pub path: PicturePath,
    /// Its position in the source.
    pub position: usize,
    /// SHA-256 of the file.
    pub digest: [u8; 32],
    /// Where its file is stored, relative to the data set's folder.
    pub stored_at: PathBuf,
}

/// The result: where all pictures went.
#[derive(Debug, Default)]
pub(crate) struct Placement {
    pub found: Vec<FoundPicture>,
    /// With their positions in the source.
    pub skipped: Vec<(usize, Skipped)>,
    /// What was merged and renamed, one line each.
    pub notes: Vec<String>,
}

impl Placement {
    fn skip(&mut self, kept: &KeptPicture, reason: impl Into<String>) {
        let skipped = Skipped {
            file: kept.path.to_string(),
            reason: reason.into(),
        };
        self.skipped.push((kept.position, skipped));
    }
}

/// The final path of a picture, relative to the data set's folder.
pub(crate) fn final_path(person: &str, file: &str) -> PathBuf {
    Path::new(PICTURES_FOLDER).join(person).join(file)
}

/// A temporary path for a picture whose final path is not known or taken.
pub(crate) fn staging_path(position: usize) -> PathBuf {
    Path::new(STAGING_FOLDER).join(position.to_string())
}

/// A picture that belongs to a person.
struct OwnedPicture {
    kept: KeptPicture,
    /// The depth of the person's folder in the picture's path.
    person_depth: usize,
    file: String,
}

impl OwnedPicture {
    fn person(&self) -> &str {
        &self.kept.path.folders[self.person_depth]
    }

    /// The path of the person's folder in the source.
    fn person_path(&self) -> String {
        self.kept.path.folders[..=self.person_depth].join("/")
    }
}

/// Assigns every picture to a person and moves its file to the person's folder.
///
/// # Errors
/// When a file cannot be moved or removed; `Cancelled`.
pub(crate) fn place_pictures(
    folder: &Path,
    mut kept: Vec<KeptPicture>,
    meanwhile: &Meanwhile,
) -> Result<Placement> {
    kept.sort_by_key(|kept| kept.position);
    let mut placed = Placement::default();
    let mut left_out = vec![];
    let kept = last_of_each_path(kept, &mut placed, &mut left_out);
    let paths: Vec<&PicturePath> = kept.iter().map(|kept| &kept.path).collect();
    let owners = person_depths(&paths);
    let mut owned = vec![];
    for (kept, owner) in kept.into_iter().zip(owners) {
        let reason = match owner {
            None => Some(NOT_IN_PERSON_FOLDER),
            Some(owner) => name_problem(&kept.path.folders[owner]),
        };
        match (owner, reason) {
            (Some(owner), None) => owned.push(OwnedPicture {
                file: kept.path.file.clone(),
                kept,
                person_depth: owner,
            }),
            (_, reason) => {
                placed.skip(&kept, reason.unwrap_or(NOT_IN_PERSON_FOLDER));
                left_out.push(kept);
            }
        }
    }
    let owned = resolve_name_clashes(owned, &mut placed, &mut left_out);
    placed.notes.extend(notes(&owned));
    move_to_final_paths(folder, &owned, &left_out, meanwhile)?;
    placed.found = owned
        .into_iter()
        .map(|owned| FoundPicture {
            folder: owned.person().to_string(),
            digest: owned.kept.digest,
            position: owned.kept.position,
            file: owned.file,
        })
        .collect();
    Ok(placed)
}

/// If an archive contains several files with the same path, the last one counts, as it would after
/// unpacking.
fn last_of_each_path(
    kept: Vec<KeptPicture>,
    placed: &mut Placement,
    left_out: &mut Vec<KeptPicture>,
) -> Vec<KeptPicture> {
    let last: HashMap<&PicturePath, usize> = kept
        .iter()
        .map(|kept| (&kept.path, kept.position))
        .collect();
    let counts: HashSet<usize> = last.into_values().collect();
    let (counted, doubles): (Vec<KeptPicture>, Vec<KeptPicture>) = kept
        .into_iter()
        .partition(|kept| counts.contains(&kept.position));
    for double in doubles {
        placed.skip(&double, "replaced by a later file of the same path");
        left_out.push(double);
    }
    counted
}

/// Skips duplicates of a picture with the same name and person, and renames other pictures with a
/// name that is taken. The picture nearest to the top of the source keeps its name.
fn resolve_name_clashes(
    mut owned: Vec<OwnedPicture>,
    placed: &mut Placement,
    left_out: &mut Vec<KeptPicture>,
) -> Vec<OwnedPicture> {
    fn key(one: &OwnedPicture) -> (&str, &str, usize, &PicturePath) {
        (
            one.person(),
            &one.file,
            one.kept.path.folders.len(),
            &one.kept.path,
        )
    }
    owned.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut taken: HashSet<(String, String)> = owned
        .iter()
        .map(|one| (one.person().to_string(), one.file.clone()))
        .collect();
    let mut named: Vec<OwnedPicture> = vec![];
    let mut first_of_name = 0;
    let mut renamed = vec![];
    for mut one in owned {
        let same_name = named.get(first_of_name).is_some_and(|first| {
            (first.person(), &first.kept.path.file) == (one.person(), &one.kept.path.file)
        });
        if !same_name {
            first_of_name = named.len();
            named.push(one);
            continue;
        }
        let same = named[first_of_name..]
            .iter()
            .find(|other| other.kept.digest == one.kept.digest);
        if let Some(same) = same {
            placed.skip(&one.kept, format!("the same picture as {}", same.kept.path));
            left_out.push(one.kept);
            continue;
        }
        one.file = unused_name(&one, &mut taken);
        renamed.push(format!("{} to {}", one.kept.path, one.file));
        named.push(one);
    }
    if !renamed.is_empty() {
        placed.notes.push(format!(
            "renamed {}, because the same person has another picture of that name: {}",
            count_pictures(renamed.len()),
            join_first(&renamed)
        ));
    }
    named
}

/// `beach (2).jpg` for `beach.jpg`.
fn unused_name(one: &OwnedPicture, taken: &mut HashSet<(String, String)>) -> String {
    let stem = picture_stem(&one.file).unwrap_or(&one.file);
    let ending = &one.file[stem.len()..];
    (2..)
        .map(|number| format!("{stem} ({number}){ending}"))
        .find(|name| taken.insert((one.person().to_string(), name.clone())))
        .unwrap_or_default()
}

/// Notes for the user about which pictures were taken as whose.
fn notes(owned: &[OwnedPicture]) -> Vec<String> {
    let mut inner: BTreeSet<String> = BTreeSet::new();
    let mut in_inner = 0;
    let mut people: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut spellings: BTreeMap<&str, BTreeSet<bool>> = BTreeMap::new();
    for one in owned {
        let folders = &one.kept.path.folders;
        if folders.len() > one.person_depth + 1 {
            in_inner += 1;
            inner.insert(folders[one.person_depth..].join("/"));
        }
        people
            .entry(one.person())
            .or_default()
            .insert(one.person_path());
        if !one.person().is_ascii() {
            let decomposed = one.kept.path.was_normalized(one.person_depth);
            spellings
                .entry(one.person())
                .or_default()
                .insert(decomposed);
        }
    }
    let mut notes = vec![];
    if in_inner > 0 {
        let inner: Vec<String> = inner.into_iter().collect();
        notes.push(format!(
            "{} in subfolders of people's folders belong to those people: {}",
            count_pictures(in_inner),
            join_first(&inner)
        ));
    }
    let merged: Vec<String> = people
        .iter()
        .filter(|(_, paths)| paths.len() > 1)
        .map(|(person, paths)| {
            let paths: Vec<String> = paths.iter().cloned().collect();
            format!("{person} ({})", join_first(&paths))
        })
        .collect();
    if !merged.is_empty() {
        notes.push(format!(
            "merged folders of the same name into one person each: {}; rename the folders if they are different people",
            join_first(&merged)
        ));
    }
    let respelled: Vec<String> = spellings
        .into_iter()
        .filter(|(_, spellings)| spellings.len() > 1)
        .map(|(person, _)| person.to_string())
        .collect();
    if !respelled.is_empty() {
        notes.push(format!(
            "merged folders whose names differ only in how accents are encoded: {}",
            join_first(&respelled)
        ));
    }
    notes.extend(similar_names_note(&people));
    notes.extend(flat_folder_note(owned));
    notes
}

/// People whose names are easily confused.
fn similar_names_note(people: &BTreeMap<&str, BTreeSet<String>>) -> Option<String> {
    let mut by_name: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for person in people.keys() {
        by_name
            .entry(search_key(person.trim()))
            .or_default()
            .push(person);
    }
    let alike: Vec<String> = by_name
        .into_values()
        .filter(|people| people.len() > 1)
        .map(|people| people.join(" and "))
        .collect();
    (!alike.is_empty()).then(|| {
        format!(
            "kept as different people, though their names differ only in case or blanks: {}",
            join_first(&alike)
        )
    })
}

/// A folder whose files are named after several people.
fn flat_folder_note(owned: &[OwnedPicture]) -> Option<String> {
    owned
        .chunk_by(|a, b| a.person() == b.person())
        .find_map(|pictures| {
            let person = pictures[0].person();
            let names: BTreeSet<&str> = pictures
                .iter()
                .filter_map(|one| name_prefix(&one.file))
                .collect();
            let own = pictures
                .iter()
                .any(|one| number_in_name(person, &one.file).is_some());
            let first = pictures.iter().find(|one| name_prefix(&one.file).is_some())?;
            (names.len() >= MIN_FLAT_NAMES && !own).then(|| {
                format!(
                    "the pictures in {person} are named after {} people ({}, …), but a folder is one person: put \
                     each person into a folder, Name/picture.jpg",
                    names.len(),
                    first.file
                )
            })
        })
}

/// `Ann_Lee` for `Ann_Lee_0001.jpg`.
fn name_prefix(file: &str) -> Option<&str> {
    let stem = picture_stem(file)?;
    let name = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_numbered = stem.len() >= name.len() + 3;
    name.strip_suffix('_')
        .filter(|name| is_numbered && !name.is_empty())
}

/// Removes skipped files and moves the others to their final paths.
fn move_to_final_paths(
    folder: &Path,
    owned: &[OwnedPicture],
    left_out: &[KeptPicture],
    meanwhile: &Meanwhile,
) -> Result<()> {
    let mut emptied: BTreeSet<PathBuf> = BTreeSet::new();
    for kept in left_out {
        let path = folder.join(&kept.stored_at);
        std::fs::remove_file(&path).map_err(Error::io(&path, "remove"))?;
        emptied.extend(path.parent().map(Path::to_path_buf));
    }
    // Move all files away before the first arrives, as one may occupy another's final path.
    let rename = |from: &Path, to: &Path| {
        let parent = to.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(Error::io(parent, "create the folder"))?;
        std::fs::rename(from, to).map_err(Error::io(from, "move"))
    };
    let mut moving = vec![];
    for (done, one) in owned.iter().enumerate() {
        meanwhile.reached(done as u64)?;
        let target = final_path(one.person(), &one.file);
        if one.kept.stored_at == target {
            continue;
        }
        let between = folder.join(staging_path(one.kept.position));
        let from = folder.join(&one.kept.stored_at);
        if from != between {
            rename(&from, &between)?;
            emptied.extend(from.parent().map(Path::to_path_buf));
        }
        moving.push((between, folder.join(target)));
    }
    for (done, (from, to)) in moving.iter().enumerate() {
        meanwhile.reached(done as u64)?;
        rename(from, to)?;
    }
    emptied.insert(folder.join(STAGING_FOLDER));
    for folder in emptied {
        // Fails if the folder is not empty, as intended.
        let _ = std::fs::remove_dir(folder);
    }
    Ok(())
}
