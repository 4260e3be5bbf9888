//! The chart: the raw curve and its envelope behind the smoothed one, held-out
//! points, what happened, several runs over each other, a cursor.

use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::Span;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, LegendPosition};

use super::TrainTab;
use crate::number_format;
use crate::runs::curve::{Bucket, downsample};
use crate::runs::follow::MetricKind;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::views::canvas::Canvas;

/// A line of the chart.
struct Series {
    name: Option<String>,
    points: Vec<(f64, f64)>,
    style: Style,
    marker: Marker,
    graph: GraphType,
}

/// Draws the chosen run and those compared with it.
pub fn draw(canvas: &mut Canvas, area: Rect, train: &TrainTab) {
    let theme = canvas.theme;
    let Some((low, high)) = train.steps() else {
        let words = match train.selected_run() {
            Some(run) if !run.state.is_live() => {
                "no curve: it was solved in one step, or never began"
            }
            _ => "the chart comes with the first step",
        };
        return canvas.text(area, words, theme.quiet);
    };
    let scale = Scale {
        low,
        high,
        logarithmic: train.logarithmic,
        logarithmic_steps: train.logarithmic_steps,
        // Braille has two dots a column.
        columns: 2 * usize::from(area.width.max(1)),
    };
    let series = all_series(theme, train, &scale);
    let values = series.iter().flat_map(|s| &s.points).map(|(_, y)| *y);
    let (bottom, top) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if !bottom.is_finite() {
        let words = "nothing in view; - looks from farther away";
        return canvas.text(area, words, theme.quiet);
    }
    let (bottom, top) = padded_bounds(bottom, top, train.logarithmic);
    let mut upright = event_marks(theme, train, &scale, (bottom, top));
    if let Some(step) = train.cursor.filter(|step| scale.shows(*step)) {
        let at = scale.x(step);
        upright.push(series_line(
            None,
            vec![(at, bottom), (at, top)],
            theme.accent,
        ));
    }
    let y_labels = [bottom, f64::midpoint(bottom, top), top]
        .map(|value| Span::styled(number_format::error(scale.value(value)), theme.quiet));
    let (left, right) = (scale.x(low), scale.x(high));
    let x_labels = [left, f64::midpoint(left, right), right]
        .map(|x| Span::styled(number_format::count(scale.step(x) as u64), theme.quiet));
    let datasets = series
        .iter()
        .chain(&upright)
        .map(|series| {
            let set = Dataset::default()
                .data(&series.points)
                .style(series.style)
                .marker(series.marker)
                .graph_type(series.graph);
            match &series.name {
                Some(name) => set.name(name.clone()),
                None => set,
            }
        })
        .collect();
    let axis = |bounds: [f64; 2], labels: [Span<'static>; 3]| {
        Axis::default()
            .bounds(bounds)
            .labels(labels)
            .style(theme.quiet)
    };
    let chart = Chart::new(datasets)
        .x_axis(axis([left, right], x_labels))
        .y_axis(axis([bottom, top], y_labels))
        .hidden_legend_constraints((Constraint::Percentage(60), Constraint::Percentage(60)))
        .legend_position(Some(LegendPosition::TopRight));
    canvas.widget(area, chart);
}

/// An axis a little longer than its values. Where none is below zero it is not
/// either: an error cannot be.
fn padded_bounds(least: f64, most: f64, logarithmic: bool) -> (f64, f64) {
    let size = least.abs().max(most.abs());
    let margin = ((most - least) * 0.05).max(size * 1e-3).max(1e-12);
    let bottom = least - margin;
    if least >= 0.0 && !logarithmic {
        (bottom.max(0.0), most + margin)
    } else {
        (bottom, most + margin)
    }
}

/// Which steps are shown, and how steps and values become places.
struct Scale {
    low: u64,
    high: u64,
    logarithmic: bool,
    logarithmic_steps: bool,
    columns: usize,
}

impl Scale {
    fn shows(&self, step: u64) -> bool {
        (self.low..=self.high).contains(&step)
    }

    fn x(&self, step: u64) -> f64 {
        if self.logarithmic_steps {
            (step.max(1) as f64).log10()
        } else {
            step as f64
        }
    }

    fn step(&self, x: f64) -> f64 {
        if self.logarithmic_steps {
            10f64.powf(x).round()
        } else {
            x.round()
        }
    }

    /// None for what a logarithmic axis cannot show, and for what is no number.
    fn y(&self, value: f32) -> Option<f64> {
        let value = f64::from(value);
        if self.logarithmic {
            (value > 0.0 && value.is_finite()).then(|| value.log10())
        } else {
            Some(value).filter(|value| value.is_finite())
        }
    }

    fn value(&self, y: f64) -> f64 {
        if self.logarithmic { 10f64.powf(y) } else { y }
    }

