//! What a tab shows while no data set is open.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::Canvas;
use crate::engine::RequestKind;
use crate::tui::context::Context;

/// That the data set is being opened, or how to open one.
pub(crate) fn no_dataset(canvas: &mut Canvas, area: Rect, context: &Context) {
    let theme = canvas.theme;
    if context.is_pending(RequestKind::Open) {
        return canvas.text(area, "opening the faces …", theme.quiet);
    }
    let lines = [
        Line::styled("no data set is open", theme.strong),
        Line::default(),
        Line::styled("lfw-tui --data sample   opens the drawn faces", theme.text),
        Line::styled(
            "lfw-tui import PATH     imports an archive or a folder",
            theme.text,
        ),
    ];
    canvas.lines(area, lines);
}
