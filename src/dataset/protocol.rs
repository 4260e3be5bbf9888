//! LFW's protocol files: who is in which part, and which pairs are compared.
//! Both forms are read: the official tab-separated one and Kaggle's CSV.

use crate::error::{Error, Result};

/// A picture as protocol files name it: person's folder and number.
pub type Numbered = (String, u32);

/// Two pictures to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// One picture.
    pub first: Numbered,
    /// The other.
    pub second: Numbered,
}

impl Pair {
    /// Whether both show one person.
    pub fn is_match(&self) -> bool {
        self.first.0 == self.second.0
    }
}

/// One fold of a pairs file. Files without folds (`pairsDev*`) are one fold.
pub type Fold = Vec<Pair>;

/// Reads `people.txt`, `peopleDevTrain.txt`, `peopleDevTest.txt`: folds of
/// people with how many pictures each has. The official form begins with the
/// number of folds where there are several; each fold begins with its count.
///
/// # Errors
/// [`Error::Invalid`] with the file's name and line.
pub fn people(file: &str, text: &str) -> Result<Vec<Vec<Numbered>>> {
    if is_csv(file) {
        return Ok(vec![people_csv(file, text)?]);
    }
    let mut folds: Vec<(usize, usize, Vec<Numbered>)> = vec![];
    let mut announced = None;
    for (line, fields) in lines(text) {
        match fields.as_slice() {
            [count] => {
                let count: usize = number(file, line, count)?;
                match folds.last() {
                    // Two counts in a row: the first was the number of folds.
                    Some((_, _, names)) if names.is_empty() && announced.is_none() => {
                        announced = folds.pop().map(|(_, count, _)| count);
                    }
                    _ => {}
                }
                folds.push((line, count, vec![]));
            }
            [name, images] => {
                let images = number(file, line, images)?;
                let (.., names) = folds
                    .last_mut()
                    .ok_or_else(|| wrong(file, line, "expected a count before the names"))?;
                names.push(((*name).to_string(), images));
            }
            _ => {
                return Err(wrong(
                    file,
                    line,
                    "expected a count, or a name and a number",
                ));
            }
        }
    }
    if announced.is_some_and(|announced| announced != folds.len()) {
        return Err(Error::invalid(
            file,
            format!("{} folds, which is not what line 1 says", folds.len()),
        ));
    }
    folds
        .into_iter()
        .map(|(line, count, names)| {
            if names.len() == count {
                return Ok(names);
            }
            let problem = format!("{count} people announced, {} follow", names.len());
            Err(wrong(file, line, &problem))
        })
        .collect()
}

/// Reads `pairs.txt`, `pairsDevTrain.txt`, `pairsDevTest.txt` or one of
/// Kaggle's `pairs.csv`, `matchpairsDev*.csv`, `mismatchpairsDev*.csv`.
///
/// # Errors
/// [`Error::Invalid`] with the file's name and line.
pub fn pairs(file: &str, text: &str) -> Result<Vec<Fold>> {
    if is_csv(file) {
        return Ok(vec![
            records(file, text)?
                .iter()
                .map(|(line, fields)| pair(file, *line, fields))
                .collect::<Result<Fold>>()?,
        ]);
    }
    let mut lines = lines(text);
    let (line, header) = lines
        .next()
        .ok_or_else(|| Error::invalid(file, "the file is empty"))?;
    // Matched pairs of a fold, then as many of different people.
    let (folds, each) = match header.as_slice() {
        [each] => (1, number::<usize>(file, line, each)?),
        [folds, each] => (
            number(file, line, folds)?,
            number::<usize>(file, line, each)?,
        ),
        _ => return Err(wrong(file, line, "expected one or two counts")),
    };
    let all: Fold = lines
        .map(|(line, fields)| pair(file, line, &fields))
        .collect::<Result<_>>()?;
    if each == 0 || folds == 0 || Some(all.len()) != each.checked_mul(2 * folds) {
        return Err(Error::invalid(
            file,
            format!(
                "{} pairs where line 1 announces {folds} times 2 × {each}",
                all.len()
            ),
        ));
    }
    Ok(all.chunks(2 * each).map(<[Pair]>::to_vec).collect())
}

fn pair<S: AsRef<str>>(file: &str, line: usize, fields: &[S]) -> Result<Pair> {
    let fields: Vec<&str> = fields.iter().map(AsRef::as_ref).collect();
    let (first, second) = match fields.as_slice() {
        [name, a, b] | [name, a, b, ""] => ((*name, *a), (*name, *b)),
        [one, a, other, b] => ((*one, *a), (*other, *b)),
        _ => return Err(wrong(file, line, "expected three or four fields")),
    };
    let picture = |(name, n): (&str, &str)| -> Result<Numbered> {
        Ok((name.to_string(), number(file, line, n)?))
    };
    Ok(Pair {
        first: picture(first)?,
        second: picture(second)?,
    })
}

