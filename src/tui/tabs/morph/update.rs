//! How Morph's state changes.

use std::sync::Arc;

use super::action::MorphAction;
use super::layout::SheetLayout;
use super::state::{GenerateMode, MorphTab, a_name, endpoints, made_a, slide};
use crate::dataset::Dataset;
use crate::engine::{FacesFromNoise, Generated, NoiseParams, Request};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::endpoint::Endpoint;
use crate::tui::tab_id::TabId;

/// Handles an action of the user.
pub(super) fn update(tab: &mut MorphTab, context: &mut Context, action: Action) {
    match action {
        Action::First => tab.select(0),
        Action::Last => tab.select(usize::MAX),
        Action::Morph(action) => handle(tab, context, action),
        _ => {}
    }
}

fn handle(tab: &mut MorphTab, context: &mut Context, action: MorphAction) {
    match action {
        MorphAction::StepPicture(step) => tab.scrub(step),
        MorphAction::MoveSlider(step) => match tab.mode {
            GenerateMode::Path => tab.scrub(step),
            GenerateMode::Vary => slide(&mut tab.radius, step),
            GenerateMode::Sample => slide(&mut tab.spread, step),
        },
        MorphAction::NextMode => tab.next_mode(),
        MorphAction::NewSeed => {
            tab.seed = tab.seed.wrapping_add(1);
            tab.noise.start_over();
        }
        MorphAction::MoveFace(direction) => {
            let layout = SheetLayout::of(context);
            let (count, columns) = (layout.count(), layout.columns());
            tab.noise.move_selection(direction, count, columns);
        }
        MorphAction::ToggleSharp => toggle_sharp(tab, context),
        MorphAction::Adopt => adopt(tab, context),
        MorphAction::TogglePause => tab.noise.toggle_pause(context),
        MorphAction::MoreSteps => tab.set_steps(tab.steps + 2),
        MorphAction::FewerSteps => tab.set_steps(tab.steps.saturating_sub(2)),
        MorphAction::StepPerson(endpoint, step) => {
            move_endpoint(context, endpoint, |context, face| {
                context.face_of_adjacent_person(face, step)
            });
        }
        MorphAction::NextPicture(endpoint) => {
            move_endpoint(context, endpoint, |context, face| {
                Some(next_picture(context.dataset()?, face))
            });
        }
        MorphAction::Swap if made_a(context).is_some() => {
            context.error("a made face can only be A; [ and ] put another one there");
        }
        MorphAction::Swap => {
            if let Some([a, b]) = endpoints(context) {
                context.marks = [Some(b), Some(a)];
            }
        }
        MorphAction::NearestToA => {
            if let Some(face) = nearest_face(tab, context) {
                context.marks = [Some(face), endpoints(context).map(|[_, b]| b)];
            }
        }
        MorphAction::Search => {
            if let Some(face) = nearest_face(tab, context) {
                context.open_face_in(face, TabId::Search);
            }
        }
        MorphAction::NextModel if tab.is_from_noise => tab.noise.choose_next_denoiser(context),
        MorphAction::NextModel => context.select_next_decoder(),
        MorphAction::Save => save(tab, context),
    }
}

/// Puts another face at an end. Marks both ends, so that moving one never moves
/// the other.
fn move_endpoint(
    context: &mut Context,
    endpoint: Endpoint,
    other_face: impl Fn(&Context, usize) -> Option<usize>,
) {
    let Some(mut faces) = endpoints(context) else {
        return;
    };
    let face = &mut faces[endpoint as usize];
    if let Some(other) = other_face(context, *face) {
        *face = other;
        let keeps_made = endpoint == Endpoint::B && made_a(context).is_some();
        context.marks = faces.map(Some);
        if keeps_made {
            context.marks[0] = None;
        }
    }
}

/// The next picture of the same person, around the end.
fn next_picture(dataset: &Dataset, face: usize) -> usize {
    let person = dataset.pictures[face].person;
    let pictures = &dataset.people[person].pictures;
    if face + 1 < pictures.end {
        face + 1
    } else {
        pictures.start
    }
}

/// The nearest real face of the selected picture.
fn nearest_face(tab: &MorphTab, context: &Context) -> Option<usize> {
    let frame = tab.generated()?.frames.get(tab.selected())?;
    let count = context.dataset()?.pictures.len();
    Some(frame.nearest.row).filter(|row| *row < count)
}

/// Lets a denoiser finish the faces, or shows them as they are decoded.
fn toggle_sharp(tab: &mut MorphTab, context: &mut Context) {
    tab.is_sharp = !tab.is_sharp;
    let Some(model) = context.current_decoder() else {
        return;
    };
    if tab.is_sharp && tab.noise.finisher(context, model).is_none() {
        tab.is_sharp = false;
        let problem = format!(
            "no denoiser was trained on pictures like those of {}: n on the Train tab trains one, \
             preset denoiser",
            model.label
        );
        context.error(problem);
    }
}

/// Makes the selected face from noise the one that all tabs show.
fn adopt(tab: &MorphTab, context: &mut Context) {
    let count = SheetLayout::of(context).count();
    let Some((pass, drawn)) = tab.noise.shown().zip(tab.noise.drawn.as_ref()) else {
        return context.error("there is no face yet");
    };
    let face = tab.noise.selected(pass.pictures.len().min(count));
    if let Some(pixels) = pass.pictures.get(face) {
        let number = face + 1;
        let FacesFromNoise { model, params, .. } = drawn;
        let name = format!("face {number} of {model} {}", params.seed);
        context.adopt_face(pixels.clone(), name);
    }
}

/// Saves the faces as they are shown.
fn save_sheet(tab: &MorphTab, context: &mut Context) {
    let Some((pass, drawn)) = tab.noise.shown().zip(tab.noise.drawn.as_ref()) else {
        return context.error("there is nothing to save yet");
    };
    let count = SheetLayout::of(context).count();
    let pictures: Vec<_> = pass.pictures.iter().take(count).cloned().collect();
    let name = format!("from noise by {} {}", drawn.model, drawn.params.seed);
    let is_last = drawn.is_done && drawn.passes.last().is_some_and(|last| **last == *pass);
    let params = NoiseParams {
        count: pictures.len(),
        ..drawn.params.clone()
    };
    let made_by = is_last.then(|| Arc::new(Request::FromNoise(params)));
    context.save_pictures(pictures, made_by, name);
}

/// Saves the ends and every picture between them, side by side.
fn save(tab: &MorphTab, context: &mut Context) {
    if tab.is_from_noise {
        return save_sheet(tab, context);
    }
    let wanted = tab.generated().zip(endpoints(context));
    let Some(((made, endpoints), dataset)) = wanted.zip(context.dataset()) else {
        return context.error("there is nothing to save yet");
    };
    let name = file_stem(tab, context, dataset, made, endpoints);
    let made_by = made.made_by.clone().filter(|_| made.is_whole());
    let pictures = made.pictures();
    context.save_pictures(pictures, made_by, name);
}

/// `morph Laura Bush 2 to Tom Ridge 1`.
fn file_stem(
    tab: &MorphTab,
    context: &Context,
    dataset: &Dataset,
    made: &Generated,
    [a, b]: [usize; 2],
) -> String {
    let a = a_name(context, dataset, a);
    match tab.mode {
        GenerateMode::Path => format!("morph {a} to {}", dataset.face_name(b)),
        GenerateMode::Vary => format!("vary {a} by {:.1}", tab.radius),
        GenerateMode::Sample => format!("new by {} {}", made.model, tab.seed),
    }
}
