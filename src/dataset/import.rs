//! Importing pictures: from an archive or folder of anybody's to a data set in
//! LFW's own layout. It appears whole or not at all.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::dataset::catalog::Dataset;
use crate::dataset::faces::FaceSpec;
use crate::dataset::index;
use crate::dataset::layout::{PICTURES, PROTOCOL_FILES, PROTOCOL_FOLDERS};
use crate::dataset::pipeline::{self, Collected};
use crate::dataset::registry::{self, Source, Sources, Staging};
use crate::dataset::source::{self, Kind, Listed};
use crate::dataset::{published, tensor_file};
use crate::error::{Error, Result};
use crate::paths::{Paths, replace_file};
use crate::progress::{Progress, Unit, Watch};

pub use crate::dataset::index::index_folder;
pub use crate::dataset::registry::Skipped;

/// The largest protocol file that is kept.
pub(crate) const MAX_PROTOCOL_BYTES: u64 = 64 << 20;
/// How many skipped pictures are remembered by name.
const MAX_SKIPPED: usize = 100_000;

/// What an import did.
#[derive(Debug)]
pub struct Imported {
    /// The data set, ready to use.
    pub dataset: Dataset,
    /// Pictures that were left out, in the order they were met.
    pub skipped: Vec<Skipped>,
    /// What else the user should know, one line each.
    pub notes: Vec<String>,
    /// Whether these very pictures had been imported before.
    pub already: bool,
}

/// Imports an archive (.tgz, .tar, .zip) or folder of pictures of people,
/// `…/Name/picture.jpg`, with the protocol files in it and beside it. An
/// archive that was imported before is not read again. The tensor of the
/// default [`FaceSpec`] is made on the way.
///
/// # Errors
/// One line naming the file: not readable, not an archive, cut off, corrupt,
/// unsafe (links, paths that lead out), a bomb, without pictures; a full disk;
/// `Cancelled`. Whatever was there before is untouched then.
pub fn import(paths: &Paths, source: &Path, watch: Watch) -> Result<Imported> {
    let source = std::fs::canonicalize(source).map_err(Error::io(source, "read"))?;
    let kind = source::kind(&source)?;
    if kind == Kind::Folder && paths.datasets().starts_with(&source) {
        return Err(Error::invalid(
            source.display(),
            "this folder holds the program's own data; name the folder of pictures in it",
        ));
    }
    let _lock = registry::lock(paths, watch)?;
    let (listed, links) = match kind {
        Kind::Folder => source::list_folder(&source)?,
        _ => (vec![], vec![]),
    };
    let beside = Beside::find(&source);
    let mut stamp = stamp(&source, kind, &listed, &beside)?;
    if let Some(known) = known(paths, &mut stamp, watch)? {
        return already(&known, stamp, &beside);
    }

    let staging = Staging::new(paths)?;
    let mut collected = pipeline::collect(&source, kind, &listed, staging.folder(), watch)?;
    collected.skipped.extend(links.iter().map(|link| Skipped {
        file: crate::dataset::layout::shown(link.as_os_str().as_encoded_bytes()),
        reason: "a link; links are not followed".to_string(),
    }));
    if collected.found.is_empty() {
        return Err(nothing_found(&source, &collected.skipped));
    }
    beside.copy(staging.folder(), false)?;
    let mut notes = vec![];
    let title = title(&source, collected.sha256.as_deref(), &mut notes);
    let Collected {
        found,
        faces,
        mut skipped,
        sha256,
    } = collected;
    skipped.truncate(MAX_SKIPPED);
    let (mut dataset, order) = index::arrange(staging.folder(), &title, false, found);
    stamp.sha256 = sha256;

    // The same pictures in another wrapping.
    if let Some(known) = with_fingerprint(paths, &dataset.fingerprint)? {
        drop(staging);
        return already(&known, stamp, &beside);
    }
    notes.extend(index::read_protocol(&mut dataset)?);
    index::write(&dataset)?;
    Sources {
        sources: vec![stamp],
        skipped: skipped.clone(),
    }
    .write(staging.folder())?;
    if let Some(faces) = faces {
        write_tensor(paths, &dataset, &order, &faces)?;
    }
    dataset.id = format!("{}-{}", slug(&title), &dataset.fingerprint[..8]);
    let target = paths.datasets().join(&dataset.id);
    dataset.root = target.join(PICTURES);
    staging.finish(&target)?;
    Ok(Imported {
        dataset,
        skipped,
        notes,
        already: false,
    })
}

