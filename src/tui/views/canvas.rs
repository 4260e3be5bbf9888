//! What views draw with: text, lines and pictures on one frame.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::display::escaped;
use crate::tui::graphics::{ImageRenderer, Picture, max_rows};
use crate::tui::theme::Theme;

/// A frame, the pictures, and the colours.
pub struct Canvas<'a, 'b> {
    frame: &'a mut Frame<'b>,
    pictures: &'a mut ImageRenderer,
    /// Colours.
    pub theme: &'a Theme,
    /// Where a popup will be: no picture is drawn below it, since a sixel
    /// would stay there.
    covered: Option<Rect>,
}

impl<'a, 'b> Canvas<'a, 'b> {
    /// For one frame; `covered` is where a popup will be.
    pub fn new(
        frame: &'a mut Frame<'b>,
        pictures: &'a mut ImageRenderer,
        theme: &'a Theme,
        covered: Option<Rect>,
    ) -> Self {
        Self {
            frame,
            pictures,
            theme,
            covered,
        }
    }

    /// One line at the top left of `area`, cut to its width.
    pub fn line(&mut self, area: Rect, line: impl Into<Line<'static>>) {
        let area = Rect {
            height: area.height.min(1),
            ..area
        };
        let mut line = line.into();
        // Names may come from anybody; what is drawn of them is only ever seen.
        for span in &mut line.spans {
            if let Cow::Owned(shown) = escaped(&span.content) {
                span.content = shown.into();
            }
        }
        self.widget(area, line);
    }

    /// Lines from the top of `area` downwards; what does not fit is left out.
    pub fn lines<L: Into<Line<'static>>>(
        &mut self,
        area: Rect,
        lines: impl IntoIterator<Item = L>,
    ) {
        for (line, y) in lines.into_iter().zip(area.top()..area.bottom()) {
            self.line(
                Rect {
                    y,
                    height: 1,
                    ..area
                },
                line,
            );
        }
    }

    /// Some words in one style.
    pub fn text(&mut self, area: Rect, words: impl Into<String>, style: Style) {
        self.line(area, Line::styled(words.into(), style));
    }

    /// Any widget.
    pub fn widget(&mut self, area: Rect, widget: impl Widget) {
        let area = area.intersection(self.frame.area());
        if !area.is_empty() {
            self.frame.render_widget(widget, area);
        }
    }

    /// A picture over all of `area`.
    pub fn picture(&mut self, area: Rect, picture: &Picture) {
        if self.covered.is_some_and(|covered| covered.intersects(area)) {
            return;
        }
        let style = self.theme.placeholder;
        self.pictures
            .draw(picture, area, style, self.frame.buffer_mut());
    }

    /// Blanks `area`, for a popup.
    pub fn clear(&mut self, area: Rect) {
        self.widget(area, ratatui::widgets::Clear);
    }
}

/// Columns of a square picture of so many rows.
pub fn square_columns(rows: u16, cell: (u16, u16)) -> u16 {
    let columns = f64::from(rows) * f64::from(cell.1) / f64::from(cell.0.max(1));
    columns.round().clamp(1.0, f64::from(u16::MAX)) as u16
}

/// Rows of the largest square picture inside so many columns and rows, within
/// the cap on a picture's pixels. At least 1.
pub fn square_rows(columns: u16, rows: u16, cell: (u16, u16)) -> u16 {
    let fitting = f64::from(columns) * f64::from(cell.0) / f64::from(cell.1.max(1));
    (fitting.floor().clamp(1.0, f64::from(u16::MAX)) as u16)
        .min(rows)
        .min(max_rows(cell))
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_fit_where_they_are_put() {
        for cell in [(10, 20), (9, 19), (7, 17), (12, 12)] {
            for columns in 4..60 {
                let rows = square_rows(columns, 40, cell);
                assert!(square_columns(rows, cell) <= columns, "{cell:?} {columns}");
            }
        }
        assert_eq!(square_columns(10, (10, 20)), 20);
    }
}
