//! How requests name a model.

use serde::{Deserialize, Serialize};

use crate::dataset::FaceSpec;

/// Names a model: cheap to copy, compare and hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelRef {
    /// Exact PCA of the open data set, fitted in seconds when first needed.
    Pca {
        /// Latent dimensions.
        code_size: u32,
        /// The pictures it works on.
        faces: FaceSpec,
    },
    /// The descriptor of the open data set, fitted in closed form when first needed.
    Descriptor,
    /// The best checkpoint of a training run, by the run's id.
    Run(String),
    /// A network that comes with the program, by name.
    Bundled(String),
}
