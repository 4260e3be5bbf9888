//! Sharp faces for codes: a denoiser finishes what a decoder began.

use std::sync::Arc;

use super::list::list_denoisers;
use super::loaded::LoadedModel;
use super::source::ModelSource;
use crate::error::{Error, Result};
use crate::generation::constraint::{Components, Constraint, LinearEncoder, Measurement};
use crate::generation::{SamplerSettings, Sampling, Start};
use crate::latent::{Codes, decode_all, encode_one};
use crate::models::Autoencoder;
use crate::paths::Paths;
use crate::progress::Watch;

/// Principal components of the denoiser's faces that a draw takes from a decoded face, at most.
const MOST_COMPONENTS: usize = 128;
/// Rounds of moving a face by what its code still lacks, for encoders that are not linear.
const ADJUSTMENTS: usize = 8;

/// The denoiser that sharpens a model's faces: the model itself if it is one; else the newest run
/// of the preset for pictures of the same kind, else the bundled one.
///
/// # Errors
/// When there is none.
pub(crate) fn find_denoiser(paths: &Paths, model: &LoadedModel) -> Result<ModelSource> {
    if model.spec().kind.is_blind_denoiser() {
        return ModelSource::from_ref(paths, &model.reference);
    }
    let fitting = list_denoisers(paths, &model.trained_on)?;
    let found = fitting.iter().find(|info| info.faces == model.faces);
    let found = found.ok_or_else(|| {
        Error::not_found(
            "a denoiser",
            format!(
                "none was trained on pictures like those of {}; train one: lfw-tui train --preset \
                 denoiser",
                model.label
            ),
        )
    })?;
    ModelSource::from_ref(paths, &found.reference)
}

/// Faces with given codes, as they are drawn.
pub(crate) struct Sharpening {
    /// The draws.
    pub sampling: Sampling,
    model: Arc<LoadedModel>,
    codes: Codes,
}

impl Sharpening {
    /// A draw for each code of `model`. Draw `i` has the number `items[i]`; equal numbers share
    /// their noise, so that like codes give like faces. Where the encoder is linear, the draw's
    /// code is exact; else it has the leading principal components of the decoded face, and is
    /// moved in [`faces`](Self::faces).
    ///
    /// # Errors
    /// When the denoiser works on other pictures than the model, or a code has another length.
    pub(crate) fn new(
        model: Arc<LoadedModel>,
        denoiser: &LoadedModel,
        codes: Codes,
        settings: SamplerSettings,
        (seed, items): (u64, Vec<u64>),
    ) -> Result<Self> {
        if model.faces != denoiser.faces {
            return Err(Error::invalid(
                &denoiser.label,
                format!(
                    "works on other pictures than {}: train both at one size and with one resize",
                    model.label
                ),
            ));
        }
        let constraint = keep_codes(model.network()?, denoiser.network()?, &codes)?;
        let denoiser = denoiser.model.network()?.clone();
        let draws = (seed, items);
        let constraint = Some(constraint);
        let sampling = Sampling::new(denoiser, settings, draws, &Start::Prior, constraint)?;
        Ok(Self {
            sampling,
            model,
            codes,
        })
    }

    /// The faces `[size, size, 3]` as they are now. Those of an encoder that is not linear are
    /// moved along its decoder until their codes are the wanted ones.
    ///
    /// # Errors
    /// When a code or face is not finite.
    pub(crate) fn faces(&self) -> Result<Vec<Vec<f32>>> {
        let drawn = self.sampling.pictures().map(<[f32]>::to_vec);
        if LinearEncoder::is_linear(self.model.spec().kind) {
            return Ok(drawn.collect());
        }
        let model = self.model.network()?;
        let all = drawn.zip(self.codes.iter());
        all.map(|(face, code)| adjust(model, face, code)).collect()
    }
}

/// What a face must measure to have each code.
fn keep_codes(
    model: &dyn Autoencoder,
    denoiser: &dyn Autoencoder,
    codes: &Codes,
) -> Result<Constraint> {
    if LinearEncoder::is_linear(model.spec().kind) {
        let encoder = LinearEncoder::of(model)?;
        let wanted: Result<Vec<_>> = codes.iter().map(|code| encoder.wanted(code)).collect();
        return Constraint::new(Arc::new(encoder.components), wanted?);
    }
    let count = MOST_COMPONENTS.min(model.spec().code_size as usize);
    let components = Components::of_decoder(denoiser, count)?;
    let decoded = decode_all(model, codes)?;
    let faces = decoded.chunks_exact(model.spec().values());
    let wanted = faces.map(|face| components.measure(face)).collect();
    Constraint::new(Arc::new(components), wanted)
}

/// Moves a face by the difference that its decoder makes between the wanted code and its own, as
/// long as that brings its code nearer to the wanted one.
fn adjust(model: &dyn Autoencoder, face: Vec<f32>, wanted: &[f32]) -> Result<Vec<f32>> {
    let distance = |code: &[f32]| -> f32 {
        let squares = code.iter().zip(wanted);
        squares.map(|(a, b)| (a - b).powi(2)).sum()
    };
    let mut face = face;
    let mut code = encode_one(model, &face)?;
    for _ in 0..ADJUSTMENTS {
        let both = Codes {
            rows: 2,
            width: wanted.len(),
            values: [wanted, code.as_slice()].concat().into(),
        };
        let decoded = decode_all(model, &both)?;
        let (to, from) = decoded.split_at(face.len());
        let moves = to.iter().zip(from).map(|(to, from)| to - from);
        let moved: Vec<f32> = face.iter().zip(moves).map(|(y, by)| y + by).collect();
        let next = encode_one(model, &moved)?;
        if distance(&next) >= distance(&code) {
            break;
        }
        (face, code) = (moved, next);
    }
    Ok(face)
}

/// The largest difference between the codes of faces and the wanted ones, in units of
/// `deviations`, the codes' standard deviations; of all numbers of all codes.
///
/// # Errors
/// When a code is not finite.
pub(crate) fn largest_code_error(
    model: &LoadedModel,
    faces: &[Vec<f32>],
    codes: &Codes,
    deviations: &[f32],
) -> Result<f32> {
    let mut largest = 0f32;
    for (face, wanted) in faces.iter().zip(codes.iter()) {
        let code = encode_one(model.network()?, face)?;
        for ((found, wanted), deviation) in code.iter().zip(wanted).zip(deviations) {
            largest = largest.max((found - wanted).abs() / deviation.max(f32::MIN_POSITIVE));
        }
    }
    Ok(largest)
}

/// Draws faces for codes, with progress.
///
/// # Errors
/// As [`Sharpening::new`]; `Cancelled` by the watcher.
pub(crate) fn sharpen(
    model: &Arc<LoadedModel>,
    denoiser: &LoadedModel,
    codes: &Codes,
    settings: SamplerSettings,
    draws: (u64, Vec<u64>),
    watch: Watch,
) -> Result<Vec<Vec<f32>>> {
    let mut sharpening = Sharpening::new(model.clone(), denoiser, codes.clone(), settings, draws)?;
    sharpening.sampling.finish(watch)?;
    sharpening.faces()
}
