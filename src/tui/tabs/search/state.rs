//! What Search knows.

use std::path::PathBuf;

use super::action::SearchAction;
use super::encoders;
use super::keys;
use super::results::ShownResults;
use super::walk::Walk;
use crate::dataset::Dataset;
use crate::engine::{Filter, ModelInfo, ModelRef, PictureRef, Query, SearchRow};
use crate::paths::user_path::PathKind;
use crate::search::{IndexKind, Measure};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::crop_chooser::CropChooser;
use crate::tui::opened_picture::OpenedPicture;
use crate::tui::tab_id::TabId;
use crate::tui::tabs::browse::action::BrowseAction;
use crate::tui::tabs::browse::keys as browse_keys;
use crate::tui::tabs::evaluation::EvaluationView;
use crate::tui::widgets::path_input::PathInput;
use crate::tui::widgets::word_input::WordInput;

/// Up to this many pictures, all of them are ranked at once.
const MAX_RANKED: usize = 100_000;

/// Neighbours that are asked for first where there are more pictures than that; each
/// time the cursor comes near the last, four times as many.
const FIRST_K: usize = 1_000;

/// The most previous queries that are kept.
const MAX_HISTORY: usize = 1_000;

/// How neighbours are searched and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SearchOptions {
    /// Exact search or hashing.
    pub index: IndexKind,
    /// How codes are compared.
    pub measure: Measure,
    /// Whether copies of the query are found too.
    pub with_copies: bool,
    /// Rows by which pictures are larger than they are at first.
    pub zoom: i8,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self {
            index: IndexKind::Auto,
            measure: Measure::default(),
            with_copies: false,
            zoom: 0,
        }
    }
}

/// The neighbour under the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cursor {
    /// The encoder's row, from 0.
    pub encoder: usize,
    /// The neighbour's rank, from 0.
    pub rank: usize,
}

/// Search's state.
#[derive(Debug)]
pub struct SearchTab {
    /// The latest neighbours.
    pub(super) results: Option<ShownResults>,
    /// The neighbour under the cursor.
    pub(super) cursor: Cursor,
    /// How neighbours are searched.
    pub(super) options: SearchOptions,
    /// The encoders that the user chose; `None` for the best.
    pub(super) chosen_encoders: Option<Vec<ModelRef>>,
    /// While the list of encoders is open: the model under the cursor.
    pub(super) encoder_list: Option<usize>,
    /// Only pictures that pass are found.
    pub(super) filter: Filter,
    /// A filter being typed.
    pub(super) filter_input: WordInput,
    /// What is to be added to the query.
    pub(super) term_input: WordInput,
    /// A walk under way.
    pub(super) walk: Option<Walk>,
    /// How well encoders tell people apart, a view over this one.
    pub(crate) evaluation: EvaluationView,
    /// A path being typed.
    pub path: PathInput,
    /// Picture files that were opened, the latest last.
    pub(super) opened: Vec<OpenedPicture>,
    /// While the part of a file is chosen.
    pub(super) crop: Option<CropChooser>,
    /// A query other than the selected face, and the face that was selected when it
    /// was made: another face takes its place.
    pub(super) made_query: Option<(Query, Option<PictureRef>)>,
    /// The previous queries, oldest first.
    pub history: Vec<Query>,
    /// The query of `results`, so that the cursor starts at the nearest face of a
    /// new one.
    pub(super) answered_query: Option<Query>,
}

impl Default for SearchTab {
    fn default() -> Self {
        Self {
            results: None,
            cursor: Cursor::default(),
            options: SearchOptions::default(),
            chosen_encoders: None,
            encoder_list: None,
            filter: Filter::default(),
            filter_input: WordInput::default(),
            term_input: WordInput::default(),
            walk: None,
            evaluation: EvaluationView::default(),
            path: PathInput::new(PathKind::Picture),
            opened: Vec::new(),
            crop: None,
            made_query: None,
            history: Vec::new(),
            answered_query: None,
        }
    }
}

impl SearchTab {
    /// The query: what was made here, else the selected face.
    pub(super) fn query(&self, context: &Context) -> Option<Query> {
        match &self.made_query {
            Some((query, face)) if *face == context.picture() => Some(query.clone()),
            _ => context.picture().map(Query::from),
        }
    }

    /// The encoders that are shown: those that the user chose, as far as they are still
    /// there, else the best.
    pub(super) fn encoders<'a>(&self, context: &'a Context) -> Vec<&'a ModelInfo> {
        let models = &context.models;
        let chosen = self.chosen_encoders.iter().flatten();
        let find = |one: &ModelRef| models.iter().find(|info| info.reference == *one);
        let mut shown: Vec<&ModelInfo> = chosen.filter_map(find).collect();
        if shown.is_empty() {
            shown.extend(encoders::best(models));
        }
        shown
    }

    /// How many neighbours to ask for.
    pub(super) fn k(&self, dataset: &Dataset) -> usize {
        let all = dataset.pictures.len().max(1);
        if all <= MAX_RANKED {
            return all;
        }
        let mut k = FIRST_K;
        while k < self.cursor.rank + FIRST_K / 2 {
            k *= 4;
        }
        k.min(all)
    }

    /// The row with the cursor.
    pub(super) fn cursor_row(&self) -> Option<&SearchRow> {
        self.results.as_ref()?.row(self.cursor.encoder)
    }

    /// The face under the cursor: a picture's index.
    pub(super) fn selected_face(&self) -> Option<usize> {
        let hit = self.cursor_row()?.hits.get(self.cursor.rank)?;
        Some(hit.row)
    }

    /// Makes the mean of the marked faces the query; `false` without any.
    pub(crate) fn search_tagged(&mut self, context: &mut Context) -> bool {
        let tagged = context.tagged.iter();
        let pictures: Vec<PictureRef> = tagged.map(|face| PictureRef::Index(*face)).collect();
        if pictures.is_empty() {
            let key = match context.tab {
                TabId::Browse => {
                    let mark = Action::Browse(BrowseAction::ToggleTag);
                    context.key(browse_keys::MAIN, mark)
                }
                _ => context.key(keys::MAIN, Action::Search(SearchAction::ToggleTag)),
            };
            context.error(format!("no face is marked: {key} marks one"));
            return false;
        }
        let terms = Vec::new();
        self.set_query(context, Query { pictures, terms });
        true
    }

    /// Makes something the query, and keeps the previous one in the trail.
    pub(super) fn set_query(&mut self, context: &mut Context, query: Query) {
        if let Some(previous) = self.query(context) {
            self.history.push(previous);
            if self.history.len() > MAX_HISTORY {
                self.history.remove(0);
            }
        }
        self.replace_query(context, query);
    }

    /// Makes something the query instead of the present one.
    pub(super) fn replace_query(&mut self, context: &mut Context, query: Query) {
        match (query.pictures.as_slice(), query.terms.is_empty()) {
            (&[PictureRef::Index(face)], true) => {
                self.made_query = None;
                context.select_face(face);
            }
            _ => self.made_query = Some((query, context.picture())),
        }
    }
}

/// The picture file of a query.
pub(super) fn file_of(query: &Query) -> Option<&PathBuf> {
    query.pictures.iter().find_map(|picture| match picture {
        PictureRef::File(path) | PictureRef::Cropped(path, _) => Some(path),
        PictureRef::Index(_) => None,
    })
}
