//! `lfw-tui train`: trains here, or starts a worker that outlives the terminal.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::output::{self, ProgressLine};
use super::{Context, grid, runs};
use crate::cli::TrainArgs;
use crate::dataset::{self, split::HeldOut};
use crate::error::{Error, Result};
use crate::models::ModelKind;
use crate::number_format;
use crate::progress::{Progress, Unit};
use crate::runs::worker::{self, StopHandle, WorkerEvent, WorkerExit, WorkerOptions};
use crate::runs::{Phase, RunDir, RunState, RunSummary, Status, spawn, training_data};
use crate::training::TrainSpec;

/// A progress row at most this often, besides one an epoch.
const ROW_INTERVAL: Duration = Duration::from_secs(1);

/// Runs the command.
///
/// # Errors
/// When it could not be done; `Cancelled` when a signal stopped it, after its
/// checkpoint was written.
pub fn run(context: &Context, args: &TrainArgs) -> Result<()> {
    if !args.run_dir.is_empty() {
        let runs: Vec<RunDir> = args
            .run_dir
            .iter()
            .map(RunDir::open)
            .collect::<Result<_>>()?;
        return train_queue(context, &runs, args.detach, args.json, false);
    }
    output::catch_interrupts();
    let mut specs = Vec::new();
    let mut chosen = None;
    for args in grid::expand(args).map_err(Error::into_usage)? {
        let mut spec = spec_from_args(&args).map_err(Error::into_usage)?;
        if args.data.is_none() {
            spec.data.data = context.config.data.clone().unwrap_or_default();
        }
        spec.validate().map_err(Error::into_usage)?;
        let mut line = ProgressLine::default();
        chosen = Some(training_data::resolve_data(
            &context.paths,
            &mut spec,
            &mut |progress| line.watch(progress),
        )?);
        specs.push(spec);
    }
    let queue = spawn::enqueue(&context.paths, &specs)?;
    // Only now: a run that could not be made chooses nothing.
    if let (Some(dataset), true) = (&chosen, args.data.is_some())
        && let Some(text) = dataset::set_last_used_or_warn(&context.paths, dataset)
    {
        output::note(text);
    }
    if !args.detach {
        return train_queue(context, &queue, false, args.json, true);
    }
    if let Err(error) = spawn::start_worker(&queue) {
        spawn::remove_unstarted(&context.paths, &queue);
        return Err(error);
    }
    runs::print_started(&queue[0], args.json)?;
    queue[1..]
        .iter()
        .try_for_each(|run| runs::print_queued(run, args.json))
}

/// Trains runs one after another. One that fails, or that somebody stopped,
/// does not keep the next from its turn; a signal does. A new one that fails
/// before its first step is not kept: why stands in the terminal.
fn train_queue(
    context: &Context,
    queue: &[RunDir],
    detached: bool,
    json: bool,
    new: bool,
) -> Result<()> {
    let mut failed = Ok(());
    for (turn, run) in queue.iter().enumerate() {
        // Somebody else may have begun or removed it in the meantime.
        let waits = run.path().is_dir()
            && Status::read(run).is_ok_and(|status| status.state(run) == RunState::Queued);
        if turn > 0 && !waits {
            continue;
        }
        let worked = train_run(context, run, detached, json);
        if new && worked.is_err() {
            spawn::remove_unstarted(&context.paths, std::slice::from_ref(run));
        }
        match worked {
            Err(error) if queue.len() > 1 && !aborts_queue(&error) => {
                output::note(error.to_string());
                failed = Err(Error::invalid(
                    "the queue",
                    "a run of it failed; its reason stands above",
                ));
            }
            Err(error) => return Err(error),
            Ok(()) => {}
        }
    }
    failed
}

/// Whether it ends a queue: that a run of it failed does not.
fn aborts_queue(error: &Error) -> bool {
    matches!(error, Error::Cancelled) || output::is_broken_pipe(error)
}

/// What the flags make of the preset.
fn spec_from_args(args: &TrainArgs) -> Result<TrainSpec> {
    let mut spec = TrainSpec::preset(args.preset.as_deref().unwrap_or("conv"))?;
    let set = |target: &mut u32, value: Option<u32>| *target = value.unwrap_or(*target);
    set(&mut spec.model.size, args.size);
    set(&mut spec.model.code_size, args.code_size);
    set(&mut spec.epochs, args.epochs);
    set(&mut spec.batch_size, args.batch_size);
    spec.data.data = args.data.clone().unwrap_or_default();
    spec.data.preprocess = args.preprocess.unwrap_or(spec.data.preprocess);
    spec.schedule = args.schedule.unwrap_or(spec.schedule);
    spec.patience = args.patience.unwrap_or(spec.patience);
    spec.averaging = args.averaging.unwrap_or(spec.averaging);
    spec.optimizer.clip_norm = args.clip_norm.unwrap_or(spec.optimizer.clip_norm);
    spec.model.width = args.width.unwrap_or(spec.model.width);
    spec.flips = args.flips.unwrap_or(spec.flips);
    spec.noise = args.noise.unwrap_or(spec.noise);
    spec.seed = args.seed.unwrap_or(spec.seed);
    spec.precision = args.precision.unwrap_or(spec.precision);
    spec.device = args.device.clone().unwrap_or(spec.device);
    spec.name = args.name.clone().unwrap_or_default();
    spec.optimizer.learning_rate = args.lr.unwrap_or(spec.optimizer.learning_rate);
    if let Some(threads) = args.threads {
        spec.threads = u32::try_from(threads)
            .map_err(|_| Error::invalid(format!("threads {threads}"), "are too many"))?;
    }
    if let Some(share) = args.held_out {
        spec.data.held_out = HeldOut::Pictures(share);
    }
    if let Some(share) = args.held_out_people {
        spec.data.held_out = HeldOut::People(share);
    }
    if spec.model.kind == ModelKind::Pca && args.epochs.is_some() {
        return Err(Error::invalid(
            "--epochs",
            "has no meaning for pca, which is solved in one step",
        ));
    }
    Ok(spec)
}

