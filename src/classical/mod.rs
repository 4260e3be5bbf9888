//! Denoising without learning from noise: what a network has to beat.
//!
//! Non-local means and total variation see the noisy picture alone; the Wiener
//! filter knows the training faces' covariance as well. All are told how strong
//! the noise is, and the first two have their one setting chosen on training
//! pictures under the very noise.

mod nonlocal_means;
mod tuning;
mod total_variation;

use std::fmt;

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use crate::dataset::{Faces, Noise};
use crate::error::Result;
use crate::models::{Beginning, Wiener};

pub use nonlocal_means::nonlocal_means;
pub use total_variation::total_variation;
pub use tuning::Strengths;

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
pub struct Classical {
    wiener: Wiener,
    /// Faces on which settings are chosen, each `[size, size, 3]`.
    chosen_on: Vec<f32>,
    size: usize,
}

/// Components in the Wiener filter's covariance, where the pictures determine as
/// many; the rest is taken by its spectrum.
pub const WIENER_COMPONENTS: u32 = 1024;
/// Training faces on which settings are chosen.
const CHOSEN_ON: usize = 48;

impl Classical {
    /// Of the covariance in `beginning`, which was fitted to these rows of `faces`.
    ///
    /// # Errors
    /// Those of candle.
    pub fn new(beginning: &Beginning, faces: &Faces, rows: &[usize]) -> Result<Self> {
        let apart = (rows.len() / CHOSEN_ON).max(1);
        let some: Vec<usize> = rows.iter().copied().step_by(apart).take(CHOSEN_ON).collect();
        Ok(Self {
            wiener: Wiener::new(beginning, &Device::Cpu)?,
            chosen_on: faces.batch(&some),
            size: faces.spec().size as usize,
        })
    }

    /// The settings for a noise.
    pub fn strengths(&self, noise: Noise) -> Strengths {
        Strengths::choose(&self.chosen_on, self.size, noise)
    }

    /// What a method makes of noisy faces, one `[size, size, 3]` after another.
    ///
    /// # Errors
    /// Those of candle.
    pub fn restore(&self, method: Method, noisy: &[f32], strengths: Strengths) -> Result<Vec<f32>> {
        let stride = self.size * self.size * 3;
        let each = |restore: &(dyn Fn(&[f32]) -> Vec<f32> + Sync)| -> Vec<f32> {
            let faces = noisy.par_chunks_exact(stride).map(restore);
            faces.collect::<Vec<_>>().concat()
        };
        Ok(match method {
            Method::Wiener => {
                let shape = (noisy.len() / stride, self.size, self.size, 3);
                let faces = Tensor::from_slice(noisy, shape, &Device::Cpu)?;
                let filtered = self.wiener.at(&faces, strengths.sigma)?;
                filtered.faces.flatten_all()?.to_vec1()?
            }
            Method::NonlocalMeans => {
                each(&|face| nonlocal_means(face, self.size, strengths.sigma, strengths.means))
            }
            Method::TotalVariation => {
                each(&|face| total_variation(face, self.size, strengths.variation))
            }
        })
    }
}
