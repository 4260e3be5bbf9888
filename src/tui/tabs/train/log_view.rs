//! The selected run's worker.log over the whole tab: its end, which is followed until one
//! scrolls up.

use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthChar;

use crate::number_format;
use crate::runs::LogText;
use crate::tui::action::Action;
use crate::tui::areas::{body_area, without_top};
use crate::tui::motion::{Direction, Step};
use crate::tui::pointer::{LINES_A_NOTCH, WHEEL_SCROLLS};
use crate::tui::widgets::canvas::Canvas;

/// An open log.
#[derive(Debug, Default)]
pub(crate) struct LogView {
    /// The run, by id.
    pub(super) run: String,
    /// Its name, for the heading.
    name: String,
    /// The lines, once they are read.
    pub(super) text: Option<LogText>,
    /// The number of the line at the top; `None` follows the end.
    top: Option<u64>,
}

impl LogView {
    /// Before anything is read.
    pub(super) fn new(run: String, name: String) -> Self {
        Self {
            run,
            name,
            ..Self::default()
        }
    }

    /// The line at the top where the end is in view.
    fn last_top(text: &LogText, (columns, rows): (usize, usize)) -> u64 {
        let mut used = 0;
        let fitting = text.lines.iter().rev().take_while(|line| {
            used += rows_of(line, columns);
            used <= rows
        });
        // The last line is shown even if it alone does not fit.
        let count = fitting.count().max(1);
        text.first + (text.lines.len().saturating_sub(count)) as u64
    }

    /// Scrolls, on a terminal of that many columns and rows.
    pub(super) fn update(&mut self, action: Action, size: (u16, u16)) {
        let area = without_top(body_area(size), 1);
        self.scroll(action, (area.width.into(), area.height.into()));
    }

    fn scroll(&mut self, action: Action, size: (usize, usize)) {
        let Some(text) = &self.text else {
            return;
        };
        let last = Self::last_top(text, size);
        let top = self.top.unwrap_or(last).clamp(text.first, last);
        let half = (size.1 / 2).max(1) as u64;
        let top = match action {
            Action::Move(Direction::Down) => top + 1,
            Action::Move(Direction::Up) => top.saturating_sub(1),
            Action::Scroll(Step::Next) => top + u64::from(LINES_A_NOTCH),
            Action::Scroll(Step::Previous) => top.saturating_sub(LINES_A_NOTCH.into()),
            Action::HalfPageDown => top + half,
            Action::HalfPageUp => top.saturating_sub(half),
            Action::First => 0,
            Action::Last => u64::MAX,
            _ => return,
        };
        self.top = (top < last).then_some(top.max(text.first));
    }

    fn heading(&self) -> String {
        let what = format!("worker.log of {}", self.name);
        let Some(text) = &self.text else {
            return format!("{what} …");
        };
        let lines = number_format::count(text.lines.len() as u64);
        match (&text.problem, text.exists, text.is_cut) {
            (Some(problem), ..) => problem.clone(),
            (None, false, _) => {
                format!("{what}: there is none; only workers in the background write one")
            }
            (None, true, true) => format!("{what} · the last {lines} lines"),
            (None, true, false) if text.lines.is_empty() => format!("{what} is empty"),
            (None, true, false) => format!("{what} · {lines} lines"),
        }
    }

    /// Draws it.
    pub(super) fn draw(&self, canvas: &mut Canvas, area: Rect) {
        let theme = canvas.theme;
        canvas.text(area, self.heading(), theme.quiet);
        canvas.focused_zone(area, WHEEL_SCROLLS);
        let below = without_top(area, 1);
        let (columns, rows) = (usize::from(below.width), usize::from(below.height));
        let Some(text) = &self.text else {
            return;
        };
        let last = Self::last_top(text, (columns, rows));
        let top = self.top.unwrap_or(last).clamp(text.first, last);
        let lines = text.lines.iter().skip((top - text.first) as usize);
        let shown = lines.flat_map(|line| wrapped(line, columns));
        canvas.lines(
            below,
            shown.take(rows).map(|line| Line::styled(line, theme.text)),
        );
    }
}

/// The pieces of a line, each of at most `columns` cells; one for an empty line.
fn wrapped(line: &str, columns: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in line.chars() {
        let width = c.width().unwrap_or(0);
        if used + width > columns.max(2) {
            pieces.push(String::new());
            used = 0;
        }
        used += width;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

fn rows_of(line: &str, columns: usize) -> usize {
    // Most lines are short, and bytes are at least as many as cells.
    if line.len() <= columns {
        1
    } else {
        wrapped(line, columns).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(first: u64, count: usize) -> LogText {
        LogText {
            first,
            lines: (0..count).map(|number| format!("line {number}")).collect(),
            exists: true,
            ..LogText::default()
        }
    }

    #[test]
    fn the_end_is_followed_until_one_scrolls_up() {
        let size = (20, 10);
        let mut log = LogView::new("a".to_string(), "face".to_string());
        log.scroll(Action::First, size);
        log.text = Some(text(0, 100));
        assert_eq!(LogView::last_top(&text(0, 100), size), 90);
        log.scroll(Action::Move(Direction::Up), size);
        assert_eq!(log.top, Some(89));
        // New lines, and old ones that are dropped, do not move it.
        log.text = Some(text(50, 100));
        log.scroll(Action::HalfPageUp, size);
        assert_eq!(log.top, Some(84));
        log.scroll(Action::First, size);
        assert_eq!(log.top, Some(50));
        for _ in 0..20 {
            log.scroll(Action::HalfPageDown, size);
        }
        assert_eq!(log.top, None);
        log.text = Some(text(0, 3));
        log.scroll(Action::First, size);
        assert_eq!(log.top, None);
        log.text = Some(text(0, 0));
        log.scroll(Action::Move(Direction::Up), size);
        assert_eq!(log.top, None);
    }

    #[test]
    fn long_lines_are_wrapped_by_their_width() {
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("  abcdef", 5), ["  abc", "def"]);
        assert_eq!(wrapped("北京猫", 5), ["北京", "猫"]);
        assert_eq!(rows_of("北京猫", 6), 1);
        let mut long = text(0, 3);
        long.lines[2] = "x".repeat(300);
        assert_eq!(LogView::last_top(&long, (20, 10)), 2);
    }
}
