//! The list of runs.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::action::TrainAction;
use super::keys;
use super::state::TrainTab;
use crate::number_format;
use crate::runs::curve::Bucket;
use crate::runs::{RunState, RunSummary};
use crate::tui::action::Action;
use crate::tui::areas::{row_of, without_top};
use crate::tui::context::Context;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;

/// Characters of a run's sparkline.
const SPARKLINE_WIDTH: usize = 8;

/// Columns of a run's progress where tags stand behind it.
const PROGRESS_WIDTH: usize = 12;

/// The fewest columns in which tags are shown.
const MIN_TAGS_WIDTH: usize = 8;

/// Draws the list, its heading first, and below it what people wrote about the selected run, where
/// there are such words.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, tab: &TrainTab, context: &Context) {
    let theme = canvas.theme;
    canvas.line(area, heading(theme, tab));
    let error_columns = error_columns(tab);
    let width = area.width.into();
    let lines: Vec<Line> = tab
        .rows
        .in_view(&tab.runs, tab.list_rows(context))
        .map(|run| run_row(theme, tab, run, width, error_columns))
        .collect();
    let below = without_top(area, 1);
    if lines.is_empty() {
        let key = context.key(keys::MAIN, Action::Train(TrainAction::Filter));
        let advice = format!("no run passes; {key} changes the filter");
        canvas.text(below, advice, theme.quiet);
    }
    for (index, offset) in (tab.rows.top..).take(lines.len()).zip(1..) {
        let click = Use::Click(Action::Click(Target::Run(index)));
        canvas.zone(row_of(area, offset), click);
    }
    canvas.lines(below, lines);
    if tab.shows_notes()
        && let Some(run) = tab.selected_run()
    {
        let words = text::truncate(&words(run), width);
        canvas.text(row_of(area, area.height - 1), words, theme.quiet);
    }
}

/// `runs by held-out ▴ · 12 of 300`.
fn heading(theme: &Theme, tab: &TrainTab) -> Line<'static> {
    let order = tab.rows.order;
    let arrow = if order.is_reversed { '▾' } else { '▴' };
    let mut spans = vec![Span::styled(
        format!("runs by {} {arrow}", order.column.name()),
        theme.quiet,
    )];
    if !tab.rows.filter.is_empty() {
        let counts = format!(" · {} of {}", tab.rows.len(), tab.runs.len());
        spans.push(Span::styled(counts, theme.accent));
    }
    Line::from(spans)
}

/// `#night #v2 the long one`.
fn words(run: &RunSummary) -> String {
    let tags = run.tags.iter().map(|tag| format!("#{tag}"));
    let note = run.note.iter().map(|note| note.replace('\n', " · "));
    tags.chain(note).collect::<Vec<_>>().join(" ")
}

/// `● face-32   0.00461 ▇▆▅▄▃▃▂▂  62 %  1m58s`.
fn run_row(
    theme: &Theme,
    tab: &TrainTab,
    run: &RunSummary,
    width: usize,
    error_columns: usize,
) -> Line<'static> {
    let (mark, mark_style) = mark(theme, run);
    let compared = if tab.compared.contains(&run.id) {
        "+"
    } else {
        " "
    };
    let error = format!("{:>error_columns$}", error_text(run));
    let sparkline = if width >= 44 {
        let curves = tab.curves.get(&run.id);
        let line = curves.map_or(String::new(), |curves| sparkline(curves.loss()));
        format!(" {line:<SPARKLINE_WIDTH$}")
    } else {
        String::new()
    };
    let used = 4 + error.width() + sparkline.width() + 12;
    let name_width = width.saturating_sub(used).clamp(6, 24);
    let name = text::truncate(&run.name, name_width);
    let pad = " ".repeat(name_width - name.width());
    let name_style = if Some(&run.id) == tab.selected.as_ref() {
        theme.selected
    } else {
        theme.text
    };
    let left = 2 + name_width + 1 + error.width() + sparkline.width() + 2;
    let mut progress = progress_text(run);
    let mut tags = String::new();
    if width >= left + PROGRESS_WIDTH + MIN_TAGS_WIDTH {
        progress = format!("{progress:<PROGRESS_WIDTH$}");
        let all: Vec<String> = run.tags.iter().map(|tag| format!(" #{tag}")).collect();
        tags = text::truncate(&all.concat(), width - left - PROGRESS_WIDTH);
    }
    Line::from(vec![
        Span::styled(mark.to_string(), mark_style),
        Span::styled(compared.to_string(), theme.accent),
        Span::styled(format!("{name}{pad}"), name_style),
        Span::styled(format!(" {error}"), theme.strong),
        Span::styled(sparkline, theme.accent),
        Span::styled(format!("  {progress}"), theme.quiet),
        Span::styled(tags, theme.accent),
    ])
}

