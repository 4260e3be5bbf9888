//! `lfw-tui runs resume`: continues a paused, stopped or crashed run.

use super::control::control;
use super::started::print_started;
use crate::cli::ResumeArgs;
use crate::commands::context::Context;
use crate::commands::worker::train_run;
use crate::error::Result;
use crate::runs::observer::WorkerOptions;
use crate::runs::steering::ControlRequest;
use crate::runs::{self, ResumeOptions, RunDir, RunSummary};

/// Resumes a run, in the background unless `--foreground` is given.
///
/// # Errors
/// When the run cannot be resumed, or a worker cannot be started.
pub(super) fn resume(context: &Context, run: &RunDir, args: &ResumeArgs, json: bool) -> Result<()> {
    let options = ResumeOptions {
        learning_rate: args.lr,
        noise: args.noise,
        rollback: args.rollback,
        force: args.force,
    };
    if args.rollback && RunSummary::read(run)?.state.is_live() {
        return control(run, json, ControlRequest::RollBack(args.lr));
    }
    if !args.foreground {
        runs::resume(&context.paths, run, options)?;
        return print_started(run, json);
    }
    if runs::prepare_resume(run, options)?.is_live() {
        return Err(
            run.error("has a worker already, which has been resumed; leave out --foreground")
        );
    }
    let options = WorkerOptions {
        detached: false,
        handle_signals: true,
    };
    train_run(context, run, options, json)
}
