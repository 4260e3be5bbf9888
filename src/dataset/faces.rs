//! A data set's faces as networks see them: cropped, resized, and stored as bytes in one
//! memory-mapped file per (data set, crop, size, resize).

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use image::RgbImage;
use rayon::prelude::*;

use crate::dataset::catalog::Dataset;
use crate::dataset::crop::{self, Crop};
use crate::dataset::face_spec::{FaceSpec, Preprocess, SIZES};
use crate::dataset::{picture_file, tensor_file};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::progress::{Progress, Unit, Watch};

/// Crops a picture to its face and resizes it; returns bytes `[size, size, 3]`, RGB.
pub fn crop_and_resize(picture: &RgbImage, crop: Crop, spec: FaceSpec) -> Vec<u8> {
    crop::resize(
        &crop::square(picture, crop, spec.preprocess),
        spec.size,
        spec.preprocess,
    )
}

/// The resize and the crop for display: `seed`, or `seed, crop none` if the crop is not LFW's.
pub(crate) fn describe_preprocess(preprocess: Preprocess, crop: Crop) -> String {
    match crop {
        Crop::LFW => preprocess.to_string(),
        other => format!("{preprocess}, crop {other}"),
    }
}

/// All faces of a data set as bytes `[n, size, size, 3]`, RGB, row-major.
#[derive(Debug)]
pub struct Faces {
    spec: FaceSpec,
    crop: Crop,
    count: usize,
    values: Storage,
    people: Option<Arc<FacePeople>>,
}

/// Who is on the faces of a data set.
#[derive(Debug)]
pub(crate) struct FacePeople {
    /// The person of each face: an index into `names`.
    pub of_face: Vec<usize>,
    /// The people's folders.
    pub names: Vec<String>,
}

impl FacePeople {
    /// The folders of the people on these faces, sorted.
    pub(crate) fn folders_of(&self, faces: &[usize]) -> Vec<String> {
        let people: BTreeSet<&String> = faces
            .iter()
            .map(|&face| &self.names[self.of_face[face]])
            .collect();
        people.into_iter().cloned().collect()
    }

    fn new(dataset: &Dataset) -> Self {
        Self {
            of_face: dataset
                .pictures
                .iter()
                .map(|picture| picture.person)
                .collect(),
            names: dataset
                .people
                .iter()
                .map(|person| person.folder.clone())
                .collect(),
        }
    }
}

#[derive(Debug)]
enum Storage {
    File(tensor_file::MappedTensor),
    Memory(Vec<u8>),
}

/// Pictures decoded between two progress reports.
const BATCH: usize = 256;

impl Faces {
    /// Opens the cached tensor, or creates it from the pictures on all cores. Row `i` is picture
    /// `i` of the data set. If the cache cannot be written, the watcher gets a note and the tensor
    /// stays in memory.
    ///
    /// # Errors
    /// When a picture cannot be read; [`Error::Invalid`] if the size is not one of [`SIZES`], a
    /// picture no longer decodes, or memory runs out; `Cancelled`.
    pub fn load(paths: &Paths, dataset: &Dataset, spec: FaceSpec, watch: Watch) -> Result<Self> {
        if !SIZES.contains(&spec.size) {
            return Err(Error::invalid(
                "size",
                format!("{} is not one of {SIZES:?}", spec.size),
            ));
        }
        let count = dataset.pictures.len();
        let crop = dataset.crop();
        let people = Some(Arc::new(FacePeople::new(dataset)));
        let path = tensor_file::path(paths, &dataset.fingerprint, crop, spec);
        if let Some(file) = tensor_file::open(&path, count, spec.size) {
            let values = Storage::File(file);
            return Ok(Self {
                spec,
                crop,
                count,
                values,
                people,
            });
        }
        if let Some(file) = create_cache_file(&path, dataset, spec, paths, watch)? {
            let values = Storage::File(file);
            return Ok(Self {
                spec,
                crop,
                count,
                values,
                people,
            });
        }
        let mut bytes = Vec::new();
        let length = count * (spec.size * spec.size * 3) as usize;
        bytes.try_reserve_exact(length).map_err(|_| {
            Error::invalid(
                "faces",
                format!(
                    "{} MB do not fit in memory, and the cache cannot be written",
                    length / 1_000_000
                ),
            )
        })?;
        prepare_each(dataset, spec, watch, &mut |row| {
            bytes.extend_from_slice(row);
            true
        })?;
        let values = Storage::Memory(bytes);
        Ok(Self {
            spec,
            crop,
            count,
            values,
            people,
        })
    }

