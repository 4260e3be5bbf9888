//! Which methods have seen the face, in words that are true.

use super::state::DenoiseTab;
use crate::engine::{Comparison, Denoised, ModelRef, Seen, SeenFaces};
use crate::tui::context::Context;

impl DenoiseTab {
    /// Whether it is known which pictures the shown models have seen.
    pub(super) fn knows_seen(&self, models: &[ModelRef]) -> bool {
        self.seen.as_ref().is_some_and(|seen| {
            let known = seen.models.iter().map(|(reference, _)| reference);
            known.eq(models)
        })
    }

    /// Selects a face that no shown model was trained on, where nobody has selected one.
    pub(super) fn select_held_out_face(&self, context: &mut Context) {
        let first = self.seen.as_ref().and_then(SeenFaces::first_held_out);
        if let Some(face) = first
            && !context.face_was_chosen
            && context.made_face.is_none()
        {
            context.select_face(face);
        }
    }

    /// `held out from face-32 and PCA; denoiser has seen it`; empty where nothing is known.
    pub(super) fn seen_words(&self, context: &Context, result: &Denoised) -> String {
        if self.opened_file(context).is_some() {
            return "a picture file".to_string();
        }
        let Some(face) = context.face.filter(|_| context.made_face.is_none()) else {
            return "a made face".to_string();
        };
        let (mut unseen, mut has_seen) = (Vec::new(), Vec::new());
        let mut note = |label, rows: &Seen| match rows {
            Seen::AllBut(held_out) if held_out.binary_search(&face).is_ok() => unseen.push(label),
            Seen::All | Seen::AllBut(_) => has_seen.push(label),
            // What is not known is not said.
            Seen::OtherPictures | Seen::Unknown => {}
        };
        let Some(seen) = &self.seen else {
            return String::new();
        };
        for (reference, rows) in &seen.models {
            let is_shown = |output: &&Comparison| output.model.as_ref() == Some(reference);
            // PCA is named below, once.
            if matches!(reference, ModelRef::Pca { .. }) {
                continue;
            }
            if let Some(output) = result.outputs.iter().find(is_shown) {
                note(output.label.as_str(), rows);
            }
        }
        note("PCA", &seen.references);
        if self.classical {
            note("Wiener", &seen.references);
        }
        if has_seen.is_empty() {
            return match unseen.as_slice() {
                [] => String::new(),
                unseen => format!("held out from {}", joined(unseen)),
            };
        }
        let verb = if has_seen.len() == 1 { "has" } else { "have" };
        let seen = format!("{} {verb} seen it", joined(&has_seen));
        match unseen.as_slice() {
            [] => seen,
            unseen => format!("held out from {}; {seen}", joined(unseen)),
        }
    }
}

/// `a, b and c`.
fn joined(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_string(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
