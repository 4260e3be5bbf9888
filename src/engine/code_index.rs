//! A data set's codes made ready to be searched one way.

use std::sync::Arc;

use crate::error::Result;
use crate::latent::Codes;
use crate::search::{BruteForce, CodeTable, Index, Lsh, Metric, Whitening, recall};

/// Neighbours by which LSH's recall is stated where no query says how many.
const RECALL_K: usize = 10;

/// Faces of the gallery that are queries when recall is measured.
const RECALL_QUERIES: usize = 200;

/// Seed of the hash functions: the same gallery is always hashed alike.
const HASH_SEED: u64 = 0;

/// Codes under one metric, whitened or not, with both indexes.
#[derive(Debug)]
pub struct CodeIndex {
    whitening: Option<Whitening>,
    brute: BruteForce,
    lsh: Lsh,
    lsh_recall: f32,
}

impl CodeIndex {
    /// Whitens when asked to, hashes, and measures LSH's recall.
    ///
    /// # Errors
    /// When whitening cannot be fitted: fewer than two codes, or all the same.
    pub fn new(codes: &Codes, metric: Metric, whiten: bool) -> Result<Self> {
        let (whitening, values, width) = if whiten {
            let whitening = Whitening::fit(&codes.values, codes.width)?;
            let values = whitening.apply(&codes.values)?;
            let width = whitening.width();
            (Some(whitening), values, width)
        } else {
            (None, codes.values.clone(), codes.width)
        };
        let table = Arc::new(CodeTable::new(values, width, metric)?);
        let brute = BruteForce::new(table.clone());
        let lsh = Lsh::new(table, HASH_SEED)?;
        let lsh_recall = mean_recall(&brute, &lsh)?;
        Ok(Self {
            whitening,
            brute,
            lsh,
            lsh_recall,
        })
    }

    /// A code as the indexes want it.
    ///
    /// # Errors
    /// When it is not of the codes' width.
    pub fn query(&self, code: &[f32]) -> Result<Vec<f32>> {
        match &self.whitening {
            Some(whitening) => whitening.apply(code),
            None => Ok(code.to_vec()),
        }
    }

    /// Exact search.
    pub fn brute(&self) -> &BruteForce {
        &self.brute
    }

    /// Approximate search.
    pub fn lsh(&self) -> &Lsh {
        &self.lsh
    }

    /// LSH's mean recall@10 over up to 200 of the gallery's own faces, 0 to 1.
    pub fn lsh_recall(&self) -> f32 {
        self.lsh_recall
    }

    /// How many codes there are.
    pub fn len(&self) -> usize {
        self.brute.table().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn mean_recall(brute: &BruteForce, lsh: &Lsh) -> Result<f32> {
    let rows = brute.table().len();
    let count = rows.min(RECALL_QUERIES);
    if count == 0 {
        return Ok(1.0);
    }
    let mut total = 0.0;
    for index in 0..count {
        // Between the rows on which the index tuned itself, as far as there are others.
        let row = (index * rows / count + rows / count / 2).min(rows - 1);
        let exact = brute.neighbours(row, RECALL_K)?;
        total += recall(&lsh.neighbours(row, RECALL_K)?, &exact);
    }
    Ok(total / count as f32)
}
