//! Classical denoising, as a baseline for the networks.
//!
//! Non-local means and total variation use the noisy picture alone. The Wiener filter also uses
//! the covariance of the training faces. All are given the noise level. Non-local means and total
//! variation each have one setting, which is tuned on training pictures with the same noise.

mod nonlocal_means;
mod total_variation;
mod tuning;

use std::mem::discriminant;

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use crate::dataset::{Faces, Noise};
use crate::error::Result;
use crate::models::{FaceCovariance, WienerFilter};
use crate::progress::{Progress, Unit, Watch};

pub use nonlocal_means::nonlocal_means;
pub use total_variation::total_variation;
pub(crate) use tuning::DenoiserSettings;
use tuning::{RelativeSettings, TuningSet};

/// A classical denoising method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display)]
pub enum Method {
    /// The best linear filter for the covariance of the training faces.
    Wiener,
    /// [`nonlocal_means`].
    #[strum(to_string = "NL means")]
    NonlocalMeans,
    /// [`total_variation`].
    #[strum(to_string = "TV")]
    TotalVariation,
}

impl Method {
    /// All methods, in display order.
    pub const ALL: [Self; 3] = [Self::Wiener, Self::NonlocalMeans, Self::TotalVariation];
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
pub(crate) const WIENER_COMPONENTS: u32 = 512;
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
    /// Untuned methods. The covariance must be fitted to the same rows of `faces`.
    ///
    /// # Errors
    /// When the covariance cannot be read from its device.
    pub fn new(covariance: &FaceCovariance, faces: &Faces, rows: &[usize]) -> Result<Self> {
        let stride = (rows.len() / TUNING_FACES).max(1);
        let tuning_rows: Vec<usize> = rows
            .iter()
            .copied()
            .step_by(stride)
            .take(TUNING_FACES)
            .collect();
        Ok(Self {
            wiener: WienerFilter::new(covariance, &Device::Cpu)?,
            tuning_faces: faces.batch(&tuning_rows),
            size: faces.spec().size as usize,
            tuned: Vec::new(),
        })
    }

    /// Tunes settings in advance, so that [`nearest_tuned`](Self::nearest_tuned) is fast.
    ///
    /// # Errors
    /// When `watch` cancels.
    pub(crate) fn pretune(&mut self, watch: Watch) -> Result<()> {
        self.tuned.clear();
        for noise in PRETUNED_NOISES {
            let done = self.tuned.len() as u64;
            let mut report = || {
                watch(Progress {
                    stage: "tuning non-local means and total variation",
                    done,
                    total: Some(PRETUNED_NOISES.len() as u64),
                    unit: Unit::Steps,
                })
            };
            let set = TuningSet::new(&self.tuning_faces, self.size, noise);
            let settings = set.grid_search(&mut report)?;
            self.tuned.push((noise, settings));
        }
        Ok(())
    }

    /// Tunes the settings for exactly this noise.
    ///
    /// # Errors
    /// When `pause` fails, which is called now and then.
    pub fn tune(
        &self,
        noise: Noise,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<DenoiserSettings> {
        let set = TuningSet::new(&self.tuning_faces, self.size, noise);
        Ok(set.grid_search(pause)?.scaled_by(set.sigma()))
    }

    /// Settings derived from those tuned in advance for the nearest level of the same kind of
    /// noise. If there are none, they are tuned now.
    ///
    /// # Errors
    /// Never: nothing cancels it.
    pub(crate) fn nearest_tuned(&self, noise: Noise) -> Result<DenoiserSettings> {
        let is_same_kind =
            |(other, _): &&(Noise, RelativeSettings)| discriminant(other) == discriminant(&noise);
        let sigma = TuningSet::new(&self.tuning_faces, self.size, noise).sigma();
        let distance =
            |(other, _): &&(Noise, RelativeSettings)| (other.level() - noise.level()).abs();
        let nearest = self.tuned.iter().filter(is_same_kind);
        match nearest.min_by(|a, b| distance(a).total_cmp(&distance(b))) {
            Some((_, settings)) => Ok(settings.scaled_by(sigma)),
            None => self.tune(noise, &mut || Ok(())),
        }
    }

    /// The covariance that the Wiener filter knows.
    pub(crate) fn covariance(&self) -> &WienerFilter {
        &self.wiener
    }

    /// Denoises faces `[n, size, size, 3]` with one method.
    ///
    /// # Errors
    /// When there are not whole faces of the right size.
    pub fn denoise(
        &self,
        method: Method,
        noisy: &[f32],
        settings: DenoiserSettings,
    ) -> Result<Vec<f32>> {
        let stride = self.size * self.size * 3;
        let for_each_face = |denoise: &(dyn Fn(&[f32]) -> Vec<f32> + Sync)| -> Vec<f32> {
            let faces = noisy.par_chunks_exact(stride).map(denoise);
            faces.collect::<Vec<_>>().concat()
        };
        Ok(match method {
            Method::Wiener => {
                let shape = (noisy.len() / stride, self.size, self.size, 3);
                let faces = Tensor::from_slice(noisy, shape, &Device::Cpu)?;
                let filtered = self.wiener.filter(&faces, settings.sigma)?;
                filtered.faces.flatten_all()?.to_vec1()?
            }
            Method::NonlocalMeans => for_each_face(&|face| {
                nonlocal_means(face, self.size, settings.sigma, settings.nlm_h)
            }),
            Method::TotalVariation => {
                for_each_face(&|face| total_variation(face, self.size, settings.tv_weight))
            }
        })
    }
}