fn people_csv(file: &str, text: &str) -> Result<Vec<Numbered>> {
    records(file, text)?
        .into_iter()
        // Kaggle's people.csv keeps the folds' counts as rows without a number.
        .filter(|(_, fields)| fields.len() == 2 && fields.iter().all(|field| !field.is_empty()))
        .map(|(line, fields)| Ok((fields[0].clone(), number(file, line, &fields[1])?)))
        .collect()
}

/// The records below a CSV's header with their line numbers.
fn records(file: &str, text: &str) -> Result<Vec<(usize, Vec<String>)>> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| Error::invalid(file, error))?;
            let line = record.position().map_or(0, |position| position.line());
            Ok((line as usize, record.iter().map(str::to_string).collect()))
        })
        .collect()
}

fn is_csv(file: &str) -> bool {
    file.to_ascii_lowercase().ends_with(".csv")
}

/// The lines that are not blank, numbered from 1, split at tabs.
fn lines(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| (index + 1, line.trim().split('\t').map(str::trim).collect()))
}

fn number<T: std::str::FromStr>(file: &str, line: usize, text: &str) -> Result<T> {
    // Kaggle's numbers went through a data frame: "4.0".
    let text = text.strip_suffix(".0").unwrap_or(text);
    text.parse()
        .map_err(|_| wrong(file, line, &format!("\"{text}\" is no number")))
}

fn wrong(file: &str, line: usize, problem: &str) -> Error {
    Error::invalid(format!("{file}, line {line}"), problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, number: u32) -> Numbered {
        (name.to_string(), number)
    }

    #[test]
    fn people_files_with_and_without_folds() {
        let one = people("peopleDevTrain.txt", "2\nA_B\t1\nC\t3\n").unwrap();
        assert_eq!(one, [vec![named("A_B", 1), named("C", 3)]]);
        let folds = people("people.txt", "2\n1\nA\t1\n2\nB\t1\nC\t2\n").unwrap();
        assert_eq!(folds.len(), 2);
        assert_eq!(folds[1], [named("B", 1), named("C", 2)]);
        let kaggle = people("people.csv", "name,images\n1,\nA,1\nB,2.0\n,\n").unwrap();
        assert_eq!(kaggle, [vec![named("A", 1), named("B", 2)]]);
    }

    #[test]
    fn pairs_files_in_all_their_forms() {
        let text = "2\t1\nA\t1\t2\nA\t1\tB\t3\nC\t4\t5\nC\t1\tD\t1\n";
        let folds = pairs("pairs.txt", text).unwrap();
        assert_eq!(folds.len(), 2);
        assert!(folds[0][0].is_match() && !folds[0][1].is_match());
        assert_eq!(folds[1][1].second, named("D", 1));
        assert_eq!(
            pairs("pairsDevTest.txt", "1\nA\t1\t2\nA\t1\tB\t3\n")
                .unwrap()
                .len(),
            1
        );
        let kaggle = "name,imagenum1,imagenum2,\nA,1,4,\nA,1,B,2\n";
        let kaggle = pairs("pairs.csv", kaggle).unwrap();
        assert!(kaggle[0][0].is_match());
        assert_eq!(kaggle[0][1].second, named("B", 2));
        let matched = pairs("matchpairsDevTest.csv", "name,imagenum1,imagenum2\nA,1,4\n").unwrap();
        assert!(matched[0][0].is_match());
    }

    #[test]
    fn what_is_wrong_is_named_by_file_and_line() {
        let message = |text: &str| people("people.txt", text).unwrap_err().to_string();
        assert_eq!(
            message("1\nA\tx\n"),
            "people.txt, line 2: \"x\" is no number"
        );
        assert_eq!(
            message("2\nA\t1\n"),
            "people.txt, line 1: 2 people announced, 1 follow"
        );
        assert!(message("A\t1\n").contains("line 1: expected a count"));
        let message = |text: &str| pairs("pairs.txt", text).unwrap_err().to_string();
        assert!(message("10\t300\nA\t1\t2\n").contains("1 pairs where line 1 announces 10"));
        assert!(message("1\nA\t1\n").contains("line 2: expected three or four fields"));
        assert!(message("").contains("empty"));
        assert!(message("0\n").contains("0 pairs"));
    }

    #[test]
    fn the_official_development_files_read() {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/lfw-metadata");
        let Ok(text) = std::fs::read_to_string(folder.join("peopleDevTrain.txt")) else {
            println!("skipped: no ../shared/data");
            return;
        };
        let folds = people("peopleDevTrain.txt", &text).unwrap();
        assert_eq!(folds[0].len(), 4038);
        assert_eq!(folds[0].iter().map(|(_, images)| images).sum::<u32>(), 9525);
        let text = std::fs::read_to_string(folder.join("pairsDevTrain.txt")).unwrap();
        let folds = pairs("pairsDevTrain.txt", &text).unwrap();
        assert_eq!(folds[0].len(), 2200);
        assert_eq!(folds[0].iter().filter(|pair| pair.is_match()).count(), 1100);
    }
}
