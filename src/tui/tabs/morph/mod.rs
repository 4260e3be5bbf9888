//! Morph: faces generated from codes: between two faces, around one, or new ones; and faces that
//! a denoiser draws from noise.

pub(crate) mod action;
mod heading;
pub(crate) mod keys;
mod layout;
mod noise;
mod noise_view;
mod state;
mod update;
mod view;

use ratatui::layout::Rect;

use super::tab::Tab;
use crate::engine::{Generated, PictureRef, Request, RequestKind, ResponseBody};
use crate::number_format;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::keymap::Keymap;
use crate::tui::widgets::canvas::Canvas;

use layout::SheetLayout;
pub(crate) use state::{GenerateMode, MorphTab};
use state::{SAMPLES, VARIATIONS, a_picture, endpoints};

impl MorphTab {
    /// The keys of the present mode.
    pub(crate) fn main_keymap(&self) -> Keymap<Action> {
        if self.is_from_noise {
            keys::NOISE
        } else {
            keys::MAIN
        }
    }

    /// The faces from noise that are still to be drawn.
    fn noise_request(&self, context: &Context) -> Option<Request> {
        let count = SheetLayout::of(context).count();
        let params = self.noise.params(context, self.seed, count)?;
        self.noise
            .needs(&params)
            .then_some(Request::FromNoise(params))
    }
}

impl Tab for MorphTab {
    fn requests(&self, context: &Context) -> Vec<Request> {
        if self.is_from_noise {
            return self.noise_request(context).into_iter().collect();
        }
        let Some(([a, b], decoder)) = endpoints(context).zip(context.current_decoder()) else {
            return Vec::new();
        };
        let model = decoder.reference.clone();
        let denoiser = self.noise.finisher(context, decoder);
        let denoiser = denoiser.filter(|_| self.is_sharp);
        let sharp = denoiser.map(|info| info.reference.clone());
        vec![match self.mode {
            GenerateMode::Path => Request::Morph {
                model,
                a: a_picture(context, a),
                b: PictureRef::Index(b),
                steps: self.steps,
                sharp,
            },
            GenerateMode::Vary => Request::Vary {
                model,
                face: a_picture(context, a),
                radius: self.radius,
                count: VARIATIONS,
                seed: self.seed,
                sharp,
            },
            GenerateMode::Sample => Request::Sample {
                model,
                spread: self.spread,
                count: SAMPLES,
                seed: self.seed,
                sharp,
            },
        }]
    }

    fn update(&mut self, context: &mut Context, action: Action) {
        update::update(self, context, action);
    }

    fn on_response(&mut self, context: &mut Context, kind: RequestKind, body: ResponseBody) {
        match (body, kind) {
            (ResponseBody::Generated(made), RequestKind::Vary) => self.variations = Some(made),
            (ResponseBody::Generated(made), RequestKind::Sample) => self.samples = Some(made),
            (ResponseBody::Generated(made), _) => self.path = Some(made),
            (ResponseBody::FromNoise(drawn), _) => {
                let ready = context.pictures_are_ready;
                self.noise.on_drawn(drawn, context.now, ready);
            }
            _ => {}
        }
    }

    fn on_dataset_opened(&mut self, _context: &mut Context) {
        *self = Self::default();
    }

    fn status(&self, context: &Context) -> String {
        if self.is_from_noise {
            return noise_view::status(self, context);
        }
        match self.generated() {
            Some(made) => format!(
                "{} · distances in codes of {} · real faces to their nearest: {} to {} (5th to 95th percentile)",
                sharpness(context, made),
                made.model,
                number_format::distance(made.real_range.0),
                number_format::distance(made.real_range.1)
            ),
            None => String::new(),
        }
    }

    fn render(&self, context: &Context, canvas: &mut Canvas, area: Rect) {
        view::render(self, context, canvas, area);
    }
}

/// Whether faces are sharp: `plain`, `sharp by denoiser`, or how many are by now.
fn sharpness(context: &Context, made: &Generated) -> String {
    let Some(sharp) = &made.sharp else {
        return "plain".to_string();
    };
    let mut models = context.models.iter();
    let info = models.find(|info| info.reference == sharp.denoiser);
    let denoiser = info.map_or("a denoiser", |info| info.label.as_str());
    let count = made.frames.len();
    match &sharp.problem {
        Some(problem) => format!("{} of {count} sharp: {problem}", sharp.finished),
        None if sharp.finished < count => {
            format!("{} of {count} sharp by {denoiser}", sharp.finished)
        }
        None => format!("sharp by {denoiser}"),
    }
}
