//! The lines above and below the neighbours: what is searched, what is typed, the trail.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::layout::SearchLayout;
use super::names::query_name;
use super::state::SearchTab;
use super::status::measure_name;
use crate::dataset::Dataset;
use crate::tui::context::Context;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// The fewest columns of the query's name.
const LEAST_NAME: usize = 8;
/// What the prompts ask for.
const PROMPT: &str = "picture file: ";
const FILTER_PROMPT: &str = "only (name, +smiling, -smiling, @devtest): ";
const TERM_PROMPT: &str = "add (smiling, -smiling, a face): ";

/// `nearest to George W Bush 17 · PCA-128 · whitened cosine · 1–12 of 13,232`, or the path
/// being typed.
pub(super) fn draw(
    canvas: &mut Canvas,
    layout: &SearchLayout,
    tab: &SearchTab,
    context: &Context,
    dataset: &Dataset,
) {
    let theme = canvas.theme;
    let area = layout.heading;
    if tab.path.is_open() {
        let room = usize::from(area.width).saturating_sub(PROMPT.len());
        return canvas.line(
            area,
            Line::from(vec![
                Span::styled(PROMPT, theme.quiet),
                Span::styled(tab.path.display_line(room), theme.accent),
            ]),
        );
    }
    for (input, label) in [
        (&tab.filter_input, FILTER_PROMPT),
        (&tab.term_input, TERM_PROMPT),
    ] {
        if input.is_open() {
            return canvas.line(area, input.line(theme, label, area.width.into()));
        }
    }
    let query = tab.query(context);
    let name = query.map_or("…".to_string(), |query| query_name(dataset, &query));
    let mut facts = String::new();
    if let Some(row) = tab.cursor_row() {
        let page = layout.cells.page();
        let first = tab.cursor.rank / page * page;
        let last = (first + page).min(row.hits.len());
        if !layout.has_headings {
            facts += &format!(" · {} · {}", row.label, measure_name(tab, row));
        }
        if !tab.filter.is_empty() {
            facts += &format!(" · only {}", tab.filter_input.text().trim());
        }
        facts += &format!(
            " · {}–{} of {}",
            text::with_thousands(first + usize::from(last > 0)),
            text::with_thousands(last),
            text::with_thousands(row.candidates)
        );
    }
    let label = "nearest to ";
    let room = usize::from(area.width).saturating_sub(label.width());
    let name = text::truncate(&name, room.saturating_sub(facts.width()).max(LEAST_NAME));
    let facts = text::truncate(&facts, room.saturating_sub(name.width()));
    canvas.line(
        area,
        Line::from(vec![
            Span::styled(label, theme.quiet),
            Span::styled(name, theme.accent),
            Span::styled(facts, theme.quiet),
        ]),
    );
}

/// `trail  George W Bush 17 › Tom Ridge 3 › here`, the latest queries if there is
/// no room for all; while a path is typed, what it can be completed to.
pub(super) fn draw_history(canvas: &mut Canvas, area: Rect, tab: &SearchTab, dataset: &Dataset) {
    let theme = canvas.theme;
    for input in [&tab.filter_input, &tab.term_input] {
        if input.is_open() {
            return canvas.line(area, input.candidates_line(theme, area.width.into()));
        }
    }
    if let Some(candidates) = tab.path.candidates_line(theme, area.width.into()) {
        return canvas.line(area, candidates);
    }
    if tab.history.is_empty() {
        return;
    }
    let mut trail = "here".to_string();
    for query in tab.history.iter().rev() {
        let longer = format!("{} › {trail}", query_name(dataset, query));
        if longer.width() + 9 > usize::from(area.width) {
            trail = format!("… › {trail}");
            break;
        }
        trail = longer;
    }
    canvas.line(
        area,
        Line::from(vec![
            Span::styled("trail  ", theme.quiet),
            Span::styled(trail, theme.text),
        ]),
    );
}
