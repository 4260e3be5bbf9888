//! Lines that are typed in Search: a filter of the pictures that are found, and what is added
//! to the query.

use crate::dataset::Dataset;
use crate::engine::{Direction, Filter, Term};
use crate::model_store::filter;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::motion::Step;
use crate::tui::tabs::search::action::SearchAction;
use crate::tui::tabs::search::keys;
use crate::tui::tabs::search::names::signed_amount;
use crate::tui::tabs::search::state::SearchTab;
use crate::tui::widgets::candidates::Completions;
use crate::tui::widgets::text_input::EditOutcome;

/// What a key adds to the amount of a direction.
const AMOUNT_STEP: f32 = 0.5;

/// The most of a direction.
const MAX_AMOUNT: f32 = 10.0;

/// The most directions that are added to a query.
const MAX_TERMS: usize = 8;

/// The most faces that complete a text.
const MAX_FACES: usize = 100;

/// Opens the line of the filter.
pub(super) fn open_filter(tab: &mut SearchTab, context: &Context) {
    if let Some(dataset) = context.dataset() {
        tab.filter_input
            .open(|text| filter::complete(text, dataset));
    }
}

/// Finds all pictures again.
pub(super) fn clear_filter(tab: &mut SearchTab) {
    tab.filter = Filter::default();
    tab.filter_input.set_text("");
}

/// Opens the line of what is added to the query.
pub(super) fn open_term(tab: &mut SearchTab, context: &Context) {
    if let Some(dataset) = context.dataset() {
        tab.term_input.set_text("");
        tab.term_input.open(|text| complete_term(text, dataset));
    }
}

/// Handles an action while one of the lines is typed.
pub(super) fn update(tab: &mut SearchTab, context: &mut Context, action: Action) {
    let Some(dataset) = context.dataset().cloned() else {
        return;
    };
    if tab.filter_input.is_open() {
        let complete = |text: &str| filter::complete(text, &dataset);
        if tab.filter_input.update(action, complete) == EditOutcome::Accepted {
            match Filter::parse(tab.filter_input.text(), &dataset) {
                Ok(filter) => tab.filter = filter,
                Err(problem) => {
                    tab.filter_input.reopen(complete);
                    context.error(problem);
                }
            }
        }
    } else if tab.term_input.is_open() {
        let complete = |text: &str| complete_term(text, &dataset);
        if tab.term_input.update(action, complete) == EditOutcome::Accepted {
            let added = match tab.term_input.text().trim() {
                "" => Ok(()),
                text => parse_term(text, &dataset).and_then(|term| add(tab, context, term)),
            };
            if let Err(problem) = added {
                tab.term_input.reopen(complete);
                context.error(problem);
            }
        }
    }
}

/// Reads `smiling`, `+smiling`, `-eyeglasses`, `George W Bush 3` or `-George W Bush 3`.
fn parse_term(text: &str, dataset: &Dataset) -> Result<Term, String> {
    let (amount, name) = match text.split_at_checked(1) {
        Some(("-", name)) => (-1.0, name.trim()),
        Some(("+", name)) => (1.0, name.trim()),
        _ => (1.0, text),
    };
    let attribute = filter::find_attribute(dataset, name);
    let direction = match attribute {
        Ok(index) => Direction::Attribute(index),
        Err(no_attribute) => match dataset.find_face(name) {
            Ok(face) => Direction::Face(face),
            Err(no_face) => return Err(format!("{no_attribute}, and {no_face}")),
        },
    };
    Ok(Term { direction, amount })
}

fn complete_term(text: &str, dataset: &Dataset) -> Completions {
    let (sign, name) = match text.split_at_checked(1) {
        Some((sign @ ("+" | "-"), name)) => (sign, name),
        _ => ("", text),
    };
    let attributes = filter::attributes_with(dataset, name);
    let wanted = name.to_lowercase();
    let faces = (0..dataset.pictures.len())
        .map(|face| dataset.face_name(face))
        .filter(|face| wanted.len() > 1 && face.to_lowercase().contains(&wanted));
    attributes
        .chain(faces.take(MAX_FACES))
        .map(|name| (format!("{sign}{name}"), name))
        .collect()
}

/// Adds a term to the query.
fn add(tab: &mut SearchTab, context: &mut Context, term: Term) -> Result<(), String> {
    let Some(mut query) = tab.query(context) else {
        return Err("there is no query yet".to_string());
    };
    if query.terms.len() == MAX_TERMS {
        return Err(format!("{MAX_TERMS} directions are the most"));
    }
    query.terms.push(term);
    tab.set_query(context, query);
    let key = |step| context.key(keys::MAIN, Action::Search(SearchAction::StepAmount(step)));
    let (less, more) = (key(Step::Previous), key(Step::Next));
    context.info(format!("{less} and {more} take less and more of it"));
    Ok(())
}

/// More or less of what was added last; none of it takes it out.
pub(super) fn step_amount(tab: &mut SearchTab, context: &mut Context, step: Step) {
    let Some(mut query) = tab.query(context) else {
        return;
    };
    let Some(last) = query.terms.last_mut() else {
        let key = context.key(keys::MAIN, Action::Search(SearchAction::AddTerm));
        return context.error(format!(
            "nothing was added to the query: {key} adds an attribute or a face"
        ));
    };
    last.amount += match step {
        Step::Next => AMOUNT_STEP,
        Step::Previous => -AMOUNT_STEP,
    };
    last.amount = last.amount.clamp(-MAX_AMOUNT, MAX_AMOUNT);
    let amount = last.amount;
    if amount == 0.0 {
        query.terms.pop();
    }
    tab.replace_query(context, query);
    context.info(format!("{} × the direction", signed_amount(amount)));
}