/// The data set that came from the very same source, if it is still whole.
fn known(paths: &Paths, stamp: &mut Source, watch: Watch) -> Result<Option<Dataset>> {
    let mut same_size = vec![];
    for summary in registry::registered(paths)? {
        let folder = paths.datasets().join(&summary.id);
        for source in Sources::read(&folder).sources {
            if (&source.path, source.bytes, &source.state)
                == (&stamp.path, stamp.bytes, &stamp.state)
            {
                stamp.sha256 = source.sha256;
                return whole(&folder);
            }
            if source.bytes == stamp.bytes && source.sha256.is_some() {
                same_size.push((folder.clone(), source.sha256));
            }
        }
    }
    // A copy or a touched file: its content says so.
    if !same_size.is_empty() && Path::new(&stamp.path).is_file() {
        let stage = format!("comparing {}", stamp.path);
        let mut done = 0;
        let sum = pipeline::sum_of(Path::new(&stamp.path), &mut |bytes| {
            done += bytes as u64;
            watch(Progress {
                stage: &stage,
                done,
                total: Some(stamp.bytes),
                unit: Unit::Bytes,
            })
        })?;
        if let Some((folder, _)) = same_size
            .iter()
            .find(|(_, known)| known.as_ref() == Some(&sum))
        {
            stamp.sha256 = Some(sum);
            return whole(folder);
        }
    }
    Ok(None)
}

fn with_fingerprint(paths: &Paths, fingerprint: &str) -> Result<Option<Dataset>> {
    registry::registered(paths)?
        .iter()
        .find(|summary| summary.fingerprint == fingerprint && !summary.is_sample)
        .map_or(Ok(None), |summary| {
            whole(&paths.datasets().join(&summary.id))
        })
}

/// The data set in `folder` unless pictures of it are gone.
fn whole(folder: &Path) -> Result<Option<Dataset>> {
    let dataset = index::read(folder)?;
    let complete = (0..dataset.pictures.len()).all(|picture| dataset.path(picture).is_file());
    Ok(complete.then_some(dataset))
}

/// Answers from the data set that is there; takes over protocol files that
/// are new beside the source.
fn already(known: &Dataset, stamp: Source, beside: &Beside) -> Result<Imported> {
    let folder = known.folder();
    let mut dataset = known.clone();
    let mut notes = vec![];
    let mut sources = Sources::read(&folder);
    let before = sources
        .sources
        .iter()
        .position(|source| (&source.path, &source.state) == (&stamp.path, &stamp.state));
    if before.is_none_or(|before| sources.sources[before] != stamp) {
        if beside.copy(&folder, true)? {
            notes.extend(index::read_protocol(&mut dataset)?);
            index::write(&dataset)?;
        }
        sources.sources.retain(|source| source.path != stamp.path);
        sources.sources.push(stamp);
        sources.write(&folder)?;
    }
    Ok(Imported {
        dataset,
        skipped: sources.skipped,
        notes,
        already: true,
    })
}

fn nothing_found(source: &Path, skipped: &[Skipped]) -> Error {
    let problem = match skipped {
        [] => "no pictures in it; expected folders of people, Name/picture.jpg".to_string(),
        [first, ..] => format!(
            "none of its {} pictures can be used; the first, {}, is {}",
            skipped.len(),
            first.file,
            first.reason
        ),
    };
    Error::invalid(source.display(), problem)
}

fn write_tensor(
    paths: &Paths,
    dataset: &Dataset,
    order: &[usize],
    faces: &HashMap<usize, Vec<u8>>,
) -> Result<()> {
    let spec = FaceSpec::default();
    let path = tensor_file::path(paths, &dataset.fingerprint, spec);
    if tensor_file::open(&path, order.len(), spec.size).is_some() {
        return Ok(());
    }
    let mut writer = tensor_file::Writer::new(&path, order.len(), spec.size)?;
    for position in order {
        // A missing row leaves the file unfinished, and the first use makes it.
        let Some(face) = faces.get(position) else {
            return Ok(());
        };
        writer.push(face)?;
    }
    writer.finish()
}

