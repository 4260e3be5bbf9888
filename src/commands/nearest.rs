//! The real faces nearest to generated ones, as they are printed.

use serde::Serialize;

use crate::dataset::Dataset;
use crate::number_format::distance;
use crate::search::Hit;

/// The real face nearest to a generated one.
#[derive(Serialize)]
pub(super) struct NearestFace {
    /// Its id.
    face: String,
    /// Cosine distance between the whitened codes.
    distance: f32,
}

impl NearestFace {
    /// A hit in the codes of a data set.
    pub(super) fn new(dataset: &Dataset, hit: &Hit) -> Self {
        Self {
            face: dataset.face_id(hit.row),
            distance: hit.distance,
        }
    }
}

/// `nearest real face 1.93 (Tom_Ridge_0001) to 3.10 (Tony_Blair_0005) away; real
/// faces' own nearest: 1.10 to 3.90 (5th to 95th percentile)`.
pub(super) fn describe(nearest: &[NearestFace], (low, high): (f32, f32)) -> String {
    let by = |a: &&NearestFace, b: &&NearestFace| a.distance.total_cmp(&b.distance);
    let ends = nearest
        .iter()
        .min_by(by)
        .zip(nearest.iter().max_by(by))
        .map(|(near, far)| {
            format!(
                "nearest real face {} ({}) to {} ({}) away; ",
                distance(near.distance),
                near.face,
                distance(far.distance),
                far.face
            )
        });
    format!(
        "{}real faces' own nearest: {} to {} (5th to 95th percentile)",
        ends.unwrap_or_default(),
        distance(low),
        distance(high)
    )
}
