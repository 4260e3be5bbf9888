//! A query's neighbours, how long each index took, and what hashing found.

use std::sync::Arc;
use std::time::Instant;

use super::outcome::{HandlerResult, Outcome};
use crate::engine::cache::DatasetCache;
use crate::engine::file_cache::FileCache;
use crate::engine::protocol::{Histogram, ResponseBody, SearchParams, SearchResults};
use crate::imaging::image_from_bytes;
use crate::model_store::PictureRef;
use crate::model_store::search::{is_same_person, own_rows};
use crate::search::{IndexKind, Measure};

/// Bars of the histogram.
const HISTOGRAM_BINS: usize = 60;

/// Answers [`Request::Search`](crate::engine::Request::Search).
pub(super) fn search(
    cache: &DatasetCache,
    params: &SearchParams,
    files: &mut FileCache,
) -> HandlerResult {
    let measure = Measure {
        metric: params.metric,
        whiten: params.whiten,
    };
    let encoded = cache.encoded_faces(&params.model, measure)?;
    let bytes = files.picture_bytes(&params.query, &encoded.faces)?;
    let own = match params.query {
        PictureRef::Index(picture) => Some(picture),
        PictureRef::File(_) => None,
    };
    let index = &encoded.index;
    let query = index.prepare_query(&encoded.code_of(&bytes)?)?;
    let k = params.k.max(1);
    let copies = own_rows(&cache.dataset, index, &query, &params.query)?;
    let own_row: Vec<usize> = own.into_iter().collect();
    let left_out = if params.with_copies {
        &own_row
    } else {
        &copies
    };

    let began = Instant::now();
    let exact = index.search(IndexKind::Brute, &query, left_out, k)?;
    let brute_ms = began.elapsed().as_secs_f32() * 1e3;
    let began = Instant::now();
    let hashed = index.search(IndexKind::Lsh, &query, left_out, k)?;
    let lsh_ms = began.elapsed().as_secs_f32() * 1e3;
    let is_hashed = |row: usize| hashed.hits.iter().any(|hit| hit.row == row);
    let lsh_found = exact.hits.iter().filter(|hit| is_hashed(hit.row)).count();

    let distances = index.brute_force().distances(&query)?;
    let lsh_candidates = hashed.candidates;
    let hits = match params.index {
        IndexKind::Brute => exact.hits,
        IndexKind::Lsh => hashed.hits,
    };
    let same_person = hits
        .iter()
        .map(|hit| is_same_person(&cache.dataset, own, hit) == Some(true))
        .collect();
    let results = SearchResults {
        query: Arc::new(image_from_bytes(bytes, encoded.model.faces.size)),
        hits,
        same_person,
        rows: index.len(),
        form: index.form().clone(),
        copies: left_out.len() - own_row.len(),
        brute_ms,
        lsh_ms,
        lsh_found,
        lsh_candidates,
        lsh_recall: index.lsh_recall()?,
        histogram: histogram(&distances, left_out),
    };
    Ok(Outcome::Complete(ResponseBody::SearchResults(results)))
}

/// The histogram of all finite distances but those of the rows `left_out`, ascending.
fn histogram(distances: &[f32], left_out: &[usize]) -> Histogram {
    let counted = || {
        let all = distances.iter().enumerate();
        all.filter(|(row, distance)| left_out.binary_search(row).is_err() && distance.is_finite())
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
        let histogram = histogram(&distances, &[0]);
        assert_eq!((histogram.low, histogram.high), (1.0, 3.0));
        assert_eq!(histogram.counts.iter().sum::<u32>(), 4);
        assert_eq!(histogram.counts[0], 1);
        assert_eq!(histogram.counts[HISTOGRAM_BINS - 1], 2);
        let none = super::histogram(&[], &[]);
        assert_eq!(none.counts.iter().sum::<u32>(), 0);
    }
}
