//! A query's neighbours, what they cost, and what hashing would have found.

use std::sync::Arc;
use std::time::Instant;

use crate::engine::cache::DatasetCache;
use crate::engine::pictures::{FileCache, face_bytes};
use crate::engine::protocol::{Histogram, ResponseBody, SearchResults};
use crate::engine::worker::{HandlerResult, Outcome};
use crate::engine::{ModelRef, PictureRef};
use crate::imaging::image_from_bytes;
use crate::latent::lookup_or_encode;
use crate::search::{Hit, Index, IndexKind, Metric};

/// Bars of the histogram.
const HISTOGRAM_BINS: usize = 60;

/// A search as it was asked for.
pub(super) struct SearchParams<'a> {
    pub model: &'a ModelRef,
    pub query: &'a PictureRef,
    pub k: usize,
    pub index: IndexKind,
    pub metric: Metric,
    pub whiten: bool,
}

pub(super) fn answer(
    stock: &DatasetCache,
    asked: &SearchParams,
    last: &mut FileCache,
) -> HandlerResult {
    let loaded = stock.model(asked.model)?;
    let faces = stock.faces(loaded.faces)?;
    let codes = stock.codes(asked.model)?;
    let gallery = stock.code_index(asked.model, asked.metric, asked.whiten)?;
    let bytes = face_bytes(asked.query, &faces, last)?;
    let own = match asked.query {
        PictureRef::Index(picture) => Some(*picture),
        PictureRef::File(_) => None,
    };
    let code = lookup_or_encode(loaded.model.as_ref(), &bytes, &faces, &codes)?;
    let query = gallery.query(&code)?;
    // The query's own row, if it has one, is found and taken out.
    let k = asked.k.max(1) + usize::from(own.is_some());
    let without_own = |mut hits: Vec<Hit>| {
        hits.retain(|hit| Some(hit.row) != own);
        hits.truncate(asked.k.max(1));
        hits
    };

    let began = Instant::now();
    let exact = gallery.brute().search(&query, k)?;
    let brute_ms = began.elapsed().as_secs_f32() * 1e3;
    let exact = without_own(exact);
    let began = Instant::now();
    let probed = gallery.lsh().probe(&query, k)?;
    let lsh_ms = began.elapsed().as_secs_f32() * 1e3;
    let approximate = without_own(probed.hits);
    let lsh_found = exact
        .iter()
        .filter(|exact| approximate.iter().any(|hit| hit.row == exact.row))
        .count();

    let distances = gallery.brute().distances(&query)?;
    let hits = match asked.index {
        IndexKind::Brute => exact,
        IndexKind::Lsh => approximate,
    };
    let person = own.map(|own| stock.dataset.pictures[own].person);
    let same_person = hits
        .iter()
        .map(|hit| {
            let of = stock.dataset.pictures.get(hit.row);
            person.is_some() && of.map(|picture| picture.person) == person
        })
        .collect();
    Ok(Outcome::Complete(ResponseBody::SearchResults(
        SearchResults {
            query: Arc::new(image_from_bytes(bytes, loaded.faces.size)),
            model: loaded.label.clone(),
            hits,
            same_person,
            index: asked.index,
            metric: asked.metric,
            whitened: asked.whiten,
            rows: gallery.len(),
            brute_ms,
            lsh_ms,
            lsh_found,
            lsh_candidates: probed.candidates,
            lsh_recall: gallery.lsh_recall(),
            histogram: histogram(&distances, own),
        },
    )))
}

/// Of all finite distances but the query's own.
fn histogram(distances: &[f32], own: Option<usize>) -> Histogram {
    let counted = || {
        let all = distances.iter().enumerate();
        all.filter(|(row, distance)| Some(*row) != own && distance.is_finite())
            .map(|(_, &distance)| distance)
    };
    let low = counted().fold(f32::INFINITY, f32::min);
    let high = counted().fold(f32::NEG_INFINITY, f32::max);
    let mut counts = vec![0; HISTOGRAM_BINS];
    if low > high {
        return Histogram {
            low: 0.0,
            high: 0.0,
            counts,
        };
    }
    let scale = if high > low {
        HISTOGRAM_BINS as f32 / (high - low)
    } else {
        0.0
    };
    for distance in counted() {
        let bin = ((distance - low) * scale) as usize;
        counts[bin.min(HISTOGRAM_BINS - 1)] += 1;
    }
    Histogram { low, high, counts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_histogram_counts_every_finite_distance_but_the_querys_own() {
        let distances = [0.0, 1.0, 2.0, 3.0, 3.0, f32::NAN];
        let histogram = histogram(&distances, Some(0));
        assert_eq!((histogram.low, histogram.high), (1.0, 3.0));
        assert_eq!(histogram.counts.iter().sum::<u32>(), 4);
        assert_eq!(histogram.counts[0], 1);
        assert_eq!(histogram.counts[HISTOGRAM_BINS - 1], 2);
        let none = super::histogram(&[], None);
        assert_eq!(none.counts.iter().sum::<u32>(), 0);
    }
}
