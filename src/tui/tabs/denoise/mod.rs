//! Denoise: noise on a face, and what each method makes of it.

pub(crate) mod action;
mod comparison;
pub(crate) mod keys;
mod layout;
mod noise_sliders;
mod psnr_chart;
mod state;
mod update;
mod view;

use ratatui::layout::Rect;

use super::tab::Tab;
use crate::engine::{DenoiseParams, Request, RequestKind, ResponseBody};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::keymap::Keymap;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

pub(crate) use state::DenoiseTab;

impl Tab for DenoiseTab {
    fn input_keymap(&self) -> Option<Keymap<Action>> {
        if self.level_input.is_open() {
            Some(keys::LEVEL_INPUT)
        } else {
            self.picker.is_some().then_some(keys::PICKER)
        }
    }

    fn requests(&self, context: &Context) -> Vec<Request> {
        let Some(source) = context.picture() else {
            return Vec::new();
        };
        // Without the list of models the default ones are unknown, and the request
        // would be sent twice.
        if context.models.is_empty() && context.is_pending(RequestKind::ListModels) {
            return Vec::new();
        }
        let params = DenoiseParams {
            models: self.shown_models(context),
            source,
            noise_seed: self.seed,
            classical: self.classical,
        };
        let mut requests = vec![Request::Denoise {
            params: params.clone(),
            noise: self.sliders.noise(),
        }];
        if self.show_chart {
            requests.push(Request::NoiseSweep {
                params,
                noises: self.sliders.sweep(),
            });
        }
        requests
    }

    fn update(&mut self, context: &mut Context, action: Action) {
        update::update(self, context, action);
    }

    fn on_response(&mut self, _context: &mut Context, _kind: RequestKind, body: ResponseBody) {
        match body {
            ResponseBody::Denoised(result) => self.result = Some(result),
            ResponseBody::NoiseSweep(sweep) => self.sweep = Some(sweep),
            _ => {}
        }
    }

    fn on_dataset_opened(&mut self, _context: &mut Context) {
        self.result = None;
        self.sweep = None;
        self.chosen_models = None;
        self.picker = None;
    }

    fn status(&self, context: &Context) -> String {
        let Some(result) = &self.result else {
            return "waiting for the first model".to_string();
        };
        let opened = context.opened.as_ref();
        let crop = opened.map_or_else(Default::default, |opened| opened.dataset.crop());
        let fitted = if self.classical {
            "PCA and Wiener were"
        } else {
            "PCA was"
        };
        let mut line = format!(
            "{} · {fitted} fitted on this face · {} in {:.1} ms",
            text::preprocessing_label(result.faces, crop),
            text::pluralize(result.outputs.len(), "method"),
            result.milliseconds
        );
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
