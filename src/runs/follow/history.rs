//! What a run's metrics say: curves, held-out scores and events, without the
//! rows of steps that were taken back.

use super::metric_kind::MetricKind;
use crate::runs::curve::Curve;
use crate::runs::metrics_log::{self, Line, MetricRow};
use crate::training::Scores;

/// Held-out scores at an epoch's end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldOutPoint {
    /// Steps done.
    pub(crate) step: u64,
    /// The epoch that ended.
    pub epoch: u32,
    /// The scores.
    pub scores: Scores,
}

/// An event in a run's metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEvent {
    /// Steps done.
    pub(crate) step: u64,
    /// The event's name, see [`MetricRow::event`].
    pub what: String,
    /// Its value; may be empty.
    pub(crate) detail: String,
}

/// The rows read so far.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) curves: [Curve; MetricKind::ALL.len()],
    pub(super) held_out: Vec<HeldOutPoint>,
    pub(super) events: Vec<RunEvent>,
    /// Lines that are not rows.
    pub(super) unread_lines: u64,
}

impl History {
    pub(super) fn add_line(&mut self, line: &[u8]) {
        match metrics_log::parse_line(line) {
            Some(Line::Step { step, loss }) => self.push(MetricKind::Loss, step, loss),
            Some(Line::Row(row)) => self.add_row(*row),
            None if line.iter().all(u8::is_ascii_whitespace) => {}
            None => self.unread_lines += 1,
        }
    }

    fn push(&mut self, metric: MetricKind, step: u64, value: f64) {
        self.curves[metric as usize].push(step, value);
    }

    fn add_row(&mut self, row: MetricRow) {
        if let Some(step) = row.resumed_at {
            self.rewind(step);
        }
        for metric in MetricKind::ALL {
            if let Some(value) = metric.value_in(&row) {
                self.push(metric, row.step, value);
            }
        }
        if let Some(scores) = row.held_out {
            self.held_out.push(HeldOutPoint {
                step: row.step,
                epoch: row.epoch.unwrap_or_default(),
                scores,
            });
        }
        if let Some(what) = row.event {
            self.events.push(RunEvent {
                step: row.step,
                what,
                detail: row.detail.unwrap_or_default(),
            });
        }
    }

    /// Forgets what happened after `step`.
    fn rewind(&mut self, step: u64) {
        for curve in &mut self.curves {
            curve.rewind(step);
        }
        self.held_out.retain(|point| point.step <= step);
        self.events.retain(|event| event.step <= step);
    }
}
