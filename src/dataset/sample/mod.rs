//! The built-in sample: 400 drawn faces, 40 invented people × 10, in LFW's layout with its
//! attribute and protocol files. [`ensure`] draws it on first use; it is a pure function of a fixed
//! seed and contains nothing from LFW.

mod attributes;
mod backdrop;
mod beard;
mod camera;
mod canvas;
mod cast;
mod clothes;
mod features;
mod hair;
mod identity;
mod numeric;
mod portrait;
mod pose;
mod protocol;
mod shot;
mod skin;
mod wear;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::canvas::{Canvas, SIDE};
use self::cast::CAST;
use self::identity::Identity;
use self::shot::{PICTURES_EACH, Shot};
use crate::dataset::catalog::Dataset;
use crate::dataset::index::{self, DatasetKind};
use crate::dataset::index_folder::index_folder;
use crate::error::{Error, Result};
use crate::paths::unfinished::{UnfinishedFolder, sweep};
use crate::paths::{Paths, make_folders};
use crate::progress::{Progress, Unit, Watch};

/// The sample's id, which is also its folder's name in [`Paths::datasets`]. The number is the
/// version of the drawing.
pub const ID: &str = "sample-1";

/// Pictures in the sample.
pub const PICTURE_COUNT: usize = CAST.len() * PICTURES_EACH;

/// People in the sample.
pub(crate) const PEOPLE_COUNT: usize = CAST.len();

/// The title shown to the user.
pub(crate) const TITLE: &str = "built-in sample";
/// The folder of people's folders, as in LFW's archives.
const PEOPLE_FOLDER: &str = "lfw";
/// The file that lists what a complete sample contains.
const MANIFEST: &str = "sample.json";
/// JPEG quality of the pictures; LFW's are between 75 and 95.
const JPEG_QUALITY: u8 = 90;

/// Tells a complete sample from a damaged one.
#[derive(Serialize, Deserialize)]
struct Manifest {
    /// Bytes of each picture, in the data set's order.
    lengths: Vec<u64>,
}

/// Opens the sample, and draws it first if it is missing or damaged. Reports each picture. Several
/// processes may do this at once: each draws to its own folder, and the first to finish wins, all
/// with the same bytes.
///
/// # Errors
/// When a file cannot be read or written, and `Cancelled`, which leaves nothing behind.
pub fn ensure(paths: &Paths, watch: Watch) -> Result<Dataset> {
    let folder = paths.datasets().join(ID);
    if let Some(dataset) = read_if_complete(&folder) {
        return Ok(dataset);
    }
    let datasets = paths.datasets();
    make_folders(&datasets)?;
    sweep(&datasets);
    let aside =
        UnfinishedFolder::new_in(&datasets).map_err(Error::io(&datasets, "create a folder in"))?;
    draw_into(aside.path(), watch)?;
    index_folder(aside.path(), TITLE, DatasetKind::Sample)?;
    install(aside, &folder)?;
    index::read(&folder)
}

/// Draws one picture of the sample: RGB bytes `[250, 250, 3]`, before JPEG compression. `picture`
/// is an index into the [`Dataset`], below [`PICTURE_COUNT`].
///
/// # Errors
/// When there is no such picture.
pub fn draw_picture(picture: usize) -> Result<Vec<u8>> {
    if picture >= PICTURE_COUNT {
        return Err(Error::invalid(
            format!("picture {picture} of the sample"),
            format!("there are {PICTURE_COUNT}, counted from 0"),
        ));
    }
    Ok(draw_on(&mut Canvas::new(), picture))
}

/// Like [`draw_picture`], reusing a canvas.
fn draw_on(canvas: &mut Canvas, picture: usize) -> Vec<u8> {
    let (person, number) = (picture / PICTURES_EACH, picture % PICTURES_EACH);
    let identity = Identity::of(person);
    let shot = Shot::of(&identity, person, number);
    portrait::draw(canvas, &identity, &shot)
}

/// The sample in a folder, if all pictures are there in full.
fn read_if_complete(folder: &Path) -> Option<Dataset> {
    let text = std::fs::read(folder.join(MANIFEST)).ok()?;
    let manifest: Manifest = serde_json::from_slice(&text).ok()?;
    let in_full = |(picture, &length): (usize, &u64)| {
        std::fs::metadata(picture_path(folder, picture)).is_ok_and(|file| file.len() == length)
    };
    let complete =
        manifest.lengths.len() == PICTURE_COUNT && manifest.lengths.iter().enumerate().all(in_full);
    complete.then(|| index::read(folder).ok()).flatten()
}

