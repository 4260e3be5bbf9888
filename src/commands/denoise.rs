//! `lfw-tui denoise`: adds noise to a picture and removes it with a model.

use serde::Serialize;

use super::context::Context;
use super::output;
use super::png::{check_png, write_png};
use super::progress::with_progress;
use crate::cli::DenoiseArgs;
use crate::dataset::faces::describe_preprocess;
use crate::dataset::{Crop, Noise, Preprocess};
use crate::error::Result;
use crate::imaging::{encode_png, side_by_side, to_image};
use crate::model_store::denoise::{Quality, add_noise};
use crate::model_store::pictures::QueryPicture;
use crate::number_format;

/// What is printed.
#[derive(Serialize)]
struct Report {
    run: String,
    picture: String,
    noise: Noise,
    seed: u64,
    size: u32,
    preprocess: Preprocess,
    crop: Crop,
    noisy: Quality,
    denoised: Quality,
    output: String,
}

/// Runs the command.
///
/// # Errors
/// When the model, the picture or the data set cannot be found, or the PNG not
/// written.
pub(super) fn run(context: &Context, args: &DenoiseArgs) -> Result<()> {
    check_png(&args.output)?;
    let (model, original) = with_progress(|watch| {
        let source = context.find_model(&args.model, watch)?;
        let choice = context.data_choice(args.data.as_deref());
        let dataset = source.dataset_for(choice, &[&args.picture], watch)?;
        let model = context.load_model(&source, dataset.as_ref(), &args.compute, watch)?;
        let original = QueryPicture::find(&args.picture, dataset.as_ref(), &model)?;
        Ok((model, original))
    })?;
    let size = model.faces.size;
    let clean = original.values();
    let noisy = add_noise(&clean, size, args.noise, args.seed);
    let denoised = model.reconstruct(&noisy)?;

    let pictures = [&noisy, &denoised, &clean].map(|values| to_image(values, size));
    write_png(&args.output, &encode_png(&side_by_side(&pictures)?)?)?;
    let report = Report {
        run: model.name.clone(),
        picture: original.name,
        noise: args.noise,
        seed: args.seed,
        size,
        preprocess: model.faces.preprocess,
        crop: original.crop,
        noisy: Quality::of(&noisy, &clean, size),
        denoised: Quality::of(&denoised, &clean, size),
        output: args.output.display().to_string(),
    };
    if args.format.json {
        return output::json(&report);
    }
    output::line(format_args!(
        "{} under {} by {} ({size} × {size}, {})",
        report.picture,
        report.noise,
        report.run,
        describe_preprocess(report.preprocess, report.crop)
    ))?;
    for (label, quality) in [("noisy", &report.noisy), ("denoised", &report.denoised)] {
        output::line(format_args!(
            "{label:<9} PSNR {}  SSIM {}  mse {}",
            number_format::decibels(quality.psnr_db),
            number_format::ssim(quality.ssim),
            number_format::error(quality.mse)
        ))?;
    }
    output::line(format_args!("{}: noisy, denoised, clean", report.output))
}
