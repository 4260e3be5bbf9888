//! `lfw-tui sample`: new faces, from codes drawn as a data set's own are spread.

use serde::Serialize;

use super::Context;
use super::model_arg::{NamedModel, check_png, write_png};
use super::nearest::{EncodedFaces, NearestFace, describe};
use super::output;
use crate::cli::SampleArgs;
use crate::dataset::{Crop, Preprocess};
use crate::error::Result;
use crate::imaging::{contact_sheet, encode_png, to_image};
use crate::latent::{CodeStatistics, decode_all};

/// Pictures in a row of the sheet.
const COLUMNS: usize = 8;

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
    nearest: Vec<NearestFace>,
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
    let named = NamedModel::find(context, &args.run)?;
    let dataset = named.dataset(context, args.data.as_deref())?;
    let subject = named.load(context, Some(&dataset), device)?;
    let real = EncodedFaces::of(context, &subject, &dataset)?;
    let codes = CodeStatistics::fit(&real.codes)?.sample(args.spread, args.count, args.seed);
    let size = subject.faces.size;
    let decoded = decode_all(subject.model.as_ref(), &codes)?;
    let faces: Vec<_> = decoded
        .chunks_exact(subject.model.spec().values())
        .map(|values| to_image(values, size))
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
    write_png(&args.output, &encode_png(&contact_sheet(&faces, COLUMNS)?)?)?;
    if args.json {
        return output::json(&report);
    }
    output::line(format_args!(
        "{}: {} new faces by {}, drawn from the codes of {}",
        report.output, args.count, report.run, report.data
    ))?;
    output::line(describe(&report.nearest, report.real_range))
}
