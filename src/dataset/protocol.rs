//! Parses LFW's protocol files: which people belong to which part, and which pairs of pictures to
//! compare. Supports the official tab-separated format and Kaggle's CSV.

use crate::error::{Error, Result};

/// A picture in a protocol file: the person's folder and the picture's number.
pub(crate) type NameAndNumber = (String, u32);

/// Two pictures to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The first picture.
    pub first: NameAndNumber,
    /// The second picture.
    pub second: NameAndNumber,
}

/// The rows of a protocol file. A file without folds has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParsedRows<T> {
    /// Usable rows by fold.
    pub folds: Vec<Vec<T>>,
    /// One message per unusable row, with its line number.
    pub unusable: Vec<String>,
    /// Where the rows disagree with the counts in the file.
    pub remarks: Vec<String>,
}

impl<T> Default for ParsedRows<T> {
    fn default() -> Self {
        Self {
            folds: vec![],
            unusable: vec![],
            remarks: vec![],
        }
    }
}

impl<T> ParsedRows<T> {
    /// Adds a row to the last fold.
    fn add(&mut self, line: usize, row: Result<T, String>) {
        match row {
            Ok(row) => match self.folds.last_mut() {
                Some(fold) => fold.push(row),
                None => self.folds.push(vec![row]),
            },
            Err(problem) => self.unusable.push(format!("line {line}: {problem}")),
        }
    }
}

/// Parses `people.txt`, `peopleDevTrain.txt`, `peopleDevTest.txt`, `lfw-names.txt` or Kaggle's CSV
/// versions: people and their numbers of pictures. The official format begins with the number of
/// folds if there are several; each fold begins with its number of people.
///
/// # Errors
/// [`Error::Invalid`] if the file is empty.
pub(crate) fn parse_people(file: &str, text: &str) -> Result<ParsedRows<NameAndNumber>> {
    let mut rows = ParsedRows::default();
    if is_csv(file) {
        for (line, fields) in csv_records(file, text)? {
            match fields.as_slice() {
                // Kaggle's people.csv contains the folds' counts as rows without a number.
                [name, images, ..] if name.is_empty() || images.is_empty() => {}
                [name, images, ..] => rows.add(line, parse_name_and_number(name, images)),
                _ => rows.add(line, Err("expected a name and a number".to_string())),
            }
        }
        return Ok(rows);
    }
    let mut counts: Vec<(usize, usize)> = vec![];
    let mut announced = None;
    for (line, fields) in tab_separated_lines(text) {
        match fields.as_slice() {
            [count] if count.parse::<usize>().is_ok() => {
                let empty = rows.folds.last().is_some_and(Vec::is_empty);
                // Two counts in a row: the first is the number of folds.
                if empty && announced.is_none() && counts.len() == 1 {
                    announced = counts.pop();
                    rows.folds.pop();
                }
                counts.push((line, count.parse().unwrap_or_default()));
                rows.folds.push(vec![]);
            }
            [name, images] => rows.add(line, parse_name_and_number(name, images)),
            [one] => rows.add(
                line,
                split_last_number(one).and_then(|(name, n)| parse_name_and_number(name, n)),
            ),
            _ => rows.add(line, Err("expected a name and a number".to_string())),
        }
    }
    if rows.folds.is_empty() && rows.unusable.is_empty() {
        return Err(Error::invalid(file, "the file is empty"));
    }
    if let Some((line, folds)) = announced
        && folds != rows.folds.len()
    {
        let found = rows.folds.len();
        rows.remarks.push(format!(
            "line {line} announces {folds} folds, {found} follow"
        ));
    }
    if counts.len() == rows.folds.len() && rows.unusable.is_empty() {
        for ((line, count), names) in counts.into_iter().zip(&rows.folds) {
            if count != names.len() {
                let found = names.len();
                rows.remarks.push(format!(
                    "line {line} announces {count} people, {found} follow"
                ));
            }
        }
    }
    Ok(rows)
}

