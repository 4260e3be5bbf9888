//! Builds networks: with initial weights, or with given ones.

use candle_core::Device;

use super::autoencoder::Autoencoder;
use super::conv::{self, ConvAutoencoder};
use super::covariance::FaceCovariance;
use super::denoiser::{self, Denoiser};
use super::descriptor::{self, Descriptor};
use super::face::{self, FaceAutoencoder};
use super::linear::{self, LinearAutoencoder};
use super::outline::{Outline, Stage};
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

/// The stages of a network and its weights, from its spec alone.
///
/// # Errors
/// When the spec is out of range.
pub(crate) fn outline(spec: &ModelSpec) -> Result<Outline> {
    spec.validate()?;
    Ok(match spec.kind {
        ModelKind::Pca => Outline {
            stages: vec![
                Stage::face(spec.size),
                Stage::Code(spec.code_size as usize),
                Stage::face(spec.size),
            ],
            weights: None,
        },
        ModelKind::Linear => linear::outline(spec),
        ModelKind::Conv => conv::outline(spec),
        ModelKind::Face => face::outline(spec),
        ModelKind::Denoiser => denoiser::outline(spec),
        ModelKind::Descriptor | ModelKind::Identity => descriptor::outline(spec),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{FaceSpec, Preprocess};
    use crate::progress::unwatched;

    /// Numbers that training changes.
    fn learned(model: &dyn Autoencoder) -> usize {
        let trainable = model.parameters().trainable();
        trainable.map(|(_, var)| var.elem_count()).sum()
    }

    #[test]
    fn an_outline_has_the_weights_and_the_ends_of_the_network() {
        let faces = |size: u32| {
            let preprocess = Preprocess::Seed;
            let count = 4 * (size * size * 3) as usize;
            let bytes: Vec<u8> = (0..count).map(|i| (i * i % 251) as u8).collect();
            Faces::from_bytes(FaceSpec { size, preprocess }, &bytes).unwrap()
        };
        for (kind, size, width) in [
            (ModelKind::Linear, 32, 0),
            (ModelKind::Conv, 32, 0),
            (ModelKind::Conv, 64, 0),
            (ModelKind::Face, 32, 0),
            (ModelKind::Face, 48, 64),
            (ModelKind::Denoiser, 32, 0),
            (ModelKind::Denoiser, 64, 8),
        ] {
            let spec = ModelSpec {
                kind,
                width,
                ..ModelSpec::conv(size, 8)
            };
            let found = outline(&spec).unwrap();
            let model = if kind.needs_pca_init() {
                let faces = faces(size);
                let rows = [0, 1, 2, 3];
                build_with_pca_init(&spec, (&faces, &rows), 1, &Device::Cpu, &mut unwatched)
            } else {
                build(&spec, 1, &Device::Cpu)
            };
            assert_eq!(found.weights, Some(learned(&*model.unwrap())), "{spec:?}");
            assert_eq!(found.stages.first(), Some(&Stage::face(size)), "{spec:?}");
            assert_eq!(found.stages.last(), Some(&Stage::face(size)), "{spec:?}");
        }
        let out_of_range = ModelSpec::conv(33, 8);
        assert!(outline(&out_of_range).is_err());
    }
}
