//! LFW's attribute scores (`lfw_attributes.txt`): one row of signed numbers per picture, stored
//! beside the index in a binary table that loads quickly.

use std::collections::HashMap;
use std::path::Path;

use crate::dataset::normalize::join_key;
use crate::dataset::row_usage::RowUsage;
use crate::error::{Error, Result};
use crate::paths::replace_file;

/// The table's file in the data set's folder.
const FILE: &str = "attributes.bin";
/// The table's magic number; its last digit is the format version.
const MAGIC: &[u8; 8] = b"LFWATTR1";

/// One row of scores per picture.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attributes {
    names: Vec<String>,
    /// Row-major, `[pictures, names]`; NaN where a picture has no scores.
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

    /// Reads the table in `folder`; empty if there is none for exactly `pictures` pictures.
    pub(crate) fn read(folder: &Path, pictures: usize) -> Self {
        std::fs::read(folder.join(FILE))
            .ok()
            .and_then(|bytes| Self::from_bytes(&bytes, pictures))
            .unwrap_or_default()
    }

    /// Writes the table to `folder`; an empty table removes the file.
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
        if std::fs::read(&path).is_ok_and(|present| present == bytes) {
            return Ok(());
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

    /// Parses the text of `lfw_attributes.txt`: comment lines, a header with a stray `#` before
    /// `person` and `imagenum`, and rows separated by tabs or commas. `pictures` maps (person's
    /// folder, number) to a row of the table, which has `count` rows. Unusable rows are skipped and
    /// counted.
    ///
    /// # Errors
    /// When the header is missing, because then the columns are unknown.
    pub(crate) fn parse(
        file: &str,
        text: &str,
        pictures: &HashMap<(&str, u32), usize>,
        count: usize,
    ) -> Result<(Self, RowUsage)> {
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim().is_empty());
        let header = loop {
            match lines.next() {
                Some((line_number, line)) => match Header::parse(line) {
                    Some(header) => break header,
                    None if line.starts_with('#') => {}
                    None => {
                        return Err(Error::invalid(
                            format!("{file}, line {line_number}"),
                            "expected the header: person, imagenum and attribute names, \
                             tab-separated; no attribute is used",
                        ));
                    }
                },
                None => {
                    return Err(Error::invalid(
                        file,
                        "no header line with person, imagenum and attribute names; \
                         no attribute is used",
                    ));
                }
            }
        };
        let Header { separator, names } = header;
        let mut table = Self {
            values: vec![f32::NAN; count * names.len()],
            names,
        };
        let mut used = RowUsage::default();
        let mut doubles = 0;
        for (line_number, line) in lines.filter(|(_, line)| !line.starts_with('#')) {
            used.rows += 1;
            match table.parse_row(&fields(line, separator)) {
                Ok((folder, number, scores)) => {
                    let Some(&row) = pictures.get(&(folder.as_str(), number)) else {
                        continue;
                    };
                    used.matching += 1;
                    doubles += usize::from(table.row(row).is_some());
                    let start = row * table.names.len();
                    table.values[start..start + scores.len()].copy_from_slice(&scores);
                }
                Err(problem) => used.unusable.push(format!("line {line_number}: {problem}")),
            }
        }
        match doubles {
            0 => {}
            1 => used
                .remarks
                .push("1 row repeats a picture; the last one counts".to_string()),
            several => used.remarks.push(format!(
                "{several} rows repeat pictures; the last one of each counts"
            )),
        }
        Ok((table, used))
    }

    /// A row's person, picture number and scores, one per attribute name.
    fn parse_row(&self, fields: &[&str]) -> Result<(String, u32, Vec<f32>), String> {
        let [person, number, scores @ ..] = fields else {
            return Err("expected person, imagenum and scores".to_string());
        };
        // Some editors leave separators at the end of a line.
        let scores = match scores.get(self.names.len()..) {
            Some(more) if more.iter().all(|field| field.is_empty()) => &scores[..self.names.len()],
            _ => {
                return Err(format!(
                    "{} scores where the header names {}",
                    scores.len(),
                    self.names.len()
                ));
            }
        };
        // A data frame may have turned the number into "4.0".
        let number = number
            .strip_suffix(".0")
            .unwrap_or(number)
            .parse()
            .map_err(|_| format!("\"{number}\" is not a picture number"))?;
        let scores = scores
            .iter()
            .map(|score| {
                score
                    .parse()
                    .ok()
                    .filter(|value: &f32| value.is_finite())
                    .ok_or_else(|| format!("\"{score}\" is not a score"))
            })
            .collect::<Result<_, _>>()?;
        Ok((join_key(person), number, scores))
    }
}

