//! Locality-sensitive hashing. Several hash tables are keyed by the sides of random hyperplanes
//! (Charikar, "Similarity estimation techniques from rounding algorithms", 2002). A search probes
//! the query's own buckets, then others in the order of how little the query would have to move to
//! fall into them (Lv et al., "Multi-probe LSH", 2007), and computes exact distances to the rows
//! found there.
//!
//! Two departures make it work on codes. Hyperplanes do not pass through the origin but through a
//! random quantile of the codes' projections, so that buckets are filled evenly wherever the codes
//! lie. And the number of rows that a query compares is measured on the codes themselves.

use std::collections::BinaryHeap;
use std::sync::Arc;

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::error::Result;
use crate::kernels::distance::dot_products;
use crate::rng::{Purpose, generator};
use crate::search::top_k::TopK;
use crate::search::{BruteForce, CodeTable, Hit, Index, recall};

/// Number of hash tables. With more, each probe finds more, at the cost of memory and hashing.
const TABLES: usize = 16;

/// Average rows in a bucket, which gives the number of bits for a number of rows.
const BUCKET_ROWS: usize = 6;

/// Maximum bits in a key. The probe sequence keeps sets of bits in a `u32`.
const MAX_BITS: usize = 24;

/// Hyperplanes pass through quantiles between this and its complement.
const MIN_QUANTILE: f64 = 0.35;

/// Rows from whose projections the quantiles are taken.
const QUANTILE_ROWS: usize = 2048;

/// Rows that serve as queries when the budget is tuned.
const TUNING_QUERIES: usize = 64;

/// Neighbours that each of these queries looks for.
const TUNING_K: usize = 10;

/// The mean recall that tuning aims for.
const TUNING_RECALL: f32 = 0.95;

/// Candidate budgets, as shares of all rows. If even the last is not enough, the codes form no
/// neighbourhoods and brute force is the better index.
const BUDGET_SHARES: [f64; 8] = [0.005, 0.01, 0.02, 0.04, 0.08, 0.12, 0.18, 0.25];

/// Candidates whose distances are computed at once.
const CANDIDATE_BATCH: usize = 64;

/// Minimum number of candidates, as is 4 k.
const MIN_BUDGET: usize = 64;

/// The hits of one search, and its cost.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeResult {
    /// The neighbours found, nearest first.
    pub hits: Vec<Hit>,
    /// Number of rows whose exact distance was computed.
    pub candidates: usize,
    /// Number of buckets probed.
    pub probes: usize,
}

/// An approximate index. Its distances are exact, but it may miss rows.
#[derive(Debug)]
pub struct Lsh {
    table: Arc<CodeTable>,
    bits: usize,
    /// Normals of the hyperplanes, `[TABLES × bits, width]`: unit rows.
    directions: Vec<f32>,
    /// Offset of each hyperplane along its normal, `[TABLES × bits]`.
    offsets: Vec<f32>,
    tables: Vec<HashTable>,
    budget: usize,
}

/// One hash table: the rows of bucket `b` are `rows[starts[b]..starts[b + 1]]`.
#[derive(Debug)]
struct HashTable {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Lsh {
    /// Hashes every row and tunes the budget. A pure function of table and seed.
    ///
    /// # Errors
    /// None for a valid table.
    pub fn new(table: Arc<CodeTable>, seed: u64) -> Result<Self> {
        let rows = table.len();
        let bits = (rows / BUCKET_ROWS).max(2).ilog2().max(1) as usize;
        let bits = bits.min(MAX_BITS);
        let width = table.width();
        let mut directions = Vec::with_capacity(TABLES * bits * width);
        for index in 0..TABLES * bits {
            let mut random = generator(seed, Purpose::Hash, 0, index as u64);
            let start = directions.len();
            directions.extend((0..width).map(|_| -> f32 { StandardNormal.sample(&mut random) }));
            let direction = &mut directions[start..];
            let norm = direction
                .iter()
                .map(|value| value * value)
                .sum::<f32>()
                .sqrt();
            for value in direction {
                *value /= norm;
            }
        }
        let offsets = sample_offsets(&table, &directions, seed);
        let mut index = Self {
            bits,
            tables: Vec::new(),
            budget: rows,
            directions,
            offsets,
            table,
        };
        index.tables = index.build_tables();
        index.budget = index.tuned_budget()?;
        Ok(index)
    }

    /// Number of rows that a query compares.
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// Like [`Index::search`], and reports the cost.
    ///
    /// # Errors
    /// When the query is not as wide as the rows.
    pub fn probe(&self, query: &[f32], k: usize) -> Result<ProbeResult> {
        let Some(query) = self.table.prepare_query(query)? else {
            // Without a direction, all rows are equally far and hashing cannot help.
            return Ok(ProbeResult {
                hits: BruteForce::new(self.table.clone()).search(query, k)?,
                candidates: self.table.len(),
                probes: 0,
            });
        };
        let budget = self.budget.max(k.saturating_mul(4)).min(self.table.len());
        Ok(self.probe_within(&query, k, budget))
    }

