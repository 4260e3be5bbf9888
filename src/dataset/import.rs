//! Imports pictures of people from an archive or folder into a data set in LFW's layout. The data
//! set appears only once it is complete.

use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::dataset::archive::{self, ListedFile, SourceKind};
use crate::dataset::archive_names::NOT_IN_PERSON_FOLDER;
use crate::dataset::catalog::Dataset;
use crate::dataset::crop::Crop;
use crate::dataset::face_spec::FaceSpec;
use crate::dataset::files::PICTURES_FOLDER;
use crate::dataset::hash::{hex, sha256_of_file};
use crate::dataset::index;
use crate::dataset::pipeline::{self, SourcePictures};
use crate::dataset::protocol_files::{self, SidecarFiles};
use crate::dataset::provenance::{Provenance, SourceContents, SourceRecord};
use crate::dataset::registry::{self, Staging};
use crate::dataset::{annotations, crop_choice, published, tensor_file};
use crate::display::{escaped, escaped_bytes};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::progress::{Progress, Unit, Watch};

pub use crate::dataset::crop_choice::set_crop;
pub use crate::dataset::provenance::Skipped;

/// How many skipped pictures are remembered by name.
const MAX_SKIPPED: usize = 100_000;

/// The result of an import.
#[derive(Debug)]
pub struct Imported {
    /// The data set, ready to use.
    pub dataset: Dataset,
    /// Pictures that were left out, in source order.
    pub skipped: Vec<Skipped>,
    /// Further messages for the user, one line each.
    pub notes: Vec<String>,
    /// Whether the same pictures had been imported before.
    pub already_imported: bool,
}

/// Like [`import_with_crop`], with the crop that was used when this source was imported before, by
/// default LFW's.
///
/// # Errors
/// As [`import_with_crop`].
pub fn import(paths: &Paths, source: &Path, watch: Watch) -> Result<Imported> {
    import_with_crop(paths, source, None, watch)
}

/// Imports an archive (.tgz, .tar, .zip) or folder of pictures, `…/Name/picture.jpg`, with the
/// protocol files in it and beside it. An archive that was imported before is not read again; if
/// `crop` is given, the existing data set gets that crop. Also creates the tensor of the default
/// [`FaceSpec`].
///
/// # Errors
/// One line naming the file: not readable, not an archive, cut off, corrupt, unsafe (links, paths
/// that lead out), an archive bomb, without pictures; a full disk; `Cancelled`. Existing data sets
/// are left as they were.
pub fn import_with_crop(
    paths: &Paths,
    source: &Path,
    crop: Option<Crop>,
    watch: Watch,
) -> Result<Imported> {
    let source = std::fs::canonicalize(source).map_err(Error::io(source, "read"))?;
    let kind = archive::detect_kind(&source)?;
    if kind == SourceKind::Folder && paths.datasets().starts_with(&source) {
        return Err(Error::invalid(
            source.display(),
            "this folder holds the program's own data; name the folder of pictures in it",
        ));
    }
    let _lock = registry::lock(paths, watch)?;
    let (listed, not_followed) = match kind {
        SourceKind::Folder => archive::list_folder(&source, watch)?,
        _ => (vec![], vec![]),
    };
    let beside = SidecarFiles::find(&source);
    let mut stamp = source_record(&source, kind, &listed, &not_followed)?;
    if let Some(known) = find_same_source(paths, &mut stamp, watch)? {
        return reuse_existing(&known, stamp, &known.folder(), &beside, crop);
    }

    let staging = Staging::new(paths)?;
    let mut collected = pipeline::read_source(&source, kind, &listed, staging.folder(), watch)?;
    collected.skipped.extend(not_followed);
    if collected.found.is_empty() {
        return Err(no_pictures_error(&source, &collected));
    }
    let SourcePictures {
        found,
        faces,
        mut skipped,
        mut notes,
        sha256,
    } = collected;
    let title = derive_title(&source, sha256.as_deref(), &mut notes);
    skipped.truncate(MAX_SKIPPED);
    let (mut dataset, order) = index::build_dataset(staging.folder(), &title, false, found);
    stamp.sha256 = sha256;
    stamp.reading = Some(SourceContents {
        skipped,
        notes,
        protocol: protocol_files::hash_in_folder(staging.folder())?,
    });

    // The same pictures in another archive or folder.
    if let Some(known) = find_by_fingerprint(paths, &dataset.fingerprint)? {
        return reuse_existing(&known, stamp, staging.folder(), &beside, crop);
    }
    let before = crop_choice::previous_crop(paths, &stamp.path);
    let mut imported = attach_source(&mut dataset, stamp, staging.folder(), &beside)?;
    imported
        .notes
        .extend(crop_choice::resolve_crop(&mut dataset, crop, before));
    index::write(&dataset)?;
    // The faces were cropped with LFW's crop.
    if let Some(faces) = faces
        && dataset.crop() == Crop::LFW
    {
        // If this fails, the tensor is created on first use.
        if let Err(error) = write_tensor(paths, &dataset, &order, &faces) {
            watch(Progress::note(&paths.cache_unwritable_note(&error)))?;
        }
    }
    dataset.id = format!("{}-{}", slug(&title), &dataset.fingerprint[..8]);
    let target = paths.datasets().join(&dataset.id);
    dataset.root = target.join(PICTURES_FOLDER);
    watch(Progress {
        stage: "finishing",
        done: 0,
        total: None,
        unit: Unit::Steps,
    })?;
    staging.finish(&target)?;
    Ok(Imported {
        dataset,
        skipped: imported.skipped,
        notes: imported.notes,
        already_imported: false,
    })
}

