//! The list of all runs, read again and again. A run that has ended is read again only when its
//! files have changed: with hundreds of them a look costs about a millisecond.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::{Duration, Instant, SystemTime};

use super::follow::FileStamp;
use super::run_dir::RunDir;
use super::status::RunState;
use super::summary::RunSummary;
use crate::error::{Error, Result};
use crate::paths::Paths;

/// Every file that a summary is read from is looked at this often, for programs that do not
/// replace files but write into them.
const FULL_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// A list of runs that remembers what it has read.
#[derive(Debug, Default)]
pub struct RunList {
    /// By the names of their folders.
    known: BTreeMap<OsString, Known>,
}

/// What is known of a run, and of the files it is known from.
#[derive(Debug)]
struct Known {
    summary: RunSummary,
    /// The second in its folder's name, and when its spec was written: its place in the list.
    place: (String, Option<SystemTime>),
    /// Of the folder, which changes when a file in it is replaced.
    folder: Option<FileStamp>,
    files: Files,
    checked_at: Instant,
}

/// The stamps of the files that a summary is read from.
type Files = [Option<FileStamp>; 4];

fn files_of(run: &RunDir) -> Files {
    [
        run.spec_path(),
        run.status_path(),
        run.control_path(),
        run.notes_path(),
    ]
    .map(|file| FileStamp::of(&file))
}

impl Known {
    fn read(run: &RunDir) -> Option<Self> {
        // The stamps first: what changes in between is read again.
        let (folder, files) = (FileStamp::of(run.path()), files_of(run));
        let second = run.folder_name();
        let second = second.split('-').next().unwrap_or_default().to_string();
        let written = std::fs::metadata(run.spec_path()).and_then(|meta| meta.modified());
        Some(Self {
            summary: RunSummary::read(run).ok()?,
            place: (second, written.ok()),
            folder,
            files,
            checked_at: Instant::now(),
        })
    }

    /// Whether the summary still says what the files say.
    fn is_current(&mut self, run: &RunDir, now: Instant) -> bool {
        use RunState::{Failed, Finished, Queued, Stopped};
        // The state of others also depends on a lock and on time.
        let is_settled = matches!(self.summary.state, Queued | Finished | Stopped | Failed);
        if !is_settled || self.folder != FileStamp::of(run.path()) {
            return false;
        }
        if now.saturating_duration_since(self.checked_at) < FULL_CHECK_INTERVAL {
            return true;
        }
        self.checked_at = now;
        self.files == files_of(run)
    }
}

impl RunList {
    /// All runs, newest first; folders without a `run.toml` and those that cannot be read are
    /// left out. The same as [`list`](super::list), but cheap when little has changed.
    ///
    /// # Errors
    /// When the folder of runs cannot be read.
    pub fn read(&mut self, paths: &Paths) -> Result<Vec<RunSummary>> {
        let folder = paths.runs();
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.known.clear();
                return Ok(Vec::new());
            }
            Err(error) => return Err(Error::io(&folder, "read the folder")(error)),
        };
        let now = Instant::now();
        let mut former = std::mem::take(&mut self.known);
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let run = RunDir::new_unchecked(entry.path());
            let kept = former
                .remove(&name)
                .filter(|known| known.summary.path == run.path().display().to_string());
            let current = kept.and_then(|mut known| known.is_current(&run, now).then_some(known));
            let known = match current {
                Some(known) => Some(known),
                None => RunDir::candidate(entry.path()).and_then(|run| Known::read(&run)),
            };
            if let Some(known) = known {
                self.known.insert(name, known);
            }
        }
        let mut listed: Vec<(&OsString, &Known)> = self.known.iter().collect();
        // As the folders are sorted by `list`.
        listed.sort_by(|(name, one), (other_name, other)| {
            (&other.place, other_name).cmp(&(&one.place, name))
        });
        let summaries = listed.iter().map(|(_, known)| known.summary.clone());
        Ok(summaries.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::{TagChange, change_tags};

    fn write(paths: &Paths, folder: &str, status: &str) -> RunDir {
        let place = paths.runs().join(folder);
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("run.toml"), format!("name = \"{folder}\"\n")).unwrap();
        let aside = place.join(".status");
        std::fs::write(&aside, status).unwrap();
        std::fs::rename(aside, place.join("status.json")).unwrap();
        RunDir::open(place).unwrap()
    }

    #[test]
    fn it_says_what_a_list_says_whatever_has_changed() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let mut list = RunList::default();
        let mut check = |what: &str| {
            let expected = super::super::list(&paths).unwrap();
            assert_eq!(list.read(&paths).unwrap(), expected, "{what}");
            expected.len()
        };
        assert_eq!(check("nothing"), 0);
        let finished = r#"{"state":"finished","step":7}"#;
        let one = write(&paths, "20260101T000000Z-a-1", finished);
        write(&paths, "20260102T000000Z-b-2", "{\"state\":\"stopped\"}");
        write(&paths, "20260101T000000Z-c-3", "{\"state\":\"running\"}");
        std::fs::create_dir(paths.runs().join("no-run")).unwrap();
        std::fs::create_dir(paths.runs().join(".hidden")).unwrap();
        assert_eq!(check("three"), 3);
        assert_eq!(check("the same"), 3);
        write(&paths, "20260102T000000Z-b-2", finished);
        check("a status");
        change_tags(&one, &TagChange::parse(["x"]).unwrap()).unwrap();
        check("a tag");
        std::fs::remove_dir_all(one.path()).unwrap();
        assert_eq!(check("removed"), 2);
        write(&paths, "20260103T000000Z-d-4", finished);
        assert_eq!(check("added"), 3);
    }
}
