//! Keys that tabs share: motions, leaving, entering text, popups.

use crossterm::event::KeyCode;

use super::key::Key;
use super::{Binding, Keymap, bind};
use crate::tui::action::Action;
use crate::tui::motion::{Direction, Step};
use crate::tui::tab_id::TabId;

const fn key(c: char) -> Key {
    Key::char(c)
}

const DOWN: Binding<Action> = bind(
    &[key('j'), Key::code(KeyCode::Down)],
    Action::Move(Direction::Down),
    "down",
    Some("move"),
);

const UP: Binding<Action> = bind(
    &[key('k'), Key::code(KeyCode::Up)],
    Action::Move(Direction::Up),
    "up",
    Some("move"),
);

const HALF_UP: Binding<Action> = bind(
    &[Key::control('u'), Key::code(KeyCode::PageUp)],
    Action::HalfPageUp,
    "half a screen up",
    None,
);

/// To the first item.
pub(crate) const FIRST: Binding<Action> = bind(
    &[key('g'), Key::code(KeyCode::Home)],
    Action::First,
    "to the first",
    None,
);

/// To the last item.
pub(crate) const LAST: Binding<Action> = bind(
    &[key('G'), Key::code(KeyCode::End)],
    Action::Last,
    "to the last",
    None,
);

/// Motions for tabs to put into their own tables.
pub(crate) const MOTIONS: [Binding<Action>; 8] = [
    bind(
        &[key('h'), Key::code(KeyCode::Left)],
        Action::Move(Direction::Left),
        "left",
        Some("move"),
    ),
    DOWN,
    UP,
    bind(
        &[key('l'), Key::code(KeyCode::Right)],
        Action::Move(Direction::Right),
        "right",
        Some("move"),
    ),
    bind(
        &[Key::control('d'), Key::code(KeyCode::PageDown)],
        Action::HalfPageDown,
        "half a screen down",
        None,
    ),
    HALF_UP,
    FIRST,
    LAST,
];

const fn show_tab(keys: &'static [Key], tab: TabId, help: &'static str) -> Binding<Action> {
    bind(keys, Action::ShowTab(tab), help, None)
}

const REDRAW: Binding<Action> = bind(
    &[Key::control('l')],
    Action::Redraw,
    "redraw the screen, and retry what failed",
    None,
);

const SUSPEND: Binding<Action> = bind(
    &[Key::control('z')],
    Action::Suspend,
    "suspend; `fg` resumes",
    None,
);

const QUIT_HELP: &str = "quit; runs keep training";

/// Keys of every tab.
const EVERYWHERE: &[Binding<Action>] = &[
    show_tab(
        &[key('1')],
        TabId::Browse,
        "Browse: people and their pictures",
    ),
    show_tab(
        &[key('2')],
        TabId::Train,
        "Train: training runs and their charts",
    ),
    show_tab(
        &[key('3')],
        TabId::Denoise,
        "Denoise: add noise to a face and remove it",
    ),
    show_tab(
        &[key('4')],
        TabId::Search,
        "Search: the nearest neighbours of a face",
    ),
    show_tab(
        &[key('5')],
        TabId::Morph,
        "Morph: faces generated from codes",
    ),
    bind(
        &[Key::code(KeyCode::Tab)],
        Action::StepTab(Step::Next),
        "next tab",
        None,
    ),
    bind(
        &[Key::code(KeyCode::BackTab)],
        Action::StepTab(Step::Previous),
        "previous tab",
        None,
    ),
    bind(
        &[Key::code(KeyCode::Esc)],
        Action::Back,
        "close or step back",
        None,
    ),
    bind(
        &[key('D')],
        Action::DatasetInfo,
        "about the data set, and how to get another",
        None,
    ),
    bind(
        &[key('?'), Key::code(KeyCode::F(1))],
        Action::Help,
        "show these keys",
        Some("help"),
    ),
    bind(
        &[key('q'), Key::control('c')],
        Action::Quit,
        QUIT_HELP,
        Some("quit"),
    ),
    REDRAW,
    SUSPEND,
];

