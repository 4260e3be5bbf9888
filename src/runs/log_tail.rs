//! The end of a worker's log, followed while it grows: only what is new is read.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::follow::FileStamp;
use super::run_dir::RunDir;
use crate::display::escaped;
use crate::error::{Error, Result};

/// How much of the end is read; more is left out.
const TAIL_BYTES: u64 = 256 << 10;
/// The most lines that are kept.
const MAX_LINES: usize = 5000;
/// The most characters of a line.
const MAX_LINE_CHARS: usize = 2000;

/// The end of a worker's log.
#[derive(Debug)]
pub(crate) struct LogTail {
    run: RunDir,
    inode: u64,
    offset: u64,
    lines: VecDeque<String>,
    /// Lines that were left out before the first of `lines`.
    dropped: u64,
    /// Whether something before them was never read.
    is_cut: bool,
    /// The last line, which has no end yet.
    unfinished: Vec<u8>,
    problem: Option<String>,
    exists: bool,
}

/// The lines of a log's end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogText {
    /// The number of the first line, which only grows: lines keep their numbers.
    pub first: u64,
    /// Lines without control characters.
    pub lines: Vec<String>,
    /// Whether there are earlier lines in the file.
    pub is_cut: bool,
    /// Whether there is a log.
    pub exists: bool,
    /// Why it cannot be read.
    pub problem: Option<String>,
}

impl LogTail {
    /// Before the first look.
    pub(crate) fn new(run: RunDir) -> Self {
        Self {
            run,
            inode: 0,
            offset: 0,
            lines: VecDeque::new(),
            dropped: 0,
            is_cut: false,
            unfinished: Vec::new(),
            problem: None,
            exists: false,
        }
    }

    /// Reads what is new; whether the text has changed.
    pub(crate) fn poll(&mut self) -> bool {
        let read = self.read_new();
        let problem = read.as_ref().err().map(ToString::to_string);
        let is_news = problem != self.problem || read.is_ok_and(|changed| changed);
        self.problem = problem;
        is_news
    }

    fn read_new(&mut self) -> Result<bool> {
        let path = self.run.log_path();
        let Some(stamp) = FileStamp::of(&path) else {
            return Ok(std::mem::take(&mut self.exists));
        };
        let is_new = !std::mem::replace(&mut self.exists, true);
        if stamp.inode != self.inode || stamp.length < self.offset {
            *self = Self {
                inode: stamp.inode,
                exists: true,
                // Numbers of lines are not used twice.
                dropped: self.dropped + self.lines.len() as u64,
                ..Self::new(self.run.clone())
            };
        } else if stamp.length == self.offset {
            return Ok(is_new);
        }
        let mut file = File::open(&path).map_err(Error::io(&path, "open"))?;
        let begin = self.offset.max(stamp.length.saturating_sub(TAIL_BYTES));
        let is_skipping = begin > self.offset;
        file.seek(SeekFrom::Start(begin))
            .map_err(Error::io(&path, "read"))?;
        let mut bytes = Vec::new();
        let count = file
            .take(2 * TAIL_BYTES)
            .read_to_end(&mut bytes)
            .map_err(Error::io(&path, "read"))?;
        self.offset = begin + count as u64;
        let mut new = bytes.as_slice();
        if is_skipping {
            self.is_cut = true;
            self.dropped += self.lines.len() as u64;
            self.lines.clear();
            self.unfinished.clear();
            // The rest of a line whose beginning is not read.
            let end = new.iter().position(|byte| *byte == b'\n');
            new = end.map_or(&[][..], |end| &new[end + 1..]);
        }
        self.add(new);
        Ok(true)
    }

