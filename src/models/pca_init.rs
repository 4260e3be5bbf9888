//! What the training pictures tell a network before its first step.

use candle_core::{Device, Tensor};

use super::dct::ColourDct;
use super::{Autoencoder, Denoiser, FaceAutoencoder, ModelKind, ModelSpec, Pca};
use crate::dataset::Faces;
use crate::error::{Error, Result};
use crate::progress::Watch;

/// The principal components of the training pictures, and what they leave.
#[derive(Debug)]
pub struct FaceCovariance {
    /// As many components as the code has numbers, or as the pictures determine.
    pub pca: Pca,
    /// Variance of each coefficient of the cosine transform (see
    /// [`wiener`](super::wiener)) of what the components leave.
    pub residual_variance: Vec<f32>,
    /// Share of white noise that the components leave in each coefficient.
    pub noise_gain: Vec<f32>,
}

impl FaceCovariance {
    /// Fitted to the given rows of `faces`.
    ///
    /// # Errors
    /// When there are fewer than two pictures; the watcher's.
    pub fn fit(faces: &Faces, rows: &[usize], code_size: u32, watch: Watch) -> Result<Self> {
        Self::from_pca(fit_pca(faces, rows, code_size, watch)?, faces, rows)
    }

    /// Around components that were fitted to these rows of `faces`.
    ///
    /// # Errors
    /// Those of candle.
    pub fn from_pca(pca: Pca, faces: &Faces, rows: &[usize]) -> Result<Self> {
        let spectrum = ColourDct::new(faces.spec().size as usize, &Device::Cpu)?;
        let values = faces.stride();
        let mut squares = vec![0f64; values];
        for some in rows.chunks(256) {
            let batch = faces.batch(some);
            let size = faces.spec().size as usize;
            let shape = (some.len(), size, size, 3);
            let batch = Tensor::from_vec(batch, shape, &Device::Cpu)?;
            let left = (&batch - pca.reconstruct(&batch)?)?;
            accumulate_squares(&spectrum.forward(&left)?, &mut squares)?;
        }
        let pictures = rows.len() as f64;
        let rest = squares.iter().map(|sum| (sum / pictures) as f32).collect();
        let components = pca.components()?;
        let components = Tensor::from_vec(components, ((), values), &Device::Cpu)?;
        let mut taken = vec![0f64; values];
        accumulate_squares(&spectrum.forward(&components)?, &mut taken)?;
        let passed = taken.iter().map(|taken| (1.0 - taken).max(0.0) as f32);
        Ok(Self {
            pca,
            residual_variance: rest,
            noise_gain: passed.collect(),
        })
    }
}

fn accumulate_squares(rows: &Tensor, sums: &mut [f64]) -> Result<()> {
    for row in rows.to_vec2::<f32>()? {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += f64::from(value) * f64::from(value);
        }
    }
    Ok(())
}

/// As many components as the code has numbers, or as the pictures determine.
fn fit_pca(faces: &Faces, rows: &[usize], code_size: u32, watch: Watch) -> Result<Pca> {
    let largest = Pca::max_code_size(rows.len(), faces.spec().size);
    if largest == 0 {
        return Err(Error::invalid(
            "training pictures",
            "this model starts from the principal components of at least two",
        ));
    }
    Pca::fit(faces, rows, code_size.min(largest), watch)
}

/// A network that starts from its training pictures, the given rows of `faces`: a
/// function of them and the seed.
///
/// # Errors
/// When the spec is out of range, or of a network that starts from its seed alone;
/// when there are fewer than two pictures; the watcher's.
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
            let pca = fit_pca(faces, rows, spec.code_size, watch)?;
            Box::new(FaceAutoencoder::new(spec, &pca, seed, device)?)
        }
        ModelKind::Denoiser => {
            let beginning = FaceCovariance::fit(faces, rows, spec.code_size, watch)?;
            Box::new(Denoiser::new(spec, &beginning, seed, device)?)
        }
        ModelKind::Pca | ModelKind::Linear | ModelKind::Conv => {
            return Err(Error::invalid(
                format!("model {}", spec.kind),
                "does not start from pictures",
            ));
        }
    })
}
