//! Builds networks: with initial weights, or with given ones.

use candle_core::Device;

use super::autoencoder::Autoencoder;
use super::conv::ConvAutoencoder;
use super::covariance::FaceCovariance;
use super::denoiser::Denoiser;
use super::descriptor::Descriptor;
use super::face::FaceAutoencoder;
use super::linear::LinearAutoencoder;
use super::parameters::Parameters;
use super::pca::Pca;
use super::spec::{ModelKind, ModelSpec};
use crate::dataset::Faces;
use crate::error::{Error, Result};
use crate::progress::Watch;

/// A network with its initial weights, a pure function of the seed.
///
/// # Errors
/// When the spec is out of range, or the network needs pictures: `pca`, and those that
/// [`build_with_pca_init`] builds.
pub fn build(spec: &ModelSpec, seed: u64, device: &Device) -> Result<Box<dyn Autoencoder>> {
    spec.validate()?;
    Ok(match spec.kind {
        ModelKind::Linear => Box::new(LinearAutoencoder::new(spec, seed, device)?),
        ModelKind::Conv => Box::new(ConvAutoencoder::new(spec, seed, device)?),
        kind if kind.is_closed_form() => {
            return Err(Error::invalid(
                format!("model {kind}"),
                "has no initial weights; it is fitted to pictures",
            ));
        }
        kind => {
            return Err(Error::invalid(
                format!("model {kind}"),
                "starts from the principal components of pictures",
            ));
        }
    })
}

/// A network with the given weights, such as saved ones.
///
/// # Errors
/// Names the first weight that is missing or has the wrong shape.
pub fn with_parameters(spec: &ModelSpec, parameters: Parameters) -> Result<Box<dyn Autoencoder>> {
    spec.validate()?;
    Ok(match spec.kind {
        ModelKind::Pca => Box::new(Pca::with_parameters(spec, parameters)?),
        ModelKind::Linear => Box::new(LinearAutoencoder::with_parameters(spec, parameters)?),
        ModelKind::Conv => Box::new(ConvAutoencoder::with_parameters(spec, parameters)?),
        ModelKind::Face => Box::new(FaceAutoencoder::with_parameters(spec, parameters)?),
        ModelKind::Denoiser => Box::new(Denoiser::with_parameters(spec, parameters)?),
        ModelKind::Descriptor | ModelKind::Identity => {
            Box::new(Descriptor::with_parameters(spec, parameters)?)
        }
    })
}

/// A model in closed form, fitted to the given rows of `faces`.
///
/// # Errors
/// When the spec is out of range or its network is trained in steps; when the pictures do not
/// determine the model, or `watch` cancels.
pub(crate) fn fit_closed_form(
    spec: &ModelSpec,
    (faces, rows): (&Faces, &[usize]),
    watch: Watch,
) -> Result<Box<dyn Autoencoder>> {
    Ok(match spec.kind {
        ModelKind::Pca => Box::new(Pca::fit(faces, rows, spec.code_size, watch)?),
        ModelKind::Descriptor | ModelKind::Identity => {
            spec.validate()?;
            Box::new(Descriptor::fit(spec, faces, rows, watch)?)
        }
        kind => {
            return Err(Error::invalid(
                format!("model {kind}"),
                "is trained in steps",
            ));
        }
    })
}

/// A network with data-dependent initial weights: it starts at the principal components of the
/// given rows of `faces`. A pure function of those and the seed.
///
/// # Errors
/// When the spec is out of range or its network takes its initial weights from the seed alone,
/// when there are fewer than two pictures, or when `watch` cancels.
pub fn build_with_pca_init(
    spec: &ModelSpec,
    (faces, rows): (&Faces, &[usize]),
    seed: u64,
    device: &Device,
    watch: Watch,
) -> Result<Box<dyn Autoencoder>> {
    spec.validate()?;
    Ok(match spec.kind {
        ModelKind::Face => {
            let pca = Pca::fit_at_most(faces, rows, spec.code_size, watch)?;
            Box::new(FaceAutoencoder::new(spec, &pca, seed, device)?)
        }
        ModelKind::Denoiser => {
            let covariance = FaceCovariance::fit(faces, rows, spec.code_size, watch)?;
            Box::new(Denoiser::new(spec, &covariance, seed, device)?)
        }
        kind => {
            return Err(Error::invalid(
                format!("model {kind}"),
                "takes its initial weights from the seed alone",
            ));
        }
    })
}