/// A mark for what is wrong with a run, else for its state.
fn mark(theme: &Theme, run: &RunSummary) -> (&'static str, Style) {
    if run.silent_s.is_some() {
        ("?", theme.warning)
    } else if run.diverged {
        ("✗", theme.bad)
    } else if !run.unreadable.is_empty() {
        ("!", theme.warning)
    } else {
        state_mark(theme, run.state)
    }
}

fn state_mark(theme: &Theme, state: RunState) -> (&'static str, Style) {
    match state {
        RunState::Queued => ("…", theme.quiet),
        RunState::Running => ("●", theme.accent),
        RunState::Pausing | RunState::Paused => ("‖", theme.warning),
        RunState::Stopping | RunState::Stopped => ("■", theme.quiet),
        RunState::Finished => ("✓", theme.good),
        RunState::Crashed | RunState::Failed => ("✗", theme.bad),
        RunState::Unknown => ("?", theme.quiet),
    }
}

/// `62 % 1m58s` of a running one as far as it is known, else the state.
fn progress_text(run: &RunSummary) -> String {
    if run.silent_s.is_some() {
        return "silent".to_string();
    }
    if run.state != RunState::Running {
        return run.state_label().to_string();
    }
    let percent = number_format::percent(run.step, run.steps).unwrap_or_default();
    let left = run.seconds_left.map_or(String::new(), |seconds| {
        format!(" {}", number_format::duration(seconds))
    });
    match percent + &left {
        known if known.is_empty() => run.state_label().to_string(),
        known => known.trim_start().to_string(),
    }
}

/// The error of a run's best model, else of its last step; a dash where neither is
/// known.
fn error_text(run: &RunSummary) -> String {
    let held_out = run.best.map(|best| best.held_out).or(run.held_out);
    number_format::error_or_unknown(held_out.map(|scores| scores.mse).or(run.loss))
}

/// Columns of the list's errors: those of a number, or of the text in place of one
/// that is not finite.
fn error_columns(tab: &TrainTab) -> usize {
    let widths = tab.runs.iter().map(|run| error_text(run).width());
    widths.max().unwrap_or(0).max(number_format::WIDTH)
}

/// A loss curve on a logarithmic scale: losses fall fast at first and slowly for
/// long.
fn sparkline(buckets: &[Bucket]) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if buckets.is_empty() {
        return String::new();
    }
    let width = SPARKLINE_WIDTH.min(buckets.len());
    let means: Vec<f64> = (0..width)
        .map(|column| {
            let part =
                &buckets[column * buckets.len() / width..(column + 1) * buckets.len() / width];
            let sum: f64 = part.iter().map(|bucket| f64::from(bucket.mean)).sum();
            (sum / part.len() as f64).max(f64::MIN_POSITIVE).ln()
        })
        .collect();
    let low = means.iter().copied().fold(f64::INFINITY, f64::min);
    let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    means
        .iter()
        .map(|mean| {
            let fraction = (mean - low) / (high - low).max(1e-6);
            LEVELS[((fraction * 7.0).round() as usize).min(7)]
        })
        .collect()
}
