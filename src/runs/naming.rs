//! What runs are called, and which names a new run may have.

use super::run_dir::RunDir;
use crate::error::{Error, Result};
use crate::models;

/// Refers to the newest run.
pub(super) const LATEST: &str = "latest";
/// The screen's column is no wider.
const MAX_NAME_CHARS: usize = 64;

/// A run with everything it can be called.
pub(super) struct NamedRun {
    pub(super) run: RunDir,
    /// The user's name for it, or why that cannot be read.
    pub(super) name: Result<String>,
    pub(super) id: String,
    pub(super) folder: String,
}

impl NamedRun {
    pub(super) fn from_runs(runs: Vec<RunDir>) -> Vec<Self> {
        let named = |run: RunDir| Self {
            name: run.read_name(),
            id: run.id(),
            folder: run.folder_name(),
            run,
        };
        runs.into_iter().map(named).collect()
    }

    pub(super) fn is_named(&self, wanted: &str) -> bool {
        self.id == wanted || self.name.as_ref().is_ok_and(|name| name == wanted)
    }

    pub(super) fn matches_prefix(&self, wanted: &str) -> bool {
        let name_matches = self
            .name
            .as_ref()
            .is_ok_and(|name| name.starts_with(wanted));
        name_matches || self.id.starts_with(wanted) || self.folder.starts_with(wanted)
    }

    /// `name (id)`; the id alone if the name cannot be read.
    pub(super) fn label(&self) -> String {
        match &self.name {
            Ok(name) => format!("{name} ({})", self.id),
            Err(_) => self.id.clone(),
        }
    }
}

/// Checks a name without looking at other runs; the error completes a sentence
/// that begins with the name.
pub fn check_name(name: &str) -> Result<(), String> {
    let wrong = |problem: &str| Err(problem.to_string());
    if name.trim().is_empty() {
        return wrong("is empty; leave it out to name the run after its preset");
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(format!("must have at most {MAX_NAME_CHARS} characters"));
    }
    if name.eq_ignore_ascii_case(LATEST) {
        return wrong("is reserved for the newest run; choose another");
    }
    if models::is_reserved(name) {
        return wrong("is the name of a built-in model; choose another");
    }
    if name.starts_with(['-', '.']) {
        return wrong("must not start with a dash or a dot");
    }
    if name.contains('/') {
        return wrong("must not contain a slash, which would make it a path");
    }
    if name.chars().any(is_invisible) {
        return wrong("must not contain control or invisible characters");
    }
    if name.chars().any(|c| c.is_whitespace() && c != ' ') {
        return wrong("must not contain white space other than plain spaces");
    }
    Ok(())
}

/// Characters that are not shown, or that change how others are shown.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        )
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The name of a new run: `wanted`, or, if that is empty, `base` with a number
/// that makes it unique. Names that differ only in case count as the same, and
/// no name is another run's id.
///
/// # Errors
/// When the name is not allowed, or taken.
pub(super) fn choose_name(wanted: &str, base: &str, others: &[RunDir]) -> Result<String> {
    let mut taken: Vec<(String, String)> = Vec::new();
    for one in NamedRun::from_runs(others.to_vec()) {
        let label = one.label();
        let names = [Some(one.id), Some(one.folder), one.name.ok()];
        taken.extend(
            names
                .into_iter()
                .flatten()
                .map(|name| (name.to_lowercase(), label.clone())),
        );
    }
    let holder = |name: &str| {
        let name = name.to_lowercase();
        taken.iter().find(|(other, _)| *other == name)
    };
    let wanted = wanted.trim();
    if !wanted.is_empty() {
        let error = |problem: &str| Error::invalid(format!("run name {wanted:?}"), problem);
        check_name(wanted).map_err(|problem| error(&problem))?;
        return match holder(wanted) {
            None => Ok(wanted.to_string()),
            Some((_, label)) => Err(error(&format!(
                "is taken by {label}; choose another, or remove that run with `lfw-tui runs remove`"
            ))),
        };
    }
    // `pca-32` is a built-in model, so runs of PCA are numbered from 1.
    if !models::is_reserved(base) && holder(base).is_none() {
        return Ok(base.to_string());
    }
    let first = if models::is_reserved(base) { 1u64 } else { 2 };
    Ok((first..)
        .map(|number| format!("{base}-{number}"))
        .find(|name| holder(name).is_none())
        .unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ambiguous_names_are_refused_with_a_reason() {
        for good in [
            "c4",
            "Ärger über 日本",
            "two words",
            "v1.2",
            "pca",
            "k3f9q",
            "a\\b",
        ] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for (bad, word) in [
            ("", "empty"),
            ("  ", "empty"),
            ("latest", "newest"),
            ("Latest", "newest"),
            ("pca-32", "built-in"),
            ("PCA-032", "built-in"),
            ("sample-face", "built-in"),
            ("-x", "dash"),
            (".hidden", "dot"),
            ("..", "dot"),
            ("a/b", "slash"),
            ("two\nlines", "control"),
            ("tab\there", "control"),
            ("right\u{202e}left", "invisible"),
            ("zero\u{200b}width", "invisible"),
            ("no\u{a0}break", "white space"),
        ] {
            let problem = check_name(bad).unwrap_err();
            assert!(problem.contains(word), "{bad:?}: {problem}");
        }
        assert!(check_name(&"é".repeat(64)).is_ok());
        assert!(check_name(&"é".repeat(65)).unwrap_err().contains("64"));
    }
}
