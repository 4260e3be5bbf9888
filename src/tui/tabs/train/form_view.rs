//! What the form for a new run looks like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::field::Field;
use super::form::Form;
use crate::display::padded;
use crate::tui::action::Action;
use crate::tui::areas::row_of;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;

/// Columns of a field's label and value, and the gap behind them.
const FORM_COLUMNS: usize = 16 + 28 + 2;

/// Columns of a path that is typed; notes beside it make way.
const PATH_COLUMNS: usize = 60;

/// Draws the form.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, form: &Form) {
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
    canvas.lines(area, lines);
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
