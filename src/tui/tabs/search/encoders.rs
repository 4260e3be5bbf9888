//! The encoders that Search shows.

use crate::engine::{ModelInfo, ModelRef};

/// The code size of PCA that finds people best.
const BEST_PCA_SIZE: u32 = 128;

/// The most encoders that are shown at once.
pub(super) const MAX_SHOWN: usize = 8;

/// How well an encoder may be expected to find a person: smaller is better.
fn order(info: &ModelInfo) -> (u8, u32) {
    match info.kind.to_string().as_str() {
        "identity" => (0, 0),
        "descriptor" => (1, 0),
        "pca" => (2, info.code_size.abs_diff(BEST_PCA_SIZE)),
        _ => (3, 0),
    }
}

/// The encoder that is shown at first: the best there is.
pub(super) fn best(models: &[ModelInfo]) -> Option<&ModelInfo> {
    models.iter().min_by_key(|info| order(info))
}

/// The encoders of which one answers while the best one is not ready: PCA, the better
/// first, the one that is ready first last.
pub(super) fn meanwhile(models: &[ModelInfo]) -> Vec<&ModelInfo> {
    let is_pca = |info: &&ModelInfo| matches!(info.reference, ModelRef::Pca { .. });
    let mut pca: Vec<&ModelInfo> = models.iter().filter(is_pca).collect();
    pca.sort_by_key(|info| order(info));
    let smallest = pca.iter().copied().min_by_key(|info| info.code_size);
    pca.truncate(1);
    pca.extend(smallest.filter(|smallest| pca.iter().all(|one| one != smallest)));
    pca
}

/// The encoders after one was switched on or off, in the order of the list of models;
/// the last one stays. `None` when there would be too many.
pub(super) fn toggled(
    models: &[ModelInfo],
    shown: &[ModelRef],
    toggled: &ModelRef,
) -> Option<Vec<ModelRef>> {
    let is_shown = shown.contains(toggled);
    if is_shown && shown.len() == 1 {
        return Some(shown.to_vec());
    }
    let mut after: Vec<ModelRef> = shown.to_vec();
    if is_shown {
        after.retain(|one| one != toggled);
    } else {
        after.push(toggled.clone());
    }
    // Better encoders come first: the others' ranks are compared with the first row's.
    after.sort_by_key(|one| {
        let place = models.iter().position(|info| info.reference == *one);
        place.map(|place| (order(&models[place]), place))
    });
    (after.len() <= MAX_SHOWN).then_some(after)
}
