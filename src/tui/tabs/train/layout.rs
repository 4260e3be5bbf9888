//! Where Train's parts are.

use ratatui::layout::Rect;

use crate::tui::areas::{body_area, square_columns, square_rows};

/// Columns of the labels of the preview.
const LABEL_COLUMNS: u16 = 9;

/// Columns and rows from which there is room for settings.
const DETAILS_SIZE: (u16, u16) = (36, 8);

/// The most columns of the list: a run with its tags.
const MOST_LIST_COLUMNS: u16 = 72;

/// Rows beside the list from which there are small charts below the large one.
const SMALL_CHARTS_FROM: u16 = 22;

/// Where Train's parts are: the list and the chart side by side, the preview
/// below them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TrainLayout {
    /// The list of runs, its heading first.
    pub(super) list: Rect,
    /// The chart, its heading first.
    pub(super) chart: Rect,
    /// The preview: rows of faces, then a line of text; no rows where there is no
    /// room.
    pub(super) preview: Rect,
    /// More charts below the chart; empty without room.
    pub(super) small_charts: [Rect; 2],
    /// The selected run's settings, at the right of the preview; `None` without room.
    pub(super) details: Option<Rect>,
    /// Rows of a face in the preview.
    face_rows: u16,
    /// Columns of a face in the preview.
    face_columns: u16,
}

/// The large chart, and two small ones below it where the area is high enough.
fn charts(area: Rect) -> (Rect, [Rect; 2]) {
    if area.height < SMALL_CHARTS_FROM {
        return (area, [Rect::ZERO; 2]);
    }
    let rows = area.height / 3;
    let large = Rect {
        height: area.height - rows - 1,
        ..area
    };
    let left = Rect {
        y: large.bottom() + 1,
        width: (area.width.saturating_sub(3)) / 2,
        height: rows,
        ..area
    };
    let right = Rect {
        x: left.right() + 3,
        ..left
    };
    (large, [left, right])
}

impl TrainLayout {
    /// For a terminal of `size` (columns, rows) with cells of `cell_size` pixels, and
    /// a preview of `strips` rows of `faces` faces.
    pub(super) fn new(size: (u16, u16), cell_size: (u16, u16), faces: u16, strips: u16) -> Self {
        let area = body_area(size);
        // Half of the height is the preview's, less where that makes faces too wide.
        let max_columns = area.width.saturating_sub(LABEL_COLUMNS) / faces.max(1);
        let max_rows = (area.height / 2).saturating_sub(1) / strips;
        let face_rows = square_rows(max_columns, max_rows, cell_size);
        let preview_rows = if face_rows >= 2 {
            face_rows * strips + 1
        } else {
            0
        };
        let top = area.height.saturating_sub(preview_rows + 1);
        let list_width = (area.width * 2 / 5)
            .clamp(30, MOST_LIST_COLUMNS)
            .min(area.width / 2);
        let face_columns = square_columns(face_rows, cell_size).min(max_columns.max(1));
        let right_of_list = Rect {
            x: area.x + list_width + 2,
            width: area.width.saturating_sub(list_width + 2),
            height: top,
            ..area
        };
        let (chart, small_charts) = charts(right_of_list);
        let used = LABEL_COLUMNS + face_columns * faces + 3;
        let details = Rect {
            x: area.x + used,
            y: area.y + top + 1,
            width: area.width.saturating_sub(used),
            height: preview_rows,
        };
        let fits = details.width >= DETAILS_SIZE.0 && details.height >= DETAILS_SIZE.1;
        Self {
            list: Rect {
                width: list_width,
                height: top,
                ..area
            },
            chart,
            small_charts,
            details: fits.then_some(details),
            preview: Rect {
                y: area.y + top + 1,
                height: preview_rows,
                ..area
            },
            face_rows,
            face_columns,
        }
    }

    /// The end of the list's place that its `rows` rows leave, for more of the selected run; `None`
    /// without room. Its height does not follow every run.
    pub(super) fn below_list(&self, rows: usize) -> Option<Rect> {
        let (least_width, least_height) = DETAILS_SIZE;
        // The heading, and a line of notes.
        let used = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(3);
        let height = self.list.height;
        let heights = [height * 3 / 5, height * 2 / 5];
        let fits = |rows: &u16| *rows >= least_height && used.saturating_add(*rows) <= height;
        let rows = heights.into_iter().find(fits)?;
        (self.list.width >= least_width).then(|| Rect {
            y: self.list.bottom() - rows - 1,
            height: rows,
            ..self.list
        })
    }

    /// Where the label of a strip is.
    pub(super) fn strip_label(&self, index: u16) -> Rect {
        Rect {
            y: self.preview.y + index * self.face_rows + self.face_rows / 2,
            width: LABEL_COLUMNS,
            height: 1,
            ..self.preview
        }
    }

    /// Where a strip of that many faces is.
    pub(super) fn strip(&self, index: u16, faces: u16) -> Rect {
        let right = self.right_of_labels();
        Rect {
            y: self.preview.y + index * self.face_rows,
            width: (self.face_columns * faces).min(right.width),
            height: self.face_rows,
            ..right
        }
    }

    /// Where one face of a strip is.
    pub(super) fn strip_face(&self, index: u16, face: u16) -> Rect {
        let strip = self.strip(index, face + 1);
        Rect {
            x: strip.x + face * self.face_columns,
            width: self.face_columns,
            ..strip
        }
    }

    /// Where the line of text below that many strips is.
    pub(super) fn caption(&self, strips: u16) -> Rect {
        Rect {
            y: self.preview.y + strips * self.face_rows,
            width: self.preview.width,
            height: 1,
            ..self.right_of_labels()
        }
    }

    fn right_of_labels(&self) -> Rect {
        Rect {
            x: self.preview.x + LABEL_COLUMNS,
            width: self.preview.width.saturating_sub(LABEL_COLUMNS),
            ..self.preview
        }
    }
}
