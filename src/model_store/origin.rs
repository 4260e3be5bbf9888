//! Whether made faces were made or remembered: how near they are to real ones.

use candle_core::{Device, Tensor};

use super::loaded::fit_pca;
use super::source::ModelSource;
use crate::dataset::{Dataset, FaceSpec, Faces};
use crate::error::Result;
use crate::generation::quality::{Novelty, Origin, Space, compared_values};
use crate::imaging::to_values;
use crate::latent::batch_size_for;
use crate::models::{Autoencoder, Pca};
use crate::paths::Paths;
use crate::progress::Watch;

/// Components of the codes that faces are compared by, whitened: of the encoders that take small
/// pictures, such a one finds a person best. The descriptor, which finds one better, describes
/// pictures of 128 pixels with more around the face; nobody has photographed that of a made face.
const COMPONENTS: u32 = 128;

/// The real faces that a made one may come from.
pub(crate) struct KnownFaces {
    novelty: Novelty,
    codes: WhitenedCodes,
    size: usize,
    /// Their rows in the data set.
    rows: Vec<usize>,
    /// Whether unseen faces are what the distances are held against, else other seen ones.
    pub has_unseen: bool,
}

impl KnownFaces {
    /// The faces of `dataset` that the model was trained on, held against those that it was not;
    /// all faces, held against each other, where it has seen all or none.
    ///
    /// # Errors
    /// When a picture cannot be read, or all look the same; `Cancelled` by the watcher.
    pub(crate) fn new(
        paths: &Paths,
        dataset: &Dataset,
        source: &ModelSource,
        spec: FaceSpec,
        watch: Watch,
    ) -> Result<Self> {
        let faces = Faces::load(paths, dataset, spec, watch)?;
        let all: Vec<usize> = (0..faces.len()).collect();
        let seen = source.seen_rows(dataset)?;
        let (rows, unseen) = if seen.is_empty() || seen.len() == all.len() {
            (all, Vec::new())
        } else {
            let is_seen = |row: &usize| seen.binary_search(row).is_ok();
            let unseen = all.into_iter().filter(|row| !is_seen(row)).collect();
            (seen, unseen)
        };
        let stage = format!("fitting PCA-{COMPONENTS}");
        let pca = fit_pca(paths, dataset, (&faces, &rows), COMPONENTS, &stage, watch)?;
        let codes = WhitenedCodes::new(pca)?;
        let size = spec.size as usize;
        let known = bytes_of(&faces, &rows);
        let unseen = (!unseen.is_empty()).then(|| bytes_of(&faces, &unseen));
        let unseen_codes = unseen.as_deref().map(|unseen| codes.of(unseen));
        let novelty = Novelty::new(vec![
            Space::pixels(&known, unseen.as_deref(), size)?,
            Space::codes(codes.of(&known)?, unseen_codes.transpose()?, codes.width())?,
        ]);
        Ok(Self {
            novelty,
            codes,
            size,
            rows,
            has_unseen: unseen.is_some(),
        })
    }

    /// Where made faces come from, bytes `[n, size, size, 3]`; faces are rows of the data set.
    ///
    /// # Errors
    /// When they are not whole pictures.
    pub(crate) fn origins(&self, made: &[u8]) -> Result<Vec<Origin>> {
        let pixels = compared_values(made, self.size);
        let mut origins = self.novelty.judge(&[pixels, self.codes.of(made)?])?;
        for origin in &mut origins {
            for like in &mut origin.resemblances {
                like.face = self.rows[like.face];
            }
        }
        Ok(origins)
    }
}

fn bytes_of(faces: &Faces, rows: &[usize]) -> Vec<u8> {
    let each = rows.iter().map(|&row| faces.bytes(row));
    each.collect::<Vec<_>>().concat()
}

/// Principal codes of variance 1.
struct WhitenedCodes {
    pca: Pca,
    scales: Vec<f32>,
}

impl WhitenedCodes {
    fn new(pca: Pca) -> Result<Self> {
        let variances = pca.variances()?;
        // What hardly varies in the real faces is not compared.
        let least = variances.first().copied().unwrap_or(1.0) * 1e-6;
        let scale = |&variance: &f32| {
            if variance > least {
                variance.sqrt().recip()
            } else {
                0.0
            }
        };
        Ok(Self {
            scales: variances.iter().map(scale).collect(),
            pca,
        })
    }

    fn width(&self) -> usize {
        self.scales.len()
    }

    /// `[n, width]`, of pictures of bytes.
    fn of(&self, pictures: &[u8]) -> Result<Vec<f32>> {
        let (size, values) = (self.pca.spec().size as usize, self.pca.spec().values());
        let mut codes = Vec::with_capacity(pictures.len() / values * self.width());
        for chunk in pictures.chunks(batch_size_for(size) * values) {
            let shape = (chunk.len() / values, size, size, 3);
            let faces = Tensor::from_vec(to_values(chunk), shape, &Device::Cpu)?;
            let plain = self.pca.encode(&faces)?.flatten_all()?.to_vec1::<f32>()?;
            let scales = self.scales.iter().cycle();
            codes.extend(plain.iter().zip(scales).map(|(code, scale)| code * scale));
        }
        Ok(codes)
    }
}
