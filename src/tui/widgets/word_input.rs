//! An input line for words of a known list: Tab goes through what the text can be completed to.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::candidates::{Candidates, Completions};
use super::text_input::{EditOutcome, TextInput};
use crate::tui::action::Action;
use crate::tui::motion::Step;
use crate::tui::theme::Theme;

/// An input line with completion.
#[derive(Debug, Clone, Default)]
pub(crate) struct WordInput {
    input: TextInput,
    candidates: Candidates,
}

impl WordInput {
    /// The text.
    pub(crate) fn text(&self) -> &str {
        self.input.text()
    }

    /// Whether it is being edited.
    pub(crate) fn is_open(&self) -> bool {
        self.input.is_open()
    }

    /// Replaces the text.
    pub(crate) fn set_text(&mut self, text: impl Into<String>) {
        self.input.set_text(text);
    }

    /// Begins to edit the present text.
    pub(crate) fn open(&mut self, complete: impl Fn(&str) -> Completions) {
        self.input.open();
        self.list(complete);
    }

    /// Edits the text that was accepted again.
    pub(crate) fn reopen(&mut self, complete: impl Fn(&str) -> Completions) {
        let text = self.input.text().to_string();
        self.input.set_text("");
        self.input.open();
        self.input.set_text(text);
        self.list(complete);
    }

    fn list(&mut self, complete: impl Fn(&str) -> Completions) {
        self.candidates = Candidates::new(complete(self.input.text()));
    }

    /// Handles an action while the text is edited.
    pub(crate) fn update(
        &mut self,
        action: Action,
        complete: impl Fn(&str) -> Completions,
    ) -> EditOutcome {
        if let Action::Complete(step) = action {
            self.complete(step);
            return EditOutcome::Changed;
        }
        let outcome = self.input.update(action);
        if outcome == EditOutcome::Changed {
            self.list(complete);
        }
        outcome
    }

    fn complete(&mut self, step: Step) {
        if let Some(text) = self.candidates.choose(step) {
            self.input.set_text(text);
        }
    }

    /// What is asked for, and the text with its end in sight.
    pub(crate) fn line(&self, theme: &Theme, label: &'static str, width: usize) -> Line<'static> {
        let room = width.saturating_sub(label.width() + 1);
        let text = self.input.text();
        let mut shown = text;
        while shown.width() > room {
            let mut rest = shown.chars();
            rest.next();
            shown = rest.as_str();
        }
        Line::from(vec![
            Span::styled(label, theme.quiet),
            Span::styled(format!("{shown}▏"), theme.accent),
        ])
    }

    /// What Tab goes through, as far as it fits, the present one in sight.
    pub(crate) fn candidates_line(&self, theme: &Theme, width: usize) -> Line<'static> {
        self.candidates.line(theme, width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn animals(text: &str) -> Completions {
        let all = ["ape", "bear", "bee"].into_iter();
        all.filter(|name| name.starts_with(text))
            .map(|name| (name.to_string(), name.to_string()))
            .collect()
    }

    #[test]
    fn tab_goes_round_what_the_text_can_become() {
        let mut input = WordInput::default();
        input.open(animals);
        input.update(Action::Insert('b'), animals);
        for expected in ["bear", "bee", "bear"] {
            input.update(Action::Complete(Step::Next), animals);
            assert_eq!(input.text(), expected);
        }
        input.update(Action::Complete(Step::Previous), animals);
        assert_eq!(input.text(), "bee");
        let theme = Theme::colourless();
        for width in [0, 4, 12, 40] {
            input.candidates_line(&theme, width);
            assert!(input.line(&theme, "animal: ", width).width() <= width.max(9));
        }
        assert_eq!(
            input.update(Action::Cancel, animals),
            EditOutcome::Cancelled
        );
        assert_eq!((input.text(), input.is_open()), ("", false));
    }
}
