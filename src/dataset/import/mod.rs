//! Imports pictures of people from an archive or folder into a data set in LFW's layout. The data
//! set appears only once it is complete.

mod archive;
mod crop_choice;
mod ignored_files;
mod imported;
mod person_folders;
mod pipeline;
mod placement;
mod protocol_files;
mod reuse;
mod source_record;
mod tight_crop;
mod title;

use std::collections::HashMap;
use std::path::Path;

use crate::dataset::archive_names::NOT_IN_PERSON_FOLDER;
use crate::dataset::catalog::Dataset;
use crate::dataset::crop::Crop;
use crate::dataset::face_spec::FaceSpec;
use crate::dataset::files::PICTURES_FOLDER;
use crate::dataset::index::DatasetKind;
use crate::dataset::provenance::{SourceContents, SourceRecord};
use crate::dataset::registry::{self, Staging};
use crate::dataset::{index, tensor_file};
use crate::display::escaped;
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::progress::{Progress, Unit, Watch, report_meanwhile};

use archive::SourceKind;
use pipeline::{SORTING, SourcePictures};
use protocol_files::SidecarFiles;
use reuse::{find_by_fingerprint, find_same_source, reuse_existing};
use source_record::{attach_source, source_record};

pub use crate::dataset::provenance::Skipped;
pub(crate) use crop_choice::set_crop;
pub use imported::Imported;

/// How many skipped pictures are remembered by name.
const MAX_SKIPPED: usize = 100_000;

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
    let sidecars = SidecarFiles::find(&source);
    let mut record = source_record(&source, kind, &listed, &not_followed)?;
    if let Some(known) = find_same_source(paths, &mut record, watch)? {
        return reuse_existing(&known, record, &known.folder(), &sidecars, crop);
    }
    let staging = Staging::new(paths)?;
    let mut pictures = pipeline::read_source(&source, kind, &listed, staging.folder(), watch)?;
    pictures.skipped.extend(not_followed);
    if pictures.found.is_empty() {
        return Err(no_pictures_error(&source, &pictures));
    }
    let title = title::derive_title(&source, pictures.sha256.as_deref(), &mut pictures.notes);
    let source = NewSource {
        title,
        record,
        sidecars,
        crop,
    };
    create_dataset(paths, source, pictures, staging, watch)
}

/// A source that was read for the first time.
struct NewSource {
    title: String,
    record: SourceRecord,
    sidecars: SidecarFiles,
    /// The requested crop.
    crop: Option<Crop>,
}

/// Turns the pictures in `staging` into a data set, unless there is one with the same pictures.
fn create_dataset(
    paths: &Paths,
    source: NewSource,
    pictures: SourcePictures,
    staging: Staging,
    watch: Watch,
) -> Result<Imported> {
    let NewSource {
        title,
        mut record,
        sidecars,
        crop,
    } = source;
    let SourcePictures {
        found,
        faces,
        mut skipped,
        notes,
        sha256,
    } = pictures;
    skipped.truncate(MAX_SKIPPED);
    let sorting = Progress {
        stage: SORTING,
        done: 0,
        total: None,
        unit: Unit::Pictures,
    };
    let (mut dataset, order) = report_meanwhile(sorting, watch, |_| {
        let kind = DatasetKind::Imported;
        Ok(index::build_dataset(staging.folder(), &title, kind, found))
    })?;
    record.sha256 = sha256;
    record.reading = Some(SourceContents {
        skipped,
        notes,
        protocol: protocol_files::hash_in_folder(staging.folder())?,
    });
    if let Some(known) = find_by_fingerprint(paths, &dataset.fingerprint)? {
        return reuse_existing(&known, record, staging.folder(), &sidecars, crop);
    }
    let before = crop_choice::previous_crop(paths, &record.path);
    let mut report = attach_source(&mut dataset, record, staging.folder(), &sidecars)?;
    report
        .notes
        .extend(crop_choice::resolve_crop(&mut dataset, crop, before));
    index::write(&dataset)?;
    // The faces were cropped with LFW's crop.
    if let Some(faces) = faces
        && dataset.crop() == Crop::LFW
        && let Err(error) = write_tensor(paths, &dataset, (&order, &faces), watch)
    {
        // The tensor is created on first use then.
        watch(Progress::note(&paths.cache_unwritable_note(&error)))?;
    }
    dataset.id = format!("{}-{}", title::slug(&title), &dataset.fingerprint[..8]);
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
        skipped: report.skipped,
        notes: report.notes,
        already_imported: false,
    })
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
    (order, faces): (&[usize], &HashMap<usize, Vec<u8>>),
    watch: Watch,
) -> Result<()> {
    let spec = FaceSpec::default();
    let path = tensor_file::path(paths, &dataset.fingerprint, Crop::LFW, spec);
    if tensor_file::open(&path, order.len(), spec.size).is_some() {
        return Ok(());
    }
    let writing = Progress {
        stage: "writing the faces",
        done: 0,
        total: Some(order.len() as u64),
        unit: Unit::Pictures,
    };
    report_meanwhile(writing, watch, |meanwhile| {
        let mut writer = tensor_file::TensorWriter::new(&path, order.len(), spec.size)?;
        for (done, position) in order.iter().enumerate() {
            meanwhile.reached(done as u64)?;
            // With a row missing, the file stays unfinished and is created on first use.
            let Some(face) = faces.get(position) else {
                return Ok(());
            };
            writer.push(face)?;
        }
        writer.finish()
    })
}
