//! The rows of a run's metrics that count: those of steps that no resume and no
//! rollback took back.

use crate::error::{Error, Result};
use crate::runs::metrics_log::{Line, parse_line};
use crate::runs::run_dir::RunDir;

/// The rows that count, in the file's order.
#[derive(Default)]
pub(super) struct SurvivingLines {
    pub(super) lines: Vec<Line>,
    /// Number of lines that cannot be read.
    pub(super) unreadable: u64,
}

impl SurvivingLines {
    /// Reads a run's metrics; a run without any has no lines.
    pub(super) fn read(run: &RunDir) -> Result<Self> {
        let file = run.metrics_path();
        match std::fs::read(&file) {
            Ok(bytes) => Ok(Self::parse(&bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::io(&file, "read")(error)),
        }
    }

    fn parse(bytes: &[u8]) -> Self {
        let mut surviving = Self::default();
        // A last line without a newline is still being written.
        let end = bytes.iter().rposition(|&byte| byte == b'\n').unwrap_or(0);
        for line in bytes[..end].split(|&byte| byte == b'\n') {
            let Some(read) = parse_line(line) else {
                surviving.unreadable += u64::from(!line.iter().all(u8::is_ascii_whitespace));
                continue;
            };
            if let Line::Row(row) = &read
                && let Some(back_to) = row.resumed_at
            {
                surviving.lines.retain(|line| line.step() <= back_to);
            }
            surviving.lines.push(read);
        }
        surviving
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_were_taken_back_do_not_count() {
        let log = b"{\"step\":0,\"event\":\"started\",\"resumed_at\":0}\n\
            {\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":0.4}\n{\"step\":3,\"loss\":9}\n\
            {\"step\":3,\"event\":\"trouble\",\"detail\":\"a, \\\"b\\\"\"}\n\
            {\"step\":1,\"event\":\"rolled-back\",\"resumed_at\":1}\n\
            {\"step\":2,\"loss\":0.3}\n{\"step\":3,\"lo";
        let SurvivingLines { lines, unreadable } = SurvivingLines::parse(log);
        assert_eq!(unreadable, 0);
        let steps: Vec<u64> = lines.iter().map(Line::step).collect();
        assert_eq!(steps, [0, 1, 1, 2]);
        assert_eq!(lines[3], Line::Step { step: 2, loss: 0.3 });
        let broken = SurvivingLines::parse(b"\n{}\n \nno\n{\"step\":-1}\nhalf");
        assert_eq!(broken.unreadable, 2);
    }
}
