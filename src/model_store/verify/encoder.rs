//! What can be judged: models, and the pictures themselves.

use crate::error::Result;
use crate::model_store::{ModelRef, ModelSource};
use crate::paths::Paths;
use crate::progress::Watch;
use crate::runs::{self, RunState, checkpoint};

/// The name of the pictures themselves as codes.
const PIXELS: &str = "pixels";

/// Models that are judged beside the runs where none is named.
const BUILT_IN: [&str; 3] = ["pca-32", "pca-128", "descriptor"];

/// After a model's name: the mean of the codes of a face and its mirror image.
const MIRROR: &str = "+mirror";

/// Something that turns faces into codes.
#[derive(Debug, PartialEq)]
pub(crate) enum Encoder {
    /// The values of the 32×32 pictures, without any model.
    Pixels,
    /// A model that was found but not loaded.
    Model(Box<ModelSource>),
    /// The same, with the mean of the codes of a face and its mirror image.
    Mirrored(Box<ModelSource>),
}

/// Names an encoder: cheap to copy, compare and hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EncoderRef {
    /// The values of the 32×32 pictures, without any model.
    Pixels,
    /// A model.
    Model(ModelRef),
}

impl Encoder {
    /// Finds the encoder that was chosen on the screen.
    ///
    /// # Errors
    /// When the run is gone or its files cannot be read.
    pub(super) fn from_ref(paths: &Paths, reference: &EncoderRef) -> Result<Self> {
        Ok(match reference {
            EncoderRef::Pixels => Self::Pixels,
            EncoderRef::Model(model) => Self::Model(Box::new(ModelSource::from_ref(paths, model)?)),
        })
    }

    /// `pixels`, a model as [`ModelSource::from_name`] finds it, or one with `+mirror` after its
    /// name.
    ///
    /// # Errors
    /// When there is none, or several runs match.
    fn from_name(paths: &Paths, name: &str, watch: Watch) -> Result<Self> {
        if name == PIXELS && runs::find_exactly(paths, name)?.is_none() {
            return Ok(Self::Pixels);
        }
        if let Some(plain) = name.strip_suffix(MIRROR)
            && runs::find_exactly(paths, name)?.is_none()
        {
            let source = ModelSource::from_name(paths, plain, watch)?;
            return Ok(Self::Mirrored(Box::new(source)));
        }
        Ok(Self::Model(Box::new(ModelSource::from_name(
            paths, name, watch,
        )?)))
    }

    /// The encoders of these names, each once; all there are without names. After each autoencoder
    /// and PCA comes the same with the mean of the codes of a face and its mirror image, which are
    /// its best; codes of the others are such means already.
    ///
    /// # Errors
    /// When there is none of a name, or several runs match; when the folder of runs cannot be read.
    pub(crate) fn to_judge(paths: &Paths, names: &[String], watch: Watch) -> Result<Vec<Self>> {
        let named = if names.is_empty() {
            Self::all(paths, watch)?
        } else {
            let mut named = Vec::new();
            for name in names {
                named.push(Self::from_name(paths, name, &mut *watch)?);
            }
            named
        };
        let mut found: Vec<Self> = Vec::new();
        for encoder in named {
            let mirrored = match &encoder {
                Self::Model(source)
                    if source.kind().has_decoder() && !source.kind().is_blind_denoiser() =>
                {
                    Some(Self::Mirrored(source.clone()))
                }
                _ => None,
            };
            for encoder in std::iter::once(encoder).chain(mirrored) {
                if !found.contains(&encoder) {
                    found.push(encoder);
                }
            }
        }
        Ok(found)
    }

    /// The model, unless it is the pictures themselves.
    pub(crate) fn source(&self) -> Option<&ModelSource> {
        match self {
            Self::Pixels => None,
            Self::Model(source) | Self::Mirrored(source) => Some(source),
        }
    }

    /// What is written after its model's name.
    pub(super) fn suffix(&self) -> &'static str {
        match self {
            Self::Mirrored(_) => MIRROR,
            Self::Pixels | Self::Model(_) => "",
        }
    }

    /// The pictures themselves, PCA, and every finished run that has saved a model, oldest first.
    ///
    /// # Errors
    /// When the folder of runs cannot be read.
    fn all(paths: &Paths, watch: Watch) -> Result<Vec<Self>> {
        let mut found = vec![Self::Pixels];
        for name in BUILT_IN {
            found.push(Self::from_name(paths, name, watch)?);
        }
        let mut finished = runs::list(paths)?;
        finished.retain(|run| run.state == RunState::Finished && !run.diverged);
        for run in finished.iter().rev() {
            let Ok(directory) = run.directory() else {
                continue;
            };
            if let (Ok(spec), Ok(_)) = (directory.spec(), checkpoint::model_path(&directory)) {
                found.push(Self::Model(Box::new(ModelSource::Run(
                    directory,
                    Box::new(spec),
                ))));
            }
        }
        Ok(found)
    }

    /// What it is called before it is loaded.
    pub(crate) fn label(&self) -> String {
        let name = match self.source() {
            None => PIXELS.to_string(),
            Some(ModelSource::Fitted(fitted)) => fitted.name(),
            Some(ModelSource::Run(run, spec)) => match spec.name.as_str() {
                "" => run.id(),
                name => name.to_string(),
            },
            Some(ModelSource::Bundled(name, _)) => name.clone(),
        };
        name + self.suffix()
    }
}
