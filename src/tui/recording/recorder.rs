//! Writes a recording while the session goes on.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::format::{Event, EventKind, Header, TerminalFacts};
use crate::error::{Error, Result};

/// Whether a session is recorded. Without one, nothing else is looked at.
static IS_RECORDING: AtomicBool = AtomicBool::new(false);

/// There is one terminal, and so one recording; bytes go to it from wherever something
/// writes to the terminal, the way out of a panic among them.
static RECORDER: Mutex<Option<Recorder>> = Mutex::new(None);

/// Output is kept up to this size until it is flushed.
const MAX_PENDING: usize = 1 << 18;

/// Appends to a recording.
#[derive(Debug)]
pub(crate) struct Recorder {
    path: PathBuf,
    file: File,
    begun: Instant,
    /// Output since the latest event, and the time of its first byte.
    output: Pending,
    /// Input, likewise.
    input: Pending,
    size: (u16, u16),
    facts: Option<TerminalFacts>,
    /// Why the recording has ended early.
    problem: Option<String>,
}

/// Bytes that are not written yet.
#[derive(Debug, Default)]
struct Pending {
    bytes: Vec<u8>,
    since: f64,
}

impl Pending {
    fn push(&mut self, bytes: &[u8], now: f64) {
        if self.bytes.is_empty() {
            self.since = now;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The text so far, without the beginning of a character at its end. What is no
    /// character at all is replaced.
    fn take(&mut self) -> Option<(f64, String)> {
        let whole = match std::str::from_utf8(&self.bytes) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.bytes.len(),
        };
        let rest = self.bytes.split_off(whole);
        let bytes = std::mem::replace(&mut self.bytes, rest);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (!text.is_empty()).then_some((self.since, text))
    }
}

impl Recorder {
    /// Begins a recording in a new file that only the user can read, of a terminal of
    /// this size. `timestamp` is now, in seconds since 1970.
    ///
    /// # Errors
    /// When the file exists or cannot be created.
    pub(crate) fn create(path: &Path, size: (u16, u16), timestamp: i64) -> Result<Self> {
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => Error::invalid(
                    format!("--record {}", path.display()),
                    "already exists; choose another name, or remove it first",
                ),
                _ => Error::io(path, "create the recording")(error),
            })?;
        let mut recorder = Self {
            path: path.to_path_buf(),
            file,
            begun: Instant::now(),
            output: Pending::default(),
            input: Pending::default(),
            size,
            facts: None,
            problem: None,
        };
        let header = serde_json::to_string(&Header::new(size, timestamp))
            .map_err(|error| Error::invalid("header", error))?;
        recorder
            .file
            .write_all(format!("{header}\n").as_bytes())
            .map_err(Error::io(path, "write"))?;
        Ok(recorder)
    }

    /// Records this session from now on.
    pub(crate) fn start(self) {
        if let Ok(mut recorder) = RECORDER.lock() {
            *recorder = Some(self);
            IS_RECORDING.store(true, Ordering::SeqCst);
        }
    }

    fn now(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    fn write(&mut self, event: &Event) {
        if self.problem.is_some() {
            return;
        }
        if let Err(error) = self.file.write_all(event.to_line().as_bytes()) {
            let problem = Error::io(&self.path, "continue the recording")(error);
            tracing::warn!("{problem}");
            self.problem = Some(problem.to_string());
        }
    }

    fn flush(&mut self) {
        // What was typed comes before what it has led to.
        if let Some((time, text)) = self.input.take() {
            let kind = EventKind::Input(text);
            self.write(&Event { time, kind });
        }
        if let Some((time, text)) = self.output.take() {
            let kind = EventKind::Output(text);
            self.write(&Event { time, kind });
        }
    }

    fn output(&mut self, bytes: &[u8]) {
        self.output.push(bytes, self.now());
        if self.output.bytes.len() > MAX_PENDING {
            self.flush();
        }
    }

    fn event(&mut self, kind: EventKind) {
        self.flush();
        let time = self.now();
        self.write(&Event { time, kind });
    }
}

/// Calls `act` with the recorder of this session, if there is one. Not waited for: the
/// thread that panics may hold it.
fn with_recorder(act: impl FnOnce(&mut Recorder)) {
    if is_recording()
        && let Ok(mut recorder) = RECORDER.try_lock()
        && let Some(recorder) = recorder.as_mut()
    {
        act(recorder);
    }
}

/// Whether this session is recorded.
pub(crate) fn is_recording() -> bool {
    IS_RECORDING.load(Ordering::Relaxed)
}

/// Bytes were written to the terminal; `is_flushed` after the last of them.
pub(crate) fn record_output(bytes: &[u8], is_flushed: bool) {
    with_recorder(|recorder| {
        recorder.output(bytes);
        if is_flushed {
            recorder.flush();
        }
    });
}

/// The terminal has sent bytes.
pub(crate) fn record_input(bytes: &[u8]) {
    with_recorder(|recorder| recorder.input.push(bytes, recorder.now()));
}

/// The terminal has this many columns and rows.
pub(crate) fn record_size(size: (u16, u16)) {
    with_recorder(|recorder| {
        if recorder.size != size {
            recorder.size = size;
            recorder.event(EventKind::Size(size.0, size.1));
        }
    });
}

/// This is known of the terminal.
pub(crate) fn record_facts(facts: TerminalFacts) {
    with_recorder(|recorder| {
        if recorder.facts != Some(facts) {
            recorder.facts = Some(facts);
            recorder.event(EventKind::Facts(facts));
        }
    });
}

/// Why the recording has ended early, told once.
pub(crate) fn take_problem() -> Option<String> {
    let mut told = None;
    with_recorder(|recorder| told.clone_from(&recorder.problem));
    if told.is_some() {
        IS_RECORDING.store(false, Ordering::SeqCst);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::recording::Reader;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn characters_are_whole_in_every_event() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cast");
        let mut recorder = Recorder::create(&path, (80, 24), 0).unwrap();
        for byte in "aä\u{10eeee}".bytes() {
            recorder.output(&[byte]);
            recorder.flush();
        }
        recorder.input.push(b"\xff\x1b[A", 0.5);
        recorder.flush();
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut reader = Reader::open(&path).unwrap();
        let mut found = (String::new(), String::new());
        while let Some(event) = reader.next_event().unwrap() {
            match event.kind {
                EventKind::Output(text) => found.0 += &text,
                EventKind::Input(text) => found.1 += &text,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(found.0, "aä\u{10eeee}");
        assert_eq!(found.1, "\u{fffd}\x1b[A");
        let again = Recorder::create(&path, (80, 24), 0).unwrap_err();
        assert!(again.to_string().contains("already exists"), "{again}");
    }
}
