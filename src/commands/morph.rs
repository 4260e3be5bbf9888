//! `lfw-tui morph`: from one face to another through a model's codes, or between up to four.

use std::sync::Arc;

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
use crate::dataset::{Crop, Dataset, Preprocess};
use crate::error::{Error, Result};
use crate::imaging::{contact_sheet, side_by_side, to_image};
use crate::model_store::LoadedModel;
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
    /// The other corners of a square.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    more: Vec<String>,
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

/// Pictures on a side of a square, at most.
const MOST_ON_A_SIDE: usize = 16;

/// The faces of the codes, and what they were made from.
struct Made {
    dataset: Option<Dataset>,
    known: Option<KnownFaces>,
    model: Arc<LoadedModel>,
    ends: Vec<QueryPicture>,
    morph: Morph,
}

/// Finds the faces and the model, and decodes the codes between them.
fn make(context: &Context, args: &MorphArgs) -> Result<Made> {
    if !args.more.is_empty() && args.steps > MOST_ON_A_SIDE {
        return Err(Error::Usage(format!(
            "--steps {}: a square has at most {MOST_ON_A_SIDE} pictures on each side",
            args.steps
        )));
    }
    let named = [&args.a, &args.b].into_iter().chain(&args.more);
    let names: Vec<&str> = named.map(String::as_str).collect();
    with_progress(|watch| {
        let source = context.find_model(&args.model, watch)?;
        let choice = context.data_choice(args.data.as_deref());
        let dataset = source.dataset_for(choice, &names, watch)?;
        let model = context.load_model(&source, dataset.as_ref(), &args.compute, watch)?;
        let find = |name: &&str| QueryPicture::find(name, dataset.as_ref(), &model);
        let ends = names.iter().map(find).collect::<Result<Vec<_>>>()?;
        let paths = &context.paths;
        let morph = Morph::new(paths, dataset.as_ref(), &model, &ends, args.steps, watch)?;
        let known = dataset
            .as_ref()
            .map(|dataset| KnownFaces::new(paths, dataset, &source, model.faces, watch))
            .transpose()?;
        Ok(Made {
            dataset,
            known,
            model,
            ends,
            morph,
        })
    })
}

/// Runs the command.
///
/// # Errors
/// When the model, a face or the data set cannot be found, or the PNG not written.
pub(super) fn run(context: &Context, args: &MorphArgs) -> Result<()> {
    check_png(&args.output)?;
    let is_square = !args.more.is_empty();
    let Made {
        dataset,
        known,
        model,
        ends,
        morph,
    } = make(context, args)?;
    let size = model.faces.size;
    // One number for all, so that neighbours share their noise.
    let items = vec![0; morph.codes.rows];
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
    let used = ends.iter().map(UsedFace::new).collect();
    let recipe = Recipe::new((models, dataset.as_ref()), args.seed, used, words);
    let sheet = if is_square {
        contact_sheet(&frames, args.steps)?
    } else {
        side_by_side(&frames)?
    };
    write_png(&args.output, &sheet, &recipe)?;
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
        crop: ends.first().map_or(model.crop, |a| a.crop),
        a: named(&ends, 0),
        b: named(&ends, 1),
        more: ends.iter().skip(2).map(|end| end.name.clone()).collect(),
        steps: args.steps,
        size,
        preprocess: model.faces.preprocess,
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
    report.print()?;
    match known {
        Some(known) => origins::print(&report.origins, known.has_unseen),
        None => Ok(()),
    }
}

impl Report {
    fn print(&self) -> Result<()> {
        let (steps, a, b) = (self.steps, &self.a, &self.b);
        let way = if self.more.is_empty() {
            format!("{a} to {b} in {steps} pictures")
        } else {
            let more = self.more.join(", ");
            format!("{steps} × {steps} pictures between {a}, {b}, {more}")
        };
        output::line(format_args!(
            "{}: {way} by {}{}",
            self.output,
            self.run,
            finished_by(self.sharp.as_deref())
        ))?;
        match self.real_range {
            Some(range) => output::line(describe(&self.nearest, range)),
            None => Ok(()),
        }
    }
}

fn named(ends: &[QueryPicture], at: usize) -> String {
    ends.get(at).map_or(String::new(), |end| end.name.clone())
}
