//! Runs a worker in this process and prints what it does.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::context::Context;
use super::on_end::OnEnd;
use super::output;
use super::progress::ProgressDisplay;
use crate::error::{Error, Result};
use crate::number_format;
use crate::progress::{Progress, Unit};
use crate::runs::observer::{StopHandle, WorkerEvent, WorkerOptions};
use crate::runs::worker::{self, WorkerExit};
use crate::runs::{RunDir, RunState, RunSummary};
use crate::training::StepReport;

/// Least time between two progress rows, besides one per evaluation.
const ROW_INTERVAL: Duration = Duration::from_secs(1);

/// Trains a run and prints its progress and result.
///
/// # Errors
/// When training fails or diverges, or the output cannot be written; `Cancelled`
/// when a signal stopped it.
pub(super) fn train_run(
    context: &Context,
    run: &RunDir,
    options: WorkerOptions,
    json: bool,
) -> Result<()> {
    let mut reporter = Reporter {
        display: ProgressDisplay::default(),
        json,
        last_row: None,
        output_error: None,
        stop_handle: None,
        run,
        on_end: OnEnd::of(context.config.on_end.as_deref()),
    };
    let mut observe = |event: WorkerEvent<'_>| reporter.on_event(event);
    let work = || worker::run(&context.paths, run, options, &mut observe);
    let exit = std::panic::catch_unwind(AssertUnwindSafe(work));
    drop(reporter.display);
    let told = reporter.on_end.and_then(|on_end| match &exit {
        Ok(Ok(exit)) => on_end.start(run, &exit.status),
        Ok(Err(_)) => on_end.start_failed(run),
        Err(_) => on_end.start_crashed(run),
    });
    if let Some(started) = told {
        started.wait();
    }
    let exit = exit.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    match (reporter.output_error, exit) {
        (None, exit) => finish(run, &exit?, json),
        (Some(output_error), Ok(_)) => Err(output_error),
        (Some(output_error), Err(error)) => {
            output::note(error);
            Err(output_error)
        }
    }
}

/// Prints the result.
fn finish(run: &RunDir, exit: &WorkerExit, json: bool) -> Result<()> {
    let state = exit.status.state;
    let summary = RunSummary::new(run, &run.lenient_spec(), &exit.status, state);
    if json {
        output::json(&RunResult::of(&summary))?;
    } else {
        output::line(summary_line(&summary))?;
    }
    match state {
        RunState::Finished if summary.diverged => Err(divergence_error(&summary)),
        RunState::Finished => Ok(()),
        _ if exit.interrupted => Err(Error::Cancelled),
        _ => Ok(()),
    }
}

/// The error of a run that finished but diverged.
fn divergence_error(summary: &RunSummary) -> Error {
    let why = summary
        .error
        .as_deref()
        .unwrap_or("its errors are too large");
    Error::invalid(format!("run {}", summary.name), format!("diverged: {why}"))
}

/// The last line of `train --json`.
#[derive(Debug, Serialize)]
struct RunResult<'a> {
    /// The run's short id.
    run: &'a str,
    /// Of the best checkpoint, the one that other commands use.
    mse: Option<f64>,
    psnr_db: Option<f64>,
    ssim: Option<f64>,
    best_epoch: Option<u32>,
    #[serde(flatten)]
    summary: &'a RunSummary,
}

impl<'a> RunResult<'a> {
    fn of(summary: &'a RunSummary) -> Self {
        let best = summary.best;
        Self {
            run: &summary.id,
            mse: best.map(|best| best.held_out.mse),
            psnr_db: best.map(|best| best.held_out.psnr_db),
            ssim: best.map(|best| best.held_out.ssim),
            best_epoch: best.map(|best| best.epoch),
            summary,
        }
    }
}

