//! When two names are the same. File systems and archives hand one name over in
//! several spellings: macOS decomposes accents, LFW's own files write blanks as
//! underscores, and people type neither case nor underscores.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// A name with its accents composed (Unicode's NFC): how names are kept.
pub(crate) fn nfc(name: &str) -> Cow<'_, str> {
    if name.is_ascii() || is_nfc(name) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.nfc().collect())
    }
}

/// A person's folder as files name it: accents composed, underscores for
/// blanks, none at the ends. What attribute and protocol rows are joined on.
pub(crate) fn join_key(name: &str) -> String {
    nfc(name.trim()).replace(' ', "_")
}

/// A name as people type it: without case, with composed accents and blanks
/// for underscores. What filters and loose look-ups compare.
pub(crate) fn search_key(name: &str) -> String {
    // Lower case may decompose (İ), so accents are composed last.
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
        // The Ångström sign and the letter are one by Unicode's own rule.
        assert_eq!(nfc("\u{212b}"), "Å");
    }
}
