//! Faces made from codes: on the way from one face to another, and around one.

use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;

use crate::engine::cache::{DatasetCache, LoadedModel, Unavailable};
use crate::engine::pictures::{FileCache, face_bytes};
use crate::engine::protocol::{Generated, GeneratedFace, ResponseBody};
use crate::engine::worker::{HandlerResult, Outcome};
use crate::engine::{ModelRef, PictureRef};
use crate::error::{Error, Result};
use crate::imaging::{encode_png, image_from_bytes, side_by_side, to_image};
use crate::latent::{Codes, decode_all, lookup_or_encode, morph as path_between};
use crate::paths::{Paths, replace_file};
use crate::search::{Index, Metric};

/// Most faces of one request: beyond this the screen shows none of them well.
const MAX_FRAMES: usize = 256;

pub(super) fn morph(
    stock: &DatasetCache,
    reference: &ModelRef,
    ends: [&PictureRef; 2],
    steps: usize,
    last: &mut FileCache,
) -> HandlerResult {
    let (loaded, sources, codes) = encoded(stock, reference, &ends, last)?;
    let path = path_between(&codes[0], &codes[1], steps.min(MAX_FRAMES))?;
    frames(stock, &loaded, sources, &path)
}

pub(super) fn vary(
    stock: &DatasetCache,
    reference: &ModelRef,
    face: &PictureRef,
    (radius, count, seed): (f32, usize, u64),
    last: &mut FileCache,
) -> HandlerResult {
    let (loaded, sources, codes) = encoded(stock, reference, &[face], last)?;
    let spread = stock.code_distribution(reference)?;
    let around = spread
        .statistics
        .vary(&codes[0], radius, count.min(MAX_FRAMES), seed)?;
    frames(stock, &loaded, sources, &around)
}

pub(super) fn sample(
    stock: &DatasetCache,
    reference: &ModelRef,
    spread: f32,
    count: usize,
    seed: u64,
) -> HandlerResult {
    let loaded = stock.model(reference)?;
    let real = stock.code_distribution(reference)?;
    let codes = real.statistics.sample(spread, count.min(MAX_FRAMES), seed);
    frames(stock, &loaded, Vec::new(), &codes)
}

type Encoded = (Arc<LoadedModel>, Vec<Arc<RgbImage>>, Vec<Vec<f32>>);

fn encoded(
    stock: &DatasetCache,
    reference: &ModelRef,
    sources: &[&PictureRef],
    last: &mut FileCache,
) -> Result<Encoded, Unavailable> {
    let loaded = stock.model(reference)?;
    let faces = stock.faces(loaded.faces)?;
    let known = stock.codes(reference)?;
    let (mut pictures, mut codes) = (Vec::new(), Vec::new());
    for source in sources {
        let bytes = face_bytes(source, &faces, last)?;
        codes.push(lookup_or_encode(
            loaded.model.as_ref(),
            &bytes,
            &faces,
            &known,
        )?);
        pictures.push(Arc::new(image_from_bytes(bytes, loaded.faces.size)));
    }
    Ok((loaded, pictures, codes))
}

fn frames(
    stock: &DatasetCache,
    loaded: &LoadedModel,
    sources: Vec<Arc<RgbImage>>,
    codes: &Codes,
) -> HandlerResult {
    let gallery = stock.code_index(&loaded.reference, Metric::L2, false)?;
    let spread = stock.code_distribution(&loaded.reference)?;
    let decoded = decode_all(loaded.model.as_ref(), codes)?;
    let nearest = gallery.brute().search_batch(&codes.values, 1)?;
    let stride = decoded.len() / codes.rows.max(1);
    let frames = decoded
        .chunks_exact(stride.max(1))
        .zip(nearest)
        .map(|(values, nearest)| {
            let nearest = nearest.first().copied().ok_or_else(|| {
                Error::invalid(&loaded.label, "makes codes that are not finite numbers")
            })?;
            Ok(GeneratedFace {
                pixels: Arc::new(to_image(values, loaded.faces.size)),
                nearest,
            })
        })
        .collect::<Result<_>>()?;
    Ok(Outcome::Complete(ResponseBody::Generated(Generated {
        model: loaded.label.clone(),
        frames,
        sources,
        real_range: spread.real_range,
    })))
}

/// Writes pictures side by side to a new file named after `name`.
pub(super) fn save(paths: &Paths, pictures: &[Arc<RgbImage>], name: &str) -> Result<PathBuf> {
    let stem: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                ' '
            }
        })
        .collect();
    let stem = stem.split_whitespace().collect::<Vec<_>>().join("_");
    // Most file systems take names of up to 255 bytes.
    let stem: String = stem.trim_start_matches('.').chars().take(60).collect();
    let stem = if stem.is_empty() { "picture" } else { &stem };
    let folder = paths.saved_pictures();
    let png = encode_png(&side_by_side(pictures)?)?;
    let mut path = folder.join(format!("{stem}.png"));
    for number in 2.. {
        if !path.exists() {
            break;
        }
        path = folder.join(format!("{stem}-{number}.png"));
    }
    replace_file(&path, &png)?;
    Ok(path)
}
