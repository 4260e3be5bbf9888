//! A frame to draw on: text, lines and pictures.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Widget};

use crate::display::escaped;
use crate::tui::images::{ImageRenderer, Picture};
use crate::tui::pointer::{Use, Zones};
use crate::tui::theme::Theme;

/// A frame with its colours and pictures.
pub(crate) struct Canvas<'a, 'b> {
    frame: &'a mut Frame<'b>,
    pictures: &'a mut ImageRenderer,
    /// Colours.
    pub theme: &'a Theme,
    /// The area of a popup: no picture is drawn there, because a sixel would cover it.
    covered: Option<Rect>,
    zones: Zones,
}

impl<'a, 'b> Canvas<'a, 'b> {
    /// For one frame. `covered` is the area of a popup, which is drawn later.
    pub(crate) fn new(
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
            zones: Zones::default(),
        }
    }

    /// Says what the mouse does in `area`.
    pub(crate) fn zone(&mut self, area: Rect, zone: Use) {
        self.zones.add(area, zone);
    }

    /// The same for what has the focus alone: a form, a list to choose from.
    pub(crate) fn focused_zone(&mut self, area: Rect, zone: Use) {
        self.zones.add_focused(area, zone);
    }

    /// The areas so far that the mouse can use.
    pub(crate) fn zones_mut(&mut self) -> &mut Zones {
        &mut self.zones
    }

    /// The areas that the mouse can use.
    pub(crate) fn into_zones(self) -> Zones {
        self.zones
    }

    /// Draws a line at the top left of `area`, cut to its width.
    pub(crate) fn line(&mut self, area: Rect, line: impl Into<Line<'static>>) {
        let area = Rect {
            height: area.height.min(1),
            ..area
        };
        let mut line = line.into();
        // Names of people and runs may hold control characters.
        for span in &mut line.spans {
            if let Cow::Owned(shown) = escaped(&span.content) {
                span.content = shown.into();
            }
        }
        self.widget(area, line);
    }

    /// Draws lines from the top of `area` downwards, as far as they fit.
    pub(crate) fn lines<L: Into<Line<'static>>>(
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

    /// Draws a line of text in one style.
    pub(crate) fn text(&mut self, area: Rect, words: impl Into<String>, style: Style) {
        self.line(area, Line::styled(words.into(), style));
    }

    /// Draws any widget.
    pub(crate) fn widget(&mut self, area: Rect, widget: impl Widget) {
        let area = area.intersection(self.frame.area());
        if !area.is_empty() {
            self.frame.render_widget(widget, area);
        }
    }

    /// Draws a picture over all of `area`.
    pub(crate) fn picture(&mut self, area: Rect, picture: &Picture) {
        if self.covered.is_some_and(|covered| covered.intersects(area)) {
            return;
        }
        let style = self.theme.placeholder;
        self.pictures
            .draw(picture, area, style, self.frame.buffer_mut());
    }

    /// The character at a place of the frame.
    pub(crate) fn symbol(&mut self, x: u16, y: u16) -> Option<&str> {
        let cell = self.frame.buffer_mut().cell((x, y))?;
        Some(cell.symbol())
    }

    /// Draws the empty frame of a popup, with its title. Gives the area inside the border and
    /// its margins.
    pub(crate) fn popup_frame(&mut self, area: Rect, title: &str) -> Rect {
        self.clear(area);
        let theme = self.theme;
        self.widget(
            area,
            Block::bordered()
                .border_type(BorderType::Rounded)
                .border_style(theme.quiet)
                .title(Span::styled(format!(" {title} "), theme.strong)),
        );
        inside_popup(area)
    }

    /// Blanks `area`.
    pub(crate) fn clear(&mut self, area: Rect) {
        self.widget(area, ratatui::widgets::Clear);
    }
}

/// The area inside a popup's border and its margins.
pub(crate) fn inside_popup(area: Rect) -> Rect {
    Rect::new(
        area.x + 2,
        area.y + 1,
        area.width.saturating_sub(4),
        area.height.saturating_sub(2),
    )
}
