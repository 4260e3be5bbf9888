//! What every command works with.

use std::sync::Arc;

use candle_core::Device;

use super::output;
use crate::cli::{DeviceArg, ModelArg};
use crate::config::Config;
use crate::dataset::Dataset;
use crate::error::Result;
use crate::kernels;
use crate::model_store::data::DataChoice;
use crate::model_store::{LoadedModel, ModelSource};
use crate::paths::Paths;
use crate::progress::Watch;

/// Folders and settings.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// Where files are kept.
    pub paths: Paths,
    /// The settings in force, without the command's flags.
    pub config: Config,
}

impl Context {
    /// Opens the device that the flag names, else the settings' one. A GPU that is
    /// missing is noted on standard error, and the CPU used instead.
    ///
    /// # Errors
    /// When the device's name cannot be understood.
    pub(crate) fn open_device(&self, flag: &DeviceArg) -> Result<Device> {
        let name = flag.device.as_deref().unwrap_or(&self.config.device);
        let (device, note) = kernels::device::select(name)?;
        if let Some(note) = note {
            output::note(note);
        }
        Ok(device)
    }

    /// The model that RUN names.
    ///
    /// # Errors
    /// When there is none, or several match.
    pub(crate) fn find_model(&self, model: &ModelArg, watch: Watch) -> Result<ModelSource> {
        ModelSource::from_name(&self.paths, &model.run, watch)
    }

    /// Where faces come from: `--data`, else the model's own, else the settings.
    pub(crate) fn data_choice<'a>(&'a self, data: Option<&'a str>) -> DataChoice<'a> {
        DataChoice {
            paths: &self.paths,
            data,
            default: self.config.data.as_deref(),
        }
    }

    /// Loads a model, or fits PCA to all pictures of the data set.
    ///
    /// # Errors
    /// When there is no checkpoint yet, it is damaged, or PCA has no data set.
    pub(crate) fn load_model(
        &self,
        source: &ModelSource,
        dataset: Option<&Dataset>,
        device: &DeviceArg,
        watch: Watch,
    ) -> Result<Arc<LoadedModel>> {
        let open_device = || self.open_device(device);
        let model = source.load(&self.paths, dataset, open_device, watch)?;
        Ok(Arc::new(model))
    }
}
