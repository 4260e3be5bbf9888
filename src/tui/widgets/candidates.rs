//! What Tab goes through in an input line.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::tui::motion::Step;
use crate::tui::theme::Theme;

/// Before the first candidate of all but the first page.
const BEFORE: &str = "… ";

/// Between two candidates.
const GAP: &str = "  ";

/// What a text can be completed to: the whole text of each, and its label.
pub(crate) type Completions = Vec<(String, String)>;

/// Completions, one of which may be chosen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Candidates {
    all: Completions,
    selected: Option<usize>,
}

impl Candidates {
    /// With none chosen yet.
    pub(crate) fn new(all: Completions) -> Self {
        Self {
            all,
            selected: None,
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The labels, in order.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|(_, label)| label.as_str())
    }

    /// Goes on to the next or back to the previous one, round the ends; the text that it stands
    /// for. `None` if there are none.
    pub(crate) fn choose(&mut self, step: Step) -> Option<&str> {
        let count = self.all.len();
        let index = match (self.selected, step) {
            (Some(selected), step) if count > 0 => step.wrap(selected, count),
            (None, Step::Previous) => count.checked_sub(1)?,
            _ => 0,
        };
        let (text, _) = self.all.get(index)?;
        self.selected = Some(index);
        Some(text)
    }

    /// The labels, as far as they fit, the chosen one in sight: they turn as pages do.
    pub(crate) fn line(&self, theme: &Theme, width: usize) -> Line<'static> {
        let mut page = 0..self.page_end(0, width);
        while page.end <= self.selected.unwrap_or(0) && page.end < self.len() {
            page = page.end..self.page_end(page.end, width);
        }
        let mut spans = Vec::new();
        if page.start > 0 {
            spans.push(Span::styled(BEFORE, theme.quiet));
        }
        for index in page.clone() {
            let style = if self.selected == Some(index) {
                theme.selected
            } else {
                theme.text
            };
            spans.push(Span::styled(self.all[index].1.clone(), style));
            spans.push(Span::raw(GAP));
        }
        if page.end < self.len() {
            spans.push(Span::styled(self.more(page.end), theme.quiet));
        }
        Line::from(spans)
    }

    /// The end of the page that begins with this candidate; it holds one at least.
    fn page_end(&self, first: usize, width: usize) -> usize {
        let mut used = if first > 0 { BEFORE.width() } else { 0 };
        for index in first..self.len() {
            used += self.all[index].1.width() + GAP.width();
            let next = index + 1;
            let more = if next < self.len() {
                self.more(next).width()
            } else {
                0
            };
            if used + more > width {
                return index.max(first + 1);
            }
        }
        self.len()
    }

    /// `… 7 more`, from this candidate on.
    fn more(&self, from: usize) -> String {
        format!("… {} more", self.len() - from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(count: usize) -> Candidates {
        let label = |i: usize| "x".repeat(1 + i * 7 % 9);
        Candidates::new((0..count).map(|i| (i.to_string(), label(i))).collect())
    }

    #[test]
    fn the_chosen_one_is_in_sight_and_the_line_fits() {
        let theme = Theme::colourless();
        for width in 24..80 {
            let mut candidates = candidates(40);
            for round in 0..41 {
                assert_eq!(
                    candidates.choose(Step::Next),
                    Some((round % 40).to_string().as_str())
                );
                let line = candidates.line(&theme, width);
                let label = &candidates.all[round % 40].1;
                let shown = line
                    .spans
                    .iter()
                    .any(|span| span.style == theme.selected && span.content == label.as_str());
                assert!(shown, "{width} {round}: {line:?}");
                assert!(line.width() <= width, "{width} {round}: {line:?}");
            }
        }
    }

    #[test]
    fn they_go_round_both_ways_and_there_may_be_none() {
        let mut three = candidates(3);
        assert_eq!(three.choose(Step::Previous), Some("2"));
        assert_eq!(three.choose(Step::Next), Some("0"));
        let mut none = Candidates::default();
        for step in [Step::Next, Step::Previous] {
            assert_eq!(none.choose(step), None);
        }
        for width in [0, 1, 5] {
            assert_eq!(none.line(&Theme::colourless(), width).width(), 0);
            candidates(9).line(&Theme::colourless(), width);
        }
    }
}
