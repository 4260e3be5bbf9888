//! What a command works on: the model that RUN names, its data, and pictures
//! given as files or faces.

use std::path::Path;

use crate::commands::Context;
use crate::commands::output::{self, ProgressLine};
use crate::dataset::faces::{byte_to_value, crop_and_resize, decode};
use crate::dataset::split::HeldOut;
use crate::dataset::{self, Crop, Dataset, FaceSpec, Faces, Noise, Split};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::models::model_file::ModelMetadata;
use crate::models::{Autoencoder, BuiltIn, bundled, model_file, parse_built_in, pca_cache};
use crate::paths::replace_file;
use crate::progress::Watch;
use crate::runs::{self, RunDir};
use crate::training::TrainSpec;

/// What is held out of the data when `pca-32` and the like are judged.
const PCA_HELD_OUT: HeldOut = HeldOut::Pictures(0.1);
const PCA_SEED: u64 = 0;

/// A model and where it comes from.
pub struct LoadedModel {
    /// The run's name, or `pca-32`.
    pub name: String,
    /// The run's id; none for a fitted model.
    pub id: Option<String>,
    /// Ready to use.
    pub model: Box<dyn Autoencoder>,
    /// The pictures that it works on.
    pub faces: FaceSpec,
    /// The crop of those that it was trained on.
    pub crop: Crop,
    /// The noise that it learned to undo.
    pub objective: Noise,
    /// The run's seed.
    pub seed: u64,
    /// The title of the data set that it was trained on or fitted to.
    pub trained_on: String,
    /// How many of its pictures.
    pub trained_pictures: usize,
}

/// Pictures that a model did not see, and how they were chosen.
pub struct HeldOutPictures {
    /// The data set's title.
    pub data: String,
    /// All its faces.
    pub faces: Faces,
    /// Which of them judge.
    pub rows: Vec<usize>,
    /// `all`, `held-out 0.1 of the pictures`, `held-out 0.2 of the people`.
    pub split: String,
}

/// RUN, looked up but not loaded.
pub enum NamedModel {
    /// A training run.
    Run(RunDir, Box<TrainSpec>),
    /// `pca-N`, fitted when it is needed.
    Pca(u32),
    /// A model that comes with the program, for its sample.
    Bundled(&'static str, Box<ModelMetadata>),
}

/// Shows progress on standard error while `work` runs.
///
/// # Errors
/// Those of the work; `Cancelled` after a signal.
pub fn with_progress<T>(work: impl FnOnce(Watch) -> Result<T>) -> Result<T> {
    let mut line = ProgressLine::default();
    let done = work(&mut |progress| line.watch(progress))?;
    interrupt::check()?;
    Ok(done)
}

impl NamedModel {
    /// A model that is built in under exactly this name; else a run by name, id,
    /// prefix or `latest`.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn find(context: &Context, name: &str) -> Result<Self> {
        let paths = &context.paths;
        if let Some(built_in) = parse_built_in(name) {
            // Runs cannot be called so any more; one of an earlier time is told.
            if let Ok(Some(run)) = runs::find_exactly(paths, name) {
                output::note(format_args!(
                    "{name} is the model that is built in; the run that is called so is {}",
                    run.id()
                ));
            }
            return Ok(match built_in {
                BuiltIn::Pca(size) => Self::Pca(size),
                BuiltIn::Bundled(shipped) => {
                    Self::Bundled(shipped, Box::new(bundled::metadata(shipped)?))
                }
            });
        }
        let run = runs::find(paths, name).map_err(|error| match error {
            Error::NotFound { what, advice } if !name.contains('/') => {
                let shipped: Vec<&str> = bundled::names().collect();
                let more = format!(
                    "{advice}; pca-32 and the like, {} need none",
                    shipped.join(", ")
                );
                Error::not_found(what, more)
            }
            error => error,
        })?;
        let spec = run.spec()?;
        Ok(Self::Run(run, Box::new(spec)))
    }

