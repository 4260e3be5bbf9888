//! Checks of a run's inputs before it begins.

use super::spec::TrainSpec;
use crate::dataset::{Faces, Split};
use crate::error::{Error, Result};
use crate::models::{ModelKind, Pca};

/// Checks that faces and split fit the spec.
///
/// # Errors
/// Names the input that does not.
pub(super) fn check_inputs(spec: &TrainSpec, faces: &Faces, split: &Split) -> Result<()> {
    if faces.spec() != spec.face_spec() {
        return Err(Error::invalid(
            "faces",
            format!(
                "are {:?}; the run needs {:?}",
                faces.spec(),
                spec.face_spec()
            ),
        ));
    }
    check_training_pictures(spec, split)?;
    let rows = split.training.iter().chain(&split.held_out);
    match rows.max() {
        Some(&row) if row >= faces.len() => Err(Error::invalid(
            format!("picture {row}"),
            format!("is not among the {} faces", faces.len()),
        )),
        _ => Ok(()),
    }
}

/// Checks, before any picture is read, that there are enough training pictures.
///
/// # Errors
/// When there are none, or too few for the code size of a closed-form model.
pub fn check_training_pictures(spec: &TrainSpec, split: &Split) -> Result<()> {
    if split.training.is_empty() {
        return Err(Error::invalid(
            "training pictures",
            "there are none; hold fewer out",
        ));
    }
    match spec.model.kind {
        ModelKind::Pca => {
            let (code_size, size) = (spec.model.code_size, spec.model.size);
            Pca::check_code_size(code_size, split.training.len(), size)
        }
        _ => Ok(()),
    }
}
