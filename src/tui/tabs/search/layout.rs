//! Where Search's parts are: for drawing, and for moving among neighbours.

use std::ops::RangeInclusive;

use ratatui::layout::Rect;

use crate::tui::areas::{body_area, row_of, square_columns, square_rows};

/// Rows of the smallest and of the largest picture of a neighbour.
const MIN_ROWS: u16 = 3;
const MAX_ROWS: u16 = 14;

/// Rows of text below a picture: rank and distance, then the name.
const CAPTION_ROWS: u16 = 2;

/// Rows of text beside a picture: rank and distance, the name, the change of rank.
const SIDE_ROWS: u16 = 3;

/// Rows of a terminal from which blank lines part the neighbours from the rest.
const ROOMY_ROWS: u16 = 28;

/// Where a neighbour's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CaptionPlace {
    /// Below its picture.
    Below,
    /// At the right of its picture, where there are too few rows for the other.
    Beside,
}

/// How the neighbours of one encoder are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cells {
    /// Columns and rows of a picture.
    pub(super) picture: (u16, u16),
    /// Where the text is.
    pub(super) caption: CaptionPlace,
    /// Columns of text.
    pub(super) caption_width: u16,
    /// Neighbours side by side, at least 1.
    pub(super) columns: usize,
    /// Rows of neighbours, at least 1.
    pub(super) rows: usize,
}

impl Cells {
    /// Neighbours of one encoder on a page.
    pub(super) fn page(&self) -> usize {
        self.columns * self.rows
    }

    fn pitch(&self) -> (u16, u16) {
        let (width, height) = self.picture;
        match self.caption {
            CaptionPlace::Below => (width.max(self.caption_width) + 1, height + CAPTION_ROWS),
            CaptionPlace::Beside => (width + self.caption_width + 2, height.max(SIDE_ROWS)),
        }
    }
}

/// Where Search's parts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SearchLayout {
    /// What is searched: a line above everything.
    pub(super) heading: Rect,
    /// The query's picture.
    pub(super) query: Rect,
    /// Below it: its name, hits of the same person, the distances' histogram.
    pub(super) details: Rect,
    /// The neighbours of all encoders.
    pub(super) grid: Rect,
    /// The previous queries: the last line.
    pub(super) history: Rect,
    /// Encoders in view, at least 1.
    pub(super) blocks: usize,
    /// Rows of one encoder's part, with its heading if there are several.
    block_rows: u16,
    /// Whether each encoder has a heading.
    pub(super) has_headings: bool,
    /// How the neighbours of one encoder are laid out.
    pub(super) cells: Cells,
}

impl SearchLayout {
    /// For so many encoders on a terminal of `size` (columns, rows) with cells of
    /// `cell_size` pixels: as many neighbours as there is room for. `zoom` is a number
    /// of rows by which pictures are larger. A large query has nearly half of the width.
    pub(super) fn new(
        size: (u16, u16),
        cell_size: (u16, u16),
        encoders: usize,
        zoom: i8,
        has_large_query: bool,
    ) -> Self {
        let area = body_area(size);
        let blank = u16::from(size.1 >= ROOMY_ROWS);
        let middle = Rect {
            y: area.y + 1 + blank,
            height: area.height.saturating_sub(2 + 2 * blank),
            ..area
        };
        let (left, query_rows) = if has_large_query {
            (area.width / 2 - 4, middle.height.saturating_sub(4))
        } else {
            ((area.width / 5).clamp(17, 40), middle.height / 2)
        };
        let query_rows = square_rows(left, query_rows, cell_size);
        let query = Rect {
            width: square_columns(query_rows, cell_size).min(left),
            height: query_rows,
            ..middle
        };
        let gap = 1 + blank;
        let grid = Rect {
            x: area.x + left + gap,
            width: area.width.saturating_sub(left + gap),
            ..middle
        };
        let has_headings = encoders > 1;
        let (blocks, block_rows, cells) = divide(grid, cell_size, encoders.max(1), zoom, size);
        Self {
            heading: row_of(area, 0),
            query,
            details: Rect {
                y: query.bottom(),
                width: left,
                height: middle.bottom().saturating_sub(query.bottom()),
                ..middle
            },
            grid,
            history: Rect {
                y: area.bottom().saturating_sub(1),
                height: 1,
                ..area
            },
            blocks,
            block_rows,
            has_headings,
            cells,
        }
    }

    /// The heading of an encoder's part, counted from the first in view.
    pub(super) fn block_heading(&self, block: usize) -> Rect {
        row_of(self.grid, block as u16 * self.block_rows)
    }

    /// Where a neighbour is: its picture, and its text. `block` is counted from the
    /// first in view, `place` from the first neighbour of the page.
    pub(super) fn neighbour(&self, block: usize, place: usize) -> (Rect, Rect) {
        let Cells {
            picture: (width, height),
            caption,
            caption_width,
            columns,
            ..
        } = self.cells;
        let (across, down) = self.cells.pitch();
        let (row, column) = (place / columns, place % columns);
        let heading = u16::from(self.has_headings);
        let picture = Rect::new(
            self.grid.x + column as u16 * across,
            self.grid.y + block as u16 * self.block_rows + heading + row as u16 * down,
            width,
            height,
        );
        let text = match caption {
            CaptionPlace::Below => Rect {
                y: picture.bottom(),
                width: width.max(caption_width),
                height: CAPTION_ROWS,
                ..picture
            },
            CaptionPlace::Beside => Rect {
                x: picture.right() + 1,
                width: caption_width,
                height: SIDE_ROWS,
                ..picture
            },
        };
        (picture, text)
    }
}