    /// The data set that `--data` names, else the one that the run was trained
    /// on, else the one used last.
    ///
    /// # Errors
    /// When it is not there any more.
    pub fn dataset(&self, context: &Context, data: Option<&str>) -> Result<Dataset> {
        let paths = &context.paths;
        if data.is_some() {
            return with_progress(|watch| dataset::resolve(paths, data, watch));
        }
        match self {
            Self::Run(_, spec) => {
                let known = dataset::list(paths)?;
                let same = known
                    .iter()
                    .find(|known| known.fingerprint == spec.data.fingerprint);
                if let Some(same) = same {
                    let own = dataset::open(paths, &same.id)?;
                    return Ok(own.with_crop(spec.data.crop));
                }
                let data = Some(spec.data.data.as_str());
                let dataset = with_progress(|watch| dataset::resolve(paths, data, watch))?;
                if dataset.fingerprint != spec.data.fingerprint {
                    return Err(Error::invalid(
                        format!("data set {}", dataset.title),
                        "its pictures are not those that the run was trained on; say which to use with --data",
                    ));
                }
                Ok(dataset.with_crop(spec.data.crop))
            }
            Self::Bundled(..) => {
                with_progress(|watch| dataset::resolve(paths, Some("sample"), watch))
            }
            Self::Pca(_) => {
                let data = context.config.data.as_deref();
                with_progress(|watch| dataset::resolve(paths, data, watch))
            }
        }
    }

    /// As [`NamedModel::dataset`], unless nothing asks for it: a run with picture
    /// files only.
    ///
    /// # Errors
    /// As [`NamedModel::dataset`].
    pub fn dataset_for(
        &self,
        context: &Context,
        data: Option<&str>,
        pictures: &[&str],
    ) -> Result<Option<Dataset>> {
        let needed = data.is_some()
            || matches!(self, Self::Pca(_))
            || !pictures.iter().all(|picture| Path::new(picture).is_file());
        needed.then(|| self.dataset(context, data)).transpose()
    }

    /// Loads the run's model, or fits PCA to all pictures of `dataset`.
    ///
    /// # Errors
    /// When there is no checkpoint yet, or it is damaged.
    pub fn load(
        &self,
        context: &Context,
        dataset: Option<&Dataset>,
        device: &str,
    ) -> Result<LoadedModel> {
        match self {
            Self::Run(run, spec) => load_run(run, spec, device),
            Self::Pca(code_size) => {
                let dataset = dataset.ok_or_else(no_data)?;
                let rows = (0..dataset.pictures.len()).collect();
                Ok(fit_pca(context, dataset, rows, *code_size)?.0)
            }
            Self::Bundled(name, _) => load_bundled(name, device),
        }
    }

    /// The data set that the model was trained or fitted on, and which of its
    /// pictures, where it is judged on `data`.
    ///
    /// # Errors
    /// When it is not there any more.
    pub fn trained_on(
        &self,
        context: &Context,
        data: Option<&str>,
    ) -> Result<(Dataset, Vec<usize>)> {
        let own = self.dataset(context, None)?;
        let split = match self {
            Self::Pca(_) if data.is_some() => return Ok(with_all_rows(own)),
            Self::Run(_, spec) => spec.data.held_out.split(&own, spec.seed)?,
            Self::Pca(_) => PCA_HELD_OUT.split(&own, PCA_SEED)?,
            Self::Bundled(_, description) => {
                held_out_of(description).split(&own, description.seed)?
            }
        };
        Ok((own, split.training))
    }

