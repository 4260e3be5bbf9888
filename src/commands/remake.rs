//! `lfw-tui remake`: makes a saved picture again, from the recipe in its file.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Parser;
use image::RgbImage;
use serde::Serialize;

use super::context::Context;
use super::output;
use super::progress::with_progress;
use super::{denoise, morph, sample};
use crate::cli::{Cli, Command, DeviceArg, ModelArg, RemakeArgs};
use crate::dataset::{self, Dataset, DatasetSummary};
use crate::engine::{Engine, Request, RequestId, ResponseBody};
use crate::error::{Error, Result};
use crate::imaging::{contact_sheet, row_or_sheet};
use crate::model_store::pictures::QueryPicture;
use crate::model_store::recipe::{Recipe, SCREEN, UsedData, UsedFace, UsedModel};
use crate::model_store::{LoadedModel, ModelSource};
use crate::paths::create_file;
use crate::progress::{Progress, Unit, Watch};

/// The largest file that is read: far more than any picture of this program.
const MOST_FILE_BYTES: u64 = 256 << 20;

/// The mode of pictures that `sample` made.
const SAMPLE: &str = "sample";

/// What is printed.
#[derive(Serialize)]
struct Report {
    file: String,
    output: String,
    mode: String,
    version: String,
    /// Whether the new file has the same bytes.
    identical: bool,
}

/// Runs the command.
///
/// # Errors
/// When the file has no recipe that can be read, a model, data set or picture is missing or has
/// changed, or the new file exists.
pub(super) fn run(context: &Context, args: &RemakeArgs) -> Result<()> {
    let what = args.file.display().to_string();
    let before = read_bounded(&args.file)?;
    let recipe = Recipe::of_file(&what, &before)?;
    let output_path = match &args.output {
        Some(path) if path.exists() => {
            return Err(Error::Usage(format!(
                "-o {}: already exists; choose another name, or remove it first",
                path.display()
            )));
        }
        Some(path) => path.clone(),
        None => free_name(&args.file),
    };
    let found = with_progress(|watch| check(context, &recipe, &args.compute, watch))?;
    if recipe.mode == SCREEN {
        let request = recipe.command.get(1).map(|text| serde_json::from_str(text));
        let Some(Ok(request)) = request else {
            return Err(unknown(&what, &recipe));
        };
        let device = args.compute.device.as_deref();
        let sheet = ask_engine(context, device, found.data.as_ref(), request)?;
        create_file(&absolute(&output_path)?, &recipe.png(&sheet)?)?;
    } else {
        match parse(&recipe, &found, (&output_path, args))? {
            Command::Sample(args) => sample::run(context, &args)?,
            Command::Morph(args) => morph::run(context, &args)?,
            Command::Denoise(args) => denoise::run(context, &args)?,
            _ => return Err(unknown(&what, &recipe)),
        }
    }
    let report = Report {
        identical: read_bounded(&output_path)? == before,
        file: what,
        output: output_path.display().to_string(),
        mode: recipe.mode,
        version: recipe.version,
    };
    if args.format.json {
        return output::json(&report);
    }
    output::line(match (report.identical, report.version.as_str()) {
        (true, _) => format!(
            "{}: the same as {}, bit for bit",
            report.output, report.file
        ),
        (false, env!("CARGO_PKG_VERSION")) => format!(
            "{}: made again, but not the same as {} bit for bit: another machine or device has \
             made it",
            report.output, report.file
        ),
        (false, version) => format!(
            "{}: made again, but not the same as {} bit for bit: version {version} has made it",
            report.output, report.file
        ),
    })
}

fn read_bounded(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(Error::io(path, "read"))?;
    let mut bytes = Vec::new();
    file.take(MOST_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::io(path, "read"))?;
    if bytes.len() as u64 > MOST_FILE_BYTES {
        return Err(Error::invalid(
            path.display(),
            "is too large to be a picture of this program",
        ));
    }
    Ok(bytes)
}

