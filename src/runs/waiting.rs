//! A run that waits for its turn, and is not to have it.

use super::control::{self, Desired};
use super::lock::{self, RunLock};
use super::run_dir::RunDir;
use super::status::{RunState, Status};
use super::summary::RunSummary;
use super::timestamp::utc_now;
use crate::error::Result;

/// Takes a queued run out of the queue: it is stopped, the worker of the queue passes it over, and
/// it can be resumed later. Gives whether it was queued; a run whose worker has begun is to be
/// stopped by a request.
///
/// # Errors
/// When its files cannot be read or written.
pub fn stop_queued(run: &RunDir) -> Result<bool> {
    // Without a status the state is unknown, not queued.
    if RunSummary::read(run)?.state != RunState::Queued {
        return Ok(false);
    }
    // A worker that begins just now reads that it is to stop.
    control::update(run, |control| control.desired = Desired::Stop)?;
    let _lock = match RunLock::acquire(run) {
        Ok(lock) => lock,
        Err(_) if lock::is_held(run) => return Ok(false),
        Err(error) => return Err(error),
    };
    let status = Status::read(run)?;
    if status.state != RunState::Queued {
        return Ok(false);
    }
    let stopped = Status {
        format: 1,
        state: RunState::Stopped,
        updated_at: Some(utc_now()),
        ..status
    };
    stopped.write(run)?;
    Ok(true)
}