    /// The model and the pictures to judge it on: all of `--data`, else those
    /// that were held out of the run's own.
    ///
    /// # Errors
    /// When there is no picture that it has not seen.
    pub fn load_for_evaluation(
        &self,
        context: &Context,
        data: Option<&str>,
        device: &str,
    ) -> Result<(LoadedModel, HeldOutPictures)> {
        let own = match (self, data) {
            // The run's own data need not be there to judge it on other.
            (Self::Run(..) | Self::Bundled(..), Some(_)) => None,
            _ => Some(self.dataset(context, None)?),
        };
        let other = match data {
            Some(_) => Some(self.dataset(context, data)?),
            None => None,
        };
        let subject = match (self, &own) {
            (Self::Pca(code_size), Some(own)) => {
                if other
                    .as_ref()
                    .is_some_and(|other| other.fingerprint == own.fingerprint)
                {
                    return Err(Error::invalid(
                        format!("pca-{code_size}"),
                        format!(
                            "is fitted to this very data set, {}; leave --data out to judge it on a \
                             held-out tenth",
                            own.title
                        ),
                    ));
                }
                let rows = match other {
                    Some(_) => (0..own.pictures.len()).collect(),
                    None => PCA_HELD_OUT.split(own, PCA_SEED)?.training,
                };
                fit_pca(context, own, rows, *code_size)?.0
            }
            (Self::Run(run, spec), _) => load_run(run, spec, device)?,
            (Self::Bundled(name, _), _) => load_bundled(name, device)?,
            (Self::Pca(_), None) => return Err(no_data()),
        };
        let dataset = match (&other, &own) {
            (Some(dataset), _) | (None, Some(dataset)) => dataset,
            (None, None) => return Err(no_data()),
        };
        let faces =
            with_progress(|watch| Faces::load(&context.paths, dataset, subject.faces, watch))?;
        let (rows, split) = if other.is_some() {
            ((0..faces.len()).collect(), "all".to_string())
        } else {
            let (held_out, seed) = match self {
                Self::Run(_, spec) => (spec.data.held_out, spec.seed),
                Self::Pca(_) => (PCA_HELD_OUT, PCA_SEED),
                Self::Bundled(_, description) => (held_out_of(description), description.seed),
            };
            let split: Split = held_out.split(dataset, seed)?;
            (split.held_out, describe(held_out))
        };
        if rows.is_empty() {
            return Err(Error::invalid(
                &subject.name,
                "held no pictures out; judge it on other pictures with --data",
            ));
        }
        let data = dataset.title.clone();
        let judged = HeldOutPictures {
            data,
            faces,
            rows,
            split,
        };
        Ok((subject, judged))
    }
}

fn with_all_rows(dataset: Dataset) -> (Dataset, Vec<usize>) {
    let rows = (0..dataset.pictures.len()).collect();
    (dataset, rows)
}

fn no_data() -> Error {
    Error::invalid("data", "none is open; say which with --data")
}

fn describe(held_out: HeldOut) -> String {
    match held_out {
        HeldOut::Pictures(share) => format!("held-out {share} of the pictures"),
        HeldOut::People(share) => format!("held-out {share} of the people"),
    }
}

fn load_run(run: &RunDir, spec: &TrainSpec, device: &str) -> Result<LoadedModel> {
    let (device, note) = crate::kernels::device::select(device)?;
    if let Some(note) = note {
        // Standard output is for results; the word of a missing GPU is not one.
        output::note(note);
    }
    let saved = model_file::load(&run.model_path()?, &device)?;
    Ok(LoadedModel {
        name: spec.name.clone(),
        id: Some(run.id()),
        model: saved.model,
        faces: saved.metadata.face_spec(),
        crop: saved.metadata.crop,
        objective: saved.metadata.objective,
        seed: saved.metadata.seed,
        trained_on: saved.metadata.data.title,
        trained_pictures: saved.metadata.data.pictures,
    })
}

fn held_out_of(description: &ModelMetadata) -> HeldOut {
    description.data.held_out.unwrap_or(PCA_HELD_OUT)
}

fn load_bundled(name: &str, device: &str) -> Result<LoadedModel> {
    let (device, note) = crate::kernels::device::select(device)?;
    if let Some(note) = note {
        output::note(note);
    }
    let saved = bundled::load(name, &device)?;
    Ok(LoadedModel {
        name: name.to_string(),
        id: None,
        model: saved.model,
        faces: saved.metadata.face_spec(),
        crop: saved.metadata.crop,
        objective: saved.metadata.objective,
        seed: saved.metadata.seed,
        trained_on: saved.metadata.data.title,
        trained_pictures: saved.metadata.data.pictures,
    })
}

