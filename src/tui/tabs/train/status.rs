//! Train's status line.

use super::state::TrainTab;
use crate::number_format;
use crate::runs::{RunState, RunSummary};
use crate::training::schedule::format_learning_rate;

/// The selected run in one line: `epoch 15 of 25 · step 11,240 · 1,020 images/s …`,
/// or a question about removing it.
pub(super) fn status_line(tab: &TrainTab) -> String {
    if let Some(run) = tab
        .confirming_removal
        .as_ref()
        .and_then(|id| tab.runs.iter().find(|run| run.id == *id))
    {
        return format!("remove {} with its checkpoints and pictures?", run.name);
    }
    tab.selected_run().map_or(String::new(), describe)
}

fn describe(run: &RunSummary) -> String {
    let mut parts: Vec<String> = run.silence_label().into_iter().collect();
    parts.push(state_and_epoch(run));
    if run.step > 0 || run.steps > 0 {
        parts.push(format!("step {}", number_format::count(run.step)));
    }
    if run.state.is_live() {
        if let Some(rate) = run.images_per_s {
            parts.push(format!("{} images/s", number_format::rate(rate)));
        }
        if let Some(seconds) = run.seconds_left {
            parts.push(format!("{} left", number_format::duration(seconds)));
        }
    }
    if let Some(rate) = run.learning_rate {
        parts.push(format!("lr {}", format_learning_rate(rate)));
    }
    if let Some(scores) = run.held_out {
        parts.push(if scores.is_finite() {
            format!(
                "held-out {}, {}, SSIM {}",
                number_format::error(scores.mse),
                number_format::decibels(scores.psnr_db),
                number_format::ssim(scores.ssim)
            )
        } else {
            format!("held-out {}", number_format::NOT_FINITE)
        });
    }
    parts.extend(run.error.clone());
    parts.extend(run.unreadable.iter().cloned());
    parts.join(" · ")
}

/// `epoch 15 of 25`, `paused in epoch 3 of 25`.
fn state_and_epoch(run: &RunSummary) -> String {
    let state = run.state_label();
    match (run.state, run.epoch, run.epochs) {
        (_, 0, 0) => state.to_string(),
        (_, epoch, 0) => format!("{state} in epoch {epoch}"),
        (RunState::Running, epoch, epochs) => format!("epoch {epoch} of {epochs}"),
        (_, epoch, epochs) => format!("{state} in epoch {epoch} of {epochs}"),
    }
}
