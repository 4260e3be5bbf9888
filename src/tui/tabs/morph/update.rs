//! How Morph's state changes.

use std::sync::Arc;

use super::action::MorphAction;
use super::ends::{a_name, endpoints, made_a};
use super::layout::SheetLayout;
use super::mode::MorphMode;
use super::square;
use super::state::{MorphTab, SLIDER_END, set_slider, slide};
use crate::dataset::Dataset;
use crate::engine::{FacesFromNoise, Generated, NoiseParams, Request};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::endpoint::Endpoint;
use crate::tui::motion::{Direction, Step};
use crate::tui::pointer::target::{Target, Track};
use crate::tui::tab_id::TabId;
use crate::tui::tabs::train::action::TrainAction;
use crate::tui::tabs::train::keys as train_keys;

/// How far a page of directions is.
const FAR: usize = 10;

/// Handles an action of the user.
pub(super) fn update(tab: &mut MorphTab, context: &mut Context, action: Action) {
    match action {
        Action::First => tab.select(0),
        Action::Last => tab.select(usize::MAX),
        Action::Click(Target::Frame(face)) if tab.mode == MorphMode::Noise => {
            tab.noise.select(face);
        }
        Action::Click(Target::Frame(index)) => tab.select(index),
        Action::Click(Target::Axis(axis)) => tab.axes.choose(axis),
        Action::Click(Target::Direction(place)) => tab.along.choose_at(context, place),
        Action::Slide(Track::Axis(axis), position) => {
            tab.axes.slide_to(axis, Track::share(position));
        }
        Action::Slide(Track::Spread, position) => {
            let value = Track::share(position) as f32 * SLIDER_END;
            match tab.mode {
                MorphMode::Vary => set_slider(&mut tab.radius, value),
                MorphMode::Sample => set_slider(&mut tab.spread, value),
                _ => {}
            }
        }
        // The wheel.
        Action::Move(Direction::Up) if tab.mode == MorphMode::Axes => {
            step_choice(tab, context, Step::Previous, 1);
        }
        Action::Move(Direction::Down) if tab.mode == MorphMode::Axes => {
            step_choice(tab, context, Step::Next, 1);
        }
        Action::Move(Direction::Up) => tab.scrub(Step::Previous),
        Action::Move(Direction::Down) => tab.scrub(Step::Next),
        Action::HalfPageDown => step_choice(tab, context, Step::Next, FAR),
        Action::HalfPageUp => step_choice(tab, context, Step::Previous, FAR),
        Action::Morph(action) => handle(tab, context, action),
        _ => {}
    }
}

fn handle(tab: &mut MorphTab, context: &mut Context, action: MorphAction) {
    match action {
        MorphAction::StepPicture(step) => tab.scrub(step),
        MorphAction::MoveSlider(step) => match tab.mode {
            MorphMode::Vary => slide(&mut tab.radius, step),
            MorphMode::Sample => slide(&mut tab.spread, step),
            MorphMode::Axes => tab.axes.slide(step),
            _ => tab.scrub(step),
        },
        MorphAction::StepMode(step) => tab.mode = tab.mode.step(step),
        MorphAction::StepChoice(step) => step_choice(tab, context, step, 1),
        MorphAction::ComeFromMarked => tab.along.come_from_marked(context),
        MorphAction::ToggleFromA => tab.axes.is_from_a = !tab.axes.is_from_a,
        MorphAction::Reset => tab.axes.reset(),
        MorphAction::NewSeed => {
            tab.seed = tab.seed.wrapping_add(1);
            if tab.mode == MorphMode::Axes {
                tab.axes.randomise(tab.seed);
            } else {
                tab.noise.start_over();
            }
        }
        MorphAction::MoveFace(direction) if tab.mode == MorphMode::Square => {
            tab.square.walk(direction);
        }
        MorphAction::MoveFace(direction) => {
            let layout = SheetLayout::of(context);
            let (count, columns) = (layout.count(), layout.columns());
            tab.noise.move_selection(direction, count, columns);
        }
        MorphAction::ToggleSharp => toggle_sharp(tab, context),
        MorphAction::Adopt => adopt(tab, context),
        MorphAction::TogglePause => tab.noise.toggle_pause(context),
        MorphAction::ChangeSteps(step) => tab.change_steps(step),
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
            let key = |step| {
                let put = MorphAction::StepPerson(Endpoint::A, step);
                context.key(tab.main_keymap(), Action::Morph(put))
            };
            let (previous, next) = (key(Step::Previous), key(Step::Next));
            context.error(format!(
                "a made face can only be A; {previous} and {next} put another one there"
            ));
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
        MorphAction::NextModel if tab.mode == MorphMode::Noise => {
            tab.noise.choose_next_denoiser(context);
        }
        MorphAction::NextModel => context.select_next_decoder(),
        MorphAction::Save => save(tab, context),
    }
}

