//! An input line.

use crate::tui::action::Action;

/// A line of text that is edited at its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TextInput {
    text: String,
    /// The text when the editing began.
    original: String,
    open: bool,
}

/// What an action did to a [`TextInput`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EditOutcome {
    /// The text has changed.
    Changed,
    /// The text was accepted, and editing has ended.
    Accepted,
    /// The original text was restored, and editing has ended.
    Cancelled,
    /// The action does not concern text.
    Unhandled,
}

impl TextInput {
    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is being edited.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Begins to edit the present text.
    pub fn open(&mut self) {
        self.original = self.text.clone();
        self.open = true;
    }

    /// Replaces the text.
    pub(crate) fn set_text(&mut self, text: impl Into<String>) {
        self.text = text.into();
    }

    /// Handles an action while the text is edited.
    pub(crate) fn update(&mut self, action: Action) -> EditOutcome {
        match action {
            Action::Insert(c) => self.text.push(c),
            Action::Erase => {
                self.text.pop();
            }
            Action::EraseWord => {
                let kept = self
                    .text
                    .trim_end()
                    .rfind([' ', '/'])
                    .map_or(0, |at| at + 1);
                self.text.truncate(kept);
            }
            Action::EraseAll => self.text.clear(),
            Action::Accept => {
                self.open = false;
                return EditOutcome::Accepted;
            }
            Action::Cancel => {
                self.open = false;
                self.text = std::mem::take(&mut self.original);
                return EditOutcome::Cancelled;
            }
            _ => return EditOutcome::Unhandled,
        }
        EditOutcome::Changed
    }
}

/// The characters of a pasted text that are inserted: line breaks and tabs become
/// spaces, because dropped files come as lines; other control characters go.
pub(crate) fn sanitize_paste(text: &str) -> impl Iterator<Item = char> {
    text.trim_matches(['\r', '\n'])
        .chars()
        .map(|c| {
            if matches!(c, '\r' | '\n' | '\t') {
                ' '
            } else {
                c
            }
        })
        .filter(|c| !c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_erasing_and_cancelling() {
        let mut input = TextInput::default();
        input.set_text("bush");
        input.open();
        for c in " laura".chars() {
            assert_eq!(input.update(Action::Insert(c)), EditOutcome::Changed);
        }
        input.update(Action::EraseWord);
        assert_eq!(input.text(), "bush ");
        input.update(Action::Erase);
        input.update(Action::Erase);
        assert_eq!(input.text(), "bus");
        assert_eq!(input.update(Action::Cancel), EditOutcome::Cancelled);
        assert_eq!((input.text(), input.is_open()), ("bush", false));
    }
}
