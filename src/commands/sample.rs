//! `lfw-tui sample`: new faces, from codes drawn from the distribution of a data
//! set's codes.

use serde::Serialize;

use super::context::Context;
use super::from_noise::{self, COLUMNS};
use super::judged::{JudgeReport, judge};
use super::nearest::{NearestFace, describe};
use super::origins::{self, FaceOrigin, origins_of};
use super::output;
use super::png::{check_png, picture_kind};
use super::progress::with_progress;
use super::recipes::{Words, write_png};
use super::sharp::{SharpRequest, finished_by};
use crate::cli::{Passes, SampleArgs};
use crate::dataset::{Crop, Preprocess};
use crate::error::{Error, Result};
use crate::imaging::{contact_sheet, to_image};
use crate::model_store::EncodedFaces;
use crate::model_store::codes::CodeDistribution;
use crate::model_store::generate::{decode_faces, nearest_real_faces};
use crate::model_store::origin::KnownFaces;
use crate::model_store::recipe::{Recipe, UsedModel};
use crate::search::Measure;

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
    /// Whether each was made or remembered.
    origins: Vec<FaceOrigin>,
    /// The denoiser that finished the faces.
    #[serde(skip_serializing_if = "Option::is_none")]
    sharp: Option<String>,
    /// The largest difference of a code's number from the drawn one's, in standard deviations.
    #[serde(skip_serializing_if = "Option::is_none")]
    code_error: Option<f32>,
    output: String,
    /// Figures of more such faces.
    #[serde(skip_serializing_if = "Option::is_none")]
    judged: Option<JudgeReport>,
}

/// Runs the command.
///
/// # Errors
/// When the model or the data set cannot be found, or the PNG not written.
pub(super) fn run(context: &Context, args: &SampleArgs) -> Result<()> {
    picture_kind(&args.output)?;
    let source = with_progress(|watch| context.find_model(&args.model, watch))?;
    if source.kind().is_blind_denoiser() {
        return from_noise::run(context, args, &source);
    }
    check_png(&args.output)?;
    if args.steps != Passes::Auto && args.sharp.sharp.is_none() {
        return Err(Error::Usage(
            "--steps is for denoisers, and for --sharp".to_string(),
        ));
    }
    let (dataset, real, known) = with_progress(|watch| {
        let dataset = source.dataset(context.data_choice(args.data.as_deref()), watch)?;
        let model = context.load_model(&source, Some(&dataset), &args.compute, watch)?;
        let paths = &context.paths;
        let real = EncodedFaces::new(paths, &dataset, model, Measure::default(), watch)?;
        let known = KnownFaces::new(paths, &dataset, &source, real.model.faces, watch)?;
        Ok((dataset, real, known))
    })?;
    let model = &real.model;
    let distribution = CodeDistribution::new(&real.codes, &real.index)?;
    let codes = distribution
        .statistics
        .sample(args.spread, args.count, args.seed);
    let size = model.faces.size;
    let items = (0..args.count as u64).collect();
    let wanted = SharpRequest::new(&args.sharp, args.steps, (args.seed, items));
    let sharp = wanted.finish(context, model, &codes, &args.compute)?;
    let faces = match &sharp {
        Some(sharp) => sharp.faces.clone(),
        None => decode_faces(model, &codes)?,
    };
    let origins = origins_of(&known, &dataset, &faces)?;
    let faces: Vec<_> = faces.iter().map(|values| to_image(values, size)).collect();
    let nearest = nearest_real_faces(&real, &codes)?;
    let report = Report {
        nearest: nearest
            .iter()
            .map(|hit| NearestFace::new(&dataset, hit))
            .collect(),
        origins,
        real_range: distribution.real_range,
        sharp: sharp.as_ref().map(|sharp| sharp.denoiser.name.clone()),
        code_error: match &sharp {
            Some(sharp) => Some(sharp.code_error(model, &codes, &distribution.statistics)?),
            None => None,
        },
        run: model.name.clone(),
        data: dataset.title.clone(),
        seed: args.seed,
        spread: args.spread,
        size,
        preprocess: model.faces.preprocess,
        crop: dataset.crop(),
        output: args.output.display().to_string(),
        judged: judge(context, args, &source)?,
    };
    let mut models = vec![UsedModel::new(model, Some(&dataset))];
    models.extend(sharp.map(|sharp| sharp.denoiser));
    let words = args.words(report.sharp.as_deref());
    let recipe = Recipe::new((models, Some(&dataset)), args.seed, Vec::new(), words);
    write_png(&args.output, &contact_sheet(&faces, COLUMNS)?, &recipe)?;
    if args.format.json {
        return output::json(&report);
    }
    output::line(format_args!(
        "{}: {} new faces by {}, drawn from the codes of {}{}",
        report.output,
        args.count,
        report.run,
        report.data,
        finished_by(report.sharp.as_deref())
    ))?;
    output::line(describe(&report.nearest, report.real_range))?;
    origins::print(&report.origins, known.has_unseen)?;
    report.judged.iter().try_for_each(JudgeReport::print)
}
