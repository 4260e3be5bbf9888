//! Which crop a data set gets when it is imported.

use super::tight_crop;
use crate::dataset::catalog::Dataset;
use crate::dataset::crop::Crop;
use crate::dataset::provenance::Provenance;
use crate::dataset::{files, index, registry};
use crate::error::Result;
use crate::paths::Paths;

/// Changes the crop of an imported data set. Returns a message if it differs from the previous one.
///
/// # Errors
/// When the index cannot be written.
pub(crate) fn set_crop(dataset: &mut Dataset, crop: Crop) -> Result<Option<String>> {
    let previous = dataset.crop();
    if dataset.chosen_crop != Some(crop) {
        dataset.chosen_crop = Some(crop);
        index::write(dataset)?;
    }
    Ok((previous != crop).then(|| {
        format!(
            "the crop is now {}, before it was {previous}; existing runs keep the crop that they \
             were trained with",
            crop.describe()
        )
    }))
}

/// Sets the crop of a newly imported data set: the requested one, otherwise the one that was used
/// for this source before (`previous`). Returns a message for the user. Writes nothing.
pub(super) fn resolve_crop(
    dataset: &mut Dataset,
    requested: Option<Crop>,
    previous: Option<Crop>,
) -> Option<String> {
    dataset.chosen_crop = requested.or(dataset.chosen_crop).or(previous);
    match (dataset.chosen_crop, requested, previous) {
        (None, ..) => tight_crop::warning(dataset),
        (_, None, Some(previous)) => {
            Some(format!("crop {previous}, as chosen for this source before"))
        }
        _ => None,
    }
}

/// The crop of the most recent data set imported from the same path.
pub(super) fn previous_crop(paths: &Paths, path: &str) -> Option<Crop> {
    registry::list(paths)
        .ok()?
        .iter()
        .map(|summary| paths.datasets().join(&summary.id))
        .filter(|folder| {
            let sources = Provenance::read(folder).sources;
            sources.iter().any(|source| source.path == path)
        })
        .max_by_key(|folder| {
            let file = folder.join(files::SOURCES_FILE);
            let data = std::fs::metadata(file);
            data.and_then(|data| data.modified()).ok()
        })
        .and_then(|folder| index::read(&folder).ok()?.chosen_crop)
}
