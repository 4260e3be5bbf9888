//! The features of many faces as a matrix that is never formed in single precision.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use super::features::{self, Block};
use crate::dataset::Faces;
use crate::error::Result;
use crate::progress::{Progress, Unit, Watch};

/// Faces described between two progress reports.
const DESCRIBED_AT_ONCE: usize = 128;
/// Faces and features of a block that is multiplied at once: half a megabyte, to fit a cache.
const MULTIPLIED_AT_ONCE: usize = 256;
const SLAB: usize = 512;

/// The centred, weighted features X of faces, one face in each row.
pub(super) struct FeatureMatrix {
    /// For each slab of features `[faces, features of the slab]`, row-major: what is multiplied at
    /// once lies together.
    slabs: Vec<Vec<u8>>,
    faces: usize,
    /// Mean of each feature.
    pub mean: Vec<f32>,
    /// The factor of each centred feature.
    pub gains: Vec<f32>,
}

impl FeatureMatrix {
    /// Describes the given rows of `faces`. Each block of features is scaled to its share of the
    /// variance.
    pub(super) fn new(faces: &Faces, rows: &[usize], watch: Watch) -> Result<Self> {
        let mut slabs: Vec<Vec<u8>> = slab_ranges()
            .map(|slab| Vec::with_capacity(rows.len() * slab.len()))
            .collect();
        let mut moments = Moments::default();
        let mut done = 0;
        for chunk in rows.chunks(DESCRIBED_AT_ONCE) {
            let described: Vec<Vec<u8>> = chunk
                .par_iter()
                .map(|&row| features::describe(faces.bytes(row)))
                .collect();
            for features in described {
                moments.add(&features);
                for (slab, range) in slabs.iter_mut().zip(slab_ranges()) {
                    slab.extend(&features[range]);
                }
            }
            done += chunk.len();
            if let (Some(&first), Some(&last)) = (chunk.iter().min(), chunk.iter().max()) {
                faces.release(first..last + 1);
            }
            watch(Progress {
                stage: "describing faces",
                done: done as u64,
                total: Some(rows.len() as u64),
                unit: Unit::Pictures,
            })?;
        }
        let (mean, variances) = (moments.mean(), moments.variances());
        let gains = features::blocks()
            .iter()
            .flat_map(|block| block_gains(block, &variances[block.features.clone()]))
            .collect();
        Ok(Self {
            slabs,
            faces: rows.len(),
            mean,
            gains,
        })
    }

    /// X·Xᵀ·q, `[faces, q.ncols()]`. The result does not depend on the number of threads.
    pub(super) fn gram_times(&self, q: MatRef<'_, f64>) -> Mat<f64> {
        let q = Mat::from_fn(q.nrows(), q.ncols(), |row, column| q[(row, column)] as f32);
        let sums: Vec<Mat<f32>> = (0..self.slabs.len())
            .into_par_iter()
            .map(|slab| self.slab_times(slab, q.as_ref()))
            .collect();
        let starts: Vec<usize> = (0..self.faces).step_by(MULTIPLIED_AT_ONCE).collect();
        let products: Vec<Mat<f32>> = starts
            .par_iter()
            .map_init(Vec::new, |buffer, &first| {
                let faces = first..self.faces.min(first + MULTIPLIED_AT_ONCE);
                let mut product = Mat::zeros(faces.len(), q.ncols());
                for (slab, sum) in sums.iter().enumerate() {
                    let block = self.block(slab, faces.clone(), buffer);
                    let block = block.transpose();
                    matmul(&mut product, Accum::Add, block, sum, 1.0, Par::Seq);
                }
                product
            })
            .collect();
        Mat::from_fn(self.faces, q.ncols(), |row, column| {
            let product = &products[row / MULTIPLIED_AT_ONCE];
            f64::from(product[(row % MULTIPLIED_AT_ONCE, column)])
        })
    }

