//! What the compared runs were asked to do differently, as a table.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::State;
use crate::runs::RunSummary;
use crate::tui::text;
use crate::tui::views::canvas::Canvas;

/// Settings in which the runs are not all alike, each with the runs' values.
fn differences<'a>(runs: &[&'a RunSummary]) -> Vec<(&'a str, Vec<&'a str>)> {
    let Some((first, others)) = runs.split_first() else {
        return Vec::new();
    };
    let value = |run: &&'a RunSummary, name: &str| -> &'a str {
        run.settings.get(name).map_or("–", String::as_str)
    };
    let names = first.settings.keys().chain(
        others
            .iter()
            .flat_map(|run| run.settings.keys())
            .filter(|name| !first.settings.contains_key(*name)),
    );
    let mut table: Vec<(&str, Vec<&str>)> = Vec::new();
    for name in names {
        let values: Vec<&str> = runs.iter().map(|run| value(run, name)).collect();
        let differ = values.iter().any(|one| *one != values[0]);
        if differ && table.iter().all(|(known, _)| known != name) {
            table.push((name, values));
        }
    }
    table
}

/// Draws the table in the chart's place.
pub fn draw(canvas: &mut Canvas, area: Rect, train: &State) {
    let theme = canvas.theme;
    let runs: Vec<&RunSummary> = train
        .runs
        .iter()
        .filter(|run| Some(&run.id) == train.chosen.as_ref() || train.compared.contains(&run.id))
        .collect();
    if runs.len() < 2 {
        let words = "one run differs from none: space takes others into the comparison";
        return canvas.words(area, words, theme.quiet);
    }
    let table = differences(&runs);
    if table.is_empty() {
        return canvas.words(area, "they were asked to do the same", theme.quiet);
    }
    let names = table
        .iter()
        .map(|(name, _)| name.width())
        .max()
        .unwrap_or(0)
        + 2;
    let columns = usize::from(area.width).saturating_sub(names) / runs.len();
    let cell = |words: &str| {
        let words = text::cut(words, columns.saturating_sub(2).max(1));
        let gap = columns.saturating_sub(words.width());
        words.to_string() + &" ".repeat(gap)
    };
    let mut head = vec![Span::raw(" ".repeat(names))];
    head.extend(
        runs.iter()
            .map(|run| Span::styled(cell(&run.name), theme.strong)),
    );
    let rows = table.iter().map(|(name, values)| {
        let mut row = vec![Span::styled(format!("{name:<names$}"), theme.quiet)];
        row.extend(
            values
                .iter()
                .map(|value| Span::styled(cell(value), theme.text)),
        );
        Line::from(row)
    });
    canvas.lines(area, std::iter::once(Line::from(head)).chain(rows));
}
