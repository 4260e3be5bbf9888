//! Areas of a frame that the mouse can use.

use ratatui::layout::{Position, Rect};

use super::target::Track;
use crate::tui::action::Action;
use crate::tui::motion::{Direction, Step};

/// The wheel where nothing else is said: as the keys move.
pub(crate) const WHEEL_MOVES: Use = Use::Wheel(
    Some(Action::Move(Direction::Up)),
    Some(Action::Move(Direction::Down)),
);

/// Lines of a text that a notch of the wheel passes.
pub(crate) const LINES_A_NOTCH: u16 = 3;

/// The wheel over a text that is only read.
pub(crate) const WHEEL_SCROLLS: Use = Use::Wheel(
    Some(Action::Scroll(Step::Previous)),
    Some(Action::Scroll(Step::Next)),
);

/// What an area is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// A click does this.
    Click(Action),
    /// Sliding along it sets a position.
    Slide(Track),
    /// The wheel does this upwards, and this downwards; nothing at an end.
    Wheel(Option<Action>, Option<Action>),
    /// A click does nothing: something else lies over what is below.
    Cover,
}

/// The areas of a frame; later ones lie over earlier ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zones {
    all: Vec<(Rect, Use)>,
    /// Those of what has the focus alone: a form, a list to choose from.
    focused: Vec<(Rect, Use)>,
}

impl Zones {
    /// Adds an area.
    pub(crate) fn add(&mut self, area: Rect, zone: Use) {
        if !area.is_empty() {
            self.all.push((area, zone));
        }
    }

    /// Adds an area of what has the focus alone.
    pub(crate) fn add_focused(&mut self, area: Rect, zone: Use) {
        if !area.is_empty() {
            self.focused.push((area, zone));
        }
    }

    /// Removes all areas but those of what has the focus; there the wheel moves where nothing else
    /// is said.
    pub(crate) fn keep_focused(&mut self, area: Rect) {
        self.all = vec![(area, WHEEL_MOVES)];
        self.all.append(&mut self.focused);
    }

    /// What a press does at a position, and the area.
    pub(super) fn pressed(&self, position: Position) -> Option<(Rect, Use)> {
        let mut here = self.at(position);
        let found = here.find(|(_, zone)| !matches!(zone, Use::Wheel(..)))?;
        (found.1 != Use::Cover).then_some(found)
    }

    /// What the wheel does at a position: upwards, downwards.
    pub(super) fn wheel(&self, position: Position) -> Option<(Option<Action>, Option<Action>)> {
        self.at(position).find_map(|(_, zone)| match zone {
            Use::Wheel(up, down) => Some((up, down)),
            _ => None,
        })
    }

    fn at(&self, position: Position) -> impl Iterator<Item = (Rect, Use)> + '_ {
        let areas = self.all.iter().rev().copied();
        areas.filter(move |(area, _)| area.contains(position))
    }
}