/// Chooses another direction or axis.
fn step_choice(tab: &mut MorphTab, context: &Context, step: Step, by: usize) {
    match tab.mode {
        MorphMode::Along => tab.along.choose(context, step, by),
        MorphMode::Axes => {
            let axis = tab.axes.axis();
            tab.axes.choose(match step {
                Step::Next => axis + by,
                Step::Previous => axis.saturating_sub(by),
            });
        }
        _ => {}
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
/// Whether a key would do something now.
pub(super) fn does_something(tab: &MorphTab, context: &Context, action: MorphAction) -> bool {
    let mode = tab.mode;
    match action {
        // Between two faces these are other words for the arrows.
        MorphAction::MoveSlider(_) | MorphAction::NewSeed => mode != MorphMode::Path,
        MorphAction::StepPerson(Endpoint::A, _) | MorphAction::NextPicture(Endpoint::A) => {
            !matches!(mode, MorphMode::Sample | MorphMode::Noise)
        }
        MorphAction::StepPerson(Endpoint::B, _)
        | MorphAction::NextPicture(Endpoint::B)
        | MorphAction::Swap => matches!(mode, MorphMode::Path | MorphMode::Square),
        MorphAction::ToggleSharp => {
            let model = context.current_decoder();
            tab.is_sharp || model.is_some_and(|model| tab.noise.finisher(context, model).is_some())
        }
        _ => true,
    }
}

fn toggle_sharp(tab: &mut MorphTab, context: &mut Context) {
    tab.is_sharp = !tab.is_sharp;
    let Some(model) = context.current_decoder() else {
        return;
    };
    if tab.is_sharp && tab.noise.finisher(context, model).is_none() {
        tab.is_sharp = false;
        let start = Action::Train(TrainAction::OpenForm);
        let key = context.key(train_keys::MAIN, start);
        let problem = format!(
            "no denoiser was trained on pictures like those of {}: {key} on the Train tab trains one, \
             preset denoiser",
            model.label
        );
        context.error(problem);
    }
}

/// Makes the selected face the one that all tabs show.
fn adopt(tab: &MorphTab, context: &mut Context) {
    if tab.mode == MorphMode::Noise {
        return adopt_from_noise(tab, context);
    }
    let made = tab.generated();
    let Some(frame) = made.and_then(|made| made.frames.get(tab.selected())) else {
        return context.error("there is no face yet");
    };
    let pixels = frame.pixels.clone();
    let name = selected_name(tab, context);
    context.adopt_face(pixels, name);
}

/// Makes the selected face from noise the one that all tabs show.
fn adopt_from_noise(tab: &MorphTab, context: &mut Context) {
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
    if tab.mode == MorphMode::Noise {
        return save_sheet(tab, context);
    }
    let wanted = tab.generated().zip(endpoints(context));
    let Some(((made, endpoints), dataset)) = wanted.zip(context.dataset()) else {
        return context.error("there is nothing to save yet");
    };
    let name = file_stem(tab, context, dataset, made, endpoints);
    let made_by = made.made_by.clone().filter(|_| made.is_whole());
    let pictures = (made.pictures(), made.columns);
    context.save_sheet(pictures, made_by, name);
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
        MorphMode::Path => format!("morph {a} to {}", dataset.face_name(b)),
        MorphMode::Vary => format!("vary {a} by {:.1}", tab.radius),
        MorphMode::Along => format!("{a} along {}", tab.along.present_name(context)),
        MorphMode::Axes => format!("axes of {}", made.model),
        MorphMode::Square => {
            let names = square::corners(context)
                .into_iter()
                .map(|corner| corner.name);
            format!("between {}", names.collect::<Vec<_>>().join(" "))
        }
        MorphMode::Sample | MorphMode::Noise => format!("new by {} {}", made.model, tab.seed),
    }
}

/// `Laura Bush 2 +1.0 Smiling`.
fn selected_name(tab: &MorphTab, context: &Context) -> String {
    let Some(([a, b], dataset)) = endpoints(context).zip(context.dataset()) else {
        return String::new();
    };
    let a = a_name(context, dataset, a);
    let model = tab.generated().map_or("", |made| made.model.as_str());
    let number = tab.selected() + 1;
    match tab.mode {
        MorphMode::Path => format!("{number} of {a} to {}", dataset.face_name(b)),
        MorphMode::Vary => format!("variation {number} of {a}"),
        MorphMode::Sample | MorphMode::Noise => format!("face {number} by {model} {}", tab.seed),
        MorphMode::Along => {
            let deviations = tab.along.deviations(tab.along.selected);
            format!("{a} {deviations:+.1} {}", tab.along.present_name(context))
        }
        MorphMode::Axes => format!("face on axes of {model}"),
        MorphMode::Square => {
            let shares = tab.square.shares().into_iter().zip(square::LETTERS);
            let shares = shares.filter(|(share, _)| *share > 0.0);
            let words = shares.map(|(share, letter)| format!("{letter} {:.0}", share * 100.0));
            format!("mix {}", words.collect::<Vec<_>>().join(" "))
        }
    }
}
