//! The pair under the cursor, as two pictures.

use ratatui::text::Line;

use super::layout::EvaluationLayout;
use super::state::EvaluationView;
use crate::dataset::Dataset;
use crate::tui::images::Picture;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// Draws the heading, both pictures and their names.
pub(super) fn draw(
    canvas: &mut Canvas,
    layout: &EvaluationLayout,
    view: &EvaluationView,
    dataset: &Dataset,
) {
    let theme = canvas.theme;
    let (kind, which) = if view.shows_strangers {
        ("strangers", "closest")
    } else {
        ("one person", "farthest")
    };
    let Some(pair) = view.shown_pair() else {
        let words = match view.row() {
            Some(_) => format!("{kind}: no pair"),
            None => String::new(),
        };
        return canvas.text(layout.pair_heading, words, theme.quiet);
    };
    let heading = format!(
        "{kind} {} of {}, {which}: {:.2}",
        view.pair + 1,
        view.pairs().len(),
        pair.distance
    );
    let width = usize::from(layout.pair_heading.width);
    canvas.text(
        layout.pair_heading,
        text::truncate(&heading, width),
        theme.quiet,
    );
    for (at, face) in [pair.first, pair.second].into_iter().enumerate() {
        if face >= dataset.pictures.len() {
            continue;
        }
        let name = dataset.face_name(face);
        let picture = Picture::thumbnail(dataset.path(face), text::initials(&name));
        canvas.picture(layout.pictures[at], &picture);
        let style = if at == 0 { theme.strong } else { theme.text };
        let width = usize::from(layout.captions[at].width);
        let lines = text::wrap(&name, width.max(1));
        canvas.lines(
            layout.captions[at],
            lines.into_iter().map(|line| Line::styled(line, style)),
        );
    }
}
