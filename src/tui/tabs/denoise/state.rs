//! What Denoise knows.

use super::noise_sliders::NoiseSliders;
use crate::dataset::Noise;
use crate::engine::{Denoised, ModelRef, NoiseSweep};
use crate::tui::context::Context;
use crate::tui::widgets::text_input::TextInput;

/// Denoise's state.
#[derive(Debug, Default)]
pub(crate) struct DenoiseTab {
    /// Kind and level of the noise.
    pub sliders: NoiseSliders,
    /// A level being typed.
    pub level_input: TextInput,
    /// The same seed gives the same noise.
    pub seed: u64,
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
    /// The latest figures of the chart.
    pub sweep: Option<NoiseSweep>,
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
}
