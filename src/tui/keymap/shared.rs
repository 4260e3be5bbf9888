//! The keys that tabs share: motions, leaving, entering text, popups.

use crossterm::event::KeyCode;

use super::{Binding, Key, bind};
use crate::tui::action::{Action, Direction, Tab};

const fn key(c: char) -> Key {
    Key::char(c)
}

const DOWN: Binding = bind(
    &[key('j'), Key::code(KeyCode::Down)],
    Action::Move(Direction::Down),
    "down",
    Some("move"),
);

const UP: Binding = bind(
    &[key('k'), Key::code(KeyCode::Up)],
    Action::Move(Direction::Up),
    "up",
    Some("move"),
);

const HALF_UP: Binding = bind(
    &[Key::control('u'), Key::code(KeyCode::PageUp)],
    Action::HalfPage(false),
    "half a screen up",
    None,
);

const FIRST: Binding = bind(
    &[key('g'), Key::code(KeyCode::Home)],
    Action::First,
    "to the first",
    None,
);

const LAST: Binding = bind(
    &[key('G'), Key::code(KeyCode::End)],
    Action::Last,
    "to the last",
    None,
);

/// Motions that several tabs share; each puts them into its own table's footer
/// as it needs.
pub const MOTIONS: [Binding; 8] = [
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
        Action::HalfPage(true),
        "half a screen down",
        None,
    ),
    HALF_UP,
    FIRST,
    LAST,
];

const TABS: [Binding; 5] = [
    bind(
        &[key('1')],
        Action::Show(Tab::Browse),
        "Browse: people and their pictures",
        None,
    ),
    bind(
        &[key('2')],
        Action::Show(Tab::Train),
        "Train: runs and their charts",
        None,
    ),
    bind(
        &[key('3')],
        Action::Show(Tab::Denoise),
        "Denoise: noise on a face, and methods against it",
        None,
    ),
    bind(
        &[key('4')],
        Action::Show(Tab::Search),
        "Search: the nearest faces of a face",
        None,
    ),
    bind(
        &[key('5')],
        Action::Show(Tab::Morph),
        "Morph: faces made from codes",
        None,
    ),
];

const REDRAW: Binding = bind(
    &[Key::control('l')],
    Action::Redraw,
    "draw everything again",
    None,
);

const SUSPEND: Binding = bind(
    &[Key::control('z')],
    Action::Suspend,
    "suspend; `fg` comes back",
    None,
);

/// Keys of every tab.
pub(super) const EVERYWHERE: &[Binding] = &[
    TABS[0],
    TABS[1],
    TABS[2],
    TABS[3],
    TABS[4],
    bind(
        &[Key::code(KeyCode::Tab)],
        Action::NextTab,
        "next tab",
        None,
    ),
    bind(
        &[Key::code(KeyCode::BackTab)],
        Action::PreviousTab,
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
        Action::Data,
        "what data is loaded, and how to get more",
        None,
    ),
    bind(
        &[key('?'), Key::code(KeyCode::F(1))],
        Action::Help,
        "these keys",
        Some("help"),
    ),
    bind(
        &[key('q'), Key::control('c')],
        Action::Quit,
        "quit; runs go on",
        Some("quit"),
    ),
    REDRAW,
    SUSPEND,
];

/// Keys that work while something has taken the others.
pub(super) const ALWAYS: &[Binding] = &[
    bind(&[Key::control('c')], Action::Quit, "quit; runs go on", None),
    REDRAW,
    SUSPEND,
];

/// Beside [`ALWAYS`], while nothing can be drawn.
pub(super) const TOO_SMALL: &[Binding] = &[bind(
    &[key('q')],
    Action::Quit,
    "quit; runs go on",
    Some("quit"),
)];

pub(super) const TEXT: &[Binding] = &[
    bind(
        &[Key::code(KeyCode::Enter)],
        Action::Accept,
        "take it",
        Some("take"),
    ),
    bind(
        &[Key::code(KeyCode::Esc)],
        Action::Cancel,
        "leave it as it was",
        Some("cancel"),
    ),
    bind(
        &[Key::code(KeyCode::Backspace)],
        Action::Erase,
        "erase a character",
        None,
    ),
    bind(
        &[Key::control('w')],
        Action::EraseWord,
        "erase a word",
        None,
    ),
    bind(
        &[Key::control('u')],
        Action::EraseAll,
        "erase all",
        Some("erase all"),
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

/// [`TEXT`] with what completes a path.
pub(super) const PATH: &[Binding] = &[
    TEXT[0],
    bind(
        &[Key::code(KeyCode::Tab)],
        Action::Complete(true),
        "complete the path, then the next that fits",
        Some("complete"),
    ),
    bind(
        &[Key::code(KeyCode::BackTab)],
        Action::Complete(false),
        "the previous that fits",
        None,
    ),
    TEXT[1],
    TEXT[2],
    TEXT[3],
    TEXT[4],
    TEXT[5],
    TEXT[6],
];

pub(super) const POPUP: &[Binding] = &[
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
        Action::HalfPage(true),
        "half a screen down",
        None,
    ),
    HALF_UP,
    FIRST,
    LAST,
];
