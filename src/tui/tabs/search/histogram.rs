//! The histogram of the query's distances to all faces.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::engine::SearchRow;
use crate::number_format;
use crate::tui::areas::row_of;
use crate::tui::widgets::canvas::Canvas;

/// The most rows of bars.
const MAX_ROWS: u16 = 5;

/// Draws the histogram; bins as far as the neighbour of that rank are in the accent colour.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, found: &SearchRow, last_rank: usize) {
    const LEVELS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let theme = canvas.theme;
    if area.height < 3 || found.histogram.counts.is_empty() {
        return;
    }
    let (low, high) = (found.histogram.low, found.histogram.high);
    let counts = merged(&found.histogram.counts, area.width.into());
    let max_count = counts.iter().copied().max().unwrap_or(1).max(1);
    let farthest = found.hits.get(last_rank).or(found.hits.last());
    let farthest = farthest.map_or(low, |hit| hit.distance);
    let fraction = (farthest - low) / (high - low).max(f32::MIN_POSITIVE);
    let last_hit = (fraction * counts.len() as f32).floor().max(0.0) as usize;
    let rows = (area.height - 1).min(MAX_ROWS);
    for row in 0..rows {
        let spans: Vec<Span> = counts
            .iter()
            .enumerate()
            .map(|(column, count)| {
                let eighths = u64::from(*count) * u64::from(rows) * 8;
                let eighths = eighths.div_ceil(u64::from(max_count));
                let below = u64::from(rows - 1 - row) * 8;
                let level = eighths.saturating_sub(below).min(8) as usize;
                let style = if column <= last_hit {
                    theme.accent
                } else {
                    theme.quiet
                };
                Span::styled(LEVELS[level].to_string(), style)
            })
            .collect();
        canvas.line(row_of(area, row), Line::from(spans));
    }
    let (left, right) = (number_format::distance(low), number_format::distance(high));
    let gap = counts.len().saturating_sub(left.width() + right.width());
    let axis = format!("{left}{}{right}", " ".repeat(gap));
    canvas.text(row_of(area, rows), axis, theme.quiet);
}

/// Counts of neighbouring bins added up, so that there are at most `columns`.
fn merged(counts: &[u32], columns: usize) -> Vec<u32> {
    let bins = counts.len();
    let columns = columns.min(bins);
    (0..columns)
        .map(|column| {
            let bounds = column * bins / columns..(column + 1) * bins / columns;
            counts[bounds].iter().sum()
        })
        .collect()
}
