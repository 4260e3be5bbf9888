//! The contents of a data set: people and their pictures in LFW's layout, `Name/Name_0001.jpg` in
//! one folder.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::dataset::attributes::Attributes;
use crate::dataset::crop::Crop;
use crate::display::escaped;

/// A person and the range of their pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The folder's name in Unicode NFC: `George_W_Bush`.
    pub folder: String,
    /// Indices into [`Dataset::pictures`].
    pub pictures: Range<usize>,
    /// The person's part of LFW's development split, if the data set came with `peopleDevTrain` and
    /// `peopleDevTest`.
    pub(crate) official_part: Option<OfficialPart>,
}

/// A part of LFW's development split ("View 1"), which divides people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfficialPart {
    /// Listed in `peopleDevTrain`.
    Training,
    /// Listed in `peopleDevTest`.
    Test,
}

impl Person {
    /// The name for display, with blanks for underscores and unsafe characters escaped: `George W
    /// Bush`.
    pub fn name(&self) -> String {
        escaped(&self.raw_name()).into_owned()
    }

    /// The name with blanks for underscores and nothing escaped, for JSON.
    pub(crate) fn raw_name(&self) -> String {
        self.folder.replace('_', " ")
    }
}

/// One picture file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Index into [`Dataset::people`].
    pub person: usize,
    /// The picture's number within its person: the one in its file name (`Name_0003.jpg`),
    /// otherwise a free one above the highest.
    pub(crate) number: u32,
    /// The file name in the person's folder.
    pub file: String,
}

/// An imported data set or the built-in sample. Pictures are sorted by person's folder, then by
/// number.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// The name of the folder in `datasets/`, unique: `lfw-devtrain-1f0c2a7b`.
    pub id: String,
    /// The name shown to the user: `lfw-devtrain`, `built-in sample`.
    pub title: String,
    /// Whether this is the built-in sample of drawn faces.
    pub is_sample: bool,
    /// The folder that contains the people's folders.
    pub root: PathBuf,
    /// A hash of the pictures; stored with runs and caches.
    pub fingerprint: String,
    /// The crop chosen for the pictures; `None` means the default.
    pub(crate) chosen_crop: Option<Crop>,
    /// Sorted by folder name.
    pub people: Vec<Person>,
    /// Grouped by person.
    pub pictures: Vec<Picture>,
    /// Loaded on first use, so that opening a data set does not wait for it.
    pub(crate) attributes: Arc<OnceLock<Attributes>>,
}

impl Dataset {
    /// The path of a picture's file.
    pub fn path(&self, picture: usize) -> PathBuf {
        let Picture { person, file, .. } = &self.pictures[picture];
        self.root.join(&self.people[*person].folder).join(file)
    }

    /// How the pictures are cropped: the chosen crop, by default LFW's.
    pub fn crop(&self) -> Crop {
        self.chosen_crop.unwrap_or_default()
    }

    /// The same data set with another crop, such as the one a run was trained with.
    #[must_use]
    pub(crate) fn with_crop(self, crop: Crop) -> Self {
        Self {
            chosen_crop: Some(crop),
            ..self
        }
    }

    /// An id that is unique in the data set, as commands take it: `George_W_Bush_0001`.
    pub fn face_id(&self, picture: usize) -> String {
        let Picture { person, number, .. } = &self.pictures[picture];
        format!("{}_{number:04}", self.people[*person].folder)
    }

    /// The name shown to the user: `George W Bush 1`.
    pub fn face_name(&self, picture: usize) -> String {
        let Picture { person, number, .. } = &self.pictures[picture];
        format!("{} {number}", self.people[*person].name())
    }

    /// The data set's folder, which contains [`Dataset::root`], the protocol files and the index.
    pub fn folder(&self) -> PathBuf {
        self.root
            .parent()
            .map_or_else(|| self.root.clone(), PathBuf::from)
    }

    /// The signed attribute scores of a picture, in the order of [`Dataset::attribute_names`];
    /// positive means present. `None` if the data set has no scores for this picture.
    pub fn attributes(&self, picture: usize) -> Option<&[f32]> {
        self.attribute_table().row(picture)
    }

    /// The attributes' names, such as `Male`; empty if the data set came without scores.
    pub fn attribute_names(&self) -> &[String] {
        self.attribute_table().names()
    }

    fn attribute_table(&self) -> &Attributes {
        self.attributes
            .get_or_init(|| Attributes::read(&self.folder(), self.pictures.len()))
    }

    /// `training set` or `test set`, if LFW's development split lists the picture's person.
    pub fn official_split(&self, picture: usize) -> Option<&'static str> {
        let person = self.pictures.get(picture)?.person;
        self.people[person].official_part.map(|part| match part {
            OfficialPart::Training => "training set",
            OfficialPart::Test => "test set",
        })
    }
}
