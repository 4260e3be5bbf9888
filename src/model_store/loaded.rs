//! A model in memory, and where it comes from.

use std::path::PathBuf;
use std::sync::Arc;

use candle_core::Device;

use super::fitted::FittedModel;
use super::model_ref::ModelRef;
use super::source::ModelSource;
use crate::dataset::{Crop, Dataset, FaceSpec, Faces, Noise};
use crate::error::{Error, Result};
use crate::latent;
use crate::models::model_file::{self, SavedModel, TrainedOn};
use crate::models::{Autoencoder, Pca, bundled, fitted_cache, pca_cache};
use crate::paths::Paths;
use crate::progress::{Progress, Unit, Watch};
use crate::runs::checkpoint;

/// A model that is ready to use.
pub(crate) struct LoadedModel {
    /// Names it in requests.
    pub reference: ModelRef,
    /// What commands call it: `pca-32`, a run's name, a bundled model's name.
    pub name: String,
    /// What the screen calls it: as `name`, but `PCA-32`.
    pub label: String,
    /// The run's id; none for a built-in model.
    pub id: Option<String>,
    /// The network.
    pub model: Arc<dyn Autoencoder>,
    /// The pictures that it works on.
    pub faces: FaceSpec,
    /// The crop of the pictures that it was trained on.
    pub crop: Crop,
    /// The noise that it learned to remove.
    pub objective: Noise,
    /// The seed of its training and of the held-out split.
    pub seed: u64,
    /// The title of the data set that it was trained on or fitted to.
    pub trained_on: String,
    /// How many of its pictures it was trained on.
    pub trained_pictures: usize,
    /// The checkpoint that it was read from, for a run.
    pub checkpoint: Option<PathBuf>,
}

/// The seed of PCA's held-out split.
pub(super) const PCA_SEED: u64 = 0;

impl LoadedModel {
    /// Reads a run's best checkpoint or a bundled model.
    ///
    /// # Errors
    /// When there is no checkpoint yet, it is damaged, or the model is one that is
    /// fitted, which has no file: see [`LoadedModel::fit`].
    pub(crate) fn load(source: &ModelSource, device: &Device) -> Result<Self> {
        let reference = source.reference();
        match source {
            ModelSource::Run(run, spec) => {
                let checkpoint = checkpoint::model_path(run)?;
                let saved = model_file::load(&checkpoint, device)?;
                let name = match spec.name.as_str() {
                    "" => run.id(),
                    name => name.to_string(),
                };
                Ok(Self {
                    id: Some(run.id()),
                    checkpoint: Some(checkpoint),
                    ..Self::from_saved(reference, name, saved)
                })
            }
            ModelSource::Bundled(name, _) => {
                let saved = bundled::load(name, device)?;
                Ok(Self::from_saved(reference, name.clone(), saved))
            }
            ModelSource::Fitted(fitted) => Err(Error::invalid(
                fitted.name(),
                "is fitted to a data set, not loaded; say which with --data",
            )),
        }
    }

    fn from_saved(reference: ModelRef, name: String, saved: SavedModel) -> Self {
        let metadata = saved.metadata;
        Self {
            reference,
            label: name.clone(),
            name,
            id: None,
            model: Arc::from(saved.model),
            faces: metadata.face_spec(),
            crop: metadata.crop,
            objective: metadata.objective,
            seed: metadata.seed,
            trained_on: metadata.data.title,
            trained_pictures: metadata.data.pictures,
            checkpoint: None,
        }
    }

    /// Fits a model in closed form to these rows of a data set's faces, or reads it
    /// from the cache on disk. The code is smaller where there are fewer pictures.
    ///
    /// # Errors
    /// When there are fewer than two pictures; `Cancelled` by the watcher.
    pub(crate) fn fit(
        paths: &Paths,
        dataset: &Dataset,
        (faces, rows): (&Faces, &[usize]),
        fitted: FittedModel,
        watch: Watch,
    ) -> Result<Self> {
        let spec = fitted.spec(rows.len());
        let data = TrainedOn::pictures_of(dataset, rows.len());
        let model: Arc<dyn Autoencoder> = match fitted {
            FittedModel::Pca { code_size, .. } => {
                let stage = format!("fitting PCA-{code_size}");
                Arc::new(fit_pca(
                    paths,
                    dataset,
                    (faces, rows),
                    code_size,
                    &stage,
                    watch,
                )?)
            }
            FittedModel::Descriptor => Arc::from(fitted_cache::load_or_fit(
                paths,
                data,
                (faces, rows),
                &spec,
                watch,
            )?),
        };
        let (name, label) = match fitted {
            FittedModel::Pca { .. } => {
                let size = model.spec().code_size;
                (format!("pca-{size}"), format!("PCA-{size}"))
            }
            FittedModel::Descriptor => (fitted.name(), fitted.name()),
        };
        Ok(Self {
            reference: fitted.reference(),
            name,
            label,
            id: None,
            model,
            faces: faces.spec(),
            crop: faces.crop(),
            objective: Noise::None,
            seed: PCA_SEED,
            trained_on: dataset.title.clone(),
            trained_pictures: rows.len(),
            checkpoint: None,
        })
    }

    /// Reconstructs pictures, values `[count, size, size, 3]`, −0.5 to 0.5.
    ///
    /// # Errors
    /// When the pictures' size is not the model's, or the result is not finite;
    /// names the model.
    pub fn reconstruct(&self, values: &[f32]) -> Result<Vec<f32>> {
        latent::reconstruct(self.model.as_ref(), values)
            .map_err(|error| Error::invalid(&self.label, error))
    }

    /// Checks an error that was measured: a diverged model has no results.
    ///
    /// # Errors
    /// When the error is not finite.
    pub(crate) fn check_error(&self, mse: f64) -> Result<()> {
        if mse.is_finite() {
            return Ok(());
        }
        Err(Error::invalid(
            &self.name,
            "reconstructs pictures with an error that is not finite: it has diverged; train it \
             again with a lower learning rate",
        ))
    }
}

/// Fits PCA with progress reported under a stage's name.
pub(super) fn fit_pca(
    paths: &Paths,
    dataset: &Dataset,
    (faces, rows): (&Faces, &[usize]),
    code_size: u32,
    stage: &str,
    watch: Watch,
) -> Result<Pca> {
    let mut named = |progress: Progress<'_>| match progress.unit {
        Unit::Note => watch(progress),
        _ => watch(Progress { stage, ..progress }),
    };
    let data = TrainedOn::pictures_of(dataset, rows.len());
    pca_cache::load_or_fit(paths, data, faces, rows, code_size, &mut named)
}
