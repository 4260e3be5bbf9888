//! How a typed line changes Train: the list follows a filter, notes and tags are sent.

use super::action::LINE_BREAK;
use super::prompt::{Kind, Prompt, complete};
use super::state::TrainTab;
use crate::runs::TagChange;
use crate::runs::query::{self, Ending, Filter};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::run_monitor::RunCommand;
use crate::tui::widgets::text_input::EditOutcome;

/// Handles an action while a line is typed.
pub(super) fn update(tab: &mut TrainTab, context: &mut Context, action: Action) {
    let Some(mut prompt) = tab.prompt.take() else {
        return;
    };
    let kind = &prompt.kind;
    let outcome = prompt
        .input
        .update(action, |text| complete(kind, text, &tab.runs));
    let is_done = match outcome {
        EditOutcome::Accepted => accept(tab, context, &mut prompt),
        EditOutcome::Cancelled => {
            if let Kind::Filter(filter, text, selected) = prompt.kind {
                (tab.rows.filter, tab.rows.filter_text) = (filter, text);
                tab.selected = selected;
                tab.refresh_rows();
            }
            return;
        }
        EditOutcome::Changed => {
            preview(tab, &mut prompt);
            false
        }
        EditOutcome::Unhandled => false,
    };
    if !is_done {
        tab.prompt = Some(prompt);
    }
}

/// Shows what the text so far would do.
fn preview(tab: &mut TrainTab, prompt: &mut Prompt) {
    let text = prompt.input.text();
    prompt.problem = match &prompt.kind {
        Kind::Filter(..) => {
            let (problem, missing) = preview_filter(tab, text);
            prompt.missing = missing;
            problem
        }
        Kind::Tags(_, before) => TagChange::between(before, text)
            .err()
            .map(|error| error.to_string()),
        Kind::Note(..) => None,
    };
}

/// Filters the list by a text that is being typed, without what is only begun. Gives what is wrong,
/// and what is missing.
fn preview_filter(tab: &mut TrainTab, text: &str) -> (Option<String>, Option<String>) {
    let read = Filter::parse(text);
    let accepts_any = |filter: &Filter| tab.runs.iter().any(|run| filter.accepts(run));
    let missing = match query::ending(text) {
        Ending::Missing(what) => Some(Some(what)),
        // It is no name that a run has.
        Ending::Name(what) if !read.as_ref().is_ok_and(accepts_any) => Some(what),
        Ending::Name(_) | Ending::Whole => None,
    };
    let read = match &missing {
        Some(_) => Filter::parse(query::whole_part(text)),
        None => read,
    };
    match read {
        Ok(filter) => {
            tab.rows.filter = filter;
            tab.refresh_rows();
            (None, missing.flatten())
        }
        Err(problem) => (Some(problem), None),
    }
}

/// Does what the text says; whether that can be done.
fn accept(tab: &mut TrainTab, context: &mut Context, prompt: &mut Prompt) -> bool {
    let text = prompt.input.text().trim().to_string();
    let done = match &prompt.kind {
        Kind::Filter(..) => Filter::parse(&text).map(|filter| {
            (tab.rows.filter, tab.rows.filter_text) = (filter, text);
            tab.refresh_rows();
        }),
        Kind::Note(id, base) => {
            let note = text.replace(LINE_BREAK, "\n");
            let (id, base) = (id.clone(), base.clone());
            context.push_effect(Effect::Runs(RunCommand::SetNote { id, note, base }));
            Ok(())
        }
        Kind::Tags(id, before) => TagChange::between(before, &text)
            .map(|change| {
                let command = RunCommand::ChangeTags(id.clone(), change);
                context.push_effect(Effect::Runs(command));
            })
            .map_err(|error| error.to_string()),
    };
    let Err(problem) = done else {
        return true;
    };
    let kind = &prompt.kind;
    prompt.input.reopen(|text| complete(kind, text, &tab.runs));
    prompt.problem = Some(problem);
    prompt.missing = None;
    false
}
