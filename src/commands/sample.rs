//! `lfw-tui sample`: new faces, from codes drawn from the distribution of a data
//! set's codes.

use serde::Serialize;

use super::context::Context;
use super::nearest::{NearestFace, describe};
use super::output;
use super::png::{check_png, write_png};
use super::progress::with_progress;
use crate::cli::SampleArgs;
use crate::dataset::{Crop, Preprocess};
use crate::error::Result;
use crate::imaging::{contact_sheet, encode_png, to_image};
use crate::model_store::EncodedFaces;
use crate::model_store::codes::CodeDistribution;
use crate::model_store::generate::{decode_faces, nearest_real_faces};
use crate::search::Measure;

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
    /// 5th and 95th percentile of real faces' distances to their nearest other face.
    real_range: (f32, f32),
    output: String,
}

/// Runs the command.
///
/// # Errors
/// When the model or the data set cannot be found, or the PNG not written.
pub(super) fn run(context: &Context, args: &SampleArgs) -> Result<()> {
    check_png(&args.output)?;
    let (dataset, real) = with_progress(|watch| {
        let source = context.find_model(&args.model, watch)?;
        let dataset = source.dataset(context.data_choice(args.data.as_deref()), watch)?;
        let model = context.load_model(&source, Some(&dataset), &args.compute, watch)?;
        let paths = &context.paths;
        let real = EncodedFaces::new(paths, &dataset, model, Measure::default(), watch)?;
        Ok((dataset, real))
    })?;
    let model = &real.model;
    let distribution = CodeDistribution::new(&real.codes, &real.index)?;
    let codes = distribution
        .statistics
        .sample(args.spread, args.count, args.seed);
    let size = model.faces.size;
    let faces: Vec<_> = decode_faces(model, &codes)?
        .iter()
        .map(|values| to_image(values, size))
        .collect();
    let nearest = nearest_real_faces(&real, &codes)?;
    let report = Report {
        nearest: nearest
            .iter()
            .map(|hit| NearestFace::new(&dataset, hit))
            .collect(),
        real_range: distribution.real_range,
        run: model.name.clone(),
        data: dataset.title.clone(),
        seed: args.seed,
        spread: args.spread,
        size,
        preprocess: model.faces.preprocess,
        crop: dataset.crop(),
        output: args.output.display().to_string(),
    };
    write_png(&args.output, &encode_png(&contact_sheet(&faces, COLUMNS)?)?)?;
    if args.format.json {
        return output::json(&report);
    }
    output::line(format_args!(
        "{}: {} new faces by {}, drawn from the codes of {}",
        report.output, args.count, report.run, report.data
    ))?;
    output::line(describe(&report.nearest, report.real_range))
}
