//! Nearest neighbours in a stored set.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use pgvector::Vector;
use postgres::types::ToSql;
use postgres::{Row, Statement};

use super::failure;
use super::set::StoredSet;
use super::store::Store;
use crate::error::{Error, Result};
use crate::search::brute_force::BruteForce;
use crate::search::hit::Hit;
use crate::search::index::Index;
use crate::search::metric::Metric;
use crate::search::table::CodeTable;
use crate::search::whitening::Whitening;

/// Codes that the server finds beyond those asked for. They are compared again here, so that
/// distances and the order of ties are exactly those of the other indexes.
const MARGIN: usize = 16;

/// Bounds of pgvector's `hnsw.ef_search`, the length of the list of candidates. A search through the
/// index finds no more than this many.
const MIN_LIST: usize = 200;
const MAX_LIST: usize = 1000;

/// A stored set, ready to be searched: by its HNSW index, approximately, or exactly where it has
/// none, and where more neighbours are asked for than the index finds.
///
/// Distances and ties are as [`Index`] has them.
pub struct PgIndex {
    connection: Mutex<Connection>,
    set: StoredSet,
    whitening: Option<Whitening>,
}

struct Connection {
    store: Store,
    plan: Option<Plan>,
    /// By what follows the set's number in their text.
    statements: HashMap<String, Statement>,
}

/// How the server searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// By comparing all codes.
    Exact,
    /// By the index, with a list of this length.
    Index(usize),
}

impl PgIndex {
    /// Opens a set.
    ///
    /// # Errors
    /// When it is gone, or its whitening is damaged.
    pub fn open(mut store: Store, set: StoredSet) -> Result<Self> {
        let row = store
            .client
            .query_opt(
                "SELECT whitening FROM lfw_tui_sets WHERE id = $1",
                &[&set.id],
            )
            .map_err(|error| failure::explain(&store.address, &error))?;
        let bytes: Option<Vec<u8>> = row.ok_or_else(|| removed(&store, &set))?.get(0);
        let whitening = bytes
            .map(|bytes| Whitening::from_bytes(&bytes))
            .transpose()?;
        let fits = whitening
            .as_ref()
            .is_none_or(|whitening| whitening.width() == set.width);
        if !fits {
            return Err(Error::invalid(
                &store.address,
                format!(
                    "{} is damaged; remove it and store it again",
                    set.describe()
                ),
            ));
        }
        Ok(Self {
            connection: Mutex::new(Connection {
                store,
                plan: None,
                statements: HashMap::new(),
            }),
            set,
            whitening,
        })
    }

    /// The set.
    pub fn set(&self) -> &StoredSet {
        &self.set
    }

    /// Whitens a model's code as the stored ones were.
    ///
    /// # Errors
    /// When it is not as wide as the model's codes were.
    pub(crate) fn prepare_query(&self, code: &[f32]) -> Result<Vec<f32>> {
        match &self.whitening {
            Some(whitening) => whitening.apply(code),
            None => Ok(code.to_vec()),
        }
    }

    /// The `k` nearest rows, nearest first. Of equal distances, the lower row comes first.
    ///
    /// # Errors
    /// When the query is not as wide as the codes, the set was removed, or the connection is lost.
    pub fn search(&self, query: &[f32], k: usize) -> Result<Vec<Hit>> {
        let width = self.set.width;
        if query.len() != width {
            return Err(Error::invalid(
                "query code",
                format!("has {} numbers; the stored codes have {width}", query.len()),
            ));
        }
        if k == 0 || query.iter().any(|value| !value.is_finite()) {
            return Ok(Vec::new());
        }
        let mut candidates = self.candidates(query, k)?;
        candidates.sort_unstable_by_key(|(ordinal, _)| *ordinal);
        candidates.dedup_by_key(|(ordinal, _)| *ordinal);
        let values: Vec<f32> = candidates
            .iter()
            .flat_map(|(_, code)| code.as_slice().iter().copied())
            .collect();
        let table = CodeTable::new(values, width, self.set.key.metric)?;
        let mut hits = BruteForce::new(Arc::new(table)).search(query, k)?;
        for hit in &mut hits {
            hit.row = candidates[hit.row].0;
        }
        Ok(hits)
    }

    /// Searches for many queries `[n, width]`, row-major, one after another.
    ///
    /// # Errors
    /// As [`PgIndex::search`].
    pub fn search_batch(&self, queries: &[f32], k: usize) -> Result<Vec<Vec<Hit>>> {
        queries
            .chunks(self.set.width)
            .map(|query| self.search(query, k))
            .collect()
    }

    /// The `k` nearest neighbours of a stored row, without the row itself.
    ///
    /// # Errors
    /// As [`PgIndex::search`]; [`Error::NotFound`] if there is no such row.
    pub fn neighbours(&self, row: usize, k: usize) -> Result<Vec<Hit>> {
        let mut hits = self.search(&self.code(row)?, k.saturating_add(1))?;
        hits.retain(|hit| hit.row != row);
        hits.truncate(k);
        Ok(hits)
    }

