//! Draws a frame of the whole screen:
//!
//! ```text
//!  1 Browse  2 Train  3 Denoise  4 Search  5 Morph      lfw · 13,233 faces · cpu    header
//!
//!  the tab in view                                                                  body
//!
//!  progress, a message, or the tab's own status                                     status
//!  hjkl move · / filter · … · ? help                                                keys
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use super::action::Action;
use super::app::{App, MIN_SIZE};
use super::areas::body_area;
use super::context::Context;
use super::data_sets::{self, DataSets};
use super::images::ImageRenderer;
use super::keymap::{Keymap, shared};
use super::pointer::{Use, WHEEL_MOVES, Zones};
use super::popup::{PopupKind, help_area};
use super::run_news::RunMark;
use super::starters;
use super::tab_id::TabId;
use super::text;
use super::theme::Theme;
use super::widgets::canvas::Canvas;
use crate::engine::RequestKind;

/// Draws everything. Gives the areas that the mouse can use.
pub fn render(frame: &mut Frame, app: &App, images: &mut ImageRenderer) -> Zones {
    images.begin_frame();
    if app.is_too_small() {
        too_small(frame, &app.context);
        images.end_frame();
        return Zones::default();
    }
    let context = &app.context;
    let help_keys = app.help_keymap();
    let area = frame.area();
    let row = |from_bottom: u16| Rect::new(area.x, area.bottom() - from_bottom, area.width, 1);
    let long = match app.popup {
        Some(_) => None,
        None => long_message(context, row(2)),
    };
    let popup = app.popup.map(|popup| match popup.kind {
        PopupKind::Help => help_area(context, &help_keys),
        PopupKind::Presets => starters::view::area(context.size),
        PopupKind::DataSets => data_sets::view::area(&app.data_sets, context.size),
    });
    let covered = popup.or(long.as_ref().map(|(area, _)| *area));
    let mut canvas = Canvas::new(frame, images, &context.theme, covered);
    canvas.zone(area, WHEEL_MOVES);
    draw_tab(&mut canvas, app, area);
    draw_header(&mut canvas, app, Rect { height: 1, ..area });
    draw_status(&mut canvas, app, area, long);
    if let Some(popup) = popup {
        canvas.zone(area, Use::Click(Action::Back));
        canvas.zone(area, WHEEL_MOVES);
        canvas.zone(popup, Use::Cover);
    }
    let line = line_reading(context);
    let width = line.width() as u16;
    let keys = Rect {
        width: area.width.saturating_sub(width),
        ..row(1)
    };
    draw_footer(&mut canvas, app, keys);
    let right = Rect {
        x: keys.right(),
        width: area.width - keys.width,
        ..keys
    };
    canvas.line(right, line);
    draw_popup(&mut canvas, app, &help_keys);
    let zones = canvas.into_zones();
    images.end_frame();
    zones
}

/// The tab in view.
fn draw_tab(canvas: &mut Canvas, app: &App, area: Rect) {
    let context = &app.context;
    let tab = app.tabs.get(context.tab);
    let body = body_area(context.size);
    if app.shows_starters() {
        let first = &app.tabs.train.first_faces;
        starters::view::render_empty_train(canvas, body, context, &app.starters, first);
    } else {
        tab.render(context, canvas, body);
    }
    if tab.input_keymap().is_some() {
        // A prompt or a form has the focus alone.
        canvas.zones_mut().keep_focused(area);
    }
}

