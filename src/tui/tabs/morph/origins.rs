//! Whether the faces that were made were made or remembered, as far as the engine has answered.

use std::collections::VecDeque;
use std::sync::Arc;

use image::RgbImage;

use crate::engine::{ModelRef, PictureOrigin, Request, Resemblance};

/// Answers that are kept: those of all faces of a screen and a few more.
const MOST_KEPT: usize = 128;

/// Where the selected face comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum MadeFaceOrigin {
    /// It is not compared: it is not finished, or there is none.
    NotAsked,
    /// The answer is awaited.
    Awaited,
    /// What it resembles, or why that is not known.
    Answered(Result<Resemblance, String>),
}

/// The latest answers.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    answers: VecDeque<PictureOrigin>,
}

impl Origins {
    /// What a model's picture resembles, or why that is not known; `None` before the answer.
    pub(super) fn of(
        &self,
        model: &ModelRef,
        picture: &Arc<RgbImage>,
    ) -> Option<&Result<Resemblance, String>> {
        let mut latest = self.answers.iter().rev();
        let is_it = |answer: &&PictureOrigin| {
            // Equal pictures are mostly the same one.
            answer.model == *model
                && (Arc::ptr_eq(&answer.picture, picture) || answer.picture == *picture)
        };
        latest.find(is_it).map(|answer| &answer.found)
    }

    /// What is still to be asked about a picture.
    pub(super) fn request(&self, model: &ModelRef, picture: &Arc<RgbImage>) -> Option<Request> {
        self.of(model, picture).is_none().then(|| Request::Origin {
            model: model.clone(),
            picture: picture.clone(),
        })
    }

    /// Keeps an answer.
    pub(super) fn on_answer(&mut self, answer: PictureOrigin) {
        if self.answers.len() == MOST_KEPT {
            self.answers.pop_front();
        }
        self.answers.push_back(answer);
    }
}
