//! What the popup of data sets looks like:
//!
//! ```text
//! ╭ data sets ────────────────────────────────────────────────────────╮
//! │   data set                      people   pictures        size     │
//! │   lfw-deepfunneled               5,749     13,233      130 MB     │
//! │ ▸ built-in sample                   40        400     9.2 MB open │
//! │                                                                   │
//! │ the selected one, or a question                                   │
//! │                                                                   │
//! │ importing people.zip  reading people.zip                          │
//! │ ███████▌             32.1 MB of 78.3 MB · 35.1 MB/s · 2 s left    │
//! ╰───────────────────────────────────────────────────────────────────╯
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::action::DataAction;
use super::keys;
use super::progress::ImportProgress;
use super::state::{CropQuestion, DataSets, crops};
use crate::display::{escaped, padded};
use crate::number_format;
use crate::runs::data_sets::{StoredDataset, removal_consequences};
use crate::tui::action::Action;
use crate::tui::areas::{popup_area, row_of};
use crate::tui::context::Context;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;

/// The widest popup.
const MAX_WIDTH: u16 = 100;

/// Rows for the selected data set, a question or a notice.
const DETAIL_ROWS: u16 = 7;

/// Rows for what is being imported or removed.
const JOB_ROWS: u16 = 2;

/// The fewest and the most data sets that are in view.
const LEAST_LISTED: u16 = 3;
const MOST_LISTED: u16 = 16;

/// Columns of the counts and the mark behind a title.
const FIGURE_COLUMNS: usize = 11 + 11 + 12 + 6;

const PROMPT: &str = "archive or folder: ";

/// Where it is drawn.
pub(crate) fn area(sets: &DataSets, size: (u16, u16)) -> Rect {
    let listed = (sets.listed().len() as u16).clamp(LEAST_LISTED, MOST_LISTED);
    let rows = 2 + 1 + listed + 1 + DETAIL_ROWS + 1 + JOB_ROWS;
    popup_area(size, MAX_WIDTH, rows)
}

/// Draws it.
pub(crate) fn render(canvas: &mut Canvas, context: &Context, sets: &DataSets) {
    let area = area(sets, context.size);
    let inside = canvas.popup_frame(area, "data sets");
    let jobs = JOB_ROWS.min(inside.height);
    let above = inside.height - jobs;
    // The list keeps a few rows where all cannot have theirs.
    let list = (above.saturating_sub(1 + DETAIL_ROWS + 1)).max((1 + LEAST_LISTED).min(above));
    let part = |top: u16, height: u16| Rect {
        y: inside.y + top,
        height,
        ..inside
    };
    draw_list(canvas, part(0, list), context, sets);
    let details = above.saturating_sub(list + 1);
    draw_details(canvas, part(list + 1, details), context, sets);
    draw_jobs(canvas, part(above, jobs), context, sets);
}

fn draw_list(canvas: &mut Canvas, area: Rect, context: &Context, sets: &DataSets) {
    let theme = canvas.theme;
    let titles = usize::from(area.width).saturating_sub(FIGURE_COLUMNS + 2);
    let heading = format!(
        "  {}{:>11}{:>11}{:>12}",
        padded("data set", titles),
        "people",
        "pictures",
        "size"
    );
    let mut lines = vec![Line::styled(heading, theme.quiet)];
    let Some(all) = &sets.all else {
        lines.push(Line::styled("  listing the data sets …", theme.quiet));
        return canvas.lines(area, lines);
    };
    let rows = usize::from(area.height.saturating_sub(1));
    let first = (sets.selected_index() + 1).saturating_sub(rows);
    let same_title = |one: &StoredDataset| {
        let titled = all
            .iter()
            .filter(|two| two.summary.title == one.summary.title);
        titled.count() > 1
    };
    for (index, one) in all.iter().enumerate().skip(first).take(rows) {
        let is_selected = index == sets.selected_index();
        let name = if same_title(one) {
            &one.summary.id
        } else {
            &one.summary.title
        };
        let place = row_of(area, lines.len() as u16);
        canvas.zone(place, Use::Click(Action::Click(Target::DataSet(index))));
        lines.push(row(theme, context, one, name, titles, is_selected));
    }
    canvas.lines(area, lines);
}

fn row(
    theme: &Theme,
    context: &Context,
    one: &StoredDataset,
    name: &str,
    titles: usize,
    is_selected: bool,
) -> Line<'static> {
    let count = |number: usize| number_format::count(number as u64);
    let bytes = match one.bytes {
        Some(0) => "not drawn".to_string(),
        Some(bytes) => number_format::bytes(bytes),
        None => "…".to_string(),
    };
    let is_open = context
        .dataset()
        .is_some_and(|dataset| dataset.id == one.summary.id);
    let style = if is_selected {
        theme.selected
    } else {
        theme.text
    };
    let figures = format!(
        "{:>11}{:>11}{bytes:>12}",
        count(one.summary.people),
        count(one.summary.pictures)
    );
    let name = text::truncate(name, titles);
    Line::from(vec![
        Span::styled(format!("  {}", padded(&name, titles)), style),
        Span::styled(figures, theme.text),
        Span::styled(if is_open { "  open" } else { "" }, theme.good),
    ])
}

