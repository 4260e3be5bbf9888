//! A query's neighbours in the codes of one encoder.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use super::histogram::histogram;
use crate::engine::cache::{DatasetCache, Resource, Unavailable};
use crate::engine::protocol::{Approximate, Histogram, SearchParams, SearchRow};
use crate::engine::recent::{CodesKey, Recent};
use crate::error::Result;
use crate::imaging::image_from_bytes;
use crate::model_store::query::{direction, mean_code};
use crate::model_store::search::own_rows;
use crate::model_store::{EncodedFaces, ModelRef, ModelSource, PictureRef};
use crate::search::{CodeIndex, Hit, IndexKind, recall, sampled_distance_range};

/// From this many numbers on, the codes are not compared with the query one by one only
/// to draw a histogram of the distances.
const MAX_COMPARED_VALUES: usize = 16 << 20;

/// Faces whose nearest neighbours tell what is usual.
const USUAL_ROWS: usize = 64;

/// The most neighbours that an approximate index is asked for: where exact search has ranked all
/// rows, and where it has not.
const MAX_BEFORE_EXACT: usize = 100;
const MAX_APPROXIMATE: usize = 10_000;

/// Neighbours by which an approximate index is judged.
const JUDGED: usize = 10;

/// What is searched in each encoder's codes.
pub(super) struct RowQuery<'a> {
    params: &'a SearchParams,
    recent: &'a mut Recent,
    /// Which pictures pass the filter; `None` for all.
    mask: Option<Vec<bool>>,
}

impl<'a> RowQuery<'a> {
    /// # Errors
    /// When it is not known what the first encoder was fitted on, which the filter asks.
    pub(super) fn new(
        cache: &DatasetCache,
        params: &'a SearchParams,
        recent: &'a mut Recent,
    ) -> Result<Self> {
        let filter = &params.filter;
        let mut training = Vec::new();
        // All rows are filtered alike, or ranks could not be compared.
        if filter.needs_training_rows()
            && let Some(first) = params.encoders.first()
        {
            let source = ModelSource::from_ref(&cache.paths, first)?;
            training = source.seen_rows(&cache.dataset)?;
        }
        let mask = || filter.mask(&cache.dataset, &training);
        Ok(Self {
            mask: (!filter.is_empty()).then(mask),
            params,
            recent,
        })
    }

    fn passes(&self, row: usize) -> bool {
        self.mask.as_ref().is_none_or(|mask| mask[row])
    }
}

/// The neighbours in the codes of one encoder.
pub(super) fn search_row(
    cache: &DatasetCache,
    encoder: &ModelRef,
    wanted: &mut RowQuery,
) -> Result<SearchRow, Unavailable> {
    let params = wanted.params;
    let encoded = cache.encoded_faces(encoder, params.measure)?;
    let index = &encoded.index;
    let QueryCode {
        code,
        picture,
        left_out,
    } = query_code(cache, &encoded, wanted)?;
    let query = index.prepare_query(&code)?;
    let mut row = SearchRow {
        encoder: encoder.clone(),
        label: encoded.model.label.clone(),
        query: Arc::new(image_from_bytes(picture, encoded.model.faces.size)),
        hits: Vec::new(),
        candidates: index.len().saturating_sub(left_out.len()),
        form: index.form().clone(),
        copies: left_out.len().saturating_sub(params.query.faces().count()),
        index: IndexKind::Brute,
        building: None,
        milliseconds: 0.0,
        approximate: None,
        usual: None,
        histogram: Histogram {
            low: 0.0,
            high: 0.0,
            counts: Vec::new(),
        },
    };
    let k = params.k.max(1);
    let mut kind = match wanted.mask {
        None => index.choose(params.index),
        Some(_) => IndexKind::Brute,
    };
    match cache.built_index(encoder, params.measure, kind) {
        Ok(()) => {}
        // Exact search answers meanwhile, and where it cannot be built.
        Err(unavailable) => {
            let is_coming = matches!(unavailable, Unavailable::Pending(Resource::BuiltIndex(..)));
            row.building = is_coming.then_some(kind);
            kind = IndexKind::Brute;
        }
    }
    let values = index.len().saturating_mul(query.len());
    let is_file = params.query.faces().count() < params.query.pictures.len();
    if is_file && values <= MAX_COMPARED_VALUES {
        let key = (codes_key(cache, &encoded), params.measure);
        let range = || sampled_distance_range(index.brute_force(), USUAL_ROWS);
        row.usual = Some(wanted.recent.usual.get_or_compute(key, range)?);
    }
    if wanted.mask.is_some() || values <= MAX_COMPARED_VALUES {
        let began = Instant::now();
        let distances = index.brute_force().distances(&query)?;
        row.milliseconds = began.elapsed().as_secs_f32() * 1e3;
        let candidates = || {
            let all = distances.iter().copied().enumerate();
            all.filter(|(row, _)| left_out.binary_search(row).is_err() && wanted.passes(*row))
        };
        row.histogram = histogram(candidates().map(|(_, distance)| distance));
        row.candidates = candidates().count();
        let finite = candidates().filter(|(_, distance)| distance.is_finite());
        row.hits = nearest(
            finite
                .map(|(row, distance)| Hit { row, distance })
                .collect(),
            k,
        );
    } else if kind == IndexKind::Brute {
        let began = Instant::now();
        row.hits = index.search(IndexKind::Brute, &query, &left_out, k)?.hits;
        row.milliseconds = began.elapsed().as_secs_f32() * 1e3;
    }
    if kind != IndexKind::Brute {
        judge(index, &query, &left_out, (kind, k), &mut row)?;
    }
    Ok(row)
}