/// `new-remade.png`, `new-remade-2.png` beside `new.png`: the first that does not exist.
fn free_name(file: &Path) -> PathBuf {
    let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_owned();
    let name = |suffix: &str| {
        let mut name = part(file.file_stem());
        name.push("-remade");
        name.push(suffix);
        let mut path = file.with_file_name(name).into_os_string();
        if let Some(ending) = file.extension() {
            path.push(".");
            path.push(ending);
        }
        PathBuf::from(path)
    };
    let mut path = name("");
    for number in 2.. {
        if !path.exists() {
            break;
        }
        path = name(&format!("-{number}"));
    }
    path
}

/// The models and the data set of a recipe.
struct Found {
    /// What commands call the models.
    names: Vec<String>,
    data: Option<Dataset>,
    /// Whether the model finds the data set by itself.
    has_own_data: bool,
}

/// Finds the models and the data set, and checks that they and the faces are the same.
fn check(context: &Context, recipe: &Recipe, compute: &DeviceArg, watch: Watch) -> Result<Found> {
    let data = match &recipe.data {
        Some(data) => Some(find_data(context, data, watch)?),
        None => None,
    };
    let mut names = Vec::new();
    let mut has_own_data = false;
    for (at, used) in recipe.models.iter().enumerate() {
        let source = find_model(context, used, watch)?;
        // The denoiser of --sharp works on no data set.
        let is_on_data = at == 0 || recipe.mode == SCREEN;
        let data = data.as_ref().filter(|_| is_on_data);
        let model = context.load_model(&source, data, compute, watch)?;
        check_model(used, &model, data)?;
        if at == 0 {
            // A run finds its own data set, with its own crop.
            has_own_data = matches!((&source, &recipe.data), (ModelSource::Run(_, spec), Some(data))
                if spec.data.fingerprint == data.fingerprint);
            for face in &recipe.faces {
                check_face(face, data, &model)?;
            }
        }
        names.push(model.id.clone().unwrap_or_else(|| used.name.clone()));
    }
    Ok(Found {
        names,
        data,
        has_own_data,
    })
}

/// The data set with the same pictures, cropped as they were.
fn find_data(context: &Context, used: &UsedData, watch: Watch) -> Result<Dataset> {
    let known = dataset::list(&context.paths)?;
    let is_same = |known: &&DatasetSummary| known.fingerprint == used.fingerprint;
    let found = match known.iter().find(is_same) {
        Some(found) => Some(dataset::open(&context.paths, &found.id)?),
        // The sample is drawn when it is first used.
        None if used.is_sample => Some(dataset::resolve(
            &context.paths,
            Some(dataset::SAMPLE_NAME),
            watch,
        )?),
        None => None,
    };
    match found.filter(|found| found.fingerprint == used.fingerprint) {
        Some(found) => Ok(found.with_crop(used.crop)),
        None => Err(Error::not_found(
            format!("data set {}", used.title),
            "the picture was made from its faces; import the same pictures again with `lfw-tui \
             import`",
        )),
    }
}

fn find_model(context: &Context, used: &UsedModel, watch: Watch) -> Result<ModelSource> {
    let run = used.id.clone().unwrap_or_else(|| used.name.clone());
    context
        .find_model(&ModelArg { run }, watch)
        .map_err(|error| match error {
            Error::NotFound { .. } => Error::not_found(
                format!("model {}", used.name),
                "the picture was made by it; it was removed, or is on another machine",
            ),
            error => error,
        })
}

fn check_model(used: &UsedModel, model: &LoadedModel, data: Option<&Dataset>) -> Result<()> {
    if UsedModel::new(model, data).fingerprint == used.fingerprint {
        return Ok(());
    }
    Err(Error::invalid(
        format!("model {}", used.name),
        "is not as it was when the picture was made: it was trained further, or replaced",
    ))
}

