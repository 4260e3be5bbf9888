//! Principal components of pictures held as bytes, in bounded memory.
//!
//! Few pictures: the eigenvectors of their products with each other (the Gram
//! matrix), in double precision. Many: a block Krylov space from random
//! directions with Rayleigh–Ritz (Golub and Underwood 1977; Musco and Musco
//! 2015), grown, and shrunk where it gets wide, until the captured variance
//! stands still; it multiplies with the pictures directly when the code is
//! small, and with their covariance when that is cheaper.

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, MatRef, Side};
use rayon::prelude::*;

use super::krylov::{KrylovBasis, eigen_error, orthonormal, parallelism, random_block};
use crate::dataset::Faces;
use crate::error::{Error, Result};

/// Values in a block of pictures that is centred and multiplied together: 12 MB.
const BLOCK_VALUES: usize = 1024 * 3072;
/// Up to so many pictures the Gram matrix is small enough to take apart whole.
const MAX_GRAM_PICTURES: usize = 1536;
/// Up to so many values a picture the covariance fits: 75 MB.
const MAX_COVARIANCE_VALUES: usize = 3072;
/// Captured variance still to come, relative, that counts as none.
const TOLERANCE: f64 = 1e-7;
/// Growth, relative, that is rounding.
const ROUNDING_TOLERANCE: f64 = 1e-12;
/// How growth falls from look to look where that has not been seen yet.
const INITIAL_RATIO: f64 = 0.5;
/// Up to this width the eigenvalues of what was seen cost little.
const ALWAYS_CHECKED_WIDTH: usize = 500;
/// Blocks beyond the code before the first look at what is captured.
const FIRST_CHECK_BLOCKS: usize = 4;
/// Blocks beyond the code that faces usually take, to choose the cheaper way.
const TYPICAL_BLOCKS: usize = 7;
/// Blocks beyond the code at which the space shrinks, and what it shrinks to:
/// 8 bytes a value and column bound the memory.
const RESTART_BLOCKS: usize = 12;
const KEPT_BLOCKS: usize = 4;

/// Mean, components row by row, and the variance that each captures.
#[derive(Debug)]
pub(super) struct Decomposition {
    pub mean: Vec<f32>,
    pub components: Vec<f32>,
    pub variances: Vec<f32>,
}

/// Sees the passes over the pictures done.
pub(super) type Report<'a> = &'a mut dyn FnMut(u64) -> Result<()>;

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

fn fit_by_gram(pictures: &DataMatrix, code: usize, report: Report) -> Result<Decomposition> {
    let count = pictures.count();
    report(0)?;
    let gram = pictures.gram();
    report(1)?;
    let eigen = gram.self_adjoint_eigen(Side::Lower).map_err(eigen_error)?;
    let leading = eigen.U().get(.., count - code..).reverse_cols().to_owned();
    let variances = (0..code).map(|i| eigen.S()[count - 1 - i]).collect();
    let basis = orthonormal(pictures.transposed_times(&leading));
    report(2)?;
    Ok(pictures.decomposition(&basis, variances))
}

fn fit_by_krylov(pictures: &DataMatrix, code: usize, report: Report) -> Result<Decomposition> {
    let block = block_width(code);
    let directly = 4 * block * (code / block + TYPICAL_BLOCKS) < pictures.values();
    if directly || pictures.values() > MAX_COVARIANCE_VALUES {
        return block_krylov(pictures, code, block, report, |q| pictures.scatter_times(q));
    }
    report(0)?;
    let scatter = pictures.scatter();
    report(1)?;
    block_krylov(pictures, code, block, report, |q| {
        let mut product = Mat::zeros(q.nrows(), q.ncols());
        matmul(
            &mut product,
            Accum::Replace,
            &scatter,
            q,
            1.0,
            parallelism(),
        );
        product
    })
}

/// Directions that are multiplied together: enough for matrix products to run
/// at full speed, few enough that the space grows in small steps.
fn block_width(code: usize) -> usize {
    (code / 8).max(48)
}

