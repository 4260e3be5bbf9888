//! `lfw-tui runs`: list, show, steer and remove training runs.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Context, output, train};
use crate::cli::{RunsArgs, RunsCommand};
use crate::error::{Error, Result};
use crate::paths::{create_file, make_folders};
use crate::runs::{self, Phase, RunDir, RunSummary, State, Status, control, export, spawn};
use crate::training::schedule::rate_in_words;

/// A worker takes a wish up within this long; a step may be long.
const ANSWER: Duration = Duration::from_secs(30);

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(context: &Context, args: &RunsArgs) -> Result<()> {
    let find = |wanted: &str| runs::find(&context.paths, wanted);
    let json = args.json;
    match args.command.as_ref().unwrap_or(&RunsCommand::List) {
        RunsCommand::List => list(context, json),
        RunsCommand::Show { run } => show(&RunSummary::read(&find(run)?)?, json),
        RunsCommand::Remove { run } => {
            let run = runs::find_to_remove(&context.paths, run)?;
            runs::remove(&context.paths, &run)?;
            match json {
                true => output::json(&json!({"id": run.id(), "removed": run.path()})),
                false => output::line(format!("removed {}", run.path().display())),
            }
        }
        RunsCommand::Pause { run } => steer(&find(run)?, json, "pausing", control::pause),
        RunsCommand::Stop { run, after_epoch } => steer(&find(run)?, json, "stopping", |run| {
            control::stop(run, *after_epoch)
        }),
        RunsCommand::Checkpoint { run } => save(&find(run)?, json),
        RunsCommand::Resume {
            run,
            lr,
            noise,
            rollback,
            foreground,
            detach: _,
        } => {
            let run = find(run)?;
            if *rollback && Status::read(&run)?.state(&run).is_live() {
                return steer(&run, json, "going back", |run| control::rollback(run, *lr));
            }
            if *foreground {
                if spawn::prepare_resume(&run, *lr, *noise)?.is_live() {
                    return Err(Error::invalid(
                        format!("run {}", run.folder()),
                        "has a worker already, which goes on now; leave out --foreground",
                    ));
                }
                return train::work(context, &run, false, json);
            }
            spawn::resume(&run, *lr, *noise)?;
            print_started(&run, json)
        }
        RunsCommand::Export {
            run,
            csv,
            safetensors,
            model,
            tensorboard,
            report,
        } => {
            let run = find(run)?;
            if let Some(path) = csv {
                create_file(path, export::csv(&run)?.as_bytes())?;
            }
            if let Some(path) = safetensors {
                create_file(path, &export::safetensors(&run)?)?;
            }
            if let Some(folder) = model {
                export::model(&run, folder)?;
            }
            if let Some(folder) = tensorboard {
                make_folders(folder)?;
                let file = folder.join(format!("events.out.tfevents.{}", run.folder()));
                create_file(&file, &export::events(&run)?)?;
            }
            if let Some(path) = report {
                create_file(path, export::html(&run)?.as_bytes())?;
            }
            if json {
                return output::json(&json!({
                    "id": run.id(), "csv": csv, "safetensors": safetensors, "model": model,
                    "tensorboard": tensorboard, "report": report,
                }));
            }
            [csv, safetensors, model, tensorboard, report]
                .into_iter()
                .flatten()
                .try_for_each(|path| output::line(format!("wrote {}", path.display())))
        }
        RunsCommand::Set { run, lr, noise } => steer(&find(run)?, json, "set", |run| {
            control::turn(run, *lr, *noise)
        }),
    }
}

/// Says where a run that goes on in the background is.
pub(super) fn print_started(run: &RunDir, json: bool) -> Result<()> {
    let summary = RunSummary::read(run)?;
    if json {
        return output::json(&summary);
    }
    output::line(format!(
        "{} ({}) trains in the background: watch it with `lfw-tui`, or `lfw-tui runs show {}`\n{}",
        summary.name, summary.id, summary.id, summary.path
    ))
}

/// Says which run will have its turn later.
pub(super) fn print_queued(run: &RunDir, json: bool) -> Result<()> {
    let summary = RunSummary::read(run)?;
    if json {
        return output::json(&summary);
    }
    output::line(format!(
        "{} ({}) waits for its turn",
        summary.name, summary.id
    ))
}

fn list(context: &Context, json: bool) -> Result<()> {
    let mut runs = Vec::new();
    for read in runs::read_all(&context.paths)? {
        match read {
            Ok(run) => runs.push(run),
            Err(problem) => output::note(format!("left out: {problem}")),
        }
    }
    if json {
        return runs.iter().try_for_each(output::json);
    }
    if runs.is_empty() {
        return output::line("no run yet; `lfw-tui train --preset face` makes one");
    }
    let width = runs
        .iter()
        .map(|run| unicode_width::UnicodeWidthStr::width(run.name.as_str()))
        .max()
        .unwrap_or_default()
        .max(4);
    output::line(format!(
        "{:width$}  {:5}  {:8}  {:>9}  {:>5}  {:>8}  {:>9}",
        "name", "id", "state", "held-out", "done", "left", "images/s"
    ))?;
    for run in &runs {
        let held_out = run.best.map(|best| best.held_out).or(run.held_out);
        let done = match run.steps {
            0 => String::new(),
            steps => format!("{} %", 100 * run.step / steps),
        };
        let padding = width - unicode_width::UnicodeWidthStr::width(run.name.as_str());
        let line = format!(
            "{}{:padding$}  {:5}  {:8}  {:>9}  {done:>5}  {:>8}  {:>9}",
            run.name,
            "",
            run.id,
            run.state,
            held_out.map_or(String::new(), |scores| format!("{:.5}", scores.mse)),
            run.seconds_left
                .filter(|_| run.state.is_live())
                .map_or(String::new(), duration),
            run.images_per_s
                .map_or(String::new(), |rate| format!("{rate:.0}")),
        );
        output::line(line.trim_end())?;
    }
    Ok(())
}