fn check_face(used: &UsedFace, data: Option<&Dataset>, model: &LoadedModel) -> Result<()> {
    let picture = QueryPicture::find(&used.name, data, model)?;
    if used.sha256.is_empty() || UsedFace::new(&picture) == *used {
        return Ok(());
    }
    Err(Error::invalid(
        &used.name,
        "is another picture than the one that was used, or is cropped in another way",
    ))
}

/// The command that makes the picture again.
fn parse(recipe: &Recipe, found: &Found, (output, args): (&Path, &RemakeArgs)) -> Result<Command> {
    let what = args.file.display().to_string();
    let mut words: Vec<OsString> = vec!["lfw-tui".into(), (&recipe.mode).into()];
    let settings = recipe.command.iter().skip(1);
    // The denoiser of --sharp is the second model, by the id that it has here.
    words.extend(settings.map(|word| match found.names.get(1) {
        Some(name) if word.starts_with("--sharp=") => format!("--sharp={name}").into(),
        _ => word.into(),
    }));
    if let Some(data) = found.data.as_ref().filter(|_| !found.has_own_data) {
        let id = if data.is_sample {
            dataset::SAMPLE_NAME
        } else {
            &data.id
        };
        words.extend(["--data".into(), id.into()]);
    }
    if let Some(device) = &args.compute.device {
        words.extend(["--device".into(), device.into()]);
    }
    if args.format.json {
        words.push("--json".into());
    }
    words.extend(["-o".into(), output.into(), "--".into()]);
    words.extend(found.names.first().map(OsString::from));
    // The face that `sample` starts from is among its options.
    let faces = recipe.faces.iter().filter(|_| recipe.mode != SAMPLE);
    words.extend(faces.map(|face| OsString::from(&face.name)));
    let parsed = Cli::try_parse_from(words).map_err(|_| unknown(&what, recipe))?;
    parsed.command.ok_or_else(|| unknown(&what, recipe))
}

/// The pictures that the screen's engine answers a request with, side by side.
fn ask_engine(
    context: &Context,
    device: Option<&str>,
    data: Option<&Dataset>,
    request: Request,
) -> Result<RgbImage> {
    let device = device.unwrap_or(&context.config.device).to_string();
    let (engine, mut replies) = Engine::start(context.paths.clone(), device, None)?;
    let data = data.map(|data| {
        if data.is_sample {
            dataset::SAMPLE_NAME.to_string()
        } else {
            data.id.clone()
        }
    });
    engine.send(RequestId(1), Request::Open { data });
    engine.send(RequestId(2), request);
    with_progress(|watch| {
        while let Some(reply) = replies.blocking_recv() {
            match reply.body {
                ResponseBody::Progress { stage, done, total } => watch(Progress {
                    stage: &stage,
                    done,
                    total,
                    unit: Unit::Steps,
                })?,
                ResponseBody::Failed(problem) => return Err(Error::invalid("recipe", problem)),
                ResponseBody::Note(note) => watch(Progress::note(&note))?,
                body => {
                    let columns = body.columns();
                    if let Some(pictures) = body.pictures() {
                        return match columns {
                            Some(columns) => contact_sheet(&pictures, columns),
                            None => row_or_sheet(&pictures),
                        };
                    }
                }
            }
        }
        Err(Error::invalid(
            "recipe",
            "the engine ended without an answer",
        ))
    })
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(Error::io(path, "resolve"))
}

fn unknown(what: &str, recipe: &Recipe) -> Error {
    Error::invalid(
        what,
        format!(
            "its recipe asks for {:?}, which this program cannot do; version {} wrote it",
            recipe.command.join(" "),
            recipe.version
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_name_is_beside_the_file_and_new() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new.face.png");
        let name = |name: &str| folder.path().join(name);
        assert_eq!(free_name(&file), name("new.face-remade.png"));
        std::fs::write(name("new.face-remade.png"), "").unwrap();
        assert_eq!(free_name(&file), name("new.face-remade-2.png"));
    }
}
