//! All encoders' ROC curves in one chart.

use ratatui::layout::Rect;

use super::state::EvaluationView;
use super::table::series_style;
use crate::tui::areas::without_top;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::chart::{self, Axis, Series};

/// Draws the curves in the colours of the table's dots, the selected one above the others.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, view: &EvaluationView) {
    let theme = canvas.theme;
    let heading = "recognised, against mistaken strangers";
    canvas.text(area, heading, theme.quiet);
    let mut rows: Vec<usize> = (0..view.report.rows.len()).collect();
    // What is drawn last covers the others.
    rows.sort_by_key(|&row| row == view.cursor);
    let mut series = vec![Series::line(
        None,
        vec![(0.0, 0.0), (1.0, 1.0)],
        theme.quiet,
    )];
    for at in rows {
        let row = &view.report.rows[at];
        let style = if at == view.cursor {
            theme.strong
        } else {
            series_style(theme, at)
        };
        let points = row.roc.iter().map(|&[x, y]| (x, y)).collect();
        series.push(Series::line(None, points, style));
    }
    let axis = || Axis::new(0.0, 1.0, |share| format!("{:.0} %", share * 100.0));
    chart::draw(canvas, without_top(area, 1), &series, (axis(), axis()), 0);
}
