//! Finds the face or person that a user's text refers to. Exact matches win: a face's id, a
//! folder's name, a file's name. A looser match must be unique.

use crate::dataset::archive_names;
use crate::dataset::catalog::{Dataset, Person};
use crate::dataset::normalize::{nfc, search_key};
use crate::error::{Error, Result};

/// The most names listed in a message.
const MAX_SUGGESTIONS: usize = 3;

impl Dataset {
    /// The picture that a text refers to: `George_W_Bush_0001`, `George_W_Bush_0001.jpg` or `George
    /// W Bush 1`, ignoring case. A name alone is enough for a person with one picture.
    ///
    /// # Errors
    /// [`Error::NotFound`] with similar names, or [`Error::Invalid`] with all candidates if the
    /// text is ambiguous.
    pub fn find_face(&self, face: &str) -> Result<usize> {
        let face = face.trim();
        let stem = archive_names::picture_stem(face);
        let files = match stem {
            Some(_) => self.pictures_of_file(face),
            None => vec![],
        };
        if let [picture] = files.as_slice() {
            return Ok(*picture);
        }
        let stem = stem.unwrap_or(face);
        if let Some(picture) = self.picture_of_id(stem) {
            return Ok(picture);
        }
        if let Some(person) = self.person_of_folder(stem) {
            return self.only_picture(person, face);
        }
        let by_name = self.people_named(stem);
        let (name, number) = split_number(stem);
        let owners = match number {
            Some(_) => self.people_named(name),
            None => vec![],
        };
        let by_number: Vec<usize> = owners
            .iter()
            .filter_map(|&person| self.picture_numbered(person, number?))
            .collect();
        // A person with several pictures does not identify a face.
        let single: Vec<usize> = by_name
            .iter()
            .copied()
            .filter(|&person| self.people[person].pictures.len() == 1)
            .collect();
        match (by_number.as_slice(), by_name.as_slice()) {
            ([one], _) if single.is_empty() => Ok(*one),
            ([], [one]) => self.only_picture(*one, face),
            ([], []) if files.is_empty() => Err(self.not_found(face, name, number, &owners)),
            ([], []) => Err(self.ambiguous(face, &files, &[])),
            (by_number, by_name) => Err(self.ambiguous(face, by_number, by_name)),
        }
    }

    /// The picture with exactly this id.
    fn picture_of_id(&self, id: &str) -> Option<usize> {
        let (folder, digits) = id.rsplit_once('_')?;
        let person = self.person_of_folder(folder)?;
        let picture = self.picture_numbered(person, digits.parse().ok()?)?;
        (self.face_id(picture) == nfc(id)).then_some(picture)
    }

    /// The pictures with this file name.
    fn pictures_of_file(&self, file: &str) -> Vec<usize> {
        let file = nfc(file);
        (0..self.pictures.len())
            .filter(|&picture| nfc(&self.pictures[picture].file) == file)
            .collect()
    }

    fn person_of_folder(&self, folder: &str) -> Option<usize> {
        let folder = nfc(folder);
        self.people
            .binary_search_by(|person| person.folder.as_str().cmp(&folder))
            .ok()
            .or_else(|| {
                // Older imports stored decomposed names.
                self.people
                    .iter()
                    .position(|person| nfc(&person.folder) == folder)
            })
    }

    /// The person with exactly this folder name; otherwise all whose names differ only in case and
    /// blanks.
    fn people_named(&self, name: &str) -> Vec<usize> {
        if let Some(exact) = self.person_of_folder(name) {
            return vec![exact];
        }
        let key = search_key(name.trim());
        (0..self.people.len())
            .filter(|&person| search_key(&self.people[person].folder) == key)
            .collect()
    }

