//! Numbers, names and lines of text as the screen shows them.

use crate::dataset::faces::describe_preprocess;
use crate::dataset::{Crop, FaceSpec};
use crate::number_format;

/// `13,233`.
pub(crate) fn with_thousands(number: usize) -> String {
    number_format::count(number as u64)
}

/// `1 face`, `2 faces`, `13,233 faces`.
pub(crate) fn pluralize(number: usize, thing: &str) -> String {
    format!(
        "{} {thing}{}",
        with_thousands(number),
        if number == 1 { "" } else { "s" }
    )
}

/// `27.3 dB`; `∞ dB` for equal pictures.
pub(crate) fn decibels(value: f64) -> String {
    if value.is_infinite() && value > 0.0 {
        "∞ dB".to_string()
    } else if value.is_finite() {
        format!(
            "{} dB",
            number_format::fit_width(value, 1, number_format::WIDTH)
        )
    } else {
        number_format::NOT_FINITE.to_string()
    }
}

/// A number with the typographic minus: `−0.9`.
pub(crate) fn signed(value: f32, digits: usize) -> String {
    let text = format!("{:.*}", digits, value.abs());
    if value < 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0') {
        format!("−{text}")
    } else {
        text
    }
}

/// `seed preprocessing 32×32`, `seed, crop none preprocessing 32×32`.
pub(crate) fn preprocessing_label(faces: FaceSpec, crop: Crop) -> String {
    let preprocess = describe_preprocess(faces.preprocess, crop);
    format!("{preprocess} preprocessing {0}×{0}", faces.size)
}

/// The first letters of the first and the last name, for the placeholder of a
/// picture.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name
        .split([' ', '_'])
        .filter_map(|word| word.chars().find(|c| c.is_alphabetic()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).collect()
}

/// The text in lines of at most `width` cells, broken between words; words that are
/// longer than a line are broken too.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            if line.width() + 1 + word.width() > width {
                lines.push(std::mem::take(&mut line));
            } else {
                line.push(' ');
            }
        }
        for c in word.chars() {
            if !line.is_empty() && line.width() + c.width().unwrap_or(0) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

/// The text cut to a width in cells. A text that is cut ends in `…`.
pub(crate) fn truncate(text: &str, width: usize) -> String {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    if text.width() <= width {
        return text.to_string();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w + 1 > width {
            break;
        }
        used += w;
        kept.push(c);
    }
    if width > 0 {
        kept.push('…');
    }
    kept
}

/// A horizontal bar over a `share` (0 to 1) of `width` cells, in eighths of a cell.
/// Above zero it has at least one eighth.
pub(crate) fn bar(share: f64, width: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let mut eighths = (share.clamp(0.0, 1.0) * (width * 8) as f64).round() as usize;
    if share > 0.0 {
        eighths = eighths.max(1);
    }
    let mut text = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        text.push(EIGHTHS[eighths % 8]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_wraps_between_words_and_long_words_break() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("顔顔 顔", 4), ["顔顔", "顔"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn numbers_are_grouped_and_counted() {
        assert_eq!(with_thousands(0), "0");
        assert_eq!(with_thousands(999), "999");
        assert_eq!(with_thousands(13_233), "13,233");
        assert_eq!(with_thousands(1_000_000), "1,000,000");
        assert_eq!(pluralize(1, "face"), "1 face");
        assert_eq!(pluralize(0, "face"), "0 faces");
    }

    #[test]
    fn minus_is_written_only_where_something_is_left() {
        assert_eq!(signed(-0.94, 1), "−0.9");
        assert_eq!(signed(-0.01, 1), "0.0");
        assert_eq!(signed(1.25, 1), "1.2");
    }

    #[test]
    fn names_give_first_and_last_initials() {
        assert_eq!(initials("George W Bush"), "GB");
        assert_eq!(initials("Madonna"), "M");
        assert_eq!(initials("12 3"), "");
    }

    #[test]
    fn cutting_keeps_the_width() {
        assert_eq!(truncate("Laura Bush", 10), "Laura Bush");
        assert_eq!(truncate("Laura Bush", 6), "Laura…");
        assert_eq!(truncate("ab", 0), "");
    }

    #[test]
    fn bars_show_the_smallest_share() {
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(0.0, 4), "");
        assert_eq!(bar(0.0001, 4), "▏");
        assert_eq!(bar(0.5, 3), "█▌");
    }
}