/// How many encoders are in view, the rows of each, and how its neighbours are laid
/// out: with pictures of the wanted size, or smaller ones if need be.
fn divide(
    grid: Rect,
    cell_size: (u16, u16),
    encoders: usize,
    zoom: i8,
    size: (u16, u16),
) -> (usize, u16, Cells) {
    let heading = u16::from(encoders > 1);
    // The least rows of a picture: larger ones fill what is left over.
    let usual = match size.1 {
        0..26 => 3,
        26..48 => 4,
        _ => 5,
    };
    let wanted = (usual + i16::from(zoom)).clamp(MIN_ROWS as i16, MAX_ROWS as i16) as u16;
    let least = heading + MIN_ROWS.max(SIDE_ROWS);
    let blocks = encoders.min(usize::from(grid.height / least)).max(1);
    let block_rows = grid.height / blocks as u16;
    let room = block_rows.saturating_sub(heading);
    // Below a picture there is room for long names; beside it only where the screen is wide.
    let (below, beside) = match grid.width {
        0..70 => (13, 11),
        70..120 => (16, 14),
        _ => (17, 16),
    };
    // With this many rows of a picture, if there is room.
    let cells = |rows: u16, caption: CaptionPlace| {
        let mut cells = Cells {
            picture: (square_columns(rows, cell_size), rows),
            caption,
            caption_width: match caption {
                CaptionPlace::Below => below,
                CaptionPlace::Beside => beside,
            },
            columns: 1,
            rows: 1,
        };
        let (across, down) = cells.pitch();
        let fits = down <= room && across <= grid.width + 1;
        cells.columns = usize::from((grid.width + 1) / across).max(1);
        cells.rows = usize::from(room / down).max(1);
        if fits {
            // Columns that are left over are shared out.
            let spare = (grid.width + 1) / cells.columns as u16 - across;
            cells.caption_width = match caption {
                CaptionPlace::Below => across - 1 + spare,
                CaptionPlace::Beside => cells.caption_width + spare,
            };
        }
        fits.then_some(cells)
    };
    let best = |rows: RangeInclusive<u16>, caption: CaptionPlace| {
        rows.filter_map(|rows| cells(rows, caption))
            // Most neighbours; of as many, the largest pictures.
            .max_by_key(|cells| (cells.page(), cells.picture.1))
    };
    let found = best(wanted..=MAX_ROWS, CaptionPlace::Below)
        .or_else(|| best(MIN_ROWS..=wanted, CaptionPlace::Below))
        .or_else(|| best(MIN_ROWS..=MAX_ROWS, CaptionPlace::Beside));
    let least = || Cells {
        picture: (
            square_columns(MIN_ROWS, cell_size).min(grid.width),
            MIN_ROWS,
        ),
        caption: CaptionPlace::Below,
        caption_width: 0,
        columns: 1,
        rows: 1,
    };
    (blocks, block_rows, found.unwrap_or_else(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_neighbour_is_inside_and_none_covers_another() {
        for size in [
            (60, 16),
            (80, 24),
            (120, 40),
            (200, 60),
            (300, 90),
            (61, 70),
        ] {
            for cell_size in [(10, 20), (7, 15), (12, 12)] {
                for encoders in 1..=8 {
                    for zoom in [-3, 0, 4, 20] {
                        let layout = SearchLayout::new(size, cell_size, encoders, zoom, zoom == 0);
                        let mut taken: Vec<Rect> = Vec::new();
                        for block in 0..layout.blocks {
                            if layout.has_headings {
                                taken.push(layout.block_heading(block));
                            }
                            for place in 0..layout.cells.page() {
                                let (picture, text) = layout.neighbour(block, place);
                                taken.extend([picture, text]);
                            }
                        }
                        for (index, area) in taken.iter().enumerate() {
                            let what = format!("{size:?} {cell_size:?} {encoders} {zoom}");
                            let inside = area.intersection(layout.grid);
                            assert_eq!(inside, *area, "{what}");
                            let before = &taken[..index];
                            assert!(
                                !before.iter().any(|other| other.intersects(*area)),
                                "{what}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn larger_screens_show_more_neighbours() {
        let page = |size, encoders| {
            let layout = SearchLayout::new(size, (10, 20), encoders, 0, false);
            (layout.blocks, layout.cells.page())
        };
        assert_eq!(page((80, 24), 4).0, 4);
        let one: Vec<usize> = [(80, 24), (120, 40), (200, 60)]
            .map(|size| page(size, 1).1)
            .to_vec();
        assert!(one[0] >= 12 && one[1] >= 20 && one[2] >= 48, "{one:?}");
        assert!(page((120, 40), 4).1 >= 4 && page((200, 60), 4).1 >= 8);
    }
}
