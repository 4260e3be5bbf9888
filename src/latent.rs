//! Work in code space: the codes of a data set, interpolation between codes, and variations that
//! follow the codes' own distribution.

use std::collections::HashMap;

use candle_core::Tensor;
use rand_distr::{Distribution, StandardNormal};

use crate::dataset::Faces;
use crate::dataset::faces::byte_to_value;
use crate::error::{Error, Result};
use crate::models::Autoencoder;
use crate::progress::{Progress, Unit, Watch};
use crate::rng::{Purpose, generator};

/// Codes of many faces, `[rows, width]`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Codes {
    /// Number of codes.
    pub rows: usize,
    /// Latent dimensions.
    pub width: usize,
    /// `rows × width` values, one code after the other.
    pub values: Vec<f32>,
}

impl Codes {
    /// One code.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// All codes in order.
    pub fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.width)
    }
}

/// Number of pictures of this side that go through a network together: about 20 MB of its widest
/// layer.
pub(crate) fn batch_size_for(size: usize) -> usize {
    (256 * 32 * 32 / (size * size)).max(16)
}

/// Encodes the given rows of `faces`, in their order. Equal faces get equal codes.
///
/// # Errors
/// When the pictures' size is not the model's, a code is not finite, or `watch` cancels.
pub fn encode_all(
    model: &dyn Autoencoder,
    faces: &Faces,
    rows: &[usize],
    watch: Watch,
) -> Result<Codes> {
    let size = faces.spec().size as usize;
    if model.spec().size as usize != size {
        return Err(Error::invalid(
            "faces",
            format!("have side {size}; the model takes {}", model.spec().size),
        ));
    }
    let mut codes = Codes {
        rows: rows.len(),
        width: model.spec().code_size as usize,
        values: Vec::with_capacity(rows.len() * model.spec().code_size as usize),
    };
    for some in rows.chunks(batch_size_for(size)) {
        codes
            .values
            .extend(encode_batch(model, faces.batch(some), some.len())?);
        watch(Progress {
            stage: "encoding faces",
            done: (codes.values.len() / codes.width) as u64,
            total: Some(rows.len() as u64),
            unit: Unit::Pictures,
        })?;
    }
    share_duplicate_codes(&mut codes, faces, rows);
    Ok(codes)
}

/// Gives every face the code of the first one that equals it. The order of a network's sums
/// depends on a face's place in its batch, so codes of equal pictures differ in the last digits.
fn share_duplicate_codes(codes: &mut Codes, faces: &Faces, rows: &[usize]) {
    let mut first = HashMap::with_capacity(rows.len());
    for (at, &row) in rows.iter().enumerate() {
        let known = *first.entry(faces.bytes(row)).or_insert(at);
        if known < at {
            let width = codes.width;
            codes
                .values
                .copy_within(known * width..(known + 1) * width, at * width);
        }
    }
}

/// The code of one face, given as bytes `[size, size, 3]`. If it is one of `faces`, the code is
/// taken from `codes`, which must hold the codes of all of them in order.
///
/// # Errors
/// When the picture's size is not the model's, or its code is not finite.
pub fn lookup_or_encode(
    model: &dyn Autoencoder,
    face: &[u8],
    faces: &Faces,
    codes: &Codes,
) -> Result<Vec<f32>> {
    match (0..faces.len().min(codes.rows)).find(|&row| faces.bytes(row) == face) {
        Some(row) => Ok(codes.row(row).to_vec()),
        None => encode_one(
            model,
            &face
                .iter()
                .map(|&byte| byte_to_value(byte))
                .collect::<Vec<_>>(),
        ),
    }
}

/// Encodes one face `[size, size, 3]` with values −0.5 … 0.5.
///
/// # Errors
/// When the picture's size is not the model's, or its code is not finite.
pub fn encode_one(model: &dyn Autoencoder, face: &[f32]) -> Result<Vec<f32>> {
    encode_batch(model, face.to_vec(), 1)
}

