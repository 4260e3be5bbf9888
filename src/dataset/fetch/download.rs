//! Downloads a file with a known checksum from the first mirror that has it. Partial downloads
//! survive broken connections and killed processes and are resumed. A file gets its final name only
//! once its checksum is right.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ureq::http::{Response, header};

use crate::dataset::fetch::published::PublishedFile;
use crate::dataset::hash::{md5_of_file, sha256_of_file};
use crate::error::{Error, Result};
use crate::interrupt::RemoveOnSignal;
use crate::paths::{make_folders, symlinks, unfinished};
use crate::progress::{Progress, Unit, Watch};

/// The largest file that is accepted, in case a server never stops sending.
const MAX_BYTES: u64 = 1 << 30;

/// When to retry a mirror and when to give up.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Attempts in a row without any data before the next mirror is tried.
    pub attempts: u32,
    /// Pause before the second attempt; doubles with each further attempt.
    pub backoff: Duration,
    /// How long the server may be silent.
    pub timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            backoff: Duration::from_secs(1),
            timeout: Duration::from_secs(20),
        }
    }
}

/// Why a request did not complete the file.
enum Failure {
    /// The same mirror may succeed later.
    Retryable(String),
    /// This mirror does not have the file.
    MirrorFailed(String),
    /// A local problem: disk full or cancelled.
    Local(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Local(error)
    }
}

/// Downloads `file` to `folder` from the first of `mirrors` that has it, and returns its path.
/// Resumes a partial file (`NAME.part`). A file with a wrong checksum is kept as `NAME.wrong`.
///
/// # Errors
/// When every mirror fails, with one line per mirror; when the disk fails; `Cancelled`.
pub fn download(
    file: &PublishedFile,
    mirrors: &[String],
    folder: &Path,
    patience: RetryPolicy,
    watch: Watch,
) -> Result<PathBuf> {
    let target = folder.join(file.name);
    if target.exists() && check_sum(file, &target, watch)?.is_ok() {
        return Ok(target);
    }
    make_folders(folder)?;
    let mut part = PartialFile::open(folder, file.name)?;
    let agent = http_agent(patience);
    let mut refusals = vec![];
    for mirror in mirrors {
        match download_from_mirror(&agent, file, mirror, &mut part, patience, watch) {
            Ok(()) => {
                part.finish(&target)?;
                return Ok(target);
            }
            Err(Failure::Local(error)) => {
                part.remove_if_empty();
                return Err(error);
            }
            Err(Failure::Retryable(problem) | Failure::MirrorFailed(problem)) => {
                refusals.push(format!("{mirror}: {problem}"));
            }
        }
    }
    part.remove_if_empty();
    Err(Error::invalid(
        file.name,
        format!("could not be fetched ({})", refusals.join("; ")),
    ))
}

fn http_agent(patience: RetryPolicy) -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .user_agent(concat!("lfw-tui/", env!("CARGO_PKG_VERSION")))
        // A compressed response would have no ranges and another length.
        .accept_encoding("identity")
        .timeout_connect(Some(patience.timeout))
        .timeout_recv_response(Some(patience.timeout))
        .timeout_per_read(Some(patience.timeout))
        .build()
        .new_agent()
}

/// Requests the file from one mirror until it is complete or no more data comes.
fn download_from_mirror(
    agent: &ureq::Agent,
    file: &PublishedFile,
    url: &str,
    part: &mut PartialFile,
    patience: RetryPolicy,
    watch: Watch,
) -> Result<(), Failure> {
    let mut idle = 0;
    // Whether the partial file has data from an earlier download, perhaps of another file.
    let mut is_resumed = part.length > 0;
    loop {
        let before = part.length;
        let failure = match request_once(agent, file, url, part, watch) {
            Ok(()) => match check_sum(file, &part.path, watch)? {
                Ok(()) => return Ok(()),
                // That data may be wrong, so download everything again from here.
                Err(_) if is_resumed => {
                    part.clear()?;
                    is_resumed = false;
                    continue;
                }
                Err(problem) => {
                    let wrong_file = part.keep_as_wrong()?;
                    return Err(Failure::MirrorFailed(format!(
                        "{problem}; kept as {}",
                        wrong_file.display()
                    )));
                }
            },
            Err(Failure::Retryable(problem)) => {
                tracing::warn!("download interrupted: {problem}");
                problem
            }
            Err(failure) => return Err(failure),
        };
        idle = if part.length > before { 0 } else { idle + 1 };
        if idle >= patience.attempts {
            return Err(Failure::MirrorFailed(failure));
        }
        wait_before_retry(
            patience.backoff * 2u32.pow(idle.saturating_sub(1)),
            &failure,
            watch,
        )?;
    }
}

