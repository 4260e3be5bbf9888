//! All runs at a glance, and the one that the user means.

use serde::Serialize;

use super::status::BestCheckpoint;
use super::{Control, LenientSpec, Phase, RunDir, RunState, Status};
use crate::error::{Error, Result};
use crate::paths::{Paths, unfinished};
use crate::training::Scores;

/// What lists show of a run; also the JSON of `lfw-tui runs`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// What the user calls it; unique among the runs when it was made.
    pub name: String,
    /// Five characters, unique.
    pub id: String,
    /// What it is doing.
    pub state: RunState,
    /// Whether it ended with a held-out error that is not finite, or worse than
    /// the mean picture's.
    pub diverged: bool,
    /// The preset that it started from; this and what follows is none where the
    /// run's files do not say.
    pub preset: Option<String>,
    /// The network: `pca`, `linear`, `conv`.
    pub model: Option<String>,
    /// Numbers in a code.
    pub code_size: Option<u32>,
    /// Side of a face in pixels.
    pub size: Option<u32>,
    /// What is put on its input.
    pub noise: Option<String>,
    /// The data set's title.
    pub data: Option<String>,
    /// The worker's process id; none before the first worker began.
    pub pid: Option<u32>,
    /// The worker's host.
    pub host: Option<String>,
    /// Steps done.
    pub step: u64,
    /// Steps in all; 0 before it is known.
    pub steps: u64,
    /// The epoch of the last step, from 1; 0 before the first.
    pub epoch: u32,
    /// Epochs in all; 0 where it is not known.
    pub epochs: u32,
    /// Training pictures a second, while it runs.
    pub images_per_s: Option<f64>,
    /// Seconds until it is finished, while it runs and once it is known.
    pub seconds_left: Option<f64>,
    /// Seconds of work so far, pauses left out.
    pub seconds: f64,
    /// Mean squared error of the last step's training pictures.
    pub loss: Option<f64>,
    /// On the held-out pictures at the last epoch's end.
    pub held_out: Option<Scores>,
    /// The best checkpoint by held-out error.
    pub best: Option<BestCheckpoint>,
    /// Mean squared error of the mean training picture on the held-out ones, once
    /// the run has ended.
    pub mean_picture_mse: Option<f64>,
    /// The learning rate of the last step.
    pub learning_rate: Option<f64>,
    /// The step of the latest checkpoint.
    pub checkpoint: Option<u64>,
    /// When the last worker began, UTC.
    pub started_at: Option<String>,
    /// The worker's beats so far; a live one beats about once a second.
    pub heartbeat: u64,
    /// Seconds without a beat of a run that should be live; its last word may
    /// be out of date then.
    pub silent_s: Option<f64>,
    /// Why it failed, paused by itself or diverged, and what to do.
    pub error: Option<String>,
    /// The run's directory.
    pub path: String,
    /// What of the run's files could not be read, and why.
    pub unreadable: Vec<String>,
}

impl RunSummary {
    /// Reads what a run's files say. One that cannot be read is named in
    /// `unreadable`, and hides nothing of the others.
    ///
    /// # Errors
    /// When the run is not there any more.
    pub fn read(run: &RunDir) -> Result<Self> {
        let run = &RunDir::open(run.path())?;
        let outline = run.lenient_spec();
        let (mut status, mut problem) = read_status(run, &outline);
        let state = status.state(run);
        if state != RunState::from(status.state) {
            // The worker wrote its last word in between.
            (status, problem) = read_status(run, &outline);
        }
        let mut summary = Self::new(run, &outline, &status, state);
        summary.unreadable.extend(problem);
        if let Err(error) = Control::read(run) {
            summary.unreadable.push(error.to_string());
        }
        Ok(summary)
    }

    /// Puts together what was read already.
    pub fn new(run: &RunDir, outline: &LenientSpec, status: &Status, state: RunState) -> Self {
        let runs_now = state == RunState::Running;
        let file = run.status_path();
        let unread =
            |(field, why): &(String, String)| format!("{}: {field}: {why}", file.display());
        Self {
            name: outline.name.clone(),
            id: run.id(),
            state,
            diverged: status.diverged && state == RunState::Finished,
            preset: outline.preset.clone(),
            model: outline.model.clone(),
            code_size: outline.code_size,
            size: outline.size,
            noise: outline.noise.clone(),
            data: outline.data.clone(),
            pid: status.pid,
            host: status.host.clone(),
            step: status.step,
            steps: status.steps,
            epoch: status.epoch,
            epochs: match status.epochs {
                0 => outline.epochs.unwrap_or_default(),
                epochs => epochs,
            },
            images_per_s: status.images_per_s.filter(|_| runs_now),
            seconds_left: status.seconds_left.filter(|_| runs_now),
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
            path: run.path().display().to_string(),
            unreadable: outline
                .problem
                .iter()
                .cloned()
                .chain(status.unreadable_fields.iter().map(unread))
                .collect(),
        }
    }

