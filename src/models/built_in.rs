//! Names that mean a model without a run: `pca-32` and the like, fitted when
//! they are needed, and the models that come with the program.

use super::bundled;

/// What such a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltIn {
    /// Exact principal components, so many.
    Pca(u32),
    /// A model that comes with the program, by name.
    Bundled(&'static str),
}

/// The model that is built in under exactly this name.
pub(crate) fn parse_built_in(name: &str) -> Option<BuiltIn> {
    if let Some(shipped) = bundled::names().find(|known| *known == name) {
        return Some(BuiltIn::Bundled(shipped));
    }
    let digits = name
        .strip_prefix("pca-")
        .filter(|digits| is_all_digits(digits))?;
    let size = digits.parse().ok().filter(|size| *size > 0)?;
    Some(BuiltIn::Pca(size))
}

/// Whether a name is kept for what is built in, upper and lower case alike, so
/// that no run is mistaken for it.
pub(crate) fn is_reserved(name: &str) -> bool {
    let name = name.to_lowercase();
    let counts = name.strip_prefix("pca-").is_some_and(is_all_digits);
    counts || bundled::names().any(|known| known == name)
}

fn is_all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_are_built_in() {
        assert_eq!(parse_built_in("pca-32"), Some(BuiltIn::Pca(32)));
        assert_eq!(
            parse_built_in("sample-face"),
            Some(BuiltIn::Bundled("sample-face"))
        );
        for other in [
            "pca-",
            "pca-0",
            "pca-+3",
            "pca--3",
            "pca-3x",
            "pca-12-1",
            "PCA-3",
            "pca-99999999999",
            "sample-fac",
            "sample-face-2",
            "",
        ] {
            assert_eq!(parse_built_in(other), None, "{other}");
        }
        assert!(
            is_reserved("PCA-007") && is_reserved("Sample-Face") && is_reserved("pca-99999999999")
        );
        assert!(!is_reserved("pca-12-1") && !is_reserved("pca-") && !is_reserved("sample-face-2"));
    }
}
