//! `lfw-tui train`: trains in the foreground, or starts a worker that outlives the
//! terminal.

use super::context::Context;
use super::progress::with_progress;
use super::worker::train_run;
use super::{grid, output, runs};
use crate::cli::TrainArgs;
use crate::dataset::{self, split::HeldOut};
use crate::error::{Error, Result};
use crate::models::ModelKind;
use crate::runs::observer::WorkerOptions;
use crate::runs::{RunDir, RunState, Status, spawn, training_data};
use crate::training::TrainSpec;

/// Runs the command.
///
/// # Errors
/// When a run cannot be created or fails; `Cancelled` when a signal stopped it,
/// after its checkpoint was written.
pub(super) fn run(context: &Context, args: &TrainArgs) -> Result<()> {
    if !args.run_dir.is_empty() {
        let runs: Vec<RunDir> = args
            .run_dir
            .iter()
            .map(RunDir::open)
            .collect::<Result<_>>()?;
        return train_queue(context, &runs, QueueOrigin::Existing, args);
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
        chosen = Some(with_progress(|watch| {
            training_data::resolve_data(&context.paths, &mut spec, watch)
        })?);
        specs.push(spec);
    }
    let queue = spawn::enqueue(&context.paths, &specs)?;
    // Only now, so that a run that cannot be created leaves the choice as it was.
    if let (Some(dataset), true) = (&chosen, args.data.is_some())
        && let Some(text) = dataset::set_last_used_or_warn(&context.paths, dataset)
    {
        output::note(text);
    }
    if !args.detach {
        return train_queue(context, &queue, QueueOrigin::New, args);
    }
    if let Err(error) = spawn::start_worker(&queue) {
        spawn::remove_unstarted(&context.paths, &queue);
        return Err(error);
    }
    let json = args.format.json;
    runs::print_started(&queue[0], json)?;
    queue[1..]
        .iter()
        .try_for_each(|run| runs::print_queued(run, json))
}

/// Whether the runs of a queue were created by this command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum QueueOrigin {
    New,
    Existing,
}

/// Trains runs one after another. A run that fails or is stopped does not keep the
/// next from training; a signal does. A new run that fails before its first step is
/// removed: the reason is in the terminal.
fn train_queue(
    context: &Context,
    queue: &[RunDir],
    origin: QueueOrigin,
    args: &TrainArgs,
) -> Result<()> {
    let options = WorkerOptions {
        detached: args.detach,
        handle_signals: true,
    };
    let mut failed = Ok(());
    for (turn, run) in queue.iter().enumerate() {
        // Another process may have started or removed it in the meantime.
        let is_queued = run.path().is_dir()
            && Status::read(run).is_ok_and(|status| status.state(run) == RunState::Queued);
        if turn > 0 && !is_queued {
            continue;
        }
        let result = train_run(context, run, options, args.format.json);
        if origin == QueueOrigin::New && result.is_err() {
            spawn::remove_unstarted(&context.paths, std::slice::from_ref(run));
        }
        match result {
            Err(error) if queue.len() > 1 && !aborts_queue(&error) => {
                output::note(error.to_string());
                failed = Err(Error::invalid(
                    "the queue",
                    "one of its runs failed; the reason is printed above",
                ));
            }
            Err(error) => return Err(error),
            Ok(()) => {}
        }
    }
    failed
}

/// Whether an error ends the queue; a failed run does not.
fn aborts_queue(error: &Error) -> bool {
    matches!(error, Error::Cancelled) || output::is_broken_pipe(error)
}

/// The preset with the flags applied.
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
    spec.device = args.compute.device.clone().unwrap_or(spec.device);
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
