//! Importing pictures: from an archive or folder of anybody's to a data set in
//! LFW's own layout. It appears whole or not at all.

use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::dataset::archive::{self, ListedFile, SourceKind};
use crate::dataset::archive_names::{NOT_IN_PERSON_FOLDER, PICTURES_FOLDER};
use crate::dataset::catalog::Dataset;
use crate::dataset::crop::Crop;
use crate::dataset::faces::FaceSpec;
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
pub use crate::dataset::index::index_folder;
pub use crate::dataset::provenance::Skipped;

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
    pub already_imported: bool,
}

/// [`import_with_crop`] under the crop that was chosen when the source was imported
/// before, else LFW's.
///
/// # Errors
/// As [`import_with_crop`].
pub fn import(paths: &Paths, source: &Path, watch: Watch) -> Result<Imported> {
    import_with_crop(paths, source, None, watch)
}

/// Imports an archive (.tgz, .tar, .zip) or folder of pictures of people,
/// `…/Name/picture.jpg`, with the protocol files in it and beside it. An
/// archive that was imported before is not read again. The tensor of the
/// default [`FaceSpec`] is made on the way. The crop is kept with the data set;
/// given another one, a data set that is there takes that from then on.
///
/// # Errors
/// One line naming the file: not readable, not an archive, cut off, corrupt,
/// unsafe (links, paths that lead out), a bomb, without pictures; a full disk;
/// `Cancelled`. Whatever was there before is untouched then.
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

    // The same pictures in another wrapping.
    if let Some(known) = find_by_fingerprint(paths, &dataset.fingerprint)? {
        return reuse_existing(&known, stamp, staging.folder(), &beside, crop);
    }
    let before = crop_choice::previous_crop(paths, &stamp.path);
    let mut imported = attach_source(&mut dataset, stamp, staging.folder(), &beside)?;
    imported
        .notes
        .extend(crop_choice::resolve_crop(&mut dataset, crop, before));
    index::write(&dataset)?;
    // They were made under LFW's crop.
    if let Some(faces) = faces
        && dataset.crop() == Crop::LFW
    {
        // The first use makes it when it cannot be kept now.
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

/// The data set that came from the very same source, if it is still whole.
fn find_same_source(
    paths: &Paths,
    stamp: &mut SourceRecord,
    watch: Watch,
) -> Result<Option<Dataset>> {
    let mut same_size = vec![];
    for summary in registry::list(paths)? {
        let folder = paths.datasets().join(&summary.id);
        for source in Provenance::read(&folder).sources {
            // An earlier version did not note what it left out: it is read once more.
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
    // A copy or a touched file: its content says so.
    if !same_size.is_empty() && Path::new(&stamp.path).is_file() {
        let stage = format!("comparing {}", stamp.path);
        let mut done = 0;
        let sum = pipeline::sha256_of_file(Path::new(&stamp.path), &mut |bytes| {
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

/// The data set in `folder`, when it is still as `reading` left it.
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

/// The data set in `folder` unless pictures of it are gone.
fn open_if_complete(folder: &Path) -> Result<Option<Dataset>> {
    let dataset = index::read(folder)?;
    let complete = (0..dataset.pictures.len()).all(|picture| dataset.path(picture).is_file());
    Ok(complete.then_some(dataset))
}

/// Answers from the data set that is there, which gets the protocol files of
/// the source; those inside it lie in `inside`.
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

/// What is to be told of a source.
struct SourceReport {
    skipped: Vec<Skipped>,
    notes: Vec<String>,
}

/// Gives a data set the protocol files of a source, reads what they say, and
/// notes that it is from there.
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
            index::hex(&hash.finalize()),
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