    fn picture_numbered(&self, person: usize, number: u32) -> Option<usize> {
        let mut pictures = self.people[person].pictures.clone();
        pictures.find(|&picture| self.pictures[picture].number == number)
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

    fn not_found(&self, face: &str, name: &str, number: Option<u32>, owners: &[usize]) -> Error {
        let Some(&owner) = owners.first() else {
            let name = if number.is_some() { name } else { face };
            let advice = format!(
                "no person of that name in {}{}",
                self.title,
                self.suggest(name)
            );
            return Error::not_found(face, advice);
        };
        let person = &self.people[owner];
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
    }

    fn ambiguous(&self, face: &str, by_number: &[usize], by_name: &[usize]) -> Error {
        let faces = by_number.iter().map(|&picture| self.face_id(picture));
        let people = by_name.iter().map(|&person| {
            let pictures = &self.people[person].pictures;
            match pictures.len() {
                1 => self.face_id(pictures.start),
                count => format!("one of {count} of {}", self.people[person].folder),
            }
        });
        let mut readings: Vec<String> = faces.chain(people).collect();
        let left_out = readings.len().saturating_sub(MAX_SUGGESTIONS);
        readings.truncate(MAX_SUGGESTIONS);
        let more = match left_out {
            0 => String::new(),
            count => format!(" or {count} more"),
        };
        Error::invalid(
            face,
            format!(
                "may mean {}{more}; write the face's id",
                readings.join(" or ")
            ),
        )
    }

    /// `; did you mean A, B or C?` with similar names; otherwise a hint where to find names.
    fn suggest(&self, name: &str) -> String {
        let key = search_key(name.trim());
        let mut close: Vec<(f64, &Person)> = self
            .people
            .iter()
            .map(|person| {
                let has = search_key(&person.folder);
                let within = !key.is_empty() && has.contains(&key);
                let likeness = strsim::jaro_winkler(&key, &has);
                (if within { 1.0 + likeness } else { likeness }, person)
            })
            .filter(|(likeness, _)| *likeness > 0.85)
            .collect();
        close.sort_by(|a, b| b.0.total_cmp(&a.0));
        let names: Vec<String> = close
            .iter()
            .take(MAX_SUGGESTIONS)
            .map(|(_, person)| person.name())
            .collect();
        match names.as_slice() {
            [] => "; the Browse tab lists everyone".to_string(),
            [one] => format!("; did you mean {one}?"),
            [most @ .., last] => format!("; did you mean {} or {last}?", most.join(", ")),
        }
    }
}

/// `George_W_Bush_0001` → (`George_W_Bush`, 1); the number is `None` if the text does not end in
/// one.
fn split_number(face: &str) -> (&str, Option<u32>) {
    let split = face.rfind(['_', ' ']).and_then(|at| {
        let digits = &face[at + 1..];
        let all = digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| all)?;
        Some((&face[..at], Some(number)))
    });
    split.unwrap_or((face, None))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::dataset::catalog::Picture;

    fn dataset() -> Dataset {
        of(&[
            ("AJ_Cook", &[1]),
            ("George_Bush", &[1, 2]),
            ("George_W_Bush", &[1, 2, 7]),
            ("Area_51", &[1]),
        ])
    }

