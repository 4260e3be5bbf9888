//! Classical denoising, as a baseline for the networks.
//!
//! Non-local means and total variation use the noisy picture alone. The Wiener filter also uses
//! the covariance of the training faces. All are given the noise level. Non-local means and total
//! variation each have one setting, which is tuned on training pictures with the same noise.

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

/// A classical denoising method.
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
    /// All methods, in display order.
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

/// The three methods, tuned for faces like those of one training set.
pub struct ClassicalDenoisers {
    wiener: WienerFilter,
    /// Faces for tuning, `[n, size, size, 3]`.
    tuning_faces: Vec<f32>,
    size: usize,
    /// Tuned settings for some noises, from which those for others are derived.
    tuned: Vec<(Noise, RelativeSettings)>,
}

/// Components in the Wiener filter's covariance, or as many as the pictures determine. The
/// spectrum describes the rest.
pub const WIENER_COMPONENTS: u32 = 512;
/// Number of training faces for tuning.
const TUNING_FACES: usize = 32;
/// Noises for which settings are tuned in advance.
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
    /// When `watch` cancels.
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

    /// Tunes the settings for exactly this noise.
    pub fn tune(&self, noise: Noise) -> DenoiserSettings {
        let trial = TuningSet::new(&self.tuning_faces, self.size, noise);
        trial.grid_search().scaled_by(trial.sigma())
    }

    /// Settings derived from those tuned in advance for the nearest level of the same kind of
    /// noise. If there are none, they are tuned now.
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

    /// Denoises faces `[n, size, size, 3]` with one method.
    ///
    /// # Errors
    /// When there are not whole faces of the right size.
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
