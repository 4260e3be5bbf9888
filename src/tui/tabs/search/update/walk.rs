//! How a walk goes on: a step each time the query's neighbours are known.

use crate::engine::PictureRef;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::tabs::search::action::SearchAction;
use crate::tui::tabs::search::keys;
use crate::tui::tabs::search::results::person_of;
use crate::tui::tabs::search::state::SearchTab;
use crate::tui::tabs::search::walk::Walk;
use crate::tui::text;

/// The longest walk: nearly every picture of the person with the most in LFW.
const MAX_STEPS: usize = 500;

/// Begins a walk at the query.
pub(super) fn start(tab: &mut SearchTab, context: &mut Context) {
    let Some((query, dataset)) = tab.query(context).zip(context.dataset().cloned()) else {
        return;
    };
    if dataset.people.len() < 2 {
        return context.error("all pictures show one person: the walk would not end");
    }
    tab.walk = Some(Walk {
        visited: query.faces().collect(),
        person: person_of(&query, &dataset),
        steps: 0,
    });
    // The first row is enough, though others may be still to come.
    if tab.answered_query.as_ref() == Some(&query) {
        step(tab, context);
    }
}

/// Takes a step, if a walk is under way and the query's neighbours are known.
pub(super) fn step(tab: &mut SearchTab, context: &mut Context) {
    let Some(dataset) = context.dataset().cloned() else {
        return;
    };
    let (Some(walk), Some(row)) = (
        &mut tab.walk,
        tab.results.as_ref().and_then(|shown| shown.row(0)),
    ) else {
        return;
    };
    let mut hits = row.hits.iter().map(|hit| hit.row);
    let next = hits.find(|row| *row < dataset.pictures.len() && !walk.visited.contains(row));
    let steps = text::pluralize(walk.steps + 1, "step");
    let Some(next) = next else {
        tab.walk = None;
        return context.info("the walk ends: every neighbour was visited");
    };
    walk.visited.insert(next);
    walk.steps += 1;
    let person = dataset.pictures[next].person;
    let is_another = walk.person.is_some_and(|first| first != person);
    walk.person.get_or_insert(person);
    let first = walk
        .person
        .map_or(String::new(), |first| dataset.people[first].name());
    let is_over = walk.steps >= MAX_STEPS;
    if is_another {
        tab.walk = None;
        let name = dataset.face_name(next);
        context.info(format!("{steps} from {first} to {name}"));
    } else if is_over {
        tab.walk = None;
        let key = context.key(keys::MAIN, Action::Search(SearchAction::Walk));
        context.info(format!("{steps}, and still {first}: {key} walks on"));
    }
    tab.set_query(context, PictureRef::Index(next).into());
}

/// Ends a walk at the present query.
pub(super) fn stop(tab: &mut SearchTab, context: &mut Context) {
    if let Some(walk) = tab.walk.take() {
        let steps = text::pluralize(walk.steps, "step");
        context.info(format!("the walk was stopped after {steps}"));
    }
}
