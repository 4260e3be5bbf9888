//! The chart of PSNR against the level of damage, for the selected face.

use ratatui::layout::Rect;

use super::damage_sliders::DamageKind;
use super::state::DenoiseTab;
use crate::engine::NoiseSweep;
use crate::tui::areas::without_top;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::chart::{self, Axis, Series};

/// The part of the height that the legend may take, in percent: with all methods
/// it is long.
const LEGEND_PERCENT: u16 = 80;

/// Draws the figures that came last.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, tab: &DenoiseTab) {
    let theme = canvas.theme;
    let Some(sweep) = &tab.sweep else {
        return canvas.text(area, "waiting for all methods …", theme.quiet);
    };
    let places: Vec<(DamageKind, u32)> = sweep
        .damages
        .iter()
        .filter_map(|&damage| DamageKind::of(damage))
        .collect();
    let (Some(&(kind, first)), Some(&(_, last))) = (places.first(), places.last()) else {
        return;
    };
    if first == last {
        let words = format!("{} has one level: there is nothing to chart", kind.title());
        return canvas.text(area, words, theme.quiet);
    }
    let levels: Vec<f64> = places.iter().map(|&(_, place)| f64::from(place)).collect();
    let (left, right) = (f64::from(first), f64::from(last));
    let mut series = psnr_series(theme, sweep, &levels);
    let values = series.iter().flat_map(|series| &series.points);
    let Some((low, high)) = chart::range(values.map(|(_, psnr)| *psnr)) else {
        return;
    };
    let (bottom, top) = ((low - 0.5).floor(), (high + 0.5).ceil());
    let current = f64::from(tab.sliders.position()).clamp(left, right);
    let marker = vec![(current, bottom), (current, top)];
    series.push(Series::line(None, marker, theme.quiet));
    let heading = "PSNR of this face in dB against the level";
    canvas.text(area, heading, theme.quiet);
    let x = Axis::new(left, right, move |level| {
        kind.level_label(level.round() as u32)
    });
    let y = Axis::new(bottom, top, |psnr| format!("{psnr:.0}"));
    chart::draw(
        canvas,
        without_top(area, 1),
        &series,
        (x, y),
        LEGEND_PERCENT,
    );
}

/// A line for the damaged picture and one for each method.
fn psnr_series(theme: &Theme, sweep: &NoiseSweep, levels: &[f64]) -> Vec<Series> {
    sweep
        .curves
        .iter()
        .enumerate()
        .map(|(index, (label, psnr))| {
            let points = levels.iter().copied().zip(psnr.iter().copied());
            // The PSNR of a picture that the damage left as it was is infinite.
            let points = points.filter(|(_, psnr)| psnr.is_finite()).collect();
            let style = match index {
                0 => theme.quiet,
                _ => theme.series[(index - 1) % theme.series.len()],
            };
            Series::line(Some(label.clone()), points, style)
        })
        .collect()
}
