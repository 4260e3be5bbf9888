//! What to do about a step that cannot be trusted.

use std::time::Instant;

use super::desk::Suspect;
use super::{Decision, Session};
use crate::dataset::Noise;
use crate::error::{Error, Result};
use crate::figure;
use crate::progress::unwatched;
use crate::runs::Desired;
use crate::runs::checkpoint;
use crate::runs::guard::Guard;
use crate::runs::metrics_log::MetricRow;
use crate::runs::preview;
use crate::runs::status::{Phase, Trouble};
use crate::training::schedule::rate_in_words;
use crate::training::{Trainer, Trivial, checkpoint as saved, evaluate};

/// Training pictures by which a run that holds none out is judged.
const JUDGED: usize = 256;

impl Session<'_> {
    /// A step's loss is that of the weights before it, so the loss alone would
    /// let the weights of the very step that broke them be saved: these are
    /// tried on the step's own pictures first.
    pub(super) fn unsound_weights(&self) -> Result<Option<Suspect>> {
        let (trainer, guard) = (&self.trainer, &self.desk.guard);
        let step = trainer.steps_done();
        if step == 0 || trainer.is_closed_form() {
            return Ok(None);
        }
        let loss = evaluate(
            trainer.stepped_model(),
            trainer.faces(),
            &trainer.pictures_of(step),
            Noise::None,
            trainer.spec().seed,
            &mut unwatched,
        )?
        .mse;
        Ok(guard.is_spike(loss).then(|| Suspect {
            step,
            loss: Some(loss).filter(|loss| loss.is_finite()),
            usual: guard.usual(),
        }))
    }

    fn trouble(&self, Suspect { step, loss, usual }: Suspect) -> Trouble {
        let mut pictures = self.trainer.pictures_of(step);
        pictures.truncate(16);
        Trouble {
            step,
            loss,
            usual,
            pictures,
            rollback_to: checkpoint::latest(self.run).map(|latest| latest.step),
        }
    }

    /// Over a step that cannot be trusted: waits for somebody to decide, or,
    /// in the foreground, fails.
    pub(super) fn pause_over(&mut self, suspect: Suspect) -> Result<Decision> {
        let trouble = self.trouble(suspect);
        let what = match (trouble.loss, trouble.usual) {
            (Some(loss), Some(usual)) => format!(
                "the loss jumped from about {} to {} at step {}",
                figure::error(usual),
                figure::error(loss),
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
            rate_in_words(rate)
        );
        let row = MetricRow::event(trouble.step, "trouble", Some(what.clone()));
        self.desk.note(row);
        if !self.manner.detached {
            self.desk
                .board
                .update(|status| status.trouble = Some(trouble.clone()));
            return Err(Error::invalid(format!("run {id}"), advice));
        }
        self.desk.board.announce(|status| {
            status.state = Phase::Paused;
            status.error = Some(advice.clone());
            status.trouble = Some(trouble.clone());
            status.seconds_left = None;
        });
        let before = self.desk.board.wish().control;
        let mut decision = Decision::GoOn;
        loop {
            let version = self.desk.board.version();
            let wish = self.desk.board.wish();
            let control = wish.control;
            self.desk.version = version;
            if wish.removed || wish.desired() == Desired::Stop {
                self.stopped()?;
                self.desk
                    .board
                    .announce(|status| status.control_seq = control.seq);
                return Ok(Decision::Stop);
            }
            self.turn_knobs()?;
            if control.rollback_seq > self.rolled_back {
                self.roll_back()?;
                decision = Decision::WentBack;
                break;
            }
            // A checkpoint of it is not to be had, and no reason to go on.
            let wants_more = control.checkpoint_seq == before.checkpoint_seq;
            if control.seq > before.seq && wants_more && wish.desired() != Desired::Pause {
                break;
            }
            self.desk
                .board
                .announce(|status| status.control_seq = control.seq);
            self.desk.board.wait_beyond(version);
        }
        self.desk.guard = Guard::default();
        self.desk.mark = Instant::now();
        self.enter(Phase::Running, "continued", None)?;
        // What was wanted is confirmed after the next step.
        self.desk.version = 0;
        Ok(decision)
    }

    /// Finds out whether the run has diverged, now that it ends: by the mean
    /// picture's error on the held-out pictures, or on some that train where none is.
    pub(super) fn judge_the_end(&self) -> Result<()> {
        let trainer = &self.trainer;
        let (split, spec) = (trainer.split(), trainer.spec());
        let (rows, last) = match split.held_out.as_slice() {
            [] if trainer.is_closed_form() => return Ok(()),
            [] => {
                let some = &split.training[..split.training.len().min(JUDGED)];
                let (model, faces) = (trainer.model(), trainer.faces());
                let scores = evaluate(model, faces, some, spec.noise, spec.seed, &mut unwatched)?;
                (some, Some(scores))
            }
            rows => (rows, self.desk.board.status().held_out),
        };
        let trivial = Trivial::judge(trainer.faces(), &split.training, rows);
        let Some((trivial, last)) = trivial.zip(last) else {
            return Ok(());
        };
        let diverged = trivial.is_diverged(&last, trainer.best_held_out());
        let why = diverged.then(|| {
            format!(
                "its last {} error is {}, the mean picture's is {}; go back to its last good \
                 checkpoint with a lower rate: lfw-tui runs resume {} --rollback --lr {}",
                match split.held_out.is_empty() {
                    true => "training",
                    false => "held-out",
                },
                figure::error(last.mse),
                figure::error(trivial.mean_mse),
                self.run.id(),
                rate_in_words(spec.optimizer.learning_rate / 10.0),
            )
        });
        self.desk.board.update(|status| {
            status.mean_picture_mse = Some(trivial.mean_mse);
            status.diverged = diverged;
            status.error = why;
        });
        Ok(())
    }

    /// Back to the last good checkpoint.
    pub(super) fn roll_back(&mut self) -> Result<()> {
        self.rolled_back = self.desk.board.wish().control.rollback_seq;
        let latest = checkpoint::latest(self.run);
        let spec = self.trainer.spec().clone();
        let step = match &latest {
            Some(latest) => {
                self.trainer.restore(&saved::load(&latest.path)?)?;
                latest.step
            }
            None => {
                // No checkpoint yet: the beginning is a function of the seed.
                let device = self.trainer.model().device().clone();
                let (faces, split) = (self.trainer.faces().clone(), self.trainer.split().clone());
                self.trainer = Trainer::new(spec, faces, split, device)?;
                0
            }
        };
        preview::rewind(self.run, step)?;
        self.desk.note(MetricRow {
            resumed_at: Some(step),
            ..MetricRow::event(step, "rolled-back", None)
        });
        self.desk.guard = Guard::default();
        self.desk.board.announce(|status| {
            status.step = step;
            status.error = None;
            status.trouble = None;
        });
        Ok(())
    }
}
