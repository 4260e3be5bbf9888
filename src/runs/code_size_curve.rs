//! Held-out error against code size: exact PCA, and every run that can be
//! compared with it.

use serde::Serialize;

use super::{RunDir, list, training_data};
use crate::dataset::{Crop, Noise, Preprocess};
use crate::error::Result;
use crate::models::model_file::TrainedOn;
use crate::models::{ModelKind, Pca, pca_cache};
use crate::paths::Paths;
use crate::progress::Watch;
use crate::training::{TrainSpec, evaluate};

/// Code sizes at which PCA is judged, as far as the pictures determine them.
const SIZES: [u32; 7] = [8, 16, 32, 64, 128, 256, 512];

/// What [`code_size_curve`] finds.
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
    /// How many pictures judge: those held out of the run.
    pub pictures: usize,
    /// Of PCA fitted to the run's training pictures, by code size.
    pub pca: Vec<Point>,
    /// Runs on the same pictures with the same held out, by code size.
    pub runs: Vec<RunPoint>,
}

/// An error at a code size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Numbers in a code.
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
    /// Where it stands.
    #[serde(flatten)]
    pub point: Point,
}

/// PCA's curve on a run's pictures, and the best held-out errors of all runs on
/// the same ones. Runs that learn to undo noise are left out, as are denoisers,
/// whose pictures do not pass through the code, and runs without a finite error.
///
/// # Errors
/// When the run's pictures are not there any more; the watcher's.
pub fn code_size_curve(paths: &Paths, run: &RunDir, watch: Watch) -> Result<CodeSizeCurve> {
    let spec = run.spec()?;
    let material = training_data::open(paths, &spec, watch)?;
    let (faces, split) = (&material.faces, &material.split);
    let data = TrainedOn {
        title: spec.data.title.clone(),
        fingerprint: spec.data.fingerprint.clone(),
        held_out: None,
        pictures: split.training.len(),
    };
    let runs = comparable(paths, &spec)?;
    let largest = Pca::max_code_size(split.training.len(), spec.model.size);
    // Also where the runs are.
    let own = runs.iter().map(|run| run.point.code_size);
    let mut sizes: Vec<u32> = SIZES.into_iter().chain(own).collect();
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

/// Runs whose errors may stand beside those of `spec`'s, by code size.
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

/// Whether two runs' held-out errors are of the same task on the same pictures.
fn is_comparable(one: &TrainSpec, other: &TrainSpec) -> bool {
    one.data.fingerprint == other.data.fingerprint
        && one.data.crop == other.data.crop
        && one.data.held_out == other.data.held_out
        && one.seed == other.seed
        && one.face_spec() == other.face_spec()
        && other.noise == Noise::None
        && other.model.kind != ModelKind::Denoiser
}
