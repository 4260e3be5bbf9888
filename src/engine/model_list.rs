//! The models there are to choose from.

use crate::dataset::{FaceSpec, Noise};
use crate::engine::cache::DatasetCache;
use crate::engine::{ModelInfo, ModelRef};
use crate::error::Result;
use crate::models::model_file::ModelMetadata;
use crate::models::{ModelKind, Pca, bundled};
use crate::runs;

/// Code sizes of PCA that are offered before anything was trained.
const PCA_SIZES: [u32; 4] = [32, 128, 256, 512];

/// Those that come with the program where they belong, fitted models, then runs
/// that have saved a model, newest first.
pub(super) fn list(stock: &DatasetCache) -> Result<Vec<ModelInfo>> {
    let faces = FaceSpec::default();
    let largest = Pca::max_code_size(stock.dataset.pictures.len(), faces.size);
    let mut sizes: Vec<u32> = PCA_SIZES.iter().map(|&size| size.min(largest)).collect();
    sizes.dedup();
    let mut cards: Vec<ModelInfo> = sizes
        .into_iter()
        .filter(|&size| size > 0)
        .map(|code_size| {
            let reference = ModelRef::Pca { code_size, faces };
            ModelInfo {
                ready: stock.model(&reference).is_ok(),
                reference,
                label: format!("PCA-{code_size}"),
                kind: ModelKind::Pca,
                code_size,
                faces,
                objective: Noise::None,
                data: stock.dataset.title.clone(),
            }
        })
        .collect();
    if stock.dataset.is_sample {
        // First of all, so that a new user meets them first.
        for (place, name) in bundled::names().enumerate() {
            cards.insert(place, shipped_card(stock, name)?);
        }
    }
    for run in runs::list(&stock.paths)? {
        let Ok(directory) = run.directory() else {
            continue;
        };
        let (Ok(spec), Ok(checkpoint)) = (directory.spec(), directory.model_path()) else {
            continue;
        };
        let reference = ModelRef::Run(run.id);
        stock.drop_stale_run(&reference, &checkpoint);
        cards.push(ModelInfo {
            ready: stock.model(&reference).is_ok(),
            reference,
            label: run.name,
            kind: spec.model.kind,
            code_size: spec.model.code_size,
            faces: FaceSpec {
                size: spec.model.size,
                preprocess: spec.data.preprocess,
            },
            objective: spec.noise,
            data: spec.data.title,
        });
    }
    Ok(cards)
}

fn shipped_card(stock: &DatasetCache, name: &str) -> Result<ModelInfo> {
    let reference = ModelRef::Bundled(name.to_string());
    let ModelMetadata {
        model,
        preprocess,
        objective,
        data,
        ..
    } = bundled::metadata(name)?;
    Ok(ModelInfo {
        ready: stock.model(&reference).is_ok(),
        reference,
        label: name.to_string(),
        kind: model.kind,
        code_size: model.code_size,
        faces: FaceSpec {
            size: model.size,
            preprocess,
        },
        objective,
        data: data.title,
    })
}
