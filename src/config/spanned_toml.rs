//! A TOML file of settings with the position of every name and value, so that all
//! errors are reported at once, by line and column.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::error::{Error, Result};

/// One entry of the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Its name.
    pub name: String,
    /// The position of the name.
    pub position: Position,
    /// The position of the value; of a section, that of its header.
    pub value_position: Position,
    /// The value.
    pub value: Value,
}

/// A value of an entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A string in quotes.
    Text(String),
    /// A whole number, as it is written.
    Integer(String),
    /// An array, each element with its position.
    List(Vec<(Position, Value)>),
    /// A section with its entries.
    Section(Vec<Entry>),
    /// Anything else, as errors name it.
    Other(&'static str),
}

impl Value {
    /// How errors name it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "a whole number",
            Self::List(_) => "a list",
            Self::Section(_) => "a section",
            Self::Other(kind) => kind,
        }
    }
}

/// Line and column, both from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    line: usize,
    column: usize,
}

impl Position {
    /// The position of a byte in a text.
    pub(crate) fn at_byte(text: &str, byte: usize) -> Self {
        let mut end = byte.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: 1 + before.matches('\n').count(),
            column: 1 + before[start..].chars().count(),
        }
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Errors in settings, from a file or from elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<(Option<Position>, String, String)>);

impl Problems {
    /// Adds an error at a position in a file.
    pub(crate) fn add_at(&mut self, file: &str, place: Position, problem: impl Into<String>) {
        let origin = format!("{file}:{place}");
        self.0.push((Some(place), origin, problem.into()));
    }

    /// Takes out the errors from a position on, as lines.
    pub(crate) fn take_from(&mut self, start: Position) -> Vec<String> {
        let is_later = |place: Option<Position>| place.is_some_and(|place| place >= start);
        let (later, others) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|(place, ..)| is_later(*place));
        self.0 = others;
        let later: Vec<(Option<Position>, String, String)> = later;
        let lines = later.into_iter();
        lines
            .map(|(_, origin, problem)| format!("{origin}: {problem}"))
            .collect()
    }

    /// Adds an error of another origin, such as a variable.
    pub fn add(&mut self, origin: impl Into<String>, problem: impl Into<String>) {
        self.0.push((None, origin.into(), problem.into()));
    }

    /// One error of all problems, a line each, in the order of the file.
    ///
    /// # Errors
    /// When there is a problem.
    pub(crate) fn into_result(mut self) -> Result<()> {
        // Problems without a position come after the file's, in the order found.
        self.0
            .sort_by_key(|(place, ..)| place.map_or((1, None), |place| (0, Some(place))));
        let mut lines = self.0.into_iter();
        let Some((_, origin, first)) = lines.next() else {
            return Ok(());
        };
        let problem = lines.fold(first, |text, (_, origin, problem)| {
            format!("{text}\n{origin}: {problem}")
        });
        Err(Error::invalid(origin, problem))
    }
}

/// Parses a file's bytes: returns the entries that can be parsed, and adds syntax
/// errors to the problems.
pub(crate) fn read(file: &str, bytes: &[u8], mistakes: &mut Problems) -> Vec<Entry> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let place = Position::at_byte(&before, before.len());
            mistakes.add_at(
                file,
                place,
                "is not UTF-8; save the file as UTF-8 text".to_string(),
            );
            return Vec::new();
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut broken = Vec::new();
    for error in errors {
        let place = Position::at_byte(text, error.span().map_or(0, |span| span.start));
        // Further errors on a line follow from the first.
        if !broken.contains(&place.line) {
            broken.push(place.line);
            mistakes.add_at(file, place, one_line(error.message()));
        }
    }
    let place = |span: Range<usize>| Position::at_byte(text, span.start);
    let mut entries = entries_of(table.get_ref(), &place);
    entries.retain(|entry| !broken.contains(&entry.position.line));
    entries
}

/// The entries of a table, in the order of the file.
fn entries_of(table: &DeTable<'_>, place: &impl Fn(Range<usize>) -> Position) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(name, value)| Entry {
            name: name.get_ref().to_string(),
            position: place(name.span()),
            value_position: place(value.span()),
            value: value_of(value.get_ref(), place),
        })
        .collect();
    entries.sort_by_key(|entry| entry.position);
    entries
}

fn value_of(value: &DeValue<'_>, place: &impl Fn(Range<usize>) -> Position) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Integer(number.to_string()),
        DeValue::Array(list) => Value::List(
            list.iter()
                .map(|one| (place(one.span()), value_of(one.get_ref(), place)))
                .collect(),
        ),
        DeValue::Table(table) => Value::Section(entries_of(table, place)),
        DeValue::Float(_) => Value::Other("a number with a decimal point"),
        DeValue::Boolean(_) => Value::Other("true or false"),
        DeValue::Datetime(_) => Value::Other("a date"),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The known name that a misspelt one most likely means.
pub(crate) fn closest_name<'a>(
    unknown: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let folded = unknown.to_lowercase().replace('_', "-");
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(name, &folded), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &[u8]) -> String {
        let mut mistakes = Problems::default();
        read("f.toml", text, &mut mistakes);
        mistakes
            .into_result()
            .map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn places_are_lines_and_characters() {
        let mut mistakes = Problems::default();
        let text = "\u{feff}# für\r\na = \"ü\"\r\n  b = [1,\r\n 2.5]\r\n[c.d]\r\ne = true\r\n";
        let entries = read("f.toml", text.as_bytes(), &mut mistakes);
        mistakes.into_result().unwrap();
        let places: Vec<_> = entries
            .iter()
            .map(|entry| {
                (
                    entry.name.as_str(),
                    entry.position.line,
                    entry.position.column,
                )
            })
            .collect();
        assert_eq!(places, [("a", 2, 1), ("b", 3, 3), ("c", 5, 2)]);
        let Value::List(list) = &entries[1].value else {
            panic!("{:?}", entries[1])
        };
        assert_eq!(list[1].0, Position { line: 4, column: 2 });
        assert_eq!(list[1].1.kind(), "a number with a decimal point");
        let Value::Section(inside) = &entries[2].value else {
            panic!("{:?}", entries[2])
        };
        assert_eq!(inside[0].name, "d");
    }

    #[test]
    fn every_mistake_of_syntax_is_told_once() {
        let text = told(b"a = = 1\nb = \"good\"\nc = 'open\nd = 4\n");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].starts_with("f.toml:1:"), "{text}");
        assert!(lines[1].starts_with("f.toml:3:"), "{text}");
        assert!(told(b"a = 1\na = 2\n").starts_with("f.toml:2:1: "));
        assert!(told(b"a = 1\nb = \"\xff\"\n").starts_with("f.toml:2:6: is not UTF-8"));
    }

    #[test]
    fn near_names_are_found_in_any_spelling() {
        let known = ["cell-size", "device"];
        assert_eq!(closest_name("cell_size", known), Some("cell-size"));
        assert_eq!(closest_name("DEVICE", known), Some("device"));
        assert_eq!(closest_name("xyz", known), None);
    }
}
