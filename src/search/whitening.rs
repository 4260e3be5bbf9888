//! Whitening: rotates and scales codes so that their dimensions are uncorrelated, with mean 0 and
//! variance 1 over the codes of the fit. A direction of large variance, often the light, then
//! counts no more than one of small variance, which may distinguish people better.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Side};

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::kernels::distance::dot_products;
use crate::latent::{ArrayFile, ArrayWriter};

/// Directions with less than this share of the largest variance are dropped. They hold rounding
/// errors, which whitening would amplify.
const MIN_RELATIVE_VARIANCE: f64 = 1e-7;

/// Codes of the fit for each direction that is kept, at least. As many directions as codes make every
/// whitened code about as far from every other, whatever they show: exactly so where there is one
/// direction less than codes, since they are then the corners of a regular simplex. Directions of
/// small variance are estimated worst, and go first. The descriptor keeps as many components.
const CODES_PER_DIRECTION: usize = 6;

/// Directions that are kept of however few codes: with one, the angle between two codes says nothing.
const LEAST_DIRECTIONS: usize = 2;

/// Rows multiplied at once, which bounds the memory of a fit.
const BLOCK_ROWS: usize = 1024;

/// The affine map w(x) = Λ^(−1/2) Vᵀ (x − mean), where V and Λ are the eigenvectors and
/// eigenvalues of the covariance, largest first.
#[derive(Debug, Clone)]
pub(crate) struct Whitening {
    mean: Vec<f32>,
    /// `[out, width]`, row-major.
    map: Vec<f32>,
    out_width: usize,
}

impl Whitening {
    /// Fits to codes `[rows, width]`, row-major. Rows with values that are not finite are
    /// skipped. Of n rows that are left, the n / 6 directions of largest variance are kept, so that
    /// there are at least six codes for each; all where there are codes enough.
    ///
    /// # Errors
    /// When fewer than two rows are left, or all are equal.
    pub(crate) fn fit(values: &[f32], width: usize) -> Result<Self> {
        let codes = usable_rows(values, width.max(1)).count();
        let most = (codes / CODES_PER_DIRECTION).max(LEAST_DIRECTIONS);
        Self::fit_leading(values, width, most)
    }

    /// [`Whitening::fit`] with the `most` directions of largest variance.
    fn fit_leading(values: &[f32], width: usize, most: usize) -> Result<Self> {
        if width == 0 || !values.len().is_multiple_of(width) {
            return Err(problem("the codes are not all of one width"));
        }
        let mean = mean(values, width)?;
        let eigen = covariance(values, &mean)
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| problem("the codes' covariance has no eigenvectors; are codes finite?"))?;
        let variances = eigen.S().column_vector();
        let largest = variances[width - 1];
        if largest <= 0.0 || !largest.is_finite() {
            return Err(problem("all codes are the same"));
        }
        let mut map = Vec::with_capacity(width * width);
        for index in (0..width).rev().take(most) {
            let variance = variances[index];
            if variance <= largest * MIN_RELATIVE_VARIANCE {
                break;
            }
            let vector = eigen.U().col(index);
            // The sign of an eigenvector is arbitrary. It is fixed so that fits are repeatable.
            let sign = if vector.iter().sum::<f64>() < 0.0 {
                -1.0
            } else {
                1.0
            };
            let scale = sign / variance.sqrt();
            map.extend(vector.iter().map(|value| (value * scale) as f32));
        }
        Ok(Self {
            mean: mean.iter().map(|&mean| mean as f32).collect(),
            out_width: map.len() / width,
            map,
        })
    }

    /// Adds the map to a file.
    pub(super) fn to_file(&self, writer: ArrayWriter) -> ArrayWriter {
        writer.with(&self.mean).with(&self.map)
    }

    /// Reads what [`Whitening::to_file`] wrote, from this part on; `None` if it does not fit
    /// together.
    pub(super) fn from_file(file: &ArrayFile, part: usize, out_width: usize) -> Option<Self> {
        let mean = file.part::<f32>(part)?.into_vec();
        let map = file.part::<f32>(part + 1)?.into_vec();
        let fits = out_width > 0 && !mean.is_empty() && map.len() == mean.len() * out_width;
        fits.then_some(Self {
            mean,
            map,
            out_width,
        })
    }

    /// Dimensions of a whitened code: the directions that were kept.
    pub(crate) fn width(&self) -> usize {
        self.out_width
    }

    /// Whitens codes `[rows, width]` into `[rows, self.width()]`, row-major. Equal codes give
    /// equal rows, whatever the other rows are.
    ///
    /// # Errors
    /// When the codes are not as wide as those of the fit.
    pub(crate) fn apply(&self, values: &[f32]) -> Result<Vec<f32>> {
        let width = self.mean.len();
        if !values.len().is_multiple_of(width) {
            return Err(Error::invalid(
                "whitening",
                format!(
                    "was fitted on codes of {width} numbers and cannot take {} numbers",
                    values.len()
                ),
            ));
        }
        let mut whitened = vec![0.0f32; values.len() / width * self.out_width];
        // Row by row, since the order of sums in a matrix product depends on a row's place, and
        // equal codes have to stay equal.
        whitened
            .par_chunks_mut(self.out_width)
            .zip(values.par_chunks(width))
            .for_each_init(
                || vec![0.0; width],
                |centred, (whitened, row)| {
                    for ((centred, x), mean) in centred.iter_mut().zip(row).zip(&self.mean) {
                        *centred = x - mean;
                    }
                    dot_products(centred, &self.map, whitened);
                },
            );
        Ok(whitened)
    }

    /// As bytes: both widths as 32-bit numbers, the mean, then the map, little-endian.
    #[cfg(feature = "pgvector")]
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let widths = [self.mean.len() as u32, self.out_width as u32];
        let numbers = self.mean.iter().chain(&self.map);
        widths
            .iter()
            .flat_map(|width| width.to_le_bytes())
            .chain(numbers.flat_map(|number| number.to_le_bytes()))
            .collect()
    }

    /// Reads what [`Whitening::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are not as many as the widths say, or a number is not finite.
    #[cfg(feature = "pgvector")]
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let damaged = || problem("its stored form is damaged; store the codes again");
        let (words, rest) = bytes.as_chunks::<4>();
        let [width, out_width, numbers @ ..] = words else {
            return Err(damaged());
        };
        let [width, out_width] = [width, out_width].map(|word| u32::from_le_bytes(*word) as usize);
        let mut mean: Vec<f32> = numbers
            .iter()
            .map(|word| f32::from_le_bytes(*word))
            .collect();
        let expected = out_width
            .checked_add(1)
            .and_then(|rows| rows.checked_mul(width));
        let is_whole = rest.is_empty() && expected == Some(mean.len()) && width > 0;
        if !is_whole || mean.iter().any(|number| !number.is_finite()) {
            return Err(damaged());
        }
        let map = mean.split_off(width);
        Ok(Self {
            mean,
            map,
            out_width,
        })
    }
}