    fn probe_within(&self, query: &[f32], k: usize, budget: usize) -> ProbeResult {
        let mut sequence = ProbeSequence::new(self.margins(query), self.bits);
        let mut seen = vec![0u64; self.table.len().div_ceil(64)];
        let mut nearest = TopK::new(k);
        let (mut candidates, mut probes) = (0, 0);
        let mut fresh = Vec::new();
        let mut distances = Vec::new();
        while candidates < budget
            && let Some((table, bucket)) = sequence.next()
        {
            probes += 1;
            for &row in self.tables[table].rows(bucket) {
                let word = &mut seen[row as usize / 64];
                let bit = 1u64 << (row % 64);
                if *word & bit == 0 {
                    *word |= bit;
                    candidates += 1;
                    fresh.push(row);
                }
            }
            // Many at once, so that their cache misses overlap.
            if fresh.len() >= CANDIDATE_BATCH || candidates >= budget {
                self.rank_candidates(query, &mut fresh, &mut distances, &mut nearest);
            }
        }
        self.rank_candidates(query, &mut fresh, &mut distances, &mut nearest);
        let mut hits = nearest.into_sorted();
        self.table.hits_to_metric(&mut hits);
        ProbeResult {
            hits,
            candidates,
            probes,
        }
    }

    fn rank_candidates(
        &self,
        query: &[f32],
        fresh: &mut Vec<u32>,
        distances: &mut Vec<f32>,
        nearest: &mut TopK,
    ) {
        distances.resize(fresh.len(), 0.0);
        self.table.squared_distances_picked(query, fresh, distances);
        for (row, &distance) in fresh.drain(..).zip(distances.iter()) {
            nearest.offer(row as usize, distance);
        }
    }

    /// Signed distances of a code to all hyperplanes, table by table.
    fn margins(&self, code: &[f32]) -> Vec<f32> {
        let mut margins = vec![0.0; self.offsets.len()];
        dot_products(code, &self.directions, &mut margins);
        for (margin, offset) in margins.iter_mut().zip(&self.offsets) {
            *margin -= offset;
        }
        margins
    }

    fn build_tables(&self) -> Vec<HashTable> {
        let keys: Vec<[u32; TABLES]> = (0..self.table.len())
            .into_par_iter()
            .map(|row| {
                let margins = self.margins(self.table.row(row));
                let mut keys = [0; TABLES];
                for (key, margins) in keys.iter_mut().zip(margins.chunks_exact(self.bits)) {
                    *key = hash_key(margins);
                }
                keys
            })
            .collect();
        (0..TABLES)
            .into_par_iter()
            .map(|table| HashTable::new(keys.iter().map(|keys| keys[table]), 1 << self.bits))
            .collect()
    }

    /// The smallest budget that reaches [`TUNING_RECALL`] on some of the table's own rows.
    fn tuned_budget(&self) -> Result<usize> {
        let rows = self.table.len();
        let queries: Vec<usize> = evenly_spaced(rows, TUNING_QUERIES).collect();
        let brute = BruteForce::new(self.table.clone());
        let exact = queries
            .par_iter()
            .map(|&row| brute.neighbours(row, TUNING_K))
            .collect::<Result<Vec<_>>>()?;
        let mut budget = rows;
        for share in BUDGET_SHARES {
            budget = ((rows as f64 * share) as usize).max(MIN_BUDGET).min(rows);
            let total: f32 = queries
                .par_iter()
                .zip(&exact)
                .map(|(&row, exact)| {
                    let found = self.probe_within(self.table.row(row), TUNING_K + 1, budget);
                    recall(&found.hits, exact)
                })
                .collect::<Vec<_>>()
                .iter()
                .sum();
            if total >= TUNING_RECALL * queries.len() as f32 {
                break;
            }
        }
        Ok(budget)
    }
}

impl Index for Lsh {
    fn table(&self) -> &Arc<CodeTable> {
        &self.table
    }

    fn search(&self, query: &[f32], k: usize) -> Result<Vec<Hit>> {
        Ok(self.probe(query, k)?.hits)
    }

    fn search_batch(&self, queries: &[f32], k: usize) -> Result<Vec<Vec<Hit>>> {
        queries
            .par_chunks(self.table.width())
            .map(|query| self.search(query, k))
            .collect()
    }
}

impl HashTable {
    /// A counting sort: rows stay in order within a bucket.
    fn new(keys: impl Iterator<Item = u32> + Clone, buckets: usize) -> Self {
        let mut starts = vec![0u32; buckets + 1];
        for key in keys.clone() {
            starts[key as usize + 1] += 1;
        }
        for bucket in 0..buckets {
            starts[bucket + 1] += starts[bucket];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[buckets] as usize];
        for (row, key) in keys.enumerate() {
            let at = &mut next[key as usize];
            rows[*at as usize] = row as u32;
            *at += 1;
        }
        Self { starts, rows }
    }

