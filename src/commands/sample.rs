//! `lfw-tui sample`: new faces, from codes drawn as a data set's own are spread.

use serde::Serialize;

use super::Context;
use super::nearest::{Nearest, RealFaces, in_words};
use super::output;
use super::subject::{Named, check_png, write_png};
use crate::cli::SampleArgs;
use crate::dataset::{Crop, Preprocess};
use crate::engine::{in_rows, shown};
use crate::error::Result;
use crate::latent::{CodeStatistics, decode_all};

/// Pictures in a row of the sheet.
const IN_A_ROW: usize = 8;

/// What is printed.
#[derive(Serialize)]
struct Report {
    run: String,
    data: String,
    seed: u64,
    spread: f32,
    size: u32,
    preprocess: Preprocess,
    crop: Crop,
    /// Of each picture, in order.
    nearest: Vec<Nearest>,
    /// 5th and 95th percentile of real faces' distances to their own nearest.
    real_range: (f32, f32),
    output: String,
}

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(context: &Context, args: &SampleArgs) -> Result<()> {
    check_png(&args.output)?;
    let device = context.device(args.device.as_deref());
    let named = Named::find(context, &args.run)?;
    let dataset = named.dataset(context, args.data.as_deref())?;
    let subject = named.load(context, Some(&dataset), device)?;
    let real = RealFaces::of(context, &subject, &dataset)?;
    let codes = CodeStatistics::of(&real.codes)?.sample(args.spread, args.count, args.seed);
    let size = subject.faces.size;
    let decoded = decode_all(subject.model.as_ref(), &codes)?;
    let faces: Vec<_> = decoded
        .chunks_exact(subject.model.spec().values())
        .map(|values| shown(values, size))
        .collect();
    let report = Report {
        nearest: real.nearest(&codes)?,
        real_range: real.spacing()?,
        run: subject.name,
        data: dataset.title.clone(),
        seed: args.seed,
        spread: args.spread,
        size,
        preprocess: subject.faces.preprocess,
        crop: dataset.crop(),
        output: args.output.display().to_string(),
    };
    write_png(&args.output, &in_rows(&faces, IN_A_ROW)?)?;
    if args.json {
        return output::json(&report);
    }
    output::line(format_args!(
        "{}: {} new faces by {}, drawn from the codes of {}",
        report.output, args.count, report.run, report.data
    ))?;
    output::line(in_words(&report.nearest, report.real_range))
}
