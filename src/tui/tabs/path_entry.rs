//! A path being entered: text that is completed by Tab and looked at before it
//! is taken, elsewhere, so that no disk holds up the screen.

use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::input::{Input, Typed};
use crate::paths::typed::Wanted;
use crate::tui::action::Action;
use crate::tui::path_lookup::{Found, Looked, Lookup, Purpose};
use crate::tui::theme::Theme;

/// The entry.
#[derive(Debug, Clone)]
pub struct PathEntry {
    input: Input,
    wanted: Wanted,
    /// Of the latest lookup.
    number: u64,
    waiting: Option<Purpose>,
    /// What Tab goes round: the text of each, and what to call it.
    candidates: Vec<(String, String)>,
    at: Option<usize>,
}

/// What an action did to a [`PathEntry`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// Nothing that matters to others, or it was given up.
    Nothing,
    /// A text is to be looked at.
    Look(Lookup),
    /// The action was none of the entry's.
    Other,
}

/// What an answer to a lookup meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// Nothing that matters to others.
    Nothing,
    /// This was entered, and the entry is closed; so many more were named.
    Taken(std::path::PathBuf, usize),
    /// It is not what was asked for; the entry stays open.
    Refused(String),
}

impl PathEntry {
    /// An empty one, closed.
    pub fn new(wanted: Wanted) -> Self {
        Self {
            input: Input::default(),
            wanted,
            number: 0,
            waiting: None,
            candidates: Vec::new(),
            at: None,
        }
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        self.input.text()
    }

    /// Whether keys go here.
    pub fn is_open(&self) -> bool {
        self.input.is_open()
    }

    /// Starts an entry from a text.
    pub fn open(&mut self, text: impl Into<String>) {
        self.input.set(text);
        self.input.open();
        self.forget();
    }

    /// Takes it as it stands, unseen.
    pub fn close(&mut self) {
        self.input.update(Action::Accept);
        self.forget();
    }

    fn forget(&mut self) {
        self.candidates = Vec::new();
        self.at = None;
        self.waiting = None;
        // An answer that is still to come is to another text.
        self.number += 1;
    }

    fn look(&mut self, purpose: Purpose) -> Entered {
        self.forget();
        self.waiting = Some(purpose);
        Entered::Look(Lookup {
            number: self.number,
            wanted: self.wanted,
            purpose,
            text: self.input.text().to_string(),
        })
    }

    /// Handles an action while the entry is open.
    pub fn update(&mut self, action: Action) -> Entered {
        match action {
            Action::Complete(forwards) if self.candidates.len() > 1 => {
                let count = self.candidates.len();
                let at = match (self.at, forwards) {
                    (None, true) => 0,
                    (None, false) => count - 1,
                    (Some(at), true) => (at + 1) % count,
                    (Some(at), false) => (at + count - 1) % count,
                };
                self.at = Some(at);
                self.input.set(self.candidates[at].0.clone());
                Entered::Nothing
            }
            // Typed ahead of an answer: the text is the same.
            Action::Complete(_) if self.waiting == Some(Purpose::Complete) => Entered::Nothing,
            Action::Complete(_) => self.look(Purpose::Complete),
            Action::Accept if self.input.text().trim().is_empty() => {
                self.close();
                Entered::Nothing
            }
            Action::Accept if self.waiting == Some(Purpose::Take) => Entered::Nothing,
            Action::Accept => self.look(Purpose::Take),
            action => match self.input.update(action) {
                Typed::Other => Entered::Other,
                _ => {
                    self.forget();
                    Entered::Nothing
                }
            },
        }
    }

    /// A lookup was answered.
    pub fn answer(&mut self, looked: Looked) -> Answered {
        if looked.number != self.number || !self.input.is_open() {
            return Answered::Nothing;
        }
        self.waiting = None;
        match looked.found {
            Found::Completed(completion) => {
                self.input.set(completion.text);
                self.candidates = completion.candidates;
                self.at = None;
                Answered::Nothing
            }
            Found::Taken(path, more) => {
                self.close();
                Answered::Taken(path, more)
            }
            Found::Refused(problem) => Answered::Refused(problem),
        }
    }

