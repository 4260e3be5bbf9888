//! Popups over a tab. The list of keys is drawn here; the data sets have a room of their own.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::action::Action;
use super::areas::{popup_area, popup_width};
use super::context::Context;
use super::keymap::names::action_name;
use super::keymap::{Binding, Keymap};
use super::motion::{Direction, Step};
use super::pointer::{LINES_A_NOTCH, WHEEL_SCROLLS};
use super::theme::Theme;
use super::widgets::canvas::{Canvas, inside_popup};

/// The most columns of the list of keys: room for the names of all actions.
const MOST_COLUMNS: u16 = 110;

/// What a popup shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PopupKind {
    /// The keys of the tab in view.
    Help,
    /// The data sets: opening, importing and removing them.
    DataSets,
    /// The presets to begin with.
    Presets,
}

/// An open popup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Popup {
    /// What it shows.
    pub kind: PopupKind,
    /// Lines that are scrolled out of view at the top.
    pub scroll: u16,
}

impl Popup {
    /// Scrolled to its top.
    pub(crate) fn new(kind: PopupKind) -> Self {
        Self { kind, scroll: 0 }
    }

    /// Scrolls, on a screen of `rows` rows, by `last` lines at most. Gives whether the action is one
    /// that scrolls.
    pub(crate) fn scroll(&mut self, action: Action, rows: u16, last: u16) -> bool {
        let half = rows / 2;
        let scroll = self.scroll;
        let scroll = match action {
            Action::Move(Direction::Down) => scroll.saturating_add(1),
            Action::Move(Direction::Up) => scroll.saturating_sub(1),
            Action::Scroll(Step::Next) => scroll.saturating_add(LINES_A_NOTCH),
            Action::Scroll(Step::Previous) => scroll.saturating_sub(LINES_A_NOTCH),
            Action::HalfPageDown => scroll.saturating_add(half),
            Action::HalfPageUp => scroll.saturating_sub(half),
            Action::First => 0,
            Action::Last => u16::MAX,
            _ => return false,
        };
        self.scroll = scroll.min(last);
        true
    }

    /// Draws it.
    pub(crate) fn render(self, canvas: &mut Canvas, context: &Context, keys: &Keymap<Action>) {
        let area = help_area(context, keys);
        let theme = canvas.theme;
        let inside = canvas.popup_frame(area, &format!("{} keys", context.tab.title()));
        canvas.zone(area, WHEEL_SCROLLS);
        let lines = help_lines(theme, keys, inside.width);
        let max_scroll = (lines.len() as u16).saturating_sub(inside.height);
        let scroll = self.scroll.min(max_scroll);
        canvas.lines(inside, lines.into_iter().skip(scroll.into()));
        if scroll < max_scroll {
            let more = Rect::new(area.right().saturating_sub(10), area.bottom() - 1, 8, 1);
            canvas.text(more, " more ↓ ", theme.quiet);
        }
    }
}

/// Where the list of `keys`, those of the tab in view, is drawn.
pub(crate) fn help_area(context: &Context, keys: &Keymap<Action>) -> Rect {
    let width = popup_width(context.size, MOST_COLUMNS);
    let lines = help_lines(&context.theme, keys, width).len() as u16;
    popup_area(context.size, width, lines + 2)
}

/// How far the list of keys can be scrolled.
pub(crate) fn max_scroll(context: &Context, keys: &Keymap<Action>) -> u16 {
    let inside = inside_popup(help_area(context, keys));
    let lines = help_lines(&context.theme, keys, inside.width).len() as u16;
    lines.saturating_sub(inside.height)
}

fn help_lines(theme: &Theme, keys: &Keymap<Action>, width: u16) -> Vec<Line<'static>> {
    let line = |binding| binding_line(theme, binding, width.into());
    let mut lines: Vec<Line> = keys.own().map(line).collect();
    lines.push(Line::default());
    lines.push(Line::styled("on every tab", theme.strong));
    lines.extend(keys.shared.iter().map(line));
    lines
}

/// Keys, what they do, and at the right, where it fits, the name that the settings take.
fn binding_line(theme: &Theme, binding: &Binding<Action>, width: usize) -> Line<'static> {
    let labels: Vec<String> = binding.keys.iter().map(|key| key.label()).collect();
    let keys = labels.join(" ");
    let pad = 14usize.saturating_sub(keys.width());
    let name = action_name(binding.action);
    let used = pad + keys.width() + 2 + binding.help.width();
    let name = match width.checked_sub(used + name.width()) {
        Some(gap @ 2..) => format!("{}{name}", " ".repeat(gap)),
        _ => String::new(),
    };
    Line::from(vec![
        Span::styled(format!("{}{keys}  ", " ".repeat(pad)), theme.accent),
        Span::styled(binding.help, theme.text),
        Span::styled(name, theme.quiet),
    ])
}
