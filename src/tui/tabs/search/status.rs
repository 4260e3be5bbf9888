//! Search's lines of text: what is compared how, and how well.

use super::action::SearchAction;
use super::keys;
use super::results::ShownResults;
use super::state::SearchTab;
use crate::engine::{Approximate, SearchRow};
use crate::search::{CodeForm, IndexKind, Metric};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::text;

/// `descriptor, PCA-128 · whitened cosine · 13,232 codes exactly in 0.42 ms`.
pub(super) fn status(tab: &SearchTab, context: &Context) -> String {
    let Some(shown) = &tab.results else {
        return String::new();
    };
    if let Some((walk, dataset)) = tab.walk.as_ref().zip(context.dataset()) {
        return walk.status(dataset);
    }
    let rows: Vec<&SearchRow> = shown.found.rows.iter().map(AsRef::as_ref).collect();
    let labels: Vec<&str> = rows.iter().map(|row| row.label.as_str()).collect();
    let Some(row) = tab.cursor_row() else {
        return String::new();
    };
    let mut parts = match labels.as_slice() {
        [label] => vec![(*label).to_string(), measure_name(tab, row), timing(row)],
        labels => vec![
            format!("{} encoders", labels.len()),
            measure_name(tab, row),
            format!("{}: {}", row.label, timing(row)),
        ],
    };
    if row.copies > 0 {
        let key = context.key(keys::MAIN, Action::Search(SearchAction::ToggleCopies));
        parts.push(format!(
            "{} left out ({key})",
            match row.copies {
                1 => "1 copy".to_string(),
                copies => format!("{copies} copies"),
            }
        ));
    }
    parts.extend(waiting(shown, tab, context));
    if let Some((model, problem)) = shown.found.failed.first() {
        let info = context.models.iter().find(|info| info.reference == *model);
        let label = info.map_or("an encoder", |info| info.label.as_str());
        // What went wrong matters more than what went right.
        parts.insert(0, format!("{label}: {problem}"));
    }
    parts.join(" · ")
}

/// `whitened cosine`, or `cosine of whitened codes` where the model whitens them itself.
pub(super) fn measure_name(tab: &SearchTab, row: &SearchRow) -> String {
    let metric = match tab.options.measure.metric {
        Metric::L2 => "Euclidean",
        Metric::Cosine => "cosine",
    };
    match &row.form {
        CodeForm::Plain => format!("plain {metric}"),
        CodeForm::Whitened => format!("whitened {metric}"),
        CodeForm::White => format!("{metric} of whitened codes"),
        CodeForm::CannotWhiten(_) => format!("plain {metric} (cannot be whitened)"),
    }
}

fn timing(row: &SearchRow) -> String {
    let codes = text::pluralize(row.candidates, "code");
    match (&row.approximate, row.index) {
        (Some(found), kind) => {
            let name = match kind {
                IndexKind::Auto | IndexKind::Brute => "exact search",
                IndexKind::Lsh => "hashing",
                IndexKind::Hnsw => "graph",
            };
            // The most important first: a narrow screen cuts the rest.
            let mut line = format!(
                "{name} {:.2} ms, recall {:.0} %",
                row.milliseconds,
                100.0 * found.recall
            );
            if found.of > 0 {
                let Approximate {
                    found,
                    of,
                    exact_ms,
                    ..
                } = found;
                line += &format!(", exact {exact_ms:.2} ms, {found} of {of} found");
            }
            let compared = text::with_thousands(found.compared);
            line + &format!(", compares {compared} of {codes}")
        }
        (None, _) => {
            let coming = match row.building {
                Some(IndexKind::Lsh) => ", hash tables are being built",
                Some(_) => ", the graph is being built",
                None => "",
            };
            format!("{codes} exactly in {:.2} ms{coming}", row.milliseconds)
        }
    }
}

/// What is still to come.
fn waiting(shown: &ShownResults, tab: &SearchTab, context: &Context) -> Option<String> {
    if shown.found.is_meanwhile {
        let wanted = tab.encoders(context);
        let best = wanted.first()?;
        return Some(format!("until {} is ready", best.label));
    }
    match shown.found.pending {
        0 => None,
        1 => Some("1 encoder to come".to_string()),
        count => Some(format!("{count} encoders to come")),
    }
}