    fn add(&mut self, bytes: &[u8]) {
        let mut pieces = bytes.split(|byte| *byte == b'\n');
        let mut piece = pieces.next().unwrap_or_default();
        for next in pieces {
            self.unfinished.extend_from_slice(piece);
            let line = readable(&self.unfinished);
            self.unfinished.clear();
            self.lines.push_back(line);
            piece = next;
        }
        self.unfinished.extend_from_slice(piece);
        let kept = self.unfinished.len().min(4 * MAX_LINE_CHARS);
        self.unfinished.truncate(kept);
        while self.lines.len() > MAX_LINES {
            self.lines.pop_front();
            self.dropped += 1;
            self.is_cut = true;
        }
    }

    /// The lines now.
    pub(crate) fn text(&self) -> LogText {
        let unfinished = Some(readable(&self.unfinished)).filter(|line| !line.is_empty());
        LogText {
            first: self.dropped,
            lines: self.lines.iter().cloned().chain(unfinished).collect(),
            is_cut: self.is_cut,
            exists: self.exists,
            problem: self.problem.clone(),
        }
    }
}

/// A line as a terminal would leave it: what was written over is gone, and nothing moves the
/// cursor.
fn readable(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let begin = bytes.iter().rposition(|byte| *byte == b'\r');
    let bytes = &bytes[begin.map_or(0, |begin| begin + 1)..];
    let most = bytes.len().min(4 * MAX_LINE_CHARS);
    let text = String::from_utf8_lossy(&bytes[..most]);
    let text: String = text
        .replace('\t', "    ")
        .chars()
        .take(MAX_LINE_CHARS)
        .collect();
    escaped(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn append(run: &RunDir, bytes: &[u8]) {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options
            .create(true)
            .append(true)
            .open(run.log_path())
            .unwrap();
        file.write_all(bytes).unwrap();
    }

    #[test]
    fn the_end_is_followed_and_made_safe() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("run.toml"), "name = \"a\"\n").unwrap();
        let run = RunDir::open(home.path()).unwrap();
        let mut tail = LogTail::new(run.clone());
        assert!(!tail.poll());
        assert!(!tail.text().exists);
        append(&run, b"one\r\n10 %\r20 %\n\x1b[2J\tx\xff\nopen");
        assert!(tail.poll());
        let expected = ["one", "20 %", "\\u{1b}[2J    x\u{fffd}", "open"];
        assert_eq!(tail.text().lines, expected);
        assert!(!tail.poll());
        append(&run, b" end\n");
        assert!(tail.poll());
        assert_eq!(tail.text().lines[3], "open end");
        // More than is read at once: the beginning is left out, and numbers go on.
        let line = [b'x'; 99];
        let many: Vec<u8> = (0..4000)
            .flat_map(|_| [&line[..], b"\n"].concat())
            .collect();
        append(&run, &many);
        assert!(tail.poll());
        let text = tail.text();
        assert!(text.is_cut && text.first >= 4);
        assert!(text.lines.iter().all(|line| line.len() == 99));
        assert!(
            (2000..2700).contains(&text.lines.len()),
            "{}",
            text.lines.len()
        );
        // A new worker may begin anew.
        std::fs::write(run.log_path(), "new\n").unwrap();
        assert!(tail.poll());
        let renewed = tail.text();
        assert_eq!(renewed.lines, ["new"]);
        assert!(renewed.first > text.first && !renewed.is_cut);
        append(&run, &[b'y'; 30_000]);
        append(&run, b"\n");
        tail.poll();
        assert_eq!(tail.text().lines[1].len(), MAX_LINE_CHARS);
        std::fs::remove_file(run.log_path()).unwrap();
        assert!(tail.poll() && !tail.text().exists);
    }

    #[test]
    fn a_long_log_keeps_its_last_lines() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("run.toml"), "name = \"a\"\n").unwrap();
        let run = RunDir::open(home.path()).unwrap();
        let mut tail = LogTail::new(run.clone());
        for number in 0..MAX_LINES as u64 + 10 {
            append(&run, format!("{number}\n").as_bytes());
            if number % 1000 == 0 {
                tail.poll();
            }
        }
        tail.poll();
        let text = tail.text();
        assert_eq!((text.first, text.lines.len()), (10, MAX_LINES));
        assert_eq!(text.lines[0], "10");
    }
}
