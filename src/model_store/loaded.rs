//! A model in memory, and where it comes from.

use std::path::PathBuf;

use candle_core::Device;

use super::fitted::FittedModel;
use super::model_ref::ModelRef;
use super::source::ModelSource;
use crate::dataset::{Crop, Dataset, FaceSpec, Faces, Noise};
use crate::error::{Error, Result};
use crate::latent;
use crate::models::model_file::{self, StoredModel, TrainedOn};
use crate::models::{Autoencoder, LazyModel, ModelSpec, Pca, bundled, fitted_cache, pca_cache};
use crate::paths::Paths;
use crate::progress::{Progress, Unit, Watch};
use crate::runs::checkpoint;

/// A model that was found and checked.
pub(crate) struct LoadedModel {
    /// Names it in requests.
    pub reference: ModelRef,
    /// What commands call it: `pca-32`, a run's name, a bundled model's name.
    pub name: String,
    /// What the screen calls it: as `name`, but `PCA-32`.
    pub label: String,
    /// The run's id; none for a built-in model.
    pub id: Option<String>,
    /// The network, which is made when it is needed.
    pub model: LazyModel,
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
    /// Finds a run's best checkpoint or a bundled model, and checks it.
    ///
    /// # Errors
    /// When there is no checkpoint yet, it is damaged, or the model is one that is
    /// fitted, which has no file: see [`LoadedModel::fit`].
    pub(crate) fn load(source: &ModelSource, device: &Device) -> Result<Self> {
        let reference = source.reference();
        match source {
            ModelSource::Run(run, spec) => {
                let checkpoint = checkpoint::model_path(run)?;
                let stored = model_file::open(&checkpoint, device)?;
                let name = match spec.name.as_str() {
                    "" => run.id(),
                    name => name.to_string(),
                };
                Ok(Self {
                    id: Some(run.id()),
                    checkpoint: Some(checkpoint),
                    ..Self::from_stored(reference, name, stored)
                })
            }
            ModelSource::Bundled(name, _) => {
                let stored = bundled::open(name, device)?;
                Ok(Self::from_stored(reference, name.clone(), stored))
            }
            ModelSource::Fitted(fitted) => Err(Error::invalid(
                fitted.name(),
                "is fitted to a data set, not loaded; say which with --data",
            )),
        }
    }

    fn from_stored(reference: ModelRef, name: String, stored: StoredModel) -> Self {
        let metadata = stored.metadata.clone();
        let identity = stored.digest();
        Self {
            reference,
            label: name.clone(),
            name,
            id: None,
            model: LazyModel::stored(stored, identity),
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
        let fit =
            |watch: Watch| fitted_cache::load_or_fit(paths, data, (faces, rows), &spec, watch);
        let (model, name, label) = match fitted {
            FittedModel::Pca { code_size, .. } => {
                let model = fit(&mut staged(&format!("fitting PCA-{code_size}"), watch))?;
                let size = model.spec().code_size;
                (model, format!("pca-{size}"), format!("PCA-{size}"))
            }
            FittedModel::Descriptor => (fit(watch)?, fitted.name(), fitted.name()),
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

    /// The network.
    ///
    /// # Errors
    /// When the weights are not those of such a network, or the device has too little memory.
    pub(crate) fn network(&self) -> Result<&dyn Autoencoder> {
        Ok(self.model.network()?.as_ref())
    }

    /// The shape of the network.
    pub(crate) fn spec(&self) -> &ModelSpec {
        self.model.spec()
    }

    /// Reconstructs pictures, values `[count, size, size, 3]`, −0.5 to 0.5.
    ///
    /// # Errors
    /// When the pictures' size is not the model's, or the result is not finite;
    /// names the model.
    pub fn reconstruct(&self, values: &[f32]) -> Result<Vec<f32>> {
        latent::reconstruct(self.network()?, values)
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
    let data = TrainedOn::pictures_of(dataset, rows.len());
    let watch = &mut staged(stage, watch);
    pca_cache::load_or_fit(paths, data, faces, rows, code_size, watch)
}

/// Reports progress under a stage's name.
fn staged<'a>(stage: &'a str, watch: Watch<'a>) -> impl FnMut(Progress<'_>) -> Result<()> {
    move |progress: Progress<'_>| match progress.unit {
        Unit::Note => watch(progress),
        _ => watch(Progress { stage, ..progress }),
    }
}
