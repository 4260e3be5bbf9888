//! The pictures of an evaluation, as its JSON and its first line describe them.

use serde::Serialize;

use crate::commands::output;
use crate::dataset::faces::describe_preprocess;
use crate::dataset::{Crop, FaceSpec, Preprocess};
use crate::model_store::data::HeldOutPictures;

/// Which pictures a model was evaluated on, and how they were prepared.
#[derive(Serialize)]
pub(super) struct EvaluatedPictures {
    size: u32,
    preprocess: Preprocess,
    pub(super) crop: Crop,
    pub(super) data: String,
    split: String,
}

impl EvaluatedPictures {
    /// `faces` is what the model takes.
    pub(super) fn new(faces: FaceSpec, held_out: HeldOutPictures) -> Self {
        Self {
            size: faces.size,
            preprocess: faces.preprocess,
            crop: held_out.faces.crop(),
            data: held_out.data,
            split: held_out.split,
        }
    }

    /// `32 × 32 seed · 1,324 pictures of LFW (held-out 0.1 of the pictures)`.
    pub(super) fn describe(&self, count: usize) -> String {
        format!(
            "{} × {} {} · {} of {} ({})",
            self.size,
            self.size,
            describe_preprocess(self.preprocess, self.crop),
            output::pluralize(count, "picture"),
            self.data,
            self.split,
        )
    }
}
