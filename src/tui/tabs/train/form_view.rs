//! What the form for a new run looks like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::field::Field;
use super::form::Form;
use crate::display::padded;
use crate::models::outline;
use crate::number_format;
use crate::training::{FirstFaces, TrainSpec};
use crate::tui::action::Action;
use crate::tui::areas::{row_of, square_columns, square_rows, without_top};
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::network;

/// Columns of a field's label and value, and the gap behind them.
const FORM_COLUMNS: usize = 16 + 28 + 2;

/// Columns of a path that is typed; notes beside it make way.
const PATH_COLUMNS: usize = 60;

/// Rows of notes below the form.
const NOTE_ROWS: usize = 4;
/// The most rows of the network's picture, and its columns.
const NETWORK_ROWS: u16 = 12;
const NETWORK_COLUMNS: u16 = 74;
/// Fewer rows of a face are too few to see its noise.
const LEAST_FACE_ROWS: u16 = 5;
/// The fewest columns in which presets are explained.
const PRESETS_COLUMNS: u16 = 60;

/// Draws the form.
pub(super) fn draw(
    canvas: &mut Canvas,
    area: Rect,
    (form, context): (&Form, &Context),
    all_faces: &[FirstFaces],
) {
    let theme = canvas.theme;
    let mut lines = vec![
        Line::from(vec![
            Span::styled("new run", theme.strong),
            Span::styled(
                "   trains in its own process and keeps going when you quit",
                theme.quiet,
            ),
        ]),
        Line::default(),
    ];
    let spare = usize::from(area.height).saturating_sub(lines.len());
    let first = (form.selected + 1).saturating_sub(spare);
    for (index, field) in Field::ALL.into_iter().enumerate().skip(first) {
        let click = Use::Click(Action::Click(Target::Field(index)));
        canvas.focused_zone(row_of(area, lines.len() as u16).intersection(area), click);
        lines.push(field_line(theme, form, index, field));
    }
    let (note, field) = note_and_field(form);
    let style = match form.problem {
        Some(_) => theme.bad,
        None => theme.quiet,
    };
    let row = field
        .and_then(|field| field.checked_sub(first))
        .map(|row| row + 2);
    let room = usize::from(area.width).saturating_sub(FORM_COLUMNS);
    match row.and_then(|row| lines.get_mut(row)) {
        Some(line) if note.width() <= room && !form.path.is_open() => {
            line.push_span(Span::styled(note, style));
        }
        // Below the form, on as many rows as are free.
        _ => {
            let height = usize::from(area.height);
            let free = height.saturating_sub(lines.len());
            let wrapped = text::wrap(&note, area.width.into());
            lines.push(Line::default());
            lines.truncate(height.saturating_sub(wrapped.len().min(free.max(1))));
            lines.extend(wrapped.into_iter().map(|line| Line::styled(line, style)));
        }
    }
    // Notes below the form have a few rows of their own, so that what is below stays.
    let used = lines.len().max(2 + Field::ALL.len() + NOTE_ROWS) as u16;
    canvas.lines(area, lines);
    draw_more(canvas, without_top(area, used), form);
    if let Some(place) = faces_place(area) {
        // Those of the values before stay until the new ones come.
        if let [seen] = all_faces {
            draw_faces(canvas, place, context, seen);
        }
    }
}

/// The network that the form describes and what the presets are for, where there is room; no
/// network while a value is wrong.
fn draw_more(canvas: &mut Canvas, area: Rect, form: &Form) {
    // A heading and a blank row come before.
    let Some(rows) = area
        .height
        .checked_sub(2)
        .map(|rows| rows.min(NETWORK_ROWS))
    else {
        return;
    };
    if rows < network::MIN_ROWS {
        return;
    }
    let below = Rect {
        height: rows,
        ..without_top(area, 2)
    };
    if let Ok(spec) = form.spec()
        && let Ok(outline) = outline(&spec.model)
    {
        let weights = match outline.weights {
            Some(weights) => format!("{} weights to learn", number_format::count(weights as u64)),
            None => "fitted at once, without steps".to_string(),
        };
        let heading = format!("network of {} · {weights}", spec.model.kind);
        let style = canvas.theme.quiet;
        canvas.text(area, text::truncate(&heading, area.width.into()), style);
        network::draw(canvas, below, &outline);
    }
    let left = NETWORK_COLUMNS + 4;
    if area.width >= left + PRESETS_COLUMNS {
        let right = Rect {
            x: area.x + left,
            width: area.width - left,
            ..area
        };
        draw_presets(canvas, right, form.value(Field::Preset));
    }
}

