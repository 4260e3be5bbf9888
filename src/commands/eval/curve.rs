//! `lfw-tui eval --curve`: held-out error against code size.

use crate::cli::EvalArgs;
use crate::commands::context::Context;
use crate::commands::output;
use crate::commands::progress::with_progress;
use crate::dataset::faces::describe_preprocess;
use crate::error::{Error, Result};
use crate::model_store::ModelSource;
use crate::number_format;
use crate::runs::code_size_curve::{CodeSizeCurve, Point, code_size_curve};
use crate::training::metrics::psnr_db;

/// Runs the comparison of code sizes.
///
/// # Errors
/// When the model is not a run, or the run's pictures cannot be read.
pub(super) fn run(context: &Context, args: &EvalArgs, source: &ModelSource) -> Result<()> {
    let ModelSource::Run(run, _) = source else {
        return Err(Error::Usage(format!(
            "--curve: {} is not a run; name a run, whose held-out pictures are used",
            args.runs.join(" ")
        )));
    };
    let curve = with_progress(|watch| code_size_curve(&context.paths, run, watch))?;
    if args.format.json {
        output::json(&curve)
    } else {
        print(curve)
    }
}

fn print(curve: CodeSizeCurve) -> Result<()> {
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
        let label = format!("{} ({}, {})", run.name, run.model, run.id);
        (run.point, label)
    }));
    rows.sort_by(|(a, _), (b, _)| {
        let by_size = a.code_size.cmp(&b.code_size);
        by_size.then(a.mse.total_cmp(&b.mse))
    });
    for (point, label) in rows {
        output::line(format_args!(
            "{:>4}  {:>7}  {:>8}  {label}",
            point.code_size,
            number_format::error(point.mse),
            number_format::decibels(psnr_db(point.mse)),
        ))?;
    }
    Ok(())
}
