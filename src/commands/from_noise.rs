//! `lfw-tui sample DENOISER`: faces that rise from noise.

use image::RgbImage;
use serde::Serialize;

use super::context::Context;
use super::judged::{JudgeReport, judge};
use super::origins::{self, FaceOrigin, origins_of};
use super::output;
use super::passes::settings;
use super::png::{PictureKind, picture_kind};
use super::progress::with_progress;
use super::recipes::{Words, write_gif, write_png};
use crate::cli::SampleArgs;
use crate::dataset::{Crop, FaceSpec, Preprocess};
use crate::error::{Error, Result};
use crate::generation::{Sampling, Start};
use crate::imaging::{contact_sheet, encode_gif, face_grid, to_bytes, to_image};
use crate::model_store::ModelSource;
use crate::model_store::origin::KnownFaces;
use crate::model_store::recipe::{Recipe, UsedModel};

/// Pictures in a row of the sheet.
pub(super) const COLUMNS: usize = 8;
/// Pictures in a GIF, at most; of longer ways every second, third … pass is shown.
const MOST_FRAMES: usize = 60;
/// Side of a face in a GIF, about.
const GIF_SIDE: u32 = 128;
/// Pixels between faces in a GIF, before they are enlarged.
const GIF_GAP: u32 = 1;

/// What is printed.
#[derive(Serialize)]
struct Report {
    run: String,
    count: usize,
    seed: u64,
    /// Passes of the network that were made.
    steps: usize,
    size: u32,
    preprocess: Preprocess,
    crop: Crop,
    /// Whether each was made or remembered; none where the model's own data set is gone.
    origins: Vec<FaceOrigin>,
    output: String,
    /// Figures of more such faces.
    #[serde(skip_serializing_if = "Option::is_none")]
    judged: Option<JudgeReport>,
}

/// Draws faces from a denoiser's prior.
///
/// # Errors
/// When the model cannot be loaded or has diverged, or the file not be written.
pub(super) fn run(context: &Context, args: &SampleArgs, source: &ModelSource) -> Result<()> {
    let is_along = args.axis.is_some() || args.direction.is_some() || args.from.is_some();
    if args.sharp.sharp.is_some() || args.spread != 1.0 || args.data.is_some() || is_along {
        return Err(Error::Usage(
            "--sharp, --spread, --data, --axis, --direction and --from are for models with codes; \
             a denoiser draws from noise"
                .to_string(),
        ));
    }
    let kind = picture_kind(&args.output)?;
    let (model, made, frames, passes) = with_progress(|watch| {
        let model = context.load_model(source, None, &args.compute, watch)?;
        let items = (0..args.count as u64).collect();
        let settings = settings(args.steps);
        let draws = (args.seed, items);
        let network = model.model.network()?.clone();
        let mut sampling = Sampling::new(network, settings, draws, &Start::Prior, None)?;
        let every = sampling.expected_passes().div_ceil(MOST_FRAMES);
        let mut frames = Vec::new();
        sampling.finish_watched(watch, |sampling| {
            let shown = sampling.passes().is_multiple_of(every) || sampling.is_done();
            if kind == PictureKind::Gif && shown {
                frames.extend(frame(sampling, model.faces.size));
            }
        })?;
        let made: Vec<Vec<f32>> = sampling.pictures().map(<[f32]>::to_vec).collect();
        Ok((model, made, frames, sampling.passes()))
    })?;
    let faces: Vec<RgbImage> = made
        .iter()
        .map(|values| to_image(values, model.faces.size))
        .collect();
    let models = vec![UsedModel::new(&model, None)];
    let recipe = Recipe::new((models, None), args.seed, Vec::new(), args.words(None));
    match kind {
        PictureKind::Png => write_png(&args.output, &contact_sheet(&faces, COLUMNS)?, &recipe)?,
        PictureKind::Gif => {
            let gif = encode_gif(&frames, (GIF_SIDE / model.faces.size).max(1))?;
            write_gif(&args.output, gif, &recipe)?;
        }
    }
    let (origins, has_unseen) = find_origins(context, source, model.faces, &made)?;
    let report = Report {
        origins,
        judged: judge(context, args, source)?,
        run: model.name.clone(),
        count: args.count,
        seed: args.seed,
        steps: passes,
        size: model.faces.size,
        preprocess: model.faces.preprocess,
        crop: model.crop,
        output: args.output.display().to_string(),
    };
    if args.format.json {
        return output::json(&report);
    }
    output::line(format_args!(
        "{}: {} by {}, drawn from noise in {} passes",
        report.output,
        output::pluralize(report.count, "face"),
        report.run,
        report.steps
    ))?;
    if !report.origins.is_empty() {
        origins::print(&report.origins, has_unseen)?;
    }
    report.judged.iter().try_for_each(JudgeReport::print)
}

/// Whether faces were made or remembered, and whether that is held against unseen faces. A
/// denoiser needs no data set; where its own is gone, a note says so.
fn find_origins(
    context: &Context,
    source: &ModelSource,
    spec: FaceSpec,
    made: &[Vec<f32>],
) -> Result<(Vec<FaceOrigin>, bool)> {
    with_progress(|watch| {
        let dataset = match source.dataset(context.data_choice(None), watch) {
            Ok(dataset) => dataset,
            Err(error @ (Error::Cancelled | Error::Signal(_))) => return Err(error),
            Err(error) => {
                output::note(format!(
                    "cannot say whether the faces are new: {}",
                    error.reason()
                ));
                return Ok((Vec::new(), false));
            }
        };
        let known = KnownFaces::new(&context.paths, &dataset, source, spec, watch)?;
        Ok((origins_of(&known, &dataset, made)?, known.has_unseen))
    })
}

/// All pictures as they are now, in rows.
fn frame(sampling: &Sampling, size: u32) -> Option<RgbImage> {
    let faces: Vec<Vec<u8>> = sampling.pictures().map(to_bytes).collect();
    let rows: Vec<Vec<u8>> = faces.chunks(COLUMNS).map(<[_]>::concat).collect();
    let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
    face_grid(&rows, size, GIF_GAP)
}
