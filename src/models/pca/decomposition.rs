//! Principal components of pictures held as bytes, in bounded memory.
//!
//! For few pictures: eigenvectors of their Gram matrix, in double precision. For many: a block
//! Krylov space from random directions with Rayleigh–Ritz (Golub and Underwood 1977; Musco and
//! Musco 2015). It grows, with restarts to bound its width, until the captured variance has
//! converged. It multiplies with the pictures directly if the code is small, and with their
//! covariance if that is cheaper.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Side};

use super::data_matrix::DataMatrix;
use super::iteration::{KrylovIteration, Pause, Report};
use super::krylov::{eigen_error, orthonormal, parallelism};
use crate::dataset::Faces;
use crate::error::Result;

/// The most pictures whose Gram matrix is decomposed as a whole.
const MAX_GRAM_PICTURES: usize = 1536;
/// The most values in a picture for which the covariance is formed: 75 MB.
const MAX_COVARIANCE_VALUES: usize = 3072;
/// Blocks beyond the code that faces usually need; used to choose the cheaper method.
const TYPICAL_BLOCKS: usize = 7;
/// Iteration ends when less than this share of the captured variance is expected to follow.
const TOLERANCE: f64 = 1e-7;

/// Mean `[values]`, components `[code, values]`, and the variance that each captures `[code]`,
/// for pictures with values −0.5 … 0.5.
#[derive(Debug)]
pub(super) struct Decomposition {
    pub mean: Vec<f32>,
    pub components: Vec<f32>,
    pub variances: Vec<f32>,
}

impl Decomposition {
    /// From orthonormal components in columns and their eigenvalues of Xᵀ·X.
    fn new(pictures: &DataMatrix, components: &Mat<f64>, eigenvalues: &[f64]) -> Self {
        let scale = 1.0 / (255.0 * 255.0 * pictures.count() as f64);
        Self {
            mean: pictures
                .mean
                .iter()
                .map(|&mean| (mean / 255.0 - 0.5) as f32)
                .collect(),
            components: (0..components.ncols())
                .flat_map(|column| with_canonical_sign(components.col_as_slice(column)))
                .collect(),
            variances: eigenvalues
                .iter()
                .map(|&value| (value.max(0.0) * scale) as f32)
                .collect(),
        }
    }
}

/// Fits `code` principal components to the given rows of `faces`.
pub(super) fn fit(
    faces: &Faces,
    rows: &[usize],
    code: usize,
    report: Report,
) -> Result<Decomposition> {
    let pictures = DataMatrix::new(faces, rows);
    if rows.len() <= MAX_GRAM_PICTURES && rows.len() <= pictures.values() {
        return fit_by_gram(&pictures, code, report);
    }
    fit_by_krylov(&pictures, code, report)
}

/// By the Gram matrix of the pictures.
fn fit_by_gram(pictures: &DataMatrix, code: usize, report: Report) -> Result<Decomposition> {
    let count = pictures.count();
    report(0)?;
    let gram = pictures.gram(&mut || report(0))?;
    report(1)?;
    let eigen = gram.self_adjoint_eigen(Side::Lower).map_err(eigen_error)?;
    let leading = eigen.U().get(.., count - code..).reverse_cols().to_owned();
    let variances: Vec<f64> = (0..code).map(|i| eigen.S()[count - 1 - i]).collect();
    let basis = orthonormal(pictures.transposed_times(&leading));
    report(2)?;
    Ok(Decomposition::new(pictures, &basis, &variances))
}

/// By block Krylov iteration.
fn fit_by_krylov(pictures: &DataMatrix, code: usize, report: Report) -> Result<Decomposition> {
    let block = block_width(code);
    let is_cheaper_directly = 4 * block * (code / block + TYPICAL_BLOCKS) < pictures.values();
    if is_cheaper_directly || pictures.values() > MAX_COVARIANCE_VALUES {
        return block_krylov(pictures, code, block, report, |q, pause| {
            pictures.scatter_times(q, pause)
        });
    }
    report(0)?;
    let scatter = pictures.scatter(&mut || report(0))?;
    report(1)?;
    block_krylov(pictures, code, block, report, |q, _| {
        let mut product = Mat::zeros(q.nrows(), q.ncols());
        matmul(
            &mut product,
            Accum::Replace,
            &scatter,
            q,
            1.0,
            parallelism(),
        );
        Ok(product)
    })
}

/// Columns in a block: enough for matrix products at full speed, few enough that the space grows
/// in small steps.
fn block_width(code: usize) -> usize {
    (code / 8).max(48)
}