/// Trains a run in this process.
pub(super) fn train_run(context: &Context, run: &RunDir, detached: bool, json: bool) -> Result<()> {
    let manner = WorkerOptions {
        detached,
        handle_signals: true,
    };
    let mut reporter = Reporter {
        line: ProgressLine::default(),
        json,
        last_row: None,
        output_error: None,
        stopper: None,
    };
    let ending = worker::run(&context.paths, run, manner, &mut |news| {
        reporter.on_event(news);
    });
    drop(reporter.line);
    match (reporter.output_error, ending) {
        (None, ending) => finish(run, &ending?, json),
        (Some(broken), Ok(_)) => Err(broken),
        (Some(broken), Err(error)) => {
            output::note(error);
            Err(broken)
        }
    }
}

/// Prints the result.
fn finish(run: &RunDir, ending: &WorkerExit, json: bool) -> Result<()> {
    let state = ending.status.state;
    let summary = RunSummary::new(run, &run.lenient_spec(), &ending.status, state.into());
    if json {
        output::json(&RunResult::of(&summary))?;
    } else {
        output::line(summary_line(&summary))?;
    }
    match state {
        Phase::Finished if summary.diverged => Err(divergence_error(&summary)),
        Phase::Finished => Ok(()),
        _ if ending.interrupted => Err(Error::Cancelled),
        _ => Ok(()),
    }
}

/// Of a run that did all its steps, to no good.
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
    /// The best checkpoint's, which is the one that other commands use.
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

/// Shows a worker's news.
struct Reporter {
    line: ProgressLine,
    json: bool,
    last_row: Option<Instant>,
    /// Why standard output cannot be written any more. When its reader has left,
    /// the run stops with a checkpoint, as other programs end; over any other
    /// reason it goes on: its result is in its directory.
    output_error: Option<Error>,
    /// Stops the worker.
    stopper: Option<StopHandle>,
}

impl Reporter {
    fn on_event(&mut self, news: WorkerEvent<'_>) {
        match news {
            WorkerEvent::Started(stopper) => self.stopper = Some(stopper.clone()),
            WorkerEvent::Progress(progress) => self.line.show(progress),
            WorkerEvent::Note(text) => output::note(text),
            WorkerEvent::Step {
                report,
                images_per_s,
                seconds_left,
            } => {
                let stage = match report.held_out {
                    Some(scores) => format!(
                        "epoch {} of {}, held-out mse {}",
                        report.epoch,
                        report.epochs,
                        number_format::error(scores.mse)
                    ),
                    None => format!("epoch {} of {}", report.epoch, report.epochs),
                };
                self.line.show(Progress {
                    stage: &stage,
                    done: report.step,
                    total: Some(report.total_steps),
                    unit: Unit::Steps,
                });
                let due = self
                    .last_row
                    .is_none_or(|row| row.elapsed() >= ROW_INTERVAL);
                if !self.json || self.output_error.is_some() || !(due || report.held_out.is_some())
                {
                    return;
                }
                self.last_row = Some(Instant::now());
                self.output_error = output::json(&ProgressRow {
                    step: report.step,
                    steps: report.total_steps,
                    epoch: report.epoch,
                    epochs: report.epochs,
                    loss: Some(f64::from(report.loss)).filter(|loss| loss.is_finite()),
                    learning_rate: report.learning_rate,
                    images_per_s,
                    seconds_left,
                    held_out_mse: report.held_out.map(|scores| scores.mse),
                    held_out_psnr_db: report.held_out.map(|scores| scores.psnr_db),
                    held_out_ssim: report.held_out.map(|scores| scores.ssim),
                })
                .err();
                if let Some(error) = &self.output_error {
                    match &self.stopper {
                        Some(stopper) if output::is_broken_pipe(error) => stopper.stop(),
                        _ => output::note(format_args!(
                            "{error}; the run goes on, its rows are in metrics.jsonl"
                        )),
                    }
                }
            }
        }
    }
}