    /// The text with its end in sight, and a mark while it is looked at.
    pub fn line(&self, width: usize) -> String {
        let mark = match self.waiting {
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
    pub fn choices(&self, theme: &Theme, width: usize) -> Option<Line<'static>> {
        if self.candidates.len() < 2 {
            return None;
        }
        let first = self.first_shown(width);
        let mut spans = Vec::new();
        let mut used = 0;
        if first > 0 {
            spans.push(Span::styled("… ", theme.quiet));
            used += 2;
        }
        for (index, (_, label)) in self.candidates.iter().enumerate().skip(first) {
            let more = format!("… {} more", self.candidates.len() - index);
            if used + label.width() + 2 + more.width() > width && index > first {
                spans.push(Span::styled(more, theme.quiet));
                break;
            }
            used += label.width() + 2;
            let style = if self.at == Some(index) {
                theme.selected
            } else {
                theme.text
            };
            spans.push(Span::styled(label.clone(), style));
            spans.push(Span::raw("  "));
        }
        Some(Line::from(spans))
    }

    /// The first label of a screen of them: they turn as pages do.
    fn first_shown(&self, width: usize) -> usize {
        let mut first = 0;
        let mut used = 0;
        for (index, (_, label)) in self.candidates.iter().enumerate() {
            let wide = label.width() + 2;
            if used + wide + 16 > width && index > first {
                first = index;
                used = 2;
            }
            used += wide;
            if Some(index) >= self.at.or(Some(0)) {
                break;
            }
        }
        first
    }

    /// The labels of what Tab goes round, in words.
    pub fn choices_in_words(&self) -> Option<String> {
        const MOST: usize = 24;
        if self.candidates.len() < 2 {
            return None;
        }
        let labels = self.candidates.iter().map(|(_, label)| label.as_str());
        let mut words = labels.take(MOST).collect::<Vec<_>>().join("  ");
        if self.candidates.len() > MOST {
            words += &format!("  … {} more", self.candidates.len() - MOST);
        }
        Some(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::typed::Completion;

    fn typed(text: &str) -> PathEntry {
        let mut entry = PathEntry::new(Wanted::Picture);
        entry.open("");
        for c in text.chars() {
            entry.update(Action::Type(c));
        }
        entry
    }

    fn lookup(entered: Entered) -> Lookup {
        match entered {
            Entered::Look(lookup) => lookup,
            other => panic!("{other:?}"),
        }
    }

    fn looked(lookup: &Lookup, found: Found) -> Looked {
        Looked {
            number: lookup.number,
            wanted: lookup.wanted,
            found,
        }
    }

    #[test]
    fn tab_completes_then_goes_round_both_ways() {
        let mut entry = typed("/p/f");
        let asked = lookup(entry.update(Action::Complete(true)));
        assert_eq!(
            (asked.purpose, asked.text.as_str()),
            (Purpose::Complete, "/p/f")
        );
        let candidates = ["one.jpg", "three.jpg", "two.jpg"];
        let found = Found::Completed(Completion {
            text: "/p/face ".to_string(),
            candidates: candidates
                .iter()
                .map(|name| (format!("/p/face {name}"), format!("face {name}")))
                .collect(),
        });
        assert_eq!(entry.answer(looked(&asked, found)), Answered::Nothing);
        assert_eq!(entry.text(), "/p/face ");
        for (forwards, name) in [
            (true, "one"),
            (true, "three"),
            (false, "one"),
            (false, "two"),
        ] {
            assert_eq!(entry.update(Action::Complete(forwards)), Entered::Nothing);
            assert_eq!(entry.text(), format!("/p/face {name}.jpg"));
        }
        let line = entry.choices(&Theme::colourless(), 36).unwrap();
        assert!(line.width() <= 36, "{line:?}");
        assert!(
            line.spans.iter().any(|span| span.content == "face two.jpg"),
            "{line:?}"
        );
        entry.update(Action::Type('x'));
        assert!(entry.choices(&Theme::colourless(), 80).is_none());
        lookup(entry.update(Action::Complete(true)));
    }

    #[test]
    fn what_is_refused_can_be_edited_and_late_answers_do_not_count() {
        let mut entry = typed("/p/a");
        let first = lookup(entry.update(Action::Accept));
        assert!(entry.line(40).ends_with("▏ …"));
        entry.update(Action::Type('b'));
        let late = Found::Taken("/p/a".into(), 0);
        assert_eq!(entry.answer(looked(&first, late)), Answered::Nothing);
        assert!(entry.is_open());
        let second = lookup(entry.update(Action::Accept));
        let refused = Found::Refused("no".to_string());
        assert_eq!(
            entry.answer(looked(&second, refused)),
            Answered::Refused("no".to_string())
        );
        assert_eq!((entry.text(), entry.is_open()), ("/p/ab", true));
        let third = lookup(entry.update(Action::Accept));
        let taken = Found::Taken("/p/ab".into(), 2);
        assert_eq!(
            entry.answer(looked(&third, taken)),
            Answered::Taken("/p/ab".into(), 2)
        );
        assert!(!entry.is_open());
    }

    #[test]
    fn the_end_of_a_long_text_is_in_sight() {
        let entry = typed("/a/long/way/to/Käthe.jpg");
        assert_eq!(entry.line(40), "/a/long/way/to/Käthe.jpg▏");
        assert_eq!(entry.line(12), "…/Käthe.jpg▏");
    }
}
