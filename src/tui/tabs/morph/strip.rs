//! A strip of small pictures with labels.

use super::layout::MorphLayout;
use crate::tui::action::Action;
use crate::tui::areas::row_below;
use crate::tui::images::Picture;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::widgets::canvas::Canvas;

/// A picture of the strip.
pub(super) struct StripPicture {
    /// What it shows.
    pub picture: Picture,
    /// What is below it.
    pub label: String,
    /// Its index among the generated ones, if it is one.
    pub frame: Option<usize>,
}

/// Draws the strip; `selected` is a generated picture's index.
pub(super) fn draw_strip(
    canvas: &mut Canvas,
    layout: &MorphLayout,
    selected: usize,
    strip: &[StripPicture],
) {
    let theme = canvas.theme;
    for (index, one) in strip.iter().enumerate() {
        let place = layout.small(index);
        canvas.picture(place, &one.picture);
        if let Some(frame) = one.frame {
            let click = Use::Click(Action::Click(Target::Frame(frame)));
            canvas.zone(place.union(row_below(place)), click);
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
