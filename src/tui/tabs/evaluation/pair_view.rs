//! The pair under the cursor, as two pictures.

use ratatui::text::Line;

use super::layout::{EvaluationLayout, PairsAround};
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
    if let Some(around) = layout.around {
        draw_around(canvas, around, view, dataset);
    }
}

/// The pairs around the one under the cursor, in whole pages, so that they stay in their places.
fn draw_around(canvas: &mut Canvas, places: PairsAround, view: &EvaluationView, dataset: &Dataset) {
    let theme = canvas.theme;
    let first = view.pair / places.count() * places.count();
    let pairs = view.pairs().iter().enumerate().skip(first);
    for (place, (index, pair)) in pairs.take(places.count()).enumerate() {
        let (pictures, label) = places.pair(place);
        for (at, face) in pictures.into_iter().zip([pair.first, pair.second]) {
            if face < dataset.pictures.len() {
                let initials = text::initials(&dataset.face_name(face));
                canvas.picture(at, &Picture::thumbnail(dataset.path(face), initials));
            }
        }
        let style = if index == view.pair {
            theme.selected
        } else {
            theme.quiet
        };
        let words = format!("{} · {:.2}", index + 1, pair.distance);
        canvas.text(label, words, style);
    }
}
