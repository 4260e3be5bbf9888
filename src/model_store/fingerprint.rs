//! What tells one model from another.

use sha2::{Digest, Sha256};

use super::loaded::LoadedModel;
use crate::dataset::Crop;
use crate::dataset::hash::hex;

/// A hash of what determines what a model makes of pictures that are cropped in this way: the crop,
/// the resize, and the weights or, for a model that each machine fits for itself, with other last
/// digits, what it is fitted to: so everybody finds the same.
pub(crate) fn model_fingerprint(model: &LoadedModel, crop: Crop) -> String {
    let mut hash = Sha256::new();
    // Changes when the same weights come to give other codes.
    hash.update(b"codes 2\n");
    hash.update(format!("{crop:?} {:?}\n", model.faces));
    hash.update(model.model.identity());
    hex(&hash.finalize())
}
