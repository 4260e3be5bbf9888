//! The chart of PSNR against the level of the noise, for the face at hand.

use ratatui::layout::{Constraint, Rect};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, LegendPosition};

use crate::dataset::Noise;
use crate::tui::app::App;
use crate::tui::views::canvas::Canvas;

/// Draws the curves that were answered last.
pub fn draw(canvas: &mut Canvas, area: Rect, app: &App) {
    let theme = canvas.theme;
    let Some(curves) = &app.denoise.sweep else {
        return canvas.text(area, "the chart waits for its methods …", theme.quiet);
    };
    let x: Vec<f64> = curves
        .noises
        .iter()
        .map(|noise| f64::from(noise.level()))
        .collect();
    let (Some(&left), Some(&right)) = (x.first(), x.last()) else {
        return;
    };
    let shown: Vec<(&str, Vec<(f64, f64)>)> = curves
        .curves
        .iter()
        .map(|(label, psnr)| {
            let points = x.iter().copied().zip(psnr.iter().map(|&y| f64::from(y)));
            // A picture that the noise missed has no error to speak of.
            (
                label.as_str(),
                points.filter(|(_, y)| y.is_finite()).collect(),
            )
        })
        .collect();
    let values = shown.iter().flat_map(|(_, points)| points).map(|(_, y)| *y);
    let (bottom, top) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
        (low.min(y), high.max(y))
    });
    if !bottom.is_finite() {
        return;
    }
    let (bottom, top) = ((bottom - 0.5).floor(), (top + 0.5).ceil());
    let now = f64::from(app.denoise.sliders.noise().level()).clamp(left, right);
    let upright = [(now, bottom), (now, top)];
    let line = |points, style| {
        Dataset::default()
            .data(points)
            .style(style)
            .marker(Marker::Braille)
            .graph_type(GraphType::Line)
    };
    let mut sets: Vec<Dataset> = shown
        .iter()
        .enumerate()
        .map(|(place, (label, points))| {
            let style = match place {
                0 => theme.quiet,
                _ => theme.series[(place - 1) % theme.series.len()],
            };
            line(points, style).name((*label).to_string())
        })
        .collect();
    sets.push(line(&upright, theme.quiet));
    let labels = |values: [f64; 3], digits: usize| {
        values.map(|value| Span::styled(format!("{value:.digits$}"), theme.quiet))
    };
    let digits = match curves.noises.first() {
        Some(Noise::Rectangles(_)) => 0,
        _ => 2,
    };
    let axis = |bounds, labels: [Span<'static>; 3]| {
        Axis::default()
            .bounds(bounds)
            .labels(labels)
            .style(theme.quiet)
    };
    let title = Rect { height: 1, ..area };
    let words = "PSNR of this face in dB against the level of the noise";
    canvas.line(title, Line::styled(words, theme.quiet));
    let below = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    let x_axis = axis(
        [left, right],
        labels([left, f64::midpoint(left, right), right], digits),
    );
    let y_axis = axis(
        [bottom, top],
        labels([bottom, f64::midpoint(bottom, top), top], 0),
    );
    let chart = Chart::new(sets)
        .x_axis(x_axis)
        .y_axis(y_axis)
        .hidden_legend_constraints((Constraint::Percentage(60), Constraint::Percentage(80)))
        .legend_position(Some(LegendPosition::TopRight));
    canvas.widget(below, chart);
}