/// Keys that work whatever has the focus.
const ALWAYS: &[Binding<Action>] = &[
    bind(&[Key::control('c')], Action::Quit, QUIT_HELP, None),
    REDRAW,
    SUSPEND,
];

const TEXT_KEYS: &[Binding<Action>] = &[
    bind(
        &[Key::code(KeyCode::Enter)],
        Action::Accept,
        "accept",
        Some("accept"),
    ),
    bind(
        &[Key::code(KeyCode::Esc)],
        Action::Cancel,
        "cancel; the text stays as it was",
        Some("cancel"),
    ),
    bind(
        &[Key::code(KeyCode::Backspace)],
        Action::Erase,
        "delete a character",
        None,
    ),
    bind(
        &[Key::control('w')],
        Action::EraseWord,
        "delete a word",
        None,
    ),
    bind(
        &[Key::control('u')],
        Action::EraseAll,
        "delete everything",
        Some("clear"),
    ),
    bind(
        &[Key::code(KeyCode::Down)],
        Action::Move(Direction::Down),
        "next",
        None,
    ),
    bind(
        &[Key::code(KeyCode::Up)],
        Action::Move(Direction::Up),
        "previous",
        None,
    ),
];

/// [`TEXT_KEYS`] with those that complete a path.
const PATH_KEYS: &[Binding<Action>] = &[
    TEXT_KEYS[0],
    bind(
        &[Key::code(KeyCode::Tab)],
        Action::Complete(Step::Next),
        "complete the path, then go through the matches",
        Some("complete"),
    ),
    bind(
        &[Key::code(KeyCode::BackTab)],
        Action::Complete(Step::Previous),
        "the previous match",
        None,
    ),
    TEXT_KEYS[1],
    TEXT_KEYS[2],
    TEXT_KEYS[3],
    TEXT_KEYS[4],
    TEXT_KEYS[5],
    TEXT_KEYS[6],
];

/// The keymap of a tab with its own keys.
pub(crate) const fn tab(bindings: &'static [Binding<Action>]) -> Keymap<Action> {
    Keymap {
        bindings,
        shared: EVERYWHERE,
        fallback: &[],
        insert: None,
    }
}

/// The keymap of a form, a picker or a question, which has the focus alone.
pub(crate) const fn modal(bindings: &'static [Binding<Action>]) -> Keymap<Action> {
    Keymap {
        shared: ALWAYS,
        ..tab(bindings)
    }
}

/// While a line of text is entered.
pub(crate) const TEXT: Keymap<Action> = Keymap {
    insert: Some(Action::Insert),
    ..modal(TEXT_KEYS)
};

/// While a path is entered.
pub(crate) const PATH: Keymap<Action> = Keymap {
    insert: Some(Action::Insert),
    ..modal(PATH_KEYS)
};

/// While the terminal is too small to show what a key would do.
pub(crate) const TOO_SMALL: Keymap<Action> =
    modal(&[bind(&[key('q')], Action::Quit, QUIT_HELP, Some("quit"))]);

/// While a popup is open.
pub(crate) const POPUP: Keymap<Action> = modal(&[
    bind(
        &[
            Key::code(KeyCode::Esc),
            key('q'),
            key('?'),
            Key::code(KeyCode::Enter),
            Key::code(KeyCode::F(1)),
            key('D'),
        ],
        Action::Back,
        "close",
        Some("close"),
    ),
    Binding {
        footer: Some("scroll"),
        ..DOWN
    },
    Binding {
        footer: Some("scroll"),
        ..UP
    },
    bind(
        &[Key::control('d'), Key::code(KeyCode::PageDown), key(' ')],
        Action::HalfPageDown,
        "half a screen down",
        None,
    ),
    HALF_UP,
    FIRST,
    LAST,
]);
