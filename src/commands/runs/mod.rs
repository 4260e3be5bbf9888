//! `lfw-tui runs`: list, inspect, control and remove training runs.

mod control;
mod export;
mod list;
mod notes;
mod resume;
mod show;
mod started;

use serde_json::json;

use super::context::Context;
use super::output;
use crate::cli::{ListArgs, RunArg, RunsArgs, RunsCommand};
use crate::error::Result;
use crate::runs::steering::ControlRequest;
use crate::runs::{self, RunDir};

pub(super) use started::{print_queued, print_started};

/// Runs the command.
///
/// # Errors
/// When the run cannot be found, or its worker does not do what is requested.
pub(super) fn run(context: &Context, args: &RunsArgs) -> Result<()> {
    let find = |wanted: &RunArg| runs::find(&context.paths, &wanted.run);
    let json = args.json;
    let Some(command) = &args.command else {
        return list::list(context, &ListArgs::default(), json);
    };
    match command {
        RunsCommand::List(args) => list::list(context, args, json),
        RunsCommand::Show { run } => show::show(&find(run)?, json),
        RunsCommand::Remove { run } => remove(context, run, json),
        RunsCommand::Pause { run } => control::control(&find(run)?, json, ControlRequest::Pause),
        RunsCommand::Stop { run, after_epoch } => {
            let request = match after_epoch {
                true => ControlRequest::StopAfterEpoch,
                false => ControlRequest::Stop,
            };
            control::control(&find(run)?, json, request)
        }
        RunsCommand::Checkpoint { run } => {
            control::control(&find(run)?, json, ControlRequest::Checkpoint)
        }
        RunsCommand::Set { run, lr, noise } => {
            let request = ControlRequest::SetOverrides(*lr, *noise);
            control::control(&find(run)?, json, request)
        }
        RunsCommand::Resume(args) => resume::resume(context, &find(&args.run)?, args, json),
        RunsCommand::Export(args) => export::export(&find(&args.run)?, args, json),
        RunsCommand::Note { run, text } => notes::note(&find(run)?, text.as_deref(), json),
        RunsCommand::Tag { run, tags } => notes::tag(&find(run)?, tags, json),
    }
}

fn remove(context: &Context, wanted: &str, json: bool) -> Result<()> {
    let run: RunDir = runs::find_to_remove(&context.paths, wanted)?;
    runs::remove(&context.paths, &run)?;
    if json {
        output::json(&json!({"id": run.id(), "removed": run.path()}))
    } else {
        output::line(format!("removed {}", run.path().display()))
    }
}
