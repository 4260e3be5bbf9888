//! Previews: the same few faces as the model reconstructs them during training.

use std::collections::HashMap;
use std::path::Path;

use candle_core::Tensor;
use rand::seq::SliceRandom;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::retention;
use super::run_dir::RunDir;
use crate::dataset::faces::value_to_byte;
use crate::dataset::{Faces, Noise, Split};
use crate::error::{Error, Result};
use crate::models::Autoencoder;
use crate::paths::{make_folder_in_existing, replace_file_in_existing_folder};
use crate::rng::{Purpose, generator};

/// Number of faces in a preview, one row on the screen.
pub const FACES: usize = 8;
/// Limits for previews of other programs: more does not fit a screen.
const MAX_FACES: usize = 64;
const MAX_SIZE: usize = 1024;
/// Number of epochs whose previews are archived, at most.
const MAX_ARCHIVED: usize = 256;

/// Faces as bytes `[faces, size, size, 3]`, RGB.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// Steps done.
    pub step: u64,
    /// The pictures, as rows of the data set.
    pub pictures: Vec<usize>,
    /// Whether the pictures are held out.
    pub held_out: bool,
    /// Side of a face, in pixels.
    pub size: usize,
    /// The original faces.
    pub clean: Vec<u8>,
    /// The model's input; empty if it has no noise.
    pub noisy: Vec<u8>,
    /// The model's reconstructions.
    pub reconstructed: Vec<u8>,
}

impl Preview {
    /// Number of faces.
    pub(crate) fn faces(&self) -> usize {
        self.reconstructed.len() / (self.size * self.size * 3).max(1)
    }

    /// The bytes of one face in `pixels`, one of this preview's three fields.
    pub fn face<'a>(&self, pixels: &'a [u8], index: usize) -> &'a [u8] {
        let stride = self.size * self.size * 3;
        pixels
            .get(index * stride..(index + 1) * stride)
            .unwrap_or_default()
    }

    /// Reads a preview.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::io(path, "read"))?;
        let damaged = |problem: String| Error::invalid(path.display(), problem);
        let (_, header) =
            SafeTensors::read_metadata(&bytes).map_err(|error| damaged(error.to_string()))?;
        let tensors =
            SafeTensors::deserialize(&bytes).map_err(|error| damaged(error.to_string()))?;
        let notes = header.metadata().clone().unwrap_or_default();
        let note = |name: &str| notes.get(name).map(String::as_str).unwrap_or_default();
        let pixels = |name: &str| -> Result<Vec<u8>> {
            match tensors.tensor(name) {
                Ok(view) if view.dtype() == Dtype::U8 => Ok(view.data().to_vec()),
                Ok(_) => Err(damaged(format!("{name} is not of bytes"))),
                Err(_) => Ok(Vec::new()),
            }
        };
        let size = match tensors.tensor("rebuilt").map(|view| view.shape().to_vec()) {
            Ok(shape)
                if shape.len() == 4
                    && shape[1] == shape[2]
                    && shape[3] == 3
                    && (1..=MAX_FACES).contains(&shape[0])
                    && (1..=MAX_SIZE).contains(&shape[1]) =>
            {
                shape[1]
            }
            _ => {
                return Err(damaged(format!(
                    "rebuilt must be [faces, size, size, 3], of 1 to {MAX_FACES} faces of \
                     1 to {MAX_SIZE} pixels"
                )));
            }
        };
        let preview = Self {
            step: note("step").parse().unwrap_or_default(),
            pictures: note("pictures")
                .split(',')
                .filter_map(|row| row.parse().ok())
                .collect(),
            held_out: note("held_out") == "true",
            size,
            clean: pixels("clean")?,
            noisy: pixels("noisy")?,
            reconstructed: pixels("rebuilt")?,
        };
        let others = [&preview.clean, &preview.noisy];
        let is_like =
            |pixels: &[u8]| pixels.is_empty() || pixels.len() == preview.reconstructed.len();
        if !others.iter().all(|pixels| is_like(pixels)) || preview.reconstructed.is_empty() {
            return Err(damaged(
                "clean, noisy and rebuilt differ in shape".to_string(),
            ));
        }
        Ok(preview)
    }

    /// Replaces a preview.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let stride = self.size * self.size * 3;
        let shape = |pixels: &[u8]| vec![pixels.len() / stride.max(1), self.size, self.size, 3];
        let mut tensors = Vec::new();
        for (name, pixels) in [
            ("clean", &self.clean),
            ("noisy", &self.noisy),
            ("rebuilt", &self.reconstructed),
        ] {
            if !pixels.is_empty() {
                let view = TensorView::new(Dtype::U8, shape(pixels), pixels)
                    .map_err(|error| Error::invalid(path.display(), error))?;
                tensors.push((name, view));
            }
        }
        let pictures: Vec<_> = self.pictures.iter().map(usize::to_string).collect();
        let notes = HashMap::from([
            ("step".to_string(), self.step.to_string()),
            ("pictures".to_string(), pictures.join(",")),
            ("held_out".to_string(), self.held_out.to_string()),
        ]);
        let bytes = safetensors::serialize(tensors, Some(notes))
            .map_err(|error| Error::invalid(path.display(), error))?;
        replace_file_in_existing_folder(path, &bytes)
    }
}

