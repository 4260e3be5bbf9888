//! How Denoise's state changes.

use super::action::DenoiseAction;
use super::file;
use super::state::DenoiseTab;
use crate::engine::RequestKind;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::motion::{Direction, Step};
use crate::tui::pointer::target::{Target, Track};
use crate::tui::tab_id::TabId;
use crate::tui::tabs::search::action::SearchAction;
use crate::tui::tabs::search::keys as search_keys;
use crate::tui::widgets::text_input::EditOutcome;

/// Handles an action of the user.
pub(super) fn update(tab: &mut DenoiseTab, context: &mut Context, action: Action) {
    if tab.path.is_open() {
        return file::type_path(tab, context, action);
    }
    if tab.crop.is_some() {
        return file::choose_crop(tab, context, action);
    }
    if tab.level_input.is_open() && type_level(tab, action) {
        return;
    }
    if let Some(cursor) = tab.picker {
        return update_picker(tab, context, cursor, action);
    }
    match action {
        Action::Slide(Track::Level, position) => tab.sliders.set_fraction(Track::share(position)),
        Action::First => tab.sliders.set_fraction(0.0),
        Action::Last => tab.sliders.set_fraction(1.0),
        Action::Denoise(action) => handle(tab, context, action),
        Action::Back => tab.file = None,
        _ => {}
    }
}

/// Handles an action while a level is typed; `false` for one that ends the typing
/// and is to be handled as always.
fn type_level(tab: &mut DenoiseTab, action: Action) -> bool {
    let edit = match action {
        Action::Denoise(DenoiseAction::TypeLevel(digit)) => Action::Insert(digit),
        other => other,
    };
    match tab.level_input.update(edit) {
        EditOutcome::Changed => tab.sliders.set_level_text(tab.level_input.text()),
        EditOutcome::Cancelled | EditOutcome::Accepted => {}
        EditOutcome::Unhandled => {
            tab.level_input.update(Action::Accept);
            return false;
        }
    }
    true
}

fn handle(tab: &mut DenoiseTab, context: &mut Context, action: DenoiseAction) {
    match action {
        DenoiseAction::MoveSlider(steps) => tab.sliders.step(steps),
        DenoiseAction::StepKind(step) => tab.sliders.kind = tab.sliders.kind.step(step),
        DenoiseAction::TypeLevel(first) => {
            tab.level_input.set_text("");
            tab.level_input.open();
            tab.level_input.update(Action::Insert(first));
        }
        DenoiseAction::NewNoise => tab.seed = tab.seed.wrapping_add(1),
        DenoiseAction::NewDraws => {
            tab.hides_draws = false;
            tab.draw_seed = tab.draw_seed.wrapping_add(1);
        }
        DenoiseAction::ToggleDraws => toggle_draws(tab, context),
        DenoiseAction::StepFace(step) => {
            tab.file = None;
            step_face(context, step);
        }
        DenoiseAction::StepPerson(step) => {
            if let Some(face) = context.face {
                let other = context.face_of_adjacent_person(face, step);
                context.select_face(other.unwrap_or(face));
            }
        }
        DenoiseAction::ChooseModels => tab.picker = Some(0),
        DenoiseAction::Toggle => {}
        DenoiseAction::ToggleClassical => tab.classical = !tab.classical,
        DenoiseAction::ToggleChart => tab.show_chart = !tab.show_chart,
        DenoiseAction::Save => save(tab, context),
        DenoiseAction::OpenFile => tab.path.open(""),
        DenoiseAction::Crop => file::open_crop(tab, context),
        DenoiseAction::Search if tab.opened_file(context).is_some() => {
            let open = Action::Search(SearchAction::OpenFile);
            let key = context.key(search_keys::MAIN, open);
            context.info(format!(
                "{key} on the Search tab searches with a picture file"
            ));
        }
        DenoiseAction::Search => {
            // A made face is the query there too.
            if context.made_face.is_some() {
                context.tab = TabId::Search;
            } else if let Some(face) = context.face {
                context.open_face_in(face, TabId::Search);
            }
        }
    }
}

/// Shows the draws or the differences in their place.
fn toggle_draws(tab: &mut DenoiseTab, context: &mut Context) {
    tab.hides_draws = !tab.hides_draws;
    if tab.hides_draws {
        context.cancel(RequestKind::Draw);
        tab.drawn = None;
    } else if tab.sliders.position() == 0 {
        context.info("nothing is damaged: every draw would be the picture itself");
    } else if tab.drawing_model(context).is_none() {
        context.error("draws need a blind denoiser: train one with the preset denoiser");
    }
}

fn step_face(context: &mut Context, step: Step) {
    let count = context.dataset().map(|dataset| dataset.pictures.len());
    if let Some((face, count)) = context.face.zip(count) {
        context.select_face(step.wrap(face, count));
    }
}

fn update_picker(tab: &mut DenoiseTab, context: &Context, cursor: usize, action: Action) {
    let last = context.decoders().count().saturating_sub(1);
    match action {
        Action::Move(Direction::Down) => tab.picker = Some((cursor + 1).min(last)),
        Action::Move(Direction::Up) => tab.picker = Some(cursor.saturating_sub(1)),
        Action::Click(Target::Model(index)) if index != cursor => {
            tab.picker = Some(index.min(last));
        }
        Action::Denoise(DenoiseAction::Toggle) | Action::Click(Target::Model(_)) => {
            let Some(info) = context.decoders().nth(cursor) else {
                return;
            };
            let mut shown = tab.shown_models(context);
            let before = shown.len();
            shown.retain(|model| *model != info.reference);
            if shown.len() == before {
                shown.push(info.reference.clone());
            }
            tab.chosen_models = Some(shown);
        }
        Action::Back => tab.picker = None,
        _ => {}
    }
}

/// Saves the clean and the damaged picture and what each method makes of it, or the draws, side by
/// side.
fn save(tab: &DenoiseTab, context: &mut Context) {
    let Some(result) = &tab.result else {
        return context.error("there is nothing to save yet");
    };
    let draws = tab
        .drawn
        .as_ref()
        .filter(|_| tab.drawing_model(context).is_some());
    let drawn = draws.and_then(|drawn| Some((drawn.results.as_ref()?, drawn)));
    let (pictures, made_by) = match drawn {
        Some((results, drawn)) => (results.pictures(), drawn.made_by.clone()),
        None => (result.pictures(), result.made_by.clone()),
    };
    let name = format!("denoise {} {}", tab.source_name(context), result.damage).replace(':', " ");
    context.save_pictures(pictures, made_by, name);
}
