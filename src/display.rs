//! Makes text safe for a terminal: escapes characters that move the cursor, reverse the text or are
//! invisible, and aligns columns by terminal cells.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_width::UnicodeWidthStr;

/// Escapes control, bidirectional and invisible characters as `\n` or `\u{202e}`, for names and
/// paths on one line. Do not use it for JSON, which has its own escapes.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    escape(text, LineBreaks::Escape)
}

/// Like [`escaped`] for whole messages: line breaks and tabs are kept.
pub(crate) fn escaped_lines(text: &str) -> Cow<'_, str> {
    escape(text, LineBreaks::Keep)
}

/// Bytes of a path as [`escaped`] text; invalid UTF-8 becomes U+FFFD.
pub(crate) fn escaped_bytes(bytes: &[u8]) -> String {
    escaped(&String::from_utf8_lossy(bytes)).into_owned()
}

/// The width of the [`escaped`] text in cells.
pub(crate) fn width(text: &str) -> usize {
    escaped(text).width()
}

/// The [`escaped`] text, padded with blanks to `width` cells.
pub(crate) fn padded(text: &str, width: usize) -> String {
    let text = escaped(text);
    let blanks = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(blanks))
}

/// What [`escape`] does with line breaks and tabs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineBreaks {
    Escape,
    Keep,
}

fn escape(text: &str, line_breaks: LineBreaks) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    let mut before = None;
    let mut copied = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let is_kept = line_breaks == LineBreaks::Keep && matches!(c, '\n' | '\t');
        if !is_kept && needs_escape(before, c, text[end..].chars().next()) {
            shown.push_str(&text[copied..at]);
            match c {
                '\n' | '\r' | '\t' => shown.extend(c.escape_default()),
                c => shown.extend(c.escape_unicode()),
            }
            copied = end;
        }
        before = Some(c);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    shown.push_str(&text[copied..]);
    Cow::Owned(shown)
}

/// Whether a character would be invisible here, or would reorder others.
fn needs_escape(before: Option<char>, c: char, after: Option<char>) -> bool {
    match c {
        ' '..='~' => false,
        // Joiners are part of the spelling in some scripts, and of combined emoji.
        '\u{200c}' | '\u{200d}' => {
            !(before.is_some_and(allows_joiner) && after.is_some_and(allows_joiner))
        }
        // Variation selectors of emoji and CJK ideographs.
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            !before.is_some_and(allows_variation_selector)
        }
        _ if c.is_control() => true,
        // A mark without a base would combine with whatever precedes the name.
        _ if is_combining_mark(c) => before.is_none_or(char::is_control) || is_ignorable(c),
        _ => is_ignorable(c),
    }
}

/// Unicode's `Default_Ignorable_Code_Point`, line and paragraph separators, and noncharacters.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}'..='\u{ffff}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Scripts from Hebrew to those of India and Southeast Asia, and emoji.
fn allows_joiner(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{fb1d}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fdff}'
        | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{fe0f}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10a00}'..='\u{11fff}' | '\u{1f000}'..='\u{1faff}')
        && !is_ignorable(c)
}

fn allows_variation_selector(c: char) -> bool {
    matches!(c, '#' | '*' | '0'..='9' | '©' | '®'
        | '\u{2030}'..='\u{205f}' | '\u{2100}'..='\u{2bff}' | '\u{3000}'..='\u{3163}' | '\u{3165}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{1f000}'..='\u{1faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_stays_as_it_is() {
        for text in [
            "George W Bush",
            "Zoé",
            "Zoe\u{301}",
            "北京の猫",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "👨\u{200d}👩\u{200d}👧",
            "❤\u{fe0f}",
            "葛\u{e0100}",
            "a\\b",
            "שלום",
            "\u{a0}x",
        ] {
            assert_eq!(escaped(text), text);
        }
        assert!(matches!(escaped("Ann"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_not_seen_is_written_out() {
        for (text, shown) in [
            ("a\x1b[2Jb", "a\\u{1b}[2Jb"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{202e}nnA", "\\u{202e}nnA"),
            ("A\u{2066}b\u{2069}", "A\\u{2066}b\\u{2069}"),
            ("A\u{200e}\u{200f}\u{61c}", "A\\u{200e}\\u{200f}\\u{61c}"),
            ("An\u{200b}n", "An\\u{200b}n"),
            ("An\u{200d}n", "An\\u{200d}n"),
            ("An\u{200c}n", "An\\u{200c}n"),
            ("\u{feff}Ann\u{ad}", "\\u{feff}Ann\\u{ad}"),
            ("A\u{fe0f}", "A\\u{fe0f}"),
            ("\u{301}A", "\\u{301}A"),
            ("A\u{e0041}", "A\\u{e0041}"),
            ("A\u{3164}", "A\\u{3164}"),
            ("A\u{85}\u{9b}31m", "A\\u{85}\\u{9b}31m"),
            ("\u{2028}", "\\u{2028}"),
            ("\u{7f}", "\\u{7f}"),
        ] {
            assert_eq!(escaped(text), shown);
        }
        assert_eq!(escaped_lines("a\n\tb\x1b"), "a\n\tb\\u{1b}");
        assert_eq!(escaped_bytes(b"A\x1b[2J/\xff"), "A\\u{1b}[2J/\u{fffd}");
    }

    #[test]
    fn columns_line_up_by_cells() {
        for text in ["Ann", "北京", "Zoe\u{301}", "👩🏽"] {
            assert_eq!(padded(text, 6).width(), 6, "{text}");
        }
        assert_eq!(padded("longer", 3), "longer");
    }
}
