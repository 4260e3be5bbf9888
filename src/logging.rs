//! The program's log: `lfw-tui.log` in the state folder. Every process of the
//! program appends to it, one line an event, with the time in UTC and the
//! process id. At 1 MiB the file becomes `lfw-tui.log.1`, of which there is one.
//!
//! Problems are also reported to the user, so a log that cannot be written fails
//! no command: its lines are dropped.

use std::backtrace::Backtrace;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::error::{Error, Result};
use crate::paths::{Paths, make_folders, symlinks};

/// The environment variable that sets what is logged: a level, or levels by
/// module, such as `warn,lfw_tui::runs=debug`.
pub(crate) const LEVEL_VARIABLE: &str = "LFW_TUI_LOG";
/// What is logged where the variable is not set.
const DEFAULT_LEVEL: &str = "info";
/// Size at which the log is rotated, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Logs events and panics of this process from now on. Only the first call counts.
///
/// # Errors
/// When `LFW_TUI_LOG` cannot be read.
pub(crate) fn start(paths: &Paths) -> Result<()> {
    let filter = filter(&level_from_environment()?)?;
    let log = Mutex::new(RotatingFile::new(paths.log_file(), MAX_BYTES));
    let lines = tracing_subscriber::fmt::layer()
        .with_timer(TimeAndProcess)
        .with_writer(log);
    let subscriber = tracing_subscriber::registry().with(lines).with(filter);
    if subscriber.try_init().is_ok() {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            log_panic(info);
            report(info);
        }));
    }
    Ok(())
}

/// Logs a panic with the calls that led to it.
pub(crate) fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("unnamed");
    tracing::error!("thread {name}: {info}\n{}", Backtrace::force_capture());
}

/// What `LFW_TUI_LOG` says, else the default.
///
/// # Errors
/// When it says something that cannot be read.
pub(crate) fn level_from_environment() -> Result<String> {
    let level = std::env::var(LEVEL_VARIABLE)
        .ok()
        .map(|value| value.trim().to_string())
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| DEFAULT_LEVEL.to_string());
    filter(&level)?;
    Ok(level)
}

/// What a level, or levels by module, let through. A level alone is this
/// program's; libraries stay at warnings.
fn filter(level: &str) -> Result<Targets> {
    if let Ok(level) = level.parse::<LevelFilter>() {
        return Ok(Targets::new()
            .with_default(level.min(LevelFilter::WARN))
            .with_target("lfw_tui", level));
    }
    level.parse().map_err(|_| {
        Error::invalid(
            LEVEL_VARIABLE,
            format!(
                "{level:?} is not a level; use off, error, warn, info, debug or trace, \
                 or levels by module such as warn,lfw_tui::runs=debug"
            ),
        )
    })
}

/// `2026-01-31T12:00:00.000Z 4711`.
struct TimeAndProcess;

impl FormatTime for TimeAndProcess {
    fn format_time(&self, out: &mut Writer<'_>) -> fmt::Result {
        let now = jiff::Timestamp::now();
        write!(out, "{now:.3} {}", std::process::id())
    }
}

/// A file that several processes append to. Opened by the first event, so that
/// a command that logs nothing leaves no file.
struct RotatingFile {
    path: PathBuf,
    max_bytes: u64,
    file: Option<File>,
}

impl RotatingFile {
    fn new(path: PathBuf, max_bytes: u64) -> Self {
        Self {
            path,
            max_bytes,
            file: None,
        }
    }

    /// The file to append to, rotated if it is full. Another process may have
    /// rotated it, or the user may have removed it: the open file is used only
    /// while the path still leads to it.
    fn current(&mut self) -> io::Result<&mut File> {
        if !self
            .file
            .as_ref()
            .is_some_and(|file| is_at(file, &self.path))
        {
            self.file = Some(open(&self.path)?);
        }
        let is_full = self
            .file
            .as_ref()
            .and_then(|file| file.metadata().ok())
            .is_some_and(|data| data.len() >= self.max_bytes);
        if is_full {
            self.rotate()?;
        }
        self.file
            .as_mut()
            .ok_or_else(|| io::Error::other("the log is not open"))
    }

    /// Moves the full file away, under its lock: of two processes that find it
    /// full, the second must not move the new one. While another holds the lock
    /// it is rotating, and this process goes on in the old file.
    fn rotate(&mut self) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Ok(());
        }
        if is_at(file, &self.path) {
            std::fs::rename(&self.path, rotated(&self.path))?;
        }
        self.file = Some(open(&self.path)?);
        Ok(())
    }
}

impl Write for RotatingFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // Dropped where it cannot be written: nothing may print over the screen.
        if let Ok(file) = self.current() {
            let _ = file.write_all(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `lfw-tui.log.1` of `lfw-tui.log`.
fn rotated(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        make_folders(folder).map_err(io::Error::other)?;
    }
    symlinks::open_nofollow(OpenOptions::new().create(true).append(true), path)
}

fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), path.symlink_metadata()) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processes_share_a_log_that_stays_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/lfw-tui.log");
        let mut first = RotatingFile::new(path.clone(), 1000);
        let mut second = RotatingFile::new(path.clone(), 1000);
        assert!(!path.exists(), "nothing was logged");
        for number in 0..100 {
            writeln!(first, "first {number}").unwrap();
            writeln!(second, "second {number}").unwrap();
        }
        let newest = std::fs::read_to_string(&path).unwrap();
        let older = std::fs::read_to_string(rotated(&path)).unwrap();
        assert!(newest.len() <= 1020 && older.len() <= 1020);
        // The last lines are there, whole and in order.
        let all = older + &newest;
        let mut expected: Vec<String> = Vec::new();
        for number in 0..100 {
            expected.push(format!("first {number}"));
            expected.push(format!("second {number}"));
        }
        let lines: Vec<&str> = all.lines().collect();
        assert!(lines.len() > 60);
        assert!(lines.iter().eq(&expected[expected.len() - lines.len()..]));
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            2
        );
    }

    #[test]
    fn a_removed_log_begins_anew_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lfw-tui.log");
        let mut log = RotatingFile::new(path.clone(), 1000);
        writeln!(log, "one").unwrap();
        std::fs::remove_file(&path).unwrap();
        writeln!(log, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two\n");
        let other = folder.path().join("other");
        std::fs::write(&other, "kept").unwrap();
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        writeln!(log, "three").unwrap();
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "kept");
    }

    #[test]
    fn levels_are_read_and_slips_are_named() {
        use tracing::Level;
        let enabled =
            |value: &str, target: &str, level| filter(value).unwrap().would_enable(target, &level);
        assert!(enabled(DEFAULT_LEVEL, "lfw_tui::runs", Level::INFO));
        assert!(!enabled(DEFAULT_LEVEL, "lfw_tui::runs", Level::DEBUG));
        assert!(!enabled(DEFAULT_LEVEL, "candle_core", Level::INFO));
        assert!(enabled("debug", "lfw_tui::runs", Level::DEBUG));
        assert!(!enabled("debug", "candle_core", Level::DEBUG));
        assert!(!enabled("off", "lfw_tui::runs", Level::ERROR));
        let by_module = "warn,lfw_tui::runs=debug";
        assert!(enabled(by_module, "lfw_tui::runs::worker", Level::DEBUG));
        assert!(!enabled(by_module, "lfw_tui::engine", Level::INFO));
        let message = filter("lfw_tui=loud").unwrap_err().to_string();
        assert!(
            message.contains("LFW_TUI_LOG") && message.contains("debug"),
            "{message}"
        );
    }
}