fn summary_line(summary: &RunSummary) -> String {
    let RunSummary {
        name,
        id,
        seconds,
        path,
        ..
    } = summary;
    let scores = match summary.best {
        Some(best) => {
            let of = if summary.diverged {
                "best held-out"
            } else {
                "held-out"
            };
            format!("{of} {} (epoch {}), ", best.held_out.summary(), best.epoch)
        }
        None => String::new(),
    };
    let state = summary.state_label();
    format!("{name} ({id}) {state}: {scores}{seconds:.1} s\n{path}")
}

/// A progress row of `train --json`.
#[derive(Debug, Serialize)]
struct ProgressRow {
    step: u64,
    steps: u64,
    epoch: u32,
    epochs: u32,
    loss: Option<f64>,
    learning_rate: f64,
    images_per_s: Option<f64>,
    seconds_left: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out_mse: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out_psnr_db: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out_ssim: Option<f64>,
}

impl ProgressRow {
    fn new(report: &StepReport, images_per_s: Option<f64>, seconds_left: Option<f64>) -> Self {
        let held_out = report.held_out;
        Self {
            step: report.step,
            steps: report.total_steps,
            epoch: report.epoch,
            epochs: report.epochs,
            loss: Some(f64::from(report.loss)).filter(|loss| loss.is_finite()),
            learning_rate: report.learning_rate,
            images_per_s,
            seconds_left,
            held_out_mse: held_out.map(|scores| scores.mse),
            held_out_psnr_db: held_out.map(|scores| scores.psnr_db),
            held_out_ssim: held_out.map(|scores| scores.ssim),
        }
    }
}

/// Prints what a worker reports.
struct Reporter<'a> {
    display: ProgressDisplay,
    json: bool,
    last_row: Option<Instant>,
    /// Why standard output cannot be written any more. When its reader has closed
    /// it, the run stops with a checkpoint; after any other error training
    /// continues, and the results are in the run's directory.
    output_error: Option<Error>,
    /// Stops the worker.
    stop_handle: Option<StopHandle>,
    run: &'a RunDir,
    /// The user's command for what the worker does not expect.
    on_end: Option<OnEnd>,
}

impl Reporter<'_> {
    fn on_event(&mut self, event: WorkerEvent<'_>) {
        match event {
            WorkerEvent::Started(handle) => self.stop_handle = Some(handle.clone()),
            WorkerEvent::Progress(progress) => self.display.show(progress),
            WorkerEvent::Note(text) => self.display.suspend(|| output::note(text)),
            WorkerEvent::PausedByItself(status) => {
                if let Some(on_end) = &self.on_end {
                    on_end.start(self.run, status);
                }
            }
            WorkerEvent::Step {
                report,
                images_per_s,
                seconds_left,
            } => {
                self.show_step(report);
                let is_due = self
                    .last_row
                    .is_none_or(|row| row.elapsed() >= ROW_INTERVAL);
                let is_wanted = is_due || report.held_out.is_some();
                if self.json && is_wanted && self.output_error.is_none() {
                    self.print_row(&ProgressRow::new(report, images_per_s, seconds_left));
                }
            }
        }
    }

    fn show_step(&mut self, report: &StepReport) {
        let epoch = format!("epoch {} of {}", report.epoch, report.epochs);
        let stage = match report.held_out {
            Some(scores) => format!("{epoch}, held-out mse {}", number_format::error(scores.mse)),
            None => epoch,
        };
        self.display.show(Progress {
            stage: &stage,
            done: report.step,
            total: Some(report.total_steps),
            unit: Unit::Steps,
        });
    }

    fn print_row(&mut self, row: &ProgressRow) {
        self.last_row = Some(Instant::now());
        let Err(error) = output::json(row) else {
            return;
        };
        match &self.stop_handle {
            Some(handle) if output::is_broken_pipe(&error) => handle.stop(),
            _ => output::note(format_args!(
                "{error}; training continues, its rows are in metrics.jsonl"
            )),
        }
        self.output_error = Some(error);
    }
}
