//! `lfw-tui eval`: evaluates a model on pictures that it has not seen, and models by how well they
//! tell people apart.

mod compare;
mod curve;
mod pictures;
mod verify;

use serde::Serialize;

use self::pictures::EvaluatedPictures;
use super::context::Context;
use super::judged::JudgeReport;
use super::output;
use super::progress::with_progress;
use crate::cli::{Against, EvalArgs};
use crate::dataset::{Crop, Noise};
use crate::error::{Error, Result};
use crate::generation::SamplerSettings;
use crate::model_store::data::HeldOutPictures;
use crate::model_store::judge::Drawing;
use crate::model_store::{LoadedModel, ModelSource};
use crate::models::ModelKind;
use crate::number_format;
use crate::training::{Scores, evaluate};

/// What is printed: the scores and everything that they depend on.
#[derive(Serialize)]
struct Evaluation {
    #[serde(flatten)]
    scores: Scores,
    run: String,
    id: Option<String>,
    model: ModelKind,
    code_size: u32,
    #[serde(flatten)]
    evaluated_on: EvaluatedPictures,
    /// What the model was trained on or fitted to.
    trained_on: String,
    trained_pictures: usize,
    noise: Noise,
    noise_seed: u64,
}

/// Runs the command.
///
/// # Errors
/// When the model or its data cannot be found, or the model has diverged; several models
/// without `--verify`.
pub(super) fn run(context: &Context, args: &EvalArgs) -> Result<()> {
    if args.verify {
        return verify::run(context, args);
    }
    let [run] = args.runs.as_slice() else {
        return Err(Error::Usage(
            "name one model; several are compared with --verify".to_string(),
        ));
    };
    let source = with_progress(|watch| ModelSource::from_name(&context.paths, run, watch))?;
    if args.curve {
        return curve::run(context, args, &source);
    }
    if let Some(count) = args.samples {
        return samples(context, args, &source, count);
    }
    let (model, held_out) = with_progress(|watch| {
        let choice = context.data_choice(args.data.as_deref());
        source.load_for_evaluation(choice, || context.open_device(&args.compute), watch)
    })?;
    if let Some(Against::Classical) = args.against {
        return compare::run(context, args, &source, model, held_out);
    }
    let noise = args.noise.unwrap_or(model.objective);
    let (faces, rows) = (&held_out.faces, &held_out.rows);
    let scores =
        with_progress(|watch| evaluate(model.network()?, faces, rows, noise, model.seed, watch))?
            .scores;
    model.check_error(scores.mse)?;
    let evaluation = Evaluation::new(&model, held_out, scores, noise);
    if args.format.json {
        return output::json(&evaluation);
    }
    print(&evaluation, args.data.is_some().then_some(model.crop))
}

/// Judges faces that the model makes.
fn samples(context: &Context, args: &EvalArgs, source: &ModelSource, count: usize) -> Result<()> {
    let drawing = Drawing {
        count,
        seed: 0,
        spread: 1.0,
        settings: SamplerSettings::default(),
    };
    let from = (args.data.as_deref(), &args.compute);
    let report = JudgeReport::new(context, source, from, drawing)?;
    if args.format.json {
        return output::json(&report);
    }
    report.print()
}

impl Evaluation {
    fn new(model: &LoadedModel, held_out: HeldOutPictures, scores: Scores, noise: Noise) -> Self {
        let spec = model.spec();
        Self {
            scores,
            run: model.name.clone(),
            id: model.id.clone(),
            model: spec.kind,
            code_size: spec.code_size,
            evaluated_on: EvaluatedPictures::new(model.faces, held_out),
            trained_on: model.trained_on.clone(),
            trained_pictures: model.trained_pictures,
            noise,
            noise_seed: model.seed,
        }
    }

    /// `trained on LFW, on 11909 pictures, crop none`.
    fn training(&self, training_crop: Crop) -> String {
        let verb = match self.model {
            ModelKind::Pca => "fitted to",
            _ => "trained on",
        };
        let crop = if training_crop == self.evaluated_on.crop {
            String::new()
        } else {
            format!(", crop {training_crop}")
        };
        let pictures = output::pluralize(self.trained_pictures, "picture");
        format!("{verb} {}, on {pictures}{crop}", self.trained_on)
    }
}

/// Prints the evaluation; `training_crop` where it is on other data than the model's.
fn print(evaluation: &Evaluation, training_crop: Option<Crop>) -> Result<()> {
    let scores = &evaluation.scores;
    output::line(format_args!(
        "{}  {} code {} · {}",
        evaluation.run,
        evaluation.model,
        evaluation.code_size,
        evaluation.evaluated_on.describe(scores.pictures),
    ))?;
    if let Some(crop) = training_crop {
        output::line(evaluation.training(crop))?;
    }
    if let (Some(mse), Some(psnr), Some(ssim)) =
        (scores.noisy_mse, scores.noisy_psnr_db, scores.noisy_ssim)
    {
        output::line(format_args!(
            "noisy     mse {}  PSNR {}  SSIM {}  ({})",
            number_format::error(mse),
            number_format::decibels(psnr),
            number_format::ssim(ssim),
            evaluation.noise,
        ))?;
    }
    output::line(format_args!(
        "rebuilt   mse {}  PSNR {}  SSIM {}",
        number_format::error(scores.mse),
        number_format::decibels(scores.psnr_db),
        number_format::ssim(scores.ssim),
    ))
}
