//! The crop that is chosen for a data set when it is imported.

use crate::dataset::Dataset;
use crate::dataset::crop::Crop;
use crate::dataset::provenance::Provenance;
use crate::dataset::{archive_names, index, registry, tight_crop};
use crate::error::Result;
use crate::paths::Paths;

/// Crops a data set's pictures otherwise from now on; what to say about it.
///
/// # Errors
/// Those of the file system.
pub fn set_crop(dataset: &mut Dataset, crop: Crop) -> Result<Option<String>> {
    let before = dataset.crop();
    if dataset.chosen_crop != Some(crop) {
        dataset.chosen_crop = Some(crop);
        index::write(dataset)?;
    }
    Ok((before != crop).then(|| {
        format!(
            "the crop is now {} and was {before}; runs that are there keep the crop that they were \
             trained under",
            crop.describe()
        )
    }))
}

/// Gives a data set the crop that was asked for, else that of `before`; what to
/// say about it. Nothing is written.
pub(super) fn resolve_crop(
    dataset: &mut Dataset,
    asked: Option<Crop>,
    before: Option<Crop>,
) -> Option<String> {
    dataset.chosen_crop = asked.or(dataset.chosen_crop).or(before);
    match (dataset.chosen_crop, asked, before) {
        (None, ..) => tight_crop::warning(dataset),
        (_, None, Some(before)) => Some(format!(
            "crop {before}, as it was chosen for this source before"
        )),
        _ => None,
    }
}

/// The crop that was chosen for the latest data set from the same path.
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
            let file = folder.join(archive_names::SOURCES_FILE);
            let data = std::fs::metadata(file);
            data.and_then(|data| data.modified()).ok()
        })
        .and_then(|folder| index::read(&folder).ok()?.chosen_crop)
}
