//! Names that mean a model without a run: `pca-32` and the like, fitted when
//! they are needed, and the models that come with the program.

use super::shipped;

/// What such a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltIn {
    /// Exact principal components, so many.
    Pca(u32),
    /// A model that comes with the program, by name.
    Shipped(&'static str),
}

/// The model that is built in under exactly this name.
pub(crate) fn built_in(name: &str) -> Option<BuiltIn> {
    if let Some(shipped) = shipped::names().find(|known| *known == name) {
        return Some(BuiltIn::Shipped(shipped));
    }
    let digits = name
        .strip_prefix("pca-")
        .filter(|digits| is_number(digits))?;
    let size = digits.parse().ok().filter(|size| *size > 0)?;
    Some(BuiltIn::Pca(size))
}

/// Whether a name is kept for what is built in, upper and lower case alike, so
/// that no run is mistaken for it.
pub(crate) fn is_kept(name: &str) -> bool {
    let name = name.to_lowercase();
    let counts = name.strip_prefix("pca-").is_some_and(is_number);
    counts || shipped::names().any(|known| known == name)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_are_built_in() {
        assert_eq!(built_in("pca-32"), Some(BuiltIn::Pca(32)));
        assert_eq!(
            built_in("sample-face"),
            Some(BuiltIn::Shipped("sample-face"))
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
            assert_eq!(built_in(other), None, "{other}");
        }
        assert!(is_kept("PCA-007") && is_kept("Sample-Face") && is_kept("pca-99999999999"));
        assert!(!is_kept("pca-12-1") && !is_kept("pca-") && !is_kept("sample-face-2"));
    }
}
