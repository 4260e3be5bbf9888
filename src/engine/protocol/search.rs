//! Search's request and its response.

use std::sync::Arc;

use image::RgbImage;

use crate::model_store::filter::Filter;
use crate::model_store::query::Query;
use crate::model_store::{ModelRef, PictureRef};
use crate::search::{CodeForm, Hit, IndexKind, Measure};

/// What to search for, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchParams {
    /// Whose codes are compared: a row of neighbours for each, in this order.
    pub encoders: Vec<ModelRef>,
    /// Encoders of which one answers as long as none of the others can: the first that is
    /// ready, else the last when it is.
    pub meanwhile: Vec<ModelRef>,
    /// The query; pictures of the data set are not their own neighbours.
    pub query: Query,
    /// Number of neighbours, at least 1.
    pub k: usize,
    /// Exact or approximate.
    pub index: IndexKind,
    /// How codes are compared.
    pub measure: Measure,
    /// Also find copies of the query: picture files with the same bytes.
    pub with_copies: bool,
    /// Only these pictures are found. What is filtered is searched exactly.
    pub filter: Filter,
}

impl SearchParams {
    /// The ten nearest by one encoder and the default measure.
    pub fn new(encoder: ModelRef, query: PictureRef) -> Self {
        Self {
            encoders: vec![encoder],
            meanwhile: Vec::new(),
            query: query.into(),
            k: 10,
            index: IndexKind::Auto,
            measure: Measure::default(),
            with_copies: false,
            filter: Filter::default(),
        }
    }
}

/// A query's neighbours, as far as they are known.
#[derive(Debug, Clone)]
pub struct SearchResults {
    /// In the order of the encoders, without those that are not ready.
    pub rows: Vec<Arc<SearchRow>>,
    /// Encoders that will answer later.
    pub pending: usize,
    /// Whether the only row is that of the encoder that answers meanwhile.
    pub is_meanwhile: bool,
    /// Encoders that cannot answer, and why.
    pub failed: Vec<(ModelRef, String)>,
}

/// A query's neighbours in the codes of one encoder.
#[derive(Debug, Clone)]
pub struct SearchRow {
    /// Whose codes.
    pub encoder: ModelRef,
    /// Its label.
    pub label: String,
    /// The query's first picture as the encoder sees it.
    pub query: Arc<RgbImage>,
    /// Nearest first.
    pub hits: Vec<Hit>,
    /// Rows that could be found: those that pass the filter, without the query itself.
    pub candidates: usize,
    /// What was done to the codes before they were compared.
    pub form: CodeForm,
    /// Copies of the query that were left out.
    pub copies: usize,
    /// What found the hits.
    pub index: IndexKind,
    /// An approximate index that is being built: this row is answered again when it is there.
    pub building: Option<IndexKind>,
    /// How long that took, without encoding the query.
    pub milliseconds: f32,
    /// How good and how quick the approximate index is, where one was asked for.
    pub approximate: Option<Approximate>,
    /// For a picture file: 5th and 95th percentile of faces' distances to their nearest other
    /// face, to judge by whether it shows a face at all.
    pub usual: Option<(f32, f32)>,
    /// The query's distances to all candidates.
    pub histogram: Histogram,
}

/// What an approximate index finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Approximate {
    /// Of the ten nearest by exact search, how many it found.
    pub found: usize,
    /// Ten, or fewer where there are fewer rows; 0 where there are too many for exact search at
    /// every query.
    pub of: usize,
    /// Rows whose distance it computed for this query.
    pub compared: usize,
    /// How long exact search of the same query takes, in milliseconds.
    pub exact_ms: f32,
    /// Mean share of the ten nearest that it finds, measured on some of the data set's faces as
    /// queries when it was built.
    pub recall: f32,
}

/// Counts of distances in equal bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// The first bin's lower edge.
    pub low: f32,
    /// The last bin's upper edge.
    pub high: f32,
    /// Rows in each bin.
    pub counts: Vec<u32>,
}
