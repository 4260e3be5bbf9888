//! `lfw-tui morph`: from one face to another through a model's codes.

use serde::Serialize;

use super::context::Context;
use super::nearest::{NearestFace, describe};
use super::origins::{self, FaceOrigin, origins_of};
use super::output;
use super::png::check_png;
use super::progress::with_progress;
use super::recipes::{Words, write_png};
use super::sharp::{SharpRequest, finished_by};
use crate::cli::{MorphArgs, Passes};
use crate::dataset::{Crop, Preprocess};
use crate::error::Result;
use crate::imaging::{side_by_side, to_image};
use crate::model_store::generate::Morph;
use crate::model_store::origin::KnownFaces;
use crate::model_store::pictures::QueryPicture;
use crate::model_store::recipe::{Recipe, UsedFace, UsedModel};

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
    /// 5th and 95th percentile of real faces' distances to their nearest other face.
    real_range: Option<(f32, f32)>,
    /// Whether each was made or remembered; none where both ends are files.
    origins: Vec<FaceOrigin>,
    /// The denoiser that finished the faces.
    #[serde(skip_serializing_if = "Option::is_none")]
    sharp: Option<String>,
    /// The largest difference of a code's number from the wanted one's, in standard deviations.
    #[serde(skip_serializing_if = "Option::is_none")]
    code_error: Option<f32>,
    output: String,
}

/// Runs the command.
///
/// # Errors
/// When the model, a face or the data set cannot be found, or the PNG not written.
pub(super) fn run(context: &Context, args: &MorphArgs) -> Result<()> {
    check_png(&args.output)?;
    let (dataset, known, model, a, b, morph) = with_progress(|watch| {
        let source = context.find_model(&args.model, watch)?;
        let choice = context.data_choice(args.data.as_deref());
        let dataset = source.dataset_for(choice, &[&args.a, &args.b], watch)?;
        let model = context.load_model(&source, dataset.as_ref(), &args.compute, watch)?;
        let a = QueryPicture::find(&args.a, dataset.as_ref(), &model)?;
        let b = QueryPicture::find(&args.b, dataset.as_ref(), &model)?;
        let paths = &context.paths;
        let morph = Morph::new(paths, dataset.as_ref(), &model, (&a, &b), args.steps, watch)?;
        let known = dataset
            .as_ref()
            .map(|dataset| KnownFaces::new(paths, dataset, &source, model.faces, watch))
            .transpose()?;
        Ok((dataset, known, model, a, b, morph))
    })?;
    let size = model.faces.size;
    // One number for all, so that neighbours share their noise.
    let items = vec![0; args.steps];
    let wanted = SharpRequest::new(&args.sharp, Passes::Auto, (args.seed, items));
    let sharp = wanted.finish(context, &model, &morph.codes, &args.compute)?;
    let code_error = match (&sharp, &morph.statistics) {
        (Some(sharp), Some(statistics)) => {
            Some(sharp.code_error(&model, &morph.codes, statistics)?)
        }
        _ => None,
    };
    let faces = sharp.as_ref().map_or(&morph.faces, |sharp| &sharp.faces);
    let frames: Vec<_> = faces.iter().map(|face| to_image(face, size)).collect();
    let sharp_name = sharp.as_ref().map(|sharp| sharp.denoiser.name.clone());
    let mut models = vec![UsedModel::new(&model, dataset.as_ref())];
    models.extend(sharp.as_ref().map(|sharp| sharp.denoiser.clone()));
    let words = args.words(sharp_name.as_deref());
    let ends = [&a, &b].map(UsedFace::new).to_vec();
    let recipe = Recipe::new((models, dataset.as_ref()), args.seed, ends, words);
    write_png(&args.output, &side_by_side(&frames)?, &recipe)?;
    let origins = match dataset.as_ref().zip(known.as_ref()) {
        Some((dataset, known)) => origins_of(known, dataset, faces)?,
        None => Vec::new(),
    };
    let nearest = dataset.iter().flat_map(|dataset| {
        let hits = morph.nearest.iter();
        hits.map(|hit| NearestFace::new(dataset, hit))
    });
    let report = Report {
        run: model.name.clone(),
        a: a.name,
        b: b.name,
        steps: args.steps,
        size,
        preprocess: model.faces.preprocess,
        crop: a.crop,
        nearest: nearest.collect(),
        real_range: morph.real_range,
        origins,
        sharp: sharp_name,
        code_error,
        output: args.output.display().to_string(),
    };
    if args.format.json {
        return output::json(&report);
    }
    output::line(format_args!(
        "{}: {} to {} in {} pictures by {}{}",
        report.output,
        report.a,
        report.b,
        report.steps,
        report.run,
        finished_by(report.sharp.as_deref())
    ))?;
    if let Some(range) = report.real_range {
        output::line(describe(&report.nearest, range))?;
    }
    match known {
        Some(known) => origins::print(&report.origins, known.has_unseen),
        None => Ok(()),
    }
}
