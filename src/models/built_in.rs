//! Names of models that need no run: `pca-N` and `descriptor`, fitted on demand, and the models bundled with
//! the program.

use super::bundled;

/// The descriptor's name.
const DESCRIPTOR: &str = "descriptor";

/// A model that needs no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltIn {
    /// PCA with this many components.
    Pca(u32),
    /// The descriptor.
    Descriptor,
    /// A bundled model, by name.
    Bundled(&'static str),
}

/// The built-in model of exactly this name, if there is one.
pub fn parse_built_in(name: &str) -> Option<BuiltIn> {
    if let Some(bundled) = bundled::names().find(|known| *known == name) {
        return Some(BuiltIn::Bundled(bundled));
    }
    if name == DESCRIPTOR {
        return Some(BuiltIn::Descriptor);
    }
    let digits = name
        .strip_prefix("pca-")
        .filter(|digits| is_all_digits(digits))?;
    let components = digits.parse().ok().filter(|count| *count > 0)?;
    Some(BuiltIn::Pca(components))
}

/// Whether a name is reserved for built-in models, in upper or lower case, so that no run can
/// be mistaken for one.
pub fn is_reserved(name: &str) -> bool {
    let name = name.to_lowercase();
    let is_pca = name.strip_prefix("pca-").is_some_and(is_all_digits);
    is_pca || name == DESCRIPTOR || bundled::names().any(|known| known == name)
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
