//! Principal components of pictures held as bytes, in bounded memory.

use faer::{Mat, Side};

use crate::dataset::Faces;
use crate::error::{Error, Result};

/// Pictures that are centred and multiplied together.
const BLOCK: usize = 512;

/// Mean, components row by row, and the variance that each captures.
pub(super) struct Fitted {
    pub mean: Vec<f32>,
    pub components: Vec<f32>,
    pub variances: Vec<f32>,
}

/// Sees steps done and steps in all.
pub(super) type Report<'a> = &'a mut dyn FnMut(u64, u64) -> Result<()>;

pub(super) fn fit(faces: &Faces, rows: &[usize], code: usize, report: Report) -> Result<Fitted> {
    let mean = mean(faces, rows);
    let values = mean.len();
    let mut covariance = Mat::<f64>::zeros(values, values);
    for (done, rows) in rows.chunks(BLOCK).enumerate() {
        report(done as u64, 0)?;
        let block = Mat::from_fn(rows.len(), values, |row, value| {
            f64::from(faces.bytes(rows[row])[value]) / 255.0 - mean[value]
        });
        covariance += block.transpose() * &block;
    }
    let eigen = covariance
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| Error::invalid("pca", "the covariance has no eigenvectors"))?;
    let mut components = Vec::new();
    let mut variances = Vec::new();
    for i in (values - code..values).rev() {
        let column: Vec<f64> = (0..values).map(|v| eigen.U()[(v, i)]).collect();
        components.extend(oriented(&column));
        variances.push((eigen.S()[i] / rows.len() as f64) as f32);
    }
    Ok(Fitted {
        mean: mean.iter().map(|&m| (m - 0.5) as f32).collect(),
        components,
        variances,
    })
}

/// Mean face, 0 … 1; sums of bytes are exact.
fn mean(faces: &Faces, rows: &[usize]) -> Vec<f64> {
    let mut sums = vec![0u64; faces.stride()];
    for &row in rows {
        for (sum, &byte) in sums.iter_mut().zip(faces.bytes(row)) {
            *sum += u64::from(byte);
        }
    }
    let scale = 1.0 / (255.0 * rows.len() as f64);
    sums.iter().map(|&sum| sum as f64 * scale).collect()
}

/// The component with its number of largest magnitude positive: an eigenvector's
/// sign is arbitrary, and codes must not depend on the machine.
fn oriented(component: &[f64]) -> impl Iterator<Item = f32> {
    let largest = component.iter().fold(
        0.0f64,
        |best, &v| if v.abs() > best.abs() { v } else { best },
    );
    component
        .iter()
        .map(move |&v| (v * largest.signum()) as f32)
}
