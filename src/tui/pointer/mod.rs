//! The mouse. What it does follows from what was drawn where: while a frame is drawn, its
//! parts say which areas can be clicked, slid along or scrolled ([`zones`]); an event of
//! the mouse becomes the [action](super::action::Action) of the area that it is on
//! ([`Pointer`]).

mod state;
pub mod target;
mod zones;

pub use crate::tui::input::mouse::{MouseEvent, MouseKind};
pub(crate) use state::Pointer;
pub use zones::Zones;
pub(crate) use zones::{LINES_A_NOTCH, Use, WHEEL_MOVES, WHEEL_SCROLLS};
