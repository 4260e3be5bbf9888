//! `notes.json`: what people write about a run, its note and its tags. Anyone who may write to
//! the run's directory edits it, with the worker running or not.

use serde::{Deserialize, Serialize};

use super::json_file;
use super::lock::ChangeLock;
use super::run_dir::RunDir;
use crate::error::{Error, Result};
use crate::number_format::json_numbers;

/// The most characters of a note.
pub(crate) const MAX_NOTE_CHARS: usize = 4000;
/// The most characters of a tag.
const MAX_TAG_CHARS: usize = 32;
/// The most tags of a run.
const MAX_TAGS: usize = 32;

/// `notes.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Notes {
    /// Version of this file's layout, 1.
    format: u32,
    /// Lines of text.
    pub note: String,
    /// Words, sorted, none twice.
    pub tags: Vec<String>,
}

impl Notes {
    /// Reads a run's notes; none if there is no file. Fields that cannot be read, and tags that
    /// cannot be typed, are left out.
    ///
    /// # Errors
    /// When the file exists but cannot be read or is not a JSON object.
    pub fn read(run: &RunDir) -> Result<Self> {
        let read = json_file::read(&run.notes_path(), json_numbers::read_fields::<Self>)?;
        let (mut notes, _) = read.unwrap_or_default();
        notes.note = clean_note(&notes.note);
        notes.tags.retain(|tag| check_tag(tag).is_ok());
        notes.sort_tags();
        Ok(notes)
    }

    fn sort_tags(&mut self) {
        self.tags.sort();
        self.tags.dedup();
    }

    /// Whether it has a tag, in whatever case.
    fn has_tag(&self, tag: &str) -> bool {
        let tag = tag.to_lowercase();
        self.tags.iter().any(|one| one.to_lowercase() == tag)
    }
}

/// Replaces a run's note. `base` is the note that the writer has seen, if it was shown one: a
/// note that somebody else has written since is kept above the new one. Gives the notes now,
/// and the note that was there.
///
/// # Errors
/// When the note is too long, the run was removed, or the file cannot be written.
pub fn set_note(run: &RunDir, note: &str, base: Option<&str>) -> Result<(Notes, String)> {
    let note = clean_note(note);
    update(run, |notes| {
        let before = std::mem::take(&mut notes.note);
        let is_foreign = base.is_some_and(|base| clean_note(base) != before);
        notes.note = if is_foreign && !before.is_empty() && before != note {
            format!("{before}\n{note}").trim_end().to_string()
        } else {
            note.clone()
        };
        let chars = notes.note.chars().count();
        if chars > MAX_NOTE_CHARS {
            return Err(Error::invalid(
                "note",
                format!("has {chars} characters; {MAX_NOTE_CHARS} are the most"),
            ));
        }
        Ok(before)
    })
}

/// Adds tags to a run and takes others away; what others change at the same time stays. A tag
/// that is there, or not there, already is no mistake.
///
/// # Errors
/// When a tag cannot be one, there are too many, the run was removed, or the file cannot be
/// written.
pub fn change_tags(run: &RunDir, change: &TagChange) -> Result<Notes> {
    change.add.iter().try_for_each(|tag| check_tag(tag))?;
    let (notes, ()) = update(run, |notes| {
        let gone: Vec<String> = change.remove.iter().map(|tag| tag.to_lowercase()).collect();
        notes.tags.retain(|tag| !gone.contains(&tag.to_lowercase()));
        for tag in &change.add {
            if !notes.has_tag(tag) {
                notes.tags.push(tag.clone());
            }
        }
        notes.sort_tags();
        if notes.tags.len() > MAX_TAGS {
            return Err(Error::invalid(
                "tags",
                format!("{MAX_TAGS} are the most that a run can have"),
            ));
        }
        Ok(())
    })?;
    Ok(notes)
}

fn update<T>(run: &RunDir, edit: impl FnOnce(&mut Notes) -> Result<T>) -> Result<(Notes, T)> {
    run.check_exists()?;
    let _lock = ChangeLock::acquire(&run.notes_lock_path())?;
    let before = Notes::read(run)?;
    let mut notes = before.clone();
    let outcome = edit(&mut notes)?;
    if notes != before {
        notes.format = 1;
        json_file::write(&run.notes_path(), &notes)?;
    }
    Ok((notes, outcome))
}

/// Tags to add and to take away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagChange {
    /// To be there.
    pub add: Vec<String>,
    /// Not to be there.
    pub remove: Vec<String>,
}

