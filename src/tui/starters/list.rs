//! The presets to begin with, as a list:
//!
//! ```text
//!  presets to begin with on lfw-deepfunneled                         time here
//!  i identity     finds the same person: Search                          1m20s
//!  f face         rebuilds faces best: Browse, Morph                   trained
//!  …
//!  a all that are missing, one after another                             6h40m
//! ```

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::action::StarterAction;
use super::keys;
use super::state::{Duration, Presence, Starters, missing, presence};
use crate::dataset::Dataset;
use crate::display::padded;
use crate::number_format;
use crate::runs::RunSummary;
use crate::training::starters::{STARTERS, Starter};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::keymap::Keymap;
use crate::tui::text;
use crate::tui::theme::Theme;

/// What is said below the list.
pub(super) const WORDS: &str = "Runs train in processes of their own, and go on when you quit. The times are of \
                     this machine when nothing else runs, from a few steps of each.";

/// Lines above the presets.
pub(super) const LIST_HEADING: u16 = 1;

/// What the list is made of.
pub(super) struct List<'a> {
    pub(super) context: &'a Context,
    pub(super) starters: &'a Starters,
    pub(super) runs: &'a [RunSummary],
    /// The keys that count where it is drawn.
    pub(super) keymap: Keymap<Action>,
}

impl List<'_> {
    /// The list, with the row of `selected` marked.
    pub(super) fn lines(&self, selected: Option<usize>, width: u16) -> Vec<Line<'static>> {
        let (context, starters) = (self.context, self.starters);
        let theme = &context.theme;
        let Some(dataset) = context.dataset() else {
            let key = context.tab_key(Action::ShowDataSets);
            let advice = format!("no data set is open to train on: {key} opens one");
            return vec![Line::styled(advice, theme.text)];
        };
        let heading = format!("presets to begin with on {}", dataset.title);
        let time = "time here";
        let room = usize::from(width).saturating_sub(time.width() + 2);
        let heading = padded(&text::truncate(&heading, room), room + 2);
        let mut lines = vec![Line::styled(format!("{heading}{time}"), theme.quiet)];
        for (place, starter) in STARTERS.into_iter().enumerate() {
            let state = state_words(starters, starter, self.runs, dataset);
            let label = format!("{:<12}{}", starter.preset, starter.purpose);
            let key = context.key(self.keymap, keys::train(place));
            let mut line = key_line(theme, &key, &label, &state, width);
            if selected == Some(place) {
                line = line.style(theme.selected);
                for span in &mut line.spans {
                    span.style = theme.selected;
                }
            }
            lines.push(line);
        }
        let key = context.key(self.keymap, Action::Starter(StarterAction::TrainAll));
        let all = "all that are missing, one after another: a queue for the night";
        let time = all_words(starters, self.runs, dataset);
        lines.push(key_line(theme, &key, all, &time, width));
        lines.push(Line::default());
        let words = text::wrap(WORDS, width.into()).into_iter();
        lines.extend(words.map(|line| Line::styled(line, theme.quiet)));
        lines
    }
}

/// A key, what it does, and at the right how long that takes.
pub(super) fn key_line(
    theme: &Theme,
    key: &str,
    label: &str,
    time: &str,
    width: u16,
) -> Line<'static> {
    let room = usize::from(width).saturating_sub(key.width() + time.width() + 3);
    let label = padded(&text::truncate(label, room), room);
    Line::from(vec![
        Span::styled(format!("{key}  "), theme.accent),
        Span::styled(label, theme.text),
        Span::styled(format!(" {time}"), theme.strong),
    ])
}

pub(super) fn state_words(
    starters: &Starters,
    starter: Starter,
    runs: &[RunSummary],
    dataset: &Dataset,
) -> String {
    match presence(starter, runs, dataset) {
        Presence::Trained => return "trained".to_string(),
        Presence::EndedEarly => return "ended early".to_string(),
        Presence::Training => return "training".to_string(),
        Presence::Queued => return "queued".to_string(),
        Presence::Missing => {}
    }
    match starters.durations.get(starter.preset) {
        Some(duration) => duration.words().unwrap_or_else(|| "not here".to_string()),
        None if starters.is_measuring() => "measuring …".to_string(),
        None => number_format::UNKNOWN.to_string(),
    }
}

/// The time of all that are missing.
pub(super) fn all_words(starters: &Starters, runs: &[RunSummary], dataset: &Dataset) -> String {
    let missing = missing(runs, dataset);
    if missing.is_empty() {
        return "trained".to_string();
    }
    let (mut sum, mut is_upper_bound) = (0.0, false);
    for starter in missing {
        match starters.durations.get(starter.preset) {
            Some(Duration::Seconds(seconds)) => sum += seconds,
            Some(Duration::AtMost(seconds)) => {
                sum += seconds;
                is_upper_bound = true;
            }
            Some(Duration::Impossible(_)) => {}
            None if starters.is_measuring() => return "measuring …".to_string(),
            None => return number_format::UNKNOWN.to_string(),
        }
    }
    let sum = if is_upper_bound {
        Duration::AtMost(sum)
    } else {
        Duration::Seconds(sum)
    };
    sum.words().unwrap_or_default()
}
