//! What the monitor is asked to do, and what it reports.

use std::sync::Arc;

use image::RgbImage;

use super::curves::Curves;
use crate::runs::{LogText, RunSummary, TagChange};
use crate::training::TrainSpec;

/// What should be watched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Watched {
    /// Whether the Train tab is in view.
    pub(crate) is_shown: bool,
    /// Runs whose curves are shown besides the selected one's, by id.
    pub(crate) followed: Vec<String>,
    /// The run whose log is shown, by id.
    pub(crate) log: Option<String>,
    /// The run whose pictures are shown, by id.
    pub(crate) selected: Option<String>,
    /// The step whose pictures are shown; the latest when `None`.
    pub(crate) step: Option<u64>,
    /// Whether the faces with the largest errors are shown instead.
    pub(crate) worst: bool,
}

/// How a run is controlled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RunControl {
    /// Pause after the current step.
    Pause,
    /// Resume: wake a paused run, or start a worker for one that has none.
    Resume,
    /// Stop after the current step, with a checkpoint.
    Stop,
    /// Stop after the epoch, with a checkpoint.
    StopAfterEpoch,
    /// Save a checkpoint now.
    Checkpoint,
    /// Return to the last good checkpoint, with this learning rate.
    RollBack(f64),
    /// Multiply the learning rate.
    ScaleLearningRate(f64),
    /// Train with the next higher noise level.
    MoreNoise,
    /// Train with the next lower noise level.
    LessNoise,
    /// Delete a run that is not live.
    Remove,
}

/// A command to the monitor.
#[derive(Debug, Clone, PartialEq)]
pub enum RunCommand {
    /// Watch this from now on.
    Watch(Watched),
    /// Start a run that outlives the screen.
    Start(Box<TrainSpec>),
    /// Start runs that train one after another and outlive the screen.
    StartQueue(Vec<TrainSpec>),
    /// Control a run, by id.
    Control(String, RunControl),
    /// Replace a run's note.
    SetNote {
        /// The run.
        id: String,
        /// The note.
        note: String,
        /// The note that its writer saw.
        base: String,
    },
    /// Change a run's tags, by id.
    ChangeTags(String, TagChange),
}

/// Faces side by side from left to right.
#[derive(Debug, Clone)]
pub struct FaceStrip {
    /// All of them as one picture.
    pub(crate) whole: Arc<RgbImage>,
    /// Each by itself: terminals do not show pictures of any width.
    pub(crate) faces: Vec<Arc<RgbImage>>,
}

/// Faces of a run, as up to three strips.
#[derive(Debug, Clone)]
pub struct PreviewStrip {
    /// Steps done when it was made.
    pub(crate) step: u64,
    /// Faces side by side.
    pub(crate) faces: u16,
    /// Whether the model never trains on them.
    pub(crate) held_out: bool,
    /// Whether they are the faces with the largest errors.
    pub(crate) worst: bool,
    /// The faces themselves.
    pub(crate) clean: FaceStrip,
    /// With the noise that the model gets; `None` when it gets them clean.
    pub(crate) noisy: Option<FaceStrip>,
    /// As the model reconstructs them.
    pub(crate) reconstructed: FaceStrip,
}

/// What the monitor reports.
#[derive(Debug)]
pub enum RunUpdate {
    /// All runs, newest first.
    Runs(Vec<RunSummary>),
    /// A run's curves, with its id.
    Curves(String, Curves),
    /// The selected run's pictures, with its id.
    Preview(String, PreviewStrip),
    /// A run's log, with its id.
    Log(String, LogText),
    /// The id of a run that was started.
    Started(String),
    /// What a command did, or why it failed.
    CommandDone(Result<String, String>),
}
