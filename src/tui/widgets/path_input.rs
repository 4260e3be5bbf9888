//! An input line for a path: Tab completes it, and it is checked before it is
//! accepted. Both happen on other threads, so that a slow disk never holds up the
//! screen.

use ratatui::text::Line;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::candidates::Candidates;
use super::text_input::{EditOutcome, TextInput};
use crate::paths::user_path::PathKind;
use crate::tui::action::Action;
use crate::tui::opened_picture::OpenedPicture;
use crate::tui::path_lookup::{Lookup, LookupAnswer, LookupResult, Purpose};
use crate::tui::theme::Theme;

/// An input line for a path.
#[derive(Debug, Clone)]
pub struct PathInput {
    input: TextInput,
    wanted: PathKind,
    /// The id of the latest lookup.
    lookup_id: u64,
    /// What the lookup under way is for.
    pending: Option<Purpose>,
    /// What Tab goes through.
    candidates: Candidates,
}

/// What an action did to a [`PathInput`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PathEdit {
    /// It was handled, or editing was cancelled.
    Handled,
    /// The path is to be looked up.
    LookUp(Lookup),
    /// The action does not concern the path.
    Unhandled,
}

/// What the result of a lookup means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resolution {
    /// Nothing for others: a completion, or a result that is out of date.
    Ignored,
    /// The path was accepted, and editing has ended; and how many more paths the text
    /// had.
    Accepted(std::path::PathBuf, usize),
    /// The same of a picture file.
    Picture(Box<OpenedPicture>, usize),
    /// The path is not accepted, and why; it is still edited.
    Rejected(String),
}

impl PathInput {
    /// Empty and not edited.
    pub(crate) fn new(wanted: PathKind) -> Self {
        Self {
            input: TextInput::default(),
            wanted,
            lookup_id: 0,
            pending: None,
            candidates: Candidates::default(),
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.input.text()
    }

    /// Whether it is being edited.
    pub fn is_open(&self) -> bool {
        self.input.is_open()
    }

    /// Begins to edit a text.
    pub fn open(&mut self, text: impl Into<String>) {
        self.input.set_text(text);
        self.input.open();
        self.clear_candidates();
    }

    /// Ends editing without a check of the path.
    pub(crate) fn close(&mut self) {
        self.input.update(Action::Accept);
        self.clear_candidates();
    }

    fn clear_candidates(&mut self) {
        self.candidates = Candidates::default();
        self.pending = None;
        // A result that is still to come is for another text.
        self.lookup_id += 1;
    }

    fn start_lookup(&mut self, purpose: Purpose) -> PathEdit {
        self.clear_candidates();
        self.pending = Some(purpose);
        PathEdit::LookUp(Lookup {
            id: self.lookup_id,
            wanted: self.wanted,
            purpose,
            text: self.input.text().to_string(),
        })
    }

    /// Handles an action while the path is edited.
    pub(crate) fn update(&mut self, action: Action) -> PathEdit {
        match action {
            Action::Complete(step) if self.candidates.len() > 1 => {
                if let Some(text) = self.candidates.choose(step) {
                    self.input.set_text(text);
                }
                PathEdit::Handled
            }
            // The same text is being looked up already.
            Action::Complete(_) if self.pending == Some(Purpose::Complete) => PathEdit::Handled,
            Action::Complete(_) => self.start_lookup(Purpose::Complete),
            Action::Accept if self.input.text().trim().is_empty() => {
                self.close();
                PathEdit::Handled
            }
            Action::Accept if self.pending == Some(Purpose::Accept) => PathEdit::Handled,
            Action::Accept => self.start_lookup(Purpose::Accept),
            action => {
                if self.input.update(action) == EditOutcome::Unhandled {
                    PathEdit::Unhandled
                } else {
                    self.clear_candidates();
                    PathEdit::Handled
                }
            }
        }
    }

    /// A lookup was answered.
    pub(crate) fn on_lookup(&mut self, looked: LookupResult) -> Resolution {
        if looked.id != self.lookup_id || !self.input.is_open() {
            return Resolution::Ignored;
        }
        self.pending = None;
        match looked.answer {
            LookupAnswer::Completed(completion) => {
                self.input.set_text(completion.text);
                self.candidates = Candidates::new(completion.candidates);
                Resolution::Ignored
            }
            LookupAnswer::Accepted(path, more) => {
                self.close();
                Resolution::Accepted(path, more)
            }
            LookupAnswer::Picture(picture, more) => {
                self.close();
                Resolution::Picture(picture, more)
            }
            LookupAnswer::Rejected(problem) => Resolution::Rejected(problem),
        }
    }

    /// The text with its end in sight, and a mark while it is looked at.
    pub(crate) fn display_line(&self, width: usize) -> String {
        let mark = match self.pending {
            Some(_) => "▏ …",
            None => "▏",
        };
        let room = width.saturating_sub(mark.width());
        let text = self.input.text();
        if text.width() <= room {
            return format!("{text}{mark}");
        }
        let mut start = text.len();
        let mut taken = 1;
        for (at, c) in text.char_indices().rev() {
            taken += c.width().unwrap_or(0);
            if taken > room {
                break;
            }
            start = at;
        }
        format!("…{}{mark}", &text[start..])
    }

    /// What Tab goes round, as far as it fits, the present one in sight; `None`
    /// when there is nothing to choose among.
    pub(crate) fn candidates_line(&self, theme: &Theme, width: usize) -> Option<Line<'static>> {
        if self.candidates.len() < 2 {
            return None;
        }
        Some(self.candidates.line(theme, width))
    }

