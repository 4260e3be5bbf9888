//! `lfw-tui eval --against classical`: the model and the methods that it has to
//! beat.

use std::sync::Arc;

use serde::Serialize;

use super::pictures::EvaluatedPictures;
use crate::cli::EvalArgs;
use crate::commands::context::Context;
use crate::commands::output;
use crate::commands::progress::with_progress;
use crate::dataset::Noise;
use crate::display::padded;
use crate::error::Result;
use crate::model_store::compare::{DenoiserComparison, NoiseComparison};
use crate::model_store::data::HeldOutPictures;
use crate::model_store::{LoadedModel, ModelSource};
use crate::number_format;

/// Levels of Gaussian noise that are compared where `--noise` names none.
const DEFAULT_SIGMAS: [f32; 6] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5];

/// What is printed.
#[derive(Serialize)]
struct Comparison {
    run: String,
    id: Option<String>,
    #[serde(flatten)]
    evaluated_on: EvaluatedPictures,
    trained_on: String,
    pictures: usize,
    noise_seed: u64,
    /// The Wiener filter's components; fewer pictures determine fewer.
    wiener_components: u32,
    noises: Vec<NoiseComparison>,
}

/// Runs the comparison.
///
/// # Errors
/// When the training data cannot be read, or the model has diverged.
pub(super) fn run(
    context: &Context,
    args: &EvalArgs,
    source: &ModelSource,
    model: LoadedModel,
    held_out: HeldOutPictures,
) -> Result<()> {
    let model = Arc::new(model);
    let noises = match args.noise {
        Some(noise) => vec![noise],
        None => DEFAULT_SIGMAS.map(Noise::Gaussian).to_vec(),
    };
    let (own, wiener_components, noises) = with_progress(|watch| {
        let choice = context.data_choice(args.data.as_deref());
        let (own, rows) = source.training_rows(choice, watch)?;
        let paths = &context.paths;
        let comparison = DenoiserComparison::fit(paths, &own, &rows, model.clone(), watch)?;
        let noises = comparison.compare(&held_out, &noises, watch)?;
        Ok((own, comparison.wiener_components, noises))
    })?;
    let comparison = Comparison {
        run: model.name.clone(),
        id: model.id.clone(),
        pictures: held_out.rows.len(),
        evaluated_on: EvaluatedPictures::new(model.faces, held_out),
        trained_on: own.title,
        noise_seed: model.seed,
        wiener_components,
        noises,
    };
    if args.format.json {
        output::json(&comparison)
    } else {
        print(&comparison)
    }
}

fn print(comparison: &Comparison) -> Result<()> {
    output::line(format_args!(
        "{} · {}",
        comparison.run,
        comparison.evaluated_on.describe(comparison.pictures),
    ))?;
    if comparison.evaluated_on.data != comparison.trained_on {
        output::line(format_args!(
            "trained, fitted and tuned on {}",
            comparison.trained_on
        ))?;
    }
    for under in &comparison.noises {
        output::line(format_args!(
            "\n{:<20} mse      PSNR      SSIM",
            under.noise.to_string()
        ))?;
        for row in &under.methods {
            output::line(format_args!(
                "  {} {:>7}  {:>8}  {}",
                padded(&row.method, 17),
                number_format::error(row.quality.mse),
                number_format::decibels(row.quality.psnr_db),
                number_format::ssim(row.quality.ssim)
            ))?;
        }
    }
    Ok(())
}
