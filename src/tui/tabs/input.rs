//! A line of text being entered.

use crate::tui::action::Action;

/// The text, its end being where typing goes on, and what it was before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    text: String,
    before: String,
    open: bool,
}

/// What an action did to an [`Input`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// The text is another one.
    Changed,
    /// It was accepted; the entry is closed.
    Accepted,
    /// It is what it was before; the entry is closed.
    Cancelled,
    /// The action was none of the entry's.
    Other,
}

impl Input {
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
        self.before = self.text.clone();
        self.open = true;
    }

    /// Replaces the text.
    pub fn set(&mut self, text: impl Into<String>) {
        self.text = text.into();
    }

    /// Handles an action while the entry is open.
    pub fn update(&mut self, action: Action) -> Typed {
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
                return Typed::Accepted;
            }
            Action::Cancel => {
                self.open = false;
                self.text = std::mem::take(&mut self.before);
                return Typed::Cancelled;
            }
            _ => return Typed::Other,
        }
        Typed::Changed
    }
}

/// What of a pasted text is typed: files that are dropped come as lines.
pub fn pasted(text: &str) -> impl Iterator<Item = char> {
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
        let mut input = Input::default();
        input.set("bush");
        input.open();
        for c in " laura".chars() {
            assert_eq!(input.update(Action::Type(c)), Typed::Changed);
        }
        input.update(Action::EraseWord);
        assert_eq!(input.text(), "bush ");
        input.update(Action::Erase);
        input.update(Action::Erase);
        assert_eq!(input.text(), "bus");
        assert_eq!(input.update(Action::Cancel), Typed::Cancelled);
        assert_eq!((input.text(), input.is_open()), ("bush", false));
    }
}
