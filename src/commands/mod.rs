//! The subcommands, one a file: arguments in, text or JSON out.

mod bench;
mod bench_presets;
mod bench_search;
mod codes;
mod completions;
mod context;
mod data;
mod denoise;
mod doctor;
mod eval;
mod fetch;
mod from_noise;
mod grid;
mod hits;
mod import;
mod judged;
mod keys;
mod morph;
mod nearest;
mod on_end;
mod origins;
pub mod output;
mod passes;
mod png;
mod progress;
mod recipes;
mod remake;
mod replay;
mod runs;
mod sample;
mod search;
mod sharp;
mod store;
mod train;
mod worker;

use std::process::ExitCode;

use crate::cli::{Cli, Command, DeviceArg, ScreenArgs};
use crate::config::Config;
use crate::display::escaped;
use crate::error::Result;
use crate::kernels;
use crate::logging;
use crate::paths::{Paths, permissions, symlinks};
use context::Context;

/// Runs a command and returns the exit code, which is a failure's only where
/// `doctor` finds that something does not work.
///
/// # Errors
/// When the command fails.
pub fn run(cli: Cli) -> Result<ExitCode> {
    let command = match cli.command {
        // These two work with settings that are wrong.
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
    if let Some(threads) = thread_limit(command.as_ref(), &cli.screen, &context.config) {
        kernels::limit_threads(threads);
    }
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
        .map(|word| escaped(&without_password(&word.to_string_lossy())).into_owned())
        .collect();
    if words.is_empty() {
        "the screen".to_string()
    } else {
        words.join(" ")
    }
}

/// A word without the password of a connection string.
fn without_password(word: &str) -> String {
    if let Some((before, _)) = word.split_once("password=") {
        return format!("{before}password=…");
    }
    let Some((scheme, rest)) = word.split_once("://") else {
        return word.to_string();
    };
    // A password may itself hold an @.
    match rest.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{scheme}://{user}:…@{host}"),
            None => word.to_string(),
        },
        None => word.to_string(),
    }
}

fn dispatch(context: &Context, command: Option<Command>, screen: ScreenArgs) -> Result<()> {
    match command {
        None => crate::tui::run(
            &context.paths,
            &apply_config(screen, context.config.clone()),
            &context.config.keys,
        ),
        Some(Command::Train(mut args)) => {
            let config = &context.config;
            args.threads = args.threads.or(config.threads);
            // A preset may name a device; only settings other than the default replace it.
            if config.device != "auto" {
                let device = &mut args.compute.device;
                device.get_or_insert_with(|| config.device.clone());
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

/// Runs a command that a signal cancels.
fn one_shot(context: &Context, command: Command) -> Result<()> {
    match command {
        Command::Fetch(args) => fetch::run(context, &args),
        Command::Import(args) => import::run(context, &args),
        Command::Data(args) => data::run(context, &args),
        Command::Eval(args) => eval::run(context, &args),
        Command::Search(args) => search::run(context, &args),
        Command::Denoise(args) => denoise::run(context, &args),
        Command::Morph(args) => morph::run(context, &args),
        Command::Sample(args) => sample::run(context, &args),
        Command::Remake(args) => remake::run(context, &args),
        Command::Codes(args) => codes::run(context, &args),
        Command::Replay(args) => replay::run(&args),
        Command::Keys(args) => keys::run(context, &args),
        Command::Bench(args) => bench::run(context, &args),
        // `run` handles these.
        Command::Train(_) | Command::Runs(_) | Command::Doctor(_) | Command::Completions { .. } => {
            Ok(())
        }
    }
}

/// Fills in the settings for flags that were not given.
fn apply_config(flags: ScreenArgs, config: Config) -> ScreenArgs {
    ScreenArgs {
        data: flags.data.or(config.data),
        compute: DeviceArg {
            device: flags.compute.device.or(Some(config.device)),
        },
        threads: flags.threads.or(config.threads),
        graphics: flags.graphics.or(Some(config.graphics)),
        cell_size: flags.cell_size.or(config.cell_size),
        line_limit: flags.line_limit.or(config.line_limit),
        colors: flags.colors.or(Some(config.colors)),
        theme: flags.theme.or(Some(config.theme)),
        mouse: flags.mouse.or(Some(config.mouse)),
        notify: flags.notify.or(Some(config.notify)),
        record: flags.record,
    }
}

/// What bounds all thread pools, to be set before any is used: the flag, else the
/// settings. Where a run is continued, its worker sets the run's own number.
fn thread_limit(command: Option<&Command>, screen: &ScreenArgs, config: &Config) -> Option<usize> {
    let flag = match command {
        None => screen.threads,
        Some(Command::Bench(args)) => args.threads,
        Some(Command::Train(args)) if args.run_dir.is_empty() => args.threads,
        Some(Command::Train(_) | Command::Runs(_)) => return None,
        Some(_) => None,
    };
    flag.or(config.threads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_has_no_password() {
        for (word, logged) in [
            (
                "postgresql://ada:s:e@cret@host/db",
                "postgresql://ada:…@host/db",
            ),
            (
                "--pg=postgres://ada:secret@host",
                "--pg=postgres://ada:…@host",
            ),
            ("host=h password=secret dbname=d", "host=h password=…"),
            ("postgresql://ada@host/db", "postgresql://ada@host/db"),
            ("https://example.org/a@b", "https://example.org/a@b"),
            ("Ann_0001", "Ann_0001"),
        ] {
            assert_eq!(without_password(word), logged);
        }
    }
}
