//! How fast this machine searches: each index on the same codes around a thousand centres, by
//! queries near to some of them.

use std::sync::Arc;
use std::time::Instant;

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::Serialize;

use super::brute_force::BruteForce;
use super::hit::Hit;
use super::hnsw::Hnsw;
use super::index::{Index, IndexKind};
use super::lsh::Lsh;
use super::metric::Metric;
use super::recall::recall;
use super::table::CodeTable;
use crate::error::Result;
use crate::progress::{Progress, Unit, Watch};
use crate::rng::{Purpose, generator};

const CENTRES: usize = 1000;

/// Standard deviation of the codes around their centres, which have 1.
const SPREAD: f32 = 0.5;

/// Standard deviation of the queries around their codes.
const QUERY_SPREAD: f32 = 0.1;

const QUERIES: usize = 200;

/// Queries that are searched together.
const BATCH: usize = 100;

const K: usize = 10;

/// What one index reached.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct IndexSpeed {
    pub index: IndexKind,
    pub build_s: f64,
    /// The quickest query.
    pub min_ms: f64,
    /// The median query.
    pub median_ms: f64,
    /// One query of a batch of 100.
    pub batch_ms: f64,
    /// Mean recall@10.
    pub recall: f64,
}

/// What the indexes reached.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SearchSpeed {
    pub rows: usize,
    pub dims: usize,
    pub threads: usize,
    pub indexes: Vec<IndexSpeed>,
}

impl SearchSpeed {
    /// Measures all indexes on `rows` codes of `dims` numbers.
    ///
    /// # Errors
    /// When there are no numbers in a code; `Cancelled` by the watcher.
    pub(crate) fn measure(rows: usize, dims: usize, watch: Watch) -> Result<Self> {
        let mut report = |stage: &str| {
            watch(Progress {
                stage,
                done: 0,
                total: None,
                unit: Unit::Steps,
            })
        };
        report("drawing codes")?;
        let (values, queries) = draw(rows, dims);
        let table = Arc::new(CodeTable::new(values, dims, Metric::L2)?);
        report("searching exactly")?;
        let brute = BruteForce::new(table.clone());
        let exact = brute.search_batch(&queries, K)?;
        let mut indexes = vec![speed(&brute, IndexKind::Brute, 0.0, &queries, &exact)?];
        report("hashing")?;
        let began = Instant::now();
        let lsh = Lsh::new(table.clone(), 0)?;
        let built = began.elapsed().as_secs_f64();
        indexes.push(speed(&lsh, IndexKind::Lsh, built, &queries, &exact)?);
        drop(lsh);
        let began = Instant::now();
        let hnsw = Hnsw::new(table, 0, watch)?;
        let built = began.elapsed().as_secs_f64();
        indexes.push(speed(&hnsw, IndexKind::Hnsw, built, &queries, &exact)?);
        Ok(Self {
            rows,
            dims,
            threads: rayon::current_num_threads(),
            indexes,
        })
    }
}

fn speed(
    index: &dyn Index,
    kind: IndexKind,
    build_s: f64,
    queries: &[f32],
    exact: &[Vec<Hit>],
) -> Result<IndexSpeed> {
    let dims = index.table().width();
    let mut times = Vec::new();
    let mut found = 0.0;
    for (query, exact) in queries.chunks_exact(dims).zip(exact) {
        let began = Instant::now();
        let hits = index.search(query, K)?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        found += f64::from(recall(&hits, exact));
    }
    let began = Instant::now();
    index.search_batch(&queries[..BATCH * dims], K)?;
    let batch_ms = began.elapsed().as_secs_f64() * 1e3 / BATCH as f64;
    times.sort_unstable_by(f64::total_cmp);
    Ok(IndexSpeed {
        index: kind,
        build_s,
        min_ms: times.first().copied().unwrap_or(0.0),
        median_ms: times.get(times.len() / 2).copied().unwrap_or(0.0),
        batch_ms,
        recall: found / exact.len().max(1) as f64,
    })
}

/// Codes and queries, row by row.
fn draw(rows: usize, dims: usize) -> (Vec<f32>, Vec<f32>) {
    let normal = |step: u64, item: u64| {
        let mut random = generator(0, Purpose::Hash, step, item);
        move || -> f32 { StandardNormal.sample(&mut random) }
    };
    let mut next = normal(100, 0);
    let centres: Vec<f32> = (0..CENTRES * dims).map(|_| next()).collect();
    let mut values = vec![0.0; rows * dims];
    values
        .par_chunks_exact_mut(dims)
        .enumerate()
        .for_each(|(row, values)| {
            let mut random = generator(0, Purpose::Hash, 101, row as u64);
            let centre = random.random_range(0..CENTRES);
            let centre = &centres[centre * dims..][..dims];
            let mut next = normal(102, row as u64);
            for (value, centre) in values.iter_mut().zip(centre) {
                *value = centre + SPREAD * next();
            }
        });
    let mut queries = Vec::with_capacity(QUERIES * dims);
    for query in 0..QUERIES {
        let mut random = generator(0, Purpose::Hash, 103, query as u64);
        let row = random.random_range(0..rows.max(1));
        let mut next = normal(104, query as u64);
        let row = &values[row * dims..][..dims];
        queries.extend(row.iter().map(|value| value + QUERY_SPREAD * next()));
    }
    (values, queries)
}