/// The leading eigenvectors of the symmetric matrix that `times` multiplies
/// with, from the space of a random block and its images.
fn block_krylov(
    pictures: &DataMatrix,
    code: usize,
    block: usize,
    report: Report,
    mut times: impl FnMut(MatRef<'_, f64>) -> Mat<f64>,
) -> Result<Decomposition> {
    // The first block lies partly outside of what the pictures span.
    let largest = pictures.values().min(pictures.count() + block);
    let mut space = KrylovBasis::new(pictures.values());
    let mut next = random_block(pictures.values(), block.min(largest));
    let mut growth = Convergence::default();
    for pass in 0.. {
        report(pass + 1)?;
        let width = next.ncols();
        if space.width() + width <= code + RESTART_BLOCKS * block {
            space.extend(next);
        } else {
            space.thick_restart(next, code + KEPT_BLOCKS * block)?;
        }
        let product = times(space.last_columns(width));
        space.record_product(&product, width);
        let whole = space.width() == largest;
        // A look at a wide space costs more than a block does.
        let look = space.width() <= ALWAYS_CHECKED_WIDTH || pass % 2 == 1;
        if look && space.width() >= code + FIRST_CHECK_BLOCKS * block || whole {
            let (vectors, variances) = space.leading_eigenpairs(code)?;
            if growth.has_converged(variances.iter().sum()) || whole {
                return Ok(pictures.decomposition(&(space.basis() * vectors), variances));
            }
        }
        let width = block.min(largest - space.width());
        next = product.get(.., ..width).to_owned();
    }
    Err(Error::invalid("pca", "took no pass"))
}

/// The captured variance, from look to look.
#[derive(Default)]
struct Convergence {
    captured: Option<f64>,
    grown: Option<f64>,
}

impl Convergence {
    /// Whether hardly anything is still to come: growth falls from look to look
    /// by a ratio that itself falls, so what comes is at most the rest of a
    /// geometric series.
    fn has_converged(&mut self, now: f64) -> bool {
        let Some(before) = self.captured.replace(now) else {
            return false;
        };
        let grown = now - before;
        let ratio = match self.grown.replace(grown) {
            Some(before) => grown / before,
            None => INITIAL_RATIO,
        };
        grown <= ROUNDING_TOLERANCE * now
            || ratio < 1.0 && grown * ratio / (1.0 - ratio) <= TOLERANCE * now
    }
}

/// The pictures, centred as they are read.
struct DataMatrix<'a> {
    faces: &'a Faces,
    rows: &'a [usize],
    /// Mean face, 0 … 255.
    mean: Vec<f64>,
}

impl<'a> DataMatrix<'a> {
    fn new(faces: &'a Faces, rows: &'a [usize]) -> Self {
        let mut sums = vec![0u64; faces.stride()]; // of bytes: exact
        for &row in rows {
            for (sum, &byte) in sums.iter_mut().zip(faces.bytes(row)) {
                *sum += u64::from(byte);
            }
        }
        let mean = sums
            .iter()
            .map(|&sum| sum as f64 / rows.len() as f64)
            .collect();
        Self { faces, rows, mean }
    }

    fn count(&self) -> usize {
        self.rows.len()
    }

    fn values(&self) -> usize {
        self.mean.len()
    }

