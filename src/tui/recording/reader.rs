//! Reads a recording, a line at a time.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::format::{Event, Header};
use crate::error::{Error, Result};

/// The longest line that is read: far more than a frame of pictures.
const MOST_LINE_BYTES: u64 = 256 << 20;

/// The longest first line: that of another file is not read whole.
const MOST_HEADER_BYTES: u64 = 1 << 16;

/// The events of a recording, up to the last whole one.
#[derive(Debug)]
pub(crate) struct Reader {
    path: PathBuf,
    lines: BufReader<File>,
    header: Header,
    line: Vec<u8>,
    /// The number of the latest line, from 1.
    number: usize,
    is_cut: bool,
}

impl Reader {
    /// Opens a recording.
    ///
    /// # Errors
    /// When the file cannot be read, is no recording, or is of another version.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io(path, "read"))?;
        if file.metadata().is_ok_and(|about| about.is_dir()) {
            return Err(Error::invalid(
                path.display(),
                "is a folder, not a recording",
            ));
        }
        let mut lines = BufReader::with_capacity(1 << 16, file);
        let mut line = Vec::new();
        (&mut lines)
            .take(MOST_HEADER_BYTES)
            .read_until(b'\n', &mut line)
            .map_err(Error::io(path, "read"))?;
        let header =
            Header::parse(&line).map_err(|problem| Error::invalid(path.display(), problem))?;
        Ok(Self {
            path: path.to_path_buf(),
            lines,
            header,
            line,
            number: 1,
            is_cut: false,
        })
    }

    /// The first line.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Whether the recording ends within a line, as far as it has been read.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The next event; `None` after the last whole one.
    ///
    /// # Errors
    /// When the file cannot be read, or a line in it is no event.
    pub(crate) fn next_event(&mut self) -> Result<Option<Event>> {
        loop {
            self.line.clear();
            (&mut self.lines)
                .take(MOST_LINE_BYTES)
                .read_until(b'\n', &mut self.line)
                .map_err(Error::io(&self.path, "read"))?;
            if self.line.last() != Some(&b'\n') {
                self.is_cut = !self.line.is_empty();
                return Ok(None);
            }
            self.number += 1;
            if self.line.trim_ascii().is_empty() {
                continue;
            }
            return Event::parse(&self.line).map(Some).ok_or_else(|| {
                let place = format!("{}, line {}", self.path.display(), self.number);
                Error::invalid(place, "is no event of a recording; the file is damaged")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::recording::EventKind;

    #[test]
    fn a_recording_that_was_cut_off_is_read_up_to_its_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cast");
        let event = |time, text: &str| Event {
            time,
            kind: EventKind::Output(text.to_string()),
        };
        let header = serde_json::to_string(&Header::new((80, 24), 0)).unwrap();
        let whole = format!("{header}\n{}", event(0.5, "one").to_line());
        let next = event(1.0, "two").to_line();
        for cut in 0..next.len() {
            std::fs::write(&path, format!("{whole}{}", &next[..cut])).unwrap();
            let mut reader = Reader::open(&path).unwrap();
            assert_eq!(reader.next_event().unwrap(), Some(event(0.5, "one")));
            assert_eq!(reader.next_event().unwrap(), None);
            assert_eq!(reader.is_cut(), cut > 0);
        }
        std::fs::write(&path, format!("{whole}nothing\n{next}")).unwrap();
        let mut reader = Reader::open(&path).unwrap();
        reader.next_event().unwrap();
        let problem = reader.next_event().unwrap_err().to_string();
        assert!(problem.contains("line 3"), "{problem}");
    }
}
