//! `lfw-tui completions`: a shell's completions on standard output.

use clap::CommandFactory;

use super::output;
use crate::cli::Cli;
use crate::error::Result;

/// Prints the completions of one shell.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn run(shell: clap_complete::Shell) -> Result<()> {
    let mut command = Cli::command();
    let name = command.get_name().to_string();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    output::verbatim(String::from_utf8_lossy(&script).trim_end())
}