    fn rows(&self, bucket: u32) -> &[u32] {
        let bucket = bucket as usize;
        &self.rows[self.starts[bucket] as usize..self.starts[bucket + 1] as usize]
    }
}

/// The buckets of all tables, ordered by the squared distance that the query would have to move to
/// reach them. Its own buckets come first.
struct ProbeSequence {
    /// For each table: the key of the query's own bucket.
    own_keys: Vec<u32>,
    /// For each table: squared distance to each hyperplane and its bit, nearest first.
    flips: Vec<(f32, u32)>,
    bits: usize,
    queue: BinaryHeap<Probe>,
}

/// A set of bits to flip. `last` is the highest position among them in the sorted order.
#[derive(Debug, PartialEq)]
struct Probe {
    cost: f32,
    table: u32,
    last: u32,
    flipped: u32,
}

impl Eq for Probe {}

impl PartialOrd for Probe {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Probe {
    // The heap's greatest is the cheapest. Ties by table and bits keep the order deterministic.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.cost.total_cmp(&self.cost))
            .then_with(|| other.table.cmp(&self.table))
            .then_with(|| other.flipped.cmp(&self.flipped))
    }
}

impl ProbeSequence {
    fn new(margins: Vec<f32>, bits: usize) -> Self {
        let homes: Vec<u32> = margins.chunks_exact(bits).map(hash_key).collect();
        let mut flips = Vec::with_capacity(margins.len());
        for margins in margins.chunks_exact(bits) {
            let start = flips.len();
            flips.extend(
                (0u32..)
                    .zip(margins)
                    .map(|(bit, margin)| (margin * margin, 1 << bit)),
            );
            flips[start..].sort_unstable_by(|a: &(f32, u32), b| {
                a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1))
            });
        }
        let queue = (0..homes.len() as u32)
            .map(|table| Probe {
                cost: 0.0,
                table,
                last: u32::MAX,
                flipped: 0,
            })
            .collect();
        Self {
            own_keys: homes,
            flips,
            bits,
            queue,
        }
    }
}

impl Iterator for ProbeSequence {
    type Item = (usize, u32);

    fn next(&mut self) -> Option<(usize, u32)> {
        let probe = self.queue.pop()?;
        let table = probe.table as usize;
        let flips = &self.flips[table * self.bits..(table + 1) * self.bits];
        // Every set of bits is reached once: by adding the next position, or by advancing the
        // last one (Lv et al., section 4.3).
        let next = probe.last.wrapping_add(1);
        if let Some(&(cost, bit)) = flips.get(next as usize) {
            self.queue.push(Probe {
                cost: probe.cost + cost,
                last: next,
                flipped: probe.flipped | bit,
                ..probe
            });
            if probe.flipped != 0 {
                let (last_cost, last_bit) = flips[probe.last as usize];
                self.queue.push(Probe {
                    cost: probe.cost - last_cost + cost,
                    last: next,
                    flipped: (probe.flipped & !last_bit) | bit,
                    ..probe
                });
            }
        }
        Some((table, self.own_keys[table] ^ probe.flipped))
    }
}

/// The key of a code: bit `i` is 1 on the positive side of hyperplane `i`.
fn hash_key(margins: &[f32]) -> u32 {
    (0u32..).zip(margins).fold(0, |key, (bit, &margin)| {
        key | (u32::from(margin >= 0.0) << bit)
    })
}

/// For each direction, a random quantile of the rows' projections onto it.
fn sample_offsets(table: &CodeTable, directions: &[f32], seed: u64) -> Vec<f32> {
    let sample: Vec<f32> = evenly_spaced(table.len(), QUANTILE_ROWS)
        .map(|row| table.row(row))
        .filter(|row| row.iter().all(|value| value.is_finite()))
        .flatten()
        .copied()
        .collect();
    directions
        .par_chunks_exact(table.width())
        .enumerate()
        .map(|(index, direction)| {
            let mut projections = vec![0.0; sample.len() / table.width()];
            if projections.is_empty() {
                return 0.0;
            }
            dot_products(direction, &sample, &mut projections);
            let mut random = generator(seed, Purpose::Hash, 1, index as u64);
            let quantile = random.random_range(MIN_QUANTILE..=1.0 - MIN_QUANTILE);
            let at = (projections.len() as f64 * quantile) as usize;
            *projections.select_nth_unstable_by(at, f32::total_cmp).1
        })
        .collect()
}

/// Up to `count` evenly spaced indices in `0..rows`.
fn evenly_spaced(rows: usize, count: usize) -> impl Iterator<Item = usize> {
    let count = count.min(rows);
    (0..count).map(move |index| index * rows / count)
}
