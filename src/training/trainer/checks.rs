//! What a run's pictures have to be before it can begin.

use crate::dataset::{Faces, Split};
use crate::error::{Error, Result};
use crate::models::{ModelKind, Pca};
use crate::training::TrainSpec;

/// Checks that faces and split fit the spec.
///
/// # Errors
/// Names what does not.
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

/// Checks, before any picture is read, that enough of them train.
///
/// # Errors
/// When there is none, or fewer than a closed-form model's code asks for.
pub(crate) fn check_training_pictures(spec: &TrainSpec, split: &Split) -> Result<()> {
    if split.training.is_empty() {
        return Err(Error::invalid(
            "training pictures",
            "there is none; hold fewer out",
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
