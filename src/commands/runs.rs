//! `lfw-tui runs`: list, show, steer and remove training runs.

use std::path::Path;

use serde_json::json;

use super::{Context, output, train};
use crate::cli::{RunsArgs, RunsCommand};
use crate::display;
use crate::error::{Error, Result};
use crate::number_format;
use crate::paths::{create_file, make_folders};
use crate::runs::spawn::{self, ResumeOptions};
use crate::runs::steering::{self, ControlRequest};
use crate::runs::{self, Follower, Phase, RunDir, RunState, RunSummary, Status, export};
use crate::training::schedule::format_learning_rate;

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(context: &Context, args: &RunsArgs) -> Result<()> {
    let find = |wanted: &str| runs::find(&context.paths, wanted);
    let json = args.json;
    match args.command.as_ref().unwrap_or(&RunsCommand::List) {
        RunsCommand::List => list(context, json),
        RunsCommand::Show { run } => show(&find(run)?, json),
        RunsCommand::Remove { run } => {
            let run = runs::find_to_remove(&context.paths, run)?;
            runs::remove(&context.paths, &run)?;
            if json {
                output::json(&json!({"id": run.id(), "removed": run.path()}))
            } else {
                output::line(format!("removed {}", run.path().display()))
            }
        }
        RunsCommand::Pause { run } => steer(&find(run)?, json, ControlRequest::Pause),
        RunsCommand::Stop { run, after_epoch } => {
            let wish = match after_epoch {
                true => ControlRequest::StopAfterEpoch,
                false => ControlRequest::Stop,
            };
            steer(&find(run)?, json, wish)
        }
        RunsCommand::Checkpoint { run } => steer(&find(run)?, json, ControlRequest::Checkpoint),
        RunsCommand::Resume {
            run,
            lr,
            noise,
            rollback,
            force,
            foreground,
            detach: _,
        } => {
            let run = find(run)?;
            let how = ResumeOptions {
                learning_rate: *lr,
                noise: *noise,
                rollback: *rollback,
                force: *force,
            };
            if *rollback && RunSummary::read(&run)?.state.is_live() {
                return steer(&run, json, ControlRequest::RollBack(*lr));
            }
            if *foreground {
                if spawn::prepare_resume(&run, how)?.is_live() {
                    return Err(Error::invalid(
                        format!("run {}", run.folder_name()),
                        "has a worker already, which goes on now; leave out --foreground",
                    ));
                }
                return train::train_run(context, &run, false, json);
            }
            spawn::resume(&context.paths, &run, how)?;
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
                let csv = export::csv(&run)?;
                create_file(path, csv.content.as_bytes())?;
                note_left_out(path, &csv.omissions);
            }
            if let Some(path) = safetensors {
                create_file(path, &export::safetensors(&run)?)?;
            }
            if let Some(folder) = model {
                export::model(&run, folder)?;
            }
            if let Some(folder) = tensorboard {
                make_folders(folder)?;
                let file = folder.join(format!("events.out.tfevents.{}", run.folder_name()));
                let events = export::events(&run)?;
                create_file(&file, &events.content)?;
                note_left_out(&file, &events.omissions);
            }
            if let Some(path) = report {
                let page = export::html(&run)?;
                create_file(path, page.content.as_bytes())?;
                note_left_out(path, &page.omissions);
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
        RunsCommand::Set { run, lr, noise } => {
            steer(&find(run)?, json, ControlRequest::SetOverrides(*lr, *noise))
        }
    }
}

/// Says beside the result what of a run is not in an export.
fn note_left_out(file: &Path, left_out: &export::Omissions) {
    if let Some(words) = left_out.describe() {
        output::note(format!("{}: left out are {words}", file.display()));
    }
}

/// Says where a run that goes on in the background is, as far as it has come.
pub(super) fn print_started(run: &RunDir, json: bool) -> Result<()> {
    let summary = RunSummary::read(run)?;
    if json {
        return output::json(&summary);
    }
    let RunSummary { name, id, path, .. } = &summary;
    let does = match summary.state {
        RunState::Running => match Status::read(run)?.stage {
            Some(stage) => format!("is getting ready in the background ({stage})"),
            None => "trains in the background".to_string(),
        },
        state => match &summary.error {
            Some(error) => format!("is {state}: {error}"),
            None => format!("is {state}"),
        },
    };
    output::line(format!(
        "{name} ({id}) {does}: watch it with `lfw-tui`, or `lfw-tui runs show {id}`\n{path}"
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
    for run in &runs {
        for problem in &run.unreadable {
            output::note(format!("{} ({}): {problem}", run.name, run.id));
        }
    }
    runs::mark_silent_runs(&mut runs);
    if json {
        return runs.iter().try_for_each(output::json);
    }
    if runs.is_empty() {
        return output::line("no run yet; `lfw-tui train --preset face` makes one");
    }
    let width = runs
        .iter()
        .map(|run| display::width(&run.name))
        .max()
        .unwrap_or_default()
        .max(4);
    output::line(format!(
        "{:width$}  {:5}  {:8}  {:>10}  {:>6}  {:>8}  {:>9}",
        "name", "id", "state", "held-out", "done", "left", "images/s"
    ))?;
    for run in &runs {
        let held_out = run.best.map(|best| best.held_out).or(run.held_out);
        let done = number_format::percent(run.step, run.steps).unwrap_or_default();
        let line = format!(
            "{}  {:5}  {:8}  {:>10}  {done:>6}  {:>8}  {:>9}",
            display::padded(&run.name, width),
            run.id,
            run.state_label(),
            held_out.map_or(String::new(), |scores| number_format::error(scores.mse)),
            run.seconds_left
                .filter(|_| run.state.is_live())
                .map_or(String::new(), number_format::duration),
            run.images_per_s.map_or(String::new(), number_format::rate),
        );
        match run.silence_label() {
            Some(silence) => output::line(format_args!("{}  {silence}", line.trim_end()))?,
            None => output::line(line.trim_end())?,
        }
    }
    Ok(())
}

fn show(run: &RunDir, json: bool) -> Result<()> {
    let mut summary = RunSummary::read(run)?;
    // Reads all of its files, where the list looks at the small ones only.
    for problem in Follower::attach(run.clone())?.problems() {
        if !summary.unreadable.contains(&problem) {
            summary.unreadable.push(problem);
        }
    }
    let run = &summary;
    if json {
        return output::json(run);
    }
    let known = |value: Option<&String>| value.map_or(number_format::UNKNOWN.into(), String::clone);
    let number = |value: Option<u64>| match value.filter(|value| *value > 0) {
        Some(value) => number_format::count(value),
        None => number_format::UNKNOWN.to_string(),
    };
    let of = |done: u64, whole: u64| match (done, whole) {
        (0, 0) => number_format::UNKNOWN.to_string(),
        (0, whole) => format!("0 of {}", number_format::count(whole)),
        _ => format!("{} of {}", number_format::count(done), number(Some(whole))),
    };
    let side = number(run.size.map(u64::from));
    let mut lines = vec![
        ("name", run.name.clone()),
        ("id", run.id.clone()),
        (
            "state",
            match run.silence_label() {
                Some(silence) => format!("{}, but {silence}", run.state_label()),
                None => run.state_label().to_string(),
            },
        ),
        (
            "model",
            format!(
                "{} · code {} · {side}×{side}",
                known(run.model.as_ref()),
                number(run.code_size.map(u64::from))
            ),
        ),
        ("noise", known(run.noise.as_ref())),
        ("data", known(run.data.as_ref())),
        ("epoch", of(run.epoch.into(), run.epochs.into())),
        ("step", of(run.step, run.steps)),
    ];
    let mut add = |name, value: Option<String>| lines.extend(value.map(|value| (name, value)));
    let precise = |error: f64| number_format::fit_width(error, 6, number_format::WIDTH + 1);
    add("loss", run.loss.map(precise));
    for (name, scores) in [
        ("held-out now", run.held_out),
        ("held-out best", run.best.map(|best| best.held_out)),
    ] {
        add(
            name,
            scores.map(|scores| {
                let pictures = number(Some(scores.pictures as u64));
                if scores.is_finite() {
                    format!(
                        "mse {} · PSNR {} · SSIM {} · {pictures} pictures",
                        precise(scores.mse),
                        number_format::decibels(scores.psnr_db),
                        number_format::ssim(scores.ssim),
                    )
                } else {
                    format!("{} · {pictures} pictures", number_format::NOT_FINITE)
                }
            }),
        );
    }
    add(
        "mean picture",
        run.mean_picture_mse
            .map(|mse| format!("mse {}", precise(mse))),
    );
    add("best epoch", run.best.map(|best| best.epoch.to_string()));
    add(
        "checkpoint",
        run.checkpoint.map(|step| format!("step {step}")),
    );
    add("learning rate", run.learning_rate.map(format_learning_rate));
    add("images/s", run.images_per_s.map(number_format::rate));
    add("time left", run.seconds_left.map(number_format::duration));
    add(
        "worked",
        Some(match run.seconds {
            0.0 => number_format::UNKNOWN.to_string(),
            seconds => number_format::duration(seconds),
        }),
    );
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
    for problem in &run.unreadable {
        add("not read", Some(problem.clone()));
    }
    lines
        .into_iter()
        .try_for_each(|(name, value)| output::line(format!("{name:14} {value}")))
}

/// The run's state, when a worker is there to be steered.
fn require_live(run: &RunDir) -> Result<RunState> {
    let state = Status::read(run)?.state(run);
    if state.is_live() {
        return Ok(state);
    }
    let advice = match state {
        RunState::Finished => "nothing is left to steer".to_string(),
        RunState::Unknown => "its files do not say whether anything works on it".to_string(),
        RunState::Queued => format!(
            "it waits for its turn; `lfw-tui runs remove {}` takes it out of the queue",
            run.id()
        ),
        _ => format!("`lfw-tui runs resume {}` starts a worker", run.id()),
    };
    Err(Error::invalid(
        format!("run {}", run.folder_name()),
        format!("is {state}; {advice}"),
    ))
}

/// Tells a live run something and waits for what its worker makes of it.
fn steer(run: &RunDir, json: bool, wish: ControlRequest) -> Result<()> {
    require_live(run)?;
    let status = wish.submit(run)?.wait(steering::RESPONSE_TIMEOUT)?;
    let summary = RunSummary::read(run)?;
    if json {
        return output::json(&summary);
    }
    let saved = match status.checkpoint {
        Some(step) if status.state != Phase::Running || wish == ControlRequest::Checkpoint => {
            format!(", checkpoint at step {step}")
        }
        _ => String::new(),
    };
    output::line(format!(
        "{} ({}): {}, step {}{saved}",
        summary.name, summary.id, summary.state, summary.step
    ))
}
