//! Faces made from codes: on the way from one face to another, around one face,
//! and drawn at random.

use std::sync::Arc;

use image::RgbImage;

use super::outcome::{HandlerResult, Outcome};
use super::sharp;
use crate::engine::cache::{DatasetCache, Unavailable};
use crate::engine::file_cache::FileCache;
use crate::engine::protocol::{
    Generated, GeneratedFace, Request, RequestId, RequestKind, ResponseBody,
};
use crate::engine::recent::Recent;
use crate::engine::sharp_work::{PlainFaces, SharpWork};
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

/// Answers [`Request::Morph`], [`Request::Vary`] and [`Request::Sample`]: at once with the decoded
/// codes; where a denoiser finishes them, again when it has finished some.
pub(super) fn generate(
    cache: &DatasetCache,
    request: &Request,
    id: RequestId,
    recent: &mut Recent,
) -> HandlerResult {
    let kind = RequestKind::from(request);
    let known = recent.sharp.iter().position(|work| work.kind == kind);
    if let Some(work) = known.map(|place| recent.sharp.swap_remove(place))
        && work.id == id
    {
        return Ok(sharp::go_on(cache, work, &mut recent.sharp));
    }
    let files = &mut recent.files;
    let (plain, sharp, seed) = match request {
        Request::Morph {
            model,
            a,
            b,
            steps,
            sharp,
        } => (morph(cache, model, [a, b], *steps, files)?, sharp, 0),
        Request::Vary {
            model,
            face,
            radius,
            count,
            seed,
            sharp,
        } => {
            let around = (*radius, *count, *seed);
            (vary(cache, model, face, around, files)?, sharp, *seed)
        }
        Request::Sample {
            model,
            spread,
            count,
            seed,
            sharp,
        } => (sample(cache, model, *spread, *count, *seed)?, sharp, *seed),
        _ => return Err(Unavailable::Failed("nothing is generated".to_string())),
    };
    let Some(denoiser) = sharp else {
        return Ok(Outcome::Complete(ResponseBody::Generated(plain.made)));
    };
    let count = plain.made.frames.len();
    let items = match kind {
        RequestKind::Sample => (0..count as u64).collect(),
        // One number for all: what the codes leave open is alike in neighbours.
        _ => vec![0; count],
    };
    let work = SharpWork::new((id, kind), denoiser.clone(), plain, (seed, items));
    let body = work.faces();
    recent.sharp.push(work);
    Ok(Outcome::Continued(body))
}

/// Faces from one face to another.
fn morph(
    cache: &DatasetCache,
    model: &ModelRef,
    ends: [&PictureRef; 2],
    steps: usize,
    files: &mut FileCache,
) -> Result<PlainFaces, Unavailable> {
    let encoded = cache.encoded_faces(model, Measure::default())?;
    let Sources { pictures, codes } = encode(&encoded, &ends, files)?;
    let path = latent::morph(&codes[0], &codes[1], steps.min(MAX_FRAMES))?;
    generated(cache, &encoded, pictures, path)
}

/// Faces around one, by radius, count and seed.
fn vary(
    cache: &DatasetCache,
    model: &ModelRef,
    face: &PictureRef,
    (radius, count, seed): (f32, usize, u64),
    files: &mut FileCache,
) -> Result<PlainFaces, Unavailable> {
    let encoded = cache.encoded_faces(model, Measure::default())?;
    let Sources { pictures, codes } = encode(&encoded, &[face], files)?;
    let statistics = &cache.code_distribution(model)?.statistics;
    let around = statistics.vary(&codes[0], radius, count.min(MAX_FRAMES), seed)?;
    generated(cache, &encoded, pictures, around)
}

/// New faces.
fn sample(
    cache: &DatasetCache,
    model: &ModelRef,
    spread: f32,
    count: usize,
    seed: u64,
) -> Result<PlainFaces, Unavailable> {
    let encoded = cache.encoded_faces(model, Measure::default())?;
    let statistics = &cache.code_distribution(model)?.statistics;
    let codes = statistics.sample(spread, count.min(MAX_FRAMES), seed);
    generated(cache, &encoded, Vec::new(), codes)
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
    codes: Codes,
) -> Result<PlainFaces, Unavailable> {
    let model = &encoded.model;
    let distribution = cache.code_distribution(&model.reference)?;
    let faces = decode_faces(model, &codes)?;
    let nearest = nearest_real_faces(encoded, &codes)?;
    let frames = faces
        .iter()
        .zip(nearest)
        .map(|(values, nearest)| GeneratedFace {
            pixels: Arc::new(to_image(values, model.faces.size)),
            nearest,
        })
        .collect();
    let made = Generated {
        model: model.label.clone(),
        frames,
        sources,
        real_range: distribution.real_range,
        sharp: None,
        made_by: None,
    };
    Ok(PlainFaces {
        model: model.clone(),
        codes,
        made,
    })
}
