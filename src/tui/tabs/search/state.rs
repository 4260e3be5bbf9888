//! What Search knows.

use std::path::PathBuf;

use crate::engine::{PictureRef, SearchResults};
use crate::paths::user_path::PathKind;
use crate::search::{IndexKind, Metric};
use crate::tui::context::Context;
use crate::tui::widgets::path_input::PathInput;

/// Neighbours at first, and how many a key adds.
pub(super) const K_STEP: usize = 10;

/// The most neighbours that are shown.
pub(super) const MAX_K: usize = 60;

/// How neighbours are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SearchOptions {
    /// The number of neighbours.
    pub k: usize,
    /// Exact search or hashing.
    pub index: IndexKind,
    /// The distance.
    pub metric: Metric,
    /// Whether codes are whitened.
    pub whiten: bool,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self {
            k: K_STEP,
            index: IndexKind::Brute,
            metric: Metric::default(),
            whiten: true,
        }
    }
}

/// Search's state.
#[derive(Debug)]
pub struct SearchTab {
    /// The latest neighbours.
    pub(crate) results: Option<SearchResults>,
    /// The neighbour under the cursor, from 0.
    pub(crate) cursor: usize,
    /// How neighbours are searched.
    pub(crate) options: SearchOptions,
    /// A path being typed.
    pub path: PathInput,
    /// A picture file as the query, and the face that was selected when it was
    /// opened: another face takes its place.
    pub(super) file: Option<(PathBuf, Option<usize>)>,
    /// The previous queries, oldest first.
    pub history: Vec<PictureRef>,
    /// The query of `results`, so that the cursor starts at the nearest face of a
    /// new one.
    pub(super) answered_query: Option<PictureRef>,
}

impl Default for SearchTab {
    fn default() -> Self {
        Self {
            results: None,
            cursor: 0,
            options: SearchOptions::default(),
            path: PathInput::new(PathKind::Picture),
            file: None,
            history: Vec::new(),
            answered_query: None,
        }
    }
}

impl SearchTab {
    /// The query: the file that was opened here, else the selected face.
    pub(super) fn query(&self, context: &Context) -> Option<PictureRef> {
        match &self.file {
            Some((path, face)) if *face == context.face => Some(PictureRef::File(path.clone())),
            _ => context.face.map(PictureRef::Index),
        }
    }

    /// The neighbours' number; 0 before there are any.
    pub(super) fn count(&self) -> usize {
        self.results.as_ref().map_or(0, |found| found.hits.len())
    }

    /// The face under the cursor: a picture's index.
    pub(super) fn selected_face(&self) -> Option<usize> {
        let hit = self.results.as_ref()?.hits.get(self.cursor)?;
        Some(hit.row)
    }
}