/// The data set's title: the published archive's name when the content is
/// known, else that of the file.
fn title(source: &Path, sha256: Option<&str>, notes: &mut Vec<String>) -> String {
    let file = source
        .file_name()
        .map(|name| crate::dataset::layout::shown(name.as_encoded_bytes()))
        .unwrap_or_default();
    let mut name = file.clone();
    if let Some(sha256) = sha256 {
        if let Some(known) = published::archive_with_sum(sha256) {
            name = known.name.to_string();
        } else if let Some(official) = published::archive_named(&file) {
            notes.push(format!(
                "{file}: called like the published archive, but its SHA-256 is {sha256} and not {}; \
                 imported as it is",
                official.sha256.unwrap_or("the published one"),
            ));
        }
        for ending in [".tar.gz", ".tgz", ".tar", ".zip", ".gz"] {
            if let Some(stem) = name.strip_suffix(ending) {
                name = stem.to_string();
                break;
            }
        }
    }
    if name.is_empty() {
        "faces".to_string()
    } else {
        name
    }
}

/// A title as part of a folder's name.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.to_lowercase().chars().take(40) {
        if c.is_ascii_alphanumeric() || c == '_' {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    match slug.trim_end_matches('-') {
        "" => "faces".to_string(),
        slug => slug.to_string(),
    }
}

fn stamp(source: &Path, kind: Kind, listed: &[Listed], beside: &Beside) -> Result<Source> {
    let (bytes, state) = if kind == Kind::Folder {
        let mut hash = Sha256::new();
        for file in listed {
            hash.update(file.relative.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(file.size.to_le_bytes());
            hash.update(file.modified_ns.to_le_bytes());
        }
        (
            listed.iter().map(|file| file.size).sum(),
            index::hex(&hash.finalize()),
        )
    } else {
        let data = std::fs::metadata(source).map_err(Error::io(source, "read"))?;
        (data.len(), source::modified_ns(&data).to_string())
    };
    Ok(Source {
        path: source.to_string_lossy().into_owned(),
        bytes,
        state,
        sha256: None,
        beside: beside.sum(),
    })
}

/// Protocol files that lie beside a source.
struct Beside(Vec<(&'static str, PathBuf)>);

impl Beside {
    fn find(source: &Path) -> Self {
        let mut found = vec![];
        let mut names = HashSet::new();
        let Some(parent) = source.parent() else {
            return Self(found);
        };
        let folders = std::iter::once(parent.to_path_buf())
            .chain(PROTOCOL_FOLDERS.iter().map(|name| parent.join(name)));
        for folder in folders {
            for name in PROTOCOL_FILES {
                let path = folder.join(name);
                let usable = std::fs::metadata(&path)
                    .is_ok_and(|data| data.is_file() && data.len() <= MAX_PROTOCOL_BYTES);
                if usable && names.insert(name) {
                    found.push((name, path));
                }
            }
        }
        Self(found)
    }

    /// Changes when any of them does.
    fn sum(&self) -> String {
        let mut hash = Sha256::new();
        for (name, path) in &self.0 {
            if let Ok(data) = std::fs::metadata(path) {
                hash.update(name.as_bytes());
                hash.update(data.len().to_le_bytes());
                hash.update(source::modified_ns(&data).to_le_bytes());
            }
        }
        index::hex(&hash.finalize()[..8])
    }

    /// Copies them into a data set's folder and says whether any was new.
    /// What came inside the source is not replaced, unless `replace`.
    fn copy(&self, folder: &Path, replace: bool) -> Result<bool> {
        let mut changed = false;
        for (name, path) in &self.0 {
            let target = folder.join(name);
            if !replace && target.exists() {
                continue;
            }
            let bytes = std::fs::read(path).map_err(Error::io(path, "read"))?;
            if std::fs::read(&target).is_ok_and(|present| present == bytes) {
                continue;
            }
            replace_file(&target, &bytes)?;
            changed = true;
        }
        Ok(changed)
    }
}
