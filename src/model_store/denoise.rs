//! Adds noise to pictures, removes it, and measures the quality.

use std::sync::Arc;

use serde::Serialize;

use super::loaded::{LoadedModel, fit_pca};
use crate::classical::{ClassicalDenoisers, DenoiserSettings, Method, WIENER_COMPONENTS};
use crate::dataset::{Dataset, Faces};
use crate::error::{Error, Result};
use crate::generation::constraint::Damage;
use crate::generation::{GaussianPosterior, one_answer};
use crate::models::{Autoencoder, FaceCovariance};
use crate::paths::Paths;
use crate::progress::{Progress, Unit, Watch};
use crate::training::evaluation::MetricAccumulator;
use crate::training::metrics::{mse, psnr_db, ssim};

/// How close a picture is to the clean one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quality {
    /// Mean squared error, values 0 to 1, unclipped.
    pub mse: f64,
    /// −10 log₁₀ of it, in dB; infinite when equal.
    pub psnr_db: f64,
    /// Structural similarity, 1 when equal.
    pub ssim: f64,
}

impl Quality {
    /// Of one picture `[size, size, 3]`.
    pub(crate) fn of(values: &[f32], clean: &[f32], size: u32) -> Self {
        let error = mse(values, clean);
        Self {
            mse: error,
            psnr_db: psnr_db(error),
            ssim: ssim(values, clean, size as usize),
        }
    }
}

impl From<&MetricAccumulator> for Quality {
    fn from(means: &MetricAccumulator) -> Self {
        Self {
            mse: means.mse(),
            psnr_db: means.psnr_db(),
            ssim: means.ssim(),
        }
    }
}

/// A model's one answer to a damaged picture `[size, size, 3]`.
///
/// # Errors
/// When the answer is not finite.
pub(crate) fn answer(model: &LoadedModel, damage: Damage, damaged: &[f32]) -> Result<Vec<f32>> {
    if model.spec().kind.is_blind_denoiser() {
        return one_answer(model.network()?, damage, damaged)
            .map_err(|error| Error::invalid(&model.label, error));
    }
    model.reconstruct(damaged)
}

/// What the classical methods make of a damaged picture `[size, size, 3]`. The Wiener filter's
/// covariance answers to everything linear; the other two remove noise only and are left out
/// elsewhere.
///
/// # Errors
/// When the picture's size is not theirs, or has no such number of equal parts.
pub(crate) fn classical_answers(
    denoisers: &Arc<ClassicalDenoisers>,
    damage: Damage,
    (damaged, size): (&[f32], u32),
) -> Result<Vec<(Method, Vec<f32>)>> {
    if let Damage::Noise(noise) = damage {
        let settings = denoisers.nearest_tuned(noise)?;
        let answer = |method| Ok((method, denoisers.denoise(method, damaged, settings)?));
        return Method::ALL.into_iter().map(answer).collect();
    }
    let Some(constraint) = damage.constraint(damaged, size)? else {
        return Ok(Vec::new());
    };
    let posterior = GaussianPosterior::under(denoisers.covariance(), &constraint);
    Ok(vec![(Method::Wiener, posterior.mean()?)])
}

/// One method that removes noise.
pub(crate) enum DenoiseMethod {
    /// A model that reconstructs noisy pictures.
    Model(Arc<LoadedModel>),
    /// A method without a network, with its settings for the noise.
    Classical {
        /// The methods of one training set.
        denoisers: Arc<ClassicalDenoisers>,
        /// Which of them.
        method: Method,
        /// Chosen for the noise.
        settings: DenoiserSettings,
    },
}

impl DenoiseMethod {
    /// The three classical methods with the same settings.
    pub(crate) fn classical(
        denoisers: &Arc<ClassicalDenoisers>,
        settings: DenoiserSettings,
    ) -> impl Iterator<Item = Self> {
        Method::ALL.into_iter().map(move |method| Self::Classical {
            denoisers: denoisers.clone(),
            method,
            settings,
        })
    }

    /// `PCA-256`, a run's name, `Wiener`.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Model(model) => model.label.clone(),
            Self::Classical { method, .. } => method.to_string(),
        }
    }

    /// Denoises pictures, values `[count, size, size, 3]`, −0.5 to 0.5.
    ///
    /// # Errors
    /// When the result is not finite, or the pictures' size is not the model's.
    pub(crate) fn denoise(&self, noisy: &[f32]) -> Result<Vec<f32>> {
        match self {
            Self::Model(model) => model.reconstruct(noisy),
            Self::Classical {
                denoisers,
                method,
                settings,
            } => denoisers.denoise(*method, noisy, *settings),
        }
    }
}

/// The classical methods fitted to these rows of a data set's faces, and the number
/// of components in the Wiener filter's covariance.
///
/// # Errors
/// When there are fewer than two pictures; `Cancelled` by the watcher.
pub(crate) fn fit_classical(
    paths: &Paths,
    dataset: &Dataset,
    faces: &Faces,
    rows: &[usize],
    watch: Watch,
) -> Result<(ClassicalDenoisers, u32)> {
    let stage = "fitting the Wiener filter";
    let pca = fit_pca(
        paths,
        dataset,
        (faces, rows),
        WIENER_COMPONENTS,
        stage,
        watch,
    )?;
    let mut pause = || {
        watch(Progress {
            stage,
            done: 0,
            total: None,
            unit: Unit::Steps,
        })
    };
    let covariance = FaceCovariance::from_pca(pca, faces, rows, &mut pause)?;
    let components = covariance.pca.spec().code_size;
    let denoisers = ClassicalDenoisers::new(&covariance, faces, rows)?;
    Ok((denoisers, components))
}