/// The path or the question that has the focus, else the notice, else what is known of the selected
/// data set.
fn draw_details(canvas: &mut Canvas, area: Rect, context: &Context, sets: &DataSets) {
    let theme = canvas.theme;
    let width = usize::from(area.width);
    let wrapped = |text: &str, style: Style| {
        let lines = text::wrap(text, width).into_iter();
        lines
            .map(|line| Line::styled(line, style))
            .collect::<Vec<_>>()
    };
    let mut lines = Vec::new();
    let row = |lines: usize| row_of(area, lines as u16);
    if sets.path.is_open() {
        let room = width.saturating_sub(PROMPT.len());
        lines.push(Line::from(vec![
            Span::styled(PROMPT, theme.quiet),
            Span::styled(sets.path.display_line(room), theme.accent),
        ]));
    }
    if let Some((kind, notice)) = &sets.notice {
        lines.extend(wrapped(notice, kind.style(theme)));
    } else if let Some(candidates) = sets.path.candidates_text() {
        lines.extend(wrapped(&candidates, theme.quiet));
    } else if sets.path.is_open() {
        let hint = "a .tgz, .tar or .zip, or a folder with one folder of pictures per person: \
                    Name/*.jpg. The pictures are copied; the source is not changed.";
        lines.extend(wrapped(hint, theme.quiet));
    } else if let Some(question) = &sets.crop {
        let above = lines.len() + CROP_HEADING;
        for choice in 0..crops().len() {
            let click = Use::Click(Action::Click(Target::Crop(choice)));
            canvas.zone(row(above + choice).intersection(area), click);
        }
        lines.extend(crop_lines(theme, question, width));
    } else if let Some(stored) = &sets.confirming {
        let question = format!("Remove {}?", stored.summary.title);
        lines.push(Line::styled(question, theme.strong));
        for text in removal_consequences(stored) {
            lines.extend(wrapped(&text, theme.text));
        }
        let key = |action| context.key(keys::CONFIRM_REMOVAL, action);
        let remove = key(Action::Data(DataAction::Confirm));
        let words = format!("{remove} removes it, {} keeps it", key(Action::Back));
        lines.push(Line::styled(words, theme.accent));
    } else if let Some(stored) = sets.selected() {
        lines.extend(facts(theme, stored, width));
        if context.opened.is_none() {
            lines.push(Line::styled("no data set is open", theme.warning));
        }
    }
    canvas.lines(area, lines);
}

/// Lines above the crops to choose from.
const CROP_HEADING: usize = 2;

fn crop_lines(theme: &Theme, question: &CropQuestion, width: usize) -> Vec<Line<'static>> {
    let path = escaped(&question.path.to_string_lossy()).into_owned();
    let label = "import ";
    let room = width.saturating_sub(label.width());
    let mut lines = vec![Line::from(vec![
        Span::styled(label, theme.quiet),
        Span::styled(text::truncate(&path, room), theme.strong),
    ])];
    lines.push(Line::styled("crop of its pictures:", theme.quiet));
    for (index, (crop, explanation)) in crops().into_iter().enumerate() {
        let name = crop.map_or("auto".to_string(), |crop| crop.to_string());
        let style = if index == question.choice {
            theme.selected
        } else {
            theme.text
        };
        lines.push(Line::from(vec![
            Span::styled(format!(" {name:<6}"), style),
            Span::styled(format!(" {explanation}"), theme.quiet),
        ]));
    }
    lines
}

fn facts(theme: &Theme, stored: &StoredDataset, width: usize) -> Vec<Line<'static>> {
    let summary = &stored.summary;
    let mut facts = Vec::new();
    if summary.is_sample {
        let text = "faces drawn by the program, so that everything works at once";
        facts.push(("what", text.to_string()));
    } else {
        facts.push(("id", summary.id.clone()));
    }
    if let Some(source) = stored.sources.last() {
        facts.push(("from", source.clone()));
    }
    facts.push(("in", summary.root.display().to_string()));
    facts.push(("crop", summary.crop.describe()));
    let runs = match stored.runs.len() {
        0 => "none yet".to_string(),
        _ => stored.runs.join(", "),
    };
    facts.push(("runs", runs));
    let line = |(label, value): (&str, String)| {
        let value = escaped(&value).into_owned();
        Line::from(vec![
            Span::styled(format!("{label:>5}  "), theme.quiet),
            Span::styled(text::truncate(&value, width.saturating_sub(7)), theme.text),
        ])
    };
    facts.into_iter().map(line).collect()
}

/// What is being imported, else removed.
fn draw_jobs(canvas: &mut Canvas, area: Rect, context: &Context, sets: &DataSets) {
    let theme = canvas.theme;
    let Some(import) = &sets.import else {
        if let Some(title) = &sets.removing {
            canvas.text(area, format!("removing {title} …"), theme.accent);
        }
        return;
    };
    let stage = import
        .progress
        .as_ref()
        .map_or("starting", |progress| progress.stage());
    let name = text::truncate(&import.name, usize::from(area.width / 3));
    let first = Line::from(vec![
        Span::styled(format!("import of {name}  "), theme.strong),
        Span::styled(stage.to_string(), theme.quiet),
    ]);
    let width = usize::from(area.width);
    let figures = import
        .progress
        .as_ref()
        .map_or(String::new(), |progress| progress.figures(context.now));
    let share = import.progress.as_ref().and_then(ImportProgress::share);
    let bar_width = width.saturating_sub(figures.width() + 2).min(30);
    let bar = share.map_or(String::new(), |share| text::bar(share, bar_width));
    let second = Line::from(vec![
        Span::styled(padded(&bar, bar_width) + "  ", theme.accent),
        Span::styled(figures, theme.text),
    ]);
    canvas.lines(area, [first, second]);
}
