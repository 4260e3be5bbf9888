//! A model compared with the methods that it has to beat, on the same pictures
//! under the same noise.

use std::sync::Arc;

use serde::Serialize;

use super::data::HeldOutPictures;
use super::denoise::{DenoiseMethod, Quality, fit_classical};
use super::fitted::FittedModel;
use super::loaded::LoadedModel;
use crate::classical::ClassicalDenoisers;
use crate::dataset::{Dataset, Faces, Noise};
use crate::error::Result;
use crate::latent::batch_size_for;
use crate::paths::Paths;
use crate::progress::{Progress, Unit, Watch};
use crate::training::evaluation::{MetricAccumulator, noisy_batch};

/// How close each method comes to the clean pictures under one noise.
#[derive(Serialize)]
pub(crate) struct NoiseComparison {
    pub noise: Noise,
    /// The noisy pictures themselves, PCA, the classical methods, the model.
    pub methods: Vec<MethodQuality>,
}

/// The mean quality of one method's pictures.
#[derive(Serialize)]
pub(crate) struct MethodQuality {
    pub method: String,
    #[serde(flatten)]
    pub quality: Quality,
}

/// A model with PCA and the classical methods, all fitted to the same pictures.
pub(crate) struct DenoiserComparison {
    model: Arc<LoadedModel>,
    pca: Arc<LoadedModel>,
    classical: Arc<ClassicalDenoisers>,
    /// Components in the Wiener filter's covariance.
    pub wiener_components: u32,
}

impl DenoiserComparison {
    /// Fits PCA of the model's code size and the classical methods to the rows that
    /// the model was trained on.
    ///
    /// # Errors
    /// When the pictures cannot be read or are too few; `Cancelled` by the watcher.
    pub(crate) fn fit(
        paths: &Paths,
        dataset: &Dataset,
        rows: &[usize],
        model: Arc<LoadedModel>,
        watch: Watch,
    ) -> Result<Self> {
        let faces = Faces::load(paths, dataset, model.faces, watch)?;
        let code_size = model.spec().code_size;
        let fitted = FittedModel::Pca {
            code_size,
            faces: model.faces,
        };
        let pca = LoadedModel::fit(paths, dataset, (&faces, rows), fitted, watch)?;
        let (classical, wiener_components) = fit_classical(paths, dataset, &faces, rows, watch)?;
        Ok(Self {
            model,
            pca: Arc::new(pca),
            classical: Arc::new(classical),
            wiener_components,
        })
    }

    /// Compares all methods on held-out pictures under each noise, which is drawn
    /// with the model's seed.
    ///
    /// # Errors
    /// When the model's result is not finite; `Cancelled` by the watcher.
    pub(crate) fn compare(
        &self,
        held_out: &HeldOutPictures,
        noises: &[Noise],
        watch: Watch,
    ) -> Result<Vec<NoiseComparison>> {
        let mut done = 0;
        let total = (noises.len() * held_out.rows.len()) as u64;
        let mut advance = |pictures: usize| {
            done += pictures as u64;
            watch(Progress {
                stage: "comparing on held-out pictures",
                done,
                total: Some(total),
                unit: Unit::Pictures,
            })
        };
        noises
            .iter()
            .map(|&noise| self.compare_under(noise, held_out, &mut advance))
            .collect()
    }

    fn compare_under(
        &self,
        noise: Noise,
        held_out: &HeldOutPictures,
        advance: &mut impl FnMut(usize) -> Result<()>,
    ) -> Result<NoiseComparison> {
        let settings = self.classical.tune(noise, &mut || advance(0))?;
        let mut methods = vec![DenoiseMethod::Model(self.pca.clone())];
        methods.extend(DenoiseMethod::classical(&self.classical, settings));
        let mut names = vec!["noisy".to_string()];
        names.extend(methods.iter().map(DenoiseMethod::label));
        methods.push(DenoiseMethod::Model(self.model.clone()));
        names.push(self.model.name.clone());

        let faces = &held_out.faces;
        let size = faces.spec().size as usize;
        let mut means = vec![MetricAccumulator::default(); names.len()];
        for rows in held_out.rows.chunks(batch_size_for(size)) {
            let clean = faces.batch(rows);
            let noisy = noisy_batch(faces, rows, noise, self.model.seed);
            means[0].add(&noisy, &clean, size);
            for (mean, method) in means[1..].iter_mut().zip(&methods) {
                mean.add(&method.denoise(&noisy)?, &clean, size);
            }
            advance(rows.len())?;
        }
        if let Some(mean) = means.last() {
            self.model.check_error(mean.mse())?;
        }
        let qualities = means.iter().map(Quality::from);
        let quality_of = |(method, quality)| MethodQuality { method, quality };
        Ok(NoiseComparison {
            noise,
            methods: names.into_iter().zip(qualities).map(quality_of).collect(),
        })
    }
}
