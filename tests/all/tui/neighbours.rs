//! What the fake engine answers to a search.

use std::sync::Arc;

use lfw_tui::engine::{Histogram, ModelRef, PictureRef, SearchParams, SearchResults, SearchRow};
use lfw_tui::search::{CodeForm, Hit};

use super::stage::{PEOPLE, label, plain};

/// All pictures but the query's in an order of each encoder's own.
pub fn of(params: &SearchParams) -> SearchResults {
    let own = |row: usize| params.query.pictures.contains(&PictureRef::Index(row));
    let row = |(place, encoder): (usize, &ModelRef)| {
        let count = PEOPLE.iter().map(|(_, count)| count).sum::<usize>();
        let order = (0..count).map(|at| (at + 16 + 3 * place) % count);
        let hits: Vec<Hit> = order
            .filter(|row| !own(*row))
            .enumerate()
            .map(|(rank, row)| Hit {
                row,
                distance: 0.1 + 0.01 * rank as f32,
            })
            .take(params.k)
            .collect();
        Arc::new(SearchRow {
            encoder: encoder.clone(),
            label: label(encoder),
            query: plain(70),
            candidates: hits.len(),
            hits,
            form: CodeForm::Whitened,
            copies: 0,
            index: params.index,
            building: None,
            milliseconds: 0.04,
            approximate: None,
            usual: None,
            histogram: Histogram {
                low: 0.1,
                high: 0.8,
                counts: (0..60).collect(),
            },
        })
    };
    SearchResults {
        rows: params.encoders.iter().enumerate().map(row).collect(),
        pending: 0,
        is_meanwhile: false,
        failed: Vec::new(),
    }
}
