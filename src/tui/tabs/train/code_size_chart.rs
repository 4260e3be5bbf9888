//! The chart of held-out error against code size: exact PCA and the runs on the
//! same pictures.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::Span;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, LegendPosition};

use crate::number_format;
use crate::runs::RunSummary;
use crate::runs::code_size_curve::{CodeSizeCurve, Point};
use crate::tui::action::Topic;
use crate::tui::app::App;
use crate::tui::text;
use crate::tui::views::canvas::Canvas;

/// Another number once another run has come to its end, or gone.
pub fn finished_runs_stamp(runs: &[RunSummary]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for run in runs.iter().filter(|run| !run.state.is_live()) {
        run.id.hash(&mut hasher);
    }
    hasher.finish()
}

/// One line of the chart.
struct Line {
    name: String,
    points: Vec<(f64, f64)>,
    style: Style,
}

/// Draws the curve that was answered last, its heading first.
pub fn draw(canvas: &mut Canvas, area: Rect, app: &App) {
    let theme = canvas.theme;
    let below = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    let Some(curve) = &app.train.code_curve else {
        let words = if app.is_waiting(Topic::CodeSizeCurve) {
            "judging PCA on this run's held-out pictures …"
        } else {
            "nothing to compare: the run holds no pictures out, or its data is gone"
        };
        canvas.text(area, "held-out error against code size", theme.quiet);
        return canvas.text(below, words, theme.quiet);
    };
    let heading = format!(
        "held-out error against code size, {} pictures of {} at {} px",
        text::with_thousands(curve.pictures),
        curve.data,
        curve.size,
    );
    let heading = text::truncate(&heading, area.width.into());
    canvas.text(area, heading, theme.quiet);
    let lines = chart_lines(curve, theme.quiet, &theme.series);
    let all = || lines.iter().flat_map(|line| &line.points);
    let bounds = |of: fn(&(f64, f64)) -> f64| {
        all()
            .map(of)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            })
    };
    let ((left, right), (bottom, top)) = (bounds(|point| point.0), bounds(|point| point.1));
    if !left.is_finite() || !bottom.is_finite() {
        return;
    }
    let margin = ((top - bottom) * 0.05).max(1e-3);
    let (bottom, top) = (bottom - margin, top + margin);
    let sets = lines.iter().map(|line| {
        Dataset::default()
            .name(line.name.clone())
            .data(&line.points)
            .style(line.style)
            .marker(match line.points.len() {
                1 => Marker::Dot,
                _ => Marker::Braille,
            })
            .graph_type(match line.points.len() {
                1 => GraphType::Scatter,
                _ => GraphType::Line,
            })
    });
    let label = |text: String| Span::styled(text, theme.quiet);
    let middle = |a: f64, b: f64| [a, f64::midpoint(a, b), b];
    let axis = |bounds: [f64; 2], labels: [Span<'static>; 3]| {
        Axis::default()
            .bounds(bounds)
            .labels(labels)
            .style(theme.quiet)
    };
    let codes = middle(left, right).map(|x| label(format!("{:.0}", x.exp2())));
    let errors = middle(bottom, top).map(|y| label(number_format::error(10f64.powf(y))));
    let chart = Chart::new(sets.collect())
        .x_axis(axis([left, right.max(left + 1.0)], codes))
        .y_axis(axis([bottom, top], errors))
        .hidden_legend_constraints((Constraint::Percentage(60), Constraint::Percentage(60)))
        .legend_position(Some(LegendPosition::TopRight));
    canvas.widget(below, chart);
}

/// Both axes logarithmic: PCA, then for each network the best of its runs at each
/// code size.
fn chart_lines(curve: &CodeSizeCurve, quiet: Style, series: &[Style]) -> Vec<Line> {
    let place = |point: &Point| {
        let x = f64::from(point.code_size.max(1)).log2();
        (point.mse > 0.0 && point.mse.is_finite()).then(|| (x, point.mse.log10()))
    };
    let mut networks: BTreeMap<String, BTreeMap<u32, Point>> = BTreeMap::new();
    for run in &curve.runs {
        let sizes = networks.entry(run.model.to_string()).or_default();
        let best = sizes.entry(run.point.code_size).or_insert(run.point);
        if run.point.mse < best.mse || !best.mse.is_finite() {
            *best = run.point;
        }
    }
    let pca = Line {
        name: "PCA".to_string(),
        points: curve.pca.iter().filter_map(place).collect(),
        style: quiet,
    };
    let networks = networks.into_iter().filter(|(name, _)| name != "pca");
    let networks = networks.zip(series.iter().cycle());
    std::iter::once(pca)
        .chain(networks.map(|((name, points), style)| Line {
            name,
            points: points.values().filter_map(place).collect(),
            style: *style,
        }))
        .collect()
}
