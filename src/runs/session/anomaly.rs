//! What to do about a step that cannot be trusted.

use std::time::Instant;

use super::recorder::Anomaly;
use super::{Decision, Session};
use crate::dataset::Noise;
use crate::error::{Error, Result};
use crate::number_format;
use crate::progress::unwatched;
use crate::runs::Desired;
use crate::runs::checkpoint;
use crate::runs::metrics_log::MetricRow;
use crate::runs::preview;
use crate::runs::spike_detector::SpikeDetector;
use crate::runs::status::{AnomalyReport, Phase};
use crate::training::schedule::format_learning_rate;
use crate::training::{Baselines, Trainer, checkpoint as saved, evaluate};

/// Training pictures by which a run that holds none out is judged.
const MAX_EVALUATED: usize = 256;

impl Session<'_> {
    /// A step's loss is that of the weights before it, so the loss alone would
    /// let the weights of the very step that broke them be saved: these are
    /// tried on the step's own pictures first.
    pub(super) fn check_weights(&self) -> Result<Option<Anomaly>> {
        let (trainer, guard) = (&self.trainer, &self.recorder.spike_detector);
        let step = trainer.steps_done();
        if step == 0 || trainer.is_closed_form() {
            return Ok(None);
        }
        let loss = evaluate(
            trainer.raw_model(),
            trainer.faces(),
            &trainer.batch_rows(step),
            Noise::None,
            trainer.spec().seed,
            &mut unwatched,
        )?
        .scores
        .mse;
        Ok(guard.is_spike(loss).then(|| Anomaly {
            step,
            loss: Some(loss).filter(|loss| loss.is_finite()),
            baseline: guard.baseline(),
        }))
    }

    fn anomaly_report(
        &self,
        Anomaly {
            step,
            loss,
            baseline: usual,
        }: Anomaly,
    ) -> AnomalyReport {
        let mut pictures = self.trainer.batch_rows(step);
        pictures.truncate(16);
        AnomalyReport {
            step,
            loss,
            usual,
            pictures,
            rollback_to: checkpoint::latest(self.run).map(|latest| latest.step),
        }
    }

    /// Over a step that cannot be trusted: waits for somebody to decide, or,
    /// in the foreground, fails.
    pub(super) fn handle_anomaly(&mut self, suspect: Anomaly) -> Result<Decision> {
        let trouble = self.anomaly_report(suspect);
        let what = match (trouble.loss, trouble.usual) {
            (Some(loss), Some(usual)) => format!(
                "the loss jumped from about {} to {} at step {}",
                number_format::error(usual),
                number_format::error(loss),
                trouble.step
            ),
            _ => format!("the loss is not a number at step {}", trouble.step),
        };
        let from = match trouble.rollback_to {
            Some(step) => format!("the checkpoint of step {step}"),
            None => "the beginning".to_string(),
        };
        let id = self.run.id();
        let rate = self.trainer.spec().optimizer.learning_rate / 2.0;
        let advice = format!(
            "{what}; nothing of it was saved. Go on from {from} with a lower rate: \
             lfw-tui runs resume {id} --rollback --lr {}",
            format_learning_rate(rate)
        );
        let row = MetricRow::event(trouble.step, "trouble", Some(what.clone()));
        self.recorder.append_row(row);
        if !self.options.detached {
            self.recorder
                .state
                .update(|status| status.trouble = Some(trouble.clone()));
            return Err(Error::invalid(format!("run {id}"), advice));
        }
        self.recorder.state.publish(|status| {
            status.state = Phase::Paused;
            status.error = Some(advice.clone());
            status.trouble = Some(trouble.clone());
            status.seconds_left = None;
        });
        let before = self.recorder.state.control_state().control;
        let mut decision = Decision::Continue;
        loop {
            let version = self.recorder.state.control_version();
            let wish = self.recorder.state.control_state();
            let control = wish.control;
            self.recorder.control_version = version;
            if wish.run_removed || wish.desired() == Desired::Stop {
                self.mark_stopped()?;
                self.recorder
                    .state
                    .publish(|status| status.control_seq = control.seq);
                return Ok(Decision::Stop);
            }
            self.apply_overrides()?;
            if control.rollback_seq > self.rollback_seq {
                self.roll_back()?;
                decision = Decision::RolledBack;
                break;
            }
            // A checkpoint of it is not to be had, and no reason to go on.
            let wants_more = control.checkpoint_seq == before.checkpoint_seq;
            if control.seq > before.seq && wants_more && wish.desired() != Desired::Pause {
                break;
            }
            self.recorder
                .state
                .publish(|status| status.control_seq = control.seq);
            self.recorder.state.wait_for_change(version);
        }
        self.recorder.spike_detector = SpikeDetector::default();
        self.recorder.step_began = Instant::now();
        self.transition(Phase::Running, "continued", None)?;
        // What was wanted is confirmed after the next step.
        self.recorder.control_version = 0;
        Ok(decision)
    }

    /// Finds out whether the run has diverged, now that it ends: by the mean
    /// picture's error on the held-out pictures, or on some that train where none is.
    pub(super) fn check_divergence(&self) -> Result<()> {
        let trainer = &self.trainer;
        let (split, spec) = (trainer.split(), trainer.spec());
        let (rows, last) = match split.held_out.as_slice() {
            [] if trainer.is_closed_form() => return Ok(()),
            [] => {
                let some = &split.training[..split.training.len().min(MAX_EVALUATED)];
                let (model, faces) = (trainer.model(), trainer.faces());
                let evaluation =
                    evaluate(model, faces, some, spec.noise, spec.seed, &mut unwatched)?;
                (some, Some(evaluation.scores))
            }
            rows => (rows, self.recorder.state.status().held_out),
        };
        let trivial = Baselines::measure(trainer.faces(), &split.training, rows);
        let Some((trivial, last)) = trivial.zip(last) else {
            return Ok(());
        };
        let diverged = trivial.is_diverged(&last, trainer.best_held_out());
        let why = diverged.then(|| {
            format!(
                "its last {} error is {}, the mean picture's is {}; go back to its last good \
                 checkpoint with a lower rate: lfw-tui runs resume {} --rollback --lr {}",
                if split.held_out.is_empty() {
                    "training"
                } else {
                    "held-out"
                },
                number_format::error(last.mse),
                number_format::error(trivial.mean_mse),
                self.run.id(),
                format_learning_rate(spec.optimizer.learning_rate / 10.0),
            )
        });
        self.recorder.state.update(|status| {
            status.mean_picture_mse = Some(trivial.mean_mse);
            status.diverged = diverged;
            status.error = why;
        });
        Ok(())
    }

    /// Back to the last good checkpoint.
    pub(super) fn roll_back(&mut self) -> Result<()> {
        self.rollback_seq = self.recorder.state.control_state().control.rollback_seq;
        let latest = checkpoint::latest(self.run);
        let spec = self.trainer.spec().clone();
        let step = if let Some(latest) = &latest {
            self.trainer.restore(&saved::load(&latest.path)?)?;
            latest.step
        } else {
            // No checkpoint yet: the beginning is a function of the seed.
            let device = self.trainer.model().device().clone();
            let (faces, split) = (self.trainer.faces().clone(), self.trainer.split().clone());
            self.trainer = Trainer::new(spec, faces, split, device)?;
            0
        };
        preview::rewind(self.run, step)?;
        self.recorder.append_row(MetricRow {
            resumed_at: Some(step),
            ..MetricRow::event(step, "rolled-back", None)
        });
        self.recorder.spike_detector = SpikeDetector::default();
        self.recorder.state.publish(|status| {
            status.step = step;
            status.error = None;
            status.trouble = None;
        });
        Ok(())
    }
}
