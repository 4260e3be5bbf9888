//! A model of the covariance of faces: principal components, and a spectrum of the rest.

use candle_core::{Device, Tensor};

use super::autoencoder::Autoencoder;
use super::dct::ColourDct;
use super::pca::Pca;
use crate::dataset::Faces;
use crate::error::Result;
use crate::progress::Watch;

/// The covariance of the training pictures, as principal components and, for what those leave,
/// one variance for each coefficient of the cosine transform in opponent colours.
#[derive(Debug)]
pub struct FaceCovariance {
    /// The components: as many as the code has dimensions, or fewer if the pictures determine
    /// fewer.
    pub pca: Pca,
    /// Variance of each DCT coefficient of what the components leave, `[size · size · 3]`.
    pub(crate) residual_variance: Vec<f32>,
    /// Share of the variance of white noise that the components leave in each coefficient, 0 to
    /// 1, `[size · size · 3]`.
    pub(crate) noise_gain: Vec<f32>,
}

impl FaceCovariance {
    /// Fits the components and the spectrum to the given rows of `faces`.
    ///
    /// # Errors
    /// When there are fewer than two pictures, or `watch` cancels.
    pub fn fit(faces: &Faces, rows: &[usize], code_size: u32, watch: Watch) -> Result<Self> {
        let pca = Pca::fit_at_most(faces, rows, code_size, watch)?;
        Self::from_pca(pca, faces, rows, &mut || Ok(()))
    }

    /// Fits the spectrum of what the components leave. `pca` must be fitted to the same rows.
    ///
    /// # Errors
    /// When the pictures' size is not that of the components, or `pause` fails, which is
    /// called now and then.
    pub(crate) fn from_pca(
        pca: Pca,
        faces: &Faces,
        rows: &[usize],
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Self> {
        let (values, size) = (faces.stride(), faces.spec().size as usize);
        let dct = ColourDct::new(size, &Device::Cpu)?;
        let mut residual = vec![0f64; values];
        for rows in rows.chunks(256) {
            pause()?;
            let shape = (rows.len(), size, size, 3);
            let batch = Tensor::from_vec(faces.batch(rows), shape, &Device::Cpu)?;
            let left = (&batch - pca.reconstruct(&batch)?)?;
            accumulate_squares(&dct.forward(&left)?, &mut residual)?;
        }
        let pictures = rows.len() as f64;
        let components = Tensor::from_vec(pca.components()?, ((), values), &Device::Cpu)?;
        let mut explained = vec![0f64; values];
        accumulate_squares(&dct.forward(&components)?, &mut explained)?;
        Ok(Self {
            pca,
            residual_variance: residual.iter().map(|sum| (sum / pictures) as f32).collect(),
            noise_gain: explained
                .iter()
                .map(|explained| (1.0 - explained).max(0.0) as f32)
                .collect(),
        })
    }
}

/// Adds the squares of each column of `rows` `[n, values]` to `sums` `[values]`.
fn accumulate_squares(rows: &Tensor, sums: &mut [f64]) -> Result<()> {
    for row in rows.to_vec2::<f32>()? {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += f64::from(value) * f64::from(value);
        }
    }
    Ok(())
}
