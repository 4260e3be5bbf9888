//! Sets of codes.

use postgres::Row;

use super::address::Address;
use crate::error::{Error, Result};
use crate::search::metric::Metric;
use crate::search::whitening::Whitening;

/// What identifies a set: no two have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetKey {
    /// The data set's fingerprint.
    pub data_fingerprint: String,
    /// A hash of everything that determines the model's codes.
    pub model_fingerprint: String,
    /// How codes are compared.
    pub metric: Metric,
    /// Whether they were whitened.
    pub whitened: bool,
}

/// The names of a picture, for whoever reads the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredName {
    /// The picture's id: `George_W_Bush_0001`.
    pub picture: String,
    /// The person's name: `George W Bush`.
    pub person: String,
}

/// A set to be stored.
#[derive(Debug)]
pub struct NewSet<'a> {
    /// What identifies it.
    pub key: SetKey,
    /// The data set's title.
    pub data_title: String,
    /// The model's name.
    pub model_name: String,
    /// Numbers per code.
    pub width: usize,
    /// The codes, row-major, whitened already if they are to be.
    pub values: &'a [f32],
    /// As many as there are codes.
    pub names: &'a [StoredName],
    /// The map that whitened the codes, for queries by other pictures.
    pub(crate) whitening: Option<&'a Whitening>,
}

impl<'a> NewSet<'a> {
    /// A set of codes `[names.len(), width]`, which are compared as they are.
    pub fn new(key: SetKey, names: &'a [StoredName], values: &'a [f32], width: usize) -> Self {
        Self {
            key,
            data_title: String::new(),
            model_name: String::new(),
            width,
            values,
            names,
            whitening: None,
        }
    }
}

/// A set in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSet {
    /// Its number.
    pub id: i32,
    /// What identifies it.
    pub key: SetKey,
    /// The data set's title.
    pub data_title: String,
    /// The model's name.
    pub model_name: String,
    /// Numbers per code.
    pub width: usize,
    /// How many codes.
    pub pictures: usize,
    /// How many of them are all zeros, and have no direction.
    pub(super) zero_codes: usize,
    /// Whether they have an HNSW index.
    pub indexed: bool,
    /// Who stored it.
    pub made_by: String,
    /// When, in UTC: `2026-11-26 03:12`.
    pub made_at: String,
}

/// The columns that [`StoredSet::from_row`] reads.
pub(super) const COLUMNS: &str = "id, data_title, data_fingerprint, model_name, model_fingerprint, \
     metric, whitened, width, pictures, zero_codes, indexed, made_by, \
     to_char(made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')";

impl StoredSet {
    /// Reads a row of [`COLUMNS`].
    ///
    /// # Errors
    /// When its metric is none, as after a change by hand.
    pub(super) fn from_row(row: &Row, address: &Address) -> Result<Self> {
        let id = row.get(0);
        let metric: String = row.get(5);
        let metric = match metric.as_str() {
            "l2" => Metric::L2,
            "cosine" => Metric::Cosine,
            other => {
                return Err(Error::invalid(
                    address,
                    format!("set {id} has the metric {other:?}; remove it and store it again"),
                ));
            }
        };
        let count = |column: usize| usize::try_from(row.get::<_, i64>(column)).unwrap_or(0);
        Ok(Self {
            id,
            data_title: row.get(1),
            model_name: row.get(3),
            key: SetKey {
                data_fingerprint: row.get(2),
                model_fingerprint: row.get(4),
                metric,
                whitened: row.get(6),
            },
            width: usize::try_from(row.get::<_, i32>(7)).unwrap_or(0),
            pictures: count(8),
            zero_codes: count(9),
            indexed: row.get(10),
            made_by: row.get(11),
            made_at: row.get(12),
        })
    }

    /// `set 3: pca-64 of lfw, cosine, whitened`.
    pub fn describe(&self) -> String {
        format!(
            "set {}: {} of {}, {}{}",
            self.id,
            self.model_name,
            self.data_title,
            self.key.metric,
            if self.key.whitened { ", whitened" } else { "" }
        )
    }
}
