//! The judge: fitted to real faces once, it gives figures of any pictures.

use candle_core::Tensor;
use serde::Serialize;

use super::frechet::{Moments, frechet_distance};
use super::manifold::{FEWEST, precision_and_recall};
use super::nearest::{PixelIndex, remembered};
use super::sharpness::sharpness;
use super::texture::TextureSpace;
use crate::dataset::Faces;
use crate::error::{Error, Result};
use crate::imaging::to_values;
use crate::models::{Autoencoder, Pca};
use crate::progress::{Progress, Unit, Watch};

/// Principal components of the pixels.
pub(crate) const PIXEL_COMPONENTS: u32 = 64;
/// The most real faces of each part that are judged by; more are thinned out evenly.
const MOST_FACES: usize = 10_000;
/// Pictures that are projected at once.
const BATCH: usize = 256;

/// How made faces compare with real ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Quality {
    /// Pictures that were judged.
    pub samples: usize,
    /// Fréchet distance to the held-out faces in the principal components of the pixels; see
    /// [`PIXEL_COMPONENTS`]. Pixels are −0.5 to 0.5.
    pub frechet_pixels: f64,
    /// The same in the space of textures, in units of the training faces' variance there.
    pub frechet_texture: f64,
    /// Share of the samples that could be real: on the manifold of held-out faces, in the space of
    /// textures.
    pub precision: f64,
    /// Share of the held-out faces on the manifold of the samples.
    pub recall: f64,
    /// Share that lies nearer to a training face than to one of as many held-out ones: 0.5 is
    /// new, 1 is copied. None of training faces themselves.
    pub remembered: Option<f64>,
    /// Mean squared difference of neighbouring pixels, as a multiple of the held-out faces'.
    pub sharpness: f64,
}

/// Real faces to judge made ones by.
pub(crate) struct Judge {
    size: usize,
    /// The leading components of the training faces.
    pixels: Pca,
    texture: TextureSpace,
    /// What distances in the space of textures are divided by.
    texture_unit: f64,
    /// Training faces, bytes `[n, size, size, 3]`.
    training: Vec<u8>,
    nearest_training: PixelIndex,
    nearest_held_out: PixelIndex,
    /// Of the held-out faces.
    pixel_moments: Moments,
    texture_moments: Moments,
    texture_points: Vec<f32>,
    sharpness: f64,
}

impl Judge {
    /// Fits the spaces to the training faces, and compares with the held-out ones. `components`
    /// are those of the training faces, at least [`PIXEL_COMPONENTS`] where there are as many.
    ///
    /// # Errors
    /// When there are fewer than four faces of either part; `Cancelled` by the watcher.
    pub(crate) fn fit(
        components: &Pca,
        (faces, training): (&Faces, &[usize]),
        (others, held_out): (&Faces, &[usize]),
        watch: Watch,
    ) -> Result<Self> {
        for (rows, what) in [(training, "training"), (held_out, "held-out")] {
            if rows.len() < FEWEST {
                return Err(Error::invalid(
                    "pictures to judge by",
                    format!(
                        "there are {} {what} faces, and {FEWEST} are the least; choose a larger \
                         data set with --data, or a model that holds more out",
                        rows.len()
                    ),
                ));
            }
        }
        let mut report = |stage: &str, done: u64| {
            watch(Progress {
                stage,
                done,
                total: Some(4),
                unit: Unit::Steps,
            })
        };
        let stage = "fitting the judge to real faces";
        report(stage, 0)?;
        let size = faces.spec().size as usize;
        let pixels = components.truncated(PIXEL_COMPONENTS.min(components.spec().code_size))?;
        let training = bytes_of(faces, &thinned(training));
        let held_out = bytes_of(others, &thinned(held_out));
        let (texture, points) = TextureSpace::fit(&training, size)?;
        let texture_unit = Moments::of(&points, texture.width())?.total_variance();
        report(stage, 1)?;
        let texture_points = texture.points(&held_out);
        let texture_moments = Moments::of(&texture_points, texture.width())?;
        report(stage, 2)?;
        let nearest_training = PixelIndex::new(&training, size)?;
        let nearest_held_out = PixelIndex::new(&held_out, size)?;
        report(stage, 3)?;
        let pixel_moments = pixel_moments(&pixels, &held_out)?;
        report(stage, 4)?;
        Ok(Self {
            size,
            pixels,
            texture,
            texture_unit,
            nearest_training,
            nearest_held_out,
            pixel_moments,
            texture_moments,
            texture_points,
            sharpness: sharpness(&held_out, size),
            training,
        })
    }

