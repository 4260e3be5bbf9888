//! Charts: lines and points over two labelled axes.

use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::symbols::line::VERTICAL;
use ratatui::text::Span;
use ratatui::widgets::{Axis as AxisWidget, Chart as ChartWidget};
use ratatui::widgets::{Dataset, GraphType, LegendPosition};

use super::canvas::Canvas;

/// One line of a chart, or its points.
#[derive(Debug)]
pub(crate) struct Series {
    /// Its name in the legend; without one it is not listed.
    pub name: Option<String>,
    pub points: Vec<(f64, f64)>,
    pub style: Style,
    marker: Marker,
    graph: GraphType,
}

impl Series {
    /// Points joined by a line.
    pub(crate) fn line(name: Option<String>, points: Vec<(f64, f64)>, style: Style) -> Self {
        Self {
            name,
            points,
            style,
            marker: Marker::Braille,
            graph: GraphType::Line,
        }
    }

    /// Points by themselves.
    pub(crate) fn scatter(name: Option<String>, points: Vec<(f64, f64)>, style: Style) -> Self {
        Self {
            name,
            points,
            style,
            marker: Marker::Dot,
            graph: GraphType::Scatter,
        }
    }
}

/// An axis: its ends, and the labels at its low end, its middle and its high end.
#[derive(Debug)]
pub(crate) struct Axis {
    bounds: [f64; 2],
    labels: [String; 3],
}

impl Axis {
    /// From `low` to `high`.
    pub(crate) fn new(low: f64, high: f64, label: impl Fn(f64) -> String) -> Self {
        Self {
            bounds: [low, high],
            labels: [low, f64::midpoint(low, high), high].map(label),
        }
    }

    /// The same labels on a longer axis.
    pub(crate) fn extended_to(mut self, high: f64) -> Self {
        self.bounds[1] = high;
        self
    }
}

/// The part of the chart's height that a legend may take before it is left out,
/// in percent.
pub(crate) const LEGEND_PERCENT: u16 = 60;

/// Draws the series over their axes. `legend_percent` is the part of the height
/// that the legend may take. Gives the area of the lines.
pub(crate) fn draw(
    canvas: &mut Canvas,
    area: Rect,
    series: &[Series],
    (x, y): (Axis, Axis),
    legend_percent: u16,
) -> Rect {
    let theme = canvas.theme;
    let datasets = series.iter().map(|series| {
        let dataset = Dataset::default()
            .data(&series.points)
            .style(series.style)
            .marker(series.marker)
            .graph_type(series.graph);
        match &series.name {
            Some(name) => dataset.name(name.clone()),
            None => dataset,
        }
    });
    let axis = |axis: Axis| {
        AxisWidget::default()
            .bounds(axis.bounds)
            .labels(axis.labels.map(|label| Span::styled(label, theme.quiet)))
            .style(theme.quiet)
    };
    let chart = ChartWidget::new(datasets.collect())
        .x_axis(axis(x))
        .y_axis(axis(y))
        .hidden_legend_constraints((
            Constraint::Percentage(60),
            Constraint::Percentage(legend_percent),
        ))
        .legend_position(Some(LegendPosition::TopRight));
    canvas.widget(area, chart);
    plot_area(canvas, area)
}

/// Where the lines of a chart are that was drawn in `area`: right of its axis of values.
fn plot_area(canvas: &mut Canvas, area: Rect) -> Rect {
    let is_axis = |x: &u16| canvas.symbol(*x, area.y) == Some(VERTICAL);
    let axis = (area.left()..area.right()).find(is_axis);
    let left = axis.map_or(area.x, |x| x + 1);
    Rect {
        x: left,
        width: area.right().saturating_sub(left),
        height: area.height.saturating_sub(2),
        ..area
    }
}

/// The least and the greatest of some values; `None` when there are none.
pub(crate) fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let empty = (f64::INFINITY, f64::NEG_INFINITY);
    let (low, high) = values.fold(empty, |(low, high), value| {
        (low.min(value), high.max(value))
    });
    low.is_finite().then_some((low, high))
}
