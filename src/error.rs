//! The library's error type. A message names the file or field, says what was
//! wrong with it, and what to do.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::display::{escaped, escaped_bytes, escaped_lines};

/// Shorthand for a result with this library's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in the library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something on a path.
    #[error("{}: cannot {action}: {}", escaped_bytes(path.as_os_str().as_encoded_bytes()), explain_io_error(path, source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, as a verb phrase: "read", "create the folder".
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file's content, an argument or a setting is not usable.
    #[error("{}: {}", escaped(what), escaped_lines(problem))]
    Invalid {
        /// The file, field or argument.
        what: String,
        /// What is wrong with it and what to do.
        problem: String,
    },
    /// Something that was asked for by name does not exist.
    #[error("{}: not found; {}", escaped(what), escaped_lines(advice))]
    NotFound {
        /// What was looked for.
        what: String,
        /// Where to find out what exists.
        advice: String,
    },
    /// A mistake in the command itself: nothing that was tried failed.
    #[error("{0}")]
    Usage(String),
    /// A tensor operation failed.
    #[error("{}", explain_tensor_error(.0))]
    Tensor(#[from] candle_core::Error),
    /// A signal ended the screen, or the terminal hung up (SIGHUP), and all
    /// was left in order: the signal's number.
    #[error("ended by signal {0}")]
    Signal(i32),
    /// The caller's cancel closure said so.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// An [`Error::Io`] for `path`; made to be used in `map_err`.
    pub fn io(path: impl AsRef<Path>, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io {
            path,
            action,
            source,
        }
    }

    /// An [`Error::Invalid`].
    pub fn invalid(what: impl ToString, problem: impl ToString) -> Self {
        Self::Invalid {
            what: what.to_string(),
            problem: problem.to_string(),
        }
    }

    /// An [`Error::NotFound`].
    pub fn not_found(what: impl ToString, advice: impl ToString) -> Self {
        Self::NotFound {
            what: what.to_string(),
            advice: advice.to_string(),
        }
    }

    /// What was wrong, without the file that it was wrong with.
    pub fn reason(&self) -> String {
        match self {
            Self::Io { path, source, .. } => explain_io_error(path, source),
            Self::Invalid { problem, .. } => problem.clone(),
            other => other.to_string(),
        }
    }

    /// The same words about values that stood in the command itself.
    pub fn into_usage(self) -> Self {
        match self {
            Self::Invalid { .. } | Self::NotFound { .. } => Self::Usage(self.to_string()),
            other => other,
        }
    }

    /// Whether a device's memory ran out: CUDA's and cuBLAS' words for it.
    pub fn is_out_of_memory(&self) -> bool {
        matches!(self, Self::Tensor(error) if is_out_of_memory(&error.to_string()))
    }

    /// Whether the disk (or a quota) is full.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if matches!(
            source.kind(),
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
        ))
    }
}

fn is_out_of_memory(text: &str) -> bool {
    ["OUT_OF_MEMORY", "out of memory", "ALLOC_FAILED"]
        .iter()
        .any(|words| text.contains(words))
}

/// candle's words, or ours where we know what to do.
fn explain_tensor_error(error: &candle_core::Error) -> String {
    let text = error.to_string();
    if is_out_of_memory(&text) {
        "the GPU's memory ran out; free some (nvidia-smi shows who holds it), or compute with --device cpu".to_string()
    } else {
        text
    }
}

/// The program's own folders, which `LFW_TUI_HOME` moves.
static OWN_FOLDERS: OnceLock<Vec<PathBuf>> = OnceLock::new();

/// Tells which folders are the program's own, so that advice about them is
/// given for them alone. The first call counts.
pub(crate) fn set_own_folders(folders: Vec<PathBuf>) {
    let _ = OWN_FOLDERS.set(folders);
}

/// The system's words, with what to do where we know it.
fn explain_io_error(path: &Path, source: &std::io::Error) -> String {
    let is_own = || {
        let own = OWN_FOLDERS.get().into_iter().flatten();
        own.into_iter()
            .any(|folder| path.starts_with(folder) || folder.starts_with(path))
    };
    match source.kind() {
        std::io::ErrorKind::StorageFull => {
            "no space left on the disk; free some and try again".to_string()
        }
        std::io::ErrorKind::QuotaExceeded => {
            "your disk quota is used up; free some and try again".to_string()
        }
        std::io::ErrorKind::NotFound => "no such file or folder".to_string(),
        std::io::ErrorKind::PermissionDenied if is_own() => {
            "permission denied; check who owns it, or set LFW_TUI_HOME to a folder of yours"
                .to_string()
        }
        std::io::ErrorKind::PermissionDenied => {
            "permission denied; check who owns it and who may do that".to_string()
        }
        // tempfile adds the path of a name that nobody chose.
        _ => {
            let text = source.to_string();
            let bare = text.split(" at path \"").next();
            bare.unwrap_or(&text).to_string()
        }
    }
}