fn fit_pca(
    context: &Context,
    dataset: &Dataset,
    rows: Vec<usize>,
    code_size: u32,
) -> Result<(LoadedModel, Faces)> {
    let spec = FaceSpec::default();
    let faces = with_progress(|watch| Faces::load(&context.paths, dataset, spec, watch))?;
    let paths = &context.paths;
    let pca = with_progress(|watch| {
        pca_cache::load_or_fit_on_dataset(paths, dataset, &faces, &rows, code_size, watch)
    })?;
    let subject = LoadedModel {
        name: format!("pca-{}", pca.spec().code_size),
        id: None,
        model: Box::new(pca),
        faces: spec,
        crop: faces.crop(),
        objective: Noise::None,
        seed: PCA_SEED,
        trained_on: dataset.title.clone(),
        trained_pictures: rows.len(),
    };
    Ok((subject, faces))
}

/// A picture as a model sees it.
pub struct QueryPicture {
    /// `[size, size, 3]`, RGB.
    pub bytes: Vec<u8>,
    /// A face's id, or the file's path.
    pub name: String,
    /// The row in the data set, for a face.
    pub row: Option<usize>,
    /// How it was cropped.
    pub crop: Crop,
}

/// A picture file, or a face of the data set, cropped as the data set's are; a
/// file without one as those that the model was trained on.
///
/// # Errors
/// When it is neither, or the file is no picture.
pub fn find_picture(
    text: &str,
    dataset: Option<&Dataset>,
    subject: &LoadedModel,
) -> Result<QueryPicture> {
    let path = Path::new(text);
    let (file, name, row) = if path.is_file() {
        (path.to_path_buf(), text.to_string(), None)
    } else if text.contains('/') {
        return Err(if path.exists() {
            Error::invalid(text, "is no picture file; name one, or a face")
        } else {
            Error::not_found(text, "there is no such picture file")
        });
    } else {
        let dataset = dataset.ok_or_else(no_data)?;
        let row = dataset
            .find_face(text)
            .map_err(|error| add_file_advice(text, error))?;
        (dataset.path(row), dataset.face_id(row), Some(row))
    };
    let crop = dataset.map_or(subject.crop, Dataset::crop);
    Ok(QueryPicture {
        bytes: crop_and_resize(&decode(&file)?, crop, subject.faces),
        name,
        row,
        crop,
    })
}

/// What was meant may have been a file as well.
fn add_file_advice(text: &str, error: Error) -> Error {
    match error {
        Error::NotFound { what, advice } if Path::new(text).is_dir() => {
            Error::not_found(what, format!("this is a folder here, and {advice}"))
        }
        Error::NotFound { what, advice } => {
            Error::not_found(what, format!("there is no such file here, and {advice}"))
        }
        error => error,
    }
}

impl QueryPicture {
    /// `[size, size, 3]`, −0.5 to 0.5.
    pub fn values(&self) -> Vec<f32> {
        self.bytes.iter().map(|&byte| byte_to_value(byte)).collect()
    }
}

/// Checks before any work that `-o` names a PNG.
///
/// # Errors
/// When it does not, or is a folder.
pub fn check_png(path: &Path) -> Result<()> {
    let is_png = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    if !is_png || path.is_dir() {
        return Err(Error::Usage(format!(
            "-o {}: is not the name of a PNG; write -o NAME.png",
            path.display()
        )));
    }
    Ok(())
}

/// Writes a PNG in place of what was there.
///
/// # Errors
/// Those of the file system.
pub fn write_png(path: &Path, png: &[u8]) -> Result<()> {
    let path = std::path::absolute(path).map_err(Error::io(path, "resolve"))?;
    replace_file(&path, png)
}