/// Block Krylov iteration with Xᵀ·X, which `times` multiplies with.
fn block_krylov(
    pictures: &DataMatrix,
    code: usize,
    block: usize,
    report: Report,
    times: impl FnMut(MatRef<'_, f64>, Pause) -> Result<Mat<f64>>,
) -> Result<Decomposition> {
    let iteration = KrylovIteration {
        dimensions: pictures.values(),
        // The first block lies partly outside the span of the pictures.
        largest: pictures.values().min(pictures.count() + block),
        block,
        tolerance: TOLERANCE,
    };
    let (components, variances) = iteration.leading_eigenpairs(code, report, times)?;
    Ok(Decomposition::new(pictures, &components, &variances))
}

/// The component with its entry of largest magnitude positive. The sign of an eigenvector is
/// arbitrary, and codes must not depend on the machine.
fn with_canonical_sign(component: &[f64]) -> impl Iterator<Item = f32> {
    let largest = component.iter().fold(
        0.0f64,
        |best, &v| if v.abs() > best.abs() { v } else { best },
    );
    component
        .iter()
        .map(move |&v| (v * largest.signum()) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{FaceSpec, Preprocess};
    use crate::rng::{Purpose, generator};
    use rand::RngExt;

    /// Pictures with a decaying spectrum: a few mixed random patterns, and grain.
    fn pictures(count: usize) -> Faces {
        let pattern = |k: u64| -> Vec<f32> {
            let mut rng = generator(1, Purpose::SyntheticFace, 0, k);
            (0..3072).map(|_| rng.random_range(-1.0..1.0)).collect()
        };
        let patterns: Vec<_> = (0..30).map(pattern).collect();
        let mut bytes = Vec::new();
        for picture in 0..count {
            let mut rng = generator(1, Purpose::SyntheticFace, 1, picture as u64);
            let mut values = vec![128.0f32; 3072];
            for (k, pattern) in patterns.iter().enumerate() {
                let strength = rng.random_range(-40.0..40.0) / (k + 1) as f32;
                for (value, pattern) in values.iter_mut().zip(pattern) {
                    *value += strength * pattern;
                }
            }
            bytes.extend(
                values
                    .iter()
                    .map(|v| (v + rng.random_range(-2.0..2.0)) as u8),
            );
        }
        let spec = FaceSpec {
            size: 32,
            preprocess: Preprocess::Seed,
        };
        Faces::from_bytes(spec, &bytes).unwrap()
    }

    fn captured(fitted: &Decomposition) -> f64 {
        fitted.variances.iter().map(|&v| f64::from(v)).sum()
    }

    /// |a·b| of unit components.
    fn alike(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(&a, &b)| f64::from(a * b)).sum()
    }

    #[test]
    fn all_three_methods_agree() {
        let faces = pictures(200);
        let rows: Vec<usize> = (0..200).collect();
        let pictures = DataMatrix::new(&faces, &rows);
        let quiet = &mut |_| Ok(());
        let exact = fit_by_gram(&pictures, 12, quiet).unwrap();
        let direct = block_krylov(&pictures, 12, 12, quiet, |q, pause| {
            pictures.scatter_times(q, pause)
        })
        .unwrap();
        let scatter = pictures.scatter(&mut || Ok(())).unwrap();
        let formed = block_krylov(&pictures, 12, 12, quiet, |q, _| Ok(&scatter * q)).unwrap();
        for other in [direct, formed] {
            let ratio = captured(&other) / captured(&exact);
            assert!((ratio - 1.0).abs() < 1e-6, "{ratio}");
            assert_eq!(other.mean, exact.mean);
            for i in 0..12 {
                let range = i * 3072..(i + 1) * 3072;
                let alike = alike(&other.components[range.clone()], &exact.components[range]);
                assert!((alike - 1.0).abs() < 1e-3, "component {i}: {alike}");
            }
        }
    }

    /// Pure noise: its eigenvalues hardly decay, which is the hard case.
    fn noise(count: usize) -> Faces {
        let mut rng = generator(1, Purpose::SyntheticFace, 0, 0);
        let bytes: Vec<u8> = (0..count * 3072).map(|_| rng.random()).collect();
        Faces::from_bytes(pictures(1).spec(), &bytes).unwrap()
    }

    #[test]
    fn iteration_continues_until_it_is_exact() {
        for (faces, code, block) in [
            (noise(120), 20, 24),
            // Restarts several times.
            (noise(150), 3, 4),
            (noise(200), 10, 6),
            (pictures(200), 40, 5),
            (pictures(200), 30, 30),
            (pictures(150), 2, 3),
        ] {
            let rows: Vec<usize> = (0..faces.len()).collect();
            let pictures = DataMatrix::new(&faces, &rows);
            let exact = fit_by_gram(&pictures, code, &mut |_| Ok(())).unwrap();
            let mut passes = 0;
            let mut count = |pass| {
                passes = pass;
                Ok(())
            };
            let iterated = block_krylov(&pictures, code, block, &mut count, |q, pause| {
                pictures.scatter_times(q, pause)
            })
            .unwrap();
            let short = 1.0 - captured(&iterated) / captured(&exact);
            let case = format!("{code} of {} in {block}s, {passes} passes", rows.len());
            assert!(short.abs() < 1e-6, "{case}: {short:e}");
        }
    }
}