    /// What it is in a word: its state, or `diverged`.
    pub fn state_label(&self) -> &'static str {
        if self.diverged {
            "diverged"
        } else {
            self.state.word()
        }
    }

    /// Its worker has said nothing for this long: what it said of its pace is
    /// not believed any more.
    pub(super) fn mark_silent(&mut self, silence: std::time::Duration) {
        self.silent_s = Some(silence.as_secs_f64().floor());
        self.images_per_s = None;
        self.seconds_left = None;
    }

    /// `no word for 12 s`, of a silent run.
    pub fn silence_label(&self) -> Option<String> {
        self.silent_s.map(|seconds| {
            if seconds < 120.0 {
                format!("no word for {seconds:.0} s")
            } else {
                format!("no word for {:.0} min", seconds / 60.0)
            }
        })
    }

    /// Its directory.
    ///
    /// # Errors
    /// When it was removed.
    pub fn directory(&self) -> Result<RunDir> {
        RunDir::open(&self.path)
    }
}

/// A run's status, and why it cannot be read where it cannot.
pub(super) fn read_status(run: &RunDir, outline: &LenientSpec) -> (Status, Option<String>) {
    let unknown = Status {
        state: Phase::Unknown,
        ..Status::default()
    };
    match Status::read(run) {
        // Where another program has said nothing there is nothing to say.
        Ok(_) if !outline.is_complete && !run.status_path().exists() => (unknown, None),
        Ok(status) => (status, None),
        Err(error) => (unknown, Some(error.to_string())),
    }
}

/// All runs, newest first. Folders that are no runs are left out.
///
/// # Errors
/// When the folder of runs cannot be read.
pub fn list(paths: &Paths) -> Result<Vec<RunSummary>> {
    Ok(read_all(paths)?.into_iter().flatten().collect())
}

/// All runs, newest first, and in their places why some cannot be read.
///
/// # Errors
/// When the folder of runs cannot be read.
pub fn read_all(paths: &Paths) -> Result<Vec<Result<RunSummary>>> {
    // Folder names begin with the time; runs of one second are told apart by
    // when their spec was written.
    let directories = directories(paths)?;
    Ok(directories.iter().rev().map(RunSummary::read).collect())
}

/// All runs' directories, oldest first.
pub(super) fn directories(paths: &Paths) -> Result<Vec<RunDir>> {
    let folder = paths.runs();
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io(&folder, "read the folder")(error)),
    };
    let mut runs: Vec<RunDir> = entries
        .flatten()
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .filter_map(|entry| RunDir::candidate(entry.path()))
        .collect();
    runs.sort_by_cached_key(|run| {
        let folder = run.folder_name();
        let second = folder.split('-').next().unwrap_or_default().to_string();
        let written = std::fs::metadata(run.spec_path()).and_then(|meta| meta.modified());
        (second, written.ok(), folder)
    });
    Ok(runs)
}

/// Removes a run with its checkpoints: out of the list first, so that it is
/// never seen half removed.
///
/// # Errors
/// When a worker trains it, and those of the file system.
pub fn remove(paths: &Paths, run: &RunDir) -> Result<()> {
    let state = Status::read(run).map_or(RunState::Crashed, |status| status.state(run));
    if state.is_live() || super::lock::is_held(run) {
        return Err(Error::invalid(
            format!("run {}", run.folder_name()),
            format!(
                "is {state}; stop it first with `lfw-tui runs stop {}`",
                run.id()
            ),
        ));
    }
    // Kept open, so that no other process takes it for left behind.
    let _held = unfinished::lock_for_removal(run.path());
    let going = paths.runs().join(format!(".gone-{}", run.folder_name()));
    let place = if run.path().parent() == Some(paths.runs().as_path()) {
        std::fs::rename(run.path(), &going).map_err(Error::io(run.path(), "rename"))?;
        going.as_path()
    } else {
        run.path()
    };
    std::fs::remove_dir_all(place).map_err(Error::io(place, "remove"))
}