    fn blocks(&self) -> impl Iterator<Item = &'a [usize]> {
        self.rows.chunks((BLOCK_VALUES / self.values()).max(32))
    }

    /// `[values, rows.len()]`: a centred picture a column, 0 … 255.
    fn centred(&self, rows: &[usize]) -> Mat<f32> {
        let mean: Vec<f32> = self.mean.iter().map(|&mean| mean as f32).collect();
        let mut block = Mat::zeros(self.values(), rows.len());
        block
            .as_mut()
            .par_col_iter_mut()
            .zip(rows)
            .for_each(|(column, &row)| {
                let bytes = self.faces.bytes(row).iter().zip(&mean);
                for (value, (&byte, mean)) in column.iter_mut().zip(bytes) {
                    *value = f32::from(byte) - mean;
                }
            });
        block
    }

    /// X·Xᵀ, `[count, count]`, in double precision; its lower half.
    fn gram(&self) -> Mat<f64> {
        let mut gram = Mat::zeros(self.count(), self.count());
        let width = (BLOCK_VALUES / self.count()).max(32);
        for first in (0..self.values()).step_by(width) {
            let width = width.min(self.values() - first);
            let columns = Mat::from_fn(self.count(), width, |row, value| {
                f64::from(self.faces.bytes(self.rows[row])[first + value])
                    - self.mean[first + value]
            });
            add_lower_square(&mut gram, columns.as_ref());
        }
        gram
    }

    /// Xᵀ·X, `[values, values]`, whole: single precision within a block,
    /// double between blocks.
    fn scatter(&self) -> Mat<f64> {
        let values = self.values();
        let mut sum = Mat::zeros(values, values);
        let mut product = Mat::<f32>::zeros(values, values);
        for rows in self.blocks() {
            let block = self.centred(rows);
            triangular::matmul(
                &mut product,
                BlockStructure::TriangularLower,
                Accum::Replace,
                &block,
                BlockStructure::Rectangular,
                block.transpose(),
                BlockStructure::Rectangular,
                1.0,
                parallelism(),
            );
            add_f32_lower(&mut sum, &product);
        }
        for column in 0..values {
            for row in 0..column {
                sum[(row, column)] = sum[(column, row)];
            }
        }
        sum
    }

    /// Xᵀ·(X·q) without Xᵀ·X.
    fn scatter_times(&self, q: MatRef<'_, f64>) -> Mat<f64> {
        let q = to_f32(q);
        let mut sum = Mat::zeros(q.nrows(), q.ncols());
        let mut product = Mat::<f32>::zeros(q.nrows(), q.ncols());
        for rows in self.blocks() {
            let block = self.centred(rows);
            let mut codes = Mat::<f32>::zeros(rows.len(), q.ncols());
            let (transposed, replace) = (block.transpose(), Accum::Replace);
            matmul(&mut codes, replace, transposed, &q, 1.0, parallelism());
            matmul(&mut product, replace, &block, &codes, 1.0, parallelism());
            add_f32(&mut sum, &product);
        }
        sum
    }

    /// Xᵀ·weights, `[values, weights.ncols()]`, in double precision.
    fn transposed_times(&self, weights: &Mat<f64>) -> Mat<f64> {
        let mut sum = Mat::zeros(self.values(), weights.ncols());
        let mut first = 0;
        for rows in self.blocks() {
            let block = Mat::from_fn(self.values(), rows.len(), |value, row| {
                f64::from(self.faces.bytes(rows[row])[value]) - self.mean[value]
            });
            let weights = weights.get(first..first + rows.len(), ..);
            matmul(&mut sum, Accum::Add, &block, weights, 1.0, parallelism());
            first += rows.len();
        }
        sum
    }

    /// From orthonormal columns and eigenvalues of the scatter of bytes.
    fn decomposition(&self, components: &Mat<f64>, eigenvalues: Vec<f64>) -> Decomposition {
        let scale = 1.0 / (255.0 * 255.0 * self.count() as f64);
        Decomposition {
            mean: self
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

fn add_lower_square(sum: &mut Mat<f64>, x: MatRef<'_, f64>) {
    triangular::matmul(
        sum,
        BlockStructure::TriangularLower,
        Accum::Add,
        x,
        BlockStructure::Rectangular,
        x.transpose(),
        BlockStructure::Rectangular,
        1.0,
        parallelism(),
    );
}

fn add_f32(sum: &mut Mat<f64>, more: &Mat<f32>) {
    sum.as_mut()
        .par_col_iter_mut()
        .zip(more.as_ref().par_col_iter())
        .for_each(|(sum, more)| {
            for (sum, &more) in sum.iter_mut().zip(more.iter()) {
                *sum += f64::from(more);
            }
        });
}

/// [`add_f32`] for what lies on and below the diagonal.
fn add_f32_lower(sum: &mut Mat<f64>, more: &Mat<f32>) {
    sum.as_mut()
        .par_col_iter_mut()
        .zip(more.as_ref().par_col_iter())
        .enumerate()
        .for_each(|(column, (sum, more))| {
            for (sum, &more) in sum.iter_mut().zip(more.iter()).skip(column) {
                *sum += f64::from(more);
            }
        });
}

fn to_f32(x: MatRef<'_, f64>) -> Mat<f32> {
    Mat::from_fn(x.nrows(), x.ncols(), |row, column| x[(row, column)] as f32)
}

/// The component with its number of largest magnitude positive: an eigenvector's
/// sign is arbitrary, and codes must not depend on the machine.
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

    /// Pictures with a decaying spectrum: a few random patterns, mixed, and grain.
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
    fn all_three_ways_agree() {
        let faces = pictures(200);
        let rows: Vec<usize> = (0..200).collect();
        let pictures = DataMatrix::new(&faces, &rows);
        let quiet = &mut |_| Ok(());
        let exact = fit_by_gram(&pictures, 12, quiet).unwrap();
        let direct = block_krylov(&pictures, 12, 12, quiet, |q| pictures.scatter_times(q)).unwrap();
        let scatter = pictures.scatter();
        let formed = block_krylov(&pictures, 12, 12, quiet, |q| &scatter * q).unwrap();
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

    /// Nothing but noise: eigenvalues hardly decay, the hard case.
    fn noise(count: usize) -> Faces {
        let mut rng = generator(1, Purpose::SyntheticFace, 0, 0);
        let bytes: Vec<u8> = (0..count * 3072).map(|_| rng.random()).collect();
        Faces::from_bytes(pictures(1).spec(), &bytes).unwrap()
    }

    #[test]
    fn iteration_goes_on_until_it_is_exact() {
        for (faces, code, block) in [
            (noise(120), 20, 24),
            // Shrinks several times on the way.
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
            let iterated = block_krylov(&pictures, code, block, &mut count, |q| {
                pictures.scatter_times(q)
            })
            .unwrap();
            let short = 1.0 - captured(&iterated) / captured(&exact);
            let case = format!("{code} of {} in {block}s, {passes} passes", rows.len());
            assert!(short.abs() < 1e-6, "{case}: {short:e}");
        }
    }
}