/// Sleeps, unless the watcher cancels.
fn wait_before_retry(length: Duration, reason: &str, watch: Watch) -> Result<()> {
    let end = Instant::now() + length;
    let stage = format!("trying again soon ({reason})");
    while Instant::now() < end {
        watch(Progress {
            stage: &stage,
            done: 0,
            total: None,
            unit: Unit::Steps,
        })?;
        std::thread::sleep(Duration::from_millis(50).min(length));
    }
    Ok(())
}

/// Sends one request and appends the response to the partial file.
fn request_once(
    agent: &ureq::Agent,
    file: &PublishedFile,
    url: &str,
    part: &mut PartialFile,
    watch: Watch,
) -> Result<(), Failure> {
    if file.bytes.is_some_and(|bytes| part.length > bytes) {
        part.clear()?;
    }
    if part.length > 0 && file.bytes == Some(part.length) {
        return Ok(());
    }
    let mut request = agent.get(url);
    if part.length > 0 {
        request = request.header(header::RANGE, format!("bytes={}-", part.length));
    }
    let mut response = request.call().map_err(classify_network_error)?;
    let total = match check_status(&response, file, part, watch)? {
        Answer::Complete => return Ok(()),
        Answer::Body { total } => total,
    };
    if let (Some(total), Some(bytes)) = (total, file.bytes)
        && total != bytes
    {
        return Err(Failure::MirrorFailed(format!(
            "its file has {total} bytes, the published one has {bytes}"
        )));
    }
    let stage = format!("fetching {} from {}", file.name, host(url));
    receive(&mut response, part, &stage, total, watch)?;
    match total {
        Some(total) if part.length < total => Err(Failure::Retryable(format!(
            "the connection ended at {} of {total} bytes",
            part.length
        ))),
        _ => Ok(()),
    }
}

/// A usable answer to a request.
enum Answer {
    /// The partial file is complete already.
    Complete,
    /// The body continues the partial file, up to `total` bytes if that is known.
    Body { total: Option<u64> },
}

/// Checks the status of a response; clears the partial file if the body starts from the beginning.
fn check_status(
    response: &Response<ureq::Body>,
    file: &PublishedFile,
    part: &mut PartialFile,
    watch: Watch,
) -> Result<Answer, Failure> {
    match response.status().as_u16() {
        // The whole file: no range was requested, or the server ignores ranges.
        200 => {
            part.clear()?;
            let total = response.body().content_length();
            Ok(Answer::Body { total })
        }
        206 => match content_range(response) {
            Some((start, total)) if start == part.length => Ok(Answer::Body { total }),
            _ => {
                part.clear()?;
                Err(Failure::Retryable(
                    "it sent another range than requested".into(),
                ))
            }
        },
        // The range starts at the end of the file: the partial file is complete, or wrong.
        416 if part.length > 0 => {
            if check_sum(file, &part.path, watch)?.is_ok() {
                return Ok(Answer::Complete);
            }
            part.clear()?;
            Err(Failure::Retryable(
                "it has no data beyond the partial file".into(),
            ))
        }
        status @ (408 | 425 | 429 | 500..=599) => {
            Err(Failure::Retryable(format!("HTTP status {status}")))
        }
        status => Err(Failure::MirrorFailed(format!("HTTP status {status}"))),
    }
}

