//! What charts show of a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::runs::Follower;
use crate::runs::curve::Bucket;
use crate::runs::follow::{HeldOutPoint, MetricKind, RunEvent};

/// What charts show of a run.
#[derive(Debug, Clone)]
pub struct Curves {
    /// By [`MetricKind`].
    metrics: [Arc<Vec<Bucket>>; MetricKind::ALL.len()],
    /// Held-out scores by epoch.
    pub(crate) held_out: Arc<Vec<HeldOutPoint>>,
    /// Events, in order.
    pub(crate) events: Arc<Vec<RunEvent>>,
    /// The run's settings, by their names in `run.toml`.
    pub(crate) settings: Arc<BTreeMap<String, String>>,
    /// Points of each metric that could not be added to its curve.
    skipped: [u64; MetricKind::ALL.len()],
    /// Lines of the metrics file that cannot be read.
    unread_lines: u64,
}

impl Curves {
    /// The curves of a follower's run.
    pub fn from_follower(follower: &Follower) -> Self {
        Self {
            metrics: MetricKind::ALL
                .map(|metric| Arc::new(follower.curve(metric).buckets().to_vec())),
            held_out: Arc::new(follower.held_out().to_vec()),
            events: Arc::new(follower.events().to_vec()),
            settings: Arc::new(follower.lenient_spec().settings.clone()),
            skipped: MetricKind::ALL.map(|metric| follower.curve(metric).skipped()),
            unread_lines: follower.unread_lines(),
        }
    }

    /// A metric's curve.
    pub(crate) fn curve(&self, metric: MetricKind) -> &[Bucket] {
        &self.metrics[metric as usize]
    }

    /// Rows missing from a metric's chart: those that cannot be read, are out of
    /// order, or hold no finite number.
    pub(crate) fn omitted_rows(&self, metric: MetricKind) -> u64 {
        let held_out = match metric {
            MetricKind::Loss => self.held_out.as_slice(),
            _ => &[],
        };
        let is_missing = |point: &&HeldOutPoint| !(point.scores.mse as f32).is_finite();
        let missing = held_out.iter().filter(is_missing).count() as u64;
        missing
            .saturating_add(self.unread_lines)
            .saturating_add(self.skipped[metric as usize])
    }

    /// The training loss.
    pub(crate) fn loss(&self) -> &[Bucket] {
        self.curve(MetricKind::Loss)
    }
}
