//! Faces made from codes, and the real faces nearest to them.

use std::sync::Arc;

use super::codes::EncodedFaces;
use super::loaded::LoadedModel;
use super::pictures::QueryPicture;
use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::latent::{self, CodeStatistics, Codes, PrincipalAxes, decode_all, encode_one};
use crate::paths::Paths;
use crate::progress::Watch;
use crate::search::{Hit, Index, Measure, nearest_distance_range};

/// The faces of codes, each `[size, size, 3]`, values about −0.5 to 0.5, unclipped.
///
/// # Errors
/// When the codes' width is not the model's, or a face is not finite.
pub(crate) fn decode_faces(model: &LoadedModel, codes: &Codes) -> Result<Vec<Vec<f32>>> {
    let decoded = decode_all(model.network()?, codes)?;
    let stride = model.spec().values();
    Ok(decoded.chunks_exact(stride).map(<[f32]>::to_vec).collect())
}

/// The axes of a model's codes, which are distributed like these.
///
/// # Errors
/// When a face is not finite; `Cancelled` by the watcher.
pub(crate) fn principal_axes(
    model: &LoadedModel,
    statistics: &CodeStatistics,
    watch: Watch,
) -> Result<PrincipalAxes> {
    let network = model.network()?;
    PrincipalAxes::fit(statistics, |codes| decode_all(network, codes), watch)
}

/// The real face nearest to each code.
///
/// # Errors
/// When a code is not finite or has another width.
pub(crate) fn nearest_real_faces(real: &EncodedFaces, codes: &Codes) -> Result<Vec<Hit>> {
    let queries = real.index.prepare_query(&codes.values)?;
    let hits = real.index.brute_force().search_batch(&queries, 1)?;
    hits.iter()
        .map(|hits| {
            hits.first()
                .copied()
                .ok_or_else(|| Error::invalid(&real.model.label, "gives codes that are not finite"))
        })
        .collect()
}

/// The way from one face to another through a model's codes, or a square between more.
pub(crate) struct Morph {
    /// The codes, both ends included; of a square row by row.
    pub codes: Codes,
    /// Each `[size, size, 3]`.
    pub faces: Vec<Vec<f32>>,
    /// The real face nearest to each; none without a data set.
    pub nearest: Vec<Hit>,
    /// 5th and 95th percentile of real faces' distances to their nearest other face;
    /// none without a data set.
    pub real_range: Option<(f32, f32)>,
    /// How the data set's codes are distributed; none without a data set.
    pub statistics: Option<CodeStatistics>,
}

impl Morph {
    /// Decodes `steps` codes on the straight line between two pictures' codes, both
    /// ends included; with three or four pictures, `steps × steps` codes between corners, of which
    /// a missing fourth is the data set's mean code.
    ///
    /// # Errors
    /// When the data set cannot be read, a code or face is not finite, or there are
    /// fewer than two steps; when a corner is missing and there is no data set; `Cancelled` by the
    /// watcher.
    pub(crate) fn new(
        paths: &Paths,
        dataset: Option<&Dataset>,
        model: &Arc<LoadedModel>,
        pictures: &[QueryPicture],
        steps: usize,
        watch: Watch,
    ) -> Result<Self> {
        let Some(dataset) = dataset else {
            let code = |picture: &QueryPicture| encode_one(model.network()?, &picture.values());
            let codes = pictures.iter().map(code).collect::<Result<Vec<_>>>()?;
            let codes = between(&codes, steps, None)?;
            return Ok(Self {
                faces: decode_faces(model, &codes)?,
                codes,
                nearest: Vec::new(),
                real_range: None,
                statistics: None,
            });
        };
        let real = EncodedFaces::new(paths, dataset, model.clone(), Measure::default(), watch)?;
        let code = |picture: &QueryPicture| real.code_of(&picture.reference(), &picture.bytes);
        let codes = pictures.iter().map(code).collect::<Result<Vec<_>>>()?;
        let statistics = CodeStatistics::fit(&real.codes)?;
        let codes = between(&codes, steps, Some(statistics.mean()))?;
        Ok(Self {
            faces: decode_faces(model, &codes)?,
            nearest: nearest_real_faces(&real, &codes)?,
            real_range: Some(nearest_distance_range(real.index.brute_force())?),
            statistics: Some(statistics),
            codes,
        })
    }
}

/// The codes between two others, or between corners.
fn between(codes: &[Vec<f32>], steps: usize, mean: Option<Vec<f32>>) -> Result<Codes> {
    match (codes, &mean) {
        ([a, b], _) => latent::morph(a, b, steps),
        ([a, b, c, d], _) => latent::square([a, b, c, d], steps, steps),
        ([a, b, c], Some(mean)) => latent::square([a, b, c, mean], steps, steps),
        ([_, _, _], None) => Err(Error::Usage(
            "a square needs four faces, or --data, whose mean face takes the fourth corner"
                .to_string(),
        )),
        _ => Err(Error::Usage("name two to four faces".to_string())),
    }
}
