//! Popups: the keys, and what data there is.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use crate::display::escaped;
use crate::tui::app::{App, Popup};
use crate::tui::keymap::{Binding, Mode};
use crate::tui::text;

/// Where a popup is drawn.
pub fn popup_area(app: &App, popup: Popup) -> Rect {
    let (columns, rows) = app.size;
    let width = 76.min(columns.saturating_sub(4));
    let lines = content(app, popup, width.saturating_sub(4)).len() as u16;
    let height = (lines + 2).min(rows.saturating_sub(3));
    Rect::new(
        (columns - width) / 2,
        1 + (rows.saturating_sub(3) - height) / 2,
        width,
        height,
    )
}

/// How far a popup can be scrolled.
pub fn max_scroll(app: &App, popup: Popup) -> u16 {
    let place = popup_area(app, popup);
    let lines = content(app, popup, place.width.saturating_sub(4)).len() as u16;
    lines.saturating_sub(place.height.saturating_sub(2))
}

/// Draws a popup.
pub fn render(canvas: &mut Canvas, app: &App, popup: Popup) {
    let place = popup_area(app, popup);
    canvas.clear(place);
    let style = canvas.theme.quiet;
    canvas.widget(
        place,
        ratatui::widgets::Block::bordered()
            .border_type(ratatui::widgets::BorderType::Rounded)
            .border_style(style)
            .title(Span::styled(title(app, popup), canvas.theme.strong)),
    );
    let inner = Rect::new(
        place.x + 2,
        place.y + 1,
        place.width.saturating_sub(4),
        place.height.saturating_sub(2),
    );
    let lines = content(app, popup, inner.width);
    let (Popup::Help(scroll) | Popup::Data(scroll)) = popup;
    let most = (lines.len() as u16).saturating_sub(inner.height);
    let scroll = scroll.min(most);
    canvas.lines(inner, lines.into_iter().skip(scroll.into()));
    if scroll < most {
        let more = Rect::new(place.right().saturating_sub(10), place.bottom() - 1, 8, 1);
        canvas.text(more, " more ↓ ", style);
    }
}

fn title(app: &App, popup: Popup) -> String {
    match popup {
        Popup::Help(_) => format!(" keys of {} ", app.tab.title()),
        Popup::Data(_) => " data ".to_string(),
    }
}

fn content(app: &App, popup: Popup, width: u16) -> Vec<Line<'static>> {
    match popup {
        Popup::Help(_) => help_lines(app),
        Popup::Data(_) => data_lines(app, width.into()),
    }
}

fn help_lines(app: &App) -> Vec<Line<'static>> {
    let mode = Mode::Tab(app.tab);
    let mut lines: Vec<Line> = mode
        .bindings()
        .iter()
        .map(|binding| binding_line(app, binding))
        .collect();
    lines.push(Line::default());
    lines.push(Line::styled("on every tab", app.theme.strong));
    lines.extend(
        mode.shared_bindings()
            .iter()
            .map(|binding| binding_line(app, binding)),
    );
    lines
}

fn binding_line(app: &App, binding: &Binding) -> Line<'static> {
    let keys = binding
        .keys
        .iter()
        .map(|key| key.label())
        .collect::<Vec<_>>()
        .join(" ");
    let pad = 14usize.saturating_sub(keys.width());
    Line::from(vec![
        Span::styled(format!("{}{keys}  ", " ".repeat(pad)), app.theme.accent),
        Span::styled(binding.help, app.theme.text),
    ])
}

fn data_lines(app: &App, width: usize) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let mut lines = Vec::new();
    if let Some(opened) = &app.opened {
        let dataset = &opened.dataset;
        lines.push(Line::styled(dataset.title.clone(), theme.strong));
        lines.push(Line::styled(
            format!(
                "{} of {}",
                text::pluralize(dataset.pictures.len(), "face"),
                if dataset.people.len() == 1 {
                    "1 person".to_string()
                } else {
                    format!("{} people", text::with_thousands(dataset.people.len()))
                }
            ),
            theme.text,
        ));
        lines.push(Line::styled(
            text::truncate(&escaped(&dataset.root.to_string_lossy()), width),
            theme.quiet,
        ));
        lines.push(Line::default());
        if dataset.is_sample {
            lines.push(Line::styled(
                "These faces are drawn by the program, so that everything can be tried",
                theme.text,
            ));
            lines.push(Line::styled(
                "at once. For the real Labeled Faces in the Wild, quit and run one of",
                theme.text,
            ));
        } else {
            lines.push(Line::styled(
                "For another data set, quit and run one of",
                theme.text,
            ));
        }
        lines.push(Line::default());
    }
    for (command, what) in [
        ("lfw-tui fetch", "download LFW (about 110 MB) and open it"),
        (
            "lfw-tui import PATH",
            "an archive or a folder that you have",
        ),
        ("lfw-tui --data sample", "the drawn faces"),
    ] {
        lines.push(Line::from(vec![
            Span::styled(format!("  {command:<24}"), theme.accent),
            Span::styled(what, theme.text),
        ]));
    }
    lines.push(Line::default());
    lines.push(Line::styled(
        "Any folder works that has one folder of pictures a person: Name/*.jpg",
        theme.quiet,
    ));
    lines
}
