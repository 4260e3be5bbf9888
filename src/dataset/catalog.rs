//! What a data set holds: people and their pictures in LFW's layout,
//! `Name/Name_0001.jpg` below one folder.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::dataset::attributes::Attributes;
use crate::dataset::crop::Crop;
use crate::error::{Error, Result};

/// A person and which pictures are theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The folder's name: `George_W_Bush`.
    pub folder: String,
    /// Indices into [`Dataset::pictures`].
    pub pictures: Range<usize>,
    /// Which part of LFW's development split the person belongs to, when the
    /// data set came with `peopleDevTrain` and `peopleDevTest`.
    pub official: Option<OfficialPart>,
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
        self.people[person].official.map(|part| match part {
            OfficialPart::Training => "training set",
            OfficialPart::Test => "test set",
        })
    }

    /// The index of a person by folder or written name, in any case.
    pub fn find_person(&self, name: &str) -> Option<usize> {
        let wanted = plain(name);
        // Exact first: two folders may differ in case alone.
        self.people
            .binary_search_by(|person| person.folder.as_str().cmp(name))
            .ok()
            .or_else(|| {
                self.people
                    .iter()
                    .position(|person| plain(&person.folder) == wanted)
            })
    }

    /// The picture meant by `George_W_Bush_0001` or `George W Bush 1`, in any
    /// case; a name alone means a person's only picture.
    ///
    /// # Errors
    /// When there is none; names those that come close.
    pub fn find(&self, face: &str) -> Result<usize> {
        let face = face.trim();
        let stem = match face.rsplit_once('.') {
            Some((stem, "jpg" | "jpeg" | "png" | "JPG" | "JPEG" | "PNG")) => stem,
            _ => face,
        };
        if let Some(person) = self.find_person(stem) {
            return self.only_picture(person, face);
        }
        let (name, number) = split_number(stem);
        let Some(person) = self.find_person(name) else {
            return Err(Error::not_found(
                face,
                format!(
                    "no person of that name in {}{}",
                    self.title,
                    self.suggest(name)
                ),
            ));
        };
        let Some(number) = number else {
            return self.only_picture(person, face);
        };
        let person = &self.people[person];
        person
            .pictures
            .clone()
            .find(|&picture| self.pictures[picture].number == number)
            .ok_or_else(|| {
                let numbers = &self.pictures[person.pictures.clone()];
                let range = match numbers {
                    [only] => format!("number {}", only.number),
                    [first, .., last] => format!(
                        "{} pictures, numbers {} to {}",
                        numbers.len(),
                        first.number,
                        last.number
                    ),
                    [] => "no picture".to_string(),
                };
                Error::not_found(face, format!("{} has {range}", person.name()))
            })
    }

    fn only_picture(&self, person: usize, face: &str) -> Result<usize> {
        let person = &self.people[person];
        if person.pictures.len() == 1 {
            return Ok(person.pictures.start);
        }
        let (first, last) = (person.pictures.start, person.pictures.end - 1);
        Err(Error::invalid(
            face,
            format!(
                "{} has {} pictures; say which, from \"{}\" to \"{}\"",
                person.name(),
                person.pictures.len(),
                self.face_name(first),
                self.face_name(last)
            ),
        ))
    }

    /// `; did you mean A, B or C?` for names that come close, else nothing.
    fn suggest(&self, name: &str) -> String {
        let wanted = plain(name);
        let mut close: Vec<(f64, &Person)> = self
            .people
            .iter()
            .map(|person| {
                let has = plain(&person.folder);
                let within = !wanted.is_empty() && has.contains(&wanted);
                let likeness = strsim::jaro_winkler(&wanted, &has);
                (if within { 1.0 + likeness } else { likeness }, person)
            })
            .filter(|(likeness, _)| *likeness > 0.85)
            .collect();
        close.sort_by(|a, b| b.0.total_cmp(&a.0));
        let names: Vec<String> = close
            .iter()
            .take(3)
            .map(|(_, person)| person.name())
            .collect();
        match names.as_slice() {
            [] => "; the Browse tab lists everybody".to_string(),
            [one] => format!("; did you mean {one}?"),
            [most @ .., last] => format!("; did you mean {} or {last}?", most.join(", ")),
        }
    }
}

/// A name without case and with blanks for underscores.
fn plain(name: &str) -> String {
    name.trim().replace('_', " ").to_lowercase()
}

/// `George_W_Bush_0001` → (`George_W_Bush`, 1); no number, no split.
fn split_number(face: &str) -> (&str, Option<u32>) {
    let Some(at) = face.rfind(['_', ' ']) else {
        return (face, None);
    };
    match face[at + 1..].parse() {
        Ok(number) => (&face[..at], Some(number)),
        Err(_) => (face, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset() -> Dataset {
        let people: [(&str, &[u32]); 4] = [
            ("AJ_Cook", &[1]),
            ("George_Bush", &[1, 2]),
            ("George_W_Bush", &[1, 2, 7]),
            ("Area_51", &[1]),
        ];
        let mut sorted = people;
        sorted.sort();
        let mut dataset = Dataset {
            id: "test-00000000".into(),
            title: "test".into(),
            is_sample: false,
            root: "/nowhere/lfw".into(),
            fingerprint: "0".into(),
            chosen_crop: None,
            people: vec![],
            pictures: vec![],
            attributes: Arc::default(),
        };
        for (index, (folder, numbers)) in sorted.into_iter().enumerate() {
            let start = dataset.pictures.len();
            dataset
                .pictures
                .extend(numbers.iter().map(|&number| Picture {
                    person: index,
                    number,
                    file: format!("{folder}_{number:04}.jpg"),
                }));
            dataset.people.push(Person {
                folder: folder.into(),
                pictures: start..dataset.pictures.len(),
                official: None,
            });
        }
        dataset
    }

    #[test]
    fn a_face_is_found_however_it_is_written() {
        let dataset = dataset();
        for face in [
            "George_W_Bush_0007",
            "George W Bush 7",
            "george w bush 7",
            "GEORGE_W_BUSH_7",
            "George_W_Bush_0007.jpg",
        ] {
            let picture = dataset.find(face).unwrap();
            assert_eq!(dataset.face_id(picture), "George_W_Bush_0007", "{face}");
        }
        assert_eq!(
            dataset.face_name(dataset.find("aj cook").unwrap()),
            "AJ Cook 1"
        );
        // A folder whose own name ends in a number.
        assert_eq!(
            dataset.face_id(dataset.find("Area 51").unwrap()),
            "Area_51_0001"
        );
        assert_eq!(
            dataset.face_id(dataset.find("Area 51 1").unwrap()),
            "Area_51_0001"
        );
    }

    #[test]
    fn a_face_that_is_not_there_gets_advice() {
        let dataset = dataset();
        let message = |face: &str| dataset.find(face).unwrap_err().to_string();
        assert!(message("Gorge W Bush 1").contains("did you mean George W Bush"));
        assert!(
            message("bush 1").contains("George Bush"),
            "{}",
            message("bush 1")
        );
        assert!(message("George W Bush 3").contains("numbers 1 to 7"));
        assert!(message("George W Bush").contains("3 pictures; say which"));
        assert!(message("Xyzzy 1").contains("no person of that name in test"));
        assert!(message("").contains("not found"));
    }
}
