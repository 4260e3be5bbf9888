//! The selected neighbour, large, below the query: where there is room to compare the two.

use ratatui::layout::Rect;

use super::caption::distance;
use crate::dataset::Dataset;
use crate::search::Hit;
use crate::tui::areas::{row_of, square_columns, square_rows};
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// Rows that what is said of the query may take, and the histogram with blank rows around it.
const OTHER_ROWS: u16 = 7 + 8;
/// Rows of the caption.
const CAPTION_ROWS: u16 = 2;
/// The fewest rows of the picture.
const LEAST_ROWS: u16 = 8;

/// Where the picture is, at the end of the query's `details`; `None` without room.
pub(super) fn place(details: Rect, context: &Context) -> Option<Rect> {
    let cell_size = context.capabilities.cell_size;
    let room = details.height.checked_sub(OTHER_ROWS + CAPTION_ROWS)?;
    let rows = square_rows(details.width, room, cell_size);
    (room > 0 && rows >= LEAST_ROWS).then(|| Rect {
        y: details.bottom() - rows - CAPTION_ROWS,
        width: square_columns(rows, cell_size).min(details.width),
        height: rows,
        ..details
    })
}

/// Draws the picture, and below it the name, the rank and the distance.
pub(super) fn draw(
    canvas: &mut Canvas,
    (place, width): (Rect, u16),
    dataset: &Dataset,
    (rank, hit): (usize, &Hit),
) {
    if hit.row >= dataset.pictures.len() {
        return;
    }
    let theme = canvas.theme;
    let name = dataset.face_name(hit.row);
    let picture = Picture {
        // It follows the cursor.
        keep_previous: true,
        ..Picture::thumbnail(dataset.path(hit.row), text::initials(&name))
    };
    canvas.picture(place, &picture);
    let caption = |row: u16| Rect {
        width,
        ..row_of(place, place.height + row)
    };
    let name = text::truncate(&name, width.into());
    canvas.text(caption(0), name, theme.strong);
    let rank = text::with_thousands(rank + 1);
    let words = format!("neighbour {rank}, {} away", distance(hit.distance));
    canvas.text(caption(1), words, theme.quiet);
}
