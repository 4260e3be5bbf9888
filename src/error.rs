//! The library's error type. A message names the file or field, the problem, and what to do.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::display::{escaped, escaped_bytes, escaped_lines};

/// A result with this library's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in the library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused an operation on a path.
    #[error("{}: cannot {action}: {}", escaped_bytes(path.as_os_str().as_encoded_bytes()), explain_io_error(path, source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was attempted, as a verb phrase: "read", "create the folder".
        action: &'static str,
        /// The system's error.
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
    /// Something requested by name does not exist.
    #[error("{}: not found; {}", escaped(what), escaped_lines(advice))]
    NotFound {
        /// What was requested.
        what: String,
        /// What exists instead, or how to find out.
        advice: String,
    },
    /// A mistake in the command itself; nothing was attempted.
    #[error("{0}")]
    Usage(String),
    /// A tensor operation failed.
    #[error("{}", explain_tensor_error(.0))]
    Tensor(#[from] candle_core::Error),
    /// A signal ended the screen, or the terminal hung up (SIGHUP), after an orderly shutdown.
    /// Holds the signal's number.
    #[error("ended by signal {0}")]
    Signal(i32),
    /// The caller cancelled the operation.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// An [`Error::Io`] for `path`, for use with `map_err`.
    pub(crate) fn io(
        path: impl AsRef<Path>,
        action: &'static str,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io {
            path,
            action,
            source,
        }
    }

    /// An [`Error::Invalid`].
    pub(crate) fn invalid(what: impl ToString, problem: impl ToString) -> Self {
        Self::Invalid {
            what: what.to_string(),
            problem: problem.to_string(),
        }
    }

    /// An [`Error::NotFound`].
    pub(crate) fn not_found(what: impl ToString, advice: impl ToString) -> Self {
        Self::NotFound {
            what: what.to_string(),
            advice: advice.to_string(),
        }
    }

    /// The problem, without the file it is about.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Io { path, source, .. } => explain_io_error(path, source),
            Self::Invalid { problem, .. } => problem.clone(),
            other => other.to_string(),
        }
    }

    /// The same message as a usage error, for values given in the command.
    pub(crate) fn into_usage(self) -> Self {
        match self {
            Self::Invalid { .. } | Self::NotFound { .. } => Self::Usage(self.to_string()),
            other => other,
        }
    }

    /// Whether a device ran out of memory, judged by CUDA's and cuBLAS' messages.
    pub(crate) fn is_out_of_memory(&self) -> bool {
        matches!(self, Self::Tensor(error) if is_out_of_memory(&error.to_string()))
    }

    /// Whether the disk or a quota is full.
    pub(crate) fn is_disk_full(&self) -> bool {
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

/// candle's message, or our own where we know what to do.
fn explain_tensor_error(error: &candle_core::Error) -> String {
    let text = error.to_string();
    if is_out_of_memory(&text) {
        "the GPU ran out of memory; free some (nvidia-smi shows what uses it), or use --device cpu"
            .to_string()
    } else {
        text
    }
}

/// The program's own folders; `LFW_TUI_HOME` moves them.
static OWN_FOLDERS: OnceLock<Vec<PathBuf>> = OnceLock::new();

/// Sets the program's own folders, for advice that applies only to them. Only the first call has an
/// effect.
pub(crate) fn set_own_folders(folders: Vec<PathBuf>) {
    let _ = OWN_FOLDERS.set(folders);
}

/// The system's message, with advice where we know what to do.
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
            "permission denied; check its owner, or set LFW_TUI_HOME to a folder of your own"
                .to_string()
        }
        std::io::ErrorKind::PermissionDenied => {
            "permission denied; check its owner and permissions".to_string()
        }
        // tempfile appends the path of the temporary file.
        _ => {
            let text = source.to_string();
            let bare = text.split(" at path \"").next();
            bare.unwrap_or(&text).to_string()
        }
    }
}