/// Puts the hits of the approximate index first, and says how good it is. Where exact search
/// has ranked all rows, the others follow in that order, so that pages go on to the last.
fn judge(
    index: &CodeIndex,
    query: &[f32],
    left_out: &[usize],
    (kind, k): (IndexKind, usize),
    row: &mut SearchRow,
) -> Result<()> {
    let ranked = std::mem::take(&mut row.hits);
    let exact = &ranked[..ranked.len().min(JUDGED)];
    let exact_ms = row.milliseconds;
    let began = Instant::now();
    let few = index.search(kind, query, left_out, JUDGED)?;
    row.milliseconds = began.elapsed().as_secs_f32() * 1e3;
    row.index = kind;
    row.approximate = Some(Approximate {
        found: (recall(&few.hits, exact) * exact.len() as f32).round() as usize,
        of: exact.len(),
        compared: few.candidates,
        exact_ms,
        recall: index.recall(kind),
    });
    let wanted = if ranked.is_empty() {
        MAX_APPROXIMATE
    } else {
        MAX_BEFORE_EXACT
    };
    row.hits = index.search(kind, query, left_out, k.min(wanted))?.hits;
    let found: HashSet<usize> = row.hits.iter().map(|hit| hit.row).collect();
    row.hits
        .extend(ranked.into_iter().filter(|hit| !found.contains(&hit.row)));
    row.hits.truncate(k);
    Ok(())
}

/// The `k` nearest hits, nearest first; of equal distances, the lower row first.
fn nearest(mut hits: Vec<Hit>, k: usize) -> Vec<Hit> {
    let order = |a: &Hit, b: &Hit| {
        a.distance
            .total_cmp(&b.distance)
            .then_with(|| a.row.cmp(&b.row))
    };
    if k < hits.len() {
        hits.select_nth_unstable_by(k, order);
        hits.truncate(k);
    }
    hits.sort_unstable_by(order);
    hits
}

/// The query in the codes of one encoder.
struct QueryCode {
    code: Vec<f32>,
    /// The first picture's bytes, `[size, size, 3]`.
    picture: Vec<u8>,
    /// The rows that show the query itself, ascending.
    left_out: Vec<usize>,
}

fn query_code(
    cache: &DatasetCache,
    encoded: &EncodedFaces,
    wanted: &mut RowQuery,
) -> Result<QueryCode> {
    let params = wanted.params;
    let mut codes = Vec::new();
    let mut first = None;
    let mut left_out = Vec::new();
    for picture in &params.query.pictures {
        let bytes = wanted.recent.files.picture_bytes(picture, &encoded.faces)?;
        let code = encoded.code_of(picture, &bytes)?;
        match picture {
            &PictureRef::Index(row) if params.with_copies => left_out.push(row),
            _ if params.with_copies => {}
            PictureRef::Cropped(path, _) => {
                left_out.extend(wanted.recent.files.copies(path, &cache.dataset));
            }
            picture => {
                let index = &encoded.index;
                let prepared = index.prepare_query(&code)?;
                left_out.extend(own_rows(&cache.dataset, index, &prepared, picture)?);
            }
        }
        codes.push(code);
        first.get_or_insert(bytes);
    }
    left_out.sort_unstable();
    left_out.dedup();
    let mut code = mean_code(&codes);
    for term in &params.query.terms {
        let key = (codes_key(cache, encoded), term.direction);
        let compute = || Ok(direction(&cache.dataset, &encoded.codes, term.direction)?.into());
        let direction = wanted.recent.directions.get_or_compute(key, compute)?;
        for (value, step) in code.iter_mut().zip(&*direction) {
            *value += term.amount * step;
        }
    }
    Ok(QueryCode {
        code,
        picture: first.unwrap_or_default(),
        left_out,
    })
}

fn codes_key(cache: &DatasetCache, encoded: &EncodedFaces) -> CodesKey {
    CodesKey {
        fingerprint: cache.dataset.fingerprint.clone(),
        encoder: encoded.model.reference.clone(),
        checkpoint: encoded.model.checkpoint.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_are_in_order_and_ties_by_row() {
        let hits: Vec<Hit> = [0.5, 0.1, 0.5, 0.3, 0.1]
            .into_iter()
            .enumerate()
            .map(|(row, distance)| Hit { row, distance })
            .collect();
        let rows =
            |k| -> Vec<usize> { nearest(hits.clone(), k).iter().map(|hit| hit.row).collect() };
        assert_eq!(rows(5), [1, 4, 3, 0, 2]);
        assert_eq!(rows(9), [1, 4, 3, 0, 2]);
        assert_eq!(rows(3), [1, 4, 3]);
        assert!(rows(0).is_empty());
    }
}
