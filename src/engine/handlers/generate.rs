//! Faces made from codes: on the way from one face to another, around one face,
//! and drawn at random.

use std::sync::Arc;

use image::RgbImage;

use super::outcome::{HandlerResult, Outcome};
use crate::engine::cache::{DatasetCache, Unavailable};
use crate::engine::file_cache::FileCache;
use crate::engine::protocol::{Generated, GeneratedFace, ResponseBody};
use crate::imaging::{image_from_bytes, to_image};
use crate::latent::{self, Codes};
use crate::model_store::generate::{decode_faces, nearest_real_faces};
use crate::model_store::{EncodedFaces, ModelRef, PictureRef};
use crate::search::Measure;

/// Most faces of one request: the screen has no room to show more.
const MAX_FRAMES: usize = 256;

/// Faces that others are made from.
struct Sources {
    pictures: Vec<Arc<RgbImage>>,
    codes: Vec<Vec<f32>>,
}

/// Answers [`Request::Morph`](crate::engine::Request::Morph).
pub(super) fn morph(
    cache: &DatasetCache,
    model: &ModelRef,
    ends: [&PictureRef; 2],
    steps: usize,
    files: &mut FileCache,
) -> HandlerResult {
    let encoded = cache.encoded_faces(model, Measure::default())?;
    let Sources { pictures, codes } = encode(&encoded, &ends, files)?;
    let path = latent::morph(&codes[0], &codes[1], steps.min(MAX_FRAMES))?;
    generated(cache, &encoded, pictures, &path)
}

/// Answers [`Request::Vary`](crate::engine::Request::Vary).
pub(super) fn vary(
    cache: &DatasetCache,
    model: &ModelRef,
    face: &PictureRef,
    radius: f32,
    count: usize,
    seed: u64,
    files: &mut FileCache,
) -> HandlerResult {
    let encoded = cache.encoded_faces(model, Measure::default())?;
    let Sources { pictures, codes } = encode(&encoded, &[face], files)?;
    let statistics = &cache.code_distribution(model)?.statistics;
    let around = statistics.vary(&codes[0], radius, count.min(MAX_FRAMES), seed)?;
    generated(cache, &encoded, pictures, &around)
}

/// Answers [`Request::Sample`](crate::engine::Request::Sample).
pub(super) fn sample(
    cache: &DatasetCache,
    model: &ModelRef,
    spread: f32,
    count: usize,
    seed: u64,
) -> HandlerResult {
    let encoded = cache.encoded_faces(model, Measure::default())?;
    let statistics = &cache.code_distribution(model)?.statistics;
    let codes = statistics.sample(spread, count.min(MAX_FRAMES), seed);
    generated(cache, &encoded, Vec::new(), &codes)
}

fn encode(
    encoded: &EncodedFaces,
    pictures: &[&PictureRef],
    files: &mut FileCache,
) -> Result<Sources, Unavailable> {
    let mut sources = Sources {
        pictures: Vec::new(),
        codes: Vec::new(),
    };
    for picture in pictures {
        let bytes = files.picture_bytes(picture, &encoded.faces)?;
        sources.codes.push(encoded.code_of(picture, &bytes)?);
        let image = Arc::new(image_from_bytes(bytes, encoded.model.faces.size));
        sources.pictures.push(image);
    }
    Ok(sources)
}

fn generated(
    cache: &DatasetCache,
    encoded: &EncodedFaces,
    sources: Vec<Arc<RgbImage>>,
    codes: &Codes,
) -> HandlerResult {
    let model = &encoded.model;
    let distribution = cache.code_distribution(&model.reference)?;
    let faces = decode_faces(model, codes)?;
    let nearest = nearest_real_faces(encoded, codes)?;
    let frames = faces
        .iter()
        .zip(nearest)
        .map(|(values, nearest)| GeneratedFace {
            pixels: Arc::new(to_image(values, model.faces.size)),
            nearest,
        })
        .collect();
    let generated = Generated {
        model: model.label.clone(),
        frames,
        sources,
        real_range: distribution.real_range,
        made_by: None,
    };
    Ok(Outcome::Complete(ResponseBody::Generated(generated)))
}
