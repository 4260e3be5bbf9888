//! The people around the selected one, a picture of each, where their own pictures leave rows of a
//! large screen. The sheet is turned in whole pages, so that its pictures stay while the selection
//! moves.

use ratatui::layout::Rect;

use super::layout::BrowseLayout;
use super::state::BrowseTab;
use crate::dataset::Dataset;
use crate::tui::action::Action;
use crate::tui::areas::row_below;
use crate::tui::images::Picture;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// Rows of a thumbnail from which there is a sheet: those of a large screen.
const LEAST_ROWS: u16 = 6;

/// Draws the sheet below so many rows of the grid.
pub(super) fn draw(
    canvas: &mut Canvas,
    layout: &BrowseLayout,
    tab: &BrowseTab,
    dataset: &Dataset,
    used: usize,
) {
    let (width, height) = layout.thumbnail;
    let columns = layout.columns();
    let page = columns * layout.grid_rows().saturating_sub(used);
    if height < LEAST_ROWS || page == 0 || tab.people.len() < 2 {
        return;
    }
    let theme = canvas.theme;
    // The rows that whole thumbnails leave are a heading's.
    let spare = layout.grid.height % (height + 1);
    let top = layout.grid.y + used as u16 * (height + 1) + spare;
    if spare > 0 {
        let heading = Rect {
            y: top - 1,
            height: 1,
            ..layout.grid
        };
        canvas.text(heading, "people around", theme.quiet);
    }
    let first = tab.selected / page * page;
    let shown = tab.people.iter().enumerate().skip(first).take(page);
    for (place, (index, &person)) in shown.enumerate() {
        let person = &dataset.people[person];
        let (row, column) = ((place / columns) as u16, (place % columns) as u16);
        let area = Rect::new(
            layout.grid.x + column * (width + 1),
            top + row * (height + 1),
            width,
            height,
        );
        let name = person.name();
        let file = dataset.path(person.pictures.start);
        canvas.picture(area, &Picture::thumbnail(file, text::initials(&name)));
        let click = Use::Click(Action::Click(Target::Person(index)));
        canvas.zone(area.union(row_below(area)), click);
        let style = if index == tab.selected {
            theme.unfocused
        } else {
            theme.quiet
        };
        let name = text::truncate(&name, width.into());
        canvas.text(row_below(area), name, style);
    }
}