/// Appends the body of a response to the partial file.
fn receive(
    response: &mut Response<ureq::Body>,
    part: &mut PartialFile,
    stage: &str,
    total: Option<u64>,
    watch: Watch,
) -> Result<(), Failure> {
    let mut reader = response.body_mut().with_config().limit(MAX_BYTES).reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        watch(Progress {
            stage,
            done: part.length,
            total,
            unit: Unit::Bytes,
        })?;
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => part.append(&buffer[..count])?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(Failure::Retryable(format!(
                    "the connection broke ({error})"
                )));
            }
        }
    }
}

fn classify_network_error(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::HostNotFound => Failure::MirrorFailed("no such host".to_string()),
        ureq::Error::BadUri(problem) => {
            Failure::MirrorFailed(format!("not a usable URL ({problem})"))
        }
        ureq::Error::TooManyRedirects => {
            Failure::MirrorFailed("it redirects too often".to_string())
        }
        error => Failure::Retryable(error.to_string()),
    }
}

/// The start and the total of `Content-Range: bytes 5-99/100`.
fn content_range<B>(response: &Response<B>) -> Option<(u64, Option<u64>)> {
    let value = response
        .headers()
        .get(header::CONTENT_RANGE)?
        .to_str()
        .ok()?;
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// Compares a file with its published checksum. The inner error names both checksums.
fn check_sum(file: &PublishedFile, path: &Path, watch: Watch) -> Result<Result<(), String>> {
    let stage = format!("checking {}", file.name);
    let mut done = 0;
    let mut report = |count: usize| {
        done += count as u64;
        watch(Progress {
            stage: &stage,
            done,
            total: None,
            unit: Unit::Bytes,
        })
    };
    let (kind, expected, found) = match file.sha256 {
        Some(expected) => ("SHA-256", expected, sha256_of_file(path, &mut report)?),
        None => ("MD5", file.md5, md5_of_file(path, &mut report)?),
    };
    Ok(if found == expected {
        Ok(())
    } else {
        Err(format!(
            "a wrong file: its {kind} is {found}, the published one {expected}"
        ))
    })
}

/// A partial download, locked so that two downloads do not mix.
struct PartialFile {
    path: PathBuf,
    file: File,
    length: u64,
    /// Removes the file when the process is interrupted, as long as it is empty.
    cleanup: Option<RemoveOnSignal>,
}

impl PartialFile {
    fn open(folder: &Path, name: &str) -> Result<Self> {
        let path = folder.join(format!("{name}.part"));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file =
            symlinks::open_nofollow(&mut options, &path).map_err(Error::io(&path, "open"))?;
        if let Err(std::fs::TryLockError::WouldBlock) = file.try_lock() {
            return Err(Error::invalid(
                path.display(),
                "another process is fetching it; wait for that one",
            ));
        }
        let length = file
            .seek(std::io::SeekFrom::End(0))
            .map_err(Error::io(&path, "read"))?;
        let empty = (length == 0).then(|| RemoveOnSignal::new(&path));
        Ok(Self {
            path,
            file,
            length,
            cleanup: empty,
        })
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all(bytes)
            .map_err(Error::io(&self.path, "write"))?;
        self.length += bytes.len() as u64;
        self.cleanup = None;
        Ok(())
    }

    fn clear(&mut self) -> Result<()> {
        self.file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .map_err(Error::io(&self.path, "shorten"))?;
        self.length = 0;
        Ok(())
    }

    fn finish(self, target: &Path) -> Result<()> {
        self.file
            .sync_all()
            .map_err(Error::io(&self.path, "sync"))?;
        std::fs::rename(&self.path, target).map_err(Error::io(target, "create"))
    }

    /// Keeps a wrong file for inspection and starts again with an empty one.
    fn keep_as_wrong(&mut self) -> Result<PathBuf> {
        let wrong_file = self.path.with_extension("wrong");
        let mut copy =
            unfinished::new_file_for(&wrong_file).map_err(Error::io(&wrong_file, "create"))?;
        self.file
            .rewind()
            .and_then(|()| std::io::copy(&mut self.file, &mut copy))
            .map_err(Error::io(&wrong_file, "write"))?;
        copy.persist(&wrong_file)
            .map_err(|error| Error::io(&wrong_file, "create")(error.error))?;
        self.clear()?;
        Ok(wrong_file)
    }

    fn remove_if_empty(self) {
        if self.length == 0 {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