    /// (Xᵀ·q)ᵀ with its columns multiplied by the gains: `[q.ncols(), features]`, row-major.
    pub(super) fn weighted_transposed_times(&self, q: MatRef<'_, f32>) -> Vec<f32> {
        let features = self.mean.len();
        let mut product = vec![0.0; q.ncols() * features];
        let ranges: Vec<Range<usize>> = slab_ranges().collect();
        let slabs: Vec<usize> = (0..ranges.len()).collect();
        // A few at a time, so that the product does not lie in memory twice.
        for slabs in slabs.chunks(rayon::current_num_threads()) {
            let sums: Vec<Mat<f32>> = slabs
                .par_iter()
                .map(|&slab| self.slab_times(slab, q))
                .collect();
            for (&slab, sum) in slabs.iter().zip(&sums) {
                let slab = &ranges[slab];
                for (column, row) in product.chunks_exact_mut(features).enumerate() {
                    let values = sum
                        .col_as_slice(column)
                        .iter()
                        .zip(&self.gains[slab.clone()]);
                    for (out, (value, gain)) in row[slab.clone()].iter_mut().zip(values) {
                        *out = value * gain;
                    }
                }
            }
        }
        product
    }

    /// The rows of Xᵀ·q that belong to a slab of features.
    fn slab_times(&self, slab: usize, q: MatRef<'_, f32>) -> Mat<f32> {
        let height = self.slabs[slab].len() / self.faces;
        let mut sum = Mat::zeros(height, q.ncols());
        let mut buffer = Vec::new();
        for first in (0..self.faces).step_by(MULTIPLIED_AT_ONCE) {
            let faces = first..self.faces.min(first + MULTIPLIED_AT_ONCE);
            let rows = q.get(faces.clone(), ..);
            let block = self.block(slab, faces, &mut buffer);
            matmul(&mut sum, Accum::Add, block, rows, 1.0, Par::Seq);
        }
        sum
    }

    /// The part of Xᵀ for a slab of features and some faces, in the buffer's memory: fresh memory
    /// would cost the system more than the products.
    fn block<'a>(
        &self,
        slab: usize,
        faces: Range<usize>,
        buffer: &'a mut Vec<f32>,
    ) -> MatRef<'a, f32> {
        let bytes = &self.slabs[slab];
        let (height, width) = (bytes.len() / self.faces, faces.len());
        buffer.resize(height * width, 0.0);
        let first = slab * SLAB;
        let (mean, gains) = (
            &self.mean[first..][..height],
            &self.gains[first..][..height],
        );
        let bytes = bytes[faces.start * height..].chunks_exact(height);
        for (column, bytes) in buffer.chunks_exact_mut(height).zip(bytes) {
            let scaled = column.iter_mut().zip(bytes).zip(mean).zip(gains);
            for (((value, &byte), mean), gain) in scaled {
                *value = (f32::from(byte) - mean) * gain;
            }
        }
        MatRef::from_column_major_slice(buffer, height, width)
    }
}

/// Ranges of features that are multiplied at once.
fn slab_ranges() -> impl Iterator<Item = Range<usize>> {
    let features = features::count();
    (0..features)
        .step_by(SLAB)
        .map(move |first| first..features.min(first + SLAB))
}

/// Sums over faces of each feature and its square. Sums of bytes are exact.
#[derive(Default)]
struct Moments {
    faces: u64,
    sums: Vec<u64>,
    squares: Vec<u64>,
}

impl Moments {
    fn add(&mut self, features: &[u8]) {
        self.faces += 1;
        self.sums.resize(features.len(), 0);
        self.squares.resize(features.len(), 0);
        let sums = self.sums.iter_mut().zip(&mut self.squares);
        for ((sum, square), &byte) in sums.zip(features) {
            *sum += u64::from(byte);
            *square += u64::from(byte) * u64::from(byte);
        }
    }

    fn mean(&self) -> Vec<f32> {
        let faces = self.faces as f64;
        self.sums
            .iter()
            .map(|&sum| (sum as f64 / faces) as f32)
            .collect()
    }

    fn variances(&self) -> Vec<f64> {
        let faces = self.faces as f64;
        let variance = |(&sum, &square): (&u64, &u64)| {
            (square as f64 / faces - (sum as f64 / faces).powi(2)).max(0.0)
        };
        self.sums.iter().zip(&self.squares).map(variance).collect()
    }
}

/// The factors of a block's features, so that its weighted variance is its share.
fn block_gains(block: &Block, variances: &[f64]) -> Vec<f32> {
    let weights = block.weights.iter();
    let total: f64 = weights
        .zip(variances)
        .map(|(&weight, variance)| f64::from(weight).powi(2) * variance)
        .sum();
    let factor = if total > 0.0 {
        (block.share / total).sqrt()
    } else {
        0.0
    };
    let gain = |&weight: &f32| (f64::from(weight) * factor) as f32;
    block.weights.iter().map(gain).collect()
}
