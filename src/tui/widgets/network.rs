//! A network as a picture: a bar for each stage, as high as the picture's side there and the wider
//! the more channels it has. Below it pixels and channels:
//!
//! ```text
//!    █    ▄▄                  ▄▄    █
//!    █    ██   ▄▄   ┃    ▄▄   ██    █
//!    █    ▀▀   ▀▀        ▀▀   ▀▀    █
//! px 32   16   8         8    16   32
//! ch 3    32   64   32   64   32   3
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use crate::models::outline::{Outline, Stage};
use crate::tui::areas::row_of;
use crate::tui::theme::Theme;

/// Columns of the labels' names.
const NAME_COLUMNS: u16 = 3;
/// Columns of a stage.
const STAGE_COLUMNS: u16 = 5;
/// Rows of the labels.
const LABEL_ROWS: u16 = 2;

/// The rows from which bars can be told apart.
pub(crate) const MIN_ROWS: u16 = LABEL_ROWS + 3;

/// Columns of the picture.
pub(crate) fn columns(outline: &Outline) -> u16 {
    NAME_COLUMNS + STAGE_COLUMNS * outline.stages.len() as u16
}

/// Draws the network, or nothing where it does not fit.
pub(crate) fn draw(canvas: &mut Canvas, area: Rect, outline: &Outline) {
    if area.height < MIN_ROWS || area.width < columns(outline) {
        return;
    }
    let theme = canvas.theme;
    let rows = area.height - LABEL_ROWS;
    for row in 0..rows {
        let bars = outline.stages.iter().map(|stage| {
            let (width, height) = bar(*stage, outline, rows);
            Span::styled(slice(width, height, row, rows), style(theme, *stage))
        });
        let name = Span::raw(" ".repeat(NAME_COLUMNS.into()));
        let line: Line = std::iter::once(name).chain(bars).collect();
        canvas.line(row_of(area, row), line);
    }
    let of = |stage: &Stage| match stage {
        Stage::Map { side, channels } => (side.to_string(), *channels),
        Stage::Numbers(count) | Stage::Code(count) => (String::new(), *count),
    };
    let labels = |name: &str, label: &dyn Fn(&Stage) -> String| {
        let mut spans = vec![Span::styled(format!("{name:<3}"), theme.quiet)];
        spans.extend(outline.stages.iter().map(|stage| {
            let style = match stage {
                Stage::Code(_) => theme.accent,
                _ => theme.quiet,
            };
            Span::styled(format!("{:<5}", label(stage)), style)
        }));
        Line::from(spans)
    };
    let channels = labels("ch", &|stage| short(of(stage).1));
    canvas.line(row_of(area, rows), labels("px", &|stage| of(stage).0));
    canvas.line(row_of(area, rows + 1), channels);
}

/// `960`, `14k`.
fn short(count: usize) -> String {
    match count {
        0..10_000 => count.to_string(),
        _ => format!("{}k", (count + 500) / 1000),
    }
}

/// A bar's columns, and its height in halves of a row.
fn bar(stage: Stage, outline: &Outline, rows: u16) -> (usize, u16) {
    let sides = outline.stages.iter().map(|stage| match stage {
        Stage::Map { side, .. } => *side,
        Stage::Numbers(_) | Stage::Code(_) => 1,
    });
    let largest = sides.max().unwrap_or(1).max(1);
    let most = usize::from(2 * rows);
    match stage {
        Stage::Map { side, channels } => {
            let width = match channels {
                0..16 => 1,
                16..64 => 2,
                64..256 => 3,
                _ => 4,
            };
            let height = (most * side + largest / 2) / largest;
            (width, height.clamp(1, most) as u16)
        }
        Stage::Numbers(_) => (1, rows),
        Stage::Code(_) => (1, rows.max(2) / 2),
    }
}

/// One row of a bar that is centred in `rows` rows, with the blanks behind it.
fn slice(width: usize, height: u16, row: u16, rows: u16) -> String {
    let top = (2 * rows - height) / 2;
    let is_filled = |half: u16| (top..top + height).contains(&half);
    let symbol = match (is_filled(2 * row), is_filled(2 * row + 1)) {
        (true, true) => "█",
        (true, false) => "▀",
        (false, true) => "▄",
        (false, false) => " ",
    };
    let blanks = usize::from(STAGE_COLUMNS).saturating_sub(width);
    symbol.repeat(width) + &" ".repeat(blanks)
}

fn style(theme: &Theme, stage: Stage) -> ratatui::style::Style {
    match stage {
        Stage::Map { channels: 3, .. } => theme.text,
        Stage::Map { .. } | Stage::Numbers(_) => theme.quiet,
        Stage::Code(_) => theme.accent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_centred_and_as_high_as_the_side() {
        let rows = |height| -> Vec<String> {
            (0..4)
                .map(|row| slice(2, height, row, 4).trim_end().to_string())
                .collect()
        };
        assert_eq!(rows(8), ["██", "██", "██", "██"]);
        assert_eq!(rows(4), ["", "██", "██", ""]);
        assert_eq!(rows(2), ["", "▄▄", "▀▀", ""]);
        let face = Stage::Map {
            side: 32,
            channels: 3,
        };
        let half = Stage::Map {
            side: 16,
            channels: 64,
        };
        let outline = Outline {
            stages: vec![face, half, Stage::Code(14_000), face],
            weights: None,
        };
        assert_eq!(bar(face, &outline, 6), (1, 12));
        assert_eq!(bar(half, &outline, 6), (3, 6));
        assert_eq!(columns(&outline), 3 + 4 * 5);
        assert_eq!(short(14_400), "14k");
    }
}
