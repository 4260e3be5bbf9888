//! `lfw-tui denoise`: adds noise to a picture and removes it with a model.

use serde::Serialize;

use super::context::Context;
use super::output;
use super::passes::settings;
use super::png::check_png;
use super::progress::with_progress;
use super::recipes::{Words, write_png};
use crate::cli::DenoiseArgs;
use crate::dataset::faces::describe_preprocess;
use crate::dataset::{Crop, Preprocess};
use crate::error::{Error, Result};
use crate::generation::constraint::Damage;
use crate::generation::{best_answer, mean_picture};
use crate::imaging::{side_by_side, to_image};
use crate::model_store::LoadedModel;
use crate::model_store::denoise::{Quality, answer};
use crate::model_store::draws::draw_faces;
use crate::model_store::pictures::QueryPicture;
use crate::model_store::recipe::{Recipe, UsedFace, UsedModel};
use crate::number_format;
use crate::progress::Watch;

/// What is printed.
#[derive(Serialize)]
struct Report {
    run: String,
    picture: String,
    noise: Damage,
    seed: u64,
    size: u32,
    preprocess: Preprocess,
    crop: Crop,
    noisy: Quality,
    denoised: Quality,
    /// Of each draw, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    draws: Vec<Quality>,
    /// Of the draws' mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_of_draws: Option<Quality>,
    output: String,
}

/// Runs the command.
///
/// # Errors
/// When the model, the picture or the data set cannot be found, or the PNG not
/// written.
pub(super) fn run(context: &Context, args: &DenoiseArgs) -> Result<()> {
    check_png(&args.output)?;
    let (dataset, model, original, damaged, denoised, drawn) = with_progress(|watch| {
        let source = context.find_model(&args.model, watch)?;
        if args.draws > 0 && !source.kind().is_blind_denoiser() {
            return Err(Error::Usage(format!(
                "--draws: {} gives one answer only; name a run of the preset denoiser",
                args.model.run
            )));
        }
        let choice = context.data_choice(args.data.as_deref());
        let dataset = source.dataset_for(choice, &[&args.picture], watch)?;
        let model = context.load_model(&source, dataset.as_ref(), &args.compute, watch)?;
        let original = QueryPicture::find(&args.picture, dataset.as_ref(), &model)?;
        let damaged = args
            .noise
            .apply(&original.values(), model.faces.size, args.seed)?;
        let denoised = if source.kind().is_blind_denoiser() {
            best_answer(model.model.network()?.clone(), args.noise, &damaged, watch)?
        } else {
            answer(&model, args.noise, &damaged)?
        };
        let drawn = draw(&model, args, &damaged, watch)?;
        Ok((dataset, model, original, damaged, denoised, drawn))
    })?;
    let size = model.faces.size;
    let clean = original.values();

    let mut pictures: Vec<&Vec<f32>> = if drawn.is_empty() {
        vec![&damaged, &denoised, &clean]
    } else {
        vec![&clean, &damaged, &denoised]
    };
    pictures.extend(&drawn);
    let pictures: Vec<_> = pictures
        .into_iter()
        .map(|values| to_image(values, size))
        .collect();
    let models = vec![UsedModel::new(&model, dataset.as_ref())];
    let faces = vec![UsedFace::new(&original)];
    let recipe = Recipe::new(
        (models, dataset.as_ref()),
        args.seed,
        faces,
        args.words(None),
    );
    write_png(&args.output, &side_by_side(&pictures)?, &recipe)?;
    let quality = |values: &Vec<f32>| Quality::of(values, &clean, size);
    let report = Report {
        run: model.name.clone(),
        picture: original.name,
        noise: args.noise,
        seed: args.seed,
        size,
        preprocess: model.faces.preprocess,
        crop: original.crop,
        noisy: quality(&damaged),
        denoised: quality(&denoised),
        draws: drawn.iter().map(quality).collect(),
        mean_of_draws: mean_picture(drawn.iter().map(Vec::as_slice))
            .as_ref()
            .map(quality),
        output: args.output.display().to_string(),
    };
    if args.format.json {
        return output::json(&report);
    }
    print(&report)
}

/// The draws, `[size, size, 3]` each.
fn draw(
    model: &LoadedModel,
    args: &DenoiseArgs,
    damaged: &[f32],
    watch: Watch,
) -> Result<Vec<Vec<f32>>> {
    if args.draws == 0 {
        return Ok(Vec::new());
    }
    let items = (0..args.draws as u64).collect();
    let draws = (args.seed, items);
    let settings = settings(args.steps);
    let mut sampling = draw_faces(model, settings, draws, args.noise, damaged)?;
    sampling.finish(watch)?;
    Ok(sampling.pictures().map(<[f32]>::to_vec).collect())
}

fn print(report: &Report) -> Result<()> {
    output::line(format_args!(
        "{} under {} by {} ({} × {}, {})",
        report.picture,
        report.noise,
        report.run,
        report.size,
        report.size,
        describe_preprocess(report.preprocess, report.crop)
    ))?;
    let line = |label: &str, quality: &Quality| {
        output::line(format_args!(
            "{label:<9} PSNR {}  SSIM {}  mse {}",
            number_format::decibels(quality.psnr_db),
            number_format::ssim(quality.ssim),
            number_format::error(quality.mse)
        ))
    };
    line("noisy", &report.noisy)?;
    line("denoised", &report.denoised)?;
    for (at, quality) in report.draws.iter().enumerate() {
        line(&format!("draw {}", at + 1), quality)?;
    }
    let Some(mean) = &report.mean_of_draws else {
        return output::line(format_args!("{}: noisy, denoised, clean", report.output));
    };
    line("mean", mean)?;
    output::line(
        "The denoised picture is about the mean of all faces that fit, which errs least and is \
         blurred where they differ; a draw is one of those faces, sharp, and errs up to twice as much.",
    )?;
    output::line(format_args!(
        "{}: clean, noisy, denoised, {}",
        report.output,
        output::pluralize(report.draws.len(), "draw")
    ))
}
