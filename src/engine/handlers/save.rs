//! Pictures written to the folder of saved pictures.

use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;

use crate::engine::cache::DatasetCache;
use crate::engine::protocol::Request;
use crate::error::Result;
use crate::imaging::{contact_sheet, encode_png, row_or_sheet};
use crate::model_store::recipe::{Recipe, SCREEN, UsedFace, UsedModel};
use crate::model_store::{LoadedModel, ModelRef, PictureRef};
use crate::paths::{Paths, replace_file};

/// How the answer to a request was made; none where it is not one that makes pictures, or a model
/// has been dropped since.
pub(super) fn recipe(cache: &DatasetCache, request: &Request) -> Option<Recipe> {
    let (models, pictures, seed) = match request {
        Request::Denoise { params, .. } => {
            let models = params.models.iter().collect();
            (models, vec![&params.source], params.noise_seed)
        }
        Request::Draw(params) => (vec![&params.model], vec![&params.source], params.draw_seed),
        Request::Morph {
            model, a, b, sharp, ..
        } => (with_denoiser(model, sharp.as_ref()), vec![a, b], 0),
        Request::Vary {
            model,
            face,
            seed,
            sharp,
            ..
        } => (with_denoiser(model, sharp.as_ref()), vec![face], *seed),
        Request::Along {
            model, face, sharp, ..
        } => (with_denoiser(model, sharp.as_ref()), vec![face], 0),
        Request::Axes {
            model, face, sharp, ..
        } => {
            let models = with_denoiser(model, sharp.as_ref());
            (models, face.iter().collect(), 0)
        }
        Request::Square {
            model,
            corners,
            sharp,
            ..
        } => {
            let models = with_denoiser(model, sharp.as_ref());
            (models, corners.iter().collect(), 0)
        }
        Request::Sample {
            model, seed, sharp, ..
        } => (with_denoiser(model, sharp.as_ref()), Vec::new(), *seed),
        Request::FromNoise(params) => (vec![&params.model], Vec::new(), params.seed),
        _ => return None,
    };
    let dataset = &cache.dataset;
    let models: Vec<Arc<LoadedModel>> = models
        .into_iter()
        .map(|model| cache.model(model).ok())
        .collect::<Option<_>>()?;
    let faces = pictures
        .into_iter()
        .map(|picture| match picture {
            PictureRef::Index(row) => UsedFace {
                name: dataset.face_id(*row),
                sha256: String::new(),
            },
            PictureRef::File(path) | PictureRef::Cropped(path, _) => UsedFace {
                name: path.display().to_string(),
                sha256: String::new(),
            },
        })
        .collect();
    let used = models
        .iter()
        .map(|model| UsedModel::new(model, Some(dataset)))
        .collect();
    let command = vec![SCREEN.to_string(), serde_json::to_string(request).ok()?];
    Some(Recipe::new((used, Some(dataset)), seed, faces, command))
}

/// The models that make faces of codes.
fn with_denoiser<'a>(model: &'a ModelRef, sharp: Option<&'a ModelRef>) -> Vec<&'a ModelRef> {
    std::iter::once(model).chain(sharp).collect()
}

/// Writes pictures side by side, many in rows, to a new file named after `name`.
pub(super) fn save(
    paths: &Paths,
    (pictures, columns): (&[Arc<RgbImage>], Option<usize>),
    name: &str,
    recipe: Option<&Recipe>,
) -> Result<PathBuf> {
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
    let sheet = match columns {
        Some(columns) => contact_sheet(pictures, columns)?,
        None => row_or_sheet(pictures)?,
    };
    let png = match recipe {
        Some(recipe) => recipe.png(&sheet)?,
        None => encode_png(&sheet)?,
    };
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
