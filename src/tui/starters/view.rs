//! The presets to begin with: in a popup, or on a Train tab without runs.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::keys;
use super::list::{LIST_HEADING, List, WORDS, key_line};
use super::page;
use super::state::Starters;
use crate::runs::RunSummary;
use crate::training::FirstFaces;
use crate::training::starters::STARTERS;
use crate::tui::action::Action;
use crate::tui::areas::{popup_area, popup_width, row_of};
use crate::tui::context::Context;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::tabs::train::action::TrainAction;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// The widest list.
const MAX_WIDTH: u16 = 88;

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

/// Draws the presets on a Train tab without runs, as a list where there is no room for more.
pub(crate) fn render_empty_train(
    canvas: &mut Canvas,
    area: Rect,
    context: &Context,
    starters: &Starters,
    first: &[FirstFaces],
) {
    let theme = canvas.theme;
    if let Some(dataset) = context.dataset().filter(|_| page::fits(area)) {
        return page::draw(canvas, area, (context, dataset), starters, first);
    }
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
