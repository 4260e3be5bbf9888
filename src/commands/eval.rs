//! `lfw-tui eval`: judges a model on pictures that it has not seen.

use serde::Serialize;

use super::Context;
use super::compare;
use super::model_arg::{LoadedModel, NamedModel, with_progress};
use super::output;
use crate::cli::{Against, EvalArgs};
use crate::dataset::faces::describe_preprocess;
use crate::dataset::{Crop, Noise, Preprocess};
use crate::error::{Error, Result};
use crate::models::ModelKind;
use crate::number_format;
use crate::runs::code_size_curve::{Point, code_size_curve};
use crate::training::metrics::psnr_db;
use crate::training::{Scores, evaluate};

/// What is printed: the figures and everything that they depend on.
#[derive(Serialize)]
struct Evaluation {
    #[serde(flatten)]
    scores: Scores,
    run: String,
    id: Option<String>,
    model: ModelKind,
    code_size: u32,
    size: u32,
    preprocess: Preprocess,
    crop: Crop,
    data: String,
    split: String,
    /// What the model was trained on or fitted to.
    trained_on: String,
    trained_pictures: usize,
    noise: Noise,
    noise_seed: u64,
}

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(context: &Context, args: &EvalArgs) -> Result<()> {
    let device = context.device(args.device.as_deref());
    let named = NamedModel::find(context, &args.run)?;
    if args.curve {
        return curve(context, args, &named);
    }
    let (subject, judged) = named.load_for_evaluation(context, args.data.as_deref(), device)?;
    if let Some(Against::Classical) = args.against {
        return compare::run(context, args, &named, &subject, &judged);
    }
    let noise = args.noise.unwrap_or(subject.objective);
    let model = subject.model.as_ref();
    let scores = with_progress(|watch| {
        evaluate(
            model,
            &judged.faces,
            &judged.rows,
            noise,
            subject.seed,
            watch,
        )
    })?;
    check_finite(&subject, scores.mse)?;
    let spec = model.spec();
    let evaluation = Evaluation {
        scores,
        run: subject.name.clone(),
        id: subject.id.clone(),
        model: spec.kind,
        code_size: spec.code_size,
        size: spec.size,
        preprocess: subject.faces.preprocess,
        crop: judged.faces.crop(),
        data: judged.data,
        split: judged.split,
        trained_on: subject.trained_on.clone(),
        trained_pictures: subject.trained_pictures,
        noise,
        noise_seed: subject.seed,
    };
    if args.json {
        return output::json(&evaluation);
    }
    output::line(format_args!(
        "{}  {} code {} · {} × {} {} · {} of {} ({})",
        evaluation.run,
        evaluation.model,
        evaluation.code_size,
        evaluation.size,
        evaluation.size,
        describe_preprocess(evaluation.preprocess, evaluation.crop),
        output::pluralize(scores.pictures, "picture"),
        evaluation.data,
        evaluation.split,
    ))?;
    if args.data.is_some() {
        output::line(format_args!(
            "{} {}, on {}{}",
            if spec.kind == ModelKind::Pca {
                "fitted to"
            } else {
                "trained on"
            },
            evaluation.trained_on,
            output::pluralize(evaluation.trained_pictures, "picture"),
            if subject.crop == evaluation.crop {
                String::new()
            } else {
                format!(", crop {}", subject.crop)
            },
        ))?;
    }
    if let (Some(mse), Some(psnr), Some(ssim)) =
        (scores.noisy_mse, scores.noisy_psnr_db, scores.noisy_ssim)
    {
        output::line(format_args!(
            "noisy     mse {}  PSNR {}  SSIM {}  ({noise})",
            number_format::error(mse),
            number_format::decibels(psnr),
            number_format::ssim(ssim),
        ))?;
    }
    output::line(format_args!(
        "rebuilt   mse {}  PSNR {}  SSIM {}",
        number_format::error(scores.mse),
        number_format::decibels(scores.psnr_db),
        number_format::ssim(scores.ssim),
    ))
}

/// A model that diverged has no figures.
///
/// # Errors
/// When its error is not finite.
pub(super) fn check_finite(subject: &LoadedModel, mse: f64) -> Result<()> {
    if mse.is_finite() {
        Ok(())
    } else {
        Err(Error::invalid(
            &subject.name,
            "rebuilds pictures with an error that is not finite: it diverged; \
         train it again with a lower rate",
        ))
    }
}

/// Error against code size.
fn curve(context: &Context, args: &EvalArgs, named: &NamedModel) -> Result<()> {
    let NamedModel::Run(run, _) = named else {
        return Err(Error::Usage(format!(
            "--curve: {} is no run; name one whose held-out pictures are to judge",
            args.run
        )));
    };
    let curve = with_progress(|watch| code_size_curve(&context.paths, run, watch))?;
    if args.json {
        return output::json(&curve);
    }
    output::line(format_args!(
        "{} × {} {} · {} of {}",
        curve.size,
        curve.size,
        describe_preprocess(curve.preprocess, curve.crop),
        output::pluralize(curve.pictures, "held-out picture"),
        curve.data,
    ))?;
    output::line("code  mse      PSNR")?;
    let mut rows: Vec<(Point, String)> = curve
        .pca
        .iter()
        .map(|&point| (point, "exact PCA".to_string()))
        .collect();
    rows.extend(curve.runs.into_iter().map(|run| {
        let words = format!("{} ({}, {})", run.name, run.model, run.id);
        (run.point, words)
    }));
    rows.sort_by(|(a, _), (b, _)| {
        let by_size = a.code_size.cmp(&b.code_size);
        by_size.then(a.mse.total_cmp(&b.mse))
    });
    for (point, words) in rows {
        output::line(format_args!(
            "{:>4}  {:>7}  {:>8}  {words}",
            point.code_size,
            number_format::error(point.mse),
            number_format::decibels(psnr_db(point.mse)),
        ))?;
    }
    Ok(())
}
