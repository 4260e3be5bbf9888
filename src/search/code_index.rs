//! An index of a data set's codes, for one metric.

use std::sync::{Arc, OnceLock};

use super::brute_force::BruteForce;
use super::hit::Hit;
use super::index::{Index, IndexKind};
use super::lsh::Lsh;
use super::metric::Metric;
use super::recall::recall;
use super::table::CodeTable;
use super::whitening::Whitening;
use crate::error::Result;
use crate::latent::Codes;

/// Neighbours by which LSH's recall is measured.
const RECALL_K: usize = 10;

/// Rows that are queries when recall is measured.
const RECALL_QUERIES: usize = 200;

/// Seed of the hash functions: the same codes are always hashed alike.
const HASH_SEED: u64 = 0;

/// Codes under one metric, whitened or not, with an exact index and an
/// approximate one that is built when it is first used.
#[derive(Debug)]
pub struct CodeIndex {
    whitening: Option<Whitening>,
    brute_force: BruteForce,
    lsh: OnceLock<Lsh>,
    lsh_recall: OnceLock<f32>,
}

/// The result of a search.
#[derive(Debug)]
pub(crate) struct Neighbours {
    /// Nearest first.
    pub hits: Vec<Hit>,
    /// Rows whose distance was computed.
    pub candidates: usize,
}

impl CodeIndex {
    /// Indexes codes, whitened first where `whiten` is set.
    ///
    /// # Errors
    /// When whitening cannot be fitted: fewer than two codes, or all the same.
    pub(crate) fn new(codes: &Codes, metric: Metric, whiten: bool) -> Result<Self> {
        let (whitening, values, width) = if whiten {
            let whitening = Whitening::fit(&codes.values, codes.width)?;
            let values = whitening.apply(&codes.values)?;
            let width = whitening.width();
            (Some(whitening), values, width)
        } else {
            (None, codes.values.clone(), codes.width)
        };
        let table = Arc::new(CodeTable::new(values, width, metric)?);
        Ok(Self {
            whitening,
            brute_force: BruteForce::new(table),
            lsh: OnceLock::new(),
            lsh_recall: OnceLock::new(),
        })
    }

    /// Whitens a code if the indexed codes are whitened.
    ///
    /// # Errors
    /// When it is not as wide as the codes.
    pub(crate) fn prepare_query(&self, code: &[f32]) -> Result<Vec<f32>> {
        match &self.whitening {
            Some(whitening) => whitening.apply(code),
            None => Ok(code.to_vec()),
        }
    }

    /// The `k` rows nearest to a prepared query. `own` is the query's row if it is one of the codes;
    /// that row is left out.
    ///
    /// # Errors
    /// When the query is not as wide as the rows.
    pub(crate) fn search(
        &self,
        kind: IndexKind,
        query: &[f32],
        own: Option<usize>,
        k: usize,
    ) -> Result<Neighbours> {
        let wanted = k.saturating_add(usize::from(own.is_some()));
        let (mut hits, candidates) = match kind {
            IndexKind::Brute => (self.brute_force.search(query, wanted)?, self.len()),
            IndexKind::Lsh => {
                let probed = self.lsh()?.probe(query, wanted)?;
                (probed.hits, probed.candidates)
            }
        };
        hits.retain(|hit| Some(hit.row) != own);
        hits.truncate(k);
        Ok(Neighbours { hits, candidates })
    }

    /// Exact search.
    pub(crate) fn brute_force(&self) -> &BruteForce {
        &self.brute_force
    }

    fn lsh(&self) -> Result<&Lsh> {
        if let Some(lsh) = self.lsh.get() {
            return Ok(lsh);
        }
        let lsh = Lsh::new(self.brute_force.table().clone(), HASH_SEED)?;
        Ok(self.lsh.get_or_init(|| lsh))
    }

    /// LSH's mean recall@10 over up to 200 of the codes, 0 to 1. Builds the hash
    /// tables and measures when first called.
    ///
    /// # Errors
    /// When a row cannot be searched.
    pub(crate) fn lsh_recall(&self) -> Result<f32> {
        if let Some(&recall) = self.lsh_recall.get() {
            return Ok(recall);
        }
        let recall = mean_recall(&self.brute_force, self.lsh()?)?;
        Ok(*self.lsh_recall.get_or_init(|| recall))
    }

    /// How many codes there are.
    pub(crate) fn len(&self) -> usize {
        self.brute_force.table().len()
    }
}

/// Mean recall@10 over rows of the table.
fn mean_recall(brute_force: &BruteForce, lsh: &Lsh) -> Result<f32> {
    let rows = brute_force.table().len();
    let count = rows.min(RECALL_QUERIES);
    if count == 0 {
        return Ok(1.0);
    }
    let mut total = 0.0;
    for index in 0..count {
        // Halfway between the rows on which the index tuned itself, if there are others.
        let row = (index * rows / count + rows / count / 2).min(rows - 1);
        let exact = brute_force.neighbours(row, RECALL_K)?;
        total += recall(&lsh.neighbours(row, RECALL_K)?, &exact);
    }
    Ok(total / count as f32)
}
