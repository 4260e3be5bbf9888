//! When two names are the same. File systems and archives hand one name over in
//! several spellings: macOS decomposes accents, LFW's own files write blanks as
//! underscores, and people type neither case nor underscores.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// A name with its accents composed (Unicode's NFC): how names are kept.
pub(crate) fn composed(name: &str) -> Cow<'_, str> {
    if name.is_ascii() || is_nfc(name) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.nfc().collect())
    }
}

/// A person's folder as files name it: accents composed, underscores for
/// blanks, none at the ends. What attribute and protocol rows are joined on.
pub(crate) fn joined(name: &str) -> String {
    composed(name.trim()).replace(' ', "_")
}

/// A name as people type it: without case, with composed accents and blanks
/// for underscores. What filters and loose look-ups compare.
pub(crate) fn plain(name: &str) -> String {
    // Lower case may decompose (İ), so accents are composed last.
    let lower = composed(name).replace('_', " ").to_lowercase();
    composed(&lower).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one() {
        let zoe = "Zoe\u{301}_Bell";
        assert_eq!(composed(zoe), "Zoé_Bell");
        assert!(matches!(composed("Ann"), Cow::Borrowed(_)));
        assert_eq!(joined("Zoe\u{301} Bell "), "Zoé_Bell");
        assert_eq!(plain("ZOE\u{301}_Bell"), plain("zoé bell"));
        assert_eq!(plain("가"), plain("\u{1100}\u{1161}"));
        assert_ne!(plain("Zoe"), plain("Zoé"));
        // The Ångström sign and the letter are one by Unicode's own rule.
        assert_eq!(composed("\u{212b}"), "Å");
    }
}
