//! The chart of losses: the raw curve behind the smoothed one, held-out points,
//! several runs over each other, a cursor.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::Span;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, LegendPosition};

use super::State;
use crate::runs::curve::Bucket;
use crate::tui::run_watch::Curves;
use crate::tui::text;
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
pub fn draw(canvas: &mut Canvas, area: Rect, train: &State) {
    let theme = canvas.theme;
    let Some((low, high)) = train.steps() else {
        let words = match train.run() {
            Some(run) if !run.state.is_live() => {
                "no curve: it was solved in one step, or never began"
            }
            _ => "the chart comes with the first step",
        };
        return canvas.words(area, words, theme.quiet);
    };
    let in_view = |step: u64| (low..=high).contains(&step);
    let shown: Vec<(&str, &Curves)> = train
        .runs
        .iter()
        .filter(|run| Some(&run.id) == train.chosen.as_ref() || train.compared.contains(&run.id))
        .filter_map(|run| Some((run.name.as_str(), train.curves.get(&run.id)?)))
        .collect();
    let alone = shown.len() == 1;
    let mut series = Vec::new();
    for (index, (name, curves)) in shown.iter().enumerate() {
        let style = theme.series[index % theme.series.len()];
        let smoothed = smooth(&curves.loss, train.smoothing_weight());
        if alone && train.smoothing_weight() > 0.0 {
            let raw = curves.loss.iter().map(|bucket| (bucket.first, bucket.mean));
            series.push(line(None, scaled(train, raw, in_view), theme.quiet));
        }
        let label = if alone { "training" } else { name };
        series.push(line(
            Some(label.to_string()),
            scaled(train, smoothed.into_iter(), in_view),
            style,
        ));
        let held_out = curves
            .held_out
            .iter()
            .map(|point| (point.step, point.scores.mse as f32));
        series.push(Series {
            name: alone.then(|| "held-out".to_string()),
            points: scaled(train, held_out, in_view),
            style: theme.series[(index + shown.len()) % theme.series.len()],
            marker: Marker::Dot,
            graph: GraphType::Scatter,
        });
    }
    let values = series.iter().flat_map(|s| &s.points).map(|(_, y)| *y);
    let (bottom, top) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if !bottom.is_finite() {
        return canvas.words(
            area,
            "no step in view; - looks from farther away",
            theme.quiet,
        );
    }
    let margin = ((top - bottom) * 0.05).max(1e-9);
    let (bottom, top) = (bottom - margin, top + margin);
    if let Some(step) = train.cursor.filter(|step| in_view(*step)) {
        let at = step as f64;
        series.push(line(None, vec![(at, bottom), (at, top)], theme.accent));
    }
    let unscaled = |value: f64| {
        if train.logarithmic {
            10f64.powf(value)
        } else {
            value
        }
    };
    let y_labels = [bottom, (bottom + top) / 2.0, top]
        .map(|value| Span::styled(loss_label(unscaled(value)), theme.quiet));
    let x_labels = [low, low.midpoint(high), high]
        .map(|step| Span::styled(text::grouped(step as usize), theme.quiet));
    let datasets = series
        .iter()
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
    let chart = Chart::new(datasets)
        .x_axis(
            Axis::default()
                .bounds([low as f64, high as f64])
                .labels(x_labels)
                .style(theme.quiet),
        )
        .y_axis(
            Axis::default()
                .bounds([bottom, top])
                .labels(y_labels)
                .style(theme.quiet),
        )
        .legend_position(Some(LegendPosition::TopRight));
    canvas.widget(area, chart);
}

fn line(name: Option<String>, points: Vec<(f64, f64)>, style: Style) -> Series {
    Series {
        name,
        points,
        style,
        marker: Marker::Braille,
        graph: GraphType::Line,
    }
}

/// Points in view, their values on the axis' scale.
fn scaled(
    train: &State,
    points: impl Iterator<Item = (u64, f32)>,
    in_view: impl Fn(u64) -> bool,
) -> Vec<(f64, f64)> {
    points
        .filter(|(step, value)| in_view(*step) && (!train.logarithmic || *value > 0.0))
        .map(|(step, value)| {
            let value = f64::from(value);
            let value = if train.logarithmic {
                value.log10()
            } else {
                value
            };
            (step as f64, value)
        })
        .collect()
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
pub fn at(buckets: &[Bucket], step: u64) -> Option<f32> {
    let after = buckets.partition_point(|bucket| bucket.first <= step);
    buckets.get(after.checked_sub(1)?).map(|bucket| bucket.mean)
}

/// Enough digits to tell losses apart: `0.0049`, `0.131`.
pub fn loss_label(value: f64) -> String {
    if value.abs() >= 0.1 {
        format!("{value:.3}")
    } else if value.abs() >= 0.001 {
        format!("{value:.4}")
    } else {
        format!("{value:.1e}")
    }
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
    fn the_cursor_reads_the_step_at_or_before_it() {
        let curve = [bucket(1, 0.5), bucket(10, 0.25)];
        assert_eq!(at(&curve, 0), None);
        assert_eq!(at(&curve, 9), Some(0.5));
        assert_eq!(at(&curve, 99), Some(0.25));
    }
}
