//! Reads gzip like `gzip -d`: decompresses all members, and ignores what follows the last one.

use std::cell::Cell;
use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// Decompresses all members of a file.
pub(super) struct MultiMemberReader<'a, R> {
    /// `None` after the last member.
    current: Option<GzDecoder<R>>,
    garbage: &'a Cell<bool>,
}

impl<'a, R: BufRead> MultiMemberReader<'a, R> {
    /// Sets `garbage` if something other than zeros or gzip data follows.
    pub(super) fn new(inner: R, garbage: &'a Cell<bool>) -> Self {
        Self {
            current: Some(GzDecoder::new(inner)),
            garbage,
        }
    }

    /// The next member after one that has ended.
    fn next(&self, mut inner: R) -> io::Result<Option<GzDecoder<R>>> {
        loop {
            let bytes = inner.fill_buf()?;
            let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
            match &bytes[zeros..] {
                [] if bytes.is_empty() => return Ok(None),
                [] => {}
                [0x1f] | [0x1f, 0x8b, ..] => {
                    inner.consume(zeros);
                    return Ok(Some(GzDecoder::new(inner)));
                }
                _ => {
                    self.garbage.set(true);
                    return Ok(None);
                }
            }
            inner.consume(zeros);
        }
    }
}

impl<R: BufRead> Read for MultiMemberReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.current {
            let count = decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            if let Some(ended) = self.current.take() {
                self.current = self.next(ended.into_inner())?;
            }
        }
        Ok(0)
    }
}