/// The header of an attribute file.
struct Header {
    separator: char,
    names: Vec<String>,
}

impl Header {
    /// Parses a header line; `None` if the line is not a header. A header may itself begin with
    /// `#`.
    fn parse(line: &str) -> Option<Self> {
        let line = line.trim_start_matches('#').trim_start();
        let separator = if line.contains('\t') { '\t' } else { ',' };
        let mut fields = fields(line, separator);
        while fields.last().is_some_and(|field| field.is_empty()) {
            fields.pop();
        }
        let [person, number, scores @ ..] = fields.as_slice() else {
            return None;
        };
        let is_header = person.eq_ignore_ascii_case("person")
            && number.eq_ignore_ascii_case("imagenum")
            && !scores.is_empty();
        is_header.then(|| Self {
            separator,
            names: scores.iter().map(|name| (*name).to_string()).collect(),
        })
    }
}

/// The fields of a line, without surrounding blanks and quotes.
fn fields(line: &str, separator: char) -> Vec<&str> {
    line.split(separator)
        .map(|field| field.trim().trim_matches('"').trim())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# attributes of faces\n#\tperson\timagenum\tMale\tSmiling\n\
                        AJ Cook\t1\t-1.5\t0.25\nGeorge W Bush\t2\t1e0\t-2\nNobody\t1\t1\t1\n";

    fn parse(text: &str) -> Result<(Attributes, RowUsage)> {
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
        let (table, used) = parse(TEXT).unwrap();
        assert_eq!((used.matching, used.rows), (2, 3));
        assert!(used.unusable.is_empty() && used.remarks.is_empty());
        table.write(folder.path()).unwrap();
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
    fn a_row_that_cannot_be_used_costs_nothing_but_itself() {
        for (row, expected) in [
            ("AJ Cook\t1\t1", "line 6: 1 scores where the header names 2"),
            ("AJ Cook\t1\t1\t2\t3", "line 6: 3 scores"),
            (
                "AJ Cook\tone\t1\t1",
                "line 6: \"one\" is not a picture number",
            ),
            (
                "AJ Cook\t-1\t1\t1",
                "line 6: \"-1\" is not a picture number",
            ),
            ("AJ Cook\t1\t1\tNaN", "line 6: \"NaN\" is not a score"),
            ("AJ Cook\t1\tinf\t1", "line 6: \"inf\" is not a score"),
            ("AJ Cook\t1\t\t1", "line 6: \"\" is not a score"),
            ("AJ Cook", "line 6: expected person"),
        ] {
            let (table, used) = parse(&format!("{TEXT}{row}\nAJ Cook\t1\t3\t4\n")).unwrap();
            assert_eq!((used.matching, used.rows), (3, 5), "{row}");
            assert_eq!(used.unusable.len(), 1, "{row}");
            assert!(
                used.unusable[0].starts_with(expected),
                "{:?}",
                used.unusable
            );
            assert_eq!(table.row(2), Some(&[1.0, -2.0][..]), "{row}");
            assert_eq!(table.row(0), Some(&[3.0, 4.0][..]), "the last counts");
            assert!(used.remarks[0].starts_with("1 row repeats a picture"));
        }
    }

    #[test]
    fn blanks_underscores_quotes_and_commas_are_no_matter() {
        for text in [
            "# person\timagenum\tMale\tSmiling\t\nAJ_Cook \t 1\t-1.5 \t0.25\t\t\n",
            "Person\tImageNum\tMale\tSmiling\nAJ Cook\t1.0\t-1.5\t2.5e-1\n",
            "person,imagenum,Male,Smiling\n\"AJ Cook\",1,-1.5,0.25\n",
        ] {
            let (table, used) = parse(text).unwrap();
            assert_eq!((used.matching, used.rows), (1, 1), "{text}");
            assert_eq!(table.names(), ["Male", "Smiling"], "{text}");
            assert_eq!(table.row(0), Some(&[-1.5, 0.25][..]), "{text}");
        }
    }

    #[test]
    fn without_a_header_nothing_says_what_the_scores_are() {
        let message = |text: &str| parse(text).unwrap_err().to_string();
        assert!(message("AJ Cook\t1\t1\n").contains("line 1: expected the header"));
        assert!(message("person,imagenum\n").contains("expected the header"));
        assert!(message("").contains("no header line"));
    }
}