/// A long message, else the status line, and what would make the tab better: in the blank row above
/// that, else at its right end.
fn draw_status(
    canvas: &mut Canvas,
    app: &App,
    area: Rect,
    long: Option<(Rect, Vec<Line<'static>>)>,
) {
    let context = &app.context;
    let accent = canvas.theme.accent;
    let row = |from_bottom: u16| Rect::new(area.x, area.bottom() - from_bottom, area.width, 1);
    let advice = app.advice();
    let presets = context.tab_key(Action::ShowPresets);
    let has_own_row = body_area(context.size).bottom() < row(2).y;
    if let Some(advice) = advice.as_ref().filter(|_| has_own_row) {
        canvas.text(row(3), format!(" {presets} {}", advice.sentence), accent);
    }
    if let Some((area, lines)) = long {
        canvas.clear(area);
        return canvas.lines(area, lines);
    }
    let is_free = !has_own_row && context.message.is_none();
    let short = advice.filter(|_| is_free);
    let short = short.map_or(String::new(), |advice| {
        format!(" {presets}: {} ", advice.short)
    });
    let width = (short.width() as u16).min(area.width);
    let tab = app.tabs.get(context.tab);
    let status = status(context, || tab.status(context), area.width - width);
    canvas.line(row(2), status);
    let right = Rect {
        x: area.right() - width,
        width,
        ..row(2)
    };
    canvas.text(right, short, accent);
}

/// What is open over the tab.
fn draw_popup(canvas: &mut Canvas, app: &App, help_keys: &Keymap<Action>) {
    let context = &app.context;
    match app.popup {
        Some(popup) if popup.kind == PopupKind::Help => {
            popup.render(canvas, context, help_keys);
        }
        Some(popup) if popup.kind == PopupKind::Presets => {
            let runs = &app.tabs.train.runs;
            starters::view::render_popup(canvas, context, &app.starters, runs);
        }
        Some(_) => data_sets::view::render(canvas, context, &app.data_sets),
        None => {}
    }
}

/// The tabs, which a click shows, and the data set.
fn draw_header(canvas: &mut Canvas, app: &App, area: Rect) {
    let line = header(&app.context, &app.data_sets, area.width);
    let mut x = area.x;
    for (tab, spans) in TabId::ALL.into_iter().zip(line.spans.chunks(2)) {
        let width = spans.iter().map(Span::width).sum::<usize>() as u16;
        let place = Rect { x, width, ..area };
        canvas.zone(place, Use::Click(Action::ShowTab(tab)));
        x += width;
    }
    canvas.line(area, line);
}

/// The keys; a click on one that means one thing does it.
fn draw_footer(canvas: &mut Canvas, app: &App, area: Rect) {
    let keymap = app.keymap();
    let line = key_hints(canvas.theme, app.footer(), area.width);
    let mut x = area.x;
    let mut before = 0;
    for span in &line.spans {
        let width = span.width() as u16;
        let word = span.content.trim();
        let mut named = keymap.shown().filter(|one| one.footer == Some(word));
        if let (Some(binding), None) = (named.next(), named.next()) {
            let place = Rect {
                x: x - before,
                width: before + width,
                ..area
            };
            canvas.zone(place, Use::Click(binding.action));
        }
        (x, before) = (x + width, width);
    }
    canvas.line(area, line);
}

fn too_small(frame: &mut Frame, context: &Context) {
    let (columns, rows) = context.size;
    let quit = context.key(shared::TOO_SMALL, Action::Quit);
    let text = format!(
        "This terminal has {columns} × {rows} characters.\nAt least {} × {} are needed.\nMake it larger, or press {quit}.",
        MIN_SIZE.0, MIN_SIZE.1
    );
    frame.render_widget(
        Paragraph::new(text)
            .style(context.theme.text)
            .wrap(Wrap { trim: true }),
        frame.area(),
    );
}

/// Tabs at the left, the data set at the right, and what is being imported before it.
fn header(context: &Context, data_sets: &DataSets, width: u16) -> Line<'static> {
    let theme = &context.theme;
    let mut spans = Vec::new();
    for tab in TabId::ALL {
        let key = context.tab_key(Action::ShowTab(tab));
        let label = format!(" {key} {}", tab.title());
        let style = if tab == context.tab {
            theme.selected
        } else {
            theme.quiet
        };
        spans.push(Span::styled(label, style));
        // In place of the blank, so that nothing moves.
        spans.push(match context.run_mark.filter(|_| tab == TabId::Train) {
            Some(RunMark::Ended) => Span::styled("●", theme.good),
            Some(RunMark::Wrong) => Span::styled("!", theme.bad),
            None => Span::styled(" ", style),
        });
    }
    let used: usize = spans.iter().map(|span| span.content.width()).sum();
    let import = data_sets.header_word(context).unwrap_or_default();
    let separator = if import.is_empty() { "" } else { " · " };
    let import_width = import.width() + separator.width();
    let room = usize::from(width).saturating_sub(used + 3 + import_width);
    let summary = dataset_summary(context, room);
    let right = import_width + summary.width();
    let gap = usize::from(width).saturating_sub(used + right + 1);
    spans.push(Span::raw(" ".repeat(gap)));
    spans.push(Span::styled(import, theme.accent));
    spans.push(Span::styled(separator, theme.quiet));
    spans.push(Span::styled(summary, theme.text));
    Line::from(spans)
}