/// The data set that was imported from the same source, if it is still complete.
fn find_same_source(
    paths: &Paths,
    stamp: &mut SourceRecord,
    watch: Watch,
) -> Result<Option<Dataset>> {
    let mut same_size = vec![];
    for summary in registry::list(paths)? {
        let folder = paths.datasets().join(&summary.id);
        for source in Provenance::read(&folder).sources {
            // Earlier versions did not store what was skipped, so the source is read again.
            let Some(reading) = source.reading else {
                continue;
            };
            if (&source.path, source.bytes, &source.state)
                == (&stamp.path, stamp.bytes, &stamp.state)
            {
                stamp.sha256 = source.sha256;
                return open_if_unchanged(&folder, reading, stamp);
            }
            if source.bytes == stamp.bytes
                && let Some(sha256) = source.sha256
            {
                same_size.push((folder.clone(), sha256, reading));
            }
        }
    }
    // The archive may have been copied or touched: compare the contents.
    if !same_size.is_empty() && Path::new(&stamp.path).is_file() {
        let stage = format!("comparing {}", stamp.path);
        let mut done = 0;
        let sum = sha256_of_file(Path::new(&stamp.path), &mut |bytes| {
            done += bytes as u64;
            watch(Progress {
                stage: &stage,
                done,
                total: Some(stamp.bytes),
                unit: Unit::Bytes,
            })
        })?;
        for (folder, known, reading) in same_size {
            if known == sum {
                stamp.sha256 = Some(sum);
                return open_if_unchanged(&folder, reading, stamp);
            }
        }
    }
    Ok(None)
}

/// The data set in `folder`, if its protocol files are still those in `reading`.
fn open_if_unchanged(
    folder: &Path,
    reading: SourceContents,
    stamp: &mut SourceRecord,
) -> Result<Option<Dataset>> {
    if !protocol_files::hashes_match(folder, &reading.protocol)? {
        return Ok(None);
    }
    stamp.reading = Some(reading);
    open_if_complete(folder)
}

fn find_by_fingerprint(paths: &Paths, fingerprint: &str) -> Result<Option<Dataset>> {
    registry::list(paths)?
        .iter()
        .find(|summary| summary.fingerprint == fingerprint && !summary.is_sample)
        .map_or(Ok(None), |summary| {
            open_if_complete(&paths.datasets().join(&summary.id))
        })
}

/// The data set in `folder`, unless some of its pictures are gone.
fn open_if_complete(folder: &Path) -> Result<Option<Dataset>> {
    let dataset = index::read(folder)?;
    let complete = (0..dataset.pictures.len()).all(|picture| dataset.path(picture).is_file());
    Ok(complete.then_some(dataset))
}

/// Reuses an existing data set and gives it the protocol files of the source, of which those inside
/// the source are in `inside`.
fn reuse_existing(
    known: &Dataset,
    stamp: SourceRecord,
    inside: &Path,
    beside: &SidecarFiles,
    crop: Option<Crop>,
) -> Result<Imported> {
    let mut dataset = known.clone();
    let mut told = attach_source(&mut dataset, stamp, inside, beside)?;
    if dataset.people != known.people {
        index::write(&dataset)?;
    }
    told.notes.extend(match crop {
        Some(crop) => set_crop(&mut dataset, crop)?,
        None => crop_choice::resolve_crop(&mut dataset, None, None),
    });
    Ok(Imported {
        dataset,
        skipped: told.skipped,
        notes: told.notes,
        already_imported: true,
    })
}

