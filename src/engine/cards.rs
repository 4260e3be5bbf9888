//! The models there are to choose from.

use crate::dataset::{FaceSpec, Noise};
use crate::engine::stock::Stock;
use crate::engine::{ModelCard, ModelRef};
use crate::error::Result;
use crate::models::saved::Description;
use crate::models::{ModelKind, Pca, shipped};
use crate::runs;

/// Code sizes of PCA that are offered before anything was trained.
const PCA_SIZES: [u32; 4] = [32, 128, 256, 512];

/// Those that come with the program where they belong, fitted models, then runs
/// that have saved a model, newest first.
pub(super) fn list(stock: &Stock) -> Result<Vec<ModelCard>> {
    let faces = FaceSpec::default();
    let largest = Pca::largest_code(stock.dataset.pictures.len(), faces.size);
    let mut sizes: Vec<u32> = PCA_SIZES.iter().map(|&size| size.min(largest)).collect();
    sizes.dedup();
    let mut cards: Vec<ModelCard> = sizes
        .into_iter()
        .filter(|&size| size > 0)
        .map(|code_size| {
            let reference = ModelRef::Pca { code_size, faces };
            ModelCard {
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
        for (place, name) in shipped::names().enumerate() {
            cards.insert(place, shipped_card(stock, name)?);
        }
    }
    for run in runs::list(&stock.paths)? {
        let Ok(directory) = run.directory() else {
            continue;
        };
        let (Ok(spec), Ok(checkpoint)) = (directory.spec(), directory.model()) else {
            continue;
        };
        let reference = ModelRef::Run(run.id);
        stock.refresh_run(&reference, &checkpoint);
        cards.push(ModelCard {
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

fn shipped_card(stock: &Stock, name: &str) -> Result<ModelCard> {
    let reference = ModelRef::Shipped(name.to_string());
    let Description {
        model,
        preprocess,
        objective,
        data,
        ..
    } = shipped::description(name)?;
    Ok(ModelCard {
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
