//! What a tab shows while no data set is open.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::Canvas;
use crate::tui::action::Topic;
use crate::tui::app::App;

/// That the faces are being opened, or how to get some.
pub fn no_dataset(canvas: &mut Canvas, area: Rect, app: &App) {
    let theme = canvas.theme;
    if app.is_waiting(Topic::Open) {
        return canvas.text(area, "opening the faces …", theme.quiet);
    }
    let lines = [
        Line::styled("no data set is open", theme.strong),
        Line::default(),
        Line::styled("lfw-tui --data sample   opens the drawn faces", theme.text),
        Line::styled(
            "lfw-tui import PATH     takes an archive or a folder",
            theme.text,
        ),
    ];
    canvas.lines(area, lines);
}
