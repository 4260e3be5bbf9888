//! The chart of a metric: the raw curve and its envelope behind the smoothed one,
//! held-out points, events, several runs over each other, a cursor.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::action::TrainAction;
use super::keys;
use super::scale::{Scale, padded_bounds};
use super::smoothing::{smooth, step_hold, value_at};
use super::state::TrainTab;
use crate::number_format;
use crate::runs::follow::MetricKind;
use crate::tui::action::Action;
use crate::tui::areas::without_top;
use crate::tui::context::Context;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Track;
use crate::tui::run_monitor::Curves;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::chart::{self, Axis, LEGEND_PERCENT, Series};

/// Draws the selected run and those compared with it, a heading first.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, tab: &TrainTab, context: &Context) {
    let heading = heading(canvas.theme, tab);
    canvas.line(area, heading);
    draw_series(canvas, without_top(area, 1), tab, context);
}

fn draw_series(canvas: &mut Canvas, area: Rect, tab: &TrainTab, context: &Context) {
    let theme = canvas.theme;
    let Some((low, high)) = tab.steps() else {
        let reason = match tab.selected_run() {
            Some(run) if !run.state.is_live() => {
                "no curve: the run never started, or was fitted in one step"
            }
            _ => "the chart starts with the first step",
        };
        return canvas.text(area, reason, theme.quiet);
    };
    let scale = Scale {
        steps: low..=high,
        logarithmic: tab.logarithmic,
        logarithmic_steps: tab.logarithmic_steps,
        // Braille has two dots a column.
        columns: 2 * usize::from(area.width.max(1)),
    };
    let mut series = all_series(theme, tab, &scale);
    let values = series.iter().flat_map(|series| &series.points);
    let Some((least, greatest)) = chart::range(values.map(|(_, y)| *y)) else {
        let key = context.key(keys::MAIN, Action::Train(TrainAction::ZoomOut));
        let advice = format!("no data in range; {key} zooms out");
        return canvas.text(area, advice, theme.quiet);
    };
    let (bottom, top) = padded_bounds(least, greatest, tab.logarithmic);
    series.extend(event_marks(theme, tab, &scale, (bottom, top)));
    if let Some(step) = tab.cursor.filter(|step| scale.shows(*step)) {
        let x = scale.x(step);
        let cursor = vec![(x, bottom), (x, top)];
        series.push(Series::line(None, cursor, theme.accent));
    }
    let x = Axis::new(scale.x(low), scale.x(high), |x| {
        number_format::count(scale.step(x) as u64)
    });
    let y = Axis::new(bottom, top, |y| number_format::error(scale.value(y)));
    let plot = chart::draw(canvas, area, &series, (x, y), LEGEND_PERCENT);
    let (nearer, farther) = (TrainAction::ZoomIn, TrainAction::ZoomOut);
    let wheel = Use::Wheel(Some(Action::Train(nearer)), Some(Action::Train(farther)));
    canvas.zone(plot, wheel);
    canvas.zone(plot, Use::Slide(Track::Steps));
}

/// The lines of all runs in the chart.
fn all_series(theme: &Theme, tab: &TrainTab, scale: &Scale) -> Vec<Series> {
    let runs = tab.charted_runs();
    let mut series = Vec::new();
    for (index, (run, curves)) in runs.iter().enumerate() {
        let style = theme.series[index % theme.series.len()];
        let is_alone = runs.len() == 1;
        let name = |label: &str| {
            let name = if is_alone { label } else { &run.name };
            Some(text::truncate(name, 24))
        };
        let curve = curves.curve(tab.quantity);
        if tab.quantity != MetricKind::Loss {
            let points = match tab.quantity {
                MetricKind::LearningRate => scale.points(step_hold(curve, *scale.steps.end())),
                _ => scale.thinned(curve.iter().map(|bucket| (bucket.last, bucket.mean))),
            };
            series.push(Series::line(name(tab.quantity.label()), points, style));
            continue;
        }
        if is_alone {
            series.push(Series::line(None, scale.envelope(curve), theme.quiet));
        }
        let smoothed = smooth(curve, tab.smoothing_weight()).into_iter();
        series.push(Series::line(
            name("training"),
            scale.thinned(smoothed),
            style,
        ));
        let held_out = curves
            .held_out
            .iter()
            .map(|point| (point.step, point.scores.mse as f32));
        let name = is_alone.then(|| "held-out".to_string());
        let style = theme.series[(index + runs.len()) % theme.series.len()];
        series.push(Series::scatter(name, scale.points(held_out), style));
    }
    series
}