fn problem(problem: &str) -> Error {
    Error::invalid("whitening", problem)
}

/// The rows whose values are all finite.
fn usable_rows(values: &[f32], width: usize) -> impl Iterator<Item = &[f32]> {
    let rows = values.chunks_exact(width);
    rows.filter(|row| row.iter().all(|value| value.is_finite()))
}

/// The mean `[width]` of the usable rows.
fn mean(values: &[f32], width: usize) -> Result<Vec<f64>> {
    let mut mean = vec![0.0f64; width];
    let mut count = 0;
    for row in usable_rows(values, width) {
        count += 1;
        for (mean, &value) in mean.iter_mut().zip(row) {
            *mean += f64::from(value);
        }
    }
    if count < 2 {
        return Err(problem("needs the codes of at least two pictures"));
    }
    for mean in &mut mean {
        *mean /= f64::from(count);
    }
    Ok(mean)
}

/// The covariance `[width, width]` of the usable rows, of which there is at least one.
fn covariance(values: &[f32], mean: &[f64]) -> Mat<f64> {
    let width = mean.len();
    let count = usable_rows(values, width).count() as f64;
    let mut covariance = Mat::<f64>::zeros(width, width);
    let mut block = Vec::with_capacity(BLOCK_ROWS * width);
    let mut rows = usable_rows(values, width).peekable();
    while rows.peek().is_some() {
        block.clear();
        for row in rows.by_ref().take(BLOCK_ROWS) {
            block.extend(row.iter().zip(mean).map(|(&x, mean)| f64::from(x) - mean));
        }
        let centred = MatRef::from_row_major_slice(&block, block.len() / width, width);
        matmul(
            covariance.as_mut(),
            Accum::Add,
            centred.transpose(),
            centred,
            1.0 / count,
            Par::rayon(0),
        );
    }
    covariance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, generator};
    use rand::RngExt;

    #[test]
    fn whitened_codes_have_mean_zero_and_identity_covariance() {
        let (rows, width) = (3000, 7);
        let mut random = generator(1, Purpose::Sketch, 0, 0);
        let mut values = Vec::new();
        for _ in 0..rows {
            let base: f32 = random.random_range(-3.0..3.0);
            for index in 0..width {
                let own: f32 = random.random_range(-1.0..1.0);
                values.push(5.0 + base * index as f32 + own * (1.0 + index as f32 * 4.0));
            }
        }
        let whitening = Whitening::fit(&values, width).unwrap();
        assert_eq!(whitening.width(), width);
        let white = whitening.apply(&values).unwrap();
        for a in 0..width {
            let mean: f64 =
                white.chunks(width).map(|r| f64::from(r[a])).sum::<f64>() / f64::from(rows);
            assert!(mean.abs() < 1e-4, "mean {mean}");
            for b in 0..width {
                let covariance = white
                    .chunks(width)
                    .map(|row| f64::from(row[a]) * f64::from(row[b]))
                    .sum::<f64>()
                    / f64::from(rows);
                let expected = if a == b { 1.0 } else { 0.0 };
                assert!((covariance - expected).abs() < 1e-3, "{a} {b} {covariance}");
            }
        }
    }

    #[test]
    fn equal_codes_are_whitened_equally_in_any_place() {
        for (rows, width) in [(5, 2), (37, 24), (300, 65)] {
            let mut random = generator(2, Purpose::Sketch, 0, 0);
            let mut values: Vec<f32> = (0..rows * width)
                .map(|_| random.random_range(-1e3..1e3))
                .collect();
            let copied = values[..width].to_vec();
            for row in [rows / 2, rows - 1] {
                values[row * width..][..width].copy_from_slice(&copied);
            }
            let whitening = Whitening::fit(&values, width).unwrap();
            let alone = whitening.apply(&copied).unwrap();
            let all = whitening.apply(&values).unwrap();
            for row in [0, rows / 2, rows - 1] {
                assert_eq!(
                    all[row * alone.len()..][..alone.len()],
                    alone,
                    "{rows} {row}"
                );
            }
        }
    }

    /// Codes of people, three pictures each: twelve directions tell the people apart, the others,
    /// of smaller variance, the pictures.
    fn codes_of_people(people: usize, width: usize) -> Vec<f32> {
        let mut random = generator(3, Purpose::Sketch, 0, 0);
        let mut values = Vec::new();
        for _ in 0..people {
            let person: [f32; 12] = std::array::from_fn(|_| random.random_range(-1.0..1.0));
            for _ in 0..3 {
                values.extend((0..width).map(|index| {
                    let own: f32 = random.random_range(-0.3..0.3);
                    own + person.get(index).copied().unwrap_or(0.0)
                }));
            }
        }
        values
    }

    /// The share of codes whose nearest by cosine is one of the same person, and the smallest
    /// distance between any two by the largest.
    fn nearest_are_of_one_person(white: &[f32], width: usize) -> (f32, f32) {
        let rows: Vec<&[f32]> = white.chunks_exact(width).collect();
        let distance = |a: &[f32], b: &[f32]| {
            let product =
                |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
            1.0 - product(a, b) / (product(a, a) * product(b, b)).sqrt()
        };
        let (mut found, mut least, mut most) = (0, f32::INFINITY, 0.0f32);
        for (at, row) in rows.iter().enumerate() {
            let others = (0..rows.len()).filter(|other| *other != at);
            let by_distance: Vec<(f32, usize)> = others
                .map(|other| (distance(row, rows[other]), other))
                .collect();
            let nearest = by_distance
                .iter()
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .unwrap();
            found += usize::from(nearest.1 / 3 == at / 3);
            for (distance, _) in &by_distance {
                (least, most) = (least.min(*distance), most.max(*distance));
            }
        }
        (found as f32 / rows.len() as f32, least / most)
    }

    #[test]
    fn few_codes_of_many_numbers_are_whitened_in_their_leading_directions() {
        let (people, width) = (24, 200);
        let values = codes_of_people(people, width);
        let all = Whitening::fit_leading(&values, width, usize::MAX).unwrap();
        assert_eq!(all.width(), people * 3 - 1);
        let white = all.apply(&values).unwrap();
        let (found, spread) = nearest_are_of_one_person(&white, all.width());
        assert!(spread > 0.99, "the corners of a simplex: {spread}");
        assert!(found < 0.5, "{found}");

        let kept = Whitening::fit(&values, width).unwrap();
        assert_eq!(kept.width(), 12);
        let white = kept.apply(&values).unwrap();
        let (found, spread) = nearest_are_of_one_person(&white, kept.width());
        assert!(found > 0.9 && spread < 0.5, "{found} {spread}");
        // Codes enough: nothing is left out.
        let many = codes_of_people(8, 4);
        let (kept, all) = (
            Whitening::fit(&many, 4).unwrap(),
            Whitening::fit_leading(&many, 4, usize::MAX).unwrap(),
        );
        assert_eq!((kept.width(), kept.map), (4, all.map));
    }

    #[test]
    fn directions_without_variance_are_dropped_and_constant_codes_refused() {
        let values: Vec<f32> = (0..50)
            .flat_map(|i| [i as f32, 2.0 * i as f32, 4.0])
            .collect();
        let whitening = Whitening::fit(&values, 3).unwrap();
        assert_eq!(whitening.width(), 1);
        assert_eq!(whitening.apply(&values).unwrap().len(), 50);
        assert!(Whitening::fit(&[1.0; 30], 3).is_err());
        assert!(Whitening::fit(&[1.0; 3], 3).is_err());
    }
}