fn encode_batch(model: &dyn Autoencoder, values: Vec<f32>, count: usize) -> Result<Vec<f32>> {
    let size = model.spec().size as usize;
    let input = Tensor::from_vec(values, (count, size, size, 3), model.device())?;
    ensure_finite("codes", model.encode(&input)?.flatten_all()?.to_vec1()?)
}

/// Encodes and decodes pictures: values `[count, size, size, 3]`, −0.5 … 0.5. The result has the
/// same shape and is unclipped.
///
/// # Errors
/// When the pictures' size is not the model's, or a result is not finite.
pub fn reconstruct(model: &dyn Autoencoder, values: &[f32]) -> Result<Vec<f32>> {
    let size = model.spec().size as usize;
    let shape = (values.len() / model.spec().values(), size, size, 3);
    let input = Tensor::from_slice(values, shape, model.device())?;
    ensure_finite(
        "pictures",
        model.reconstruct(&input)?.flatten_all()?.to_vec1()?,
    )
}

/// The values, if all of them are finite.
fn ensure_finite(what: &str, values: Vec<f32>) -> Result<Vec<f32>> {
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(Error::invalid(
            "the model",
            format!(
                "makes {what} that are not finite: it has diverged; use another checkpoint, \
             or train again with a lower learning rate"
            ),
        ))
    }
}

/// Decodes codes into faces `[rows, size, size, 3]` with values of about −0.5 … 0.5, unclipped.
///
/// # Errors
/// When the codes' width is not the model's, or a face is not finite.
pub fn decode_all(model: &dyn Autoencoder, codes: &Codes) -> Result<Vec<f32>> {
    let mut faces = Vec::with_capacity(codes.rows * model.spec().values());
    for some in codes
        .values
        .chunks(batch_size_for(model.spec().size as usize) * codes.width)
    {
        let shape = (some.len() / codes.width, codes.width);
        let codes = Tensor::from_slice(some, shape, model.device())?;
        faces.extend(model.decode(&codes)?.flatten_all()?.to_vec1::<f32>()?);
    }
    ensure_finite("pictures", faces)
}

/// Linear interpolation: `steps` codes from `a` to `b`, both included.
///
/// # Errors
/// When the codes' lengths differ or there are fewer than 2 steps.
pub fn morph(a: &[f32], b: &[f32], steps: usize) -> Result<Codes> {
    if a.len() != b.len() {
        return Err(Error::invalid(
            "morph",
            format!("cannot mix codes of {} and {} dimensions", a.len(), b.len()),
        ));
    }
    if steps < 2 {
        return Err(Error::invalid("steps", "must be at least 2: both ends"));
    }
    let mut values = Vec::with_capacity(steps * a.len());
    for step in 0..steps {
        let share = step as f32 / (steps - 1) as f32;
        values.extend(
            a.iter()
                .zip(b)
                .map(|(&a, &b)| a * (1.0 - share) + b * share),
        );
    }
    Ok(Codes {
        rows: steps,
        width: a.len(),
        values,
    })
}

/// Mean and covariance of a data set's codes.
#[derive(Debug, Clone)]
pub struct CodeStatistics {
    mean: Vec<f64>,
    /// Square root F of the covariance, `[width, width]`, row-major: F·Fᵀ is the covariance, so
    /// that F·z for standard normal z is distributed like the centred codes.
    covariance_root: Vec<f64>,
}

