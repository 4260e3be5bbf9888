//! Encoding and decoding of faces.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use candle_core::Tensor;

use super::codes::Codes;
use crate::dataset::Faces;
use crate::error::{Error, Result};
use crate::models::Autoencoder;
use crate::progress::{Progress, Unit, Watch};

/// Number of pictures of this side that go through a network together: about 20 MB of its widest
/// layer.
pub fn batch_size_for(size: usize) -> usize {
    (256 * 32 * 32 / (size * size)).max(16)
}

/// Number of pictures that are described together: so many that their product with a descriptor's
/// components, which are read from memory each time, is worth it.
const DESCRIBED_AT_ONCE: usize = 128;

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
    let width = model.spec().code_size as usize;
    let mut values = Vec::with_capacity(rows.len() * width);
    let mut hashes = Vec::with_capacity(rows.len());
    let batch = if model.spec().kind.has_decoder() {
        batch_size_for(size)
    } else {
        DESCRIBED_AT_ONCE
    };
    for chunk in rows.chunks(batch) {
        values.extend(encode_batch(model, faces.batch(chunk), chunk.len())?);
        hashes.extend(chunk.iter().map(|&row| hash(faces.bytes(row))));
        release(faces, chunk);
        watch(Progress {
            stage: "encoding faces",
            done: (values.len() / width) as u64,
            total: Some(rows.len() as u64),
            unit: Unit::Pictures,
        })?;
    }
    share_duplicate_codes(&mut values, width, (faces, rows), &hashes);
    Ok(Codes {
        rows: rows.len(),
        width,
        values: values.into(),
    })
}

/// Keeps the memory bounded while a large tensor is read from front to back.
fn release(faces: &Faces, rows: &[usize]) {
    if let (Some(&first), Some(&last)) = (rows.iter().min(), rows.iter().max()) {
        faces.release(first..last + 1);
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Gives every face the code of the first one that equals it. The order of a network's sums
/// depends on a face's place in its batch, so codes of equal pictures differ in the last digits.
fn share_duplicate_codes(
    codes: &mut [f32],
    width: usize,
    (faces, rows): (&Faces, &[usize]),
    hashes: &[u64],
) {
    let mut first: HashMap<u64, usize> = HashMap::with_capacity(rows.len());
    for (index, hash) in hashes.iter().enumerate() {
        let known = *first.entry(*hash).or_insert(index);
        if known < index && faces.bytes(rows[known]) == faces.bytes(rows[index]) {
            codes.copy_within(known * width..(known + 1) * width, index * width);
        }
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
    for chunk in codes
        .values
        .chunks(batch_size_for(model.spec().size as usize) * codes.width)
    {
        let shape = (chunk.len() / codes.width, codes.width);
        let codes = Tensor::from_slice(chunk, shape, model.device())?;
        faces.extend(model.decode(&codes)?.flatten_all()?.to_vec1::<f32>()?);
    }
    ensure_finite("pictures", faces)
}