    fn point(&self, (step, value): (u64, f32)) -> Option<(f64, f64)> {
        let y = self.y(value).filter(|_| self.shows(step))?;
        Some((self.x(step), y))
    }

    fn points(&self, points: impl Iterator<Item = (u64, f32)>) -> Vec<(f64, f64)> {
        points.filter_map(|point| self.point(point)).collect()
    }

    /// The last point of each of the chart's columns, so that a long run costs
    /// no more to draw than a short one.
    fn thinned(&self, points: impl Iterator<Item = (u64, f32)>) -> Vec<(f64, f64)> {
        let (left, right) = (self.x(self.low), self.x(self.high));
        let width = (right - left).max(f64::MIN_POSITIVE) / self.columns as f64;
        let mut thin: Vec<(f64, f64)> = Vec::with_capacity(self.columns);
        let mut column = f64::NEG_INFINITY;
        for point in points.filter_map(|point| self.point(point)) {
            let at = ((point.0 - left) / width).floor();
            match thin.last_mut() {
                Some(last) if at == column => *last = point,
                _ => thin.push(point),
            }
            column = at;
        }
        thin
    }

    /// From each column's least to its greatest value: the raw curve where a
    /// column is one step, its envelope where it is many.
    fn envelope(&self, buckets: &[Bucket]) -> Vec<(f64, f64)> {
        let shown = if self.logarithmic_steps {
            downsample(buckets, self.low, self.high, 64 * self.columns)
        } else {
            downsample(buckets, self.low, self.high, self.columns)
        };
        let ends = shown
            .iter()
            .flat_map(|bucket| [(bucket.first, bucket.min), (bucket.first, bucket.max)]);
        self.points(ends)
    }
}

fn all_series(theme: &Theme, train: &TrainTab, scale: &Scale) -> Vec<Series> {
    let shown = train.charted_runs();
    let alone = shown.len() == 1;
    let mut series = Vec::new();
    for (index, (run, curves)) in shown.iter().enumerate() {
        let style = theme.series[index % theme.series.len()];
        let curve = curves.curve(train.quantity);
        let label = |words: &str| Some(text::truncate(if alone { words } else { &run.name }, 24));
        if train.quantity != MetricKind::Loss {
            let steady = train.quantity == MetricKind::LearningRate;
            let points = if steady {
                scale.points(step_hold(curve, scale.high))
            } else {
                scale.thinned(curve.iter().map(|bucket| (bucket.last, bucket.mean)))
            };
            series.push(series_line(label(train.quantity.label()), points, style));
            continue;
        }
        let smoothed = smooth(curve, train.smoothing_weight());
        if alone {
            series.push(series_line(None, scale.envelope(curve), theme.quiet));
        }
        series.push(series_line(
            label("training"),
            scale.thinned(smoothed.into_iter()),
            style,
        ));
        let held_out = curves
            .held_out
            .iter()
            .map(|point| (point.step, point.scores.mse as f32));
        series.push(Series {
            name: alone.then(|| "held-out".to_string()),
            points: scale.points(held_out),
            style: theme.series[(index + shown.len()) % theme.series.len()],
            marker: Marker::Dot,
            graph: GraphType::Scatter,
        });
    }
    series
}

/// A value that stands until the next one, as corners of its steps.
fn step_hold(buckets: &[Bucket], end: u64) -> impl Iterator<Item = (u64, f32)> {
    let ends = buckets.iter().skip(1).map(|next| next.first).chain([end]);
    buckets
        .iter()
        .zip(ends)
        .flat_map(|(bucket, end)| [(bucket.first, bucket.mean), (end, bucket.mean)])
}

/// A short line from below for each thing that happened to the chosen run.
fn event_marks(
    theme: &Theme,
    train: &TrainTab,
    scale: &Scale,
    (bottom, top): (f64, f64),
) -> Vec<Series> {
    let curves = train.selected.as_ref().and_then(|id| train.curves.get(id));
    let events = curves.map(|curves| curves.events.as_slice());
    events
        .unwrap_or_default()
        .iter()
        .filter(|event| is_event_marked(&event.what) && scale.shows(event.step))
        .map(|event| {
            let (x, height) = (scale.x(event.step), (top - bottom) * 0.12);
            series_line(None, vec![(x, bottom), (x, bottom + height)], theme.warning)
        })
        .collect()
}

/// Beginning and end show by themselves.
pub fn is_event_marked(event: &str) -> bool {
    !matches!(event, "started" | "finished")
}

fn series_line(name: Option<String>, points: Vec<(f64, f64)>, style: Style) -> Series {
    Series {
        name,
        points,
        style,
        marker: Marker::Braille,
        graph: GraphType::Line,
    }
}

