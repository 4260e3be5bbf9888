//! How Search's state changes.

mod crop;
mod encoder_list;
mod prompt;
mod walk;

use super::action::SearchAction;
use super::keys;
use super::layout::SearchLayout;
use super::results::ShownResults;
use super::state::{Cursor, SearchTab, file_of};
use crate::engine::{PictureRef, SearchResults};
use crate::search::{IndexKind, Metric};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::motion::{Direction, Step};
use crate::tui::path_lookup::LookupResult;
use crate::tui::pointer::target::Target;
use crate::tui::tab_id::TabId;
use crate::tui::widgets::path_input::{PathEdit, Resolution};

/// The most steps by which pictures are larger or smaller than at first.
const MAX_ZOOM: i8 = 16;

/// Handles an action of the user.
pub(super) fn update(tab: &mut SearchTab, context: &mut Context, action: Action) {
    if tab.path.is_open() {
        if let PathEdit::LookUp(lookup) = tab.path.update(action) {
            context.push_effect(Effect::LookUp(lookup));
        }
        return;
    }
    if tab.walk.is_some() {
        if action == Action::Search(SearchAction::StopWalk) {
            walk::stop(tab, context);
        }
        return;
    }
    if tab.filter_input.is_open() || tab.term_input.is_open() {
        return prompt::update(tab, context, action);
    }
    if tab.crop.is_some() {
        return crop::update(tab, context, action);
    }
    if let Some(cursor) = tab.encoder_list {
        return encoder_list::update(tab, context, cursor, action);
    }
    if tab.evaluation.takes(action) {
        if let Some(face) = tab.evaluation.update(context, action) {
            tab.set_query(context, PictureRef::Index(face).into());
        }
        return;
    }
    match action {
        Action::Search(action) => handle(tab, context, action),
        Action::Click(Target::Neighbour { encoder, rank }) => {
            let clicked = Cursor { encoder, rank };
            if tab.cursor == clicked {
                handle(tab, context, SearchAction::Query);
            } else {
                tab.cursor = clicked;
            }
        }
        Action::Back if !tab.filter.is_empty() => prompt::clear_filter(tab),
        Action::Back => step_back(tab, context),
        action => move_cursor(tab, context, action),
    }
}

fn handle(tab: &mut SearchTab, context: &mut Context, action: SearchAction) {
    let options = &mut tab.options;
    match action {
        SearchAction::Query => {
            if let Some(face) = tab.selected_face() {
                tab.set_query(context, PictureRef::Index(face).into());
            }
        }
        SearchAction::Back => step_back(tab, context),
        SearchAction::OpenFile => tab.path.open(""),
        SearchAction::Crop => crop::open(tab, context),
        SearchAction::ToggleTag => {
            if let Some(face) = tab.selected_face() {
                context.toggle_tag(face, keys::MAIN);
            }
        }
        SearchAction::Untag => {
            context.tagged.clear();
            context.info("no face is marked");
        }
        SearchAction::AddTerm => prompt::open_term(tab, context),
        SearchAction::StepAmount(step) => prompt::step_amount(tab, context, step),
        SearchAction::Filter => prompt::open_filter(tab, context),
        SearchAction::Walk => walk::start(tab, context),
        SearchAction::ChooseEncoders => encoder_list::open(tab, context),
        SearchAction::ToggleEncoder
        | SearchAction::OnlyEncoder
        | SearchAction::DefaultEncoders
        | SearchAction::StopWalk => {}
        SearchAction::ToggleIndex => {
            options.index = match options.index {
                IndexKind::Auto => IndexKind::Brute,
                IndexKind::Brute => IndexKind::Lsh,
                IndexKind::Lsh => IndexKind::Hnsw,
                IndexKind::Hnsw => IndexKind::Auto,
            };
            context.info(match options.index {
                IndexKind::Auto => "exact search, or the graph where that is quicker",
                IndexKind::Brute => "exact search",
                IndexKind::Lsh => "hashing",
                IndexKind::Hnsw => "the graph of near codes",
            });
        }
        SearchAction::ToggleMetric => {
            options.measure.metric = match options.measure.metric {
                Metric::L2 => Metric::Cosine,
                Metric::Cosine => Metric::L2,
            }
        }
        SearchAction::ToggleWhitening => options.measure.whiten = !options.measure.whiten,
        SearchAction::ToggleCopies => {
            options.with_copies = !options.with_copies;
            context.info(if options.with_copies {
                "copies of the query's file are found too"
            } else {
                "copies of the query's file are left out"
            });
        }
        SearchAction::Page(step) => turn_page(tab, context, step),
        SearchAction::Zoom(step) => zoom(tab, context, step),
        SearchAction::Denoise => {
            if let Some(face) = tab.selected_face() {
                context.open_face_in(face, TabId::Denoise);
            }
        }
        SearchAction::Mark(endpoint) => {
            if let Some(face) = tab.selected_face() {
                let mark_other = Action::Search(SearchAction::Mark(endpoint.other()));
                let key = context.key(keys::MAIN, mark_other);
                context.mark(endpoint, face, &key);
            }
        }
    }
}

/// Whether a key would do something now.
pub(super) fn does_something(tab: &SearchTab, context: &Context, action: Action) -> bool {
    let Action::Search(action) = action else {
        return action != Action::SearchTagged || !context.tagged.is_empty();
    };
    match action {
        SearchAction::Back => !tab.history.is_empty(),
        SearchAction::Crop => {
            let query = tab.query(context);
            query.is_some_and(|query| crop::file_and_crop(&query).is_some())
        }
        SearchAction::Page(_) => last_rank(tab) >= layout(tab, context).cells.page(),
        SearchAction::Query
        | SearchAction::ToggleTag
        | SearchAction::Walk
        | SearchAction::Denoise
        | SearchAction::Mark(_) => tab.selected_face().is_some(),
        SearchAction::Untag => !context.tagged.is_empty(),
        _ => true,
    }
}

