//! The heading of what follows a slider.

use ratatui::layout::Rect;

use crate::tui::pointer::Use;
use crate::tui::pointer::target::Track;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::slider::{slider, track_area};

/// A label, a slider at a share of its way, between its ends' labels, and its value in words.
pub(super) fn draw_slider_heading(
    canvas: &mut Canvas,
    area: Rect,
    label: &str,
    (share, (low, high)): (f64, (&str, &str)),
    value: String,
) {
    let theme = canvas.theme;
    let width = area.width * 2 / 5;
    let label = text::truncate(label, width.into());
    canvas.text(Rect { width, ..area }, label, theme.strong);
    let value_width = (value.chars().count() as u16).max(13);
    let right = Rect {
        x: area.right().saturating_sub(value_width),
        width: value_width,
        ..area
    };
    let track = Rect {
        x: area.x + width + 2,
        width: right.x.saturating_sub(area.x + width + 4),
        ..area
    };
    canvas.zone(track_area(track, low, high), Use::Slide(Track::Spread));
    canvas.line(track, slider(theme, share, low, high, track.width));
    canvas.text(right, value, theme.accent);
}
