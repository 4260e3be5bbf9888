//! Saving a run, and waiting when that fails.

use std::time::{Duration, Instant};

use super::Session;
use crate::error::{Error, Result};
use crate::runs::checkpoint::{self, Record};
use crate::runs::status::{Best, Phase};
use crate::runs::worker::News;
use crate::runs::{Desired, retention};

/// While it cannot be saved, it is tried again this often.
const RETRY: Duration = Duration::from_secs(3);

impl Session<'_> {
    /// A checkpoint, unless this very step is saved already, or must not be.
    pub(super) fn checkpoint_unless_saved(&mut self) -> Result<()> {
        let step = self.trainer.steps_done();
        let saved = self.desk.board.status().checkpoint == Some(step);
        if step == 0 || saved || self.is_troubled() {
            return Ok(());
        }
        self.checkpoint()
    }

    /// Saves. When that fails the run pauses until it succeeds: training on
    /// unsaved for hours would be worse.
    pub(super) fn checkpoint(&mut self) -> Result<()> {
        if let Err(error) = self.try_checkpoint() {
            if self.desk.board.wish().removed || !self.run.exists() {
                return Err(error);
            }
            self.pause_until_saved(error)?;
        }
        Ok(())
    }

    fn try_checkpoint(&mut self) -> Result<()> {
        let began = Instant::now();
        let step = self.trainer.steps_done();
        let held_out = self
            .scores
            .filter(|(at, _)| *at == step)
            .map(|(_, scores)| scores);
        let spec = self.trainer.spec();
        self.desk.flush()?;
        self.desk.log.sync()?;
        let record = Record {
            step,
            epoch: (step / self.trainer.steps_per_epoch()) as u32,
            seconds: self.desk.seconds,
            learning_rate: spec.optimizer.learning_rate,
            noise: spec.noise,
            held_out,
        };
        let best = held_out
            .filter(|new| {
                let old = self.desk.best.as_ref();
                new.mse.is_finite() && old.is_none_or(|old| new.mse < old.held_out.mse)
            })
            .map(|held_out| Best {
                step,
                epoch: record.epoch,
                held_out,
            });
        checkpoint::write(self.run, &self.trainer, &record, best.is_some())?;
        self.desk.best = best.or(self.desk.best);
        let best = self.desk.best;
        let steps: Vec<u64> = checkpoint::all(self.run)
            .iter()
            .map(|one| one.step)
            .collect();
        let actions = retention::plan(self.policy, &steps, best.map(|best| best.step));
        checkpoint::carry_out(self.run, &actions)?;
        self.desk.checkpointed = Instant::now();
        self.desk.pace.checkpoint(began.elapsed());
        self.desk.spend(began.elapsed());
        self.desk.board.update(|status| {
            status.checkpoint = Some(step);
            status.best = best;
        });
        Ok(())
    }

    /// Waits in memory until what could not be saved can be: tries again by
    /// itself, and at once when somebody wants something. A signal ends it.
    pub(super) fn pause_until_saved(&mut self, mut error: Error) -> Result<()> {
        let mut told = String::new();
        loop {
            let version = self.desk.board.version();
            let wish = self.desk.board.wish();
            if wish.removed || wish.interrupted {
                return Err(error);
            }
            let text = self.waiting(&error, wish.desired());
            if text != told {
                (self.listen)(News::Note(&text));
            }
            self.desk.board.announce(|status| {
                status.state = Phase::Paused;
                status.error = Some(text.clone());
                status.seconds_left = None;
                status.images_per_s = None;
                status.control_seq = wish.control.seq;
            });
            told = text;
            let again = Instant::now() + RETRY;
            self.desk.board.wait_beyond_or(version, Some(again));
            if self.desk.board.wish().removed {
                return Err(error);
            }
            match self.try_checkpoint() {
                Ok(()) => break,
                Err(again) => error = again,
            }
        }
        // Whatever was wanted meanwhile is done after the next step.
        self.desk.version = 0;
        self.desk.mark = Instant::now();
        self.enter(Phase::Running, "continued", None)
    }

    fn waiting(&self, error: &Error, desired: Desired) -> String {
        let id = self.run.id();
        let next = match desired {
            Desired::Stop | Desired::StopAfterEpoch => format!(
                "it stops as soon as it is saved; `kill {}` ends it without its last steps",
                std::process::id()
            ),
            Desired::Pause => "it pauses as soon as it is saved".to_string(),
            Desired::Run => format!(
                "it goes on by itself when that is put right, or at once with \
                 lfw-tui runs resume {id}"
            ),
        };
        format!("{error}. Nothing was lost: the run waits in memory; {next}")
    }
}
