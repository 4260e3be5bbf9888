//! A strip of small pictures with labels.

use ratatui::layout::Rect;

use super::layout::MorphLayout;
use crate::dataset::Dataset;
use crate::tui::action::Action;
use crate::tui::areas::row_below;
use crate::tui::images::Picture;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// A picture of the strip.
pub(super) struct StripPicture {
    /// What it shows.
    pub picture: Picture,
    /// What is below it.
    pub label: String,
    /// Its index among the generated ones, if it is one.
    pub frame: Option<usize>,
    /// The real face that is nearest to it, an index of the data set, where that is known.
    pub nearest: Option<usize>,
}

/// Draws the strip; `selected` is a generated picture's index.
pub(super) fn draw_strip(
    canvas: &mut Canvas,
    (layout, dataset): (&MorphLayout, &Dataset),
    selected: usize,
    strip: &[StripPicture],
) {
    let theme = canvas.theme;
    if let Some(below) = layout.below_real() {
        canvas.text(
            below,
            "above: the real face that is nearest to each",
            theme.quiet,
        );
    }
    for (index, one) in strip.iter().enumerate() {
        let place = layout.small(index);
        canvas.picture(place, &one.picture);
        if let Some(frame) = one.frame {
            let click = Use::Click(Action::Click(Target::Frame(frame)));
            canvas.zone(place.union(row_below(place)), click);
        }
        let real = layout.real(index).zip(one.nearest);
        if let Some((place, row)) = real.filter(|(_, row)| *row < dataset.pictures.len()) {
            draw_real(canvas, place, dataset, row);
        }
        let style = if one.frame == Some(selected) {
            theme.selected
        } else if one.frame.is_none() {
            theme.strong
        } else {
            theme.quiet
        };
        let label = format!("{:^width$}", one.label, width = usize::from(place.width));
        canvas.text(row_below(place), label, style);
    }
}

/// A real face and its name.
pub(super) fn draw_real(canvas: &mut Canvas, place: Rect, dataset: &Dataset, row: usize) {
    let name = dataset.face_name(row);
    let picture = Picture::thumbnail(dataset.path(row), text::initials(&name));
    canvas.picture(place, &picture);
    let style = canvas.theme.quiet;
    canvas.text(
        row_below(place),
        text::truncate(&name, place.width.into()),
        style,
    );
}
