//! Names: which run one means, and which a new run may have. What is exact wins
//! over what is a prefix; what cannot be read never stands aside for another.

use super::summary::directories;
use super::{RunDir, lenient_spec};
use crate::error::{Error, Result};
use crate::models;
use crate::paths::Paths;

/// Stands for the newest run.
const LATEST: &str = "latest";
/// A name fits a column of the screen.
const MAX_NAME_CHARS: usize = 64;

/// What a run is called.
struct NamedRun {
    run: RunDir,
    /// The user's name for it, or why that cannot be read.
    name: Result<String>,
    id: String,
    folder: String,
}

impl NamedRun {
    fn from_runs(runs: Vec<RunDir>) -> Vec<Self> {
        let of = |run: RunDir| Self {
            name: lenient_spec::read_name(&run),
            id: run.id(),
            folder: run.folder_name(),
            run,
        };
        runs.into_iter().map(of).collect()
    }

    fn is_named(&self, wanted: &str) -> bool {
        self.id == wanted || self.name.as_ref().is_ok_and(|name| name == wanted)
    }

    fn matches_prefix(&self, wanted: &str) -> bool {
        let named = self
            .name
            .as_ref()
            .is_ok_and(|name| name.starts_with(wanted));
        named || self.id.starts_with(wanted) || self.folder.starts_with(wanted)
    }

    /// `name (id)`.
    fn label(&self) -> String {
        match &self.name {
            Ok(name) => format!("{name} ({})", self.id),
            Err(_) => self.id.clone(),
        }
    }
}

/// The run meant by its whole name, its id, its folder's name, a prefix of one
/// of them that only one run has, a path, or `latest`.
///
/// # Errors
/// When there is none, or several, which it names; and for a prefix when a run
/// cannot be read, because that may be the one.
pub fn find(paths: &Paths, wanted: &str) -> Result<RunDir> {
    let runs = directories(paths)?;
    if wanted == LATEST {
        return runs.last().cloned().ok_or_else(|| {
            Error::not_found(
                "latest run",
                "there is no run yet; `lfw-tui train` makes one",
            )
        });
    }
    if let Some(path) = as_path(wanted) {
        return path;
    }
    let known = NamedRun::from_runs(runs);
    if let Some(run) = find_exact(&known, wanted)? {
        return Ok(run);
    }
    let what = || format!("run {wanted:?}");
    if wanted.trim().is_empty() {
        return Err(Error::invalid(
            what(),
            "is no name; `lfw-tui runs` lists those there are",
        ));
    }
    let close: Vec<&NamedRun> = known
        .iter()
        .filter(|one| one.matches_prefix(wanted))
        .collect();
    if let Some(problem) = unreadable_names(&known) {
        return Err(Error::invalid(
            what(),
            format!(
                "no run that can be read is called exactly so, and it may be this one: {problem}"
            ),
        ));
    }
    match close.as_slice() {
        [one] => Ok(one.run.clone()),
        [] => Err(Error::not_found(
            what(),
            "`lfw-tui runs` lists those there are",
        )),
        several => Err(Error::invalid(
            what(),
            format!("fits {}; write more of one", join_labels(several)),
        )),
    }
}

/// The run of exactly this name, id or folder, if there is one; where it is to
/// be removed, nothing less will do.
///
/// # Errors
/// When there are several, which it names.
pub fn find_exactly(paths: &Paths, wanted: &str) -> Result<Option<RunDir>> {
    match as_path(wanted) {
        Some(path) => path.map(Some),
        None => find_exact(&NamedRun::from_runs(directories(paths)?), wanted),
    }
}

/// As [`find_exactly`], where there must be one.
///
/// # Errors
/// When there is none, with those that the user may have meant, or several.
pub fn find_to_remove(paths: &Paths, wanted: &str) -> Result<RunDir> {
    if let Some(run) = find_exactly(paths, wanted)? {
        return Ok(run);
    }
    let what = format!("run {wanted:?}");
    let rule = "no run is called exactly so; to remove one, write its whole name or id";
    let known = NamedRun::from_runs(directories(paths)?);
    let close: Vec<&NamedRun> = match wanted {
        LATEST => known.last().into_iter().collect(),
        _ => known
            .iter()
            .filter(|one| !wanted.is_empty() && one.matches_prefix(wanted))
            .collect(),
    };
    let mut problem = rule.to_string();
    match (wanted, close.as_slice()) {
        (_, []) => {}
        (LATEST, several) => problem += &format!(" (the newest is {})", join_labels(several)),
        (_, several) => problem += &format!(" ({} begins so)", join_labels(several)),
    }
    if let Some(unreadable) = unreadable_names(&known) {
        return Err(Error::invalid(
            what,
            format!("{problem}; it may be this one: {unreadable}"),
        ));
    }
    if close.is_empty() {
        Err(Error::not_found(
            what,
            "`lfw-tui runs` lists those there are",
        ))
    } else {
        Err(Error::invalid(what, problem))
    }
}

