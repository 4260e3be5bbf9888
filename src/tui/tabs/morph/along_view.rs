//! What A looks like along a direction.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::action::MorphAction;
use super::along::{AlongDirection, Choice, REACH, marking_keys};
use super::ends::{a_name, endpoints};
use super::heading::draw_slider_heading;
use super::keys;
use super::layout::{AlongLayout, MorphLayout};
use super::selected::draw_selected;
use super::state::MorphTab;
use super::strip::{StripPicture, draw_strip};
use super::view_words::{signed_deviations, waiting};
use crate::tui::action::Action;
use crate::tui::areas::{row_of, without_top};
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// What to do without a direction.
fn no_direction(context: &Context) -> [String; 3] {
    let come = Action::Morph(MorphAction::ComeFromMarked);
    [
        "This data set came without attributes, and no face is marked.".to_string(),
        String::new(),
        format!(
            "{} marks faces: the direction leads from all others to them. {} here makes them the \
             faces that it comes from, so that others can be marked.",
            marking_keys(context),
            context.key(keys::ALONG, come)
        ),
    ]
}

/// Draws the directions, the pictures along the present one, and the selected one large. `a` is
/// the picture of A.
pub(super) fn render(
    tab: &MorphTab,
    context: &Context,
    canvas: &mut Canvas,
    area: Rect,
    a: StripPicture,
) {
    let theme = canvas.theme;
    let Some(dataset) = context.dataset() else {
        return;
    };
    let along = &tab.along;
    let choices = AlongDirection::choices(context);
    let Some(place) = along.place(&choices) else {
        canvas.text(row_of(area, 0), "along a direction", theme.strong);
        let lines = no_direction(context);
        let lines = lines
            .iter()
            .flat_map(|line| text::wrap(line, usize::from(area.width)));
        let lines = lines.map(|line| Line::styled(line, theme.text));
        let below = without_top(area, 2);
        return canvas.lines(below, lines.collect::<Vec<_>>());
    };
    let layout = AlongLayout::new(area);
    let name = endpoints(context).map_or(String::new(), |[a, _]| a_name(context, dataset, a));
    let direction = along.present_name(context);
    let counted = if layout.list.is_none() {
        format!(" ({} of {})", place + 1, choices.len())
    } else {
        String::new()
    };
    let label = format!("direction {direction}{counted} · {name}");
    let deviations = along.deviations(along.selected);
    let share = f64::from(deviations / REACH).midpoint(1.0);
    let value = format!("{} σ", signed_deviations(deviations));
    draw_slider_heading(canvas, row_of(area, 0), &label, (share, ("-3", "3")), value);
    if let Some(list) = layout.list {
        draw_list(canvas, list, (along, context), &choices, place);
    }
    let frames = along.made.as_ref().map_or(&[][..], |made| &made.frames);
    let frames = frames
        .iter()
        .enumerate()
        .map(|(index, frame)| StripPicture {
            picture: Picture::pixels(&frame.pixels),
            label: signed_deviations(along.deviations(index)),
            frame: Some(index),
            nearest: Some(frame.nearest.row),
        });
    let strip: Vec<StripPicture> = std::iter::once(a).chain(frames).collect();
    let cell_size = context.capabilities.cell_size;
    let parts = MorphLayout::new(layout.pictures, along.steps + 1, cell_size);
    draw_strip(canvas, (&parts, dataset), tab.selected(), &strip);
    let right = layout.pictures.right();
    match &along.made {
        Some(made) => draw_selected(canvas, (&parts, right), tab, context, made),
        None => canvas.text(parts.large, waiting(context), theme.quiet),
    }
}

/// The directions around the present one.
fn draw_list(
    canvas: &mut Canvas,
    area: Rect,
    (along, context): (&AlongDirection, &Context),
    choices: &[Choice],
    place: usize,
) {
    let theme = canvas.theme;
    let rows = usize::from(area.height);
    let first = (place.saturating_sub(rows / 2)).min(choices.len().saturating_sub(rows));
    let shown = choices.iter().enumerate().skip(first).take(rows);
    let width = usize::from(area.width);
    for (row, at) in (first..choices.len().min(first + rows)).enumerate() {
        let click = Use::Click(Action::Click(Target::Direction(at)));
        canvas.zone(row_of(area, row as u16), click);
    }
    let lines = shown.map(|(at, choice)| {
        let name = text::truncate(&along.name(choice, context), width.saturating_sub(2));
        if at == place {
            Line::styled(
                format!("▸ {name:<0$}", width.saturating_sub(2)),
                theme.selected,
            )
        } else {
            Line::styled(format!("  {name}"), theme.quiet)
        }
    });
    canvas.lines(area, lines.collect::<Vec<_>>());
}
