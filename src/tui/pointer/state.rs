//! From events of the mouse to actions.

use ratatui::layout::{Position, Rect};

use super::target::Track;
use super::zones::{Use, Zones};
use crate::tui::action::Action;
use crate::tui::input::mouse::{MouseEvent, MouseKind};

/// What the mouse is doing, and what there is to point at.
#[derive(Debug, Default)]
pub(crate) struct Pointer {
    /// Those of the latest frame.
    zones: Zones,
    /// While the button is held: what is slid along.
    sliding: Option<(Rect, Track)>,
    /// The latest action of a slide: motion within a cell changes nothing.
    latest: Option<Action>,
}

impl Pointer {
    /// A frame was drawn with these areas.
    pub(crate) fn set_zones(&mut self, zones: Zones) {
        self.zones = zones;
    }

    /// What an event asks for; `None` for nothing.
    pub(crate) fn action(&mut self, event: MouseEvent) -> Option<Action> {
        let position = Position::new(event.column, event.row);
        match event.kind {
            MouseKind::Press => {
                self.sliding = None;
                self.latest = None;
                match self.zones.pressed(position)? {
                    (_, Use::Click(action)) => Some(action),
                    (area, Use::Slide(track)) => {
                        self.sliding = Some((area, track));
                        self.slide(position)
                    }
                    _ => None,
                }
            }
            MouseKind::Drag => self.slide(position),
            MouseKind::Release => {
                self.sliding = None;
                None
            }
            MouseKind::WheelUp => self.zones.wheel(position)?.0,
            MouseKind::WheelDown => self.zones.wheel(position)?.1,
        }
    }

    fn slide(&mut self, position: Position) -> Option<Action> {
        let (area, track) = self.sliding?;
        let last = u32::from(area.width.saturating_sub(1)).max(1);
        let column = u32::from(position.x.saturating_sub(area.x)).min(last);
        let share = (column * u32::from(Track::END) + last / 2) / last;
        let action = Action::Slide(track, share as u16);
        if self.latest == Some(action) {
            return None;
        }
        self.latest = Some(action);
        Some(action)
    }
}

#[cfg(test)]
mod tests {
    use MouseKind::{Drag, Press, Release, WheelDown, WheelUp};

    use super::*;
    use crate::tui::tab_id::TabId;

    fn event(kind: MouseKind, column: u16, row: u16) -> MouseEvent {
        MouseEvent { kind, column, row }
    }

    #[test]
    fn what_lies_on_top_counts_and_a_slide_goes_on_outside() {
        let mut pointer = Pointer::default();
        let show = |tab| Use::Click(Action::ShowTab(tab));
        let mut zones = Zones::default();
        zones.add(Rect::new(0, 0, 10, 4), show(TabId::Browse));
        zones.add(Rect::new(2, 1, 2, 1), show(TabId::Train));
        zones.add(Rect::new(8, 0, 1, 1), Use::Cover);
        zones.add(Rect::new(10, 0, 11, 1), Use::Slide(Track::Level));
        zones.add(
            Rect::new(0, 0, 10, 1),
            Use::Wheel(Some(Action::First), Some(Action::Last)),
        );
        pointer.set_zones(zones);
        let mut act = |kind, x, y| pointer.action(event(kind, x, y));
        assert_eq!(act(Press, 0, 0), Some(Action::ShowTab(TabId::Browse)));
        assert_eq!(act(Press, 3, 1), Some(Action::ShowTab(TabId::Train)));
        assert_eq!(act(Press, 8, 0), None);
        assert_eq!(act(Press, 8, 9), None);
        assert_eq!(act(WheelUp, 1, 0), Some(Action::First));
        assert_eq!(act(WheelDown, 1, 0), Some(Action::Last));
        assert_eq!(act(WheelUp, 1, 3), None);
        // Nothing was pressed that could be slid.
        assert_eq!(act(Drag, 12, 0), None);
        let level = |share| Some(Action::Slide(Track::Level, share));
        assert_eq!(act(Press, 15, 0), level(500));
        assert_eq!(act(Drag, 15, 3), None);
        assert_eq!(act(Drag, 16, 9), level(600));
        assert_eq!(act(Drag, 0, 0), level(0));
        assert_eq!(act(Drag, u16::MAX, u16::MAX), level(1000));
        assert_eq!(act(Release, 0, 0), None);
        assert_eq!(act(Drag, 15, 0), None);
    }
}
