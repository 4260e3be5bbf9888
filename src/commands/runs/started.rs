//! What is printed of runs that a worker in the background trains.

use crate::commands::output;
use crate::error::Result;
use crate::runs::{RunDir, RunState, RunSummary, Status};

/// Prints what a run in the background does.
pub(crate) fn print_started(run: &RunDir, json: bool) -> Result<()> {
    let summary = RunSummary::read(run)?;
    if json {
        return output::json(&summary);
    }
    let RunSummary { name, id, path, .. } = &summary;
    let activity = match summary.state {
        RunState::Running => match Status::read(run)?.stage {
            Some(stage) => format!("is getting ready in the background ({stage})"),
            None => "trains in the background".to_string(),
        },
        state => match &summary.error {
            Some(error) => format!("is {state}: {error}"),
            None => format!("is {state}"),
        },
    };
    output::line(format!(
        "{name} ({id}) {activity}: watch it with `lfw-tui`, or `lfw-tui runs show {id}`\n{path}"
    ))
}

/// Prints that a run waits in the queue.
pub(crate) fn print_queued(run: &RunDir, json: bool) -> Result<()> {
    let summary = RunSummary::read(run)?;
    if json {
        return output::json(&summary);
    }
    output::line(format!(
        "{} ({}) waits in the queue",
        summary.name, summary.id
    ))
}
