//! `lfw-tui completions`: a shell's completions on standard output.

use clap::CommandFactory;

use crate::cli::Cli;

/// Prints the completions of one shell.
pub fn run(shell: clap_complete::Shell) {
    let mut command = Cli::command();
    let name = command.get_name().to_string();
    clap_complete::generate(shell, &mut command, name, &mut std::io::stdout());
}