/// The faces of a run's previews and their noise; the same throughout the run.
#[derive(Debug)]
pub(crate) struct PreviewSet {
    pictures: Vec<usize>,
    held_out: bool,
    size: usize,
    clean: Vec<u8>,
    input: Vec<f32>,
    noisy: Vec<u8>,
}

impl PreviewSet {
    /// Chooses held-out faces by the seed, or training faces if none is held out.
    pub(crate) fn choose(faces: &Faces, split: &Split, noise: Noise, seed: u64) -> Self {
        let held_out = !split.held_out.is_empty();
        let mut pictures = if held_out {
            split.held_out.clone()
        } else {
            split.training.clone()
        };
        pictures.shuffle(&mut generator(seed, Purpose::Display, 0, 0));
        pictures.truncate(FACES);
        Self::new(faces, pictures, held_out, noise, seed)
    }

    /// The first [`FACES`] of these held-out pictures.
    pub(crate) fn held_out(faces: &Faces, rows: &[usize], noise: Noise, seed: u64) -> Self {
        let rows = rows.iter().take(FACES).copied().collect();
        Self::new(faces, rows, true, noise, seed)
    }

    fn new(faces: &Faces, pictures: Vec<usize>, held_out: bool, noise: Noise, seed: u64) -> Self {
        let size = faces.spec().size as usize;
        let clean: Vec<u8> = pictures
            .iter()
            .flat_map(|&row| faces.bytes(row).iter().copied())
            .collect();
        let mut input = faces.batch(&pictures);
        let mut noisy = Vec::new();
        if noise != Noise::None {
            for (&row, face) in pictures.iter().zip(input.chunks_exact_mut(faces.stride())) {
                // The same noise as in evaluation.
                let mut rng = generator(seed, Purpose::HeldOutNoise, 0, row as u64);
                noise.apply(face, size, &mut rng);
            }
            noisy = input.iter().map(|&value| value_to_byte(value)).collect();
        }
        Self {
            pictures,
            held_out,
            size,
            clean,
            input,
            noisy,
        }
    }

    /// Reconstructs the faces with the model.
    pub(crate) fn render(&self, model: &dyn Autoencoder, step: u64) -> Result<Preview> {
        let shape = (self.pictures.len(), self.size, self.size, 3);
        let input = Tensor::from_slice(&self.input, shape, model.device())?;
        let rebuilt = model.reconstruct(&input)?.flatten_all()?.to_vec1::<f32>()?;
        Ok(Preview {
            step,
            pictures: self.pictures.clone(),
            held_out: self.held_out,
            size: self.size,
            clean: self.clean.clone(),
            noisy: self.noisy.clone(),
            reconstructed: rebuilt.into_iter().map(value_to_byte).collect(),
        })
    }
}

/// Archives a preview under its step. Beyond [`MAX_ARCHIVED`], every other older
/// one is removed.
pub(crate) fn archive(run: &RunDir, preview: &Preview) -> Result<()> {
    let folder = run.previews_dir();
    make_folder_in_existing(&folder)?;
    preview.write(&archive_path(run, preview.step))?;
    for step in retention::previews_to_remove(&archived_steps(run), MAX_ARCHIVED) {
        let file = archive_path(run, step);
        std::fs::remove_file(&file).map_err(Error::io(&file, "remove"))?;
    }
    Ok(())
}

/// Removes archived previews of steps after `step`, and the preview of the worst
/// faces.
pub(crate) fn rewind(run: &RunDir, step: u64) -> Result<()> {
    for later in archived_steps(run).into_iter().filter(|&kept| kept > step) {
        let file = archive_path(run, later);
        std::fs::remove_file(&file).map_err(Error::io(&file, "remove"))?;
    }
    // It belongs to weights that are discarded; the next epoch's end writes it anew.
    let _ = std::fs::remove_file(run.worst_preview_path());
    Ok(())
}

/// The steps of all archived previews, in order.
pub fn archived_steps(run: &RunDir) -> Vec<u64> {
    let Ok(entries) = std::fs::read_dir(run.previews_dir()) else {
        return Vec::new();
    };
    let mut steps: Vec<u64> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let digits = name.strip_prefix("step-")?.strip_suffix(".safetensors")?;
            digits.parse().ok()
        })
        .collect();
    steps.sort_unstable();
    steps
}

/// The preview that was [`archived_steps`] for this very step.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read_archived(run: &RunDir, step: u64) -> Result<Preview> {
    Preview::read(&archive_path(run, step))
}

/// Reads the archived preview nearest to a step.
///
/// # Errors
/// When none is archived, or it cannot be read.
pub fn read_nearest(run: &RunDir, step: u64) -> Result<Preview> {
    let nearest = archived_steps(run)
        .into_iter()
        .min_by_key(|kept| kept.abs_diff(step))
        .ok_or_else(|| {
            Error::not_found(
                format!("a preview of run {}", run.folder_name()),
                "the first one is archived when the first epoch ends",
            )
        })?;
    read_archived(run, nearest)
}

fn archive_path(run: &RunDir, step: u64) -> std::path::PathBuf {
    run.previews_dir()
        .join(format!("step-{step:08}.safetensors"))
}
