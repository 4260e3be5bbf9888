//! The selected face once it is finished, and where it comes from.

use std::sync::Arc;

use image::RgbImage;

use super::layout::SheetLayout;
use super::mode::MorphMode;
use super::origins::MadeFaceOrigin;
use super::state::MorphTab;
use crate::engine::{ModelRef, Request};
use crate::tui::context::Context;

/// The selected face and who made it, once nothing more is done to it.
pub(super) fn finished_face(
    tab: &MorphTab,
    context: &Context,
) -> Option<(ModelRef, Arc<RgbImage>)> {
    if tab.mode == MorphMode::Noise {
        let drawn = tab.noise.drawn.as_ref().filter(|drawn| drawn.is_done)?;
        let last = drawn.passes.last()?;
        let pass = tab.noise.shown().filter(|shown| **shown == **last)?;
        let count = pass.pictures.len().min(SheetLayout::of(context).count());
        let picture = pass.pictures.get(tab.noise.selected(count))?;
        return Some((drawn.params.model.clone(), picture.clone()));
    }
    let made = tab.generated()?;
    let selected = tab.selected();
    let finished = made.sharp.as_ref().filter(|sharp| sharp.problem.is_none());
    if finished.is_some_and(|sharp| selected >= sharp.finished) {
        return None;
    }
    let model = maker(made.made_by.as_deref()?)?;
    Some((model.clone(), made.frames.get(selected)?.pixels.clone()))
}

/// Whose codes the faces of a request are.
fn maker(request: &Request) -> Option<&ModelRef> {
    match request {
        Request::Morph { model, .. }
        | Request::Vary { model, .. }
        | Request::Sample { model, .. }
        | Request::Along { model, .. }
        | Request::Axes { model, .. }
        | Request::Square { model, .. } => Some(model),
        _ => None,
    }
}

/// Where the selected face comes from.
pub(super) fn selected_origin(tab: &MorphTab, context: &Context) -> MadeFaceOrigin {
    let Some((model, picture)) = finished_face(tab, context) else {
        return MadeFaceOrigin::NotAsked;
    };
    match tab.origins.of(&model, &picture) {
        Some(found) => MadeFaceOrigin::Answered(found.clone()),
        None => MadeFaceOrigin::Awaited,
    }
}