/// What the user should know about a source.
struct SourceReport {
    skipped: Vec<Skipped>,
    notes: Vec<String>,
}

/// Copies a source's protocol files into a data set, applies them, and records the source.
fn attach_source(
    dataset: &mut Dataset,
    stamp: SourceRecord,
    inside: &Path,
    beside: &SidecarFiles,
) -> Result<SourceReport> {
    let folder = dataset.folder();
    let before = Provenance::read(&folder);
    let mut sources = before.clone();
    let SourceContents {
        skipped, mut notes, ..
    } = stamp.reading.clone().unwrap_or_default();
    let changes = protocol_files::install(&folder, inside, beside, &stamp, &mut sources)?;
    notes.extend(annotations::load_into(dataset)?);
    notes.extend(changes);
    sources.sources.retain(|source| source.path != stamp.path);
    sources.sources.push(stamp);
    if sources != before {
        sources.write(&folder)?;
    }
    Ok(SourceReport { skipped, notes })
}

fn no_pictures_error(source: &Path, collected: &SourcePictures) -> Error {
    let skipped = &collected.skipped;
    let mut problem = match skipped.as_slice() {
        [] => "no pictures in it; expected folders of people, Name/picture.jpg".to_string(),
        [only] => format!(
            "its only picture cannot be used: {} is {}",
            escaped(&only.file),
            only.reason
        ),
        [first, ..] => format!(
            "none of its {} pictures can be used; the first, {}, is {}",
            skipped.len(),
            escaped(&first.file),
            first.reason
        ),
    };
    if skipped
        .iter()
        .any(|skipped| skipped.reason == NOT_IN_PERSON_FOLDER)
    {
        problem += "; expected Name/picture.jpg";
    }
    for note in &collected.notes {
        problem += &format!("; {note}");
    }
    Error::invalid(source.display(), problem)
}

fn write_tensor(
    paths: &Paths,
    dataset: &Dataset,
    order: &[usize],
    faces: &HashMap<usize, Vec<u8>>,
) -> Result<()> {
    let spec = FaceSpec::default();
    let path = tensor_file::path(paths, &dataset.fingerprint, Crop::LFW, spec);
    if tensor_file::open(&path, order.len(), spec.size).is_some() {
        return Ok(());
    }
    let mut writer = tensor_file::TensorWriter::new(&path, order.len(), spec.size)?;
    for position in order {
        // With a row missing, the file stays unfinished and is created on first use.
        let Some(face) = faces.get(position) else {
            return Ok(());
        };
        writer.push(face)?;
    }
    writer.finish()
}

/// The data set's title: the published archive's name if the contents match it, otherwise the
/// file's name.
fn derive_title(source: &Path, sha256: Option<&str>, notes: &mut Vec<String>) -> String {
    let file = source
        .file_name()
        .map(|name| escaped_bytes(name.as_encoded_bytes()))
        .unwrap_or_default();
    let mut name = file.clone();
    if let Some(sha256) = sha256 {
        if let Some(known) = published::archive_by_sha256(sha256) {
            name = known.name.to_string();
        } else if let Some(official) = published::archive_by_name(&file) {
            notes.push(format!(
                "{file}: has the name of a published archive, but its SHA-256 is {sha256} instead of {}; \
                 imported anyway",
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

/// The title as part of a folder name.
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

fn source_record(
    source: &Path,
    kind: SourceKind,
    listed: &[ListedFile],
    not_followed: &[Skipped],
) -> Result<SourceRecord> {
    let (bytes, state) = if kind == SourceKind::Folder {
        let mut hash = Sha256::new();
        for file in listed {
            hash.update(file.relative.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(file.size.to_le_bytes());
            hash.update(file.modified_ns.to_le_bytes());
            hash.update(file.changed_ns.to_le_bytes());
        }
        for Skipped { file, reason } in not_followed {
            for text in [file, reason] {
                hash.update(text);
                hash.update([0]);
            }
        }
        (
            listed.iter().map(|file| file.size).sum(),
            hex(&hash.finalize()),
        )
    } else {
        let data = std::fs::metadata(source).map_err(Error::io(source, "read"))?;
        (data.len(), archive::modified_ns(&data).to_string())
    };
    Ok(SourceRecord {
        path: source.to_string_lossy().into_owned(),
        bytes,
        state,
        sha256: None,
        reading: None,
    })
}
