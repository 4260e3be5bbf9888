//! Keys that tabs share: motions, leaving, entering text, popups.

use super::key::{
    BACK_TAB, BACKSPACE, DOWN, END, ENTER, ESC, F1, HOME, LEFT, PAGE_DOWN, PAGE_UP, RIGHT, TAB, UP,
    ctrl, key,
};
use super::{Binding, Keymap, bindings};
use crate::tui::action::Action;
use crate::tui::motion::{Direction, Step};
use crate::tui::tab_id::TabId;

/// Motions in lists and grids.
const MOTIONS: &[Binding<Action>] = bindings! {
    key('h'), LEFT => Action::Move(Direction::Left), "left", "move";
    key('j'), DOWN => Action::Move(Direction::Down), "down", "move";
    key('k'), UP => Action::Move(Direction::Up), "up", "move";
    key('l'), RIGHT => Action::Move(Direction::Right), "right", "move";
    ctrl('d'), PAGE_DOWN => Action::HalfPageDown, "half a screen down";
    ctrl('u'), PAGE_UP => Action::HalfPageUp, "half a screen up";
    key('g'), HOME => Action::First, "to the first";
    key('G'), END => Action::Last, "to the last";
};

/// Keys of every tab.
const EVERYWHERE: &[Binding<Action>] = bindings! {
    key('1') => Action::ShowTab(TabId::Browse), "Browse: people and their pictures";
    key('2') => Action::ShowTab(TabId::Train), "Train: training runs and their charts";
    key('3') => Action::ShowTab(TabId::Denoise), "Denoise: add noise to a face and remove it";
    key('4') => Action::ShowTab(TabId::Search), "Search: the nearest neighbours of a face";
    key('5') => Action::ShowTab(TabId::Morph), "Morph: faces generated from codes";
    TAB => Action::StepTab(Step::Next), "next tab";
    BACK_TAB => Action::StepTab(Step::Previous), "previous tab";
    ESC => Action::Back, "close or step back";
    key('D') => Action::ShowDataSets, "data sets: open, import, fetch LFW, remove";
    key('P') => Action::ShowPresets, "presets: what to train here, and how long it takes";
    key('?'), F1 => Action::Help, "show these keys", "help";
    key('q'), ctrl('c') => Action::Quit, "quit; runs keep training", "quit";
    key('B') => Action::ToggleLine, "bytes a second to the terminal, or nothing";
    ctrl('o') => Action::ToggleMouse, "the mouse here, or selecting text as elsewhere";
    ctrl('l') => Action::Redraw, "redraw the screen, and retry what failed";
    ctrl('z') => Action::Suspend, "suspend; `fg` resumes";
};

/// Keys that work whatever has the focus.
const ALWAYS: &[Binding<Action>] = bindings! {
    ctrl('c') => Action::Quit, "quit; runs keep training";
    ctrl('l') => Action::Redraw, "redraw the screen, and retry what failed";
    ctrl('z') => Action::Suspend, "suspend; `fg` resumes";
};

const TEXT_KEYS: &[Binding<Action>] = bindings! {
    ENTER => Action::Accept, "accept", "accept";
    ESC => Action::Cancel, "cancel; the text stays as it was", "cancel";
    BACKSPACE => Action::Erase, "delete a character";
    ctrl('w') => Action::EraseWord, "delete a word";
    ctrl('u') => Action::EraseAll, "delete everything", "clear";
    DOWN => Action::Move(Direction::Down), "next";
    UP => Action::Move(Direction::Up), "previous";
};

const COMPLETION: &[Binding<Action>] = bindings! {
    TAB => Action::Complete(Step::Next),
        "complete the path, then go through the matches", "complete";
    BACK_TAB => Action::Complete(Step::Previous), "the previous match";
};

const POPUP_KEYS: &[Binding<Action>] = bindings! {
    ESC, key('q'), key('?'), ENTER, F1 => Action::Back, "close", "close";
    key('j'), DOWN => Action::Move(Direction::Down), "down", "scroll";
    key('k'), UP => Action::Move(Direction::Up), "up", "scroll";
    ctrl('d'), PAGE_DOWN, key(' ') => Action::HalfPageDown, "half a screen down";
    ctrl('u'), PAGE_UP => Action::HalfPageUp, "half a screen up";
    key('g'), HOME => Action::First, "to the first";
    key('G'), END => Action::Last, "to the last";
};

const QUIT_ONLY: &[Binding<Action>] = bindings! {
    key('q') => Action::Quit, "quit; runs keep training", "quit";
};

/// The keymap of a tab with its own keys.
pub(crate) const fn tab(bindings: &'static [Binding<Action>]) -> Keymap<Action> {
    Keymap {
        leading: &[],
        bindings,
        shared: EVERYWHERE,
        fallback: &[],
        insert: None,
    }
}

/// The keymap of a tab with its own keys besides the motions.
pub(crate) const fn tab_with_motions(bindings: &'static [Binding<Action>]) -> Keymap<Action> {
    Keymap {
        leading: MOTIONS,
        ..tab(bindings)
    }
}

/// The keymap of a form, a picker or a question, which has the focus alone.
pub(crate) const fn modal(bindings: &'static [Binding<Action>]) -> Keymap<Action> {
    Keymap {
        shared: ALWAYS,
        ..tab(bindings)
    }
}

/// The keys of every tab alone.
pub(crate) const EVERY_TAB: Keymap<Action> = tab(&[]);

/// While a line of text is entered.
pub(crate) const TEXT: Keymap<Action> = Keymap {
    insert: Some(Action::Insert),
    ..modal(TEXT_KEYS)
};

/// While a path is entered.
pub(crate) const PATH: Keymap<Action> = Keymap {
    leading: COMPLETION,
    ..TEXT
};

/// While the terminal is too small to show what a key would do.
pub(crate) const TOO_SMALL: Keymap<Action> = modal(QUIT_ONLY);

/// While a popup is open.
pub(crate) const POPUP: Keymap<Action> = modal(POPUP_KEYS);
