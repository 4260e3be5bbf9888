//! `lfw-tui denoise`: noise on a picture, and what a model makes of it.

use serde::Serialize;

use super::Context;
use super::model_arg::{NamedModel, check_png, find_picture, write_png};
use super::output;
use crate::cli::DenoiseArgs;
use crate::dataset::faces::describe_preprocess;
use crate::dataset::{Crop, Noise, Preprocess};
use crate::error::Result;
use crate::imaging::{encode_png, side_by_side, to_image};
use crate::latent::reconstruct;
use crate::number_format;
use crate::rng::{Purpose, generator};
use crate::training::metrics::{mse, psnr_db, ssim};

/// A version of the picture compared with the clean one.
#[derive(Serialize)]
struct Quality {
    mse: f64,
    /// Null when the two are equal.
    psnr_db: f64,
    ssim: f64,
}

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
/// When it could not be done.
pub fn run(context: &Context, args: &DenoiseArgs) -> Result<()> {
    check_png(&args.output)?;
    let device = context.device(args.device.as_deref());
    let named = NamedModel::find(context, &args.run)?;
    let dataset = named.dataset_for(context, args.data.as_deref(), &[&args.picture])?;
    let subject = named.load(context, dataset.as_ref(), device)?;
    let original = find_picture(&args.picture, dataset.as_ref(), &subject)?;
    let clean = original.values();
    let size = subject.faces.size;
    let side = size as usize;

    let mut noisy = clean.clone();
    let mut random = generator(args.seed, Purpose::Display, 0, 0);
    args.noise.apply(&mut noisy, side, &mut random);
    let denoised = reconstruct(subject.model.as_ref(), &noisy)?;

    let pictures = [&noisy, &denoised, &clean].map(|values| to_image(values, size));
    write_png(&args.output, &encode_png(&side_by_side(&pictures)?)?)?;
    let quality = |values: &[f32]| {
        let mse = mse(values, &clean);
        Quality {
            mse,
            psnr_db: psnr_db(mse),
            ssim: ssim(values, &clean, side),
        }
    };
    let report = Report {
        run: subject.name,
        picture: original.name,
        noise: args.noise,
        seed: args.seed,
        size,
        preprocess: subject.faces.preprocess,
        crop: original.crop,
        noisy: quality(&noisy),
        denoised: quality(&denoised),
        output: args.output.display().to_string(),
    };
    if args.json {
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
