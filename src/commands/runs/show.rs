//! `lfw-tui runs show`: everything about a run.

use crate::commands::output;
use crate::error::Result;
use crate::number_format;
use crate::runs::{Follower, RunDir, RunSummary};
use crate::training::Scores;
use crate::training::schedule::format_learning_rate;

/// A name and a value to print.
type Line = (&'static str, String);

/// Prints everything about a run.
///
/// # Errors
/// When the run's status cannot be read.
pub(super) fn show(run: &RunDir, json: bool) -> Result<()> {
    let mut summary = RunSummary::read(run)?;
    // The follower reads all files, the summary only the small ones.
    for problem in Follower::attach(run.clone())?.problems() {
        if !summary.unreadable.contains(&problem) {
            summary.unreadable.push(problem);
        }
    }
    if json {
        return output::json(&summary);
    }
    let mut lines = identity(&summary);
    lines.extend(notes(&summary));
    lines.extend(scores(&summary));
    lines.extend(progress(&summary));
    lines.extend(worker(&summary));
    lines
        .into_iter()
        .try_for_each(|(name, value)| output::line(format!("{name:14} {value}")))
}

fn identity(run: &RunSummary) -> Vec<Line> {
    let known = |value: Option<&String>| value.map_or(number_format::UNKNOWN.into(), String::clone);
    let side = count(run.spec.size.map(u64::from));
    let code_size = count(run.spec.code_size.map(u64::from));
    let state = match run.silence_label() {
        Some(silence) => format!("{}, but {silence}", run.state_label()),
        None => run.state_label().to_string(),
    };
    let model = known(run.spec.model.as_ref());
    vec![
        ("name", run.name.clone()),
        ("id", run.id.clone()),
        ("state", state),
        (
            "model",
            format!("{model} · code {code_size} · {side}×{side}"),
        ),
        ("noise", known(run.spec.noise.as_ref())),
        ("data", known(run.spec.data.as_ref())),
        ("epoch", done_of(run.epoch.into(), run.epochs.into())),
        ("step", done_of(run.step, run.steps)),
    ]
}

/// What people wrote about it.
fn notes(run: &RunSummary) -> Vec<Line> {
    let mut lines = Vec::new();
    if !run.tags.is_empty() {
        lines.push(("tags", run.tags.join(" ")));
    }
    let note = run.note.iter().flat_map(|note| note.lines());
    let heads = std::iter::once("note").chain(std::iter::repeat(""));
    lines.extend(heads.zip(note).map(|(head, line)| (head, line.to_string())));
    lines
}

fn scores(run: &RunSummary) -> Vec<Line> {
    let best = run.best.map(|best| best.held_out);
    let mean_picture = |mse| format!("mse {}", precise(mse));
    present([
        ("loss", run.loss.map(precise)),
        ("held-out now", run.held_out.map(describe_scores)),
        ("held-out best", best.map(describe_scores)),
        ("mean picture", run.mean_picture_mse.map(mean_picture)),
        ("best epoch", run.best.map(|best| best.epoch.to_string())),
    ])
}

fn progress(run: &RunSummary) -> Vec<Line> {
    let time = match run.seconds {
        0.0 => number_format::UNKNOWN.to_string(),
        seconds => number_format::duration(seconds),
    };
    present([
        (
            "checkpoint",
            run.checkpoint.map(|step| format!("step {step}")),
        ),
        ("learning rate", run.learning_rate.map(format_learning_rate)),
        ("images/s", run.images_per_s.map(number_format::rate)),
        ("time left", run.seconds_left.map(number_format::duration)),
        ("time", Some(time)),
    ])
}

fn worker(run: &RunSummary) -> Vec<Line> {
    let host = run.host.as_deref().unwrap_or("an unknown host");
    let mut lines = present([
        ("worker", run.pid.map(|pid| format!("{pid} on {host}"))),
        ("started", run.started_at.clone()),
        ("message", run.error.clone()),
        ("path", Some(run.path.clone())),
    ]);
    let problems = run.unreadable.iter();
    lines.extend(problems.map(|problem| ("unreadable", problem.clone())));
    lines
}

fn present<const N: usize>(lines: [(&'static str, Option<String>); N]) -> Vec<Line> {
    lines
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn describe_scores(scores: Scores) -> String {
    let pictures = count(Some(scores.pictures as u64));
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
}

fn precise(error: f64) -> String {
    number_format::fit_width(error, 6, number_format::WIDTH + 1)
}

fn count(value: Option<u64>) -> String {
    match value.filter(|value| *value > 0) {
        Some(value) => number_format::count(value),
        None => number_format::UNKNOWN.to_string(),
    }
}

fn done_of(done: u64, whole: u64) -> String {
    match (done, whole) {
        (0, 0) => number_format::UNKNOWN.to_string(),
        (0, whole) => format!("0 of {}", number_format::count(whole)),
        _ => format!("{} of {}", number_format::count(done), count(Some(whole))),
    }
}
