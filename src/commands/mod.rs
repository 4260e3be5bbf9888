//! The subcommands, one a file, and what they share.

mod bench;
mod compare;
mod completions;
mod denoise;
mod doctor;
mod eval;
mod fetch;
mod grid;
mod import;
mod model_arg;
mod morph;
mod nearest;
pub mod output;
mod runs;
mod sample;
mod search;
mod train;

use std::process::ExitCode;

use crate::cli::{Cli, Command, ScreenArgs};
use crate::config::Config;
use crate::display::escaped;
use crate::error::Result;
use crate::logging;
use crate::paths::{Paths, permissions, symlinks};

/// What every command works with.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where everything lies.
    pub paths: Paths,
    /// The settings in force, flags apart.
    pub config: Config,
}

impl Context {
    /// The device to use: the flag's, else the settings'.
    pub fn device<'a>(&'a self, flag: Option<&'a str>) -> &'a str {
        flag.unwrap_or(&self.config.device)
    }
}

/// Does what the command line says; gives the exit code, which is a failure's
/// only where `doctor` finds that something does not work.
///
/// # Errors
/// When it could not be done.
pub fn run(cli: Cli) -> Result<ExitCode> {
    let command = match cli.command {
        // Neither may depend on settings that are wrong.
        Some(Command::Completions { shell }) => {
            completions::run(shell)?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::Doctor(args)) => return doctor::run(&Paths::from_environment()?, &args),
        command => command,
    };
    let paths = Paths::from_environment()?;
    let config = Config::load(&paths)?;
    for root in paths.roots() {
        symlinks::reject_untrusted_links(root)?;
    }
    permissions::init(&paths, config.shared);
    logging::start(&paths)?;
    let context = Context { paths, config };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        "started: {}",
        command_line()
    );
    let result = dispatch(&context, command, cli.screen);
    match &result {
        Ok(()) => tracing::info!("ended"),
        Err(error) => tracing::warn!("ended: {error}"),
    }
    result.map(|()| ExitCode::SUCCESS)
}

/// The arguments as they were given, escaped, on one line.
fn command_line() -> String {
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| escaped(&word.to_string_lossy()).into_owned())
        .collect();
    if words.is_empty() {
        "the screen".to_string()
    } else {
        words.join(" ")
    }
}

fn dispatch(context: &Context, command: Option<Command>, screen: ScreenArgs) -> Result<()> {
    match command {
        None => crate::tui::run(
            &context.paths,
            &apply_config(screen, context.config.clone()),
        ),
        Some(Command::Train(mut args)) => {
            let config = &context.config;
            args.threads = args.threads.or(config.threads);
            // A preset or a run may name its own device; only a set one is wanted.
            if config.device != "auto" {
                args.device.get_or_insert_with(|| config.device.clone());
            }
            train::run(context, &args)
        }
        Some(Command::Runs(args)) => {
            output::catch_interrupts();
            runs::run(context, &args)
        }
        Some(command) => {
            output::catch_interrupts();
            one_shot(context, command)
        }
    }
}

/// Commands that work through and end; a signal cancels them.
fn one_shot(context: &Context, command: Command) -> Result<()> {
    if let Some(threads) = context.config.threads {
        crate::kernels::set_threads(threads);
    }
    match command {
        Command::Fetch(args) => fetch::run(context, &args),
        Command::Import(args) => import::run(context, &args),
        Command::Eval(args) => eval::run(context, &args),
        Command::Search(args) => search::run(context, &args),
        Command::Denoise(args) => denoise::run(context, &args),
        Command::Morph(args) => morph::run(context, &args),
        Command::Sample(args) => sample::run(context, &args),
        Command::Bench(args) => bench::run(context, &args),
        // Those that `run` has taken already.
        Command::Train(_) | Command::Runs(_) | Command::Doctor(_) | Command::Completions { .. } => {
            Ok(())
        }
    }
}

/// Fills in what no flag said.
fn apply_config(flags: ScreenArgs, config: Config) -> ScreenArgs {
    ScreenArgs {
        data: flags.data.or(config.data),
        device: flags.device.or(Some(config.device)),
        threads: flags.threads.or(config.threads),
        graphics: flags.graphics.or(Some(config.graphics)),
        cell_size: flags.cell_size.or(config.cell_size),
        colors: flags.colors.or(Some(config.colors)),
        theme: flags.theme.or(Some(config.theme)),
    }
}
