//! Held-out error over code size: PCA and all comparable runs.

use serde::Serialize;

use super::run_dir::RunDir;
use super::store::list;
use super::training_data;
use crate::dataset::{Crop, Noise, Preprocess};
use crate::error::Result;
use crate::models::model_file::TrainedOn;
use crate::models::{ModelKind, Pca, pca_cache};
use crate::paths::Paths;
use crate::progress::Watch;
use crate::training::{TrainSpec, evaluate};

/// Code sizes at which PCA is evaluated, as far as there are enough pictures.
const SIZES: [u32; 7] = [8, 16, 32, 64, 128, 256, 512];

/// The result of [`code_size_curve`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CodeSizeCurve {
    /// The data set's title.
    pub data: String,
    /// Side of a face in pixels.
    pub size: u32,
    /// The resize from the cropped picture.
    pub preprocess: Preprocess,
    /// The crop before that.
    pub crop: Crop,
    /// Number of held-out pictures.
    pub pictures: usize,
    /// PCA fitted to the run's training pictures, by code size.
    pub pca: Vec<Point>,
    /// Runs with the same training and held-out pictures, by code size.
    pub runs: Vec<RunPoint>,
}

/// The error at a code size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Latent dimensions.
    pub code_size: u32,
    /// Mean squared error on the held-out pictures.
    pub mse: f64,
}

/// A run's error at its code size.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunPoint {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Its network.
    pub model: ModelKind,
    /// Its code size and error.
    #[serde(flatten)]
    pub point: Point,
}

/// PCA's errors on a run's pictures, and the best held-out errors of all runs on
/// the same pictures. Left out are runs trained with noise, denoisers, which do
/// not reconstruct from the code alone, and runs without a finite error.
///
/// # Errors
/// When the run's data set is missing; the watcher's errors.
pub(crate) fn code_size_curve(paths: &Paths, run: &RunDir, watch: Watch) -> Result<CodeSizeCurve> {
    let spec = run.spec()?;
    let training_data = training_data::open(paths, &spec, watch)?;
    let (faces, split) = (&training_data.faces, &training_data.split);
    let data = TrainedOn {
        title: spec.data.title.clone(),
        fingerprint: spec.data.fingerprint.clone(),
        held_out: None,
        pictures: split.training.len(),
    };
    let runs = comparable(paths, &spec)?;
    let largest = Pca::max_code_size(split.training.len(), spec.model.size);
    let of_runs = runs.iter().map(|run| run.point.code_size);
    let mut sizes: Vec<u32> = SIZES.into_iter().chain(of_runs).collect();
    sizes
        .iter_mut()
        .for_each(|size| *size = (*size).min(largest));
    sizes.sort_unstable();
    sizes.dedup();
    let widest = sizes.last().copied().unwrap_or(1);
    let widest = pca_cache::load_or_fit(paths, data, faces, &split.training, widest, watch)?;
    let mut pca = Vec::new();
    for code_size in sizes {
        let model = widest.truncated(code_size)?;
        let rows = &split.held_out;
        let evaluation = evaluate(&model, faces, rows, Noise::None, spec.seed, watch)?;
        let mse = evaluation.scores.mse;
        pca.push(Point { code_size, mse });
    }
    Ok(CodeSizeCurve {
        data: spec.data.title.clone(),
        size: spec.model.size,
        preprocess: spec.data.preprocess,
        crop: spec.data.crop,
        pictures: split.held_out.len(),
        pca,
        runs,
    })
}

/// Runs that can be compared with `spec`'s, by code size.
fn comparable(paths: &Paths, spec: &TrainSpec) -> Result<Vec<RunPoint>> {
    let mut runs: Vec<RunPoint> = list(paths)?
        .into_iter()
        .filter_map(|summary| {
            let other = summary.directory().ok()?.spec().ok()?;
            let mse = summary
                .best
                .map(|best| best.held_out.mse)
                .or(summary.held_out.map(|s| s.mse))
                .filter(|mse| mse.is_finite())?;
            is_comparable(spec, &other).then_some(RunPoint {
                name: summary.name,
                id: summary.id,
                model: other.model.kind,
                point: Point {
                    code_size: other.model.code_size,
                    mse,
                },
            })
        })
        .collect();
    runs.sort_by(|a, b| {
        let by_size = a.point.code_size.cmp(&b.point.code_size);
        by_size.then(a.point.mse.total_cmp(&b.point.mse))
    });
    Ok(runs)
}

/// Whether the held-out errors of two runs are for the same task and pictures.
fn is_comparable(one: &TrainSpec, other: &TrainSpec) -> bool {
    one.data.fingerprint == other.data.fingerprint
        && one.data.crop == other.data.crop
        && one.data.held_out == other.data.held_out
        && one.seed == other.seed
        && one.face_spec() == other.face_spec()
        && other.noise == Noise::None
        && other.model.kind != ModelKind::Denoiser
}
