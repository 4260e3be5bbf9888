//! Figures of the faces that a model makes, for `eval --samples` and `sample --judge`.

use serde::Serialize;

use super::context::Context;
use super::output;
use super::passes::settings;
use super::progress::with_progress;
use crate::cli::{DeviceArg, SampleArgs};
use crate::dataset::{FaceSpec, Preprocess};
use crate::display::padded;
use crate::error::{Error, Result};
use crate::generation::quality::Quality;
use crate::model_store::ModelSource;
use crate::model_store::judge::{Drawing, Judged, ModelToJudge};
use crate::number_format::{UNKNOWN, count, fit_width};

/// What is printed.
#[derive(Serialize)]
pub(super) struct JudgeReport {
    #[serde(flatten)]
    quality: Quality,
    run: String,
    id: Option<String>,
    seed: u64,
    spread: f32,
    size: u32,
    preprocess: Preprocess,
    /// The data set of the held-out faces, and which of its pictures they are.
    data: String,
    split: String,
    /// How many real faces were compared with.
    training_faces: usize,
    held_out_faces: usize,
    held_out_people: usize,
    /// Of them, those who are on training pictures too.
    known_people: usize,
    /// The same figures of real faces and of Gaussian draws, for the scale.
    references: Vec<Judged>,
    /// What to know about the figures.
    notes: Vec<String>,
}

/// Judges as many faces as `--judge` says, drawn in the same way.
///
/// # Errors
/// When the model has held no pictures out, or has diverged.
pub(super) fn judge(
    context: &Context,
    args: &SampleArgs,
    source: &ModelSource,
) -> Result<Option<JudgeReport>> {
    let Some(count) = args.judge else {
        return Ok(None);
    };
    if args.sharp.sharp.is_some() {
        return Err(Error::Usage(
            "--judge: judges what a model makes by itself; leave out --sharp".to_string(),
        ));
    }
    let drawing = Drawing {
        count,
        seed: args.seed,
        spread: args.spread,
        settings: settings(args.steps),
    };
    let from = (args.data.as_deref(), &args.compute);
    JudgeReport::new(context, source, from, drawing).map(Some)
}

impl JudgeReport {
    /// Draws faces from a model and judges them.
    ///
    /// # Errors
    /// When the model makes no faces or has diverged, or there are too few real ones.
    pub(super) fn new(
        context: &Context,
        source: &ModelSource,
        (data, device): (Option<&str>, &DeviceArg),
        drawing: Drawing,
    ) -> Result<Self> {
        with_progress(|watch| {
            let choice = context.data_choice(data);
            let open_device = || context.open_device(device);
            let judged = ModelToJudge::load(source, choice, open_device, watch)?;
            let samples = judged.draw(drawing, watch)?;
            let quality = judged.real.judge(&samples, watch)?;
            let references = judged.real.references(drawing.count, watch)?;
            let (training_faces, held_out_faces) = judged.real.counts();
            let FaceSpec { size, preprocess } = judged.model.faces;
            Ok(Self {
                quality,
                run: judged.model.name.clone(),
                id: judged.model.id.clone(),
                seed: drawing.seed,
                spread: drawing.spread,
                size,
                preprocess,
                training_faces,
                held_out_faces,
                held_out_people: judged.real.people,
                known_people: judged.real.known_people,
                notes: judged.real.caveats(drawing.count),
                data: judged.real.data,
                split: judged.real.split,
                references,
            })
        })
    }

    /// Prints a table with the references below the model.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub(super) fn print(&self) -> Result<()> {
        output::line(format_args!(
            "{} · {} × {} {} · {} samples beside {} held-out faces of {} ({}), trained on {}",
            self.run,
            self.size,
            self.size,
            self.preprocess,
            count(self.quality.samples as u64),
            count(self.held_out_faces as u64),
            self.data,
            self.split,
            count(self.training_faces as u64),
        ))?;
        let references = self.references.iter();
        let rows = std::iter::once((self.run.as_str(), &self.quality))
            .chain(references.map(|judged| (judged.name.as_str(), &judged.quality)));
        let rows: Vec<_> = rows.collect();
        let names = rows.iter().map(|(name, _)| crate::display::width(name));
        let widest = names.max().unwrap_or(0);
        output::line(format_args!(
            "{}  samples   pixels  texture  precision  recall  remembered  sharpness",
            padded("", widest)
        ))?;
        for (name, quality) in rows {
            let share = |value: f64| fit_width(value, 3, 5);
            output::line(format_args!(
                "{}  {:>7}  {:>7}  {:>7}  {:>9}  {:>6}  {:>10}  {:>9}",
                padded(name, widest),
                quality.samples,
                fit_width(quality.frechet_pixels, 2, 7),
                fit_width(quality.frechet_texture, 4, 7),
                share(quality.precision),
                share(quality.recall),
                quality.remembered.map_or(UNKNOWN.to_string(), share),
                fit_width(quality.sharpness, 2, 7),
            ))?;
        }
        self.print_notes();
        output::line(
            "pixels, texture: Fréchet distance to the held-out faces, 0 is best. remembered: 0.5 is \
             new, 1 is copied. sharpness: as a multiple of the held-out faces'",
        )
    }

    /// Prints what to know about the figures on standard error.
    pub(super) fn print_notes(&self) {
        for note in &self.notes {
            output::note(note);
        }
    }
}
