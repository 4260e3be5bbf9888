//! What runs have done since they were looked at last: which have ended, and which go wrong.

use std::collections::BTreeMap;

use super::notification::Notification;
use super::text;
use crate::number_format;
use crate::runs::{RunState, RunSummary};

/// A mark on Train's title, until Train is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunMark {
    /// A run has ended as it should.
    Ended,
    /// A run goes wrong, or has ended so.
    Wrong,
}

/// What one run has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunNews {
    name: String,
    /// `finished`, `has no heartbeat`.
    what: String,
    /// Its result, or what is wrong.
    detail: String,
    pub(crate) mark: RunMark,
    /// Whether somebody asked for that.
    pub(crate) was_asked: bool,
}

/// What has happened between two lists of runs. Nothing is news of a run that was not in the
/// first one.
pub(crate) fn between(old: &[RunSummary], new: &[RunSummary]) -> Vec<RunNews> {
    let old: BTreeMap<&str, &RunSummary> = old.iter().map(|run| (run.id.as_str(), run)).collect();
    new.iter()
        .filter_map(|run| news(old.get(run.id.as_str())?, run))
        .collect()
}

fn news(before: &RunSummary, run: &RunSummary) -> Option<RunNews> {
    use RunState::{Crashed, Failed, Finished, Paused, Queued, Stopped};
    let was_active = before.state.is_live() || before.state == Queued;
    let has_ended = matches!(run.state, Stopped | Finished | Crashed | Failed);
    let (what, mark) = if was_active && has_ended {
        let is_well = matches!(run.state, Stopped | Finished) && !run.diverged;
        let mark = if is_well {
            RunMark::Ended
        } else {
            RunMark::Wrong
        };
        (run.state_label().to_string(), mark)
    } else if run.state == Paused && run.error.is_some() && before.error.is_none() {
        ("paused by itself".to_string(), RunMark::Wrong)
    } else if run.silent_s.is_some() && before.silent_s.is_none() {
        ("has no heartbeat".to_string(), RunMark::Wrong)
    } else {
        return None;
    };
    Some(RunNews {
        name: run.name.clone(),
        what,
        detail: detail(run),
        mark,
        was_asked: run.state == Stopped,
    })
}

/// Why, where the run says so; else its result, or how far it came.
fn detail(run: &RunSummary) -> String {
    if let Some(error) = &run.error {
        return error.clone();
    }
    let held_out = run.best.map(|best| best.held_out).or(run.held_out);
    match (run.state, held_out) {
        (RunState::Finished, Some(scores)) if scores.is_finite() => format!(
            "held-out {}, {}",
            number_format::error(scores.mse),
            number_format::decibels(scores.psnr_db)
        ),
        (RunState::Finished, _) | (_, None) if run.steps == 0 => String::new(),
        _ => format!(
            "step {} of {}",
            number_format::count(run.step),
            number_format::count(run.steps)
        ),
    }
}

/// The worst mark of some news.
pub(crate) fn mark(news: &[RunNews]) -> Option<RunMark> {
    news.iter().map(|news| news.mark).max()
}

/// Tells news in one notification; `None` if there are none.
pub(crate) fn notification(news: &[RunNews]) -> Option<Notification> {
    let what = |news: &RunNews| format!("{} {}", news.name, news.what);
    match news {
        [] => None,
        [one] => Some(Notification {
            title: format!("lfw-tui: {}", what(one)),
            body: one.detail.clone(),
        }),
        several => Some(Notification {
            title: format!("lfw-tui: news of {}", text::pluralize(several.len(), "run")),
            body: several.iter().map(what).collect::<Vec<_>>().join(", "),
        }),
    }
}

/// The same as a line of the screen.
pub(crate) fn message(news: &[RunNews]) -> String {
    let what = |news: &RunNews| format!("{} {}", news.name, news.what);
    match news {
        [one] if !one.detail.is_empty() => format!("{}: {}", what(one), one.detail),
        several => several.iter().map(what).collect::<Vec<_>>().join(", "),
    }
}
