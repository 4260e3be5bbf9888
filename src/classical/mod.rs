//! Denoising without learning from noise: what a network has to beat.
//!
//! Non-local means and total variation see the noisy picture alone; the Wiener
//! filter knows the training faces' covariance as well. All are told how strong
//! the noise is, and the first two have their one setting chosen on training
//! pictures under the very noise.

mod nonlocal_means;
mod total_variation;
mod tuning;

use std::fmt;
use std::mem::discriminant;

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use crate::dataset::{Faces, Noise};
use crate::error::Result;
use crate::models::{FaceCovariance, WienerFilter};
use crate::progress::{Progress, Unit, Watch};

pub use nonlocal_means::nonlocal_means;
pub use total_variation::total_variation;
pub use tuning::DenoiserSettings;
use tuning::{RelativeSettings, TuningSet};

/// Which method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// The best linear filter for the training faces' covariance.
    Wiener,
    /// [`nonlocal_means`].
    NonlocalMeans,
    /// [`total_variation`].
    TotalVariation,
}

impl Method {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Wiener, Self::NonlocalMeans, Self::TotalVariation];
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Wiener => "Wiener",
            Self::NonlocalMeans => "NL means",
            Self::TotalVariation => "TV",
        })
    }
}

/// The three methods, for faces like those of one training set.
pub struct ClassicalDenoisers {
    wiener: WienerFilter,
    /// Faces on which settings are chosen, each `[size, size, 3]`.
    tuning_faces: Vec<f32>,
    size: usize,
    /// Settings for some noises, from which those for all others follow.
    tuned: Vec<(Noise, RelativeSettings)>,
}

/// Components in the Wiener filter's covariance, where the pictures determine as
/// many; the rest is taken by its spectrum.
pub const WIENER_COMPONENTS: u32 = 512;
/// Training faces on which settings are chosen.
const TUNING_FACES: usize = 32;
/// Noises for which settings are chosen ahead.
const PRETUNED_NOISES: [Noise; 6] = [
    Noise::Gaussian(0.05),
    Noise::Gaussian(0.1),
    Noise::Gaussian(0.2),
    Noise::Gaussian(0.4),
    Noise::Rectangles(2),
    Noise::SaltPepper(0.1),
];

impl ClassicalDenoisers {
    /// Of the covariance in `beginning`, which was fitted to these rows of `faces`.
    ///
    /// # Errors
    /// Those of candle.
    pub fn new(beginning: &FaceCovariance, faces: &Faces, rows: &[usize]) -> Result<Self> {
        let apart = (rows.len() / TUNING_FACES).max(1);
        let some: Vec<usize> = rows
            .iter()
            .copied()
            .step_by(apart)
            .take(TUNING_FACES)
            .collect();
        Ok(Self {
            wiener: WienerFilter::new(beginning, &Device::Cpu)?,
            tuning_faces: faces.batch(&some),
            size: faces.spec().size as usize,
            tuned: Vec::new(),
        })
    }

    /// Chooses settings ahead, so that [`nearest_tuned`](Self::nearest_tuned) answers at once.
    ///
    /// # Errors
    /// The watcher's.
    pub fn pretune(&mut self, watch: Watch) -> Result<()> {
        self.tuned.clear();
        for noise in PRETUNED_NOISES {
            watch(Progress {
                stage: "choosing settings of non-local means and total variation",
                done: self.tuned.len() as u64,
                total: Some(PRETUNED_NOISES.len() as u64),
                unit: Unit::Steps,
            })?;
            let chosen = TuningSet::new(&self.tuning_faces, self.size, noise).grid_search();
            self.tuned.push((noise, chosen));
        }
        Ok(())
    }

    /// The settings chosen for this very noise.
    pub fn tune(&self, noise: Noise) -> DenoiserSettings {
        let trial = TuningSet::new(&self.tuning_faces, self.size, noise);
        trial.grid_search().scaled_by(trial.sigma())
    }

    /// Settings like those chosen ahead for the nearest level of the same kind of
    /// noise; chosen now where there are none.
    pub fn nearest_tuned(&self, noise: Noise) -> DenoiserSettings {
        let same =
            |(other, _): &&(Noise, RelativeSettings)| discriminant(other) == discriminant(&noise);
        let sigma = TuningSet::new(&self.tuning_faces, self.size, noise).sigma();
        let apart = |(other, _): &&(Noise, RelativeSettings)| (other.level() - noise.level()).abs();
        let nearest = self.tuned.iter().filter(same);
        match nearest.min_by(|a, b| apart(a).total_cmp(&apart(b))) {
            Some((_, ratios)) => ratios.scaled_by(sigma),
            None => self.tune(noise),
        }
    }

    /// What a method makes of noisy faces, one `[size, size, 3]` after another.
    ///
    /// # Errors
    /// Those of candle.
    pub fn denoise(
        &self,
        method: Method,
        noisy: &[f32],
        strengths: DenoiserSettings,
    ) -> Result<Vec<f32>> {
        let stride = self.size * self.size * 3;
        let each = |restore: &(dyn Fn(&[f32]) -> Vec<f32> + Sync)| -> Vec<f32> {
            let faces = noisy.par_chunks_exact(stride).map(restore);
            faces.collect::<Vec<_>>().concat()
        };
        Ok(match method {
            Method::Wiener => {
                let shape = (noisy.len() / stride, self.size, self.size, 3);
                let faces = Tensor::from_slice(noisy, shape, &Device::Cpu)?;
                let filtered = self.wiener.filter(&faces, strengths.sigma)?;
                filtered.faces.flatten_all()?.to_vec1()?
            }
            Method::NonlocalMeans => {
                each(&|face| nonlocal_means(face, self.size, strengths.sigma, strengths.nlm_h))
            }
            Method::TotalVariation => {
                each(&|face| total_variation(face, self.size, strengths.tv_weight))
            }
        })
    }
}