/// Parses `pairs.txt`, `pairsDevTrain.txt`, `pairsDevTest.txt` or Kaggle's `pairs.csv`,
/// `matchpairsDev*.csv`, `mismatchpairsDev*.csv`.
///
/// # Errors
/// [`Error::Invalid`] if the file is empty.
pub(crate) fn parse_pairs(file: &str, text: &str) -> Result<ParsedRows<Pair>> {
    let mut rows = ParsedRows::default();
    if is_csv(file) {
        for (line, fields) in csv_records(file, text)? {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            rows.add(line, parse_pair(&fields));
        }
        return Ok(rows);
    }
    let mut lines = tab_separated_lines(text).peekable();
    let Some((_, first)) = lines.peek() else {
        return Err(Error::invalid(file, "the file is empty"));
    };
    let counts: Result<Vec<usize>, _> = first.iter().map(|count| count.parse()).collect();
    // The matched pairs of a fold, followed by as many mismatched ones.
    let counts = match counts.as_deref() {
        Ok([each]) => Some((1, *each)),
        Ok([folds, each]) => Some((*folds, *each)),
        _ => None,
    };
    if counts.is_some() {
        lines.next();
    } else {
        rows.remarks
            .push("the counts in its first line are missing".to_string());
    }
    for (line, fields) in lines {
        let row = match fields.as_slice() {
            [one] => parse_pair(&split_at_numbers(one)),
            fields => parse_pair(fields),
        };
        rows.add(line, row);
    }
    if let Some((folds, each)) = counts {
        let found = rows.folds.iter().map(Vec::len).sum::<usize>();
        if folds.checked_mul(2).and_then(|n| n.checked_mul(each)) == Some(found) && each > 0 {
            rows.folds = rows
                .folds
                .concat()
                .chunks(2 * each)
                .map(<[Pair]>::to_vec)
                .collect();
        } else if rows.unusable.is_empty() {
            rows.remarks.push(format!(
                "line 1 announces {folds} times 2 × {each} pairs, {found} follow"
            ));
        }
    }
    Ok(rows)
}

fn parse_pair(fields: &[&str]) -> Result<Pair, String> {
    let (first, second) = match fields {
        [name, a, b] | [name, a, b, ""] => ((name, a), (name, b)),
        [one, a, other, b] => ((one, a), (other, b)),
        _ => return Err("expected three or four fields".to_string()),
    };
    Ok(Pair {
        first: parse_name_and_number(first.0, first.1)?,
        second: parse_name_and_number(second.0, second.1)?,
    })
}

/// Splits a line whose tabs were turned into blanks. Names may contain blanks too; a number ends
/// each field.
fn split_at_numbers(line: &str) -> Vec<&str> {
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let mut fields = vec![];
    let mut rest = line.trim();
    while !rest.is_empty() {
        let starts = rest
            .split_whitespace()
            .map(|word| (word.as_ptr() as usize - rest.as_ptr() as usize, word));
        let Some((at, number)) = starts.into_iter().find(|(_, word)| is_number(word)) else {
            fields.push(rest);
            break;
        };
        if at > 0 {
            fields.push(rest[..at].trim());
        }
        fields.push(number);
        rest = rest[at + number.len()..].trim_start();
    }
    fields
}

/// A name and a number, separated by a blank instead of a tab.
fn split_last_number(line: &str) -> Result<(&str, &str), String> {
    line.rsplit_once(char::is_whitespace)
        .map(|(name, number)| (name.trim(), number))
        .ok_or_else(|| "expected a name and a number".to_string())
}

fn parse_name_and_number(name: &str, number: &str) -> Result<NameAndNumber, String> {
    if name.is_empty() {
        return Err("the name is missing".to_string());
    }
    // Kaggle's numbers went through a data frame: "4.0".
    number
        .strip_suffix(".0")
        .unwrap_or(number)
        .parse()
        .map(|number| (name.to_string(), number))
        .map_err(|_| format!("\"{number}\" is not a number"))
}

