//! Which real faces are nearest to made ones, and whether that is near.

use std::sync::Arc;

use serde::Serialize;

use super::Context;
use super::model_arg::{LoadedModel, with_progress};
use crate::dataset::{Dataset, Faces};
use crate::error::{Error, Result};
use crate::latent::{Codes, encode_all, lookup_or_encode};
use crate::number_format::distance;
use crate::search::{BruteForce, CodeTable, Index, Metric, nearest_distance_range};

/// The faces of a data set in a model's codes.
pub struct EncodedFaces<'a> {
    dataset: &'a Dataset,
    faces: Faces,
    /// Their codes.
    pub codes: Codes,
    index: BruteForce,
}

/// The real face nearest to a made one.
#[derive(Serialize)]
pub struct NearestFace {
    /// Its id.
    pub face: String,
    /// L2 between the codes.
    pub distance: f32,
}

impl<'a> EncodedFaces<'a> {
    /// All faces of a data set, encoded.
    ///
    /// # Errors
    /// When a picture cannot be read.
    pub fn of(context: &Context, subject: &LoadedModel, dataset: &'a Dataset) -> Result<Self> {
        let faces =
            with_progress(|watch| Faces::load(&context.paths, dataset, subject.faces, watch))?;
        let rows: Vec<usize> = (0..faces.len()).collect();
        let codes =
            with_progress(|watch| encode_all(subject.model.as_ref(), &faces, &rows, watch))?;
        let table = CodeTable::new(codes.values.clone(), codes.width, Metric::L2)?;
        Ok(Self {
            dataset,
            faces,
            codes,
            index: BruteForce::new(Arc::new(table)),
        })
    }

    /// The code of a picture, bytes `[size, size, 3]`; that of the face that it
    /// is, when it is one of them.
    ///
    /// # Errors
    /// When the picture's size is not the model's.
    pub fn code_of(&self, subject: &LoadedModel, picture: &[u8]) -> Result<Vec<f32>> {
        lookup_or_encode(subject.model.as_ref(), picture, &self.faces, &self.codes)
    }

    /// 5th and 95th percentile of their distances to their own nearest.
    ///
    /// # Errors
    /// None for codes that are finite.
    pub fn spacing(&self) -> Result<(f32, f32)> {
        nearest_distance_range(&self.index)
    }

    /// The nearest to each of some made faces' codes.
    ///
    /// # Errors
    /// When a code is not finite or has another length.
    pub fn nearest(&self, made: &Codes) -> Result<Vec<NearestFace>> {
        let hits = self.index.search_batch(&made.values, 1)?;
        let first = hits.iter().map(|hits| match hits.first() {
            Some(hit) => Ok(NearestFace {
                face: self.dataset.face_id(hit.row),
                distance: hit.distance,
            }),
            None => Err(Error::invalid("codes", "are not finite numbers")),
        });
        first.collect()
    }
}

/// `nearest real face 1.93 (Tom_Ridge_0001) to 3.10 (Tony_Blair_0005) away; real
/// faces' own nearest 1.10 to 3.90`.
pub fn describe(nearest: &[NearestFace], (low, high): (f32, f32)) -> String {
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
