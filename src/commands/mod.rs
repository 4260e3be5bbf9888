//! The subcommands, one a file, and what they share.

mod bench;
mod completions;
mod denoise;
mod doctor;
mod eval;
mod fetch;
mod import;
mod morph;
pub mod output;
mod runs;
mod search;
mod train;

use crate::cli::{Cli, Command};
use crate::error::Result;
use crate::paths::Paths;

/// What every command works with.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where everything lies.
    pub paths: Paths,
}

/// Does what the command line says.
///
/// # Errors
/// When it could not be done.
pub fn run(cli: Cli) -> Result<()> {
    let context = Context {
        paths: Paths::from_environment()?,
    };
    match cli.command {
        None => crate::tui::run(&context.paths, &cli.screen),
        Some(Command::Fetch(args)) => fetch::run(&context, &args),
        Some(Command::Import(args)) => import::run(&context, &args),
        Some(Command::Train(args)) => train::run(&context, &args),
        Some(Command::Eval(args)) => eval::run(&context, &args),
        Some(Command::Search(args)) => search::run(&context, &args),
        Some(Command::Denoise(args)) => denoise::run(&context, &args),
        Some(Command::Morph(args)) => morph::run(&context, &args),
        Some(Command::Runs(args)) => runs::run(&context, &args),
        Some(Command::Bench(args)) => bench::run(&context, &args),
        Some(Command::Doctor(args)) => doctor::run(&context, &args),
        Some(Command::Completions { shell }) => {
            completions::run(shell);
            Ok(())
        }
    }
}
