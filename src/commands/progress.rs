//! A progress bar on standard error, drawn only when that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;
use crate::display::escaped;
use crate::error::Result;
use crate::interrupt;
use crate::progress::{Progress, Unit, Watch};

/// Redraws per second, at most.
const REDRAWS: u8 = 10;

/// Shows progress while `work` runs.
///
/// # Errors
/// When the work fails; `Cancelled` after a signal.
pub(super) fn with_progress<T>(work: impl FnOnce(Watch) -> Result<T>) -> Result<T> {
    let mut display = ProgressDisplay::default();
    let done = work(&mut |progress| display.watch(progress))?;
    interrupt::check()?;
    Ok(done)
}

/// Shows reports of progress, one stage after another, and notes in lines that stay.
#[derive(Debug, Default)]
pub(super) struct ProgressDisplay {
    stage: Option<Stage>,
}

/// The stage that is shown.
#[derive(Debug)]
struct Stage {
    name: String,
    bar: ProgressBar,
}

impl ProgressDisplay {
    /// Shows a report and ends the work after a signal: a [`Watch`] when wrapped in
    /// a closure.
    ///
    /// # Errors
    /// `Cancelled` after a signal, when
    /// [`catch_interrupts`](output::catch_interrupts) was called.
    pub(super) fn watch(&mut self, progress: Progress<'_>) -> Result<()> {
        interrupt::check()?;
        self.show(progress);
        Ok(())
    }

    /// Shows a report. Equal notes are printed once.
    pub(super) fn show(&mut self, progress: Progress<'_>) {
        if progress.unit == Unit::Note {
            return self.suspend(|| output::note_once(progress.stage));
        }
        let stage = match self.stage.take() {
            Some(stage) if stage.name == progress.stage => stage,
            other => {
                drop(other);
                Stage::new(progress)
            }
        };
        stage.bar.set_position(progress.done);
        self.stage = Some(stage);
    }

    /// Prints something while the bar is out of the way.
    pub(super) fn suspend(&self, print: impl FnOnce()) {
        match &self.stage {
            Some(stage) => stage.bar.suspend(print),
            None => print(),
        }
    }
}

impl Stage {
    fn new(progress: Progress<'_>) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(REDRAWS);
        // What was done before, as of a continued download, does not count for the rate.
        let bar = ProgressBar::with_draw_target(progress.total, target)
            .with_style(style(progress))
            .with_message(escaped(progress.stage).into_owned())
            .with_position(progress.done);
        bar.reset_eta();
        Self {
            name: progress.stage.to_string(),
            bar,
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// `reading lfw.tgz  41 %  32.10 MB of 78.30 MB  35.10 MB/s  2s left`.
fn style(progress: Progress<'_>) -> ProgressStyle {
    let template = match (progress.unit, progress.total) {
        (Unit::Bytes, Some(_)) => {
            "{msg}  {percent:>3} %  {decimal_bytes} of {decimal_total_bytes}  \
             {decimal_bytes_per_sec}  {eta} left"
        }
        (Unit::Bytes, None) => "{msg}  {decimal_bytes}  {decimal_bytes_per_sec}",
        (Unit::Files, Some(_)) => {
            "{msg}  {percent:>3} %  {pos} of {len} files  {per_sec}  {eta} left"
        }
        (Unit::Files, None) => "{msg}  {pos} files  {per_sec}",
        (Unit::Pictures, Some(_)) => {
            "{msg}  {percent:>3} %  {pos} of {len} pictures  {per_sec}  {eta} left"
        }
        (Unit::Pictures, None) => "{msg}  {pos} pictures  {per_sec}",
        (Unit::Steps | Unit::Note, Some(_)) => {
            "{msg}  {percent:>3} %  {pos} of {len} steps  {per_sec}  {eta} left"
        }
        (Unit::Steps | Unit::Note, None) => "{msg}  {pos} steps  {per_sec}",
    };
    // The templates are fixed; a mistake in one would show the default bar.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_understood() {
        for unit in [Unit::Bytes, Unit::Files, Unit::Pictures, Unit::Steps] {
            for total in [None, Some(3)] {
                let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
                let progress = Progress {
                    stage: "reading",
                    done: 1,
                    total,
                    unit,
                };
                bar.set_style(style(progress));
                bar.set_position(2);
                assert_eq!(bar.position(), 2);
            }
        }
    }
}
