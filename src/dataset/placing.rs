//! Puts the pictures of a source where they belong once all are known: under
//! their people, each with a name of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::dataset::index::Found;
use crate::dataset::layout::{NOBODYS, PICTURES, PicturePath, picture_stem, unusable};
use crate::dataset::names::plain;
use crate::dataset::numbering::own_number;
use crate::dataset::people::owners;
use crate::dataset::sources::Skipped;
use crate::dataset::tally::{pictures, some_of};
use crate::error::{Error, Result};

/// Holds files that are not in their place yet.
const ASIDE: &str = "aside";
/// So many different names in one folder are those of people.
const FLAT_NAMES: usize = 3;

/// A picture that decoded and is kept.
#[derive(Debug)]
pub(crate) struct Kept {
    pub path: PicturePath,
    /// Where it is in the source's order.
    pub position: usize,
    /// SHA-256 of the file.
    pub digest: [u8; 32],
    /// Where it lies, below the data set's folder.
    pub place: PathBuf,
}

/// Where everything went.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    pub found: Vec<Found>,
    /// With their positions in the source's order.
    pub skipped: Vec<(usize, Skipped)>,
    /// What was merged and renamed, one line each.
    pub notes: Vec<String>,
}

impl Placed {
    fn skip(&mut self, kept: &Kept, reason: impl Into<String>) {
        let skipped = Skipped {
            file: kept.path.to_string(),
            reason: reason.into(),
        };
        self.skipped.push((kept.position, skipped));
    }
}

/// Where a person's picture lies, below the data set's folder.
pub(crate) fn home(person: &str, file: &str) -> PathBuf {
    Path::new(PICTURES).join(person).join(file)
}

/// A place for a picture that cannot lie at home yet.
pub(crate) fn aside(position: usize) -> PathBuf {
    Path::new(ASIDE).join(position.to_string())
}

/// A picture with its person, and where it belongs.
struct Owned {
    kept: Kept,
    /// Which of its folders is the person's.
    owner: usize,
    file: String,
}

impl Owned {
    fn person(&self) -> &str {
        &self.kept.path.folders[self.owner]
    }

    /// The person's folder in the source.
    fn person_path(&self) -> String {
        self.kept.path.folders[..=self.owner].join("/")
    }
}

/// Gives every picture to its person and moves its file there.
///
/// # Errors
/// Those of the file system.
pub(crate) fn place(folder: &Path, mut kept: Vec<Kept>) -> Result<Placed> {
    kept.sort_by_key(|kept| kept.position);
    let mut placed = Placed::default();
    let mut left_out = vec![];
    let kept = last_of_each_path(kept, &mut placed, &mut left_out);
    let paths: Vec<&PicturePath> = kept.iter().map(|kept| &kept.path).collect();
    let owners = owners(&paths);
    let mut owned = vec![];
    for (kept, owner) in kept.into_iter().zip(owners) {
        let reason = match owner {
            None => Some(NOBODYS),
            Some(owner) => unusable(&kept.path.folders[owner]),
        };
        match (owner, reason) {
            (Some(owner), None) => owned.push(Owned {
                file: kept.path.file.clone(),
                kept,
                owner,
            }),
            (_, reason) => {
                placed.skip(&kept, reason.unwrap_or(NOBODYS));
                left_out.push(kept);
            }
        }
    }
    let owned = named_apart(owned, &mut placed, &mut left_out);
    placed.notes.extend(notes(&owned));
    move_home(folder, &owned, &left_out)?;
    placed.found = owned
        .into_iter()
        .map(|owned| Found {
            folder: owned.person().to_string(),
            digest: owned.kept.digest,
            position: owned.kept.position,
            file: owned.file,
        })
        .collect();
    Ok(placed)
}

/// Of several files with one path in an archive the last counts, as unpacking
/// would have it.
fn last_of_each_path(kept: Vec<Kept>, placed: &mut Placed, left_out: &mut Vec<Kept>) -> Vec<Kept> {
    let last: HashMap<&PicturePath, usize> = kept
        .iter()
        .map(|kept| (&kept.path, kept.position))
        .collect();
    let counts: HashSet<usize> = last.into_values().collect();
    let (counted, doubles): (Vec<Kept>, Vec<Kept>) = kept
        .into_iter()
        .partition(|kept| counts.contains(&kept.position));
    for double in doubles {
        placed.skip(&double, "replaced by a later file of the same path");
        left_out.push(double);
    }
    counted
}

/// Leaves out a picture that a person has twice under one name, and renames
/// another picture of that name. What lies nearest to the top keeps its name.
fn named_apart(mut owned: Vec<Owned>, placed: &mut Placed, left_out: &mut Vec<Kept>) -> Vec<Owned> {
    fn key(one: &Owned) -> (&str, &str, usize, &PicturePath) {
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
    let mut named: Vec<Owned> = vec![];
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
        one.file = free_name(&one, &mut taken);
        renamed.push(format!("{} to {}", one.kept.path, one.file));
        named.push(one);
    }
    if !renamed.is_empty() {
        placed.notes.push(format!(
            "renamed {}, because another of the same person has the name: {}",
            pictures(renamed.len()),
            some_of(&renamed)
        ));
    }
    named
}