/// The data set, the number of its faces and the device, as far as they fit
/// into `room` columns.
fn dataset_summary(context: &Context, room: usize) -> String {
    let Some(opened) = &context.opened else {
        return if context.is_pending(RequestKind::Open) {
            "opening …".to_string()
        } else {
            "no data".to_string()
        };
    };
    let dataset = &opened.dataset;
    let count = dataset.pictures.len();
    let faces = text::pluralize(count, "face");
    let kind = if dataset.is_sample {
        "drawn face"
    } else {
        "face"
    };
    let full = format!("{} · {}", dataset.title, text::pluralize(count, kind));
    let shorter = [
        format!("{full} · {}", opened.device),
        full,
        format!("{} · {faces}", dataset.title),
        faces,
    ];
    let fitting = shorter.iter().find(|summary| summary.width() <= room);
    fitting.unwrap_or(&shorter[3]).clone()
}

/// A message or progress where there is one, else the tab's own status.
fn status(context: &Context, of_tab: impl Fn() -> String, width: u16) -> Line<'static> {
    let theme = &context.theme;
    let room = usize::from(width).saturating_sub(2);
    let (status, style) = if let Some((kind, message)) = &context.message {
        (message.clone(), kind.style(theme))
    } else if let Some(progress) = &context.progress {
        (progress.line(context.now), theme.accent)
    } else {
        (of_tab(), theme.quiet)
    };
    let status = format!(" {}", text::truncate(&status, room));
    Line::from(Span::styled(status, style))
}

/// The rows of the longest message.
const MAX_MESSAGE_ROWS: usize = 5;

/// A message that is longer than `row`: the area that it covers, which ends with
/// that row, and its lines. `None` when one row is enough.
fn long_message(context: &Context, row: Rect) -> Option<(Rect, Vec<Line<'static>>)> {
    let (kind, message) = context.message.as_ref()?;
    let mut lines = text::wrap(message, usize::from(row.width).saturating_sub(2));
    if lines.len() < 2 {
        return None;
    }
    if lines.len() > MAX_MESSAGE_ROWS {
        lines.truncate(MAX_MESSAGE_ROWS - 1);
        lines.push("…".to_string());
    }
    let rows = lines.len() as u16;
    let area = Rect {
        y: row.bottom() - rows,
        height: rows,
        ..row
    };
    let style = kind.style(&context.theme);
    let lines = lines
        .into_iter()
        .map(|line| Line::styled(format!(" {line}"), style));
    Some((area, lines.collect()))
}

/// What the line to the terminal takes, for the footer's right end: `12 KB/s of 100, 210 ms`.
fn line_reading(context: &Context) -> Line<'static> {
    if !context.shows_line {
        return Line::default();
    }
    let reading = context.line;
    let kilobytes = |bytes: f64| format!("{:.0}", bytes / 1000.0);
    let mut text = format!(" {} KB/s", kilobytes(reading.bytes_per_second));
    if let Some(rate) = reading.rate {
        text += &format!(" of {}", kilobytes(rate));
    }
    if let Some(trip) = reading.round_trip {
        text += &format!(", {} ms", trip.as_millis());
    }
    Line::styled(text + " ", context.theme.quiet)
}

/// The footer: as many keys as fit, and the one for help or closing always.
fn key_hints(theme: &Theme, mut entries: Vec<(String, &'static str)>, width: u16) -> Line<'static> {
    let columns = |entries: &[(String, &str)]| -> usize {
        entries
            .iter()
            .map(|(keys, word)| keys.width() + 1 + word.width() + 3)
            .sum()
    };
    while columns(&entries) > usize::from(width) + 1 && entries.len() > 1 {
        let last = entries
            .iter()
            .rposition(|(_, word)| *word != "help" && *word != "close");
        match last {
            Some(index) => drop(entries.remove(index)),
            None => break,
        }
    }
    let mut spans = vec![Span::raw(" ")];
    for (index, (keys, word)) in entries.into_iter().enumerate() {
        if index > 0 {
            spans.push(Span::styled(" · ", theme.quiet));
        }
        spans.push(Span::styled(keys, theme.accent));
        spans.push(Span::styled(format!(" {word}"), theme.quiet));
    }
    Line::from(spans)
}
