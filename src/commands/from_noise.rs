//! `lfw-tui sample DENOISER`: faces that rise from noise.

use image::RgbImage;
use serde::Serialize;

use super::context::Context;
use super::output;
use super::png::{PictureKind, picture_kind, write_file};
use super::progress::with_progress;
use crate::cli::{Passes, SampleArgs};
use crate::dataset::{Crop, Preprocess};
use crate::error::{Error, Result};
use crate::generation::{SamplerSettings, Sampling, Start};
use crate::imaging::{contact_sheet, encode_gif, encode_png, face_grid, to_bytes, to_image};
use crate::model_store::ModelSource;

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
    output: String,
}

/// The sampler's settings for `--steps`.
pub(super) fn settings(steps: Passes) -> SamplerSettings {
    match steps {
        Passes::Auto => SamplerSettings::default(),
        Passes::Count(passes) => SamplerSettings::default().with_passes(passes),
    }
}

/// Draws faces from a denoiser's prior.
///
/// # Errors
/// When the model cannot be loaded or has diverged, or the file not be written.
pub(super) fn run(context: &Context, args: &SampleArgs, source: &ModelSource) -> Result<()> {
    if args.sharp.sharp.is_some() || args.spread != 1.0 || args.data.is_some() {
        return Err(Error::Usage(
            "--sharp, --spread and --data are for models with codes; a denoiser draws from noise"
                .to_string(),
        ));
    }
    let kind = picture_kind(&args.output)?;
    let (model, faces, frames, passes) = with_progress(|watch| {
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
        let faces: Vec<RgbImage> = sampling
            .pictures()
            .map(|values| to_image(values, model.faces.size))
            .collect();
        Ok((model, faces, frames, sampling.passes()))
    })?;
    let file = match kind {
        PictureKind::Png => encode_png(&contact_sheet(&faces, COLUMNS)?)?,
        PictureKind::Gif => encode_gif(&frames, (GIF_SIDE / model.faces.size).max(1))?,
    };
    write_file(&args.output, &file)?;
    let report = Report {
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
    ))
}

/// All pictures as they are now, in rows.
fn frame(sampling: &Sampling, size: u32) -> Option<RgbImage> {
    let faces: Vec<Vec<u8>> = sampling.pictures().map(to_bytes).collect();
    let rows: Vec<Vec<u8>> = faces.chunks(COLUMNS).map(<[_]>::concat).collect();
    let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
    face_grid(&rows, size, GIF_GAP)
}
