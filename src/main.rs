//! The `lfw-tui` program: parse, call the library, turn the result into an exit code.

use std::process::ExitCode;

use clap::Parser;
use lfw_tui::{cli::Cli, commands, kernels};

fn main() -> ExitCode {
    kernels::allocator::tune_malloc();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return commands::output::report_arguments(&error),
    };
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => commands::output::report(&error),
    }
}
