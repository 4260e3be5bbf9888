//! The selected picture, large, and what is known of it.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::finished::selected_origin;
use super::layout::MorphLayout;
use super::origin_view;
use super::state::MorphTab;
use crate::engine::{Generated, Sharpness};
use crate::number_format;
use crate::tui::areas::{row_below, row_of};
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;

/// The selected picture large, beside the real face nearest to it. Text goes up
/// to the column `right`.
pub(super) fn draw_selected(
    canvas: &mut Canvas,
    (layout, right): (&MorphLayout, u16),
    tab: &MorphTab,
    context: &Context,
    made: &Generated,
) {
    let theme = canvas.theme;
    let Some(dataset) = context.dataset() else {
        return;
    };
    let Some(frame) = made.frames.get(tab.selected()) else {
        return;
    };
    let width_from = |x: u16| right.saturating_sub(x);
    canvas.picture(layout.large, &Picture::pixels(&frame.pixels));
    let caption = Rect {
        width: width_from(layout.large.x).min(layout.large.width + 3),
        ..row_below(layout.large)
    };
    let is_sharp = |sharp: &Sharpness| tab.selected() < sharp.finished;
    let kind = if made.sharp.as_ref().is_some_and(is_sharp) {
        "generated, sharp"
    } else {
        "generated"
    };
    canvas.text(caption, kind, theme.quiet);
    draw_origin(canvas, (layout, right), tab, context, frame.nearest.row);
    if frame.nearest.row >= dataset.pictures.len() {
        return;
    }
    let name = dataset.face_name(frame.nearest.row);
    let thumbnail = Picture::thumbnail(dataset.path(frame.nearest.row), text::initials(&name));
    canvas.picture(layout.nearest, &thumbnail);
    let captions = Rect {
        width: width_from(layout.nearest.x),
        ..row_below(layout.nearest)
    };
    canvas.line(
        captions,
        Line::from(vec![
            Span::styled("nearest real face ", theme.quiet),
            Span::styled(name, theme.strong),
        ]),
    );
    let distance = frame.nearest.distance;
    let (judgement, style) = judge(theme, distance, made.real_range);
    let distance = number_format::distance(distance);
    canvas.line(
        row_of(captions, 1),
        Line::from(vec![
            Span::styled(format!("{distance} away: "), theme.text),
            Span::styled(judgement, style),
        ]),
    );
}

/// Whether the selected face was made or remembered, at the right of the nearest real face; in a
/// line below the heading where there is no room.
fn draw_origin(
    canvas: &mut Canvas,
    (layout, right): (&MorphLayout, u16),
    tab: &MorphTab,
    context: &Context,
    nearest: usize,
) {
    let origin = selected_origin(tab, context);
    let beside = layout.beside(right);
    if beside.width >= origin_view::LEAST_WIDTH {
        origin_view::draw(canvas, beside, context, &origin, Some(nearest));
    } else if let Some((words, style)) = origin_view::words(canvas.theme, &origin) {
        canvas.text(row_below(layout.heading), words, style);
    }
}

/// How a distance compares with real faces' distances to their own nearest.
fn judge(theme: &Theme, distance: f32, (low, high): (f32, f32)) -> (&'static str, Style) {
    if distance < low {
        ("closer than real faces usually are", theme.warning)
    } else if distance > high {
        ("farther than real faces usually are", theme.warning)
    } else {
        ("as close as real faces usually are", theme.good)
    }
}