/// A short line from below for each event of the selected run.
fn event_marks(
    theme: &Theme,
    tab: &TrainTab,
    scale: &Scale,
    (bottom, top): (f64, f64),
) -> Vec<Series> {
    let events = tab.selected_curves().map(|curves| curves.events.as_slice());
    events
        .unwrap_or_default()
        .iter()
        .filter(|event| is_event_marked(&event.what) && scale.shows(event.step))
        .map(|event| {
            let (x, height) = (scale.x(event.step), (top - bottom) * 0.12);
            let points = vec![(x, bottom), (x, bottom + height)];
            Series::line(None, points, theme.warning)
        })
        .collect()
}

/// The start and the end of a run are seen without a mark.
fn is_event_marked(event: &str) -> bool {
    !matches!(event, "started" | "finished")
}

/// The metric, then the values under the cursor, or how the chart is drawn.
fn heading(theme: &Theme, tab: &TrainTab) -> Line<'static> {
    let curves = tab.selected_curves();
    let mut spans = vec![Span::styled(tab.quantity.label(), theme.quiet)];
    spans.push(match tab.cursor.zip(curves) {
        Some((step, curves)) => Span::styled(cursor_values(tab, curves, step), theme.accent),
        None => Span::styled(drawing_options(tab), theme.quiet),
    });
    let omitted = curves.map_or(0, |curves| curves.omitted_rows(tab.quantity));
    if omitted > 0 {
        let rows = text::pluralize(omitted as usize, "row");
        spans.push(Span::styled(format!(" · {rows} left out"), theme.warning));
    }
    Line::from(spans)
}

/// `  ▲ 11,240: 0.00472 · held-out 0.00481`.
fn cursor_values(tab: &TrainTab, curves: &Curves, step: u64) -> String {
    let mut values = format!("  ▲ {}", number_format::count(step));
    if let Some(value) = value_at(curves.curve(tab.quantity), step) {
        values += &format!(": {}", number_format::error(value.into()));
    }
    let after = curves.held_out.partition_point(|point| point.step <= step);
    if let Some(point) = after.checked_sub(1).and_then(|at| curves.held_out.get(at)) {
        let error = number_format::error(point.scores.mse);
        values += &format!(" · held-out {error}");
    }
    let marked = curves
        .events
        .iter()
        .filter(|event| is_event_marked(&event.what));
    let reach = tab.steps().map_or(0, |(low, high)| (high - low) / 50);
    if let Some(event) = marked.min_by_key(|event| event.step.abs_diff(step))
        && event.step.abs_diff(step) <= reach
    {
        values += &format!(" · {} {}", event.what, event.detail);
    }
    values
}

/// `  log · smooth 0.9 · all steps`.
fn drawing_options(tab: &TrainTab) -> String {
    let mut options = vec![if tab.logarithmic { "log" } else { "linear" }.to_string()];
    if tab.logarithmic_steps {
        options.push("log steps".to_string());
    }
    if tab.smoothing_weight() > 0.0 && tab.quantity == MetricKind::Loss {
        options.push(format!("smooth {}", tab.smoothing_weight()));
    }
    if tab.zoom.is_none() {
        options.push("all steps".to_string());
    }
    format!("  {}", options.join(" · "))
}
