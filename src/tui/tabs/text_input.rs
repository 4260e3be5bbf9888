//! A line of text being entered.

use crate::tui::action::Action;

/// The text, its end being where typing goes on, and what it was before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextInput {
    text: String,
    original: String,
    open: bool,
}

/// What an action did to an [`TextInput`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditOutcome {
    /// The text is another one.
    Changed,
    /// It was accepted; the entry is closed.
    Accepted,
    /// It is what it was before; the entry is closed.
    Cancelled,
    /// The action was none of the entry's.
    Unhandled,
}

impl TextInput {
    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether keys go here.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Starts an entry from the present text.
    pub fn open(&mut self) {
        self.original = self.text.clone();
        self.open = true;
    }

    /// Replaces the text.
    pub fn set_text(&mut self, text: impl Into<String>) {
        self.text = text.into();
    }

    /// Handles an action while the entry is open.
    pub fn update(&mut self, action: Action) -> EditOutcome {
        match action {
            Action::Type(c) => self.text.push(c),
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

/// What of a pasted text is typed: files that are dropped come as lines.
pub fn sanitize_paste(text: &str) -> impl Iterator<Item = char> {
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
            assert_eq!(input.update(Action::Type(c)), EditOutcome::Changed);
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
