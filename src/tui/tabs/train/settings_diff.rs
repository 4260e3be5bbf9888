//! What the compared runs were asked to do differently, as a table.

use std::collections::{BTreeMap, BTreeSet};

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::TrainTab;
use crate::tui::text;
use crate::tui::views::canvas::Canvas;

/// What runs were asked to do, by the names of `run.toml`.
type Settings = BTreeMap<String, String>;

/// Settings in which the runs are not all alike, each with the runs' values.
fn differences<'a>(runs: &[&'a Settings]) -> Vec<(&'a str, Vec<&'a str>)> {
    let names: BTreeSet<&String> = runs.iter().flat_map(|settings| settings.keys()).collect();
    names
        .into_iter()
        .map(|name| {
            let value = |settings: &&'a Settings| settings.get(name).map_or("–", String::as_str);
            (name.as_str(), runs.iter().map(value).collect::<Vec<_>>())
        })
        .filter(|(_, values)| values.windows(2).any(|pair| pair[0] != pair[1]))
        .collect()
}

/// Draws the table in the chart's place.
pub fn draw(canvas: &mut Canvas, area: Rect, train: &TrainTab) {
    let theme = canvas.theme;
    let runs = train.charted_runs();
    if runs.len() < 2 {
        let words = "one run differs from none: space takes others into the comparison";
        return canvas.text(area, words, theme.quiet);
    }
    let settings: Vec<&Settings> = runs.iter().map(|(_, curves)| &*curves.settings).collect();
    let table = differences(&settings);
    if table.is_empty() {
        return canvas.text(area, "they were asked to do the same", theme.quiet);
    }
    let names = table
        .iter()
        .map(|(name, _)| name.width())
        .max()
        .unwrap_or(0)
        + 2;
    let columns = usize::from(area.width).saturating_sub(names) / runs.len();
    let cell = |words: &str| {
        let words = text::truncate(words, columns.saturating_sub(2).max(1));
        let gap = columns.saturating_sub(words.width());
        words.clone() + &" ".repeat(gap)
    };
    let mut head = vec![Span::raw(" ".repeat(names))];
    head.extend(
        runs.iter()
            .map(|(run, _)| Span::styled(cell(&run.name), theme.strong)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told_and_what_one_lacks_is_a_dash() {
        let settings = |pairs: &[(&str, &str)]| -> Settings {
            let pairs = pairs.iter().map(|(a, b)| (a.to_string(), b.to_string()));
            pairs.collect()
        };
        let a = settings(&[("epochs", "3"), ("noise", "none")]);
        let b = settings(&[("epochs", "3"), ("noise", "gaussian:0.1"), ("seed", "7")]);
        let table = differences(&[&a, &b]);
        let expected = [
            ("noise", vec!["none", "gaussian:0.1"]),
            ("seed", vec!["–", "7"]),
        ];
        assert_eq!(table, expected);
    }
}
