//! Faces made from codes: on the way from one face to another, around one face, drawn at random,
//! along a direction or a principal axis, and between four others.

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
use crate::latent::{self, Codes, MOST_AXES, deviations_at};
use crate::model_store::generate::{decode_faces, nearest_real_faces};
use crate::model_store::{EncodedFaces, Heading, ModelRef, PictureRef};
use crate::search::Measure;

/// Most faces of one request: the screen has no room to show more.
const MAX_FRAMES: usize = 256;

/// Faces that others are made from.
struct Sources {
    pictures: Vec<Arc<RgbImage>>,
    codes: Vec<Vec<f32>>,
}

/// Answers [`Request::Morph`], [`Request::Vary`], [`Request::Sample`], [`Request::Along`],
/// [`Request::Axes`] and [`Request::Square`]: at once with the decoded
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
    let (plain, sharp, seed) = plain_faces(cache, request, &mut recent.files)?;
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

/// The decoded codes, who finishes them, and the seed.
fn plain_faces<'a>(
    cache: &DatasetCache,
    request: &'a Request,
    files: &mut FileCache,
) -> Result<(PlainFaces, &'a Option<ModelRef>, u64), Unavailable> {
    Ok(match request {
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
        Request::Along {
            model,
            face,
            heading,
            reach,
            steps,
            sharp,
        } => {
            let way = (heading, *reach, *steps);
            (along(cache, model, face, way, files)?, sharp, 0)
        }
        Request::Axes {
            model,
            face,
            values,
            axis,
            reach,
            steps,
            sharp,
        } => {
            let way = (*axis, *reach, *steps);
            let plain = on_axes(cache, model, face.as_ref(), (values, way), files)?;
            (plain, sharp, 0)
        }
        Request::Square {
            model,
            corners,
            columns,
            rows,
            sharp,
        } => {
            let plain = square(cache, model, corners, (*columns, *rows), files)?;
            (plain, sharp, 0)
        }
        _ => return Err(Unavailable::Failed("nothing is generated".to_string())),
    })
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

/// One face moved along a direction.
fn along(
    cache: &DatasetCache,
    model: &ModelRef,
    face: &PictureRef,
    (heading, reach, steps): (&Heading, f32, usize),
    files: &mut FileCache,
) -> Result<PlainFaces, Unavailable> {
    let encoded = cache.encoded_faces(model, Measure::default())?;
    let Sources { pictures, codes } = encode(&encoded, &[face], files)?;
    let statistics = &cache.code_distribution(model)?.statistics;
    let direction = heading.direction(&cache.dataset, &encoded.codes)?;
    let moved = statistics.along(&codes[0], &direction, reach, steps.min(MAX_FRAMES))?;
    generated(cache, &encoded, pictures, moved)
}

/// A face by its place on the principal axes, and the way along one of them.
fn on_axes(
    cache: &DatasetCache,
    model: &ModelRef,
    face: Option<&PictureRef>,
    (values, (axis, reach, steps)): (&[f32], (usize, f32, usize)),
    files: &mut FileCache,
) -> Result<PlainFaces, Unavailable> {
    let encoded = cache.encoded_faces(model, Measure::default())?;
    let faces: Vec<&PictureRef> = face.into_iter().collect();
    let Sources { pictures, codes } = encode(&encoded, &faces, files)?;
    let axes = cache.principal_axes(model)?;
    let from = codes.first().map(Vec::as_slice);
    let mut all = axes.place(from, values)?;
    let width = all.len();
    let steps = steps.min(MAX_FRAMES);
    let mut values = values[..values.len().min(MOST_AXES)].to_vec();
    values.resize(values.len().max((axis + 1).min(MOST_AXES)), 0.0);
    for step in 0..steps {
        if let Some(value) = values.get_mut(axis) {
            *value = deviations_at(step, steps, reach);
        }
        all.extend(axes.place(from, &values)?);
    }
    let codes = Codes {
        rows: all.len() / width.max(1),
        width,
        values: all.into(),
    };
    let mut plain = generated(cache, &encoded, pictures, codes)?;
    plain.made.axis_shares = axes.shares().to_vec();
    Ok(plain)
}

/// Faces between those at the corners of a square.
fn square(
    cache: &DatasetCache,
    model: &ModelRef,
    corners: &[PictureRef],
    (columns, rows): (usize, usize),
    files: &mut FileCache,
) -> Result<PlainFaces, Unavailable> {
    let encoded = cache.encoded_faces(model, Measure::default())?;
    let corners: Vec<&PictureRef> = corners.iter().take(4).collect();
    let mut codes = encode(&encoded, &corners, files)?.codes;
    codes.resize(4, cache.code_distribution(model)?.statistics.mean());
    let corners = [0, 1, 2, 3].map(|corner: usize| codes[corner].as_slice());
    let columns = columns.min(MAX_FRAMES);
    let rows = rows.min(MAX_FRAMES / columns.max(1));
    let codes = latent::square(corners, columns, rows)?;
    let mut plain = generated(cache, &encoded, Vec::new(), codes)?;
    plain.made.columns = Some(columns);
    Ok(plain)
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
        columns: None,
        axis_shares: Vec::new(),
        sharp: None,
        made_by: None,
    };
    Ok(PlainFaces {
        model: model.clone(),
        codes,
        made,
    })
}