/// An exponential moving average that starts unbiased (Kingma and Ba 2014,
/// section 3).
pub fn smooth(buckets: &[Bucket], weight: f32) -> Vec<(u64, f32)> {
    let (mut sum, mut weights) = (0.0, 0.0);
    buckets
        .iter()
        .map(|bucket| {
            sum = weight * sum + (1.0 - weight) * bucket.mean;
            weights = weight * weights + (1.0 - weight);
            (bucket.last, sum / weights)
        })
        .collect()
}

/// The value of a curve at a step: of the bucket that holds it, else the last before.
pub fn value_at(buckets: &[Bucket], step: u64) -> Option<f32> {
    let after = buckets.partition_point(|bucket| bucket.first <= step);
    buckets.get(after.checked_sub(1)?).map(|bucket| bucket.mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(step: u64, mean: f32) -> Bucket {
        Bucket {
            first: step,
            last: step,
            count: 1,
            min: mean,
            max: mean,
            mean,
        }
    }

    #[test]
    fn smoothing_keeps_a_constant_and_none_keeps_all() {
        let flat: Vec<_> = (0..20).map(|step| bucket(step, 0.25)).collect();
        for (_, value) in smooth(&flat, 0.9) {
            assert!((value - 0.25).abs() < 1e-6);
        }
        let steep: Vec<_> = (0..9).map(|step| bucket(step, step as f32)).collect();
        assert_eq!(smooth(&steep, 0.0)[5], (5, 5.0));
        assert!(smooth(&steep, 0.9)[8].1 < 8.0);
    }

    #[test]
    fn an_axis_of_errors_does_not_begin_below_zero() {
        assert_eq!(padded_bounds(0.0, 10.0, false), (0.0, 10.5));
        assert_eq!(padded_bounds(0.1, 10.0, false).0, 0.0);
        assert!(padded_bounds(9.0, 10.0, false).0 > 8.9);
        assert!(
            padded_bounds(-1.0, 1.0, false).0 < -1.0,
            "not all figures are errors"
        );
        assert!(padded_bounds(0.1, 1.0, true).0 < 0.1, "a logarithm may be");
        for flat in [0.0, 1e-30, 3.4e38] {
            let (bottom, top) = padded_bounds(flat, flat, false);
            assert!(bottom >= 0.0 && bottom < top, "{flat}: {bottom} {top}");
        }
    }

    #[test]
    fn the_last_step_there_can_be_has_its_place() {
        let scale = Scale {
            low: 0,
            high: u64::MAX,
            logarithmic: false,
            logarithmic_steps: false,
            columns: 80,
        };
        let points = [
            (0, 1.0),
            (1 << 60, f32::INFINITY),
            (1 << 61, 2.0),
            (u64::MAX, 3.0),
        ];
        assert_eq!(scale.points(points.into_iter()).len(), 3);
        assert_eq!(scale.thinned(points.into_iter()).len(), 3);
    }

    fn scale(logarithmic_steps: bool) -> Scale {
        Scale {
            low: 1,
            high: 100_000,
            logarithmic: false,
            logarithmic_steps,
            columns: 80,
        }
    }

    #[test]
    fn a_long_run_costs_no_more_points_than_the_chart_has_columns() {
        let long: Vec<_> = (1..=100_000).map(|step| bucket(step, 1.0)).collect();
        for logarithmic_steps in [false, true] {
            let scale = scale(logarithmic_steps);
            let thin = scale.thinned(smooth(&long, 0.9).into_iter());
            assert!(thin.len() <= 81, "{}", thin.len());
            // The first steps are told apart on the logarithmic axis alone.
            let early = thin.iter().filter(|(x, _)| scale.step(*x) < 100.0).count();
            assert_eq!(early > 10, logarithmic_steps);
        }
    }

    #[test]
    fn the_envelope_reaches_from_the_least_to_the_greatest_value() {
        let mut wild: Vec<_> = (1..=100_000).map(|step| bucket(step, 1.0)).collect();
        (wild[500].min, wild[500].mean, wild[500].max) = (7.0, 7.0, 7.0);
        let ends = scale(false).envelope(&wild);
        let top = ends.iter().fold(0.0f64, |top, (_, y)| top.max(*y));
        assert_eq!((top, ends.len()), (7.0, 160));
    }

    #[test]
    fn a_value_stands_until_the_next() {
        let rates = [bucket(1, 0.5), bucket(10, 0.25)];
        let corners: Vec<_> = step_hold(&rates, 20).collect();
        assert_eq!(corners, [(1, 0.5), (10, 0.5), (10, 0.25), (20, 0.25)]);
    }

    #[test]
    fn the_cursor_reads_the_step_at_or_before_it() {
        let curve = [bucket(1, 0.5), bucket(10, 0.25)];
        assert_eq!(value_at(&curve, 0), None);
        assert_eq!(value_at(&curve, 9), Some(0.5));
        assert_eq!(value_at(&curve, 99), Some(0.25));
    }
}