fn picture_path(folder: &Path, picture: usize) -> PathBuf {
    let name = CAST[picture / PICTURES_EACH].name;
    folder
        .join(PEOPLE_FOLDER)
        .join(name)
        .join(picture_file(name, picture % PICTURES_EACH))
}

fn picture_file(name: &str, number: usize) -> String {
    format!("{name}_{:04}.jpg", number + 1)
}

/// Draws everything into an empty folder, with the manifest last.
fn draw_into(folder: &Path, watch: Watch) -> Result<()> {
    for role in CAST {
        let person = folder.join(PEOPLE_FOLDER).join(role.name);
        make_folders(&person)?;
    }
    write(
        &folder.join("lfw_attributes.txt"),
        attributes::file().as_bytes(),
    )?;
    for (name, text) in protocol::files() {
        write(&folder.join(name), text.as_bytes())?;
    }
    let manifest = Manifest {
        lengths: draw_pictures(folder, watch)?,
    };
    let text = serde_json::to_vec(&manifest).map_err(|error| Error::invalid(MANIFEST, error))?;
    write(&folder.join(MANIFEST), &text)
}

/// Draws on all cores while this thread reports progress. An error from the watcher stops it after
/// the pictures in progress. Returns each file's length in bytes.
fn draw_pictures(folder: &Path, watch: Watch) -> Result<Vec<u64>> {
    let stopped = AtomicBool::new(false);
    let done = AtomicUsize::new(0);
    let (tell, told) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let drawing = scope.spawn(|| {
            let tell = tell;
            (0..PICTURE_COUNT)
                .into_par_iter()
                .map_init(
                    || (tell.clone(), Canvas::new()),
                    |(tell, canvas), picture| {
                        if stopped.load(Ordering::Relaxed) {
                            return Err(Error::Cancelled);
                        }
                        let length = draw_one(folder, picture, canvas)?;
                        done.fetch_add(1, Ordering::Relaxed);
                        let _ = tell.send(());
                        Ok(length)
                    },
                )
                .collect::<Result<Vec<u64>>>()
        });
        let mut refusal = None;
        for () in &told {
            let report = Progress {
                stage: "drawing the built-in sample",
                done: done.load(Ordering::Relaxed) as u64,
                total: Some(PICTURE_COUNT as u64),
                unit: Unit::Pictures,
            };
            if refusal.is_none()
                && let Err(error) = watch(report)
            {
                stopped.store(true, Ordering::Relaxed);
                refusal = Some(error);
            }
        }
        let written = drawing
            .join()
            .map_err(|_| Error::invalid(TITLE, "drawing stopped unexpectedly; please report it"))?;
        refusal.map_or(written, Err)
    })
}

fn draw_one(folder: &Path, picture: usize, canvas: &mut Canvas) -> Result<u64> {
    let pixels = draw_on(canvas, picture);
    let path = picture_path(folder, picture);
    let mut jpeg = Vec::with_capacity(32 * 1024);
    let mut encoder = Encoder::new(&mut jpeg, JPEG_QUALITY);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder
        .encode(&pixels, SIDE as u16, SIDE as u16, ColorType::Rgb)
        .map_err(|error| Error::invalid(path.display(), error))?;
    write(&path, &jpeg)?;
    Ok(jpeg.len() as u64)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(Error::io(path, "write"))
}

/// Renames the drawn folder to its final name, unless another process was first.
fn install(aside: UnfinishedFolder, folder: &Path) -> Result<()> {
    if std::fs::rename(aside.path(), folder).is_ok() {
        aside.keep();
        return Ok(());
    }
    if read_if_complete(folder).is_some() {
        return Ok(()); // `aside` goes
    }
    // A damaged sample is in the way. Move it aside: another process may be reading it.
    let damaged = UnfinishedFolder::new_in(folder.parent().unwrap_or(folder))
        .map_err(Error::io(folder, "create a folder beside"))?;
    let _ = std::fs::rename(folder, damaged.path().join(ID));
    match std::fs::rename(aside.path(), folder) {
        Ok(()) => {
            aside.keep();
            Ok(())
        }
        Err(_) if read_if_complete(folder).is_some() => Ok(()),
        Err(error) => Err(Error::io(folder, "rename the drawn sample to")(error)),
    }
}