    /// The labels of what Tab goes round, in words.
    pub(crate) fn candidates_text(&self) -> Option<String> {
        const MOST: usize = 24;
        if self.candidates.len() < 2 {
            return None;
        }
        let mut words = self
            .candidates
            .labels()
            .take(MOST)
            .collect::<Vec<_>>()
            .join("  ");
        if self.candidates.len() > MOST {
            words += &format!("  … {} more", self.candidates.len() - MOST);
        }
        Some(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::user_path::Completion;
    use crate::tui::motion::Step;

    fn typed(text: &str) -> PathInput {
        let mut entry = PathInput::new(PathKind::Picture);
        entry.open("");
        for c in text.chars() {
            entry.update(Action::Insert(c));
        }
        entry
    }

    fn lookup(entered: PathEdit) -> Lookup {
        match entered {
            PathEdit::LookUp(lookup) => lookup,
            other => panic!("{other:?}"),
        }
    }

    fn looked(lookup: &Lookup, found: LookupAnswer) -> LookupResult {
        LookupResult {
            id: lookup.id,
            wanted: lookup.wanted,
            answer: found,
        }
    }

    #[test]
    fn tab_completes_then_goes_round_both_ways() {
        let mut entry = typed("/p/f");
        let asked = lookup(entry.update(Action::Complete(Step::Next)));
        assert_eq!(
            (asked.purpose, asked.text.as_str()),
            (Purpose::Complete, "/p/f")
        );
        let candidates = ["one.jpg", "three.jpg", "two.jpg"];
        let found = LookupAnswer::Completed(Completion {
            text: "/p/face ".to_string(),
            candidates: candidates
                .iter()
                .map(|name| (format!("/p/face {name}"), format!("face {name}")))
                .collect(),
        });
        assert_eq!(entry.on_lookup(looked(&asked, found)), Resolution::Ignored);
        assert_eq!(entry.text(), "/p/face ");
        for (step, name) in [
            (Step::Next, "one"),
            (Step::Next, "three"),
            (Step::Previous, "one"),
            (Step::Previous, "two"),
        ] {
            assert_eq!(entry.update(Action::Complete(step)), PathEdit::Handled);
            assert_eq!(entry.text(), format!("/p/face {name}.jpg"));
        }
        let line = entry.candidates_line(&Theme::colourless(), 36).unwrap();
        assert!(line.width() <= 36, "{line:?}");
        assert!(
            line.spans.iter().any(|span| span.content == "face two.jpg"),
            "{line:?}"
        );
        entry.update(Action::Insert('x'));
        assert!(entry.candidates_line(&Theme::colourless(), 80).is_none());
        lookup(entry.update(Action::Complete(Step::Next)));
    }

    #[test]
    fn what_is_refused_can_be_edited_and_late_answers_do_not_count() {
        let mut entry = typed("/p/a");
        let first = lookup(entry.update(Action::Accept));
        assert!(entry.display_line(40).ends_with("▏ …"));
        entry.update(Action::Insert('b'));
        let late = LookupAnswer::Accepted("/p/a".into(), 0);
        assert_eq!(entry.on_lookup(looked(&first, late)), Resolution::Ignored);
        assert!(entry.is_open());
        let second = lookup(entry.update(Action::Accept));
        let refused = LookupAnswer::Rejected("no".to_string());
        assert_eq!(
            entry.on_lookup(looked(&second, refused)),
            Resolution::Rejected("no".to_string())
        );
        assert_eq!((entry.text(), entry.is_open()), ("/p/ab", true));
        let third = lookup(entry.update(Action::Accept));
        let taken = LookupAnswer::Accepted("/p/ab".into(), 2);
        assert_eq!(
            entry.on_lookup(looked(&third, taken)),
            Resolution::Accepted("/p/ab".into(), 2)
        );
        assert!(!entry.is_open());
    }

    #[test]
    fn the_end_of_a_long_text_is_in_sight() {
        let entry = typed("/a/long/way/to/Käthe.jpg");
        assert_eq!(entry.display_line(40), "/a/long/way/to/Käthe.jpg▏");
        assert_eq!(entry.display_line(12), "…/Käthe.jpg▏");
    }
}
