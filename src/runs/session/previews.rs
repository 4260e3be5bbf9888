//! Updating the run's previews while it trains.

use std::time::{Duration, Instant};

use super::Session;
use crate::runs::preview::{self, Preview, PreviewSet};

/// Time between two previews, at least.
const MIN_PREVIEW_INTERVAL: Duration = Duration::from_secs(1);
/// The interval is also at least this many times what a preview takes, so that
/// previews cost no more than one percent of the time.
const PREVIEW_COST_FACTOR: u32 = 100;

impl Session<'_> {
    /// When the next preview is due: after the first step, then at intervals.
    pub(super) fn next_preview_at(&self) -> Instant {
        let interval = MIN_PREVIEW_INTERVAL.max(self.preview_duration * PREVIEW_COST_FACTOR);
        match self.last_preview {
            Some(last) => last + interval,
            None => Instant::now(),
        }
    }

    /// Replaces the current preview. A preview that fails is left out: training
    /// does not depend on it.
    pub(super) fn update_preview(&mut self) {
        self.timed_preview(|_, _| {});
    }

    /// Replaces the current preview and that of the worst pictures, and archives
    /// the current one.
    pub(super) fn update_epoch_preview(&mut self) {
        self.timed_preview(|session, preview| {
            let _ = preview::archive(session.run, preview);
            session.write_worst_preview(preview.step);
        });
    }

    fn timed_preview(&mut self, then: impl FnOnce(&Self, &Preview)) {
        let began = Instant::now();
        let step = self.trainer.steps_done();
        if self.run.exists()
            && let Ok(preview) = self.preview_set.render(self.trainer.model(), step)
        {
            let _ = preview.write(&self.run.preview_path());
            then(self, &preview);
        }
        self.preview_duration = began.elapsed();
        self.last_preview = Some(Instant::now());
        self.recorder.add_other_work(began.elapsed());
    }

    fn write_worst_preview(&self, step: u64) {
        let spec = self.trainer.spec();
        let (faces, rows) = (self.trainer.faces(), self.trainer.worst_held_out());
        if rows.is_empty() {
            return;
        }
        let worst = PreviewSet::held_out(faces, rows, spec.noise, spec.seed);
        if let Ok(preview) = worst.render(self.trainer.model(), step) {
            let _ = preview.write(&self.run.worst_preview_path());
        }
    }
}
