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
use crate::engine::{PictureRef, Request, RequestKind, ResponseBody};
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
        let model = context.current_decoder().map(|info| info.reference.clone());
        let Some(([a, b], model)) = endpoints(context).zip(model) else {
            return Vec::new();
        };
        vec![match self.mode {
            GenerateMode::Path => Request::Morph {
                model,
                a: a_picture(context, a),
                b: PictureRef::Index(b),
                steps: self.steps,
            },
            GenerateMode::Vary => Request::Vary {
                model,
                face: a_picture(context, a),
                radius: self.radius,
                count: VARIATIONS,
                seed: self.seed,
            },
            GenerateMode::Sample => Request::Sample {
                model,
                spread: self.spread,
                count: SAMPLES,
                seed: self.seed,
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
                "distances in codes of {} · real faces to their nearest: {} to {} (5th to 95th percentile)",
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