fn show(run: &RunSummary, json: bool) -> Result<()> {
    if json {
        return output::json(run);
    }
    let mut lines = vec![
        ("name", run.name.clone()),
        ("id", run.id.clone()),
        ("state", run.state.to_string()),
        (
            "model",
            format!("{} · code {} · {}×{2}", run.model, run.code_size, run.size),
        ),
        ("noise", run.noise.clone()),
        ("data", run.data.clone()),
        ("epoch", format!("{} of {}", run.epoch, run.epochs)),
        ("step", format!("{} of {}", run.step, run.steps)),
    ];
    let mut add = |name, value: Option<String>| lines.extend(value.map(|value| (name, value)));
    add("loss", run.loss.map(|loss| format!("{loss:.6}")));
    for (name, scores) in [
        ("held-out now", run.held_out),
        ("held-out best", run.best.map(|best| best.held_out)),
    ] {
        add(
            name,
            scores.map(|scores| {
                format!(
                    "mse {:.6} · PSNR {:.2} dB · SSIM {:.4} · {} pictures",
                    scores.mse, scores.psnr_db, scores.ssim, scores.pictures
                )
            }),
        );
    }
    add("best epoch", run.best.map(|best| best.epoch.to_string()));
    add(
        "checkpoint",
        run.checkpoint.map(|step| format!("step {step}")),
    );
    add("learning rate", run.learning_rate.map(rate_in_words));
    add(
        "images/s",
        run.images_per_s.map(|rate| format!("{rate:.0}")),
    );
    add("time left", run.seconds_left.map(duration));
    add("worked", Some(duration(run.seconds)));
    add(
        "worker",
        run.pid.map(|pid| {
            format!(
                "{pid} on {}",
                run.host.as_deref().unwrap_or("an unknown host")
            )
        }),
    );
    add("begun", run.started_at.clone());
    add("says", run.error.clone());
    add("path", Some(run.path.clone()));
    lines
        .into_iter()
        .try_for_each(|(name, value)| output::line(format!("{name:14} {value}")))
}

/// `1 h 02 min`, `1 min 58 s`, `4.2 s`.
fn duration(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

/// The run's state, when a worker is there to be steered.
fn live(run: &RunDir) -> Result<State> {
    let state = Status::read(run)?.state(run);
    if state.is_live() {
        return Ok(state);
    }
    let advice = match state {
        State::Finished => "nothing is left to steer".to_string(),
        State::Queued => format!(
            "it waits for its turn; `lfw-tui runs remove {}` takes it out of the queue",
            run.id()
        ),
        _ => format!("`lfw-tui runs resume {}` starts a worker", run.id()),
    };
    Err(Error::invalid(
        format!("run {}", run.folder()),
        format!("is {state}; {advice}"),
    ))
}

/// Tells a live run something and waits until its worker says that it heard.
fn steer(
    run: &RunDir,
    json: bool,
    doing: &str,
    tell: impl FnOnce(&RunDir) -> Result<u64>,
) -> Result<()> {
    live(run)?;
    let seq = tell(run)?;
    let status = answer(run, |status| status.control_seq >= seq)?;
    answered(run, &status, json, doing)
}

fn save(run: &RunDir, json: bool) -> Result<()> {
    live(run)?;
    control::checkpoint(run)?;
    let wanted = control::Control::read(run)?.checkpoint_seq;
    let status = answer(run, |status| {
        status.checkpoint_seq >= wanted || status.error.is_some()
    })?;
    if let Some(error) = status.error.filter(|_| status.checkpoint_seq < wanted) {
        return Err(Error::invalid(format!("run {}", run.folder()), error));
    }
    let status = Status::read(run)?;
    answered(run, &status, json, "saved")
}

/// Waits for the worker's word.
fn answer(run: &RunDir, heard: impl Fn(&Status) -> bool) -> Result<Status> {
    let began = Instant::now();
    loop {
        let status = Status::read(run)?;
        if heard(&status) || !status.state(run).is_live() {
            return Ok(status);
        }
        if began.elapsed() > ANSWER {
            return Err(Error::invalid(
                format!("run {}", run.folder()),
                "its worker has not answered yet; the wish stands, it will be done after the step",
            ));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn answered(run: &RunDir, status: &Status, json: bool, doing: &str) -> Result<()> {
    let summary = RunSummary::read(run)?;
    if json {
        return output::json(&summary);
    }
    let saved = match status.checkpoint {
        Some(step) if status.state != Phase::Running || doing == "saved" => {
            format!(", checkpoint at step {step}")
        }
        _ => String::new(),
    };
    output::line(format!(
        "{} ({}): {}, step {}{saved}",
        summary.name, summary.id, summary.state, summary.step
    ))
}
