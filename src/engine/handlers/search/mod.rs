//! A query's neighbours in the codes of several encoders.

mod histogram;
mod row;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::outcome::{HandlerResult, Outcome};
use crate::engine::cache::{DatasetCache, Resource, Unavailable};
use crate::engine::protocol::{RequestId, ResponseBody, SearchParams, SearchResults, SearchRow};
use crate::engine::recent::{Recent, SearchProgress};
use crate::model_store::ModelRef;
use row::{RowQuery, search_row};

/// After this time the rows that are known are shown before others are computed.
const ANSWER_INTERVAL: Duration = Duration::from_millis(15);

/// Answers [`Request::Search`](crate::engine::Request::Search): with every row that is
/// ready, and again when another one is.
pub(super) fn search(
    cache: &DatasetCache,
    params: &SearchParams,
    id: RequestId,
    recent: &mut Recent,
) -> HandlerResult {
    if params.query.pictures.is_empty() {
        return Err(Unavailable::Failed("the query has no picture".to_string()));
    }
    let mut progress = std::mem::take(&mut recent.search).of(id);
    let answer = answer(cache, params, &mut progress, recent);
    recent.search = progress;
    answer
}

fn answer(
    cache: &DatasetCache,
    params: &SearchParams,
    progress: &mut SearchProgress,
    recent: &mut Recent,
) -> HandlerResult {
    let began = Instant::now();
    let mut query = RowQuery::new(cache, params, recent)?;
    let mut pending: Vec<(&ModelRef, Option<Resource>)> = Vec::new();
    let mut has_news = false;
    for encoder in &params.encoders {
        if progress.is_done(encoder) {
            continue;
        }
        if has_news && began.elapsed() > ANSWER_INTERVAL {
            pending.push((encoder, None));
            continue;
        }
        match search_row(cache, encoder, &mut query) {
            Ok(row) => {
                progress.rows.push(Arc::new(row));
                has_news = true;
            }
            Err(Unavailable::Failed(problem)) => {
                progress.failed.push((encoder.clone(), problem));
                has_news = true;
            }
            Err(Unavailable::Pending(resource)) => pending.push((encoder, Some(resource))),
        }
    }
    let mut awaited = next_resource(&pending);
    if progress.rows.is_empty() && awaited.is_some() && progress.meanwhile.is_none() {
        for encoder in &params.meanwhile {
            match search_row(cache, encoder, &mut query) {
                Ok(row) => {
                    progress.meanwhile = Some(Arc::new(row));
                    awaited = next_resource(&pending);
                    has_news = true;
                    break;
                }
                Err(Unavailable::Pending(resource)) => awaited = Some(resource),
                // The encoders that were asked for may do better.
                Err(Unavailable::Failed(_)) => {}
            }
        }
    }
    if progress.rows.is_empty() && pending.is_empty() {
        let first = progress.failed.first();
        let problem = first.map_or("no encoder was chosen", |(_, problem)| problem);
        return Err(Unavailable::Failed(problem.to_string()));
    }
    let position = |encoder: &ModelRef| params.encoders.iter().position(|one| one == encoder);
    progress.rows.sort_by_key(|row| position(&row.encoder));
    let is_meanwhile = progress.rows.is_empty() && progress.meanwhile.is_some();
    let body = ResponseBody::SearchResults(SearchResults {
        rows: if is_meanwhile {
            progress.meanwhile.iter().cloned().collect()
        } else {
            progress.rows.clone()
        },
        pending: pending.len(),
        is_meanwhile,
        failed: progress.failed.clone(),
    });
    if pending.iter().any(|(_, resource)| resource.is_none()) {
        return Ok(Outcome::Continued(body));
    }
    if awaited.is_none()
        && let Some(resource) = index_being_built(&progress.rows, params)
    {
        // Their rows are answered anew when it is there.
        progress.rows.retain(|row| row.building.is_none());
        return Ok(Outcome::Partial(body, resource));
    }
    match awaited {
        None => Ok(Outcome::Complete(body)),
        Some(resource) if has_news => Ok(Outcome::Partial(body, resource)),
        Some(resource) => Err(Unavailable::Pending(resource)),
    }
}

/// The first index that a row waits for.
fn index_being_built(rows: &[Arc<SearchRow>], params: &SearchParams) -> Option<Resource> {
    rows.iter().find_map(|row| {
        let kind = row.building?;
        let encoder = row.encoder.clone();
        Some(Resource::BuiltIndex(encoder, params.measure, kind))
    })
}

/// What is loaded first: PCA is ready long before the others.
fn next_resource(pending: &[(&ModelRef, Option<Resource>)]) -> Option<Resource> {
    let is_quick = |encoder: &ModelRef| matches!(encoder, ModelRef::Pca { .. });
    let mut waiting = pending.iter();
    let quick = waiting.find(|(encoder, _)| is_quick(encoder));
    quick.or(pending.first())?.1.clone()
}
