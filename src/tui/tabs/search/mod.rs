//! Search: the nearest neighbours of a face, and a walk from neighbour to
//! neighbour.

pub(crate) mod action;
mod histogram;
pub(crate) mod keys;
mod layout;
mod state;
mod update;
mod view;

use ratatui::layout::Rect;

use super::tab::Tab;
use crate::engine::{Request, RequestKind, ResponseBody, SearchParams};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::keymap::{Keymap, shared};
use crate::tui::path_lookup::LookupResult;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

pub(crate) use state::{SearchOptions, SearchTab};

impl SearchTab {
    /// Handles what was found at the path that was typed here.
    pub(crate) fn on_path_lookup(&mut self, context: &mut Context, result: LookupResult) {
        update::on_path_lookup(self, context, result);
    }
}

impl Tab for SearchTab {
    fn input_keymap(&self) -> Option<Keymap<Action>> {
        self.path.is_open().then_some(shared::PATH)
    }

    fn requests(&self, context: &Context) -> Vec<Request> {
        let Some((query, model)) = self.query(context).zip(context.model.clone()) else {
            return Vec::new();
        };
        let SearchOptions {
            k,
            index,
            metric,
            whiten,
        } = self.options;
        vec![Request::Search(SearchParams {
            model,
            query,
            k,
            index,
            metric,
            whiten,
            with_copies: false,
        })]
    }

    fn update(&mut self, context: &mut Context, action: Action) {
        update::update(self, context, action);
    }

    fn on_response(&mut self, context: &mut Context, _kind: RequestKind, body: ResponseBody) {
        if let ResponseBody::SearchResults(results) = body {
            update::show_results(self, context, results);
        }
    }

    fn on_failure(&mut self, context: &mut Context) {
        update::drop_failed_query(self, context);
    }

    fn on_dataset_opened(&mut self, _context: &mut Context) {
        *self = Self {
            options: self.options,
            ..Self::default()
        };
    }

    fn status(&self, _context: &Context) -> String {
        let Some(found) = &self.results else {
            return String::new();
        };
        let k = found.hits.len();
        format!(
            "{} codes · exact {:.2} ms · hashing {:.2} ms, compares {} and finds {} of these {k} (recall@{k} {:.0} % overall)",
            text::with_thousands(found.rows),
            found.brute_ms,
            found.lsh_ms,
            text::with_thousands(found.lsh_candidates),
            found.lsh_found,
            100.0 * found.lsh_recall
        )
    }

    fn render(&self, context: &Context, canvas: &mut Canvas, area: Rect) {
        view::render(self, context, canvas, area);
    }
}
