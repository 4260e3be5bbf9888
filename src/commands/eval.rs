//! `lfw-tui eval`: judges a model on pictures that it has not seen.

use serde::Serialize;

use super::Context;
use super::against;
use super::output;
use super::subject::{Named, watched};
use crate::cli::{Against, EvalArgs};
use crate::dataset::{Noise, Preprocess};
use crate::error::Result;
use crate::models::ModelKind;
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
    data: String,
    split: String,
    noise: Noise,
    noise_seed: u64,
}

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(context: &Context, args: &EvalArgs) -> Result<()> {
    let device = context.device(args.device.as_deref());
    let named = Named::find(context, &args.run)?;
    let (subject, judged) = named.to_judge(context, args.data.as_deref(), device)?;
    if let Some(Against::Classical) = args.against {
        return against::run(context, args, &named, &subject, &judged);
    }
    let noise = args.noise.unwrap_or(subject.objective);
    let model = subject.model.as_ref();
    let scores = watched(|watch| {
        evaluate(
            model,
            &judged.faces,
            &judged.rows,
            noise,
            subject.seed,
            watch,
        )
    })?;
    let spec = model.spec();
    let evaluation = Evaluation {
        scores,
        run: subject.name.clone(),
        id: subject.id.clone(),
        model: spec.kind,
        code_size: spec.code_size,
        size: spec.size,
        preprocess: subject.faces.preprocess,
        data: judged.data,
        split: judged.split,
        noise,
        noise_seed: subject.seed,
    };
    if args.json {
        return output::json(&evaluation);
    }
    output::line(format_args!(
        "{}  {} code {} · {} × {} {} · {} pictures of {} ({})",
        evaluation.run,
        evaluation.model,
        evaluation.code_size,
        evaluation.size,
        evaluation.size,
        evaluation.preprocess,
        scores.pictures,
        evaluation.data,
        evaluation.split,
    ))?;
    if let (Some(mse), Some(psnr), Some(ssim)) =
        (scores.noisy_mse, scores.noisy_psnr_db, scores.noisy_ssim)
    {
        output::line(format_args!(
            "noisy     mse {mse:.5}  PSNR {psnr:.2} dB  SSIM {ssim:.4}  ({noise})"
        ))?;
    }
    output::line(format_args!(
        "rebuilt   mse {:.5}  PSNR {:.2} dB  SSIM {:.4}",
        scores.mse, scores.psnr_db, scores.ssim
    ))
}