    /// Some faces of a data set in memory: row `i` is the picture `rows[i]`. The cache is neither
    /// read nor written.
    ///
    /// # Errors
    /// When a picture cannot be read; `Cancelled`.
    pub(crate) fn of_rows(
        dataset: &Dataset,
        spec: FaceSpec,
        rows: &[usize],
        watch: Watch,
    ) -> Result<Self> {
        let mut bytes = Vec::with_capacity(rows.len() * (spec.size * spec.size * 3) as usize);
        let mut done = 0;
        for part in rows.chunks(BATCH) {
            watch(Progress {
                stage: "preparing some faces",
                done,
                total: Some(rows.len() as u64),
                unit: Unit::Pictures,
            })?;
            let faces: Vec<Vec<u8>> = part
                .par_iter()
                .map(|&row| prepare_file(&dataset.path(row), dataset.crop(), spec))
                .collect::<Result<_>>()?;
            bytes.extend(faces.into_iter().flatten());
            done += part.len() as u64;
        }
        let all = FacePeople::new(dataset);
        Ok(Self {
            people: Some(Arc::new(FacePeople {
                of_face: rows.iter().map(|&row| all.of_face[row]).collect(),
                names: all.names,
            })),
            crop: dataset.crop(),
            ..Self::from_bytes(spec, &bytes)?
        })
    }

    /// The same for very few, one after another: other work on all cores does not hold it up.
    ///
    /// # Errors
    /// When a picture cannot be read.
    pub(crate) fn of_few_rows(dataset: &Dataset, spec: FaceSpec, rows: &[usize]) -> Result<Self> {
        let mut bytes = Vec::with_capacity(rows.len() * (spec.size * spec.size * 3) as usize);
        for &row in rows {
            bytes.extend(prepare_file(&dataset.path(row), dataset.crop(), spec)?);
        }
        Ok(Self {
            crop: dataset.crop(),
            ..Self::from_bytes(spec, &bytes)?
        })
    }

    /// Faces from bytes `[n, size, size, 3]`, RGB.
    ///
    /// # Errors
    /// When the bytes are not a whole number of faces.
    pub fn from_bytes(spec: FaceSpec, bytes: &[u8]) -> Result<Self> {
        let stride = (spec.size * spec.size * 3) as usize;
        if !bytes.len().is_multiple_of(stride) {
            return Err(Error::invalid(
                "faces",
                format!("{} bytes are not a multiple of {stride}", bytes.len()),
            ));
        }
        Ok(Self {
            spec,
            crop: Crop::LFW,
            count: bytes.len() / stride,
            values: Storage::Memory(bytes.to_vec()),
            people: None,
        })
    }

    /// Size and resize of the faces.
    pub fn spec(&self) -> FaceSpec {
        self.spec
    }

    /// The crop of the faces.
    pub(crate) fn crop(&self) -> Crop {
        self.crop
    }

    /// Number of faces.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no faces.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Who is on the faces, if they are those of a data set.
    pub(crate) fn people(&self) -> Option<&Arc<FacePeople>> {
        self.people.as_ref()
    }

    /// The same faces with people, for tests of what learns from names.
    #[cfg(test)]
    pub(crate) fn with_people(mut self, of_face: Vec<usize>) -> Self {
        let count = of_face.iter().max().map_or(0, |last| last + 1);
        let names = (0..count)
            .map(|person| format!("Person_{person}"))
            .collect();
        self.people = Some(Arc::new(FacePeople { of_face, names }));
        self
    }

    /// Lets the system take back the memory of faces that were read and are not needed soon. They
    /// are read again from the file where they are.
    pub(crate) fn release(&self, faces: Range<usize>) {
        if let Storage::File(file) = &self.values {
            file.release(faces.start * self.stride()..faces.end * self.stride());
        }
    }

