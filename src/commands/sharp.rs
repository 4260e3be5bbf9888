//! `--sharp`: a denoiser finishes what a code began.

use std::sync::Arc;

use super::context::Context;
use super::passes::settings;
use super::progress::with_progress;
use crate::cli::{AUTO, DeviceArg, ModelArg, Passes, SharpArg};
use crate::error::{Error, Result};
use crate::generation::SamplerSettings;
use crate::latent::{CodeStatistics, Codes};
use crate::model_store::LoadedModel;
use crate::model_store::recipe::UsedModel;
use crate::model_store::sharp::{find_denoiser, largest_code_error, sharpen};

/// What `--sharp` asks for.
pub(super) struct SharpRequest<'a> {
    /// The denoiser's name, or [`AUTO`]; none without the option.
    denoiser: Option<&'a str>,
    settings: SamplerSettings,
    draws: (u64, Vec<u64>),
}

/// Faces that a denoiser finished.
pub(super) struct SharpFaces {
    /// The denoiser.
    pub denoiser: UsedModel,
    /// `[size, size, 3]` each.
    pub faces: Vec<Vec<f32>>,
}

impl<'a> SharpRequest<'a> {
    /// `draws` are the seed and each face's number.
    pub(super) fn new(sharp: &'a SharpArg, steps: Passes, draws: (u64, Vec<u64>)) -> Self {
        Self {
            denoiser: sharp.sharp.as_deref(),
            settings: settings(steps),
            draws,
        }
    }

    /// The sharp faces of codes; `None` without the option.
    ///
    /// # Errors
    /// When there is no such denoiser, or it works on other pictures.
    pub(super) fn finish(
        self,
        context: &Context,
        model: &Arc<LoadedModel>,
        codes: &Codes,
        compute: &DeviceArg,
    ) -> Result<Option<SharpFaces>> {
        let Some(name) = self.denoiser else {
            return Ok(None);
        };
        with_progress(|watch| {
            let source = match name {
                AUTO => find_denoiser(&context.paths, model)?,
                name => {
                    let run = name.to_string();
                    context.find_model(&ModelArg { run }, watch)?
                }
            };
            if !source.kind().is_blind_denoiser() {
                return Err(Error::Usage(format!(
                    "--sharp={name}: is no denoiser; name a run of the preset denoiser"
                )));
            }
            let denoiser = context.load_model(&source, None, compute, watch)?;
            let faces = sharpen(model, &denoiser, codes, self.settings, self.draws, watch)?;
            Ok(Some(SharpFaces {
                denoiser: UsedModel::new(&denoiser, None),
                faces,
            }))
        })
    }
}

impl SharpFaces {
    /// The largest difference of a code's number from the wanted one's, in the codes' standard
    /// deviations.
    ///
    /// # Errors
    /// When a code is not finite.
    pub(super) fn code_error(
        &self,
        model: &LoadedModel,
        codes: &Codes,
        statistics: &CodeStatistics,
    ) -> Result<f32> {
        largest_code_error(model, &self.faces, codes, &statistics.deviations())
    }
}

/// `, finished by denoiser`, or nothing.
pub(super) fn finished_by(denoiser: Option<&str>) -> String {
    denoiser.map_or_else(String::new, |name| format!(", finished by {name}"))
}
