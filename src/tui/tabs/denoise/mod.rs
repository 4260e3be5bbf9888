//! Denoise: a damaged face, what each method makes of it, and faces that may be behind it.

pub(crate) mod action;
mod comparison;
mod damage_sliders;
mod draws_layout;
mod draws_view;
mod file;
pub(crate) mod keys;
mod layout;
mod psnr_chart;
mod seen;
mod state;
mod update;
mod view;

use std::time::Duration;

use ratatui::layout::Rect;

use super::tab::Tab;
use crate::engine::{DenoiseParams, DrawParams, Drawn, Request, RequestKind, ResponseBody};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::crop_chooser;
use crate::tui::keymap::{Keymap, shared};
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;
use action::DenoiseAction;

pub(crate) use state::DenoiseTab;

/// The draws to show after an answer. While they rise, the faces change once a second of
/// passes, not with every answer: each time all of them are sent to the terminal again.
fn rising(before: Option<Drawn>, mut next: Drawn) -> Option<Drawn> {
    if next.results.is_some() {
        return Some(next);
    }
    let before = before.filter(|before| before.faces.len() == next.faces.len());
    let since = match &before {
        Some(before) if before.made_by == next.made_by => before.elapsed,
        _ => Duration::ZERO,
    };
    if next.elapsed.as_secs() == since.as_secs() {
        next.faces = before?.faces;
    }
    Some(next)
}

impl Tab for DenoiseTab {
    fn input_keymap(&self) -> Option<Keymap<Action>> {
        if self.path.is_open() {
            Some(shared::PATH)
        } else if self.crop.is_some() {
            Some(crop_chooser::keys::CROP)
        } else if self.level_input.is_open() {
            Some(keys::LEVEL_INPUT)
        } else {
            self.picker.is_some().then_some(keys::PICKER)
        }
    }

    fn requests(&self, context: &Context) -> Vec<Request> {
        let Some(source) = self.source(context) else {
            return Vec::new();
        };
        // Without the list of models the default ones are unknown, and the request
        // would be sent twice.
        if context.models.is_empty() && context.is_pending(RequestKind::ListModels) {
            return Vec::new();
        }
        let models = self.shown_models(context);
        let seen = Request::SeenFaces {
            models: models.clone(),
        };
        // The face that is shown first depends on it.
        if self.seen.is_none() && !context.face_was_chosen {
            return vec![seen];
        }
        let params = DenoiseParams {
            models,
            source,
            noise_seed: self.seed,
            classical: self.classical,
        };
        let mut requests = vec![Request::Denoise {
            params: params.clone(),
            damage: self.sliders.damage(),
        }];
        if !self.knows_seen(&params.models) {
            requests.push(seen);
        }
        if !self.show_chart
            && let Some(model) = self.drawing_model(context)
        {
            requests.push(Request::Draw(DrawParams {
                model: model.reference.clone(),
                source: params.source.clone(),
                damage: self.sliders.damage(),
                noise_seed: self.seed,
                draw_seed: self.seed.wrapping_add(self.draw_seed),
                count: draws_view::draw_count(self, context),
            }));
        }
        if self.show_chart {
            requests.push(Request::NoiseSweep {
                params,
                damages: self.sliders.sweep(),
            });
        }
        requests
    }

    fn does_something(&self, context: &Context, action: Action) -> bool {
        match action {
            Action::Denoise(DenoiseAction::ToggleDraws) => self.model_for_draws(context).is_some(),
            Action::Denoise(DenoiseAction::Crop) => self.opened_file(context).is_some(),
            _ => true,
        }
    }

    fn update(&mut self, context: &mut Context, action: Action) {
        update::update(self, context, action);
    }

    fn on_failure(&mut self, _context: &mut Context) {
        // Without an answer nothing is known of what models have seen.
        self.seen.get_or_insert_default();
    }

    fn on_response(&mut self, context: &mut Context, _kind: RequestKind, body: ResponseBody) {
        match body {
            ResponseBody::Denoised(result) => self.result = Some(result),
            ResponseBody::Drawn(drawn) => self.drawn = rising(self.drawn.take(), drawn),
            ResponseBody::SeenFaces(seen) => {
                self.seen = Some(seen);
                self.select_held_out_face(context);
            }
            ResponseBody::NoiseSweep(sweep) => self.sweep = Some(sweep),
            _ => {}
        }
    }

    fn on_dataset_opened(&mut self, _context: &mut Context) {
        self.result = None;
        self.drawn = None;
        self.sweep = None;
        self.chosen_models = None;
        self.picker = None;
        self.file = None;
        self.crop = None;
        self.seen = None;
    }

    fn status(&self, context: &Context) -> String {
        let Some(result) = &self.result else {
            return "waiting for the first model".to_string();
        };
        let opened = context.opened.as_ref();
        let crop = opened.map_or_else(Default::default, |opened| opened.dataset.crop());
        let mut line = self.seen_words(context, result);
        if !line.is_empty() {
            line += " · ";
        }
        line += &format!(
            "{} · {} in {:.1} ms",
            text::preprocessing_label(result.faces, crop),
            text::pluralize(result.outputs.len(), "method"),
            result.milliseconds
        );
        if let Some(drawn) = self.drawn.as_ref().filter(|_| !self.show_chart)
            && self.drawing_model(context).is_some()
        {
            line += &format!(
                " · {} passes in {:.1} s",
                drawn.passes.0,
                drawn.elapsed.as_secs_f32()
            );
        }
        if result.pending > 0 {
            line += " · more to come";
        }
        if let Some(reason) = result.left_out.first() {
            line += &format!(" · left out: {reason}");
        }
        line
    }

    fn render(&self, context: &Context, canvas: &mut Canvas, area: Rect) {
        view::render(self, context, canvas, area);
    }
}
