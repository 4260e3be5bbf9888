//! A file of lines that grows: each time only what is new is read.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::FileStamp;
use crate::error::{Error, Result};
use crate::runs::metrics_log::MAX_LINE_BYTES;

/// Bytes read at once.
const CHUNK_BYTES: usize = 1 << 18;

/// What is found in the file.
pub(super) enum TailItem<'a> {
    /// It is another file, or shorter than it was: all over again.
    Restarted,
    /// A line without its newline.
    Line(&'a [u8]),
    /// A line that is longer than any row.
    TooLong,
}

/// How far a file has been read.
#[derive(Debug, Default)]
pub(super) struct FileTail {
    inode: u64,
    offset: u64,
    /// Within a line that is too long, whose end has not come yet.
    in_long_line: bool,
}

impl FileTail {
    /// Reads the whole lines that are new. A file that is not there has none.
    ///
    /// # Errors
    /// Those of the file system; the next time tries again.
    pub(super) fn read(&mut self, path: &Path, take: &mut dyn FnMut(TailItem<'_>)) -> Result<()> {
        let Some(stamp) = FileStamp::of(path) else {
            return Ok(());
        };
        if stamp.inode != self.inode || stamp.length < self.offset {
            *self = Self {
                inode: stamp.inode,
                ..Self::default()
            };
            take(TailItem::Restarted);
        }
        if stamp.length == self.offset {
            return Ok(());
        }
        let mut file = File::open(path).map_err(Error::io(path, "open"))?;
        file.seek(SeekFrom::Start(self.offset))
            .map_err(Error::io(path, "read"))?;
        let mut buffer = vec![0; CHUNK_BYTES];
        let mut filled = 0;
        loop {
            if filled == buffer.len() {
                buffer.resize(2 * filled, 0); // a line longer than a chunk
            }
            let read = file
                .read(&mut buffer[filled..])
                .map_err(Error::io(path, "read"))?;
            if read == 0 {
                return Ok(()); // what is left is a line still being written
            }
            filled += read;
            let whole = match buffer[..filled].iter().rposition(|&byte| byte == b'\n') {
                Some(end) => end + 1,
                None if filled > MAX_LINE_BYTES => {
                    self.in_long_line = true;
                    self.offset += filled as u64;
                    filled = 0;
                    continue;
                }
                None => continue,
            };
            for line in buffer[..whole - 1].split(|&byte| byte == b'\n') {
                if std::mem::take(&mut self.in_long_line) {
                    take(TailItem::TooLong);
                } else {
                    take(TailItem::Line(line));
                }
            }
            self.offset += whole as u64;
            buffer.copy_within(whole..filled, 0);
            filled -= whole;
        }
    }
}
