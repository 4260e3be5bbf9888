//! What is written to the terminal, which a recording keeps too.

use std::io::{Stdout, Write, stdout};

use super::recording::record_output;

/// Standard output as the terminal.
pub(crate) struct TerminalOut(Stdout);

impl TerminalOut {
    /// The terminal's.
    pub(crate) fn new() -> Self {
        Self(stdout())
    }
}

impl Write for TerminalOut {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.0.write(bytes)?;
        record_output(&bytes[..written], false);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        record_output(&[], true);
        self.0.flush()
    }
}
