//! What Morph looks like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::layout::{MorphLayout, layout};
use super::{GenerateMode, SLIDER_END_AND_STEP, endpoints};
use crate::dataset::Dataset;
use crate::engine::Generated;
use crate::number_format;
use crate::tui::action::Topic;
use crate::tui::app::App;
use crate::tui::graphics::Picture;
use crate::tui::text;
use crate::tui::views::canvas::Canvas;
use crate::tui::views::no_dataset::no_dataset;
use crate::tui::views::slider::slider;

/// A small picture of the strip.
struct StripPicture {
    picture: Picture,
    label: String,
    /// Its frame, when it is one.
    frame: Option<usize>,
}

/// Draws Morph.
pub fn render(canvas: &mut Canvas, area: Rect, app: &App) {
    let theme = canvas.theme;
    let Some(dataset) = app.dataset() else {
        return no_dataset(canvas, area, app);
    };
    let Some(ends) = endpoints(app) else {
        let words = "no face is chosen: 1 shows the people, a and b mark two of them";
        return canvas.text(area, words, theme.quiet);
    };
    let smalls = strip_pictures(app, dataset, ends);
    let places = layout(area, smalls.len() as u16, app.graphics.cell_size);
    draw_heading(canvas, places.heading, app, dataset, ends);
    draw_strip(canvas, &places, app, &smalls);
    if let Some(made) = app.morph.generated() {
        draw_selected(canvas, &places, area, app, dataset, made);
    } else {
        let topics = [Topic::Morph, Topic::Vary, Topic::Sample];
        let words = if topics.iter().any(|topic| app.is_waiting(*topic)) {
            "computing the codes …"
        } else {
            "nothing was made; ^L tries again"
        };
        canvas.text(places.large, words, theme.quiet);
    }
}

/// `A Laura Bush 2 → B Tom Ridge 1 · PCA-256`, or A and the radius.
fn draw_heading(canvas: &mut Canvas, area: Rect, app: &App, dataset: &Dataset, [a, b]: [usize; 2]) {
    let theme = canvas.theme;
    let model = app
        .current_model()
        .map_or(String::new(), |card| format!(" · {}", card.label));
    let a = dataset.face_name(a);
    match app.morph.mode {
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
            let value = format!("radius {:.1} σ", app.morph.radius);
            let words = format!("variations of {a}{model}");
            draw_slider_heading(canvas, area, &words, app.morph.radius, &value);
        }
        GenerateMode::Sample => {
            let value = format!("spread × {:.1}", app.morph.spread);
            let words = format!("new faces{model}");
            draw_slider_heading(canvas, area, &words, app.morph.spread, &value);
        }
    }
}

/// What is made, and the slider.
fn draw_slider_heading(canvas: &mut Canvas, area: Rect, words: &str, at: f32, value: &str) {
    let theme = canvas.theme;
    let width = area.width * 2 / 5;
    canvas.text(
        Rect { width, ..area },
        text::truncate(words, width.into()),
        theme.strong,
    );
    let right = Rect {
        x: area.right().saturating_sub(13),
        width: 13,
        ..area
    };
    let track = Rect {
        x: area.x + width + 2,
        width: right.x.saturating_sub(area.x + width + 4),
        ..area
    };
    let end = format!("{:.0}", SLIDER_END_AND_STEP.0);
    let share = f64::from(at / SLIDER_END_AND_STEP.0);
    canvas.line(track, slider(theme, share, "0", &end, track.width));
    canvas.text(right, value.to_string(), theme.accent);
}

