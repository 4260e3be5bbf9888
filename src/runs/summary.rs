//! What lists show of a run.

use std::time::Duration;

use serde::Serialize;

use super::control::Control;
use super::lenient_spec::{LenientSpec, SpecSummary};
use super::notes::Notes;
use super::run_dir::RunDir;
use super::status::{BestCheckpoint, RunState, Status};
use crate::error::Result;
use crate::training::Scores;

/// What lists show of a run; also the JSON of `lfw-tui runs`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// The user's name for it; unique among all runs when it was created.
    pub name: String,
    /// Five characters, unique.
    pub id: String,
    /// What it is doing.
    pub state: RunState,
    /// Whether it ended with a held-out error that is not finite, or worse than
    /// the mean picture's.
    pub diverged: bool,
    /// The main settings.
    #[serde(flatten)]
    pub spec: SpecSummary,
    /// The worker's process id; `None` before the first worker.
    pub pid: Option<u32>,
    /// The worker's host.
    pub host: Option<String>,
    /// Steps done.
    pub step: u64,
    /// Steps in the whole run; 0 until known.
    pub steps: u64,
    /// The epoch of the last step, from 1; 0 before the first step.
    pub epoch: u32,
    /// Epochs in the whole run; 0 if not known.
    pub epochs: u32,
    /// Training pictures per second, while it is running.
    pub images_per_s: Option<f64>,
    /// Seconds until it is finished, while it is running; `None` during warm-up.
    pub seconds_left: Option<f64>,
    /// Seconds of work so far, without pauses.
    pub seconds: f64,
    /// Mean squared error of the last step's training pictures.
    pub loss: Option<f64>,
    /// Held-out scores at the last epoch's end.
    pub held_out: Option<Scores>,
    /// The best checkpoint by held-out error.
    pub best: Option<BestCheckpoint>,
    /// Mean squared error of the mean training picture on the held-out pictures,
    /// once the run has ended.
    pub mean_picture_mse: Option<f64>,
    /// The learning rate of the last step.
    pub learning_rate: Option<f64>,
    /// The step of the latest checkpoint.
    pub checkpoint: Option<u64>,
    /// When the last worker started, UTC.
    pub started_at: Option<String>,
    /// The worker's heartbeat; a live worker counts up about once a second.
    pub heartbeat: u64,
    /// Seconds without a heartbeat, if the run should be live but is silent;
    /// its status may be outdated then.
    pub silent_s: Option<f64>,
    /// Why it failed, paused by itself or diverged, and what to do.
    pub error: Option<String>,
    /// What people wrote about it, in lines.
    pub note: Option<String>,
    /// Words by which people find it, sorted.
    pub tags: Vec<String>,
    /// The run's directory.
    pub path: String,
    /// Files and fields that could not be read, and why.
    pub unreadable: Vec<String>,
}

impl RunSummary {
    /// Reads a run's small files. One that cannot be read is listed in
    /// `unreadable`; the others still count.
    ///
    /// # Errors
    /// When the run does not exist any more.
    pub fn read(run: &RunDir) -> Result<Self> {
        let run = &RunDir::open(run.path())?;
        let spec = run.lenient_spec();
        let (mut status, mut problem) = read_status(run, &spec);
        let state = status.state(run);
        if state != status.state {
            // The worker wrote its final status in between.
            (status, problem) = read_status(run, &spec);
        }
        let mut summary = Self::new(run, &spec, &status, state);
        summary.unreadable.extend(problem);
        if let Err(error) = Control::read(run) {
            summary.unreadable.push(error.to_string());
        }
        match Notes::read(run) {
            Ok(notes) => {
                summary.note = Some(notes.note).filter(|note| !note.is_empty());
                summary.tags = notes.tags;
            }
            Err(error) => summary.unreadable.push(error.to_string()),
        }
        Ok(summary)
    }

    /// Summarizes what has been read already; without notes.
    pub(crate) fn new(run: &RunDir, spec: &LenientSpec, status: &Status, state: RunState) -> Self {
        let is_running = state == RunState::Running;
        let file = run.status_path();
        let unreadable_field =
            |(field, why): &(String, String)| format!("{}: {field}: {why}", file.display());
        Self {
            name: spec.name.clone(),
            id: run.id(),
            state,
            diverged: status.diverged && state == RunState::Finished,
            spec: spec.summary.clone(),
            pid: status.pid,
            host: status.host.clone(),
            step: status.step,
            steps: status.steps,
            epoch: status.epoch,
            epochs: match status.epochs {
                0 => spec.epochs.unwrap_or_default(),
                epochs => epochs,
            },
            images_per_s: status.images_per_s.filter(|_| is_running),
            seconds_left: status.seconds_left.filter(|_| is_running),
            seconds: status.seconds,
            loss: status.loss,
            held_out: status.held_out,
            best: status.best,
            mean_picture_mse: status.mean_picture_mse,
            learning_rate: status.learning_rate,
            checkpoint: status.checkpoint,
            started_at: status.started_at.clone(),
            heartbeat: status.heartbeat,
            silent_s: None,
            error: status.error.clone(),
            note: None,
            tags: Vec::new(),
            path: run.path().display().to_string(),
            unreadable: spec
                .problem
                .iter()
                .cloned()
                .chain(status.unreadable_fields.iter().map(unreadable_field))
                .collect(),
        }
    }

    /// The state in one word; `diverged` instead of `finished` for a run that diverged.
    pub(crate) fn state_label(&self) -> &'static str {
        if self.diverged {
            "diverged"
        } else {
            self.state.into()
        }
    }

    /// Notes that the worker has been silent for this long, and drops what it
    /// said about its speed.
    pub(super) fn mark_silent(&mut self, silence: Duration) {
        self.silent_s = Some(silence.as_secs_f64().floor());
        self.images_per_s = None;
        self.seconds_left = None;
    }

    /// `no heartbeat for 12 s`, for a silent run.
    pub fn silence_label(&self) -> Option<String> {
        self.silent_s.map(|seconds| {
            if seconds < 120.0 {
                format!("no heartbeat for {seconds:.0} s")
            } else {
                format!("no heartbeat for {:.0} min", seconds / 60.0)
            }
        })
    }

    /// The run's directory.
    ///
    /// # Errors
    /// When it does not exist any more.
    pub(crate) fn directory(&self) -> Result<RunDir> {
        RunDir::open(&self.path)
    }
}

/// A run's status, or an unknown one with the reason why it cannot be read.
pub(super) fn read_status(run: &RunDir, spec: &LenientSpec) -> (Status, Option<String>) {
    let unknown = Status {
        state: RunState::Unknown,
        ..Status::default()
    };
    match Status::read(run) {
        // Only this program's runs are queued while they have no status.
        Ok(_) if !spec.is_complete && !run.status_path().exists() => (unknown, None),
        Ok(status) => (status, None),
        Err(error) => (unknown, Some(error.to_string())),
    }
}
