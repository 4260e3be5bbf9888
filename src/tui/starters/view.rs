//! The presets to begin with, as a list: in a popup, or on a Train tab without runs.
//!
//! ```text
//!  presets to begin with on lfw-deepfunneled                         time here
//!  i identity     finds the same person: Search                          1m20s
//!  f face         rebuilds faces best: Browse, Morph                   trained
//!  …
//!  a all that are missing, one after another                             6h40m
//! ```

use ratatui::layout::Rect;
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
use crate::tui::areas::{popup_area, popup_width, row_of};
use crate::tui::context::Context;
use crate::tui::keymap::Keymap;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::tabs::train::action::TrainAction;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;

/// The widest list.
const MAX_WIDTH: u16 = 88;

/// What is said below the list.
const WORDS: &str = "Runs train in processes of their own, and go on when you quit. The times are of \
                     this machine when nothing else runs, from a few steps of each.";

/// Where the popup is drawn.
pub(crate) fn area(size: (u16, u16)) -> Rect {
    let inside = popup_width(size, MAX_WIDTH + 4).saturating_sub(4);
    let words = text::wrap(WORDS, inside.into()).len() as u16;
    let rows = 2 + 2 + STARTERS.len() as u16 + 2 + words;
    popup_area(size, MAX_WIDTH + 4, rows)
}

/// Draws the popup.
pub(crate) fn render_popup(
    canvas: &mut Canvas,
    context: &Context,
    starters: &Starters,
    runs: &[RunSummary],
) {
    let area = area(context.size);
    let inside = canvas.popup_frame(area, "presets");
    let selected = Some(starters.selected);
    let list = List {
        context,
        starters,
        runs,
        keymap: keys::POPUP,
    };
    for place in 0..STARTERS.len() {
        let row = row_of(inside, LIST_HEADING + place as u16);
        let click = Use::Click(Action::Click(Target::Preset(place)));
        canvas.zone(row.intersection(inside), click);
    }
    canvas.lines(inside, list.lines(selected, inside.width));
}

/// Draws the list on a Train tab without runs.
pub(crate) fn render_empty_train(
    canvas: &mut Canvas,
    area: Rect,
    context: &Context,
    starters: &Starters,
) {
    let theme = canvas.theme;
    let width = area.width.min(MAX_WIDTH);
    let mut all = vec![Line::styled("no runs yet", theme.strong), Line::default()];
    let list = List {
        context,
        starters,
        runs: &[],
        keymap: keys::EMPTY_TRAIN,
    };
    all.extend(list.lines(None, width));
    all.push(Line::default());
    all.push(key_line(
        theme,
        &context.key(keys::EMPTY_TRAIN, Action::Train(TrainAction::OpenForm)),
        "a run from a form with every setting",
        "",
        width,
    ));
    all.push(Line::styled(
        "  or, in any terminal: lfw-tui train --preset face --detach",
        theme.quiet,
    ));
    canvas.lines(area, all);
}

/// Lines above the presets.
const LIST_HEADING: u16 = 1;

/// What the list is made of.
struct List<'a> {
    context: &'a Context,
    starters: &'a Starters,
    runs: &'a [RunSummary],
    /// The keys that count where it is drawn.
    keymap: Keymap<Action>,
}

impl List<'_> {
    fn lines(&self, selected: Option<usize>, width: u16) -> Vec<Line<'static>> {
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
fn key_line(theme: &Theme, key: &str, label: &str, time: &str, width: u16) -> Line<'static> {
    let room = usize::from(width).saturating_sub(key.width() + time.width() + 3);
    let label = padded(&text::truncate(label, room), room);
    Line::from(vec![
        Span::styled(format!("{key}  "), theme.accent),
        Span::styled(label, theme.text),
        Span::styled(format!(" {time}"), theme.strong),
    ])
}

fn state_words(
    starters: &Starters,
    starter: Starter,
    runs: &[RunSummary],
    dataset: &Dataset,
) -> String {
    match presence(starter, runs, dataset) {
        Presence::Trained => return "trained".to_string(),
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
fn all_words(starters: &Starters, runs: &[RunSummary], dataset: &Dataset) -> String {
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
