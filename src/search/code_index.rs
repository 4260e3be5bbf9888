//! An index of a data set's codes, for one metric.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::brute_force::BruteForce;
use super::hit::Hit;
use super::hnsw::Hnsw;
use super::index::{Index, IndexKind};
use super::lsh::Lsh;
use super::measure::{CodeForm, Measure};
use super::metric::Metric;
use super::table::CodeTable;
use super::whitening::Whitening;
use crate::error::{Error, Result};
use crate::latent::{ArrayFile, ArrayWriter, Codes};
use crate::progress::Watch;

/// Seed of approximate indexes: the same codes always have the same ones.
const SEED: u64 = 0;

/// The longest time that exact search may take where [`IndexKind::Auto`] chooses it.
const QUICK_MS: f32 = 1.0;

/// Codes under one metric, whitened or not, with an exact index and approximate ones that are built
/// when they are wanted.
#[derive(Debug)]
pub struct CodeIndex {
    whitening: Option<Whitening>,
    form: CodeForm,
    brute_force: BruteForce,
    lsh: OnceLock<Lsh>,
    hnsw: OnceLock<Hnsw>,
    exact_ms: OnceLock<f32>,
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
            hnsw: OnceLock::new(),
            exact_ms: OnceLock::new(),
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
    /// itself and its copies. All other rows if there are no more than `k`. An index that is not
    /// built yet is replaced by exact search.
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
        let exact = || Ok::<_, Error>((self.brute_force.search(query, wanted)?, self.len()));
        let (mut hits, candidates) = match (kind, self.lsh.get(), self.hnsw.get()) {
            (IndexKind::Lsh, Some(lsh), _) => {
                let probed = lsh.probe(query, wanted)?;
                (probed.hits, probed.candidates)
            }
            (IndexKind::Hnsw, _, Some(hnsw)) => {
                let walked = hnsw.walk(query, wanted)?;
                (walked.hits, walked.candidates)
            }
            _ => exact()?,
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

    /// The kind that searches where this one is wanted: [`IndexKind::Auto`] is exact search where
    /// that is quick, else the graph.
    pub(crate) fn choose(&self, wanted: IndexKind) -> IndexKind {
        match wanted {
            IndexKind::Auto if self.exact_ms() <= QUICK_MS => IndexKind::Brute,
            IndexKind::Auto => IndexKind::Hnsw,
            wanted => wanted,
        }
    }

    /// How long exact search of one code takes, in milliseconds: the best of three, measured when
    /// it is first asked for.
    fn exact_ms(&self) -> f32 {
        *self.exact_ms.get_or_init(|| {
            if self.len() == 0 {
                return 0.0;
            }
            let query = self.brute_force.table().row(self.len() / 2);
            let times = (0..3).map(|_| {
                let began = Instant::now();
                // It is only timed, and a row of the table is as wide as the table.
                let _ = self.brute_force.search(query, 10);
                began.elapsed().as_secs_f32() * 1e3
            });
            times.fold(f32::INFINITY, f32::min)
        })
    }

    /// Whether an index can be searched as it is.
    pub(crate) fn is_built(&self, kind: IndexKind) -> bool {
        match kind {
            IndexKind::Auto | IndexKind::Brute => true,
            IndexKind::Lsh => self.lsh.get().is_some(),
            IndexKind::Hnsw => self.hnsw.get().is_some(),
        }
    }

    /// Takes an approximate index from a file that [`CodeIndex::built_file`] wrote; whether it is
    /// one of these codes.
    pub(crate) fn load(&self, kind: IndexKind, file: &ArrayFile) -> bool {
        let table = self.brute_force.table().clone();
        match kind {
            IndexKind::Auto | IndexKind::Brute => {}
            IndexKind::Lsh => {
                if let Some(lsh) = Lsh::from_file(file, self.brute_force.clone()) {
                    self.lsh.get_or_init(|| lsh);
                }
            }
            IndexKind::Hnsw => {
                if let Some(hnsw) = Hnsw::from_file(file, table) {
                    self.hnsw.get_or_init(|| hnsw);
                }
            }
        }
        self.is_built(kind)
    }

    /// Builds an approximate index, if it is not there.
    ///
    /// # Errors
    /// `Cancelled` by the watcher.
    pub(crate) fn build(&self, kind: IndexKind, watch: Watch) -> Result<()> {
        if self.is_built(kind) {
            return Ok(());
        }
        let table = self.brute_force.table().clone();
        if kind == IndexKind::Lsh {
            // Made here, it is shared.
            self.brute_force.filter();
            let lsh = Lsh::beside(self.brute_force.clone(), SEED)?;
            self.lsh.get_or_init(|| lsh);
        } else {
            let hnsw = Hnsw::new(table, SEED, watch)?;
            self.hnsw.get_or_init(|| hnsw);
        }
        Ok(())
    }

    /// Adds a built index to a file; `None` where there is nothing to keep.
    pub(crate) fn built_file(&self, kind: IndexKind, writer: ArrayWriter) -> Option<ArrayWriter> {
        match kind {
            IndexKind::Auto | IndexKind::Brute => None,
            IndexKind::Lsh => Some(self.lsh.get()?.to_file(writer)),
            IndexKind::Hnsw => self.hnsw.get()?.to_file(writer),
        }
    }

    /// An index's mean recall@10 on codes by which it was tuned, 0 to 1; 1 for exact search.
    pub(crate) fn recall(&self, kind: IndexKind) -> f32 {
        match kind {
            IndexKind::Auto | IndexKind::Brute => 1.0,
            IndexKind::Lsh => self.lsh.get().map_or(1.0, Lsh::recall),
            IndexKind::Hnsw => self.hnsw.get().map_or(1.0, Hnsw::recall),
        }
    }

    /// About how many bytes the codes take.
    pub(crate) fn bytes(&self) -> usize {
        let table = self.brute_force.table();
        table.len() * table.width() * size_of::<f32>()
    }

    /// A checksum of what is searched.
    pub(crate) fn checksum(&self) -> u32 {
        self.brute_force.table().checksum()
    }

    /// How many codes there are.
    pub(crate) fn len(&self) -> usize {
        self.brute_force.table().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

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
        for kind in [IndexKind::Brute, IndexKind::Lsh, IndexKind::Hnsw] {
            index.build(kind, &mut unwatched).unwrap();
            let found = index.search(kind, &query, &[4], 2).unwrap();
            let rows: Vec<usize> = found.hits.iter().map(|hit| hit.row).collect();
            assert_eq!(rows, [11, 29]);
            assert!(found.hits.iter().all(|hit| hit.distance == 0.0));
            let others = index.search(kind, &query, &[4, 11, 29], 99).unwrap();
            assert_eq!(others.hits.len(), 27);
        }
    }
}
