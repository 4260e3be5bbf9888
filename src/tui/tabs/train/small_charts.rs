//! Small charts of the metrics that the large one does not show, where there is room below it.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::scale::{Scale, padded_bounds};
use super::smoothing::step_hold;
use super::state::TrainTab;
use crate::number_format;
use crate::runs::follow::MetricKind;
use crate::tui::areas::without_top;
use crate::tui::run_monitor::Curves;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::chart::{self, Axis, Series};

/// Draws as many as there are places, of metrics that the selected run has.
pub(super) fn draw(canvas: &mut Canvas, places: &[Rect], tab: &TrainTab) {
    let Some((curves, steps)) = tab.selected_curves().zip(tab.steps()) else {
        return;
    };
    let has_values =
        |metric: &MetricKind| *metric != tab.quantity && !curves.curve(*metric).is_empty();
    let metrics = MetricKind::ALL.into_iter().filter(has_values);
    for (place, metric) in places.iter().zip(metrics) {
        draw_one(canvas, *place, tab, metric, (curves, steps));
    }
}

/// The metric's name and latest value, then its curves.
fn draw_one(
    canvas: &mut Canvas,
    area: Rect,
    tab: &TrainTab,
    metric: MetricKind,
    (curves, (low, high)): (&Curves, (u64, u64)),
) {
    let theme = canvas.theme;
    let latest = curves.curve(metric).last();
    let latest = latest.map_or(String::new(), |bucket| value_text(bucket.mean.into()));
    let heading = Line::from(vec![
        Span::styled(format!("{}  ", metric.label()), theme.quiet),
        Span::styled(latest, theme.text),
    ]);
    canvas.line(area, heading);
    let scale = Scale {
        steps: low..=high,
        logarithmic: false,
        logarithmic_steps: tab.logarithmic_steps,
        // Braille has two dots a column.
        columns: 2 * usize::from(area.width.max(1)),
    };
    let runs = tab.charted_runs().into_iter().zip(0..);
    let series: Vec<Series> = runs
        .map(|((_, curves), index)| {
            let curve = curves.curve(metric);
            let points = match metric {
                MetricKind::LearningRate => scale.points(step_hold(curve, high)),
                _ => scale.thinned(curve.iter().map(|bucket| (bucket.last, bucket.mean))),
            };
            Series::line(None, points, theme.series[index % theme.series.len()])
        })
        .collect();
    let values = series.iter().flat_map(|series| &series.points);
    let Some((least, greatest)) = chart::range(values.map(|(_, y)| *y)) else {
        return;
    };
    let (bottom, top) = padded_bounds(least, greatest, false);
    let x = Axis::new(scale.x(low), scale.x(high), |x| {
        number_format::count(scale.step(x) as u64)
    });
    let y = Axis::new(bottom, top, value_text);
    chart::draw(canvas, without_top(area, 1), &series, (x, y), 0);
}

/// Large ones without decimals: rates; small ones as errors are.
fn value_text(value: f64) -> String {
    if value.abs() >= 1.0 {
        number_format::rate(value)
    } else {
        number_format::error(value)
    }
}
