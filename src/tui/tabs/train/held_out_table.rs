//! The selected run's held-out scores by epoch, where the list of runs leaves room.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::state::TrainTab;
use crate::number_format;
use crate::runs::follow::HeldOutPoint;
use crate::tui::areas::without_top;
use crate::tui::widgets::canvas::Canvas;

/// Draws the last epochs, as many as fit, below a heading; the best one in bold.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, tab: &TrainTab) {
    let theme = canvas.theme;
    let points = tab.selected_curves().map(|curves| &curves.held_out);
    let Some(points) = points.filter(|points| !points.is_empty()) else {
        return;
    };
    let heading = format!(
        "{:>5} {:>11} {:>10} {:>10} {:>8}",
        "epoch", "step", "held-out", "PSNR", "SSIM"
    );
    canvas.text(area, heading, theme.quiet);
    let rows = usize::from(area.height.saturating_sub(1));
    let best = points
        .iter()
        .map(|point| point.scores.mse)
        .filter(|mse| mse.is_finite())
        .fold(f64::INFINITY, f64::min);
    let shown = &points[points.len().saturating_sub(rows)..];
    let lines: Vec<Line> = shown
        .iter()
        .map(|point| {
            let is_best = point.scores.mse == best;
            let style = if is_best { theme.strong } else { theme.text };
            Line::styled(row(point), style)
        })
        .collect();
    canvas.lines(without_top(area, 1), lines);
}

/// `   12      11,240    0.00472   26.12 dB   0.8921`.
fn row(point: &HeldOutPoint) -> String {
    let scores = &point.scores;
    format!(
        "{:>5} {:>11} {:>10} {:>10} {:>8}",
        point.epoch,
        number_format::count(point.step),
        number_format::error(scores.mse),
        number_format::decibels(scores.psnr_db),
        number_format::ssim(scores.ssim)
    )
}