/// Where the first faces are, a heading above them; `None` without room.
fn faces_place(area: Rect) -> Option<Rect> {
    let used = (2 + Field::ALL.len() + NOTE_ROWS) as u16 + 2 + NETWORK_ROWS + 1;
    let place = without_top(area, used);
    (place.height > LEAST_FACE_ROWS).then_some(place)
}

/// Whether there is room for the first faces.
pub(super) fn has_faces(area: Rect) -> bool {
    faces_place(area).is_some()
}

/// The first faces of the run that the form describes.
fn draw_faces(canvas: &mut Canvas, area: Rect, context: &Context, seen: &FirstFaces) {
    let theme = canvas.theme;
    let heading = format!(
        "its first faces · {} to train on, {} held out",
        number_format::count(seen.training as u64),
        number_format::count(seen.held_out as u64)
    );
    canvas.text(area, heading, theme.quiet);
    let cell_size = context.capabilities.cell_size;
    let below = without_top(area, 1);
    let pitch = (area.width + 1) / seen.faces.len().max(1) as u16;
    let rows = square_rows(pitch.saturating_sub(1), below.height, cell_size);
    let columns = square_columns(rows, cell_size).min(pitch.saturating_sub(1).max(1));
    for (place, face) in (0..).zip(&seen.faces) {
        let at = Rect::new(below.x + place * (columns + 1), below.y, columns, rows);
        canvas.picture(at, &Picture::pixels(face));
    }
}

/// What the presets are for; the form's is marked.
fn draw_presets(canvas: &mut Canvas, area: Rect, present: &str) {
    let theme = canvas.theme;
    canvas.text(area, "presets", theme.quiet);
    let width = usize::from(area.width).saturating_sub(12);
    let specs = TrainSpec::preset_names().filter_map(|name| TrainSpec::preset(name).ok());
    let lines = specs.map(|spec| {
        let style = if spec.preset == present {
            theme.accent
        } else {
            theme.text
        };
        let words = text::truncate(&spec.description, width);
        Line::from(vec![
            Span::styled(padded(&spec.preset, 12), style),
            Span::styled(words, theme.quiet),
        ])
    });
    canvas.lines(without_top(area, 2), lines.collect::<Vec<_>>());
}

/// What is wrong, or what the selected field takes; and the field it is about.
fn note_and_field(form: &Form) -> (String, Option<usize>) {
    match &form.problem {
        Some((field, problem)) => {
            let index = field.map(|field| field as usize);
            (problem.clone(), index)
        }
        None => {
            let hint = || form.field().hint().to_string();
            let note = form.path.candidates_text().unwrap_or_else(hint);
            (note, Some(form.selected))
        }
    }
}

fn field_line(theme: &Theme, form: &Form, index: usize, field: Field) -> Line<'static> {
    let is_selected = index == form.selected;
    let value = if is_selected && form.input.is_open() {
        format!("{}▏", form.input.text())
    } else if is_selected && form.path.is_open() {
        form.path.display_line(PATH_COLUMNS)
    } else if form.value(field).is_empty() {
        "–".to_string()
    } else {
        form.value(field).to_string()
    };
    let style = match (is_selected, form.input.is_open() || form.path.is_open()) {
        (true, true) => theme.accent,
        (true, false) => theme.selected,
        (false, _) => theme.text,
    };
    Line::from(vec![
        Span::styled(format!("{:>14}  ", field.label()), theme.quiet),
        Span::styled(padded(&value, 28), style),
        Span::raw("  "),
    ])
}