impl CodeStatistics {
    /// Mean and covariance of these codes. The covariance may be singular.
    ///
    /// # Errors
    /// When there are no codes, or one is not finite.
    pub fn fit(codes: &Codes) -> Result<Self> {
        let width = codes.width;
        if codes.rows == 0 || codes.values.iter().any(|value| !value.is_finite()) {
            return Err(Error::invalid(
                "codes",
                "are missing or not finite: the model is damaged",
            ));
        }
        let mut mean = vec![0.0; width];
        for code in codes.iter() {
            for (sum, &value) in mean.iter_mut().zip(code) {
                *sum += f64::from(value);
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= codes.rows as f64);
        let centred = faer::Mat::from_fn(codes.rows, width, |row, column| {
            f64::from(codes.values[row * width + column]) - mean[column]
        });
        let covariance = centred.transpose() * &centred * faer::Scale(1.0 / codes.rows as f64);
        let eigen = covariance
            .self_adjoint_eigen(faer::Side::Lower)
            .map_err(|_| Error::invalid("codes", "their covariance has no eigenvectors"))?;
        let (vectors, values) = (eigen.U(), eigen.S());
        // The symmetric root: unlike a Cholesky factor, it exists for singular covariances and
        // does not depend on the order of the dimensions.
        let roots: Vec<f64> = (0..width).map(|i| values[i].max(0.0).sqrt()).collect();
        let scaled = faer::Mat::from_fn(width, width, |i, j| vectors[(i, j)] * roots[j]);
        let root = &scaled * vectors.transpose();
        let factor = (0..width * width)
            .map(|at| root[(at / width, at % width)])
            .collect();
        Ok(Self {
            mean,
            covariance_root: factor,
        })
    }

    /// The mean code.
    pub fn mean(&self) -> Vec<f32> {
        self.mean.iter().map(|&value| value as f32).collect()
    }

    /// `count` variations of `code`, each `radius` standard deviations away in a random direction:
    /// code + radius · F·z, with z normal and scaled to length √width, the average length of such
    /// vectors. The directions depend on the seed alone, so that a change of the radius moves
    /// each variation along a line.
    ///
    /// # Errors
    /// When the code's length is not that of the codes.
    pub fn vary(&self, code: &[f32], radius: f32, count: usize, seed: u64) -> Result<Codes> {
        let width = self.mean.len();
        if code.len() != width {
            return Err(Error::invalid(
                "code",
                format!("has {} numbers; the model's have {width}", code.len()),
            ));
        }
        let mut values = Vec::with_capacity(count * width);
        for item in 0..count {
            let mut z = self.standard_normal(seed, Purpose::Variation, item);
            let length = z.iter().map(|z| z * z).sum::<f64>().sqrt();
            let scale = f64::from(radius) * (width as f64).sqrt() / length.max(f64::MIN_POSITIVE);
            z.iter_mut().for_each(|z| *z *= scale);
            values.extend(self.offset_code(code, &z));
        }
        Ok(Codes {
            rows: count,
            width,
            values,
        })
    }

    /// Samples `count` codes from the normal distribution with the codes' mean and covariance.
    /// `spread` scales their distance from the mean: below 1 they are more like the mean face,
    /// above 1 more varied. The random numbers depend on the seed alone.
    pub fn sample(&self, spread: f32, count: usize, seed: u64) -> Codes {
        let mean = self.mean();
        let mut values = Vec::with_capacity(count * mean.len());
        for item in 0..count {
            let mut z = self.standard_normal(seed, Purpose::PriorSample, item);
            z.iter_mut().for_each(|z| *z *= f64::from(spread));
            values.extend(self.offset_code(&mean, &z));
        }
        Codes {
            rows: count,
            width: mean.len(),
            values,
        }
    }

    /// Standard normal numbers `[width]`.
    fn standard_normal(&self, seed: u64, purpose: Purpose, item: usize) -> Vec<f64> {
        let rng = generator(seed, purpose, 0, item as u64);
        StandardNormal
            .sample_iter(rng)
            .take(self.mean.len())
            .collect()
    }

    /// code + F·z
    fn offset_code(&self, code: &[f32], z: &[f64]) -> impl Iterator<Item = f32> {
        let rows = self.covariance_root.chunks_exact(self.mean.len());
        rows.zip(code).map(move |(row, &centre)| {
            let step: f64 = row.iter().zip(z).map(|(f, z)| f * z).sum();
            (f64::from(centre) + step) as f32
        })
    }
}
