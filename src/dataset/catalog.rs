//! What a data set holds: people and their pictures in LFW's layout,
//! `Name/Name_0001.jpg` below one folder.

use std::ops::Range;
use std::path::PathBuf;

use crate::error::{Error, Result};

/// A person and which pictures are theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The folder's name: `George_W_Bush`.
    pub folder: String,
    /// Indices into [`Dataset::pictures`].
    pub pictures: Range<usize>,
}

impl Person {
    /// The name as people write it: `George W Bush`.
    pub fn name(&self) -> String {
        self.folder.replace('_', " ")
    }
}

/// One picture file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Index into [`Dataset::people`].
    pub person: usize,
    /// LFW's number of the picture within its person, from 1.
    pub number: u32,
    /// The file's name inside the person's folder.
    pub file: String,
}

/// An imported data set, or the built-in sample. Pictures are sorted by
/// person's folder, then number.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// The folder's name below `datasets/`, unique: `lfw-devtrain-1f0c2a7b`.
    pub id: String,
    /// What the screen calls it: `lfw-devtrain`, `built-in sample`.
    pub title: String,
    /// Whether these are the drawn faces and not real ones.
    pub is_sample: bool,
    /// The folder that holds the people's folders.
    pub root: PathBuf,
    /// Changes when any picture does; stored with runs and caches.
    pub fingerprint: String,
    /// Sorted by folder name.
    pub people: Vec<Person>,
    /// Grouped by person.
    pub pictures: Vec<Picture>,
    // attributes and protocol files join here
}

impl Dataset {
    /// The picture's file.
    pub fn path(&self, picture: usize) -> PathBuf {
        let Picture { person, file, .. } = &self.pictures[picture];
        self.root.join(&self.people[*person].folder).join(file)
    }

    /// `George_W_Bush_0001`: unique within the data set; what commands take as a FACE.
    pub fn face_id(&self, picture: usize) -> String {
        let Picture { person, number, .. } = &self.pictures[picture];
        format!("{}_{number:04}", self.people[*person].folder)
    }

    /// `George W Bush 1`: what the screen writes.
    pub fn face_name(&self, picture: usize) -> String {
        let Picture { person, number, .. } = &self.pictures[picture];
        format!("{} {number}", self.people[*person].name())
    }

    /// The picture meant by `George_W_Bush_0001` or `George W Bush 1`, in any case.
    ///
    /// # Errors
    /// When there is none; names those that come close.
    pub fn find(&self, face: &str) -> Result<usize> {
        Err(Error::not_found(face, "not written yet"))
    }
}