/// Where everything is now.
pub(super) fn layout(tab: &SearchTab, context: &Context) -> SearchLayout {
    let rows = tab.results.as_ref().map_or(0, ShownResults::rows);
    let encoders = rows.max(tab.encoders(context).len());
    SearchLayout::new(
        context.size,
        context.capabilities.cell_size,
        encoders,
        tab.options.zoom,
        tab.crop.is_some(),
    )
}

fn zoom(tab: &mut SearchTab, context: &Context, step: Step) {
    let (zoom, before) = (tab.options.zoom, layout(tab, context).cells);
    // Steps that make no difference are passed over.
    for steps in 1..=MAX_ZOOM {
        tab.options.zoom = match step {
            Step::Next => zoom + steps,
            Step::Previous => zoom - steps,
        };
        if tab.options.zoom.abs() > MAX_ZOOM {
            break;
        }
        if layout(tab, context).cells != before {
            return;
        }
    }
    tab.options.zoom = zoom;
}

/// A page on or back, at the same place of the page.
fn turn_page(tab: &mut SearchTab, context: &Context, step: Step) {
    let page = layout(tab, context).cells.page();
    let last = last_rank(tab);
    let Cursor { rank, .. } = tab.cursor;
    tab.cursor.rank = match step {
        Step::Next if rank / page < last / page => (rank + page).min(last),
        Step::Previous if rank >= page => rank - page,
        _ => rank,
    };
}

/// The rank of the farthest neighbour in the cursor's row.
fn last_rank(tab: &SearchTab) -> usize {
    let hits = tab.cursor_row().map_or(0, |row| row.hits.len());
    hits.saturating_sub(1)
}

fn move_cursor(tab: &mut SearchTab, context: &Context, action: Action) {
    let cells = layout(tab, context).cells;
    let (page, columns) = (cells.page(), cells.columns);
    let last = last_rank(tab);
    let encoders = tab.results.as_ref().map_or(0, ShownResults::rows);
    let Cursor { encoder, rank } = tab.cursor;
    let (first, place) = (rank / page * page, rank % page);
    match action {
        Action::Move(Direction::Left) => tab.cursor.rank = rank.saturating_sub(1),
        Action::Move(Direction::Right) => tab.cursor.rank = (rank + 1).min(last),
        // Within the encoder's part, else into the next one; with one encoder to the next page.
        Action::Move(Direction::Down) => {
            let is_last_row = place / columns + 1 == cells.rows;
            if encoders > 1 && (is_last_row || rank + columns > last) {
                if encoder + 1 < encoders {
                    tab.cursor.encoder += 1;
                    tab.cursor.rank = (first + place % columns).min(last_rank(tab));
                }
            } else if rank / columns < last / columns {
                tab.cursor.rank = (rank + columns).min(last);
            }
        }
        Action::Move(Direction::Up) => {
            if encoders > 1 && place < columns {
                if encoder > 0 {
                    tab.cursor.encoder -= 1;
                    let bottom = (cells.rows - 1) * columns;
                    tab.cursor.rank = (first + bottom + place).min(last_rank(tab));
                }
            } else {
                tab.cursor.rank = rank.checked_sub(columns).unwrap_or(rank);
            }
        }
        Action::First => tab.cursor.rank = 0,
        Action::Last => tab.cursor.rank = last,
        _ => {}
    }
}

/// Goes back to the previous query.
fn step_back(tab: &mut SearchTab, context: &mut Context) {
    if let Some(query) = tab.history.pop() {
        tab.replace_query(context, query);
    }
}

/// Shows neighbours; the cursor starts at the nearest if the query is a new one.
pub(super) fn show_results(tab: &mut SearchTab, context: &mut Context, found: SearchResults) {
    let Some((query, dataset)) = tab.query(context).zip(context.dataset()) else {
        return;
    };
    tab.results = Some(ShownResults::new(found, &query, dataset));
    if tab.answered_query.as_ref() != Some(&query) {
        tab.cursor.rank = 0;
        tab.answered_query = Some(query);
    }
    let rows = tab.results.as_ref().map_or(0, ShownResults::rows);
    tab.cursor.encoder = tab.cursor.encoder.min(rows.saturating_sub(1));
    tab.cursor.rank = tab.cursor.rank.min(last_rank(tab));
    walk::step(tab, context);
}

/// A query that could never be searched does not stay.
pub(super) fn drop_failed_query(tab: &mut SearchTab, context: &mut Context) {
    let query = tab.query(context);
    let is_file = query.as_ref().is_some_and(|query| file_of(query).is_some());
    if is_file && tab.answered_query != query {
        step_back(tab, context);
    }
}

/// Makes the picture at the typed path the query. What is no picture leaves the
/// query as it is.
pub(super) fn on_path_lookup(tab: &mut SearchTab, context: &mut Context, result: LookupResult) {
    match tab.path.on_lookup(result) {
        Resolution::Ignored | Resolution::Accepted(..) => {}
        Resolution::Rejected(problem) => context.error(problem),
        Resolution::Picture(picture, more) => {
            let name = picture.path.file_name().unwrap_or_default();
            let name = name.to_string_lossy().into_owned();
            crop::open_picture(tab, context, *picture);
            if more > 0 {
                context.info(format!(
                    "{} files were given; only the first, {name}, is searched",
                    more + 1
                ));
            }
        }
    }
}
