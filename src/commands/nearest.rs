//! Which real faces are nearest to made ones, and whether that is near.

use std::sync::Arc;

use serde::Serialize;

use super::Context;
use super::subject::{Subject, watched};
use crate::dataset::{Dataset, Faces};
use crate::error::{Error, Result};
use crate::figure::distance;
use crate::latent::{Codes, code_of, encode_all};
use crate::search::{Brute, Index, Metric, Table, spacing};

/// The faces of a data set in a model's codes.
pub struct RealFaces<'a> {
    dataset: &'a Dataset,
    faces: Faces,
    /// Their codes.
    pub codes: Codes,
    index: Brute,
}

/// The real face nearest to a made one.
#[derive(Serialize)]
pub struct Nearest {
    /// Its id.
    pub face: String,
    /// L2 between the codes.
    pub distance: f32,
}

impl<'a> RealFaces<'a> {
    /// All faces of a data set, encoded.
    ///
    /// # Errors
    /// When a picture cannot be read.
    pub fn of(context: &Context, subject: &Subject, dataset: &'a Dataset) -> Result<Self> {
        let faces = watched(|watch| Faces::load(&context.paths, dataset, subject.faces, watch))?;
        let rows: Vec<usize> = (0..faces.len()).collect();
        let codes = watched(|watch| encode_all(subject.model.as_ref(), &faces, &rows, watch))?;
        let table = Table::new(codes.values.clone(), codes.width, Metric::L2)?;
        Ok(Self {
            dataset,
            faces,
            codes,
            index: Brute::new(Arc::new(table)),
        })
    }

    /// The code of a picture, bytes `[size, size, 3]`; that of the face that it
    /// is, when it is one of them.
    ///
    /// # Errors
    /// When the picture's size is not the model's.
    pub fn code_of(&self, subject: &Subject, picture: &[u8]) -> Result<Vec<f32>> {
        code_of(subject.model.as_ref(), picture, &self.faces, &self.codes)
    }

    /// 5th and 95th percentile of their distances to their own nearest.
    ///
    /// # Errors
    /// None for codes that are finite.
    pub fn spacing(&self) -> Result<(f32, f32)> {
        spacing(&self.index)
    }

    /// The nearest to each of some made faces' codes.
    ///
    /// # Errors
    /// When a code is not finite or has another length.
    pub fn nearest(&self, made: &Codes) -> Result<Vec<Nearest>> {
        let hits = self.index.search_batch(&made.values, 1)?;
        let first = hits.iter().map(|hits| match hits.first() {
            Some(hit) => Ok(Nearest {
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
pub fn in_words(nearest: &[Nearest], (low, high): (f32, f32)) -> String {
    let by = |a: &&Nearest, b: &&Nearest| a.distance.total_cmp(&b.distance);
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
