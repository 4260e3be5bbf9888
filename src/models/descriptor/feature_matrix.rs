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
    /// `[faces, features]`, row-major.
    bytes: Vec<u8>,
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
        let mut bytes = Vec::with_capacity(rows.len() * features::count());
        for chunk in rows.chunks(DESCRIBED_AT_ONCE) {
            let described: Vec<Vec<u8>> = chunk
                .par_iter()
                .map(|&row| features::describe(faces.bytes(row)))
                .collect();
            for features in described {
                bytes.extend(features);
            }
            if let (Some(&first), Some(&last)) = (chunk.iter().min(), chunk.iter().max()) {
                faces.release(first..last + 1);
            }
            watch(Progress {
                stage: "describing faces",
                done: (bytes.len() / features::count()) as u64,
                total: Some(rows.len() as u64),
                unit: Unit::Pictures,
            })?;
        }
        let (mean, variances) = moments(&bytes, rows.len());
        let gains = features::blocks()
            .iter()
            .flat_map(|block| block_gains(block, &variances[block.features.clone()]))
            .collect();
        Ok(Self {
            bytes,
            faces: rows.len(),
            mean,
            gains,
        })
    }

    /// X·Xᵀ·q, `[faces, q.ncols()]`. The result does not depend on the number of threads.
    pub(super) fn gram_times(&self, q: MatRef<'_, f64>) -> Mat<f64> {
        let q = Mat::from_fn(q.nrows(), q.ncols(), |row, column| q[(row, column)] as f32);
        let slabs: Vec<Range<usize>> = self.slabs().collect();
        let sums: Vec<Mat<f32>> = slabs
            .par_iter()
            .map(|slab| self.slab_times(slab.clone(), q.as_ref()))
            .collect();
        let starts: Vec<usize> = (0..self.faces).step_by(MULTIPLIED_AT_ONCE).collect();
        let products: Vec<Mat<f32>> = starts
            .par_iter()
            .map_init(Vec::new, |buffer, &first| {
                let faces = first..self.faces.min(first + MULTIPLIED_AT_ONCE);
                let mut product = Mat::zeros(faces.len(), q.ncols());
                for (slab, sum) in slabs.iter().zip(&sums) {
                    let block = self.block(slab.clone(), faces.clone(), buffer);
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
        let slabs: Vec<Range<usize>> = self.slabs().collect();
        // A few at a time, so that the product does not lie in memory twice.
        for slabs in slabs.chunks(rayon::current_num_threads()) {
            let sums: Vec<Mat<f32>> = slabs
                .par_iter()
                .map(|slab| self.slab_times(slab.clone(), q))
                .collect();
            for (slab, sum) in slabs.iter().zip(&sums) {
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

    /// The rows of Xᵀ·q that belong to these features.
    fn slab_times(&self, slab: Range<usize>, q: MatRef<'_, f32>) -> Mat<f32> {
        let mut sum = Mat::zeros(slab.len(), q.ncols());
        let mut buffer = Vec::new();
        for first in (0..self.faces).step_by(MULTIPLIED_AT_ONCE) {
            let faces = first..self.faces.min(first + MULTIPLIED_AT_ONCE);
            let rows = q.get(faces.clone(), ..);
            let block = self.block(slab.clone(), faces, &mut buffer);
            matmul(&mut sum, Accum::Add, block, rows, 1.0, Par::Seq);
        }
        sum
    }

    /// Ranges of features that are multiplied at once.
    fn slabs(&self) -> impl Iterator<Item = Range<usize>> {
        let features = self.mean.len();
        (0..features)
            .step_by(SLAB)
            .map(move |first| first..features.min(first + SLAB))
    }

    /// The part of Xᵀ for these features and faces, in the buffer's memory: fresh memory would cost
    /// the system more than the products.
    fn block<'a>(
        &self,
        slab: Range<usize>,
        faces: Range<usize>,
        buffer: &'a mut Vec<f32>,
    ) -> MatRef<'a, f32> {
        let (height, width) = (slab.len(), faces.len());
        buffer.resize(height * width, 0.0);
        let (mean, gains) = (&self.mean[slab.clone()], &self.gains[slab.clone()]);
        for (face, column) in faces.zip(buffer.chunks_exact_mut(height)) {
            let bytes = &self.bytes[face * self.mean.len()..][slab.clone()];
            let scaled = column.iter_mut().zip(bytes).zip(mean).zip(gains);
            for (((value, &byte), mean), gain) in scaled {
                *value = (f32::from(byte) - mean) * gain;
            }
        }
        MatRef::from_column_major_slice(buffer, height, width)
    }
}

/// Mean and variance of each feature.
fn moments(bytes: &[u8], faces: usize) -> (Vec<f32>, Vec<f64>) {
    let features = features::count();
    // Sums of bytes are exact.
    let (mut sums, mut squares) = (vec![0u64; features], vec![0u64; features]);
    for row in bytes.chunks_exact(features) {
        for ((sum, square), &byte) in sums.iter_mut().zip(&mut squares).zip(row) {
            *sum += u64::from(byte);
            *square += u64::from(byte) * u64::from(byte);
        }
    }
    let faces = faces as f64;
    let variance = |(&sum, &square): (&u64, &u64)| {
        (square as f64 / faces - (sum as f64 / faces).powi(2)).max(0.0)
    };
    let variances = sums.iter().zip(&squares).map(variance).collect();
    let mean = sums.iter().map(|&sum| (sum as f64 / faces) as f32);
    (mean.collect(), variances)
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