/// A, the frames, B; A and its variations; or new faces. While frames are being made,
/// their places stay.
fn strip_pictures(app: &App, dataset: &Dataset, [a, b]: [usize; 2]) -> Vec<StripPicture> {
    let face = |face: usize, label: &str| StripPicture {
        picture: Picture::thumbnail(dataset.path(face), text::initials(&dataset.face_name(face))),
        label: label.to_string(),
        frame: None,
    };
    let made = app.morph.generated();
    let source = |index: usize, real: usize, label: &str| match made
        .and_then(|made| made.sources.get(index))
    {
        Some(pixels) => StripPicture {
            picture: Picture::pixels(pixels),
            ..face(real, label)
        },
        None => face(real, label),
    };
    let mut smalls = match app.morph.mode {
        GenerateMode::Sample => Vec::new(),
        GenerateMode::Path | GenerateMode::Vary => vec![source(0, a, "A")],
    };
    for (index, frame) in made.iter().flat_map(|made| &made.frames).enumerate() {
        let last = made.map_or(1, |made| made.frames.len() - 1);
        smalls.push(StripPicture {
            picture: Picture::pixels(&frame.pixels),
            label: match app.morph.mode {
                GenerateMode::Path if index == 0 => "0".to_string(),
                GenerateMode::Path if index == last => "1".to_string(),
                GenerateMode::Path => format!("{index}/{last}"),
                GenerateMode::Vary | GenerateMode::Sample => format!("{}", index + 1),
            },
            frame: Some(index),
        });
    }
    if app.morph.mode == GenerateMode::Path {
        smalls.push(source(1, b, "B"));
    }
    smalls
}

fn draw_strip(canvas: &mut Canvas, places: &MorphLayout, app: &App, smalls: &[StripPicture]) {
    let theme = canvas.theme;
    let (rows, columns) = places.small;
    for (index, small) in smalls.iter().enumerate() {
        let place = Rect::new(
            places.strip.x + index as u16 * (columns + 1),
            places.strip.y,
            columns,
            rows,
        );
        canvas.picture(place, &small.picture);
        let style = if small.frame == Some(app.morph.selected()) {
            theme.selected
        } else if small.frame.is_none() {
            theme.strong
        } else {
            theme.quiet
        };
        let below = Rect {
            y: place.bottom(),
            height: 1,
            ..place
        };
        let label = format!("{:^width$}", small.label, width = usize::from(columns));
        canvas.text(below, label, style);
    }
}

/// The chosen frame large, beside the real face nearest to it.
fn draw_selected(
    canvas: &mut Canvas,
    places: &MorphLayout,
    area: Rect,
    app: &App,
    dataset: &Dataset,
    made: &Generated,
) {
    let theme = canvas.theme;
    let Some(frame) = made.frames.get(app.morph.selected()) else {
        return;
    };
    let under = |place: Rect, line: u16| Rect {
        y: place.bottom() + line,
        height: 1,
        width: area.right().saturating_sub(place.x).min(place.width + 3),
        ..place
    };
    canvas.picture(places.large, &Picture::pixels(&frame.pixels));
    canvas.text(under(places.large, 0), "made", theme.quiet);
    if frame.nearest.row >= dataset.pictures.len() {
        return;
    }
    let name = dataset.face_name(frame.nearest.row);
    let (low, high) = made.real_range;
    let distance = frame.nearest.distance;
    let (words, style) = if distance < low {
        ("closer than real faces lie apart", theme.warning)
    } else if distance > high {
        ("farther than real faces lie apart", theme.warning)
    } else {
        ("as far as real faces lie apart", theme.good)
    };
    canvas.picture(
        places.nearest,
        &Picture::thumbnail(dataset.path(frame.nearest.row), text::initials(&name)),
    );
    let facts = |line: u16| Rect {
        width: area.right().saturating_sub(places.nearest.x),
        ..under(places.nearest, line)
    };
    canvas.line(
        facts(0),
        Line::from(vec![
            Span::styled("nearest real face ", theme.quiet),
            Span::styled(name, theme.strong),
        ]),
    );
    canvas.line(
        facts(1),
        Line::from(vec![
            Span::styled(
                format!("{} away: ", number_format::distance(distance)),
                theme.text,
            ),
            Span::styled(words, style),
        ]),
    );
}
