//! Locality-sensitive hashing. Several hash tables are keyed by the sides of random hyperplanes
//! (Charikar, "Similarity estimation techniques from rounding algorithms", 2002). A search probes
//! the query's own buckets, then others in the order of how little the query would have to move to
//! fall into them (Lv et al., "Multi-probe LSH", 2007), and computes exact distances to the rows
//! found there.
//!
//! Two departures make it work on codes. Hyperplanes do not pass through the origin but through a
//! random quantile of the codes' projections, so that buckets are filled evenly wherever the codes
//! lie. And the number of rows that a query compares is measured on the codes themselves.

mod hash_table;
mod probe_sequence;

use std::sync::Arc;

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use self::hash_table::{HashTables, hash_key};
use self::probe_sequence::ProbeSequence;
use super::brute_force::BruteForce;
use super::hit::Hit;
use super::index::Index;
use super::recall::recall;
use super::scan_filter::{FilterQuery, ScanFilter};
use super::table::CodeTable;
use super::top_k::TopK;
use crate::error::Result;
use crate::kernels::distance::dot_products;
use crate::latent::{ArrayFile, ArrayWriter};
use crate::rng::{Purpose, generator};

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

/// Candidate budgets, as shares of all rows. If more than a quarter is needed, the codes form no
/// neighbourhoods and brute force is the better index.
const BUDGET_SHARES: [f64; 13] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.12, 0.18, 0.25, 0.4, 0.6, 1.0,
];

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
    pub(crate) probes: usize,
}

/// An approximate index. Its distances are exact, but it may miss rows.
#[derive(Debug)]
pub struct Lsh {
    table: Arc<CodeTable>,
    /// The same table, with the filter of its rows.
    brute: BruteForce,
    bits: usize,
    /// Normals of the hyperplanes, `[TABLES × bits, width]`: unit rows.
    directions: Vec<f32>,
    /// Offset of each hyperplane along its normal, `[TABLES × bits]`.
    offsets: Vec<f32>,
    tables: HashTables,
    budget: usize,
    /// Mean recall of the tuning queries.
    recall: f32,
}

impl Lsh {
    /// Hashes every row and tunes the budget. A pure function of table and seed.
    ///
    /// # Errors
    /// None for a valid table.
    pub fn new(table: Arc<CodeTable>, seed: u64) -> Result<Self> {
        Self::beside(BruteForce::new(table), seed)
    }

    /// As [`Lsh::new`], of an exact index's table and with its filter.
    ///
    /// # Errors
    /// None for a valid table.
    pub(crate) fn beside(brute: BruteForce, seed: u64) -> Result<Self> {
        let table = brute.table().clone();
        let rows = table.len();
        let bits = (rows / BUCKET_ROWS).max(2).ilog2().max(1) as usize;
        let bits = bits.min(MAX_BITS);
        let directions = random_directions(TABLES * bits, table.width(), seed);
        let offsets = sample_offsets(&table, &directions, seed);
        let mut index = Self {
            bits,
            tables: HashTables::new(0, 0, 0, |_, _| 0),
            budget: rows,
            recall: 1.0,
            directions,
            offsets,
            brute,
            table,
        };
        index.tables = index.build_tables();
        (index.budget, index.recall) = index.tuned_budget()?;
        Ok(index)
    }

    /// Mean recall@10 of the rows by which it was tuned, 0 to 1.
    pub(crate) fn recall(&self) -> f32 {
        self.recall
    }

    /// Adds the hash tables to a file.
    pub(crate) fn to_file(&self, writer: ArrayWriter) -> ArrayWriter {
        let head = [self.bits as u32, self.budget as u32, self.recall.to_bits()];
        let (starts, rows) = self.tables.parts();
        let writer = writer.with(&head).with(&self.directions);
        writer.with(&self.offsets).with(starts).with(rows)
    }

    /// Reads what [`Lsh::to_file`] wrote; `None` if it does not fit the table.
    pub(crate) fn from_file(file: &ArrayFile, brute: BruteForce) -> Option<Self> {
        let table = brute.table().clone();
        let [bits, budget, recall] = file.part::<u32>(0)?[..] else {
            return None;
        };
        let bits = usize::try_from(bits)
            .ok()
            .filter(|bits| (1..=MAX_BITS).contains(bits))?;
        let directions = file.part::<f32>(1)?.into_vec();
        let offsets = file.part::<f32>(2)?.into_vec();
        let (starts, rows) = (file.part(3)?, file.part(4)?);
        let tables = HashTables::stored(TABLES, 1 << bits, table.len(), starts, rows)?;
        let planes = TABLES * bits;
        let fits = offsets.len() == planes && directions.len() == planes * table.width();
        fits.then_some(Self {
            bits,
            directions,
            offsets,
            tables,
            budget: budget as usize,
            recall: f32::from_bits(recall),
            brute,
            table,
        })
    }

