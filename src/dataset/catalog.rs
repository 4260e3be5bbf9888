//! What a data set holds: people and their pictures in LFW's layout,
//! `Name/Name_0001.jpg` below one folder.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::dataset::attributes::Attributes;
use crate::dataset::crop::Crop;
use crate::display::escaped;

/// A person and which pictures are theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The folder's name, accents composed: `George_W_Bush`.
    pub folder: String,
    /// Indices into [`Dataset::pictures`].
    pub pictures: Range<usize>,
    /// Which part of LFW's development split the person belongs to, when the
    /// data set came with `peopleDevTrain` and `peopleDevTest`.
    pub official_part: Option<OfficialPart>,
}

/// A part of LFW's development split ("View 1"), which is by person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfficialPart {
    /// Named in `peopleDevTrain`.
    Training,
    /// Named in `peopleDevTest`.
    Test,
}

impl Person {
    /// The name as people write it, fit to be shown: `George W Bush`.
    pub fn name(&self) -> String {
        escaped(&self.raw_name()).into_owned()
    }

    /// The same with no character escaped, for JSON.
    pub fn raw_name(&self) -> String {
        self.folder.replace('_', " ")
    }
}

/// One picture file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Index into [`Dataset::people`].
    pub person: usize,
    /// The picture's number within its person: that of its name
    /// (`Name_0003.jpg`), else a free one above the highest.
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
    /// The crop that was chosen for its pictures; none where nobody chose one.
    pub chosen_crop: Option<Crop>,
    /// Sorted by folder name.
    pub people: Vec<Person>,
    /// Grouped by person.
    pub pictures: Vec<Picture>,
    /// Read on first use: a screen that shows no attributes need not wait for them.
    pub(crate) attributes: Arc<OnceLock<Attributes>>,
}

impl Dataset {
    /// The picture's file.
    pub fn path(&self, picture: usize) -> PathBuf {
        let Picture { person, file, .. } = &self.pictures[picture];
        self.root.join(&self.people[*person].folder).join(file)
    }

    /// How its pictures are cropped: as was chosen, else as LFW's.
    pub fn crop(&self) -> Crop {
        self.chosen_crop.unwrap_or_default()
    }

    /// The same pictures under a given crop, such as a run's that was trained so.
    #[must_use]
    pub fn with_crop(self, crop: Crop) -> Self {
        Self {
            chosen_crop: Some(crop),
            ..self
        }
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

    /// The folder of the whole data set: [`Dataset::root`], protocol files and index.
    pub fn folder(&self) -> PathBuf {
        self.root
            .parent()
            .map_or_else(|| self.root.clone(), PathBuf::from)
    }

    /// The signed attribute scores of a picture, in the order of
    /// [`Dataset::attribute_names`]; positive means present. `None` when the
    /// data set came without attributes or has no row for this picture.
    pub fn attributes(&self, picture: usize) -> Option<&[f32]> {
        self.attribute_table().row(picture)
    }

    /// `Male`, `Smiling`, …; empty when the data set came without attributes.
    pub fn attribute_names(&self) -> &[String] {
        self.attribute_table().names()
    }

    fn attribute_table(&self) -> &Attributes {
        self.attributes
            .get_or_init(|| Attributes::read(&self.folder(), self.pictures.len()))
    }

    /// `training set` or `test set`, when LFW's development split names the
    /// picture's person.
    pub fn official_split(&self, picture: usize) -> Option<&'static str> {
        let person = self.pictures.get(picture)?.person;
        self.people[person].official_part.map(|part| match part {
            OfficialPart::Training => "training set",
            OfficialPart::Test => "test set",
        })
    }
}
