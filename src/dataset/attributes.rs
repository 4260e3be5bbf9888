//! The attribute scores that come with LFW (`lfw_attributes.txt`): one row of
//! signed numbers a picture, kept beside the index in a form that opens at once.

use std::collections::HashMap;
use std::path::Path;

use crate::error::{Error, Result};
use crate::paths::replace_file;

/// The table in the data set's folder.
const FILE: &str = "attributes.bin";
/// First bytes of the table; the number is the version.
const MAGIC: &[u8; 8] = b"LFWATTR1";

/// One row of scores for each picture that has them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attributes {
    names: Vec<String>,
    /// Row after row; a row of NaN where a picture has none.
    values: Vec<f32>,
}

impl Attributes {
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn row(&self, picture: usize) -> Option<&[f32]> {
        let width = self.names.len();
        let row = self.values.get(picture * width..(picture + 1) * width)?;
        row.first()
            .is_some_and(|value| !value.is_nan())
            .then_some(row)
    }

    /// The table in `folder`; empty when there is none for exactly this many pictures.
    pub(crate) fn read(folder: &Path, pictures: usize) -> Self {
        std::fs::read(folder.join(FILE))
            .ok()
            .and_then(|bytes| Self::from_bytes(&bytes, pictures))
            .unwrap_or_default()
    }

    /// Writes the table into `folder`; an empty one removes it.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        if self.names.is_empty() {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(Error::io(path, "remove")(error))
                }
                _ => Ok(()),
            };
        }
        let names = self.names.join("\t");
        let mut bytes = MAGIC.to_vec();
        bytes.extend((names.len() as u32).to_le_bytes());
        bytes.extend(names.as_bytes());
        for value in &self.values {
            bytes.extend(value.to_le_bytes());
        }
        replace_file(&path, &bytes)
    }

    fn from_bytes(bytes: &[u8], pictures: usize) -> Option<Self> {
        let (length, rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<4>()?;
        let (names, values) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let names: Vec<String> = std::str::from_utf8(names)
            .ok()?
            .split('\t')
            .map(str::to_string)
            .collect();
        let (values, rest) = values.as_chunks::<4>();
        (rest.is_empty() && values.len() == pictures.checked_mul(names.len())?).then(|| Self {
            names,
            values: values
                .iter()
                .map(|&value| f32::from_le_bytes(value))
                .collect(),
        })
    }

    /// Reads the text of an `lfw_attributes.txt`: comment lines, a header with
    /// a stray `#` before `person` and `imagenum`, tab-separated rows.
    /// `pictures` gives the row of (person's folder, number).
    ///
    /// # Errors
    /// The line that cannot be read and what is wrong with it.
    pub(crate) fn parse(
        file: &str,
        text: &str,
        pictures: &HashMap<(&str, u32), usize>,
        count: usize,
    ) -> Result<Self> {
        let mut names: Option<Vec<String>> = None;
        let mut values = vec![];
        for (line_number, line) in text.lines().enumerate() {
            let wrong = |problem: String| {
                Error::invalid(format!("{file}, line {}", line_number + 1), problem)
            };
            let line = line.trim_end_matches('\r');
            if line.trim().is_empty() {
                continue;
            }
            let Some(names) = &names else {
                // The header may itself begin with the comment sign.
                let mut fields = line.trim_start_matches('#').trim_start().split('\t');
                let named: Vec<String> = fields.by_ref().map(str::to_string).collect();
                if let [person, number, scores @ ..] = named.as_slice()
                    && person == "person"
                    && number == "imagenum"
                    && !scores.is_empty()
                {
                    values = vec![f32::NAN; count * scores.len()];
                    names = Some(scores.to_vec());
                } else if !line.starts_with('#') {
                    return Err(wrong(
                        "expected the header: person, imagenum and attribute names, tab-separated"
                            .to_string(),
                    ));
                }
                continue;
            };
            if line.starts_with('#') {
                continue;
            }
            let fields: Vec<&str> = line.split('\t').collect();
            let [person, number, scores @ ..] = fields.as_slice() else {
                return Err(wrong("expected person, imagenum and scores".to_string()));
            };
            if scores.len() != names.len() {
                return Err(wrong(format!(
                    "{} scores where the header names {}",
                    scores.len(),
                    names.len()
                )));
            }
            let number: u32 = number
                .parse()
                .map_err(|_| wrong(format!("\"{number}\" is no picture number")))?;
            let folder = person.replace(' ', "_");
            let row = pictures.get(&(folder.as_str(), number));
            for (column, score) in scores.iter().enumerate() {
                let value: f32 = score
                    .trim()
                    .parse()
                    .ok()
                    .filter(|value: &f32| value.is_finite())
                    .ok_or_else(|| wrong(format!("\"{score}\" is no score")))?;
                if let Some(row) = row {
                    values[row * names.len() + column] = value;
                }
            }
        }
        let names = names.ok_or_else(|| {
            Error::invalid(
                file,
                "no header line with person, imagenum and attribute names",
            )
        })?;
        Ok(Self { names, values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# attributes of faces\n#\tperson\timagenum\tMale\tSmiling\n\
                        AJ Cook\t1\t-1.5\t0.25\nGeorge W Bush\t2\t1e0\t-2\nNobody\t1\t1\t1\n";

    fn parse(text: &str) -> Result<Attributes> {
        let pictures = HashMap::from([
            (("AJ_Cook", 1), 0),
            (("George_W_Bush", 1), 1),
            (("George_W_Bush", 2), 2),
        ]);
        Attributes::parse("lfw_attributes.txt", text, &pictures, 3)
    }

    #[test]
    fn rows_join_on_person_and_number_and_survive_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        parse(TEXT).unwrap().write(folder.path()).unwrap();
        let read = Attributes::read(folder.path(), 3);
        assert_eq!(read.names(), ["Male", "Smiling"]);
        assert_eq!(read.row(0), Some(&[-1.5, 0.25][..]));
        assert_eq!(read.row(1), None, "a picture without a row");
        assert_eq!(read.row(2), Some(&[1.0, -2.0][..]));
        assert_eq!(read.row(3), None);
        assert!(Attributes::read(folder.path(), 4).names().is_empty());
        Attributes::default().write(folder.path()).unwrap();
        assert!(Attributes::read(folder.path(), 3).names().is_empty());
    }

    #[test]
    fn a_broken_row_is_named_by_its_line() {
        let message = |text: &str| parse(text).unwrap_err().to_string();
        assert!(message(&format!("{TEXT}A B\t1\t1\n")).contains("line 6: 1 scores"));
        assert!(message(&format!("{TEXT}A B\tone\t1\t1\n")).contains("\"one\" is no picture"));
        assert!(message(&format!("{TEXT}A B\t1\t1\tNaN\n")).contains("\"NaN\" is no score"));
        assert!(message("person,imagenum\n").contains("expected the header"));
        assert!(message("").contains("no header line"));
    }
}
