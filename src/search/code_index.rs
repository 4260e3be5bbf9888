//! An index of a data set's codes, for one metric.

use std::sync::{Arc, OnceLock};

use super::brute_force::BruteForce;
use super::hit::Hit;
use super::index::{Index, IndexKind};
use super::lsh::Lsh;
use super::measure::{CodeForm, Measure};
use super::metric::Metric;
use super::recall::recall;
use super::table::CodeTable;
use super::whitening::Whitening;
use crate::error::Result;
use crate::latent::{ArrayFile, ArrayWriter, Codes};

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
    form: CodeForm,
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
    /// Indexes codes, whitened first where that is asked for. Codes that cannot be whitened
    /// (fewer than two, or all the same) are compared as they are; [`CodeIndex::form`] says so.
    /// `white` codes of a model that whitens them itself are never whitened again.
    ///
    /// # Errors
    /// When the values are not whole codes.
    pub(crate) fn new(codes: &Codes, measure: Measure, white: bool) -> Result<Self> {
        let mut form = match (white, measure.whiten) {
            (true, _) => CodeForm::White,
            (false, true) => CodeForm::Whitened,
            (false, false) => CodeForm::Plain,
        };
        let mut whitening = None;
        if form == CodeForm::Whitened {
            match Whitening::fit(&codes.values, codes.width) {
                Ok(fitted) => whitening = Some(fitted),
                Err(error) => form = CodeForm::CannotWhiten(error.to_string()),
            }
        }
        let (values, width) = match &whitening {
            Some(whitening) => (whitening.apply(&codes.values)?.into(), whitening.width()),
            None => (codes.values.clone(), codes.width),
        };
        let table = CodeTable::new(values, width, measure.metric)?;
        Ok(Self::over(table, form, whitening))
    }

    fn over(table: CodeTable, form: CodeForm, whitening: Option<Whitening>) -> Self {
        Self {
            form,
            whitening,
            brute_force: BruteForce::new(Arc::new(table)),
            lsh: OnceLock::new(),
            lsh_recall: OnceLock::new(),
        }
    }

    /// Whether preparing codes for a measure takes longer than reading them prepared.
    pub(crate) fn is_worth_storing(measure: Measure, white: bool) -> bool {
        (measure.whiten && !white) || measure.metric == Metric::Cosine
    }

    /// Adds the prepared codes and their whitening to a file; `None` where the codes cannot be
    /// whitened, which is found out quickly.
    pub(crate) fn to_file(&self, writer: ArrayWriter) -> Option<ArrayWriter> {
        let form = match self.form {
            CodeForm::Plain => 0,
            CodeForm::Whitened => 1,
            CodeForm::White => 2,
            CodeForm::CannotWhiten(_) => return None,
        };
        let table = self.brute_force.table();
        let writer = table.to_file(writer.with(&[form, table.width() as u32]));
        Some(match &self.whitening {
            Some(whitening) => whitening.to_file(writer),
            None => writer,
        })
    }

    /// Reads what [`CodeIndex::to_file`] wrote; `None` if it does not fit together.
    pub(crate) fn from_file(file: &ArrayFile, measure: Measure) -> Option<Self> {
        let (form, width) = match file.part::<u32>(0)?[..] {
            [form, width] => (form, width as usize),
            _ => return None,
        };
        let (form, whitening) = match form {
            0 => (CodeForm::Plain, None),
            1 => (
                CodeForm::Whitened,
                Some(Whitening::from_file(file, 3, width)?),
            ),
            2 => (CodeForm::White, None),
            _ => return None,
        };
        let table = CodeTable::from_file(file, 1, width, measure.metric)?;
        Some(Self::over(table, form, whitening))
    }

    /// What was done to the codes.
    pub(crate) fn form(&self) -> &CodeForm {
        &self.form
    }

    /// Whitens one code, or several one after the other, if the indexed codes are whitened.
    ///
    /// # Errors
    /// When they are not as wide as the codes.
    pub(crate) fn prepare_query(&self, codes: &[f32]) -> Result<Vec<f32>> {
        match &self.whitening {
            Some(whitening) => whitening.apply(codes),
            None => Ok(codes.to_vec()),
        }
    }

    /// The `k` rows nearest to a prepared query, without the rows `left_out`, ascending: the query
    /// itself and its copies. All other rows if there are no more than `k`.
    ///
    /// # Errors
    /// When the query is not as wide as the rows.
    pub(crate) fn search(
        &self,
        kind: IndexKind,
        query: &[f32],
        left_out: &[usize],
        k: usize,
    ) -> Result<Neighbours> {
        let wanted = k.saturating_add(left_out.len());
        let (mut hits, candidates) = match kind {
            IndexKind::Brute => (self.brute_force.search(query, wanted)?, self.len()),
            IndexKind::Lsh => {
                let probed = self.lsh()?.probe(query, wanted)?;
                (probed.hits, probed.candidates)
            }
        };
        hits.retain(|hit| left_out.binary_search(&hit.row).is_err());
        hits.truncate(k);
        Ok(Neighbours { hits, candidates })
    }

    /// The rows at distance 0 from a prepared query because their codes are the same, ascending.
    ///
    /// # Errors
    /// When the query is not as wide as the rows.
    pub(crate) fn equal_rows(&self, query: &[f32]) -> Result<Vec<usize>> {
        self.brute_force.table().equal_rows(query)
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

    /// About how many bytes the codes take.
    pub(crate) fn bytes(&self) -> usize {
        let table = self.brute_force.table();
        table.len() * table.width() * size_of::<f32>()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn index(values: Vec<f32>, white: bool) -> CodeIndex {
        let codes = Codes {
            rows: values.len() / 2,
            width: 2,
            values: values.into(),
        };
        CodeIndex::new(&codes, Measure::default(), white).unwrap()
    }

    #[test]
    fn what_cannot_be_whitened_is_compared_as_it_is() {
        for values in [vec![1.0, 2.0], vec![1.0; 8], vec![f32::NAN; 6]] {
            let index = index(values, false);
            assert!(matches!(index.form(), CodeForm::CannotWhiten(_)));
            let found = index.search(IndexKind::Brute, &[1.0, 2.0], &[0], 9);
            assert!(found.unwrap().hits.iter().all(|hit| hit.row != 0));
        }
        let values: Vec<f32> = (0..40).map(|i| (i * i % 23) as f32).collect();
        assert_eq!(*index(values.clone(), false).form(), CodeForm::Whitened);
        assert_eq!(*index(values, true).form(), CodeForm::White);
    }

    #[test]
    fn equal_codes_are_at_distance_zero_and_can_be_left_out() {
        let mut values: Vec<f32> = (0..60).map(|i| (i * i % 31) as f32 + 0.1).collect();
        let copied = [values[8], values[9]];
        for row in [11, 29] {
            values[row * 2..row * 2 + 2].copy_from_slice(&copied);
        }
        let index = index(values, false);
        let query = index.prepare_query(&copied).unwrap();
        assert_eq!(index.equal_rows(&query).unwrap(), [4, 11, 29]);
        for kind in [IndexKind::Brute, IndexKind::Lsh] {
            let found = index.search(kind, &query, &[4], 2).unwrap();
            let rows: Vec<usize> = found.hits.iter().map(|hit| hit.row).collect();
            assert_eq!(rows, [11, 29]);
            assert!(found.hits.iter().all(|hit| hit.distance == 0.0));
            let others = index.search(kind, &query, &[4, 11, 29], 99).unwrap();
            assert_eq!(others.hits.len(), 27);
        }
    }
}