/// The records of a CSV without its header, if it has one, and their line numbers. Drops the row
/// numbers that data frames write as a first column.
fn csv_records(file: &str, text: &str) -> Result<Vec<(usize, Vec<String>)>> {
    let first = text.lines().next().unwrap_or_default();
    let separator = match (first.contains(','), first.contains(';')) {
        (false, true) => b';',
        _ if first.contains('\t') => b'\t',
        _ => b',',
    };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(separator)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut records = vec![];
    for record in reader.records() {
        let record = record.map_err(|error| Error::invalid(file, error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let fields: Vec<String> = record.iter().map(str::to_string).collect();
        if fields.iter().any(|field| !field.is_empty()) {
            records.push((line as usize, fields));
        }
    }
    let Some((_, header)) = records.first() else {
        return Err(Error::invalid(file, "the file is empty"));
    };
    let is_header = header.iter().all(|field| field.parse::<f64>().is_err());
    let has_row_numbers = is_header
        && header.len() > 2
        && (header[0].is_empty() || header[0].eq_ignore_ascii_case("unnamed: 0"));
    if is_header {
        records.remove(0);
    }
    if has_row_numbers {
        for (_, fields) in &mut records {
            fields.drain(..1.min(fields.len()));
        }
    }
    Ok(records)
}

fn is_csv(file: &str) -> bool {
    file.to_ascii_lowercase().ends_with(".csv")
}

/// The non-blank lines, numbered from 1 and split at tabs.
fn tab_separated_lines(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| (index + 1, line.trim().split('\t').map(str::trim).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether both pictures show the same person.
    fn is_match(pair: &Pair) -> bool {
        pair.first.0 == pair.second.0
    }

    fn named(name: &str, number: u32) -> NameAndNumber {
        (name.to_string(), number)
    }

    #[test]
    fn people_files_with_and_without_folds() {
        let one = parse_people("peopleDevTrain.txt", "2\nA_B\t1\nC\t3\n").unwrap();
        assert_eq!(one.folds, [vec![named("A_B", 1), named("C", 3)]]);
        let several = parse_people("people.txt", "2\n1\nA\t1\n2\nB\t1\nC\t2\n").unwrap();
        assert_eq!(several.folds.len(), 2);
        assert_eq!(several.folds[1], [named("B", 1), named("C", 2)]);
        assert_eq!((several.unusable.len(), several.remarks.len()), (0, 0));
        let names = parse_people("lfw-names.txt", "A_B\t1\nC  3\n").unwrap();
        assert_eq!(names.folds, [vec![named("A_B", 1), named("C", 3)]]);
        for kaggle in [
            "name,images\n1,\nA,1\nB,2.0\n,\n",
            "A,1\nB,2\n",
            "name;images\nA;1\n\"B\";2\n",
            ",name,images\n0,A,1\n1,B,2\n",
        ] {
            let kaggle = parse_people("people.csv", kaggle).unwrap();
            assert_eq!(kaggle.folds, [vec![named("A", 1), named("B", 2)]]);
            assert!(kaggle.unusable.is_empty(), "{kaggle:?}");
        }
    }

    #[test]
    fn pairs_files_in_all_their_forms() {
        for text in [
            "2\t1\nA\t1\t2\nA\t1\tB C\t3\nC\t4\t5\nC\t1\tD\t1\n",
            "2\t1\n\nA\t1\t2 \nA \t1\tB C\t3\nC\t4\t5\nC\t1\tD\t1",
            "2\t1\nA 1 2\nA 1 B C 3\nC 4 5\nC 1  D 1\n",
        ] {
            let read = parse_pairs("pairs.txt", text).unwrap();
            assert_eq!(
                (read.unusable.len(), read.remarks.len()),
                (0, 0),
                "{read:?}"
            );
            let folds = read.folds;
            assert_eq!(folds.len(), 2, "{text}");
            assert!(is_match(&folds[0][0]) && !is_match(&folds[0][1]));
            assert_eq!(folds[0][1].second, named("B C", 3));
            assert_eq!(folds[1][1].second, named("D", 1));
        }
        let one = parse_pairs("pairsDevTest.txt", "1\nA\t1\t2\nA\t1\tB\t3\n").unwrap();
        assert_eq!((one.folds.len(), one.remarks.len()), (1, 0));
        let kaggle = "name,imagenum1,imagenum2,\nA,1,4,\nA,1,B,2\n";
        let kaggle = parse_pairs("pairs.csv", kaggle).unwrap().folds;
        assert!(is_match(&kaggle[0][0]));
        assert_eq!(kaggle[0][1].second, named("B", 2));
        let matched = "name,imagenum1,imagenum2\nA,1,4\n";
        let matched = parse_pairs("matchpairsDevTest.csv", matched).unwrap().folds;
        assert!(is_match(&matched[0][0]));
    }

    #[test]
    fn a_row_that_cannot_be_used_costs_nothing_but_itself() {
        let read = parse_people("people.txt", "3\nA\tx\nB\t1\nC\t1\t1\n").unwrap();
        assert_eq!(read.folds, [vec![named("B", 1)]]);
        assert_eq!(
            read.unusable,
            [
                "line 2: \"x\" is not a number",
                "line 4: expected a name and a number"
            ]
        );
        let read = parse_pairs("pairs.txt", "1\nA\t1\t2\nA\t1\n").unwrap();
        assert_eq!(read.folds[0].len(), 1);
        assert_eq!(read.unusable, ["line 3: expected three or four fields"]);
        let read = parse_pairs("pairs.csv", "name,imagenum1,imagenum2\nA,1,-2\nA,1,2\n").unwrap();
        assert_eq!(read.folds[0].len(), 1);
        assert_eq!(read.unusable, ["line 2: \"-2\" is not a number"]);
    }

    #[test]
    fn what_the_counts_do_not_say_is_remarked() {
        let read = parse_people("people.txt", "2\nA\t1\n").unwrap();
        assert_eq!(read.folds, [vec![named("A", 1)]]);
        assert_eq!(read.remarks, ["line 1 announces 2 people, 1 follow"]);
        let read = parse_pairs("pairs.txt", "10\t300\nA\t1\t2\n").unwrap();
        assert_eq!(read.folds[0].len(), 1);
        assert_eq!(
            read.remarks,
            ["line 1 announces 10 times 2 × 300 pairs, 1 follow"]
        );
        let read = parse_pairs("pairs.txt", "A\t1\t2\n").unwrap();
        assert_eq!(read.folds[0].len(), 1);
        assert!(read.remarks[0].contains("first line are missing"));
        for text in ["", "\n \n"] {
            assert!(parse_pairs("pairs.txt", text).is_err());
            assert!(parse_people("people.txt", text).is_err());
        }
        assert!(parse_people("people.csv", "").is_err());
    }

    #[test]
    fn the_official_development_files_read() {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/lfw-metadata");
        let Ok(text) = std::fs::read_to_string(folder.join("peopleDevTrain.txt")) else {
            println!("skipped: no ../shared/data");
            return;
        };
        let read = parse_people("peopleDevTrain.txt", &text).unwrap();
        assert_eq!((read.unusable.len(), read.remarks.len()), (0, 0));
        let folds = read.folds;
        assert_eq!(folds[0].len(), 4038);
        assert_eq!(folds[0].iter().map(|(_, images)| images).sum::<u32>(), 9525);
        let text = std::fs::read_to_string(folder.join("pairsDevTrain.txt")).unwrap();
        let read = parse_pairs("pairsDevTrain.txt", &text).unwrap();
        assert_eq!((read.unusable.len(), read.remarks.len()), (0, 0));
        let folds = read.folds;
        assert_eq!(folds[0].len(), 2200);
        assert_eq!(folds[0].iter().filter(|pair| is_match(pair)).count(), 1100);
    }
}
