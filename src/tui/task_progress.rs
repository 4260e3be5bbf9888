//! Long work of the engine, as the status line shows it.

use std::time::Instant;

use super::text;
use crate::number_format;

/// How far the engine is with long work.
#[derive(Debug, Clone)]
pub(crate) struct TaskProgress {
    /// What it does: `encoding by PCA-32`.
    stage: String,
    done: u64,
    /// Units in all; `None` when unknown.
    total: Option<u64>,
    /// When the first report of this stage came, and how much was done then.
    started: Instant,
    done_at_start: u64,
}

impl TaskProgress {
    /// The progress after one more report; `previous` is that of the report before.
    pub(crate) fn update(
        previous: Option<&Self>,
        stage: String,
        done: u64,
        total: Option<u64>,
        now: Instant,
    ) -> Self {
        let (started, done_at_start) = match previous {
            Some(old) if old.stage == stage && old.done <= done => (old.started, old.done_at_start),
            _ => (now, done),
        };
        Self {
            stage,
            done,
            total,
            started,
            done_at_start,
        }
    }

    /// `encoding by PCA-32  4,200 of 9,525 · 2,100/s · 3 s left`.
    pub(crate) fn line(&self, now: Instant) -> String {
        let done = text::with_thousands(self.done as usize);
        let mut line = match self.total {
            Some(total) => format!(
                "{}  {done} of {}",
                self.stage,
                text::with_thousands(total as usize)
            ),
            None if self.done > 0 => format!("{}  {done}", self.stage),
            None => format!("{} …", self.stage),
        };
        let seconds = now.saturating_duration_since(self.started).as_secs_f64();
        let since_start = self.done.saturating_sub(self.done_at_start) as f64;
        // A rate over less time is too uncertain to show.
        if seconds > 0.5 && since_start > 0.0 {
            let rate = since_start / seconds;
            line += &format!(" · {}/s", text::with_thousands(rate.round() as usize));
            if let Some(total) = self.total {
                let left = total.saturating_sub(self.done) as f64 / rate;
                line += &format!(" · {} left", number_format::duration(left));
            }
        }
        line
    }
}
