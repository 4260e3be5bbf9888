//! Models that are fitted to a data set in closed form when they are needed.

use super::model_ref::ModelRef;
use crate::dataset::{FaceSpec, Preprocess};
use crate::models::descriptor::DESCRIPTOR_CODE;
use crate::models::{DESCRIPTOR_SIZE, ModelKind, ModelSpec, Pca};

/// A model that needs no run and is not bundled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FittedModel {
    /// Exact PCA.
    Pca {
        /// Latent dimensions; fewer where there are fewer pictures.
        code_size: u32,
        /// The pictures it works on.
        faces: FaceSpec,
    },
    /// The descriptor.
    Descriptor,
}

impl FittedModel {
    /// The pictures that it works on.
    pub(crate) fn face_spec(self) -> FaceSpec {
        match self {
            Self::Pca { faces, .. } => faces,
            Self::Descriptor => FaceSpec {
                size: DESCRIPTOR_SIZE,
                preprocess: Preprocess::Wide,
            },
        }
    }

    /// Its shape when it is fitted to this many pictures.
    pub(crate) fn spec(self, pictures: usize) -> ModelSpec {
        let size = self.face_spec().size;
        match self {
            Self::Pca { code_size, .. } => {
                let most = Pca::max_code_size(pictures, size);
                ModelSpec::linear(ModelKind::Pca, size, code_size.min(most))
            }
            Self::Descriptor => ModelSpec::linear(ModelKind::Descriptor, size, DESCRIPTOR_CODE),
        }
    }

    /// The key under which the screen knows it.
    pub(crate) fn reference(self) -> ModelRef {
        match self {
            Self::Pca { code_size, faces } => ModelRef::Pca { code_size, faces },
            Self::Descriptor => ModelRef::Descriptor,
        }
    }

    /// What commands call it, as it was asked for: `pca-32`, `descriptor`.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Pca { code_size, .. } => format!("pca-{code_size}"),
            Self::Descriptor => "descriptor".to_string(),
        }
    }
}
