//! What Denoise knows.

use super::damage_sliders::DamageSliders;
use crate::dataset::{FaceCrop, Noise};
use crate::engine::{
    Damage, Denoised, Drawn, ModelInfo, ModelRef, NoiseSweep, PictureRef, SeenFaces,
};
use crate::paths::user_path::PathKind;
use crate::tui::context::Context;
use crate::tui::crop_chooser::CropChooser;
use crate::tui::opened_picture::OpenedPicture;
use crate::tui::widgets::path_input::PathInput;
use crate::tui::widgets::text_input::TextInput;

/// An opened picture file, until another face is selected.
#[derive(Debug)]
pub(crate) struct OpenedFile {
    pub(super) picture: OpenedPicture,
    /// The part of it that is the face.
    pub(super) crop: FaceCrop,
    /// The face that was selected when it was opened.
    pub(super) instead_of: Option<PictureRef>,
}

impl OpenedFile {
    /// For requests.
    pub(super) fn reference(&self) -> PictureRef {
        PictureRef::of_file(self.picture.path.clone(), self.crop)
    }
}

/// Denoise's state.
#[derive(Debug)]
pub(crate) struct DenoiseTab {
    /// Kind and level of the damage.
    pub sliders: DamageSliders,
    /// A level being typed.
    pub level_input: TextInput,
    /// The same seed gives the same noise and the same draws.
    pub seed: u64,
    /// Added to the seed for other draws under the same damage.
    pub draw_seed: u64,
    /// Whether draws are left out: then the pictures' differences have their place.
    pub hides_draws: bool,
    /// The models that the user chose; `None` for the default ones.
    pub chosen_models: Option<Vec<ModelRef>>,
    /// While the picker is open: the model under the cursor.
    pub picker: Option<usize>,
    /// Whether the classical methods are compared too.
    pub classical: bool,
    /// Whether the chart is shown instead of the pictures.
    pub show_chart: bool,
    /// The latest pictures.
    pub result: Option<Denoised>,
    /// The latest draws.
    pub drawn: Option<Drawn>,
    /// The latest figures of the chart.
    pub sweep: Option<NoiseSweep>,
    /// A path being typed.
    pub path: PathInput,
    /// A picture file in the place of the selected face.
    pub file: Option<OpenedFile>,
    /// While the part of the file is chosen.
    pub crop: Option<CropChooser>,
    /// Which pictures the shown models have seen.
    pub seen: Option<SeenFaces>,
}

impl Default for DenoiseTab {
    fn default() -> Self {
        Self {
            sliders: DamageSliders::default(),
            level_input: TextInput::default(),
            seed: 0,
            draw_seed: 0,
            hides_draws: false,
            chosen_models: None,
            picker: None,
            classical: false,
            show_chart: false,
            result: None,
            drawn: None,
            sweep: None,
            path: PathInput::new(PathKind::Picture),
            file: None,
            crop: None,
            seen: None,
        }
    }
}

impl DenoiseTab {
    /// The models compared: the user's choice, else the newest two denoisers,
    /// else the newest network, else the first model. PCA-256 is always added
    /// by the engine.
    pub(super) fn shown_models(&self, context: &Context) -> Vec<ModelRef> {
        if let Some(chosen) = &self.chosen_models {
            return chosen.clone();
        }
        let is_network = |reference: &ModelRef| !matches!(reference, ModelRef::Pca { .. });
        let denoisers: Vec<ModelRef> = context
            .decoders()
            .filter(|info| is_network(&info.reference) && info.objective != Noise::None)
            .map(|info| info.reference.clone())
            .take(2)
            .collect();
        if !denoisers.is_empty() {
            return denoisers;
        }
        context
            .decoders()
            .find(|info| is_network(&info.reference))
            .or(context.decoders().next())
            .map(|info| info.reference.clone())
            .into_iter()
            .collect()
    }

    /// The blind denoiser that draws faces for the damaged picture: the first of the models shown,
    /// else the newest one for pictures of the same kind. `None` where there is none, draws are
    /// hidden, or nothing is damaged.
    pub(super) fn drawing_model<'a>(&self, context: &'a Context) -> Option<&'a ModelInfo> {
        let is_shown = !self.hides_draws && self.sliders.damage() != Damage::Noise(Noise::None);
        self.model_for_draws(context).filter(|_| is_shown)
    }

    /// The model that would draw, whatever the damage and whether draws are shown.
    pub(super) fn model_for_draws<'a>(&self, context: &'a Context) -> Option<&'a ModelInfo> {
        let shown = self.shown_models(context);
        let info = |reference: &ModelRef| {
            context
                .decoders()
                .find(move |info| info.reference == *reference)
        };
        let faces = shown
            .first()
            .and_then(info)
            .map_or_else(Default::default, |info| info.faces);
        let draws = |info: &&ModelInfo| info.kind.is_blind_denoiser() && info.faces == faces;
        shown
            .iter()
            .filter_map(info)
            .find(draws)
            .or_else(|| context.decoders().find(draws))
    }
}
