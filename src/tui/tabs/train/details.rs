//! The selected run's network and settings, where a large terminal has room for them.

use std::collections::BTreeMap;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::state::TrainTab;
use crate::models::outline::Outline;
use crate::models::{ModelSpec, outline};
use crate::number_format;
use crate::tui::areas::without_top;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::network;

/// Rows of the network.
const NETWORK_ROWS: u16 = 8;
/// Rows of settings that the network leaves, at least.
const MIN_SETTINGS_ROWS: u16 = 8;

/// Draws them, a heading first.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, tab: &TrainTab) {
    let theme = canvas.theme;
    let Some((run, curves)) = tab.selected_run().zip(tab.selected_curves()) else {
        return;
    };
    let width = usize::from(area.width);
    let name = text::truncate(&run.name, width.saturating_sub(12));
    let heading = Line::from(vec![
        Span::styled("settings of ", theme.quiet),
        Span::styled(name, theme.text),
    ]);
    canvas.line(area, heading);
    let mut below = without_top(area, 1);
    let network = outline_of(&curves.settings);
    if let Some(outline) = network.filter(|one| fits(one, below)) {
        let place = Rect {
            height: NETWORK_ROWS,
            ..below
        };
        network::draw(canvas, place, &outline);
        if let Some(weights) = outline.weights {
            let words = format!("{} weights", number_format::count(weights as u64));
            canvas.text(without_top(below, NETWORK_ROWS), words, theme.quiet);
        }
        below = without_top(below, NETWORK_ROWS + 2);
    }
    canvas.lines(
        below,
        rows(&curves.settings, width).into_iter().map(|row| {
            let (name, value) = row;
            Line::from(vec![
                Span::styled(name, theme.quiet),
                Span::styled(value, theme.text),
            ])
        }),
    );
}

fn fits(outline: &Outline, area: Rect) -> bool {
    network::columns(outline) <= area.width && area.height >= NETWORK_ROWS + 2 + MIN_SETTINGS_ROWS
}

/// The network that the settings describe, if this version knows it.
fn outline_of(settings: &BTreeMap<String, String>) -> Option<Outline> {
    let value = |text: &String| {
        let number = text.parse::<i64>().map(toml::Value::Integer).ok();
        let number = number.or_else(|| text.parse::<f64>().map(toml::Value::Float).ok());
        number.unwrap_or_else(|| toml::Value::String(text.clone()))
    };
    let model = settings.iter().filter_map(|(name, text)| {
        let name = name.strip_prefix("model.")?;
        Some((name.to_string(), value(text)))
    });
    let spec: ModelSpec = model.collect::<toml::Table>().try_into().ok()?;
    outline(&spec).ok()
}

/// Names and values: those of the run itself first, then those of its parts.
fn rows(settings: &BTreeMap<String, String>, width: usize) -> Vec<(String, String)> {
    let (parts, whole): (Vec<_>, Vec<_>) =
        settings.iter().partition(|(name, _)| name.contains('.'));
    let names = settings.keys().map(|name| name.width()).max().unwrap_or(0) + 2;
    let row = |(name, value): (&String, &String)| {
        let value = text::truncate(value, width.saturating_sub(names));
        (format!("{name:<names$}"), value)
    };
    whole.into_iter().chain(parts).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::outline::Stage;

    #[test]
    fn the_network_is_read_from_the_settings() {
        let pairs = [
            ("batch_size", "64"),
            ("epochs", "20"),
            ("model.kind", "face"),
            ("model.size", "32"),
            ("model.code_size", "64"),
            ("model.activation", "elu"),
            ("model.observation_noise", "0.14"),
        ];
        let mut settings: BTreeMap<String, String> = pairs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        let outline = outline_of(&settings).unwrap();
        assert!(outline.stages.contains(&Stage::Code(64)));
        settings.insert("model.kind".to_string(), "of-tomorrow".to_string());
        assert_eq!(outline_of(&settings), None);
        settings.insert("data.crop".to_string(), "lfw".to_string());
        let rows = rows(&settings, 40);
        assert_eq!(rows[0].0.trim_end(), "batch_size");
        assert_eq!(rows[1].0.trim_end(), "epochs");
        assert_eq!(rows[2].0.trim_end(), "data.crop");
    }
}