/// The run of this id, whatever others are called.
///
/// # Errors
/// When there is none, or several.
pub fn find_by_id(paths: &Paths, id: &str) -> Result<RunDir> {
    let runs = directories(paths)?;
    let mut same = runs.into_iter().filter(|run| run.id() == id);
    match (same.next(), same.next()) {
        (Some(run), None) => Ok(run),
        (None, _) => Err(Error::not_found(
            format!("run {id}"),
            "it was removed in the meantime",
        )),
        (Some(one), Some(other)) => Err(Error::invalid(
            format!("run {id}"),
            format!(
                "two folders end so, {} and {}; rename one",
                one.folder_name(),
                other.folder_name()
            ),
        )),
    }
}

/// What is written with a slash is a path.
fn as_path(wanted: &str) -> Option<Result<RunDir>> {
    if !wanted.contains('/') {
        return None;
    }
    let path = std::path::Path::new(wanted);
    // `.` and `..` name no folder; where they lead does.
    let whole = match path.file_name() {
        Some(_) => path.to_path_buf(),
        None => std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()),
    };
    Some(RunDir::open(whole))
}

fn find_exact(known: &[NamedRun], wanted: &str) -> Result<Option<RunDir>> {
    if let Some(one) = known.iter().find(|one| one.folder == wanted) {
        return Ok(Some(one.run.clone()));
    }
    let same: Vec<&NamedRun> = known.iter().filter(|one| one.is_named(wanted)).collect();
    match same.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.run.clone())),
        several => {
            let folders: Vec<&str> = several.iter().map(|one| one.folder.as_str()).collect();
            Err(Error::invalid(
                format!("run {wanted:?}"),
                format!(
                    "is the name or id of {} runs; say which by its folder: {}",
                    several.len(),
                    folders.join(", ")
                ),
            ))
        }
    }
}

fn unreadable_names(known: &[NamedRun]) -> Option<String> {
    let bad: Vec<(&str, &Error)> = known
        .iter()
        .filter_map(|one| Some((one.id.as_str(), one.name.as_ref().err()?)))
        .collect();
    let (id, problem) = bad.first()?;
    let more = match bad.len() {
        1 => String::new(),
        several => format!(" (and {} more)", several - 1),
    };
    Some(format!(
        "{problem}{more}; mend it, or write a whole name or id (this one's is {id})"
    ))
}

fn join_labels(several: &[&NamedRun]) -> String {
    let words: Vec<String> = several.iter().map(|one| one.label()).collect();
    words.join(", ")
}

/// Whether a name can be given to a run, whatever others there are.
///
/// # Errors
/// Says what is wrong with it.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let wrong = |problem: &str| Err(problem.to_string());
    if name.trim().is_empty() {
        return wrong("is empty; leave it out for one that is made from the preset");
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(format!("must have at most {MAX_NAME_CHARS} characters"));
    }
    if name.eq_ignore_ascii_case(LATEST) {
        return wrong("stands for the newest run; choose another");
    }
    if models::is_reserved(name) {
        return wrong("is the name of a model that is built in; choose another");
    }
    if name.starts_with(['-', '.']) {
        return wrong("must not start with a dash or a dot");
    }
    if name.contains('/') {
        return wrong("must not contain a slash, which is a path's");
    }
    if name.chars().any(is_invisible) {
        return wrong("must not contain control or invisible characters");
    }
    if name.chars().any(|c| c.is_whitespace() && c != ' ') {
        return wrong("must not contain white space other than plain spaces");
    }
    Ok(())
}

/// Characters that change how others are shown, or show nothing.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        )
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The name of a new run: the one that is wanted, or, when that is empty, `base`
/// with a number that makes it unique. Names that differ only in case are the
/// same, and none is another run's id.
///
/// # Errors
/// When it is unusable or taken.
pub(super) fn choose_name(wanted: &str, base: &str, others: &[RunDir]) -> Result<String> {
    let mut taken: Vec<(String, String)> = Vec::new();
    for one in NamedRun::from_runs(others.to_vec()) {
        let words = one.label();
        let names = [Some(one.id), Some(one.folder), one.name.ok()];
        taken.extend(
            names
                .into_iter()
                .flatten()
                .map(|name| (name.to_lowercase(), words.clone())),
        );
    }
    let holder = |name: &str| {
        let name = name.to_lowercase();
        taken.iter().find(|(other, _)| *other == name)
    };
    let wanted = wanted.trim();
    if !wanted.is_empty() {
        let complain = |problem: &str| Error::invalid(format!("run name {wanted:?}"), problem);
        check_name(wanted).map_err(|problem| complain(&problem))?;
        return match holder(wanted) {
            None => Ok(wanted.to_string()),
            Some((_, words)) => Err(complain(&format!(
                "is taken by {words}; choose another, or remove that run with `lfw-tui runs remove`"
            ))),
        };
    }
    // The bare name of PCA is that of the built-in model: its runs are numbered from 1.
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
    fn names_that_would_be_mistaken_are_refused_with_a_word() {
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
            ("pca-32", "built in"),
            ("PCA-032", "built in"),
            ("sample-face", "built in"),
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
