//! How Browse's state changes.

use super::action::BrowseAction;
use super::keys;
use super::layout::BrowseLayout;
use super::state::BrowseTab;
use crate::dataset::Dataset;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::motion::Direction;
use crate::tui::pointer::target::Target;
use crate::tui::tab_id::TabId;
use crate::tui::widgets::text_input::EditOutcome;

/// Handles an action of the user.
pub(super) fn update(tab: &mut BrowseTab, context: &mut Context, action: Action) {
    let Some(dataset) = context.dataset().cloned() else {
        return;
    };
    let layout = BrowseLayout::new(context.size, context.capabilities.cell_size);
    if tab.filter.is_open() {
        match tab.filter.update(action) {
            EditOutcome::Changed | EditOutcome::Cancelled => tab.refresh_list(&dataset),
            EditOutcome::Unhandled => move_selection(tab, &layout, &dataset, action),
            EditOutcome::Accepted => {}
        }
        return;
    }
    match action {
        Action::Enter => {
            tab.in_pictures = !tab.in_pictures && tab.selected_picture(&dataset).is_some();
        }
        Action::Back if tab.in_pictures => tab.in_pictures = false,
        Action::Back if !tab.filter.text().is_empty() => {
            tab.filter.set_text("");
            tab.refresh_list(&dataset);
        }
        Action::Click(target) => click(tab, context, &dataset, target),
        Action::Browse(action) => handle(tab, context, &dataset, action),
        motion => move_selection(tab, &layout, &dataset, motion),
    }
}

/// A person or a picture is selected, and one that is selected is opened.
fn click(tab: &mut BrowseTab, context: &mut Context, dataset: &Dataset, target: Target) {
    match target {
        Target::Person(index) if index == tab.selected => {
            tab.in_pictures = tab.selected_picture(dataset).is_some();
        }
        Target::Person(index) => {
            tab.in_pictures = false;
            tab.select_person(index);
        }
        Target::Picture(index) if tab.in_pictures && index == tab.picture => {
            if let Some(face) = tab.selected_picture(dataset) {
                context.open_face_in(face, TabId::Search);
            }
        }
        Target::Picture(index) => {
            tab.picture = index;
            tab.in_pictures = tab.selected_picture(dataset).is_some();
        }
        _ => {}
    }
}

fn handle(tab: &mut BrowseTab, context: &mut Context, dataset: &Dataset, action: BrowseAction) {
    let picture = tab.selected_picture(dataset);
    match (action, picture) {
        (BrowseAction::Filter, _) => tab.filter.open(),
        (BrowseAction::ToggleSortOrder, _) => {
            tab.sort_order = tab.sort_order.other();
            tab.refresh_list(dataset);
        }
        (BrowseAction::NextPerson, _) => tab.select_person(tab.selected.saturating_add(1)),
        (BrowseAction::PreviousPerson, _) => tab.select_person(tab.selected.saturating_sub(1)),
        (BrowseAction::NextModel, _) => context.select_next_model(),
        (BrowseAction::Search, Some(face)) => context.open_face_in(face, TabId::Search),
        (BrowseAction::Denoise, Some(face)) => context.open_face_in(face, TabId::Denoise),
        (BrowseAction::Mark(endpoint), Some(face)) => {
            let mark_other = Action::Browse(BrowseAction::Mark(endpoint.other()));
            let key = context.key(keys::MAIN, mark_other);
            context.mark(endpoint, face, &key);
        }
        (BrowseAction::ToggleTag, Some(face)) => context.toggle_tag(face, keys::MAIN),
        (
            BrowseAction::Search
            | BrowseAction::Denoise
            | BrowseAction::Mark(_)
            | BrowseAction::ToggleTag,
            None,
        ) => {}
    }
}

/// Moves among people or among the person's pictures.
fn move_selection(tab: &mut BrowseTab, layout: &BrowseLayout, dataset: &Dataset, motion: Action) {
    if tab.in_pictures {
        return move_in_pictures(tab, layout, dataset, motion);
    }
    let half_page = layout.list_rows().max(2) / 2;
    let selected = tab.selected;
    match motion {
        Action::Move(Direction::Down) => tab.select_person(selected + 1),
        Action::Move(Direction::Up) => tab.select_person(selected.saturating_sub(1)),
        Action::HalfPageDown => tab.select_person(selected + half_page),
        Action::HalfPageUp => tab.select_person(selected.saturating_sub(half_page)),
        Action::First => tab.select_person(0),
        Action::Last => tab.select_person(usize::MAX),
        Action::Move(Direction::Right) => {
            tab.in_pictures = tab.selected_picture(dataset).is_some();
        }
        _ => {}
    }
}

fn move_in_pictures(tab: &mut BrowseTab, layout: &BrowseLayout, dataset: &Dataset, motion: Action) {
    let Some(person) = tab.person() else {
        return;
    };
    let last = dataset.people[person].pictures.len().saturating_sub(1);
    let columns = layout.columns();
    let half_page = columns * layout.grid_rows().div_ceil(2);
    let picture = tab.picture;
    tab.picture = match motion {
        Action::Move(Direction::Left) if picture.is_multiple_of(columns) => {
            tab.in_pictures = false;
            return;
        }
        Action::Move(Direction::Left) => picture - 1,
        Action::Move(Direction::Right) => (picture + 1).min(last),
        // Down from the row above a shorter last one goes to the last picture.
        Action::Move(Direction::Down) if picture / columns < last / columns => {
            (picture + columns).min(last)
        }
        Action::Move(Direction::Up) if picture >= columns => picture - columns,
        Action::HalfPageDown => (picture + half_page).min(last),
        Action::HalfPageUp => picture.saturating_sub(half_page),
        Action::First => 0,
        Action::Last => last,
        _ => return,
    };
}
