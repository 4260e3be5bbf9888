//! The models that can be chosen.

use std::path::PathBuf;

use super::fitted::FittedModel;
use super::model_ref::ModelRef;
use crate::dataset::{Dataset, FaceSpec, Noise};
use crate::error::Result;
use crate::models::{ModelKind, Pca, bundled};
use crate::paths::Paths;
use crate::runs::{self, checkpoint};

/// Code sizes of PCA that are offered before anything was trained.
const PCA_SIZES: [u32; 4] = [32, 128, 256, 512];

/// One model to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// For requests.
    pub reference: ModelRef,
    /// What the screen calls it: `PCA-32`, a run's name.
    pub label: String,
    /// Which network.
    pub kind: ModelKind,
    /// Latent dimensions.
    pub code_size: u32,
    /// Size and preprocessing of its pictures.
    pub faces: FaceSpec,
    /// The noise that it learned to remove; `None` for a plain autoencoder.
    pub objective: Noise,
    /// The training data's title.
    pub data: String,
    /// A run's best checkpoint.
    pub checkpoint: Option<PathBuf>,
    /// Whether it is in memory already; set by whoever caches models.
    pub ready: bool,
}

/// Bundled models first where they belong to the data set, so that new users see
/// them first; then PCA and the descriptor, then runs that have saved a model, newest first.
///
/// # Errors
/// When the folder of runs cannot be read.
pub fn list_models(paths: &Paths, dataset: &Dataset) -> Result<Vec<ModelInfo>> {
    let mut models = Vec::new();
    if dataset.is_sample {
        for name in bundled::names() {
            models.push(bundled_model(name)?);
        }
    }
    models.extend(pca_models(dataset));
    if dataset.pictures.len() > 1 {
        models.push(descriptor(dataset));
    }
    models.extend(saved_runs(paths)?);
    Ok(models)
}

/// Blind denoisers that were trained on the data set with this title, then those of others,
/// newest first; the bundled one only for the data that it was trained on.
///
/// # Errors
/// When the folder of runs cannot be read.
pub(super) fn list_denoisers(paths: &Paths, data: &str) -> Result<Vec<ModelInfo>> {
    let mut models = saved_runs(paths)?;
    for name in bundled::names() {
        let model = bundled_model(name)?;
        if model.data == data {
            models.push(model);
        }
    }
    models.retain(|model| model.kind.is_blind_denoiser());
    models.sort_by_key(|model| model.data != data);
    Ok(models)
}

/// Runs that have saved a model, newest first.
fn saved_runs(paths: &Paths) -> Result<Vec<ModelInfo>> {
    let mut models = Vec::new();
    for summary in runs::list(paths)? {
        let Ok(run) = summary.directory() else {
            continue;
        };
        let (Ok(spec), Ok(checkpoint)) = (run.spec(), checkpoint::model_path(&run)) else {
            continue;
        };
        models.push(ModelInfo {
            reference: ModelRef::Run(summary.id),
            label: summary.name,
            kind: spec.model.kind,
            code_size: spec.model.code_size,
            faces: spec.face_spec(),
            objective: spec.noise,
            data: spec.data.title,
            checkpoint: Some(checkpoint),
            ready: false,
        });
    }
    Ok(models)
}

/// PCA of the sizes that the data set's pictures determine.
fn pca_models(dataset: &Dataset) -> impl Iterator<Item = ModelInfo> {
    let faces = FaceSpec::default();
    let largest = Pca::max_code_size(dataset.pictures.len(), faces.size);
    let mut sizes = PCA_SIZES.map(|size| size.min(largest)).to_vec();
    sizes.dedup();
    let data = dataset.title.clone();
    sizes
        .into_iter()
        .filter(|&size| size > 0)
        .map(move |code_size| ModelInfo {
            reference: ModelRef::Pca { code_size, faces },
            label: format!("PCA-{code_size}"),
            kind: ModelKind::Pca,
            code_size,
            faces,
            objective: Noise::None,
            data: data.clone(),
            checkpoint: None,
            ready: false,
        })
}

fn descriptor(dataset: &Dataset) -> ModelInfo {
    let fitted = FittedModel::Descriptor;
    let spec = fitted.spec(dataset.pictures.len());
    ModelInfo {
        reference: fitted.reference(),
        label: fitted.name(),
        kind: spec.kind,
        code_size: spec.code_size,
        faces: fitted.face_spec(),
        objective: Noise::None,
        data: dataset.title.clone(),
        checkpoint: None,
        ready: false,
    }
}

fn bundled_model(name: &str) -> Result<ModelInfo> {
    let metadata = bundled::metadata(name)?;
    Ok(ModelInfo {
        reference: ModelRef::Bundled(name.to_string()),
        label: name.to_string(),
        kind: metadata.model.kind,
        code_size: metadata.model.code_size,
        faces: metadata.face_spec(),
        objective: metadata.objective,
        data: metadata.data.title,
        checkpoint: None,
        ready: false,
    })
}
