//! `lfw-tui morph`: from one face to another through a model's codes.

use serde::Serialize;

use super::Context;
use super::model_arg::{NamedModel, QueryPicture, check_png, find_picture, write_png};
use super::nearest::{EncodedFaces, NearestFace, describe};
use super::output;
use crate::cli::MorphArgs;
use crate::dataset::{Crop, Preprocess};
use crate::error::Result;
use crate::imaging::{encode_png, side_by_side, to_image};
use crate::latent::{decode_all, encode_one, morph};

/// What is printed.
#[derive(Serialize)]
struct Report {
    run: String,
    a: String,
    b: String,
    steps: usize,
    size: u32,
    preprocess: Preprocess,
    crop: Crop,
    /// Of each picture, in order; none where both ends are files.
    nearest: Vec<NearestFace>,
    /// 5th and 95th percentile of real faces' distances to their own nearest.
    real_range: Option<(f32, f32)>,
    output: String,
}

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(context: &Context, args: &MorphArgs) -> Result<()> {
    check_png(&args.output)?;
    let device = context.device(args.device.as_deref());
    let named = NamedModel::find(context, &args.run)?;
    let dataset = named.dataset_for(context, args.data.as_deref(), &[&args.a, &args.b])?;
    let subject = named.load(context, dataset.as_ref(), device)?;
    let model = subject.model.as_ref();
    let a = find_picture(&args.a, dataset.as_ref(), &subject)?;
    let b = find_picture(&args.b, dataset.as_ref(), &subject)?;
    let real = match &dataset {
        Some(dataset) => Some(EncodedFaces::of(context, &subject, dataset)?),
        None => None,
    };
    let code = |of: &QueryPicture| match &real {
        Some(real) => real.code_of(&subject, &of.bytes),
        None => encode_one(model, &of.values()),
    };
    let path = morph(&code(&a)?, &code(&b)?, args.steps)?;
    let size = subject.faces.size;
    let decoded = decode_all(model, &path)?;
    let frames: Vec<_> = decoded
        .chunks_exact(a.bytes.len())
        .map(|values| to_image(values, size))
        .collect();
    let (nearest, real_range) = match &real {
        Some(real) => (real.nearest(&path)?, Some(real.spacing()?)),
        None => (Vec::new(), None),
    };
    write_png(&args.output, &encode_png(&side_by_side(&frames)?)?)?;
    let report = Report {
        run: subject.name,
        a: a.name,
        b: b.name,
        steps: args.steps,
        size,
        preprocess: subject.faces.preprocess,
        crop: a.crop,
        nearest,
        real_range,
        output: args.output.display().to_string(),
    };
    if args.json {
        return output::json(&report);
    }
    output::line(format_args!(
        "{}: {} to {} in {} pictures by {}",
        report.output, report.a, report.b, report.steps, report.run
    ))?;
    match report.real_range {
        Some(range) => output::line(describe(&report.nearest, range)),
        None => Ok(()),
    }
}
