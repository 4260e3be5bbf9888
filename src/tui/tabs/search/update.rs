//! How Search's state changes.

use super::action::SearchAction;
use super::layout::SearchLayout;
use super::state::{K_STEP, MAX_K, SearchTab};
use crate::engine::{PictureRef, SearchResults};
use crate::search::{IndexKind, Metric};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::motion::Direction;
use crate::tui::path_lookup::LookupResult;
use crate::tui::tab_id::TabId;
use crate::tui::widgets::path_input::{PathEdit, Resolution};

/// Handles an action of the user.
pub(super) fn update(tab: &mut SearchTab, context: &mut Context, action: Action) {
    if tab.path.is_open() {
        if let PathEdit::LookUp(lookup) = tab.path.update(action) {
            context.push_effect(Effect::LookUp(lookup));
        }
        return;
    }
    match action {
        Action::Search(action) => handle(tab, context, action),
        Action::Back => step_back(tab, context),
        action => move_cursor(tab, context, action),
    }
}

fn handle(tab: &mut SearchTab, context: &mut Context, action: SearchAction) {
    let options = &mut tab.options;
    match action {
        SearchAction::Query => {
            if let Some((face, query)) = tab.selected_face().zip(tab.query(context)) {
                tab.history.push(query);
                tab.file = None;
                context.face = Some(face);
            }
        }
        SearchAction::Back => step_back(tab, context),
        SearchAction::OpenFile => tab.path.open(""),
        SearchAction::NextModel => context.select_next_model(),
        SearchAction::ToggleIndex => {
            options.index = match options.index {
                IndexKind::Brute => IndexKind::Lsh,
                IndexKind::Lsh => IndexKind::Brute,
            }
        }
        SearchAction::ToggleMetric => {
            options.metric = match options.metric {
                Metric::L2 => Metric::Cosine,
                Metric::Cosine => Metric::L2,
            }
        }
        SearchAction::ToggleWhitening => options.whiten = !options.whiten,
        SearchAction::More => options.k = (options.k + K_STEP).min(MAX_K),
        SearchAction::Fewer => options.k = options.k.saturating_sub(K_STEP).max(K_STEP),
        SearchAction::Denoise => {
            if let Some(face) = tab.selected_face() {
                context.open_face_in(face, TabId::Denoise);
            }
        }
        SearchAction::Mark(endpoint) => {
            if let Some(face) = tab.selected_face() {
                context.mark(endpoint, face);
            }
        }
    }
}

fn move_cursor(tab: &mut SearchTab, context: &Context, action: Action) {
    let count = tab.count();
    let layout = SearchLayout::new(context.size, context.capabilities.cell_size, count);
    let columns = layout.columns;
    let half_page = layout.rows.div_ceil(2) * columns;
    let last = count.saturating_sub(1);
    let cursor = tab.cursor;
    tab.cursor = match action {
        Action::Move(Direction::Left) => cursor.saturating_sub(1),
        Action::Move(Direction::Right) => cursor + 1,
        Action::Move(Direction::Up) if cursor >= columns => cursor - columns,
        Action::Move(Direction::Down) if cursor + columns <= last => cursor + columns,
        Action::HalfPageUp => cursor.saturating_sub(half_page),
        Action::HalfPageDown => cursor + half_page,
        Action::First => 0,
        Action::Last => last,
        _ => cursor,
    }
    .min(last);
}

/// Goes back to the previous query.
fn step_back(tab: &mut SearchTab, context: &mut Context) {
    match tab.history.pop() {
        Some(PictureRef::Index(face)) => {
            tab.file = None;
            context.face = Some(face);
        }
        Some(PictureRef::File(path)) => tab.file = Some((path, context.face)),
        None => {}
    }
}

/// Shows neighbours; the cursor starts at the nearest if the query is a new one.
pub(super) fn show_results(tab: &mut SearchTab, context: &Context, results: SearchResults) {
    let query = tab.query(context);
    let last = results.hits.len().saturating_sub(1);
    if tab.answered_query != query {
        tab.cursor = 0;
        tab.answered_query = query;
    }
    tab.cursor = tab.cursor.min(last);
    tab.results = Some(results);
}

/// A picture file that could never be searched does not stay the query.
pub(super) fn drop_failed_query(tab: &mut SearchTab, context: &mut Context) {
    let query = tab.query(context);
    if matches!(query, Some(PictureRef::File(_))) && tab.answered_query != query {
        step_back(tab, context);
    }
}

/// Makes the picture at the typed path the query. What is no picture leaves the
/// query as it is.
pub(super) fn on_path_lookup(tab: &mut SearchTab, context: &mut Context, result: LookupResult) {
    match tab.path.on_lookup(result) {
        Resolution::Ignored => {}
        Resolution::Rejected(problem) => context.error(problem),
        Resolution::Accepted(path, more) => {
            if more > 0 {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                context.info(format!(
                    "{} files were given; only the first, {name}, is searched",
                    more + 1
                ));
            }
            if let Some(query) = tab.query(context) {
                tab.history.push(query);
            }
            tab.file = Some((path, context.face));
        }
    }
}
