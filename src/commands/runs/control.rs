//! `lfw-tui runs pause`, `stop`, `checkpoint`, `set`: requests to a run's worker.

use crate::commands::output;
use crate::error::Result;
use crate::runs::steering::{self, ControlRequest};
use crate::runs::{RunDir, RunState, RunSummary, Status, stop_queued};

/// Checks that a worker is there to take the request.
fn require_live(run: &RunDir) -> Result<()> {
    // Fails if there is a status file that cannot be read.
    Status::read(run)?;
    let state = RunSummary::read(run)?.state;
    if state.is_live() {
        return Ok(());
    }
    let advice = match state {
        RunState::Finished => "there is nothing left to control".to_string(),
        RunState::Unknown => "its files do not say whether a worker is running".to_string(),
        RunState::Queued => format!(
            "it waits in the queue; `lfw-tui runs stop {0}` takes it out, `lfw-tui runs remove {0}` \
             removes it",
            run.id()
        ),
        _ => format!("`lfw-tui runs resume {}` starts a worker", run.id()),
    };
    Err(run.error(format!("is {state}; {advice}")))
}

/// Sends a request to a run's worker, waits for its response and prints it. A stop takes a queued
/// run out of the queue.
///
/// # Errors
/// When no worker runs, or it does not respond in time.
pub(super) fn control(run: &RunDir, json: bool, request: ControlRequest) -> Result<()> {
    let stops = matches!(
        request,
        ControlRequest::Stop | ControlRequest::StopAfterEpoch
    );
    let status = if stops && stop_queued(run)? {
        Status::read(run)?
    } else {
        require_live(run)?;
        request.submit(run)?.wait(steering::RESPONSE_TIMEOUT)?
    };
    let summary = RunSummary::read(run)?;
    if json {
        return output::json(&summary);
    }
    let saved = match status.checkpoint {
        Some(step)
            if status.state != RunState::Running || request == ControlRequest::Checkpoint =>
        {
            format!(", checkpoint at step {step}")
        }
        _ => String::new(),
    };
    output::line(format!(
        "{} ({}): {}, step {}{saved}",
        summary.name, summary.id, summary.state, summary.step
    ))
}
