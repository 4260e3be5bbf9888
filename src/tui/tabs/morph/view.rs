//! What Morph looks like.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::heading::draw_slider_heading;
use super::layout::MorphLayout;
use super::noise_view;
use super::state::{GenerateMode, MorphTab, SLIDER_END, a_name, endpoints, made_a};
use crate::dataset::Dataset;
use crate::engine::{Generated, RequestKind, Sharpness};
use crate::number_format;
use crate::tui::areas::{row_below, row_of};
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::no_dataset::no_dataset;

/// A picture of the strip.
struct StripPicture {
    picture: Picture,
    label: String,
    /// Its index among the generated ones, if it is one.
    frame: Option<usize>,
}

/// Draws Morph.
pub(super) fn render(tab: &MorphTab, context: &Context, canvas: &mut Canvas, area: Rect) {
    let theme = canvas.theme;
    let Some(dataset) = context.dataset() else {
        return no_dataset(canvas, area, context);
    };
    if tab.is_from_noise {
        return noise_view::render(tab, context, canvas, area);
    }
    let Some(endpoints) = endpoints(context) else {
        let advice = "no face is selected: 1 shows the people, a and b mark two faces";
        return canvas.text(area, advice, theme.quiet);
    };
    let strip = strip_pictures(tab, context, dataset, endpoints);
    let layout = MorphLayout::new(area, strip.len(), context.capabilities.cell_size);
    draw_heading(canvas, layout.heading, tab, context, dataset, endpoints);
    draw_strip(canvas, &layout, tab, &strip);
    match tab.generated() {
        Some(made) => draw_selected(canvas, &layout, area.right(), tab, dataset, made),
        None => {
            let kinds = [RequestKind::Morph, RequestKind::Vary, RequestKind::Sample];
            let state = if kinds.iter().any(|kind| context.is_pending(*kind)) {
                "computing the codes …"
            } else {
                "nothing was generated; ^L tries again"
            };
            canvas.text(layout.large, state, theme.quiet);
        }
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
        GenerateMode::Path => canvas.line(
            area,
            Line::from(vec![
                Span::styled("A ", theme.quiet),
                Span::styled(a, theme.strong),
                Span::styled("  to  B ", theme.quiet),
                Span::styled(dataset.face_name(b), theme.strong),
                Span::styled(model, theme.quiet),
            ]),
        ),
        GenerateMode::Vary => {
            let label = format!("variations of {a}{model}");
            let value = format!("radius {:.1} σ", tab.radius);
            draw_slider_heading(canvas, area, &label, of_slider(tab.radius), value);
        }
        GenerateMode::Sample => {
            let label = format!("new faces{model}");
            let value = format!("spread × {:.1}", tab.spread);
            draw_slider_heading(canvas, area, &label, of_slider(tab.spread), value);
        }
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
    // The end as the model sees it, or the file until that is there.
    let end = |index: usize, face: usize, label: &str| StripPicture {
        picture: match (
            made.and_then(|made| made.sources.get(index)),
            made_a(context),
        ) {
            (Some(pixels), _) => Picture::pixels(pixels),
            (None, Some(made)) if index == 0 => Picture::pixels(&made.pixels),
            (None, _) => {
                Picture::thumbnail(dataset.path(face), text::initials(&dataset.face_name(face)))
            }
        },
        label: label.to_string(),
        frame: None,
    };
    let frames = made.map_or(&[][..], |made| &made.frames);
    let frames = frames
        .iter()
        .enumerate()
        .map(|(index, frame)| StripPicture {
            picture: Picture::pixels(&frame.pixels),
            label: frame_label(tab.mode, index, frames.len() - 1),
            frame: Some(index),
        });
    let mut strip = match tab.mode {
        GenerateMode::Sample => Vec::new(),
        GenerateMode::Path | GenerateMode::Vary => vec![end(0, a, "A")],
    };
    strip.extend(frames);
    if tab.mode == GenerateMode::Path {
        strip.push(end(1, b, "B"));
    }
    strip
}

/// On the path how far it is from A, such as `2/6`; else a number from 1 on.
fn frame_label(mode: GenerateMode, index: usize, last: usize) -> String {
    match mode {
        GenerateMode::Path if index == 0 => "0".to_string(),
        GenerateMode::Path if index == last => "1".to_string(),
        GenerateMode::Path => format!("{index}/{last}"),
        GenerateMode::Vary | GenerateMode::Sample => format!("{}", index + 1),
    }
}

fn draw_strip(canvas: &mut Canvas, layout: &MorphLayout, tab: &MorphTab, strip: &[StripPicture]) {
    let theme = canvas.theme;
    for (index, one) in strip.iter().enumerate() {
        let place = layout.small(index);
        canvas.picture(place, &one.picture);
        let style = if one.frame == Some(tab.selected()) {
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

/// The selected picture large, beside the real face nearest to it. Text goes up
/// to the column `right`.
fn draw_selected(
    canvas: &mut Canvas,
    layout: &MorphLayout,
    right: u16,
    tab: &MorphTab,
    dataset: &Dataset,
    made: &Generated,
) {
    let theme = canvas.theme;
    let Some(frame) = made.frames.get(tab.selected()) else {
        return;
    };
    let width_from = |x: u16| right.saturating_sub(x);
    canvas.picture(layout.large, &Picture::pixels(&frame.pixels));
    let caption = Rect {
        width: width_from(layout.large.x).min(layout.large.width + 3),
        ..row_below(layout.large)
    };
    let is_sharp = |sharp: &Sharpness| tab.selected() < sharp.finished;
    let kind = if made.sharp.as_ref().is_some_and(is_sharp) {
        "generated, sharp"
    } else {
        "generated"
    };
    canvas.text(caption, kind, theme.quiet);
    if frame.nearest.row >= dataset.pictures.len() {
        return;
    }
    let name = dataset.face_name(frame.nearest.row);
    let thumbnail = Picture::thumbnail(dataset.path(frame.nearest.row), text::initials(&name));
    canvas.picture(layout.nearest, &thumbnail);
    let captions = Rect {
        width: width_from(layout.nearest.x),
        ..row_below(layout.nearest)
    };
    canvas.line(
        captions,
        Line::from(vec![
            Span::styled("nearest real face ", theme.quiet),
            Span::styled(name, theme.strong),
        ]),
    );
    let distance = frame.nearest.distance;
    let (judgement, style) = judge(theme, distance, made.real_range);
    let distance = number_format::distance(distance);
    canvas.line(
        row_of(captions, 1),
        Line::from(vec![
            Span::styled(format!("{distance} away: "), theme.text),
            Span::styled(judgement, style),
        ]),
    );
}

/// How a distance compares with real faces' distances to their own nearest.
fn judge(theme: &Theme, distance: f32, (low, high): (f32, f32)) -> (&'static str, Style) {
    if distance < low {
        ("closer than real faces usually are", theme.warning)
    } else if distance > high {
        ("farther than real faces usually are", theme.warning)
    } else {
        ("as close as real faces usually are", theme.good)
    }
}
