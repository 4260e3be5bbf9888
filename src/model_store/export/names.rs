//! The names of a data set's pictures as a table.

use crate::dataset::Dataset;

/// The header of [`table`].
pub(super) const HEADER: &str = "picture\tperson";

/// A picture's id and its person's name, with a tab between them. Tabs, line breaks and backslashes
/// in names are escaped, as [`escape`] does it.
pub(super) fn row(dataset: &Dataset, picture: usize) -> String {
    let person = dataset.pictures[picture].person;
    format!(
        "{}\t{}",
        escape(&dataset.face_id(picture)),
        escape(&dataset.people[person].raw_name())
    )
}

/// A line with the columns' names, and one line for each picture, in order.
pub(super) fn table(dataset: &Dataset) -> String {
    let mut text = format!("{HEADER}\n");
    for picture in 0..dataset.pictures.len() {
        text += &row(dataset, picture);
        text.push('\n');
    }
    text
}

/// Escapes what would end a cell or a line for some reader: `\t`, `\n`, `\r`, `\\`, and other
/// control characters and separators of lines as `\u2028`, four hexadecimal digits as in JSON.
fn escape(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '\\' => escaped += "\\\\",
            '\t' => escaped += "\\t",
            '\n' => escaped += "\\n",
            '\r' => escaped += "\\r",
            '\u{2028}' | '\u{2029}' => escaped += &format!("\\u{:04x}", u32::from(c)),
            c if c.is_control() => escaped += &format!("\\u{:04x}", u32::from(c)),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_cell_and_line() {
        assert_eq!(escape("José Aznar"), "José Aznar");
        assert_eq!(escape("a\tb\nc\r\\d"), "a\\tb\\nc\\r\\\\d");
        assert_eq!(escape("a\u{1b}\u{85}\u{2028}"), "a\\u001b\\u0085\\u2028");
    }
}
