//! Normal forms of names, for comparing them. The same name comes in several spellings: macOS
//! decomposes accents, LFW's files use underscores for blanks, and users ignore case.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// A name in Unicode NFC, which composes accents. Names are stored in this form.
pub(crate) fn nfc(name: &str) -> Cow<'_, str> {
    if name.is_ascii() || is_nfc(name) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.nfc().collect())
    }
}

/// A person's folder name as files spell it: NFC, trimmed, underscores for blanks. Attribute and
/// protocol rows are joined on it.
pub(crate) fn join_key(name: &str) -> String {
    nfc(name.trim()).replace(' ', "_")
}

/// A name for filters and loose look-ups: NFC, lower case, blanks for underscores.
pub(crate) fn search_key(name: &str) -> String {
    // Lower-casing may decompose (İ), so NFC comes last.
    let lower = nfc(name).replace('_', " ").to_lowercase();
    nfc(&lower).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one() {
        let zoe = "Zoe\u{301}_Bell";
        assert_eq!(nfc(zoe), "Zoé_Bell");
        assert!(matches!(nfc("Ann"), Cow::Borrowed(_)));
        assert_eq!(join_key("Zoe\u{301} Bell "), "Zoé_Bell");
        assert_eq!(search_key("ZOE\u{301}_Bell"), search_key("zoé bell"));
        assert_eq!(search_key("가"), search_key("\u{1100}\u{1161}"));
        assert_ne!(search_key("Zoe"), search_key("Zoé"));
        // Unicode normalizes the Ångström sign to the letter.
        assert_eq!(nfc("\u{212b}"), "Å");
    }
}
