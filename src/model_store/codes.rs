//! A data set's faces in a model's codes.

use std::sync::Arc;

use super::code_files;
use super::loaded::LoadedModel;
use super::pictures::PictureRef;
use crate::dataset::{Dataset, Faces};
use crate::error::Result;
use crate::imaging::to_values;
use crate::latent::{CodeStatistics, Codes, encode_all, encode_one};
use crate::paths::Paths;
use crate::progress::{Progress, Watch};
use crate::search::{CodeIndex, IndexKind, Measure, nearest_distance_range};

/// The codes of all faces of a data set, in their order: from disk, or computed and kept there.
///
/// # Errors
/// When the faces' size is not the model's, or a code is not finite; `Cancelled`
/// by the watcher.
pub(crate) fn encode_faces(
    paths: &Paths,
    dataset: &Dataset,
    model: &LoadedModel,
    faces: &Faces,
    watch: Watch,
) -> Result<Codes> {
    code_files::load_or_encode(paths, dataset, model, faces, watch, |watch| {
        encode_now(model, faces, watch)
    })
}

fn encode_now(model: &LoadedModel, faces: &Faces, watch: Watch) -> Result<Codes> {
    let rows: Vec<usize> = (0..faces.len()).collect();
    encode_rows(model, faces, &rows, watch)
}

/// The codes of these rows of a data set's faces, in their order.
///
/// # Errors
/// As [`encode_faces`].
pub(crate) fn encode_rows(
    model: &LoadedModel,
    faces: &Faces,
    rows: &[usize],
    watch: Watch,
) -> Result<Codes> {
    let stage = format!("encoding by {}", model.label);
    let mut named = |progress: Progress<'_>| {
        watch(Progress {
            stage: &stage,
            ..progress
        })
    };
    encode_all(model.network()?, faces, rows, &mut named)
}

/// The index of a model's codes for one way to compare them: from disk, or made and kept there.
///
/// # Errors
/// When the values are not whole codes; `Cancelled` by the watcher.
pub(crate) fn index_codes(
    paths: &Paths,
    model: &LoadedModel,
    codes: &Codes,
    measure: Measure,
    watch: Watch,
) -> Result<CodeIndex> {
    code_files::load_or_index(paths, model, codes, measure, watch)
}

/// Builds an approximate index of a model's codes, or takes it from disk and keeps it there.
///
/// # Errors
/// `Cancelled` by the watcher.
pub(crate) fn build_index(
    paths: &Paths,
    model: &LoadedModel,
    index: &CodeIndex,
    kind: IndexKind,
    watch: Watch,
) -> Result<()> {
    code_files::load_or_build(paths, model, index, kind, true, watch)
}

/// A data set's faces in a model's codes, ready to be searched.
pub struct EncodedFaces {
    /// Whose codes.
    pub(crate) model: Arc<LoadedModel>,
    /// The faces as the model sees them.
    pub(crate) faces: Arc<Faces>,
    /// Their codes, row by row.
    pub(crate) codes: Arc<Codes>,
    /// The codes' index.
    pub(crate) index: Arc<CodeIndex>,
}

impl EncodedFaces {
    /// Reads and encodes all faces of a data set, and indexes the codes.
    ///
    /// # Errors
    /// When a picture cannot be read, or a code is not finite; `Cancelled` by the watcher.
    pub(crate) fn new(
        paths: &Paths,
        dataset: &Dataset,
        model: Arc<LoadedModel>,
        measure: Measure,
        watch: Watch,
    ) -> Result<Self> {
        let faces = Faces::load(paths, dataset, model.faces, watch)?;
        let codes = encode_faces(paths, dataset, &model, &faces, watch)?;
        let index = index_codes(paths, &model, &codes, measure, watch)?;
        Ok(Self {
            model,
            faces: Arc::new(faces),
            codes: Arc::new(codes),
            index: Arc::new(index),
        })
    }

    /// Chooses and builds the index that searches where `wanted` is. [`IndexKind::Auto`] is the graph
    /// only where one was kept on disk: building it takes longer than a search.
    ///
    /// # Errors
    /// `Cancelled` by the watcher.
    pub(crate) fn prepare_index(
        &self,
        paths: &Paths,
        wanted: IndexKind,
        watch: Watch,
    ) -> Result<IndexKind> {
        let kind = self.index.choose(wanted);
        let build = wanted != IndexKind::Auto;
        code_files::load_or_build(paths, &self.model, &self.index, kind, build, watch)?;
        Ok(kind)
    }

    /// The code of a picture, whose bytes `[size, size, 3]` are given. A picture of the data set,
    /// and a file that looks just like one, have exactly the code that it has among the others, and
    /// the network is not needed.
    ///
    /// # Errors
    /// When the picture's size is not the model's, or its code is not finite.
    pub(crate) fn code_of(&self, picture: &PictureRef, bytes: &[u8]) -> Result<Vec<f32>> {
        let row = match picture {
            &PictureRef::Index(row) if row < self.codes.rows => Some(row),
            _ => (self.faces.find(bytes)).filter(|row| *row < self.codes.rows),
        };
        match row {
            Some(row) => Ok(self.codes.row(row).to_vec()),
            None => encode_one(self.model.network()?, &to_values(bytes)),
        }
    }
}

/// How a model's codes of a data set are distributed.
pub(crate) struct CodeDistribution {
    /// Mean and covariance, to draw codes from.
    pub statistics: CodeStatistics,
    /// 5th and 95th percentile of real faces' distances to their nearest other
    /// face, by the default measure.
    pub real_range: (f32, f32),
}

impl CodeDistribution {
    /// Of codes and their index by the default measure.
    ///
    /// # Errors
    /// When there is no code, or one is not finite.
    pub(crate) fn new(codes: &Codes, index: &CodeIndex) -> Result<Self> {
        Ok(Self {
            statistics: CodeStatistics::fit(codes)?,
            real_range: nearest_distance_range(index.brute_force())?,
        })
    }
}
