//! `lfw-tui sample`: new faces, from codes drawn from the distribution of a data
//! set's codes; or one face along a direction.

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
use crate::dataset::{Crop, Dataset, Preprocess};
use crate::error::{Error, Result};
use crate::imaging::{contact_sheet, row_or_sheet, to_image};
use crate::latent::Codes;
use crate::model_store::codes::CodeDistribution;
use crate::model_store::generate::{decode_faces, nearest_real_faces};
use crate::model_store::origin::KnownFaces;
use crate::model_store::pictures::QueryPicture;
use crate::model_store::recipe::{Recipe, UsedFace, UsedModel};
use crate::model_store::way::Way;
use crate::model_store::{EncodedFaces, ModelSource};
use crate::search::Measure;

/// What is printed.
#[derive(Serialize)]
struct Report {
    run: String,
    data: String,
    seed: u64,
    /// Of new faces.
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<f32>,
    /// The axis or attribute that the faces lie along.
    #[serde(skip_serializing_if = "Option::is_none")]
    along: Option<String>,
    /// The face in the middle; none for the mean face, and for new faces.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
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

/// Whose codes are drawn from, and what made faces are compared with.
struct Loaded {
    dataset: Dataset,
    real: EncodedFaces,
    known: KnownFaces,
    distribution: CodeDistribution,
    /// The face of `--from`.
    from: Option<QueryPicture>,
}

impl Loaded {
    /// The codes of the faces to make.
    fn codes(&self, args: &SampleArgs, way: Option<&Way>) -> Result<Codes> {
        let Some(way) = way else {
            let statistics = &self.distribution.statistics;
            return Ok(statistics.sample(args.spread, args.count, args.seed));
        };
        let code = |from: &QueryPicture| self.real.code_of(&from.reference(), &from.bytes);
        let code = self.from.as_ref().map(code).transpose()?;
        let known = (&self.dataset, &self.real, &self.distribution);
        let reach = (args.reach, args.count);
        with_progress(|watch| way.codes(known, code.as_deref(), reach, watch))
    }
}

fn load(context: &Context, args: &SampleArgs, source: &ModelSource) -> Result<Loaded> {
    with_progress(|watch| {
        let dataset = source.dataset(context.data_choice(args.data.as_deref()), watch)?;
        let model = context.load_model(source, Some(&dataset), &args.compute, watch)?;
        let from = args.from.as_ref();
        let from = from.map(|name| QueryPicture::find(name, Some(&dataset), &model));
        let from = from.transpose()?;
        let paths = &context.paths;
        let real = EncodedFaces::new(paths, &dataset, model, Measure::default(), watch)?;
        let known = KnownFaces::new(paths, &dataset, source, real.model.faces, watch)?;
        Ok(Loaded {
            distribution: CodeDistribution::new(&real.codes, &real.index)?,
            dataset,
            real,
            known,
            from,
        })
    })
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
    let way = way(args)?;
    let loaded = load(context, args, &source)?;
    let codes = loaded.codes(args, way.as_ref())?;
    let Loaded {
        dataset,
        real,
        known,
        distribution,
        from,
    } = loaded;
    let model = &real.model;
    let size = model.faces.size;
    let items = match &way {
        // One number for all, so that neighbours share their noise.
        Some(_) => vec![0; args.count],
        None => (0..args.count as u64).collect(),
    };
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
        spread: way.is_none().then_some(args.spread),
        along: way.as_ref().map(|way| way.name(&dataset)).transpose()?,
        from: from.as_ref().map(|from| from.name.clone()),
        size,
        preprocess: model.faces.preprocess,
        crop: dataset.crop(),
        output: args.output.display().to_string(),
        judged: judge(context, args, &source)?,
    };
    let mut models = vec![UsedModel::new(model, Some(&dataset))];
    models.extend(sharp.map(|sharp| sharp.denoiser));
    let words = args.words(report.sharp.as_deref());
    let used = from.as_ref().map(UsedFace::new).into_iter().collect();
    let recipe = Recipe::new((models, Some(&dataset)), args.seed, used, words);
    let sheet = match way {
        Some(_) => row_or_sheet(&faces)?,
        None => contact_sheet(&faces, COLUMNS)?,
    };
    write_png(&args.output, &sheet, &recipe)?;
    if args.format.json {
        return output::json(&report);
    }
    report.print(args.count)?;
    origins::print(&report.origins, known.has_unseen)?;
    report.judged.iter().try_for_each(JudgeReport::print)
}

impl Report {
    fn print(&self, count: usize) -> Result<()> {
        let (run, data) = (&self.run, &self.data);
        let what = match &self.along {
            Some(along) => {
                let from = self.from.as_deref().unwrap_or("the mean face");
                format!("{from} along {along} in {count} pictures by {run}")
            }
            None => format!("{count} new faces by {run}, drawn from the codes of {data}"),
        };
        output::line(format_args!(
            "{}: {what}{}",
            self.output,
            finished_by(self.sharp.as_deref())
        ))?;
        output::line(describe(&self.nearest, self.real_range))
    }
}

/// What `--axis` and `--direction` ask for.
fn way(args: &SampleArgs) -> Result<Option<Way>> {
    let axis = args.axis.map(|axis| Way::Axis(axis - 1));
    let way = axis.or_else(|| args.direction.clone().map(Way::Attribute));
    if way.is_none() && args.from.is_some() {
        return Err(Error::Usage(
            "--from is for --axis and --direction: it names the face in the middle".to_string(),
        ));
    }
    Ok(way)
}
