//! Popups over a tab: the list of keys, and the description of the data set.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};
use unicode_width::UnicodeWidthStr;

use super::action::Action;
use super::context::Context;
use super::keymap::{Binding, Keymap};
use super::text;
use super::theme::Theme;
use super::widgets::canvas::Canvas;
use crate::dataset::Dataset;
use crate::display::escaped;

/// What a popup shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PopupKind {
    /// The keys of the tab in view.
    Help,
    /// The data set, and how to get another.
    Dataset,
}

/// An open popup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Popup {
    /// What it shows.
    pub kind: PopupKind,
    /// Lines that are scrolled out of view at the top.
    pub scroll: u16,
}

impl Popup {
    /// Scrolled to its top.
    pub(crate) fn new(kind: PopupKind) -> Self {
        Self { kind, scroll: 0 }
    }

    /// Where it is drawn. `keys` are those of the tab in view.
    pub(crate) fn area(self, context: &Context, keys: &Keymap<Action>) -> Rect {
        let (columns, rows) = context.size;
        let width = 76.min(columns.saturating_sub(4));
        let lines = self.lines(context, keys, width.saturating_sub(4)).len() as u16;
        let height = (lines + 2).min(rows.saturating_sub(3));
        Rect::new(
            (columns - width) / 2,
            1 + (rows.saturating_sub(3) - height) / 2,
            width,
            height,
        )
    }

    /// How far it can be scrolled.
    pub(crate) fn max_scroll(self, context: &Context, keys: &Keymap<Action>) -> u16 {
        let inside = inside(self.area(context, keys));
        let lines = self.lines(context, keys, inside.width).len() as u16;
        lines.saturating_sub(inside.height)
    }

    /// Draws it.
    pub(crate) fn render(self, canvas: &mut Canvas, context: &Context, keys: &Keymap<Action>) {
        let area = self.area(context, keys);
        let theme = canvas.theme;
        canvas.clear(area);
        canvas.widget(
            area,
            Block::bordered()
                .border_type(BorderType::Rounded)
                .border_style(theme.quiet)
                .title(Span::styled(self.title(context), theme.strong)),
        );
        let inside = inside(area);
        let lines = self.lines(context, keys, inside.width);
        let max_scroll = (lines.len() as u16).saturating_sub(inside.height);
        let scroll = self.scroll.min(max_scroll);
        canvas.lines(inside, lines.into_iter().skip(scroll.into()));
        if scroll < max_scroll {
            let more = Rect::new(area.right().saturating_sub(10), area.bottom() - 1, 8, 1);
            canvas.text(more, " more ↓ ", theme.quiet);
        }
    }

    fn title(self, context: &Context) -> String {
        match self.kind {
            PopupKind::Help => format!(" {} keys ", context.tab.title()),
            PopupKind::Dataset => " data set ".to_string(),
        }
    }

    fn lines(self, context: &Context, keys: &Keymap<Action>, width: u16) -> Vec<Line<'static>> {
        match self.kind {
            PopupKind::Help => help_lines(&context.theme, keys),
            PopupKind::Dataset => dataset_lines(context, width.into()),
        }
    }
}

/// The area inside a popup's border and its margins.
fn inside(area: Rect) -> Rect {
    Rect::new(
        area.x + 2,
        area.y + 1,
        area.width.saturating_sub(4),
        area.height.saturating_sub(2),
    )
}

fn help_lines(theme: &Theme, keys: &Keymap<Action>) -> Vec<Line<'static>> {
    let line = |binding| binding_line(theme, binding);
    let mut lines: Vec<Line> = keys.own().map(line).collect();
    lines.push(Line::default());
    lines.push(Line::styled("on every tab", theme.strong));
    lines.extend(keys.shared.iter().map(line));
    lines
}

fn binding_line(theme: &Theme, binding: &Binding<Action>) -> Line<'static> {
    let labels: Vec<String> = binding.keys.iter().map(|key| key.label()).collect();
    let keys = labels.join(" ");
    let pad = 14usize.saturating_sub(keys.width());
    Line::from(vec![
        Span::styled(format!("{}{keys}  ", " ".repeat(pad)), theme.accent),
        Span::styled(binding.help, theme.text),
    ])
}

fn dataset_lines(context: &Context, width: usize) -> Vec<Line<'static>> {
    let theme = &context.theme;
    let mut lines = Vec::new();
    if let Some(dataset) = context.dataset() {
        lines.extend(description(theme, dataset, width));
    }
    for (command, effect) in [
        ("lfw-tui fetch", "download LFW (about 110 MB) and open it"),
        (
            "lfw-tui import PATH",
            "import an archive or a folder of your own",
        ),
        ("lfw-tui --data sample", "open the drawn sample faces"),
    ] {
        lines.push(Line::from(vec![
            Span::styled(format!("  {command:<24}"), theme.accent),
            Span::styled(effect, theme.text),
        ]));
    }
    lines.push(Line::default());
    lines.push(Line::styled(
        "A folder must hold one folder of pictures per person: Name/*.jpg",
        theme.quiet,
    ));
    lines
}

/// What is loaded, and a sentence that leads to the commands.
fn description(theme: &Theme, dataset: &Dataset, width: usize) -> Vec<Line<'static>> {
    let people = match dataset.people.len() {
        1 => "1 person".to_string(),
        count => format!("{} people", text::with_thousands(count)),
    };
    let faces = text::pluralize(dataset.pictures.len(), "face");
    let root = escaped(&dataset.root.to_string_lossy()).into_owned();
    let introduction: &[&str] = if dataset.is_sample {
        &[
            "These faces are drawn by the program, so that you can try everything",
            "at once. For the real Labeled Faces in the Wild, quit and run one of",
        ]
    } else {
        &["For another data set, quit and run one of"]
    };
    let mut lines = vec![
        Line::styled(dataset.title.clone(), theme.strong),
        Line::styled(format!("{faces} of {people}"), theme.text),
        Line::styled(text::truncate(&root, width), theme.quiet),
        Line::default(),
    ];
    lines.extend(
        introduction
            .iter()
            .map(|line| Line::styled(*line, theme.text)),
    );
    lines.push(Line::default());
    lines
}