impl TagChange {
    /// Reads `+night -old good`: a word without a sign is added.
    ///
    /// # Errors
    /// When a word cannot be a tag.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut change = Self::default();
        for word in words.into_iter().flat_map(str::split_whitespace) {
            let (list, tag) = match word.strip_prefix('-') {
                Some(tag) => (&mut change.remove, tag),
                None => (&mut change.add, word.strip_prefix('+').unwrap_or(word)),
            };
            check_tag(tag)?;
            list.push(tag.to_string());
        }
        Ok(change)
    }

    /// What makes a run have exactly the tags of `text`, where it had those of `before`.
    ///
    /// # Errors
    /// When a word cannot be a tag.
    pub(crate) fn between(before: &[String], text: &str) -> Result<Self> {
        let now: Vec<&str> = text.split_whitespace().collect();
        let is_new = |tag: &&&str| !before.iter().any(|one| one == **tag);
        let is_gone = |tag: &&String| !now.contains(&tag.as_str());
        let change = Self {
            add: now.iter().filter(is_new).map(ToString::to_string).collect(),
            remove: before.iter().filter(is_gone).cloned().collect(),
        };
        change.add.iter().try_for_each(|tag| check_tag(tag))?;
        Ok(change)
    }
}

/// Checks that a word can be a tag: it is typed in filters and after signs.
fn check_tag(tag: &str) -> Result<()> {
    let starts_well = tag.chars().next().is_some_and(char::is_alphanumeric);
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if starts_well && tag.chars().all(is_allowed) && tag.chars().count() <= MAX_TAG_CHARS {
        return Ok(());
    }
    Err(Error::invalid(
        format!("tag {tag:?}"),
        format!(
            "must be letters, digits, dashes, dots and underscores, at most {MAX_TAG_CHARS}, and \
             begin with a letter or a digit"
        ),
    ))
}

/// A note without what a terminal would obey, and without blanks at its ends.
fn clean_note(note: &str) -> String {
    let kept = note.chars().filter_map(|c| match c {
        '\n' => Some('\n'),
        '\r' => None,
        '\t' => Some(' '),
        c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
            Some('\u{fffd}')
        }
        c => Some(c),
    });
    kept.collect::<String>().trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> (tempfile::TempDir, RunDir) {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("run.toml"), "name = \"a\"\n").unwrap();
        let run = RunDir::open(home.path()).unwrap();
        (home, run)
    }

    #[test]
    fn what_somebody_else_wrote_meanwhile_is_kept() {
        let (_home, run) = run();
        assert_eq!(Notes::read(&run).unwrap(), Notes::default());
        set_note(&run, "first", Some("")).unwrap();
        // Another one had seen no note.
        let (notes, before) = set_note(&run, "second\n", Some("")).unwrap();
        assert_eq!(
            (notes.note.as_str(), before.as_str()),
            ("first\nsecond", "first")
        );
        set_note(&run, "third", Some("first\nsecond")).unwrap();
        assert_eq!(Notes::read(&run).unwrap().note, "third");
        // Without having seen it.
        let (notes, before) = set_note(&run, "", None).unwrap();
        assert_eq!((notes.note.as_str(), before.as_str()), ("", "third"));
        assert!(set_note(&run, &"x".repeat(MAX_NOTE_CHARS + 1), None).is_err());
        let (notes, _) = set_note(&run, "a\x1b[2J\tb\r\nc", None).unwrap();
        assert_eq!(notes.note, "a\u{fffd}[2J b\nc");
    }

    #[test]
    fn tags_are_added_and_taken_away_by_their_names() {
        let (_home, run) = run();
        let change = |words: &str| change_tags(&run, &TagChange::parse([words]).unwrap());
        assert_eq!(change("+night b.2 -old").unwrap().tags, ["b.2", "night"]);
        assert_eq!(change("-NIGHT +b.2").unwrap().tags, ["b.2"]);
        for wrong in [
            "+",
            "-",
            "+a|b",
            "a:b",
            "a<3",
            "+-a",
            ".a",
            "a,b",
            "é\u{301}",
        ] {
            assert!(TagChange::parse([wrong]).is_err(), "{wrong}");
        }
        assert!(TagChange::parse(["a".repeat(33).as_str()]).is_err());
        let many: Vec<String> = (0..40).map(|number| format!("t{number}")).collect();
        assert!(change(&many.join(" ")).is_err());
        assert_eq!(Notes::read(&run).unwrap().tags, ["b.2"]);
        let before = ["a".to_string(), "b".to_string()];
        let change = TagChange::between(&before, " b  c ").unwrap();
        assert_eq!(
            (change.add, change.remove),
            (vec!["c".into()], vec!["a".into()])
        );
    }

    #[test]
    fn a_damaged_file_is_told_and_not_overwritten() {
        let (_home, run) = run();
        std::fs::write(
            run.notes_path(),
            "{\"note\": 3, \"tags\": [\"b\", \"a\", \"x y\"]}",
        )
        .unwrap();
        let notes = Notes::read(&run).unwrap();
        assert_eq!(
            (notes.note.as_str(), notes.tags),
            ("", vec!["a".into(), "b".into()])
        );
        std::fs::write(run.notes_path(), "[3").unwrap();
        assert!(Notes::read(&run).is_err());
        assert!(set_note(&run, "new", None).is_err());
        assert_eq!(std::fs::read_to_string(run.notes_path()).unwrap(), "[3");
    }
}