    /// Like [`Index::search`], and reports the cost.
    ///
    /// # Errors
    /// When the query is not as wide as the rows.
    pub fn probe(&self, query: &[f32], k: usize) -> Result<ProbeResult> {
        let Some(query) = self.table.prepare_query(query)? else {
            // Without a direction, all rows are equally far and hashing cannot help.
            return Ok(ProbeResult {
                hits: self.brute.search(query, k)?,
                candidates: self.table.len(),
                probes: 0,
            });
        };
        let budget = self.budget.max(k.saturating_mul(4)).min(self.table.len());
        Ok(self.probe_within(&query, k, budget))
    }

    /// Probes buckets until `budget` rows have been compared.
    fn probe_within(&self, query: &[f32], k: usize, budget: usize) -> ProbeResult {
        let mut sequence = ProbeSequence::new(self.margins(query), self.bits);
        let mut seen = vec![0u64; self.table.len().div_ceil(64)];
        let mut top_k = TopK::new(k);
        let (mut candidates, mut probes) = (0, 0);
        let mut pending = Vec::new();
        let mut buffers = (Vec::new(), Vec::new());
        let filter = self.brute.filter();
        let filter = filter.and_then(|filter| Some((filter, filter.query(query)?)));
        while candidates < budget
            && let Some((table, bucket)) = sequence.next()
        {
            probes += 1;
            for &row in self.tables.rows(table, bucket) {
                let word = &mut seen[row as usize / 64];
                let bit = 1u64 << (row % 64);
                if *word & bit == 0 {
                    *word |= bit;
                    candidates += 1;
                    if let Some((filter, _)) = &filter {
                        filter.prefetch(row);
                    }
                    pending.push(row);
                }
            }
            // Many at once, so that their cache misses overlap.
            if pending.len() >= CANDIDATE_BATCH || candidates >= budget {
                self.rank_candidates((query, &filter), &mut pending, &mut buffers, &mut top_k);
            }
        }
        self.rank_candidates((query, &filter), &mut pending, &mut buffers, &mut top_k);
        let mut hits = top_k.into_sorted();
        self.table.hits_to_metric(&mut hits);
        ProbeResult {
            hits,
            candidates,
            probes,
        }
    }

    /// Offers the pending rows to `top_k`, and empties the list.
    fn rank_candidates(
        &self,
        (query, filter): (&[f32], &Option<(&ScanFilter, FilterQuery)>),
        pending: &mut Vec<u32>,
        (rounded, distances): &mut (Vec<u32>, Vec<f32>),
        top_k: &mut TopK,
    ) {
        if let Some((filter, query)) = filter {
            filter.retain_near(query, top_k.threshold(), pending, rounded);
        }
        distances.resize(pending.len(), 0.0);
        self.table
            .squared_distances_picked(query, pending, distances);
        for (row, &distance) in pending.drain(..).zip(distances.iter()) {
            top_k.offer(row as usize, distance);
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

    /// Hashes every row into each table.
    fn build_tables(&self) -> HashTables {
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
        HashTables::new(TABLES, 1 << self.bits, keys.len(), |table, row| {
            keys[row][table]
        })
    }

    /// The smallest budget that reaches [`TUNING_RECALL`] on some of the table's own rows, and the
    /// recall.
    fn tuned_budget(&self) -> Result<(usize, f32)> {
        let rows = self.table.len();
        let queries: Vec<usize> = evenly_spaced(rows, TUNING_QUERIES).collect();
        let exact = queries
            .par_iter()
            .map(|&row| self.brute.neighbours(row, TUNING_K))
            .collect::<Result<Vec<_>>>()?;
        let (mut budget, mut reached) = (rows, 1.0);
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
            reached = total / queries.len().max(1) as f32;
            if reached >= TUNING_RECALL || queries.is_empty() {
                break;
            }
        }
        Ok((budget, if queries.is_empty() { 1.0 } else { reached }))
    }
}

impl Index for Lsh {
    fn table(&self) -> &Arc<CodeTable> {
        &self.table
    }

    fn search(&self, query: &[f32], k: usize) -> Result<Vec<Hit>> {
        Ok(self.probe(query, k)?.hits)
    }
}

/// Random unit vectors `[count, width]`.
fn random_directions(count: usize, width: usize, seed: u64) -> Vec<f32> {
    let mut directions = Vec::with_capacity(count * width);
    for index in 0..count {
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
    directions
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
