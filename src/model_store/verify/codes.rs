//! The codes of the judged pictures, and of those that their whitening is fitted to.

use candle_core::Device;

use super::encoder::Encoder;
use super::fitted::FittedOn;
use super::judged_set::JudgedSet;
use crate::dataset::{Dataset, FaceSpec, Faces};
use crate::error::{Error, Result};
use crate::latent::Codes;
use crate::model_store::LoadedModel;
use crate::model_store::codes::encode_rows;
use crate::models::ModelKind;
use crate::progress::Watch;
use crate::search::Whitening;

/// An encoder's codes.
pub(super) struct Coded {
    /// What commands call the encoder: `pixels`, `pca-32`, a run's name.
    pub name: String,
    /// What the screen calls it.
    pub label: String,
    /// A run's id.
    pub id: Option<String>,
    /// The model's kind; none for the pictures themselves.
    pub kind: Option<ModelKind>,
    /// Of the judged pictures, in their order.
    pub codes: Codes,
    /// Fitted to the codes of the pictures that the encoder was fitted to; none where the codes are
    /// white already.
    pub whitening: Option<Whitening>,
}

/// Loads or fits an encoder, encodes all pictures that are needed, and fits the whitening.
///
/// # Errors
/// When the model cannot be loaded or fitted, or its codes cannot be whitened; `Cancelled` by the
/// watcher.
pub(super) fn encode(
    set: &JudgedSet,
    encoder: &Encoder,
    fitted: &FittedOn,
    open_device: impl FnOnce() -> Result<Device>,
    watch: Watch,
) -> Result<Coded> {
    let Some(source) = encoder.source() else {
        return encode_pixels(set, encoder.label(), fitted, watch);
    };
    let paths = &set.paths;
    let fit = (&fitted.dataset, fitted.rows.as_slice());
    let mut model = source.load_fitted_to(paths, fit, open_device, watch)?;
    if let Encoder::Mirrored(_) = encoder {
        model.model = model.model.mirrored()?;
        model.name += encoder.suffix();
        model.label += encoder.suffix();
    }
    let kind = model.spec().kind;
    let rows = &set.rows;
    let faces = Faces::load(paths, &set.dataset, model.faces, &mut *watch)?;
    let (codes, whitening) = if kind.codes_are_whitened() {
        (encode_rows(&model, &faces, rows, watch)?, None)
    } else {
        let (codes, fit_codes) = if is_same(&set.dataset, fit.0) {
            encode_both(&model, &faces, rows, fit.1, watch)?
        } else {
            let codes = encode_rows(&model, &faces, rows, &mut *watch)?;
            let faces = Faces::load(paths, fit.0, model.faces, &mut *watch)?;
            (codes, encode_rows(&model, &faces, fit.1, watch)?)
        };
        (codes, Some(fit_whitening(&model.label, &fit_codes)?))
    };
    Ok(Coded {
        name: model.name.clone(),
        label: model.label.clone(),
        id: model.id.clone(),
        kind: Some(kind),
        codes,
        whitening,
    })
}

/// The pictures' own values as codes.
fn encode_pixels(set: &JudgedSet, name: String, fitted: &FittedOn, watch: Watch) -> Result<Coded> {
    let mut pixels = |dataset: &Dataset, rows: &[usize]| {
        let spec = FaceSpec::default();
        let faces = Faces::load(&set.paths, dataset, spec, &mut *watch)?;
        Ok::<_, Error>(Codes {
            rows: rows.len(),
            width: faces.stride(),
            values: faces.batch(rows).into(),
        })
    };
    // One after the other: either are hundreds of megabytes.
    let whitening = fit_whitening(&name, &pixels(&fitted.dataset, &fitted.rows)?)?;
    Ok(Coded {
        label: name.clone(),
        id: None,
        kind: None,
        codes: pixels(&set.dataset, &set.rows)?,
        whitening: Some(whitening),
        name,
    })
}

fn fit_whitening(name: &str, codes: &Codes) -> Result<Whitening> {
    Whitening::fit(&codes.values, codes.width).map_err(|error| name_model(name, error))
}

/// The same error about a model's codes, with the model's name.
pub(super) fn name_model(name: &str, error: Error) -> Error {
    match error {
        Error::Invalid { what, problem } => Error::invalid(name, format!("{what}: {problem}")),
        error => error,
    }
}

/// Encodes two selections of the same faces, each face once.
fn encode_both(
    model: &LoadedModel,
    faces: &Faces,
    judged: &[usize],
    fit: &[usize],
    watch: Watch,
) -> Result<(Codes, Codes)> {
    let mut union = [judged, fit].concat();
    union.sort_unstable();
    union.dedup();
    let all = encode_rows(model, faces, &union, watch)?;
    let pick = |rows: &[usize]| {
        if rows == union {
            return all.clone();
        }
        let places = rows.iter().filter_map(|row| union.binary_search(row).ok());
        Codes {
            rows: rows.len(),
            width: all.width,
            values: places.flat_map(|at| all.row(at).iter().copied()).collect(),
        }
    };
    Ok((pick(judged), pick(fit)))
}

fn is_same(a: &Dataset, b: &Dataset) -> bool {
    a.fingerprint == b.fingerprint && a.crop() == b.crop()
}
