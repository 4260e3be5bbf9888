//! The details of the selected picture, in text and pictures.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::state::BrowseTab;
use crate::dataset::Dataset;
use crate::engine::Reconstruction;
use crate::number_format;
use crate::tui::areas::{row_below, square_columns, without_top};
use crate::tui::context::Context;
use crate::tui::endpoint::Endpoint;
use crate::tui::images::Picture;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;

/// Number of attributes shown.
const MAX_ATTRIBUTES: usize = 4;

/// The most rows of a picture.
const PICTURE_ROWS: u16 = 8;

/// Draws the details of a picture of the data set.
pub(super) fn draw(
    canvas: &mut Canvas,
    area: Rect,
    tab: &BrowseTab,
    context: &Context,
    dataset: &Dataset,
    picture: usize,
) {
    if area.width == 0 {
        return;
    }
    let theme = canvas.theme;
    let width = usize::from(area.width);
    let mut lines = dataset_lines(theme, context, dataset, picture, width);
    let reconstruction = tab
        .details
        .as_ref()
        .filter(|details| details.picture == picture);
    match reconstruction {
        Some(reconstruction) => {
            lines.push(Line::default());
            lines.extend(reconstruction_lines(theme, dataset, reconstruction, width));
        }
        None if context.model.is_some() => {
            lines.push(Line::default());
            let text = match context.current_model() {
                Some(info) if !info.kind.has_decoder() => "comparing …",
                _ => "rebuilding …",
            };
            lines.push(Line::styled(text, theme.quiet));
        }
        None => {}
    }
    let used = lines.len() as u16;
    canvas.lines(area, lines);
    if let Some(reconstruction) = reconstruction {
        let below = without_top(area, used + 1);
        let rows = below.height.saturating_sub(1).min(PICTURE_ROWS);
        let columns = square_columns(rows, context.capabilities.cell_size);
        if rows >= 4 && columns <= area.width {
            draw_pictures(canvas, below, (columns, rows), dataset, reconstruction);
        }
    }
}

/// What the data set says of a picture.
fn dataset_lines(
    theme: &Theme,
    context: &Context,
    dataset: &Dataset,
    picture: usize,
    width: usize,
) -> Vec<Line<'static>> {
    let entry = &dataset.pictures[picture];
    let person = &dataset.people[entry.person];
    let mut position = format!(
        "picture {} of {}",
        picture - person.pictures.start + 1,
        text::with_thousands(person.pictures.len())
    );
    if let Some(split) = dataset.official_split(picture) {
        position += &format!(" · {split}");
    }
    let mut lines = vec![
        Line::styled(
            text::truncate(&dataset.face_name(picture), width),
            theme.strong,
        ),
        Line::styled(text::truncate(&position, width), theme.text),
        Line::styled(text::truncate(&entry.file, width), theme.quiet),
    ];
    for (endpoint, face) in Endpoint::ALL.into_iter().zip(context.marks) {
        if face == Some(picture) {
            let marked = format!("marked {} for morphing", endpoint.letter());
            lines.push(Line::styled(marked, theme.accent));
        }
    }
    let attributes = strongest_attributes(dataset, picture);
    if !attributes.is_empty() {
        lines.push(Line::default());
        for line in join_wrapped(&attributes, width) {
            lines.push(Line::styled(line, theme.text));
        }
    }
    lines
}

/// How close the model comes, and the nearest other face.
fn reconstruction_lines(
    theme: &Theme,
    dataset: &Dataset,
    reconstruction: &Reconstruction,
    width: usize,
) -> Vec<Line<'static>> {
    let (label, error) = match &reconstruction.rebuilt {
        Some(rebuilt) => (
            format!("rebuilt by {}", reconstruction.model),
            format!("mse {}", number_format::error(rebuilt.mse.into())),
        ),
        None => ("compared by".to_string(), reconstruction.model.clone()),
    };
    let mut lines = labelled_value(theme, &label, &error, width);
    if let Some(hit) = reconstruction.nearest.first()
        && hit.row < dataset.pictures.len()
    {
        let name = dataset.face_name(hit.row);
        let label = format!("nearest, {} away", number_format::distance(hit.distance));
        lines.extend(labelled_value(theme, &label, &name, width));
    }
    lines
}

/// The reconstructed face and the nearest ones, side by side in as many rows as fit, at the end
/// of `area`.
fn draw_pictures(
    canvas: &mut Canvas,
    area: Rect,
    (columns, rows): (u16, u16),
    dataset: &Dataset,
    reconstruction: &Reconstruction,
) {
    let theme = canvas.theme;
    let across = ((area.width + 1) / (columns + 1)).max(1);
    let down = (area.height / (rows + 1)).max(1);
    let top = area.bottom() - down * (rows + 1);
    let mut places = (0..across * down).map(|place| {
        let (x, y) = (place % across * (columns + 1), place / across * (rows + 1));
        Rect::new(area.x + x, top + y, columns, rows)
    });
    if let Some(rebuilt) = &reconstruction.rebuilt
        && let Some(place) = places.next()
    {
        canvas.picture(place, &Picture::pixels(&rebuilt.pixels));
        canvas.text(row_below(place), "rebuilt", theme.quiet);
    }
    let nearest = reconstruction.nearest.iter();
    let nearest = nearest.filter(|hit| hit.row < dataset.pictures.len());
    for (index, (place, hit)) in places.zip(nearest).enumerate() {
        canvas.picture(place, &Picture::thumbnail(dataset.path(hit.row), ""));
        let caption = match (index, down) {
            (0, _) => "nearest".to_string(),
            (_, 1) => number_format::distance(hit.distance),
            _ => dataset.face_name(hit.row),
        };
        let caption = text::truncate(&caption, columns.into());
        canvas.text(row_below(place), caption, theme.quiet);
    }
}

/// A label and its value in one line, or in two where one is too short.
fn labelled_value(theme: &Theme, label: &str, value: &str, width: usize) -> Vec<Line<'static>> {
    let label_span = Span::styled(text::truncate(label, width), theme.quiet);
    let value_span = Span::styled(text::truncate(value, width), theme.text);
    if label.width() + 2 + value.width() <= width {
        vec![Line::from(vec![label_span, Span::raw("  "), value_span])]
    } else {
        vec![Line::from(label_span), Line::from(value_span)]
    }
}

/// The attributes farthest from zero: `smiling 1.2`.
fn strongest_attributes(dataset: &Dataset, picture: usize) -> Vec<String> {
    let Some(values) = dataset.attributes(picture) else {
        return Vec::new();
    };
    let mut named: Vec<(&String, f32)> = dataset
        .attribute_names()
        .iter()
        .zip(values.iter().copied())
        .filter(|(_, value)| value.is_finite())
        .collect();
    named.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    named
        .into_iter()
        .take(MAX_ATTRIBUTES)
        .map(|(name, value)| format!("{} {}", name.to_lowercase(), text::signed(value, 1)))
        .collect()
}

/// Entries joined by ` · `, as many on a line as fit.
fn join_wrapped(entries: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for entry in entries {
        match lines.last_mut() {
            Some(line) if line.width() + 3 + entry.width() <= width => {
                line.push_str(" · ");
                line.push_str(entry);
            }
            _ => lines.push(text::truncate(entry, width)),
        }
    }
    lines
}
