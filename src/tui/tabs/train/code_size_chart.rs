//! The chart of held-out error against code size: exact PCA and the runs on the
//! same pictures.

use std::collections::BTreeMap;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::state::TrainTab;
use crate::engine::RequestKind;
use crate::number_format;
use crate::runs::code_size_curve::{CodeSizeCurve, Point};
use crate::tui::areas::without_top;
use crate::tui::context::Context;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::chart::{self, Axis, LEGEND_PERCENT, Series};

const HEADING: &str = "held-out error against code size";

/// Draws the curve that came last, its heading first.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, tab: &TrainTab, context: &Context) {
    let theme = canvas.theme;
    let below = without_top(area, 1);
    let Some(curve) = &tab.code_curve else {
        let state = if context.is_pending(RequestKind::CodeSizeCurve) {
            "evaluating PCA on this run's held-out pictures …"
        } else {
            "nothing to compare: the run holds out no pictures, or its data is gone"
        };
        canvas.text(area, HEADING, theme.quiet);
        return canvas.text(below, state, theme.quiet);
    };
    let heading = format!(
        "{HEADING}, {} pictures of {} at {} px",
        text::with_thousands(curve.pictures),
        curve.data,
        curve.size,
    );
    let heading = text::truncate(&heading, area.width.into());
    canvas.text(area, heading, theme.quiet);
    let series = all_series(theme, curve);
    let points = || series.iter().flat_map(|series| &series.points);
    let (Some((left, right)), Some((least, greatest))) = (
        chart::range(points().map(|(x, _)| *x)),
        chart::range(points().map(|(_, y)| *y)),
    ) else {
        return;
    };
    let margin = ((greatest - least) * 0.05).max(1e-3);
    let x =
        Axis::new(left, right, |x| format!("{:.0}", x.exp2())).extended_to(right.max(left + 1.0));
    let y = Axis::new(least - margin, greatest + margin, |y| {
        number_format::error(10f64.powf(y))
    });
    chart::draw(canvas, below, &series, (x, y), LEGEND_PERCENT);
}

/// PCA, then for each network the best of its runs at each code size. Both axes are
/// logarithmic.
fn all_series(theme: &Theme, curve: &CodeSizeCurve) -> Vec<Series> {
    let mut networks: BTreeMap<String, BTreeMap<u32, Point>> = BTreeMap::new();
    for run in &curve.runs {
        let sizes = networks.entry(run.model.to_string()).or_default();
        let best = sizes.entry(run.point.code_size).or_insert(run.point);
        if run.point.mse < best.mse || !best.mse.is_finite() {
            *best = run.point;
        }
    }
    let pca = one_series("PCA", curve.pca.iter(), theme.quiet);
    let networks = networks.into_iter().filter(|(name, _)| name != "pca");
    let networks = networks.zip(theme.series.iter().cycle());
    std::iter::once(pca)
        .chain(networks.map(|((name, points), style)| one_series(&name, points.values(), *style)))
        .collect()
}

/// A line, or a dot for a single point.
fn one_series<'a>(name: &str, points: impl Iterator<Item = &'a Point>, style: Style) -> Series {
    let place = |point: &Point| {
        let x = f64::from(point.code_size.max(1)).log2();
        (point.mse > 0.0 && point.mse.is_finite()).then(|| (x, point.mse.log10()))
    };
    let points: Vec<(f64, f64)> = points.filter_map(place).collect();
    let name = Some(name.to_string());
    match points.len() {
        1 => Series::scatter(name, points, style),
        _ => Series::line(name, points, style),
    }
}
