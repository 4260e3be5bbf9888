//! The table of encoders: one row for each way to compare its codes.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::state::EvaluationView;
use crate::display::padded;
use crate::engine::EncoderRow;
use crate::number_format::UNKNOWN;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;

/// Columns of everything but the name: what [`figures`] makes.
const FIGURES: usize = 58;

/// Columns from which View 1 and recall have room.
const WIDE: u16 = 110;

/// Columns of what is added then.
const MORE_FIGURES: usize = 16;

/// The style of a row's curve, which its row in the table shows as a dot.
pub(super) fn series_style(theme: &Theme, row: usize) -> Style {
    theme.series[row % theme.series.len()]
}

/// Draws the table; the cursor's row is always among those shown.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, view: &EvaluationView) {
    let theme = canvas.theme;
    let is_wide = area.width >= WIDE;
    let taken = 2 + FIGURES + if is_wide { MORE_FIGURES } else { 0 };
    let longest = view.report.rows.iter().map(|row| name(row).chars().count());
    let room = usize::from(area.width).saturating_sub(taken).max(8);
    let names = longest.max().unwrap_or(0).max("encoder".len()).min(room);
    let mut lines = vec![Line::styled(heading(names, is_wide), theme.quiet)];
    let shown = usize::from(area.height).saturating_sub(1).max(1);
    let first = (view.cursor + 1).saturating_sub(shown);
    for (at, row) in view.report.rows.iter().enumerate().skip(first).take(shown) {
        let style = if at == view.cursor {
            theme.selected
        } else if row.knows_the_judged() {
            theme.quiet
        } else {
            theme.text
        };
        let name = padded(&text::truncate(&name(row), names), names);
        lines.push(Line::from(vec![
            Span::styled("● ", series_style(theme, at)),
            Span::styled(format!("{name}{}", figures(row, is_wide)), style),
        ]));
    }
    canvas.lines(area, lines);
}

/// The name; `†` marks an encoder that knows some of the judged people by name.
fn name(row: &EncoderRow) -> String {
    if row.knows_the_judged() {
        format!("{} †", row.label)
    } else {
        row.label.clone()
    }
}

fn heading(names: usize, is_wide: bool) -> String {
    let more = if is_wide { "  View 1  hit@10" } else { "" };
    format!(
        "  {:<names$}  {:<15}  View 2         AUC    rank-1  mAP    seen{more}",
        "encoder", "compared by"
    )
}

fn figures(row: &EncoderRow, is_wide: bool) -> String {
    let share = |value: Option<f64>| match value {
        Some(value) => format!("{value:.3}"),
        None => format!("{UNKNOWN:<5}"),
    };
    let view2 = match (row.view2_accuracy, row.view2_stderr) {
        (Some(mean), Some(error)) => format!("{mean:.3} ± {error:.3}"),
        _ => format!("{UNKNOWN:<13}"),
    };
    let seen = row.seen.map_or("?".to_string(), text::with_thousands);
    let more = if is_wide {
        format!(
            "   {}   {}",
            share(row.view1_accuracy),
            share(row.recall_at.get(&10).copied())
        )
    } else {
        String::new()
    };
    format!(
        "  {:<15}  {view2}  {}  {}   {}  {seen:<5}{more}",
        row.metric_in_words(),
        share(row.view2_auc),
        share(row.rank1),
        share(row.map),
    )
}
