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
use crate::models::{Beginning, Wiener};
use crate::progress::{Progress, Unit, Watch};

pub use nonlocal_means::nonlocal_means;
pub use total_variation::total_variation;
pub use tuning::Strengths;
use tuning::{Ratios, Trial};

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
    /// Settings for some noises, from which those for all others follow.
    settled: Vec<(Noise, Ratios)>,
}

/// Components in the Wiener filter's covariance, where the pictures determine as
/// many; the rest is taken by its spectrum.
pub const WIENER_COMPONENTS: u32 = 512;
/// Training faces on which settings are chosen.
const CHOSEN_ON: usize = 32;
/// Noises for which settings are chosen ahead.
const SETTLED: [Noise; 6] = [
    Noise::Gaussian(0.05),
    Noise::Gaussian(0.1),
    Noise::Gaussian(0.2),
    Noise::Gaussian(0.4),
    Noise::Rectangles(2),
    Noise::SaltPepper(0.1),
];

impl Classical {
    /// Of the covariance in `beginning`, which was fitted to these rows of `faces`.
    ///
    /// # Errors
    /// Those of candle.
    pub fn new(beginning: &Beginning, faces: &Faces, rows: &[usize]) -> Result<Self> {
        let apart = (rows.len() / CHOSEN_ON).max(1);
        let some: Vec<usize> = rows
            .iter()
            .copied()
            .step_by(apart)
            .take(CHOSEN_ON)
            .collect();
        Ok(Self {
            wiener: Wiener::new(beginning, &Device::Cpu)?,
            chosen_on: faces.batch(&some),
            size: faces.spec().size as usize,
            settled: Vec::new(),
        })
    }

    /// Chooses settings ahead, so that [`near`](Self::near) answers at once.
    ///
    /// # Errors
    /// The watcher's.
    pub fn settle(&mut self, watch: Watch) -> Result<()> {
        self.settled.clear();
        for noise in SETTLED {
            watch(Progress {
                stage: "choosing settings of non-local means and total variation",
                done: self.settled.len() as u64,
                total: Some(SETTLED.len() as u64),
                unit: Unit::Steps,
            })?;
            let chosen = Trial::new(&self.chosen_on, self.size, noise).choose();
            self.settled.push((noise, chosen));
        }
        Ok(())
    }

    /// The settings chosen for this very noise.
    pub fn strengths(&self, noise: Noise) -> Strengths {
        let trial = Trial::new(&self.chosen_on, self.size, noise);
        trial.choose().at(trial.sigma())
    }

    /// Settings like those chosen ahead for the nearest level of the same kind of
    /// noise; chosen now where there are none.
    pub fn near(&self, noise: Noise) -> Strengths {
        let same = |(other, _): &&(Noise, Ratios)| discriminant(other) == discriminant(&noise);
        let sigma = Trial::new(&self.chosen_on, self.size, noise).sigma();
        let apart = |(other, _): &&(Noise, Ratios)| (other.level() - noise.level()).abs();
        let nearest = self.settled.iter().filter(same);
        match nearest.min_by(|a, b| apart(a).total_cmp(&apart(b))) {
            Some((_, ratios)) => ratios.at(sigma),
            None => self.strengths(noise),
        }
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