    /// How many training and held-out faces it judges by.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.nearest_training.len(), self.nearest_held_out.len())
    }

    /// Figures of made faces, bytes `[n, size, size, 3]` as they are shown and saved.
    ///
    /// # Errors
    /// When there are fewer than four, or they are not whole pictures of the size of the real
    /// ones; `Cancelled` by the watcher.
    pub(crate) fn judge(&self, samples: &[u8], watch: Watch) -> Result<Quality> {
        self.figures(samples, true, watch)
    }

    /// Figures of `count` training faces, or of all if there are fewer: what real faces of other
    /// people have.
    ///
    /// # Errors
    /// As [`Judge::judge`].
    pub(crate) fn judge_real(&self, count: usize, watch: Watch) -> Result<Quality> {
        let stride = self.stride();
        let all = self.training.len() / stride;
        let count = all.min(count);
        let faces: Vec<u8> = (0..count)
            .flat_map(|at| &self.training[at * all / count * stride..][..stride])
            .copied()
            .collect();
        self.figures(&faces, false, watch)
    }

    fn stride(&self) -> usize {
        self.size * self.size * 3
    }

    fn figures(&self, bytes: &[u8], with_remembered: bool, watch: Watch) -> Result<Quality> {
        let samples = bytes.len() / self.stride();
        if samples < FEWEST || bytes.len() != samples * self.stride() {
            return Err(Error::invalid(
                "pictures to judge",
                format!(
                    "are {samples} of side {}; at least {FEWEST} can be judged",
                    self.size
                ),
            ));
        }
        let mut report = |done: u64| {
            watch(Progress {
                stage: "judging",
                done,
                total: Some(4),
                unit: Unit::Steps,
            })
        };
        report(0)?;
        let pixels = pixel_moments(&self.pixels, bytes)?;
        let frechet_pixels = frechet_distance(&pixels, &self.pixel_moments)?;
        report(1)?;
        let width = self.texture.width();
        let points = self.texture.points(bytes);
        let moments = Moments::of(&points, width)?;
        let frechet_texture = frechet_distance(&moments, &self.texture_moments)?;
        report(2)?;
        let (precision, recall) = precision_and_recall(&points, &self.texture_points, width)?;
        report(3)?;
        let remembered = if with_remembered {
            let (own, other) = (&self.nearest_training, &self.nearest_held_out);
            Some(remembered(bytes, own, other)?)
        } else {
            None
        };
        report(4)?;
        Ok(Quality {
            samples,
            frechet_pixels,
            frechet_texture: frechet_texture / self.texture_unit,
            precision,
            recall,
            remembered,
            sharpness: sharpness(bytes, self.size) / self.sharpness.max(f64::MIN_POSITIVE),
        })
    }
}

/// At most [`MOST_FACES`] of the rows, evenly over all.
fn thinned(rows: &[usize]) -> Vec<usize> {
    let count = rows.len().min(MOST_FACES);
    (0..count).map(|at| rows[at * rows.len() / count]).collect()
}

fn bytes_of(faces: &Faces, rows: &[usize]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.len() * faces.stride());
    rows.iter()
        .for_each(|&row| bytes.extend_from_slice(faces.bytes(row)));
    bytes
}

/// Moments of the codes of pictures, bytes `[n, size, size, 3]`.
fn pixel_moments(pixels: &Pca, bytes: &[u8]) -> Result<Moments> {
    let (size, values) = (pixels.spec().size as usize, pixels.spec().values());
    let mut codes = Vec::new();
    for chunk in bytes.chunks(BATCH * values) {
        let shape = (chunk.len() / values, size, size, 3);
        let pictures = Tensor::from_vec(to_values(chunk), shape, pixels.device())?;
        codes.extend(pixels.encode(&pictures)?.flatten_all()?.to_vec1::<f32>()?);
    }
    Moments::of(&codes, pixels.spec().code_size as usize)
}