    /// The first face with these bytes, `[size, size, 3]`.
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<usize> {
        (0..self.len()).find(|&face| self.bytes(face) == bytes)
    }

    /// The bytes of one face, `[size, size, 3]`.
    pub fn bytes(&self, face: usize) -> &[u8] {
        let stride = self.stride();
        let values = match &self.values {
            Storage::File(file) => file.values(),
            Storage::Memory(bytes) => bytes,
        };
        &values[face * stride..(face + 1) * stride]
    }

    /// Values per face: size × size × 3.
    pub fn stride(&self) -> usize {
        (self.spec.size * self.spec.size * 3) as usize
    }

    /// The given faces as floats `[faces.len(), size, size, 3]`, byte / 255 − 0.5.
    pub fn batch(&self, faces: &[usize]) -> Vec<f32> {
        let mut values = Vec::with_capacity(faces.len() * self.stride());
        for &face in faces {
            values.extend(self.bytes(face).iter().map(|&byte| byte_to_value(byte)));
        }
        values
    }
}

/// Creates the cached tensor and maps it. If the cache cannot be written, tells the watcher and
/// returns `None`: the tensor can be used without a cache.
fn create_cache_file(
    path: &Path,
    dataset: &Dataset,
    spec: FaceSpec,
    paths: &Paths,
    watch: Watch,
) -> Result<Option<tensor_file::MappedTensor>> {
    let count = dataset.pictures.len();
    let mut trouble = None;
    match tensor_file::TensorWriter::new(path, count, spec.size) {
        Err(error) => trouble = Some(error),
        Ok(mut writer) => {
            let whole = prepare_each(dataset, spec, watch, &mut |row| match writer.push(row) {
                Ok(()) => true,
                Err(error) => {
                    trouble = Some(error);
                    false
                }
            })?;
            if whole && let Err(error) = writer.finish() {
                trouble = Some(error);
            }
        }
    }
    let made = match trouble {
        None => tensor_file::open(path, count, spec.size),
        Some(_) => None,
    };
    if made.is_none() {
        let error = trouble.unwrap_or_else(|| {
            Error::invalid(path.display(), "it changed while it was being written")
        });
        watch(Progress::note(&paths.cache_unwritable_note(&error)))?;
    }
    Ok(made)
}

/// Passes every face in order to `take` until that returns `false`; returns whether it took them
/// all.
fn prepare_each(
    dataset: &Dataset,
    spec: FaceSpec,
    watch: Watch,
    take: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<bool> {
    let count = dataset.pictures.len();
    let stage = format!("preparing {} faces at {1}×{1}", dataset.title, spec.size);
    let mut report = |done: usize| {
        watch(Progress {
            stage: &stage,
            done: done as u64,
            total: Some(count as u64),
            unit: Unit::Pictures,
        })
    };
    report(0)?;
    for start in (0..count).step_by(BATCH) {
        let end = (start + BATCH).min(count);
        let rows: Vec<Vec<u8>> = (start..end)
            .into_par_iter()
            .map(|row| prepare_file(&dataset.path(row), dataset.crop(), spec))
            .collect::<Result<_>>()?;
        if !rows.iter().all(|row| take(row)) {
            return Ok(false);
        }
        report(end)?;
    }
    Ok(true)
}

fn prepare_file(path: &Path, crop: Crop, spec: FaceSpec) -> Result<Vec<u8>> {
    let bytes = picture_file::read(path)?;
    let face = picture_file::decode_face(&bytes, crop, spec.preprocess).map_err(|reason| {
        Error::invalid(
            path.display(),
            format!("{reason}; it was intact when it was imported; import it again"),
        )
    })?;
    Ok(crop::resize(&face, spec.size, spec.preprocess))
}

/// A byte as a network input: byte / 255 − 0.5.
pub fn byte_to_value(byte: u8) -> f32 {
    f32::from(byte) / 255.0 - 0.5
}

/// A network output as a byte: clip(value + 0.5, 0, 1) × 255, rounded.
pub(crate) fn value_to_byte(value: f32) -> u8 {
    ((value + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8
}
