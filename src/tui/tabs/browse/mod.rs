//! Browse: people with their counts, and the pictures of the selected one.

pub(crate) mod action;
mod details;
pub(crate) mod keys;
mod layout;
mod people_sheet;
mod state;
mod update;
mod view;

use ratatui::layout::Rect;

use super::tab::Tab;
use crate::engine::{Request, RequestKind, ResponseBody};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::data_sets::action::DataAction;
use crate::tui::data_sets::keys as data_set_keys;
use crate::tui::keymap::{Keymap, shared};
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

pub(crate) use state::BrowseTab;

impl Tab for BrowseTab {
    fn input_keymap(&self) -> Option<Keymap<Action>> {
        self.filter.is_open().then_some(shared::TEXT)
    }

    fn requests(&self, context: &Context) -> Vec<Request> {
        let picture = context
            .dataset()
            .and_then(|dataset| self.selected_picture(dataset));
        let Some((picture, model)) = picture.zip(context.model.clone()) else {
            return Vec::new();
        };
        vec![Request::Reconstruct { picture, model }]
    }

    fn update(&mut self, context: &mut Context, action: Action) {
        update::update(self, context, action);
    }

    fn on_response(&mut self, _context: &mut Context, _kind: RequestKind, body: ResponseBody) {
        if let ResponseBody::Reconstruction(details) = body {
            self.details = Some(details);
        }
    }

    fn on_dataset_opened(&mut self, context: &mut Context) {
        *self = Self {
            sort_order: self.sort_order,
            ..Self::default()
        };
        if let Some(dataset) = context.dataset() {
            self.refresh_list(dataset);
        }
    }

    fn status(&self, context: &Context) -> String {
        let Some(opened) = &context.opened else {
            return String::new();
        };
        let crop = opened.dataset.crop();
        let model = match context.current_model() {
            Some(info) => format!(
                "model {} · {}",
                info.label,
                text::preprocessing_label(info.faces, crop)
            ),
            None => text::preprocessing_label(opened.faces, crop),
        };
        if opened.dataset.is_sample {
            let list = context.tab_key(Action::ShowDataSets);
            let fetch = context.key(data_set_keys::MAIN, Action::Data(DataAction::Fetch));
            format!("drawn faces: {list}, then {fetch}, gets real ones · {model}")
        } else {
            model
        }
    }

    fn render(&self, context: &Context, canvas: &mut Canvas, area: Rect) {
        view::render(self, context, canvas, area);
    }
}
