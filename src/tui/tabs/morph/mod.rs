//! Morph: faces generated from codes: between two faces, around one, or new ones.

pub(crate) mod action;
pub(crate) mod keys;
mod layout;
mod state;
mod update;
mod view;

use ratatui::layout::Rect;

use super::tab::Tab;
use crate::engine::{PictureRef, Request, RequestKind, ResponseBody};
use crate::number_format;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::widgets::canvas::Canvas;

pub(crate) use state::{GenerateMode, MorphTab};
use state::{SAMPLES, VARIATIONS, endpoints};

impl Tab for MorphTab {
    fn requests(&self, context: &Context) -> Vec<Request> {
        let model = context.current_decoder().map(|info| info.reference.clone());
        let Some(([a, b], model)) = endpoints(context).zip(model) else {
            return Vec::new();
        };
        vec![match self.mode {
            GenerateMode::Path => Request::Morph {
                model,
                a: PictureRef::Index(a),
                b: PictureRef::Index(b),
                steps: self.steps,
            },
            GenerateMode::Vary => Request::Vary {
                model,
                face: PictureRef::Index(a),
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

    fn on_response(&mut self, _context: &mut Context, kind: RequestKind, body: ResponseBody) {
        if let ResponseBody::Generated(made) = body {
            match kind {
                RequestKind::Vary => self.variations = Some(made),
                RequestKind::Sample => self.samples = Some(made),
                _ => self.path = Some(made),
            }
        }
    }

    fn on_dataset_opened(&mut self, _context: &mut Context) {
        *self = Self::default();
    }

    fn status(&self, _context: &Context) -> String {
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
