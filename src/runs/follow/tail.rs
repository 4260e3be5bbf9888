//! Reads a growing file of lines, only what is new each time.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::file_stamp::FileStamp;
use crate::error::{Error, Result};
use crate::runs::metrics_log::MAX_LINE_BYTES;

/// Bytes per read.
const CHUNK_BYTES: usize = 1 << 18;

/// Something new in the file.
pub(super) enum TailItem<'a> {
    /// The file was replaced or became shorter: reading starts over.
    Restarted,
    /// A line without its newline.
    Line(&'a [u8]),
    /// A line that is too long to be a row.
    TooLong,
}

/// A position in a file.
#[derive(Debug, Default)]
pub(super) struct FileTail {
    inode: u64,
    offset: u64,
    /// Whether the position is within a line that is too long.
    in_long_line: bool,
}

impl FileTail {
    /// Reads the new complete lines. A file that does not exist has none.
    ///
    /// # Errors
    /// When the file cannot be read; the next call tries again.
    pub(super) fn read(
        &mut self,
        path: &Path,
        on_item: &mut dyn FnMut(TailItem<'_>),
    ) -> Result<()> {
        let Some(stamp) = FileStamp::of(path) else {
            return Ok(());
        };
        if stamp.inode != self.inode || stamp.length < self.offset {
            *self = Self {
                inode: stamp.inode,
                ..Self::default()
            };
            on_item(TailItem::Restarted);
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
                return Ok(()); // the rest is a line still being written
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
                    on_item(TailItem::TooLong);
                } else {
                    on_item(TailItem::Line(line));
                }
            }
            self.offset += whole as u64;
            buffer.copy_within(whole..filled, 0);
            filled -= whole;
        }
    }
}
