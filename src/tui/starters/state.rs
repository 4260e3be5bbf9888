//! What is known of the presets to begin with.

use std::collections::BTreeMap;

use crate::dataset::Dataset;
use crate::number_format;
use crate::runs::{RunState, RunSummary};
use crate::training::starters::{STARTERS, Starter};

/// How long a preset takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Duration {
    /// Seconds, from a few steps.
    Seconds(f64),
    /// The same, measured while other programs took much of the processor: it may be less.
    AtMost(f64),
    /// It cannot be trained on this data set, and why.
    Impossible(String),
}

impl Duration {
    /// `41m`, `≤ 41m`; `None` where it cannot be trained.
    pub(super) fn words(&self) -> Option<String> {
        match self {
            Self::Seconds(seconds) => Some(number_format::duration(*seconds)),
            Self::AtMost(seconds) => Some(format!("≤ {}", number_format::duration(*seconds))),
            Self::Impossible(_) => None,
        }
    }
}

/// Whether there is a run of a preset on the data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Missing,
    /// It waits for another run.
    Queued,
    Training,
    /// It was stopped, or failed, and has a checkpoint that is used.
    EndedEarly,
    Trained,
}

/// How far measurements for a data set are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Measured {
    /// They have not begun, or were stopped.
    #[default]
    Nothing,
    /// They are under way.
    Some,
    /// They have ended.
    All,
}

/// What is known of the presets to begin with.
#[derive(Debug, Default)]
pub(crate) struct Starters {
    /// The data set that is measured for, by id.
    pub(super) data: Option<String>,
    /// What has been measured for it.
    pub(super) measured: Measured,
    /// By preset.
    pub(super) durations: BTreeMap<String, Duration>,
    /// The one under the cursor.
    pub(super) selected: usize,
}

impl Starters {
    /// Whether measurements are under way.
    pub(super) fn is_measuring(&self) -> bool {
        self.measured == Measured::Some
    }
}

/// Whether there is a run of this preset on the data set.
pub(super) fn presence(starter: Starter, runs: &[RunSummary], dataset: &Dataset) -> Presence {
    let is_it = |run: &&RunSummary| {
        run.spec.preset.as_deref() == Some(starter.preset)
            && run.spec.fingerprint.as_deref() == Some(dataset.fingerprint.as_str())
    };
    let mut found = Presence::Missing;
    for run in runs.iter().filter(is_it) {
        let now = match run.state {
            state if state.is_live() => Presence::Training,
            RunState::Queued => Presence::Queued,
            RunState::Finished if run.checkpoint.is_some() => Presence::Trained,
            _ if run.checkpoint.is_some() => Presence::EndedEarly,
            _ => Presence::Missing,
        };
        match (found, now) {
            (_, Presence::Trained) => return now,
            (_, Presence::Missing) | (Presence::Training, _) => {}
            (Presence::Queued, Presence::EndedEarly) => {}
            _ => found = now,
        }
    }
    found
}

/// The presets without a run on the data set.
pub(super) fn missing(runs: &[RunSummary], dataset: &Dataset) -> Vec<Starter> {
    let is_missing = |starter: &Starter| presence(*starter, runs, dataset) == Presence::Missing;
    STARTERS.into_iter().filter(is_missing).collect()
}
