//! Lines that are typed on Train: the filter of the list, a run's note, its tags.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::action::LINE_BREAK;
use super::keys;
use super::run_rows::RunRows;
use crate::runs::RunSummary;
use crate::runs::query::{self, Filter};
use crate::tui::action::Action;
use crate::tui::areas::row_of;
use crate::tui::context::Context;
use crate::tui::theme::Theme;
use crate::tui::widgets::candidates::Completions;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::word_input::WordInput;

/// An open line.
#[derive(Debug)]
pub(crate) struct Prompt {
    pub(super) kind: Kind,
    pub(super) input: WordInput,
    /// What is wrong with the text so far.
    pub(super) problem: Option<String>,
    /// What its end lacks so far.
    pub(super) missing: Option<String>,
}

/// What is typed.
#[derive(Debug)]
pub(super) enum Kind {
    /// With the filter, its text and the selected run from before.
    Filter(Filter, String, Option<String>),
    /// Of the run with that id; with the note as it was.
    Note(String, String),
    /// Of the run with that id; with the tags as they were.
    Tags(String, Vec<String>),
}

impl Prompt {
    /// The line of the filter.
    pub(super) fn filter(rows: &RunRows, selected: Option<String>, runs: &[RunSummary]) -> Self {
        let (filter, text) = (rows.filter.clone(), rows.filter_text.clone());
        let kind = Kind::Filter(filter, text.clone(), selected);
        Self::open(kind, &text, runs)
    }

    /// The line of a run's note.
    pub(super) fn note(run: &RunSummary, runs: &[RunSummary]) -> Self {
        let note = run.note.clone().unwrap_or_default();
        let text = note.replace('\n', &LINE_BREAK.to_string());
        Self::open(Kind::Note(run.id.clone(), note), &text, runs)
    }

    /// The line of a run's tags.
    pub(super) fn tags(run: &RunSummary, runs: &[RunSummary]) -> Self {
        let mut text = run.tags.join(" ");
        if !text.is_empty() {
            text.push(' ');
        }
        Self::open(Kind::Tags(run.id.clone(), run.tags.clone()), &text, runs)
    }

    fn open(kind: Kind, text: &str, runs: &[RunSummary]) -> Self {
        let mut input = WordInput::default();
        input.set_text(text);
        input.open(|text| complete(&kind, text, runs));
        Self {
            kind,
            input,
            problem: None,
            missing: None,
        }
    }

    /// Whether it is a note, which may have several lines.
    pub(super) fn is_note(&self) -> bool {
        matches!(self.kind, Kind::Note(..))
    }

    /// Draws it over the headings, and what is wrong with it, or what it can become, over the
    /// caption of the pictures: the list stays in sight.
    pub(super) fn draw(&self, canvas: &mut Canvas, area: Rect, context: &Context) {
        let theme = canvas.theme;
        let width = usize::from(area.width);
        let label = match self.kind {
            Kind::Filter(..) => "filter: ",
            Kind::Note(..) => "note: ",
            Kind::Tags(..) => "tags: ",
        };
        let (top, bottom) = (row_of(area, 0), row_of(area, area.height.saturating_sub(1)));
        canvas.clear(top);
        canvas.clear(bottom);
        canvas.line(top, self.input.line(theme, label, width));
        let below = match (&self.problem, &self.kind) {
            (Some(problem), _) => Line::styled(problem.clone(), theme.bad),
            (None, Kind::Note(..)) => {
                let key = context.key(keys::NOTE, Action::Insert(LINE_BREAK));
                Line::styled(format!("{key} begins a new line"), theme.quiet)
            }
            _ => self.missing_and_candidates(canvas.theme, width),
        };
        canvas.line(bottom, below);
    }

    /// What the end lacks, and what it can become.
    fn missing_and_candidates(&self, theme: &Theme, width: usize) -> Line<'static> {
        let Some(missing) = &self.missing else {
            return self.input.candidates_line(theme, width);
        };
        let missing = format!("{missing}  ");
        let room = width.saturating_sub(missing.width());
        let mut line = self.input.candidates_line(theme, room);
        line.spans.insert(0, Span::styled(missing, theme.quiet));
        line
    }
}

/// What the text can be completed to.
pub(super) fn complete(kind: &Kind, text: &str, runs: &[RunSummary]) -> Completions {
    match kind {
        Kind::Filter(..) => query::complete(text, runs),
        Kind::Note(..) => Vec::new(),
        Kind::Tags(..) => complete_tag(text, runs),
    }
}

/// The tags of all runs that begin as the last word does and are not typed yet.
fn complete_tag(text: &str, runs: &[RunSummary]) -> Completions {
    let begin = text.rfind(' ').map_or(0, |at| at + 1);
    let (before, word) = text.split_at(begin);
    let mut tags: Vec<&String> = runs.iter().flat_map(|run| &run.tags).collect();
    tags.sort();
    tags.dedup();
    tags.into_iter()
        .filter(|tag| tag.to_lowercase().starts_with(&word.to_lowercase()))
        .filter(|tag| !before.split_whitespace().any(|typed| typed == tag.as_str()))
        .map(|tag| (format!("{before}{tag}"), tag.clone()))
        .collect()
}
