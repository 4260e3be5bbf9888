//! How encoders are chosen from the list.

use crate::engine::ModelRef;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::motion::Direction;
use crate::tui::pointer::target::Target;
use crate::tui::tabs::search::action::SearchAction;
use crate::tui::tabs::search::encoders;
use crate::tui::tabs::search::state::SearchTab;

/// Opens the list at the first encoder that is shown.
pub(super) fn open(tab: &mut SearchTab, context: &mut Context) {
    let shown = tab.encoders(context);
    let first = shown.first().map(|info| &info.reference);
    let place = context
        .models
        .iter()
        .position(|info| Some(&info.reference) == first);
    match place {
        Some(place) => tab.encoder_list = Some(place),
        None => context.error("there is no encoder yet"),
    }
}

/// Handles an action while the list is open, with the cursor at that model.
pub(super) fn update(tab: &mut SearchTab, context: &mut Context, cursor: usize, action: Action) {
    let last = context.models.len().saturating_sub(1);
    let model = |context: &Context| -> Option<ModelRef> {
        let info = context.models.get(cursor)?;
        Some(info.reference.clone())
    };
    match action {
        Action::Move(Direction::Down) => tab.encoder_list = Some((cursor + 1).min(last)),
        Action::Move(Direction::Up) => tab.encoder_list = Some(cursor.saturating_sub(1)),
        Action::Click(Target::Model(index)) if index != cursor => {
            tab.encoder_list = Some(index.min(last));
        }
        Action::Search(SearchAction::ToggleEncoder) | Action::Click(Target::Model(_)) => {
            let shown = tab.encoders(context).into_iter();
            let shown: Vec<ModelRef> = shown.map(|info| info.reference.clone()).collect();
            let Some(model) = model(context) else {
                return;
            };
            match encoders::toggled(&context.models, &shown, &model) {
                Some(after) => tab.chosen_encoders = Some(after),
                None => context.error(format!(
                    "{} encoders are shown, which is the most; leave one out first",
                    encoders::MAX_SHOWN
                )),
            }
        }
        Action::Search(SearchAction::OnlyEncoder) => {
            tab.chosen_encoders = model(context).map(|model| vec![model]);
        }
        Action::Search(SearchAction::DefaultEncoders) => tab.chosen_encoders = None,
        Action::Back => tab.encoder_list = None,
        _ => {}
    }
}
