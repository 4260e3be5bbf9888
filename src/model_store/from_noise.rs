//! Faces that rise from noise, with the passes on their way.

use std::fmt;
use std::sync::Arc;

use image::RgbImage;

use super::loaded::LoadedModel;
use crate::error::Result;
use crate::generation::{SamplerSettings, Sampling, Start};
use crate::imaging::to_image;

/// The most bytes of the pictures of all passes that are kept: beyond it only every second, third
/// … pass is.
const MAX_KEPT_BYTES: usize = 64 << 20;

/// All faces after one pass.
#[derive(Debug, Clone, PartialEq)]
pub struct NoisePass {
    /// Passes that were made; 0 before the first.
    pub number: usize,
    /// Their noise level, on a scale where black to white is 1.
    pub sigma: f32,
    /// In the order of the draws.
    pub pictures: Vec<Arc<RgbImage>>,
}

/// Draws under way, and what they looked like after each pass.
pub(crate) struct DrawsFromNoise {
    sampling: Sampling,
    size: u32,
    kept: Vec<Arc<NoisePass>>,
    /// Every how many passes one is kept.
    every: usize,
}

impl DrawsFromNoise {
    /// The draws 0 to `count` − 1 of a seed, before their first pass.
    ///
    /// # Errors
    /// When the model is not a blind denoiser.
    pub(crate) fn begin(
        denoiser: &LoadedModel,
        settings: SamplerSettings,
        seed: u64,
        count: usize,
    ) -> Result<Self> {
        let network = denoiser.model.network()?.clone();
        let draws = (seed, (0..count as u64).collect());
        let sampling = Sampling::new(network, settings, draws, &Start::Prior, None)?;
        let bytes = denoiser.spec().values() * count * (sampling.expected_passes() + 1);
        let mut begun = Self {
            sampling,
            size: denoiser.faces.size,
            kept: Vec::new(),
            every: bytes.div_ceil(MAX_KEPT_BYTES).max(1),
        };
        begun.keep();
        Ok(begun)
    }

    /// Makes one pass; none when all draws have arrived.
    ///
    /// # Errors
    /// When a picture is not finite.
    pub(crate) fn step(&mut self) -> Result<()> {
        if self.is_done() {
            return Ok(());
        }
        self.sampling.step()?;
        // The latest is always there, and stays if it is one of those that are kept.
        if let Some(latest) = self.kept.last()
            && !latest.number.is_multiple_of(self.every)
        {
            self.kept.pop();
        }
        self.keep();
        Ok(())
    }

    fn keep(&mut self) {
        let pictures = self.sampling.pictures();
        let pictures = pictures.map(|values| Arc::new(to_image(values, self.size)));
        self.kept.push(Arc::new(NoisePass {
            number: self.sampling.passes(),
            sigma: self.sampling.sigma(),
            pictures: pictures.collect(),
        }));
    }

    /// The passes that are kept, the latest last.
    pub(crate) fn passes(&self) -> &[Arc<NoisePass>] {
        &self.kept
    }

    /// Passes to expect in all.
    pub(crate) fn expected(&self) -> usize {
        self.sampling.expected_passes().max(self.sampling.passes())
    }

    /// Whether all draws have arrived.
    pub(crate) fn is_done(&self) -> bool {
        self.sampling.is_done()
    }
}

impl fmt::Debug for DrawsFromNoise {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "DrawsFromNoise({} passes)", self.sampling.passes())
    }
}
