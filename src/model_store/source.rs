//! Finds a model, from a name on the command line or a choice on the screen.

use super::fitted::FittedModel;
use super::model_ref::ModelRef;
use crate::dataset::FaceSpec;
use crate::error::{Error, Result};
use crate::models::model_file::ModelMetadata;
use crate::models::{BuiltIn, ModelKind, bundled, parse_built_in};
use crate::paths::Paths;
use crate::progress::{Progress, Watch};
use crate::runs::{self, RunDir};
use crate::training::TrainSpec;

/// A model that was found but not loaded yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ModelSource {
    /// A training run.
    Run(RunDir, Box<TrainSpec>),
    /// A model in closed form, fitted when it is needed.
    Fitted(FittedModel),
    /// A network that comes with the program, trained on its sample.
    Bundled(String, Box<ModelMetadata>),
}

impl ModelSource {
    /// Finds a built-in model of exactly this name; else a run by name, id, unique
    /// prefix or `latest`.
    ///
    /// # Errors
    /// When there is neither, or several runs match.
    pub(crate) fn from_name(paths: &Paths, name: &str, watch: Watch) -> Result<Self> {
        if let Some(built_in) = parse_built_in(name) {
            // New runs cannot have such a name, but runs of older versions may.
            if let Ok(Some(run)) = runs::find_exactly(paths, name) {
                watch(Progress::note(&format!(
                    "{name} is a built-in model; the run of that name is {}",
                    run.id()
                )))?;
            }
            return Self::built_in(built_in);
        }
        let run = runs::find(paths, name).map_err(|error| match error {
            Error::NotFound { what, advice } if !name.contains('/') => {
                let bundled: Vec<&str> = bundled::names().collect();
                let bundled = bundled.join(", ");
                Error::not_found(
                    what,
                    format!("{advice}; or use a built-in model: pca-N (such as pca-32), descriptor, {bundled}"),
                )
            }
            error => error,
        })?;
        let spec = run.spec()?;
        Ok(Self::Run(run, Box::new(spec)))
    }

    fn built_in(built_in: BuiltIn) -> Result<Self> {
        Ok(match built_in {
            BuiltIn::Pca(code_size) => Self::Fitted(FittedModel::Pca {
                code_size,
                faces: FaceSpec::default(),
            }),
            BuiltIn::Descriptor => Self::Fitted(FittedModel::Descriptor),
            BuiltIn::Bundled(name) => {
                Self::Bundled(name.to_string(), Box::new(bundled::metadata(name)?))
            }
        })
    }

    /// Finds the model that was chosen on the screen.
    ///
    /// # Errors
    /// When the run is gone or its files cannot be read.
    pub(crate) fn from_ref(paths: &Paths, reference: &ModelRef) -> Result<Self> {
        Ok(match reference {
            &ModelRef::Pca { code_size, faces } => {
                Self::Fitted(FittedModel::Pca { code_size, faces })
            }
            ModelRef::Descriptor => Self::Fitted(FittedModel::Descriptor),
            ModelRef::Run(id) => {
                let run = runs::find_by_id(paths, id)?;
                let spec = run.spec()?;
                Self::Run(run, Box::new(spec))
            }
            ModelRef::Bundled(name) => {
                Self::Bundled(name.clone(), Box::new(bundled::metadata(name)?))
            }
        })
    }

    /// Which network it is.
    pub(crate) fn kind(&self) -> ModelKind {
        match self {
            Self::Run(_, spec) => spec.model.kind,
            Self::Fitted(FittedModel::Pca { .. }) => ModelKind::Pca,
            Self::Fitted(FittedModel::Descriptor) => ModelKind::Descriptor,
            Self::Bundled(_, metadata) => metadata.model.kind,
        }
    }

    /// The key under which the screen knows this model.
    pub(crate) fn reference(&self) -> ModelRef {
        match self {
            Self::Run(run, _) => ModelRef::Run(run.id()),
            Self::Fitted(fitted) => fitted.reference(),
            Self::Bundled(name, _) => ModelRef::Bundled(name.clone()),
        }
    }
}