    /// A stored code.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn code(&self, row: usize) -> Result<Vec<f32>> {
        let ordinal = i32::try_from(row).unwrap_or(i32::MAX);
        let rows = self.query("AND ordinal = $1", &[&ordinal], None)?;
        match rows.into_iter().next() {
            Some((_, code)) => Ok(code.into()),
            None => Err(Error::not_found(
                format!("picture {row}"),
                format!("{} has no such row", self.set.describe()),
            )),
        }
    }

    /// Rows among which the nearest are, in any order.
    fn candidates(&self, query: &[f32], k: usize) -> Result<Vec<(usize, Vector)>> {
        let is_cosine = self.set.key.metric == Metric::Cosine;
        if is_cosine && query.iter().all(|&value| value == 0.0) {
            // It has no direction: equal to codes of zeros, and equally far from all others.
            let mut rows = self.zero_codes(k)?;
            rows.extend(self.query("ORDER BY ordinal LIMIT $1", &[&limit(k)], None)?);
            return Ok(rows);
        }
        let wanted = k.saturating_add(MARGIN);
        let list = wanted.saturating_mul(2).max(MIN_LIST);
        let by_index = self.set.indexed && wanted < self.set.pictures && list <= MAX_LIST;
        let plan = if by_index {
            Plan::Index(list)
        } else {
            Plan::Exact
        };
        let operator = if is_cosine { "<=>" } else { "<->" };
        let nearest = match plan {
            // Ties are sorted out later: the index knows only distances.
            Plan::Index(_) => {
                let width = self.set.width;
                format!("ORDER BY code::vector({width}) {operator} $1 LIMIT $2")
            }
            Plan::Exact => format!("ORDER BY code {operator} $1, ordinal LIMIT $2"),
        };
        let vector = Vector::from(query.to_vec());
        let mut rows = self.query(&nearest, &[&vector, &limit(wanted)], Some(plan))?;
        if rows.is_empty() && self.set.pictures > self.set.zero_codes {
            return Err(removed(&self.connection().store, &self.set));
        }
        if is_cosine && self.set.zero_codes > 0 {
            // Their distance is not a number for the server.
            rows.extend(self.zero_codes(k)?);
        }
        Ok(rows)
    }

    /// The first rows of zeros.
    fn zero_codes(&self, k: usize) -> Result<Vec<(usize, Vector)>> {
        if self.set.zero_codes == 0 {
            return Ok(Vec::new());
        }
        let zeros = "AND vector_norm(code) = 0 ORDER BY ordinal LIMIT $1";
        self.query(zeros, &[&limit(k)], None)
    }

    /// Codes of the set, by what follows `WHERE set_id = …` in the query.
    fn query(
        &self,
        rest: &str,
        parameters: &[&(dyn ToSql + Sync)],
        plan: Option<Plan>,
    ) -> Result<Vec<(usize, Vector)>> {
        let mut connection = self.connection();
        let Connection {
            store,
            plan: active,
            statements,
        } = &mut *connection;
        let Store { client, address } = store;
        let failed = |error| failure::explain(address, &error);
        if let Some(plan) = plan
            && *active != Some(plan)
        {
            client.batch_execute(&plan.settings()).map_err(failed)?;
            *active = Some(plan);
        }
        let statement = match statements.get(rest) {
            Some(statement) => statement.clone(),
            None => {
                // The set's number is part of the text, since its index is found only so.
                let text = format!(
                    "SELECT ordinal, code FROM lfw_tui_codes WHERE set_id = {} {rest}",
                    self.set.id
                );
                let statement = client.prepare(&text).map_err(failed)?;
                statements.insert(rest.to_string(), statement.clone());
                statement
            }
        };
        let rows = client.query(&statement, parameters).map_err(failed)?;
        rows.iter().map(candidate).collect()
    }

    fn connection(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn candidate(row: &Row) -> Result<(usize, Vector)> {
    let ordinal: i32 = row.get(0);
    let ordinal = usize::try_from(ordinal)
        .map_err(|_| Error::invalid("lfw_tui_codes", format!("has a row {ordinal}")))?;
    Ok((ordinal, row.get(1)))
}

/// `LIMIT` takes a 64-bit number.
fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

impl Plan {
    /// The planner's settings. It might prefer to sort a small set, which would be right, but not
    /// what was asked for; and it must not use the index where more is wanted than that finds.
    fn settings(self) -> String {
        let (on, list) = match self {
            Self::Exact => ("on", MIN_LIST),
            Self::Index(list) => ("off", list),
        };
        let index = if self == Self::Exact { "off" } else { "on" };
        format!(
            "SET enable_seqscan = {on}; SET enable_bitmapscan = {on}; SET enable_sort = {on}; \
             SET enable_indexscan = {index}; SET hnsw.ef_search = {list}"
        )
    }
}

fn removed(store: &Store, set: &StoredSet) -> Error {
    Error::not_found(
        format!("{} in {}", set.describe(), store.address),
        "it was removed; upload it again with `lfw-tui codes MODEL -o postgresql://`",
    )
}