/// `beach (2).jpg` for `beach.jpg`.
fn free_name(one: &Owned, taken: &mut HashSet<(String, String)>) -> String {
    let stem = picture_stem(&one.file).unwrap_or(&one.file);
    let ending = &one.file[stem.len()..];
    (2..)
        .map(|number| format!("{stem} ({number}){ending}"))
        .find(|name| taken.insert((one.person().to_string(), name.clone())))
        .unwrap_or_default()
}

/// What to tell about whose the pictures are.
fn notes(owned: &[Owned]) -> Vec<String> {
    let mut inner: BTreeSet<String> = BTreeSet::new();
    let mut in_inner = 0;
    let mut people: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut spellings: BTreeMap<&str, BTreeSet<bool>> = BTreeMap::new();
    for one in owned {
        let folders = &one.kept.path.folders;
        if folders.len() > one.owner + 1 {
            in_inner += 1;
            inner.insert(folders[one.owner..].join("/"));
        }
        people
            .entry(one.person())
            .or_default()
            .insert(one.person_path());
        if !one.person().is_ascii() {
            let decomposed = one.kept.path.is_respelled(one.owner);
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
            "{} in folders inside those of people are those people's: {}",
            pictures(in_inner),
            some_of(&inner)
        ));
    }
    let merged: Vec<String> = people
        .iter()
        .filter(|(_, paths)| paths.len() > 1)
        .map(|(person, paths)| {
            let paths: Vec<String> = paths.iter().cloned().collect();
            format!("{person} ({})", some_of(&paths))
        })
        .collect();
    if !merged.is_empty() {
        notes.push(format!(
            "taken as one person each, from several folders of one name: {}; rename the folders where they are different people",
            some_of(&merged)
        ));
    }
    let respelled: Vec<String> = spellings
        .into_iter()
        .filter(|(_, spellings)| spellings.len() > 1)
        .map(|(person, _)| person.to_string())
        .collect();
    if !respelled.is_empty() {
        notes.push(format!(
            "taken as one person each, from folders with composed and with decomposed accents: {}",
            some_of(&respelled)
        ));
    }
    notes.extend(alike(&people));
    notes.extend(flat(owned));
    notes
}

/// People who are easily taken for each other.
fn alike(people: &BTreeMap<&str, BTreeSet<String>>) -> Option<String> {
    let mut by_name: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for person in people.keys() {
        by_name
            .entry(plain(person.trim()))
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
            "different people, though their names differ only in case or blanks: {}",
            some_of(&alike)
        )
    })
}

/// A folder whose pictures are called after several people.
fn flat(owned: &[Owned]) -> Option<String> {
    owned
        .chunk_by(|a, b| a.person() == b.person())
        .find_map(|pictures| {
            let person = pictures[0].person();
            let names: BTreeSet<&str> = pictures
                .iter()
                .filter_map(|one| named_after(&one.file))
                .collect();
            let own = pictures
                .iter()
                .any(|one| own_number(person, &one.file).is_some());
            let first = pictures.iter().find(|one| named_after(&one.file).is_some())?;
            (names.len() >= FLAT_NAMES && !own).then(|| {
                format!(
                    "the pictures in {person} are called after {} people ({}, …), but a person is a folder: \
                     put each into its own, Name/picture.jpg",
                    names.len(),
                    first.file
                )
            })
        })
}

/// `Ann_Lee` for `Ann_Lee_0001.jpg`.
fn named_after(file: &str) -> Option<&str> {
    let stem = picture_stem(file)?;
    let name = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_numbered = stem.len() >= name.len() + 3;
    name.strip_suffix('_')
        .filter(|name| is_numbered && !name.is_empty())
}

/// Removes what was left out and moves the others to where they belong.
fn move_home(folder: &Path, owned: &[Owned], left_out: &[Kept]) -> Result<()> {
    let mut emptied: BTreeSet<PathBuf> = BTreeSet::new();
    for kept in left_out {
        let path = folder.join(&kept.place);
        std::fs::remove_file(&path).map_err(Error::io(&path, "remove"))?;
        emptied.extend(path.parent().map(Path::to_path_buf));
    }
    // All leave before the first arrives: one may lie in the place of another.
    let rename = |from: &Path, to: &Path| {
        let parent = to.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(Error::io(parent, "create the folder"))?;
        std::fs::rename(from, to).map_err(Error::io(from, "move"))
    };
    let mut moving = vec![];
    for one in owned {
        let target = home(one.person(), &one.file);
        if one.kept.place == target {
            continue;
        }
        let between = folder.join(aside(one.kept.position));
        let from = folder.join(&one.kept.place);
        if from != between {
            rename(&from, &between)?;
            emptied.extend(from.parent().map(Path::to_path_buf));
        }
        moving.push((between, folder.join(target)));
    }
    for (from, to) in &moving {
        rename(from, to)?;
    }
    emptied.insert(folder.join(ASIDE));
    for folder in emptied {
        // Fails where others are in it.
        let _ = std::fs::remove_dir(folder);
    }
    Ok(())
}
