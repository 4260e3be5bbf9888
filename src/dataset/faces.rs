//! Faces as networks see them: cropped, resized, as bytes in one memory-mapped
//! file per (data set, crop, size, resize).

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::progress::Watch;

/// How a cropped picture becomes a small one. Numbers compare only under one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Preprocess {
    /// Bilinear without antialiasing, as OpenCV's `INTER_LINEAR`: the course's.
    #[default]
    Seed,
    /// Antialiased: the better picture to look at.
    Smooth,
}

/// The side lengths that models are made for, in pixels.
pub const SIZES: [u32; 5] = [32, 48, 64, 96, 128];

/// Which tensor of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FaceSpec {
    /// Side of the square picture, one of [`SIZES`].
    pub size: u32,
    /// The resize.
    pub preprocess: Preprocess,
}

/// All faces of a data set as bytes `[n, size, size, 3]`, RGB, row-major.
#[derive(Debug)]
pub struct Faces {
    spec: FaceSpec,
    count: usize,
    bytes: memmap2::Mmap,
}

impl Faces {
    /// Opens the cached tensor or makes it from the pictures. Row `i` is
    /// picture `i` of the data set.
    ///
    /// # Errors
    /// Those of the file system, and `Cancelled`.
    pub fn load(_paths: &Paths, dataset: &Dataset, _spec: FaceSpec, _watch: Watch) -> Result<Self> {
        Err(Error::invalid(&dataset.title, "not written yet"))
    }

    /// Faces from memory: `[n, size, size, 3]`, RGB.
    ///
    /// # Errors
    /// When the bytes are not a whole number of faces.
    pub fn from_bytes(spec: FaceSpec, bytes: &[u8]) -> Result<Self> {
        let stride = (spec.size * spec.size * 3) as usize;
        if !bytes.len().is_multiple_of(stride) {
            return Err(Error::invalid(
                "faces",
                format!("{} bytes are no multiple of {stride}", bytes.len()),
            ));
        }
        // A mapping of length 0 is an error on some systems.
        let mut memory = memmap2::MmapMut::map_anon(bytes.len().max(1))
            .map_err(Error::io("memory for faces", "map"))?;
        memory[..bytes.len()].copy_from_slice(bytes);
        Ok(Self {
            spec,
            count: bytes.len() / stride,
            bytes: memory
                .make_read_only()
                .map_err(Error::io("memory for faces", "map"))?,
        })
    }

    /// What it holds.
    pub fn spec(&self) -> FaceSpec {
        self.spec
    }

    /// Number of faces.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The bytes of one face, `[size, size, 3]`.
    pub fn bytes(&self, face: usize) -> &[u8] {
        let stride = self.stride();
        &self.bytes[face * stride..(face + 1) * stride]
    }

    /// Values per face: size × size × 3.
    pub fn stride(&self) -> usize {
        (self.spec.size * self.spec.size * 3) as usize
    }

    /// The given faces as floats `[faces.len(), size, size, 3]`, value / 255 − 0.5.
    pub fn batch(&self, faces: &[usize]) -> Vec<f32> {
        let mut values = Vec::with_capacity(faces.len() * self.stride());
        for &face in faces {
            values.extend(self.bytes(face).iter().map(|&byte| to_unit(byte)));
        }
        values
    }
}

/// A byte as networks see it: value / 255 − 0.5.
pub fn to_unit(byte: u8) -> f32 {
    f32::from(byte) / 255.0 - 0.5
}

/// A network's value as a byte: clip(value + 0.5, 0, 1) × 255, rounded.
pub fn to_byte(value: f32) -> u8 {
    ((value + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8
}
