//! The settings in which the compared runs differ, as a table.

use std::collections::{BTreeMap, BTreeSet};

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::action::TrainAction;
use super::keys;
use super::state::TrainTab;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// A run's settings, by their names in `run.toml`.
type Settings = BTreeMap<String, String>;

/// The settings that are not equal in all runs, each with the runs' values.
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

/// Draws the table.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, tab: &TrainTab, context: &Context) {
    let theme = canvas.theme;
    let runs = tab.charted_runs();
    if runs.len() < 2 {
        let key = context.key(keys::MAIN, Action::Train(TrainAction::ToggleCompared));
        let advice = format!("{key} on another run compares it");
        return canvas.text(area, advice, theme.quiet);
    }
    let settings: Vec<&Settings> = runs.iter().map(|(_, curves)| &*curves.settings).collect();
    let table = differences(&settings);
    if table.is_empty() {
        return canvas.text(area, "all settings are equal", theme.quiet);
    }
    let names = table
        .iter()
        .map(|(name, _)| name.width())
        .max()
        .unwrap_or(0)
        + 2;
    let columns = usize::from(area.width).saturating_sub(names) / runs.len();
    let cell = |value: &str| {
        let value = text::truncate(value, columns.saturating_sub(2).max(1));
        let gap = columns.saturating_sub(value.width());
        value + &" ".repeat(gap)
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
    fn only_what_differs_is_listed_and_a_missing_value_is_a_dash() {
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
