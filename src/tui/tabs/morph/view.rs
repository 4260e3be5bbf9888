//! What Morph looks like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::ends::{a_name, endpoints, made_a};
use super::heading::draw_slider_heading;
use super::layout::MorphLayout;
use super::mode::MorphMode;
use super::selected::draw_selected;
use super::state::{MorphTab, SLIDER_END};
use super::strip::{StripPicture, draw_strip};
use super::view_words::waiting;
use super::{along_view, axes_view, noise_view, square_view};
use crate::dataset::Dataset;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::endpoint::Endpoint;
use crate::tui::images::Picture;
use crate::tui::tab_id::TabId;
use crate::tui::tabs::browse::action::BrowseAction;
use crate::tui::tabs::browse::keys as browse_keys;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::no_dataset::no_dataset;

/// Draws Morph.
pub(super) fn render(tab: &MorphTab, context: &Context, canvas: &mut Canvas, area: Rect) {
    let theme = canvas.theme;
    let Some(dataset) = context.dataset() else {
        return no_dataset(canvas, area, context);
    };
    if tab.mode == MorphMode::Noise {
        return noise_view::render(tab, context, canvas, area);
    }
    let Some(endpoints) = endpoints(context) else {
        let people = context.tab_key(Action::ShowTab(TabId::Browse));
        let mark = |endpoint| {
            let mark = Action::Browse(BrowseAction::Mark(endpoint));
            context.key(browse_keys::MAIN, mark)
        };
        let [a, b] = Endpoint::ALL.map(mark);
        let advice =
            format!("no face is selected: {people} shows the people, {a} and {b} mark two faces");
        return canvas.text(area, advice, theme.quiet);
    };
    match tab.mode {
        MorphMode::Along => {
            let a = end_picture(tab, context, dataset, (0, endpoints[0]), "A");
            return along_view::render(tab, context, canvas, area, a);
        }
        MorphMode::Axes => return axes_view::render(tab, context, canvas, area),
        MorphMode::Square => return square_view::render(tab, context, canvas, area),
        MorphMode::Path | MorphMode::Vary | MorphMode::Sample | MorphMode::Noise => {}
    }
    let strip = strip_pictures(tab, context, dataset, endpoints);
    let layout = MorphLayout::new(area, strip.len(), context.capabilities.cell_size);
    draw_heading(canvas, layout.heading, tab, context, dataset, endpoints);
    draw_strip(canvas, (&layout, dataset), tab.selected(), &strip);
    match tab.generated() {
        Some(made) => draw_selected(canvas, (&layout, area.right()), tab, context, made),
        None => canvas.text(layout.large, waiting(context), theme.quiet),
    }
}

/// `A Laura Bush 2  to  B Tom Ridge 1 · PCA-256`, or a slider.
fn draw_heading(
    canvas: &mut Canvas,
    area: Rect,
    tab: &MorphTab,
    context: &Context,
    dataset: &Dataset,
    [a, b]: [usize; 2],
) {
    let theme = canvas.theme;
    let model = context
        .current_decoder()
        .map_or(String::new(), |info| format!(" · {}", info.label));
    let a = a_name(context, dataset, a);
    match tab.mode {
        MorphMode::Path => canvas.line(
            area,
            Line::from(vec![
                Span::styled("path  A ", theme.quiet),
                Span::styled(a, theme.strong),
                Span::styled("  to  B ", theme.quiet),
                Span::styled(dataset.face_name(b), theme.strong),
                Span::styled(model, theme.quiet),
            ]),
        ),
        MorphMode::Vary => {
            let label = format!("variations of {a}{model}");
            let value = format!("radius {:.1} σ", tab.radius);
            draw_slider_heading(canvas, area, &label, of_slider(tab.radius), value);
        }
        MorphMode::Sample => {
            let label = format!("new faces{model}");
            let value = format!("spread × {:.1}", tab.spread);
            draw_slider_heading(canvas, area, &label, of_slider(tab.spread), value);
        }
        MorphMode::Noise | MorphMode::Along | MorphMode::Axes | MorphMode::Square => {}
    }
}

/// A slider's share and its ends' labels.
fn of_slider(position: f32) -> (f64, (&'static str, &'static str)) {
    (f64::from(position / SLIDER_END), ("0", "2"))
}

/// A, the path and B; A and its variations; or new faces.
fn strip_pictures(
    tab: &MorphTab,
    context: &Context,
    dataset: &Dataset,
    [a, b]: [usize; 2],
) -> Vec<StripPicture> {
    let made = tab.generated();
    let end = |index: usize, face: usize, label: &str| {
        end_picture(tab, context, dataset, (index, face), label)
    };
    let frames = made.map_or(&[][..], |made| &made.frames);
    let frames = frames
        .iter()
        .enumerate()
        .map(|(index, frame)| StripPicture {
            picture: Picture::pixels(&frame.pixels),
            label: frame_label(tab.mode, index, frames.len() - 1),
            frame: Some(index),
            nearest: Some(frame.nearest.row),
        });
    let mut strip = match tab.mode {
        MorphMode::Path | MorphMode::Vary => vec![end(0, a, "A")],
        _ => Vec::new(),
    };
    strip.extend(frames);
    if tab.mode == MorphMode::Path {
        strip.push(end(1, b, "B"));
    }
    strip
}

/// A face that others are made from, as the model sees it, or its file until that is there.
fn end_picture(
    tab: &MorphTab,
    context: &Context,
    dataset: &Dataset,
    (index, face): (usize, usize),
    label: &str,
) -> StripPicture {
    let made = tab.generated();
    let source = made.and_then(|made| made.sources.get(index));
    StripPicture {
        picture: match (source, made_a(context)) {
            (Some(pixels), _) => Picture::pixels(pixels),
            (None, Some(made)) if index == 0 => Picture::pixels(&made.pixels),
            (None, _) => {
                Picture::thumbnail(dataset.path(face), text::initials(&dataset.face_name(face)))
            }
        },
        label: label.to_string(),
        frame: None,
        // A made face has no file.
        nearest: (index > 0 || made_a(context).is_none()).then_some(face),
    }
}

/// On the path how far it is from A, such as `2/6`; else a number from 1 on.
fn frame_label(mode: MorphMode, index: usize, last: usize) -> String {
    match mode {
        MorphMode::Path if index == 0 => "0".to_string(),
        MorphMode::Path if index == last => "1".to_string(),
        MorphMode::Path => format!("{index}/{last}"),
        _ => format!("{}", index + 1),
    }
}
