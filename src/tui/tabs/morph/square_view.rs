//! What a square of faces looks like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::layout::SheetLayout;
use super::origin_view::draw_sheet_origin;
use super::square::{Corner, LETTERS, corners};
use super::state::MorphTab;
use super::view_words::waiting;
use crate::tui::action::Action;
use crate::tui::areas::{row_below, row_of};
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// Draws the square, and the selected face large where there is room.
pub(super) fn render(tab: &MorphTab, context: &Context, canvas: &mut Canvas, area: Rect) {
    let theme = canvas.theme;
    let layout = SheetLayout::square(area, context);
    let corners = corners(context);
    canvas.line(row_of(area, 0), heading(canvas, &corners));
    let Some(made) = &tab.square.made else {
        return canvas.text(layout.sheet, waiting(context), theme.quiet);
    };
    let (columns, rows) = tab.square.shape();
    let (shown_columns, shown_rows) = layout.shape();
    let selected = tab.square.selected();
    let is_corner = |column: usize, row: usize| {
        (column == 0 || column + 1 == columns) && (row == 0 || row + 1 == rows)
    };
    for (index, frame) in made.frames.iter().enumerate() {
        let (column, row) = (index % columns, index / columns);
        if column >= shown_columns || row >= shown_rows {
            continue;
        }
        let place = layout.face(row * shown_columns + column);
        canvas.picture(place, &Picture::pixels(&frame.pixels));
        canvas.zone(place, Use::Click(Action::Click(Target::Frame(index))));
        let style = if index == selected {
            theme.selected
        } else {
            theme.strong
        };
        let letter = if is_corner(column, row) {
            LETTERS[2 * usize::from(row > 0) + usize::from(column > 0)]
        } else if index == selected {
            "▲"
        } else {
            continue;
        };
        let width = usize::from(place.width);
        canvas.text(row_below(place), format!("{letter:^width$}"), style);
    }
    let Some(frame) = made.frames.get(selected) else {
        return;
    };
    let shares = tab.square.shares().into_iter().zip(LETTERS);
    let shares = shares.map(|(share, letter)| format!("{letter} {:.0} %", share * 100.0));
    let mix = shares.collect::<Vec<_>>().join("  ");
    if let Some(large) = layout.large {
        canvas.picture(large, &Picture::pixels(&frame.pixels));
        canvas.text(row_below(large), mix.clone(), theme.quiet);
    }
    draw_sheet_origin(canvas, (&layout, row_of(area, 1)), tab, context, mix);
}

/// `square  A Ann Lee 1  B Laura Bush 2  C the mean face  D the mean face`.
fn heading(canvas: &Canvas, corners: &[Corner]) -> Line<'static> {
    let theme = canvas.theme;
    let mut spans = vec![Span::styled("square", theme.quiet)];
    for (place, letter) in LETTERS.iter().enumerate() {
        let name = corners
            .get(place)
            .map_or("mean face", |corner| &corner.name);
        spans.push(Span::styled(format!("  {letter} "), theme.quiet));
        spans.push(Span::styled(text::truncate(name, 22), theme.strong));
    }
    Line::from(spans)
}
