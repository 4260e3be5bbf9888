//! Morph: faces generated from codes: between two faces, around one, new ones, along a direction
//! or the codes' axes, in a square of four; and faces that a denoiser draws from noise.

pub(crate) mod action;
mod along;
mod along_view;
mod axes;
mod axes_view;
mod ends;
mod finished;
mod heading;
pub(crate) mod keys;
mod layout;
mod mode;
mod noise;
mod noise_view;
mod origin_view;
mod origins;
mod selected;
mod square;
mod square_view;
mod state;
mod strip;
mod update;
mod view;
mod view_words;

use ratatui::layout::Rect;

use super::tab::Tab;
use crate::engine::{Generated, PictureRef, Request, RequestKind, ResponseBody};
use crate::number_format;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::keymap::Keymap;
use crate::tui::widgets::canvas::Canvas;

use ends::{a_picture, endpoints};
use finished::finished_face;
use layout::{AxesLayout, SheetLayout};
use mode::MorphMode;
pub(crate) use state::MorphTab;
use state::{SAMPLES, VARIATIONS};

impl MorphTab {
    /// The keys of the present mode.
    pub(crate) fn main_keymap(&self) -> Keymap<Action> {
        match self.mode {
            MorphMode::Noise => keys::NOISE,
            MorphMode::Along => keys::ALONG,
            MorphMode::Axes => keys::AXES,
            MorphMode::Square => keys::SQUARE,
            MorphMode::Path | MorphMode::Vary | MorphMode::Sample => keys::MAIN,
        }
    }

    /// The faces of codes that are wanted.
    fn codes_request(&self, context: &Context) -> Option<Request> {
        let ([a, b], decoder) = endpoints(context).zip(context.current_decoder())?;
        let model = decoder.reference.clone();
        let denoiser = self.noise.finisher(context, decoder);
        let denoiser = denoiser.filter(|_| self.is_sharp);
        let sharp = denoiser.map(|info| info.reference.clone());
        let a = a_picture(context, a);
        Some(match self.mode {
            MorphMode::Path => Request::Morph {
                model,
                a,
                b: PictureRef::Index(b),
                steps: self.steps,
                sharp,
            },
            MorphMode::Vary => Request::Vary {
                model,
                face: a,
                radius: self.radius,
                count: VARIATIONS,
                seed: self.seed,
                sharp,
            },
            MorphMode::Sample => Request::Sample {
                model,
                spread: self.spread,
                count: SAMPLES,
                seed: self.seed,
                sharp,
            },
            MorphMode::Along => Request::Along {
                model,
                face: a,
                heading: self.along.heading(context)?,
                reach: along::REACH,
                steps: self.along.steps,
                sharp,
            },
            MorphMode::Axes => Request::Axes {
                model,
                face: self.axes.is_from_a.then_some(a),
                values: self.axes.values.to_vec(),
                axis: self.axes.axis(),
                reach: axes::REACH,
                steps: AxesLayout::of(context).way_steps(),
                sharp,
            },
            MorphMode::Square => {
                let corners = square::corners(context).into_iter();
                let (columns, rows) = SheetLayout::of_square(context).shape();
                Request::Square {
                    model,
                    corners: corners.map(|corner| corner.picture).collect(),
                    columns,
                    rows,
                    sharp,
                }
            }
            MorphMode::Noise => return None,
        })
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
        let request = match self.mode {
            MorphMode::Noise => self.noise_request(context),
            _ => self.codes_request(context),
        };
        let origin = finished_face(self, context)
            .and_then(|(model, picture)| self.origins.request(&model, &picture));
        request.into_iter().chain(origin).collect()
    }

    fn does_something(&self, context: &Context, action: Action) -> bool {
        match action {
            Action::Morph(action) => update::does_something(self, context, action),
            _ => true,
        }
    }

    fn update(&mut self, context: &mut Context, action: Action) {
        update::update(self, context, action);
    }

    fn on_response(&mut self, context: &mut Context, kind: RequestKind, body: ResponseBody) {
        match (body, kind) {
            (ResponseBody::Generated(made), RequestKind::Along) => self.along.made = Some(made),
            (ResponseBody::Generated(made), RequestKind::Axes) => self.axes.made = Some(made),
            (ResponseBody::Generated(made), RequestKind::Square) => self.square.made = Some(made),
            (ResponseBody::Generated(made), RequestKind::Vary) => self.variations = Some(made),
            (ResponseBody::Generated(made), RequestKind::Sample) => self.samples = Some(made),
            (ResponseBody::Generated(made), _) => self.path = Some(made),
            (ResponseBody::Origin(answer), _) => self.origins.on_answer(answer),
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
        if self.mode == MorphMode::Noise {
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
