//! What the screen looks like. Views draw from `&App` and decide nothing:
//!
//! ```text
//!  1 Browse  2 Train  3 Denoise  4 Search  5 Morph      lfw · 13,233 faces · cpu    header
//!
//!  the tab's own view                                                               body
//!
//!  what is going on: progress, messages, the model                                  status
//!  hjkl move · / filter · … · ? help                                                keys
//! ```

pub mod canvas;
pub mod no_dataset;
pub mod popup;
pub mod slider;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::action::Tab;
use super::app::{App, MIN_SIZE};
use super::graphics::ImageRenderer;
use super::tabs::{browse, denoise, morph, search, train};
use super::{keymap, text};
use canvas::Canvas;

/// The part of the terminal between header and status line, with a column free
/// at either side.
pub fn body_area((columns, rows): (u16, u16)) -> Rect {
    let top = header_rows(rows);
    Rect::new(
        1,
        top,
        columns.saturating_sub(2),
        rows.saturating_sub(top + 2 + u16::from(rows >= ROOMY_ROWS)),
    )
}

/// Rows from which a blank line below the header and one above the status line
/// are not missed.
const ROOMY_ROWS: u16 = 28;

/// Rows above the body.
fn header_rows(rows: u16) -> u16 {
    if rows >= ROOMY_ROWS { 2 } else { 1 }
}

/// Draws everything.
pub fn render(frame: &mut Frame, app: &App, pictures: &mut ImageRenderer) {
    pictures.begin_frame();
    if app.is_too_small() {
        too_small(frame, app);
        return pictures.end_frame();
    }
    let area = frame.area();
    let row = |from_bottom: u16| Rect::new(area.x, area.bottom() - from_bottom, area.width, 1);
    let long = long_message(app, row(2));
    let popup = app.popup.map(|popup| popup::popup_area(app, popup));
    let covered = popup.or(long.as_ref().map(|(place, _)| *place));
    let mut canvas = Canvas::new(frame, pictures, &app.theme, covered);
    canvas.line(Rect { height: 1, ..area }, header(app, area.width));
    let inside = body_area(app.size);
    match app.tab {
        Tab::Browse => browse::render(&mut canvas, inside, app),
        Tab::Train => train::render(&mut canvas, inside, app),
        Tab::Denoise => denoise::render(&mut canvas, inside, app),
        Tab::Search => search::render(&mut canvas, inside, app),
        Tab::Morph => morph::render(&mut canvas, inside, app),
    }
    match long {
        Some((place, lines)) => {
            canvas.clear(place);
            canvas.lines(place, lines);
        }
        None => canvas.line(row(2), status(app, area.width)),
    }
    canvas.line(row(1), key_hints(app, area.width));
    if let Some(popup) = app.popup {
        popup::render(&mut canvas, app, popup);
    }
    pictures.end_frame();
}

fn too_small(frame: &mut Frame, app: &App) {
    let (columns, rows) = app.size;
    let text = format!(
        "This terminal has {columns} × {rows} characters.\nAt least {} × {} are needed.\nMake it larger, or press q.",
        MIN_SIZE.0, MIN_SIZE.1
    );
    frame.render_widget(
        ratatui::widgets::Paragraph::new(text)
            .style(app.theme.text)
            .wrap(ratatui::widgets::Wrap { trim: true }),
        frame.area(),
    );
}

/// Tabs at the left, what is loaded at the right.
fn header(app: &App, width: u16) -> Line<'static> {
    let theme = &app.theme;
    let mut spans = Vec::new();
    for (number, tab) in (1..).zip(Tab::ALL) {
        let label = format!(" {number} {} ", tab.title());
        let style = if tab == app.tab {
            theme.selected
        } else {
            theme.quiet
        };
        spans.push(Span::styled(label, style));
    }
    let used: usize = spans.iter().map(|span| span.content.width()).sum();
    let room = usize::from(width).saturating_sub(used + 3);
    let loaded = dataset_summary(app, room);
    let gap = usize::from(width).saturating_sub(used + loaded.width() + 1);
    spans.push(Span::raw(" ".repeat(gap)));
    spans.push(Span::styled(loaded, theme.text));
    Line::from(spans)
}

/// The data set, its faces, and the device, as much of it as there is room for.
fn dataset_summary(app: &App, room: usize) -> String {
    let Some(opened) = &app.opened else {
        return if app.is_waiting(super::action::Topic::Open) {
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
    let fitting = shorter.iter().find(|words| words.width() <= room);
    fitting.unwrap_or(&shorter[3]).clone()
}

/// Progress or a message where there is one, else what the tab says of itself.
fn status(app: &App, width: u16) -> Line<'static> {
    let theme = &app.theme;
    let room = usize::from(width).saturating_sub(2);
    let (words, style) = if let Some((tone, message)) = &app.message {
        (message.clone(), tone.style(theme))
    } else if let Some(progress) = &app.progress {
        (progress.line(app.now), theme.accent)
    } else {
        let own = match app.tab {
            Tab::Browse => browse::status(app),
            Tab::Train => train::status(app),
            Tab::Denoise => denoise::status(app),
            Tab::Search => search::status(app),
            Tab::Morph => morph::status(app),
        };
        (own, theme.quiet)
    };
    Line::from(Span::styled(
        format!(" {}", text::truncate(&words, room)),
        style,
    ))
}

/// Most rows of a message.
const MAX_MESSAGE_ROWS: usize = 5;

/// A message that one row cannot hold: where it goes, over the end of the tab,
/// and its lines. `None` when one row is enough, or a popup is open.
fn long_message(app: &App, row: Rect) -> Option<(Rect, Vec<Line<'static>>)> {
    let (tone, message) = app.message.as_ref().filter(|_| app.popup.is_none())?;
    let mut lines = text::wrap(message, usize::from(row.width).saturating_sub(2));
    if lines.len() < 2 {
        return None;
    }
    if lines.len() > MAX_MESSAGE_ROWS {
        lines.truncate(MAX_MESSAGE_ROWS - 1);
        lines.push("…".to_string());
    }
    let rows = lines.len() as u16;
    let place = Rect {
        y: row.bottom() - rows,
        height: rows,
        ..row
    };
    let style = tone.style(&app.theme);
    let lines = lines
        .into_iter()
        .map(|line| Line::styled(format!(" {line}"), style));
    Some((place, lines.collect()))
}

/// The keys of the present mode; as many as fit, help always.
fn key_hints(app: &App, width: u16) -> Line<'static> {
    let theme = &app.theme;
    let mut entries = keymap::footer(app.mode());
    let cost = |entries: &[(String, &str)]| -> usize {
        entries
            .iter()
            .map(|(keys, word)| keys.width() + 1 + word.width() + 3)
            .sum()
    };
    while cost(&entries) > usize::from(width) + 1 && entries.len() > 1 {
        let keep = entries
            .iter()
            .rposition(|(_, word)| *word != "help" && *word != "close");
        match keep {
            Some(at) => drop(entries.remove(at)),
            None => break,
        }
    }
    let mut spans = vec![Span::raw(" ")];
    for (i, (keys, word)) in entries.into_iter().enumerate() {
        if i > 0 {
            spans.push(Span::styled(" · ", theme.quiet));
        }
        spans.push(Span::styled(keys, theme.accent));
        spans.push(Span::styled(format!(" {word}"), theme.quiet));
    }
    Line::from(spans)
}
