//! Limits on what is read from an untrusted archive.

use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// A source that decompresses to more than this many times its size, beyond [`FREE_BYTES`], is an
/// archive bomb: Deflate shrinks zeros a thousandfold, but pictures hardly at all.
const MAX_RATIO: u64 = 20;
/// Any archive may decompress to this much.
const FREE_BYTES: u64 = 64 << 20;
/// The size of a tar block, in bytes.
pub(super) const BLOCK: usize = 512;
/// The most files in one source.
const MAX_FILES: u64 = 2_000_000;

pub(super) fn check_file_count(source: &Path, number: u64) -> Result<()> {
    if number < MAX_FILES {
        return Ok(());
    }
    Err(Error::invalid(
        source.display(),
        format!("more than {MAX_FILES} files; import the folder of pictures alone"),
    ))
}

/// How many bytes an archive of this size may decompress to.
pub(super) fn inflation_limit(size: u64) -> u64 {
    FREE_BYTES.saturating_add(size.saturating_mul(MAX_RATIO))
}

/// Counts the bytes read from an archive.
pub(super) struct CountingReader<'a, R> {
    pub(super) inner: R,
    pub(super) done: &'a AtomicU64,
}

impl<R: Read> Read for CountingReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.done.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The error of a [`LimitedReader`] that reached its limit.
#[derive(Debug, thiserror::Error)]
#[error("decompresses to more than {MAX_RATIO} times its size: not an archive of pictures")]
pub(super) struct ArchiveBomb;

/// Limits decompressed data, and remembers whether the last bytes were zeros.
pub(super) struct LimitedReader<R> {
    inner: R,
    limit: u64,
    /// Bytes read so far.
    pub(super) count: u64,
    /// Zeros at the end of these.
    zeros: u64,
}

impl<R> LimitedReader<R> {
    pub(super) fn new(inner: R, limit: u64) -> Self {
        Self {
            inner,
            limit,
            count: 0,
            zeros: 0,
        }
    }

    /// A complete tar archive ends in blocks of zeros.
    pub(super) fn ends_in_zeros(&self) -> bool {
        self.zeros >= BLOCK as u64
    }
}

impl<R: Read> Read for LimitedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count += count as u64;
        if self.count > self.limit {
            return Err(io::Error::other(ArchiveBomb));
        }
        let zeros = buffer[..count]
            .iter()
            .rev()
            .take_while(|&&byte| byte == 0)
            .count();
        self.zeros = if zeros == count {
            self.zeros + zeros as u64
        } else {
            zeros as u64
        };
        Ok(count)
    }
}
