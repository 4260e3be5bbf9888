//! Saving a run, and waiting when that fails.

use std::time::Instant;

use super::Session;
use crate::error::{Error, Result};
use crate::runs::checkpoint::{self, Record};
use crate::runs::status::{Best, Phase};
use crate::runs::worker::News;
use crate::runs::{Desired, retention};

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

    pub(super) fn pause_until_saved(&mut self, mut error: Error) -> Result<()> {
        loop {
            let text = format!(
                "{error}. Nothing was lost: the run waits in memory. When that is put right: \
                 lfw-tui runs resume {}",
                self.run.id()
            );
            (self.listen)(News::Note(&text));
            self.desk.board.announce(|status| {
                status.state = Phase::Paused;
                status.error = Some(text.clone());
                status.seconds_left = None;
            });
            let before = self.desk.board.wish();
            loop {
                let version = self.desk.board.version();
                let wish = self.desk.board.wish();
                self.desk
                    .board
                    .update(|status| status.control_seq = wish.control.seq);
                if wish.removed {
                    return Err(error);
                }
                let anew = wish.control.seq > before.control.seq || wish.interrupted;
                if anew && wish.desired() != Desired::Pause {
                    break;
                }
                self.desk.board.wait_beyond(version);
            }
            match self.try_checkpoint() {
                Ok(()) => break,
                Err(again) if self.desk.board.wish().desired() == Desired::Stop => {
                    return Err(again);
                }
                Err(again) => error = again,
            }
        }
        self.desk.mark = Instant::now();
        self.enter(Phase::Running, "continued", None)
    }
}