    fn of(people: &[(&str, &[u32])]) -> Dataset {
        let mut sorted = people.to_vec();
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
                official_part: None,
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
            let picture = dataset.find_face(face).unwrap();
            assert_eq!(dataset.face_id(picture), "George_W_Bush_0007", "{face}");
        }
        assert_eq!(
            dataset.face_name(dataset.find_face("aj cook").unwrap()),
            "AJ Cook 1"
        );
        // A folder whose name ends in a number.
        assert_eq!(
            dataset.face_id(dataset.find_face("Area 51").unwrap()),
            "Area_51_0001"
        );
        assert_eq!(
            dataset.face_id(dataset.find_face("Area 51 1").unwrap()),
            "Area_51_0001"
        );
    }

    #[test]
    fn a_face_that_is_not_there_gets_advice() {
        let dataset = dataset();
        let message = |face: &str| dataset.find_face(face).unwrap_err().to_string();
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

    #[test]
    fn an_exact_id_means_that_face_whatever_else_is_called_so() {
        let dataset = of(&[("Ann", &[1, 2]), ("Ann_0001", &[1]), ("Ann_0003", &[1])]);
        let id = |face: &str| dataset.find_face(face).map(|row| dataset.face_id(row));
        assert_eq!(id("Ann_0001").unwrap(), "Ann_0001");
        assert_eq!(id("Ann_0001.jpg").unwrap(), "Ann_0001");
        assert_eq!(id("Ann_0001_0001").unwrap(), "Ann_0001_0001");
        // Ann has no picture with that number, so the folder matches.
        assert_eq!(id("Ann_0003").unwrap(), "Ann_0003_0001");
        assert_eq!(id("Ann_0002").unwrap(), "Ann_0002");
        // A loose match could be either; the message names both.
        let message = id("ann 0001").unwrap_err().to_string();
        assert!(
            message.contains("may mean Ann_0001 or Ann_0001_0001"),
            "{message}"
        );
        assert_eq!(id("ann 2").unwrap(), "Ann_0002");
        let dataset = of(&[("Ann", &[1]), ("Ann_0001", &[1, 2])]);
        let row = dataset.find_face("ann_0001").unwrap();
        assert_eq!(dataset.face_id(row), "Ann_0001", "two pictures are no face");
    }

    #[test]
    fn people_whose_names_differ_in_case_are_told_apart_or_asked_for() {
        let dataset = of(&[("ANN", &[1]), ("Ann", &[1, 4]), ("Bob_Ray", &[1])]);
        let id = |face: &str| dataset.find_face(face).map(|row| dataset.face_id(row));
        assert_eq!(id("ANN_0001").unwrap(), "ANN_0001");
        assert_eq!(id("Ann 1").unwrap(), "Ann_0001");
        assert_eq!(id("ANN").unwrap(), "ANN_0001");
        let message = id("ann 1").unwrap_err().to_string();
        assert!(message.contains("ANN_0001 or Ann_0001"), "{message}");
        assert_eq!(id("ann 4").unwrap(), "Ann_0004", "only one has that number");
        assert_eq!(id("BOB RAY").unwrap(), "Bob_Ray_0001");
    }

    #[test]
    fn accents_are_the_same_however_they_are_spelled() {
        for folder in ["Zo\u{e9}_Bell", "Zoe\u{301}_Bell"] {
            let dataset = of(&[("Ann", &[1]), (folder, &[3])]);
            for face in [
                "Zo\u{e9}_Bell_0003",
                "Zoe\u{301}_Bell_0003",
                "zoe\u{301} bell 3",
                "ZO\u{c9} BELL",
            ] {
                assert_eq!(dataset.find_face(face).unwrap(), 1, "{face}");
            }
        }
    }

    #[test]
    fn a_file_name_means_that_file() {
        let mut dataset = of(&[("Ann", &[1, 2, 3]), ("Bob", &[1])]);
        dataset.pictures[1].file = "Ann_0001.png".into();
        dataset.pictures[2].file = "Ann_1.jpg".into();
        assert_eq!(dataset.find_face("Ann_0001.jpg").unwrap(), 0);
        assert_eq!(dataset.find_face("Ann_0001.png").unwrap(), 1);
        assert_eq!(dataset.find_face("Ann_1.jpg").unwrap(), 2);
        assert_eq!(dataset.find_face("Ann_1").unwrap(), 0);
        assert_eq!(dataset.find_face("Ann_0002.jfif").unwrap(), 1);
        dataset.pictures[2].file = "beach.jpg".into();
        dataset.pictures[3].file = "beach.jpg".into();
        let message = dataset.find_face("beach.jpg").unwrap_err().to_string();
        assert!(
            message.contains("may mean Ann_0003 or Bob_0001"),
            "{message}"
        );
    }
}
