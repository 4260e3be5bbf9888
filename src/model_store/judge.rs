//! Judges the faces that a model makes by real ones that it has not seen.

use std::collections::BTreeSet;

use candle_core::{Device, Tensor};
use serde::Serialize;

use super::codes::encode_rows;
use super::data::{DataChoice, HeldOutPictures};
use super::loaded::{LoadedModel, fit_pca};
use super::source::ModelSource;
use crate::dataset::{Dataset, FaceSpec, Faces};
use crate::error::{Error, Result};
use crate::generation::quality::{Judge, Quality};
use crate::generation::{SamplerSettings, Sampling, Start};
use crate::imaging::to_bytes;
use crate::latent::{CodeStatistics, batch_size_for, decode_all};
use crate::models::{Autoencoder, Pca};
use crate::paths::Paths;
use crate::progress::{Progress, Unit, Watch};
use crate::rng::{Purpose, generator};
use rand_distr::{Distribution, StandardNormal};

/// Components of the Gaussian draws that are judged beside the model: with so many, a draw has
/// nearly the faces' own covariance.
const GAUSSIAN_COMPONENTS: [u32; 2] = [64, 512];
/// With fewer samples, the figures say more about their number than about the model.
const FEW: usize = 500;

/// Batches of a denoiser's network that are drawn together.
const DRAWN_TOGETHER: usize = 1;

/// How samples are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Drawing {
    /// How many.
    pub count: usize,
    /// Of the draws.
    pub seed: u64,
    /// Scale of the codes' distance from the mean; see
    /// [`CodeStatistics::sample`](crate::latent::CodeStatistics).
    pub spread: f32,
    /// How a denoiser draws.
    pub settings: SamplerSettings,
}

/// Figures of one maker of pictures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Judged {
    /// `real faces`, `Gaussian, PCA-512`.
    pub name: String,
    /// Its figures.
    #[serde(flatten)]
    pub quality: Quality,
}

/// Real faces of a model's data set, those that it was trained on and those that it was not.
pub(crate) struct RealFaces {
    judge: Judge,
    /// The leading components of the training faces.
    components: Pca,
    /// The data set of the held-out faces.
    pub data: String,
    /// Which of its pictures are held out: `held-out 0.2 of the people`.
    pub split: String,
    /// People among the held-out faces, and how many of them are on training faces too.
    pub people: usize,
    pub known_people: usize,
}

impl RealFaces {
    /// The faces that `source` was trained on, and those to judge by.
    ///
    /// # Errors
    /// When there are too few of either; `Cancelled` by the watcher.
    pub(crate) fn new(
        paths: &Paths,
        spec: FaceSpec,
        (own, training): (&Dataset, &[usize]),
        held_out: &HeldOutPictures,
        watch: Watch,
    ) -> Result<Self> {
        let faces = Faces::load(paths, own, spec, watch)?;
        let most = GAUSSIAN_COMPONENTS.into_iter().max().unwrap_or(1);
        let stage = format!("fitting PCA-{most}");
        let components = fit_pca(paths, own, (&faces, training), most, &stage, watch)?;
        let people = people_of(&held_out.faces, &held_out.rows);
        let known = people_of(&faces, training);
        let judge = Judge::fit(
            &components,
            (&faces, training),
            (&held_out.faces, &held_out.rows),
            watch,
        )?;
        Ok(Self {
            judge,
            components,
            data: held_out.data.clone(),
            split: held_out.split.clone(),
            people: people.len(),
            known_people: people.intersection(&known).count(),
        })
    }

    /// How many training and held-out faces are compared with.
    pub(crate) fn counts(&self) -> (usize, usize) {
        self.judge.counts()
    }

    /// Judges pictures, bytes `[n, size, size, 3]`.
    ///
    /// # Errors
    /// When there are too few; `Cancelled` by the watcher.
    pub(crate) fn judge(&self, samples: &[u8], watch: Watch) -> Result<Quality> {
        self.judge.judge(samples, watch)
    }

    /// What to compare the figures of `count` samples with: as many real faces, and Gaussian draws
    /// with the training faces' covariance.
    ///
    /// # Errors
    /// `Cancelled` by the watcher.
    pub(crate) fn references(&self, count: usize, watch: Watch) -> Result<Vec<Judged>> {
        let mut references = vec![Judged {
            name: "real faces".to_string(),
            quality: self.judge.judge_real(count, watch)?,
        }];
        let there_are = self.components.spec().code_size;
        for wanted in GAUSSIAN_COMPONENTS {
            let pca = self.components.truncated(wanted.min(there_are))?;
            let samples = gaussian_draws(&pca, count)?;
            references.push(Judged {
                name: format!("Gaussian, PCA-{}", pca.spec().code_size),
                quality: self.judge.judge(&samples, watch)?,
            });
            if wanted >= there_are {
                break;
            }
        }
        Ok(references)
    }

    /// What a reader has to know about the figures, one sentence each.
    pub(crate) fn caveats(&self, samples: usize) -> Vec<String> {
        let (_, held_out) = self.counts();
        let mut caveats = Vec::new();
        if self.known_people > 0 {
            caveats.push(format!(
                "{} of the {} people on the held-out pictures are on training pictures too; hold \
                 people out with --held-out-people for figures on new ones",
                self.known_people, self.people
            ));
        }
        let few = samples.min(held_out);
        if few < FEW {
            caveats.push(format!(
                "{few} {} are few: distances come out too large, so compare them with those of \
                 as many real faces",
                if held_out < samples {
                    "held-out pictures"
                } else {
                    "samples"
                },
            ));
        }
        caveats
    }
}

fn people_of(faces: &Faces, rows: &[usize]) -> BTreeSet<String> {
    let people = faces.people();
    people
        .map(|people| people.folders_of(rows).into_iter().collect())
        .unwrap_or_default()
}

/// Faces from codes of the components' variances, bytes `[count, size, size, 3]`.
fn gaussian_draws(pca: &Pca, count: usize) -> Result<Vec<u8>> {
    let deviations: Vec<f32> = pca.variances()?.iter().map(|v| v.sqrt()).collect();
    let mut bytes = Vec::with_capacity(count * pca.spec().values());
    let items: Vec<u64> = (0..count as u64).collect();
    for items in items.chunks(batch_size_for(pca.spec().size as usize)) {
        let mut codes = Vec::with_capacity(items.len() * deviations.len());
        for &item in items {
            let rng = generator(0, Purpose::PriorSample, 0, item);
            let normal = Distribution::<f32>::sample_iter(StandardNormal, rng);
            codes.extend(normal.zip(&deviations).map(|(z, deviation)| z * deviation));
        }
        let shape = (items.len(), deviations.len());
        let codes = Tensor::from_vec(codes, shape, &Device::Cpu)?;
        let faces = pca.decode(&codes)?.flatten_all()?.to_vec1::<f32>()?;
        bytes.extend(to_bytes(&faces));
    }
    Ok(bytes)
}

/// The model, as it is judged, and the real faces to judge it by.
pub(crate) struct ModelToJudge {
    /// A fitted model is fitted to the training faces alone.
    pub model: LoadedModel,
    /// To judge by.
    pub real: RealFaces,
    /// Training faces and rows, whose codes give the distribution to draw from.
    own: Faces,
    training: Vec<usize>,
}

impl ModelToJudge {
    /// Loads a model, and the faces to judge it by: all of `--data`, else those that were held out.
    ///
    /// # Errors
    /// When it makes no faces, or there are too few real ones; `Cancelled` by the watcher.
    pub(crate) fn load(
        source: &ModelSource,
        choice: DataChoice<'_>,
        open_device: impl FnOnce() -> Result<Device>,
        watch: Watch,
    ) -> Result<Self> {
        let (model, held_out) = source.load_for_evaluation(choice, open_device, watch)?;
        let kind = model.model.spec().kind;
        if !kind.has_decoder() {
            return Err(Error::invalid(
                &model.name,
                format!("is a {kind}, which describes faces and makes none; choose another model"),
            ));
        }
        let (own, training) = source.training_rows(choice, watch)?;
        let faces = Faces::load(choice.paths, &own, model.faces, watch)?;
        let real = RealFaces::new(
            choice.paths,
            model.faces,
            (&own, &training),
            &held_out,
            watch,
        )?;
        Ok(Self {
            model,
            real,
            own: faces,
            training,
        })
    }

    /// Draws faces from the model, bytes `[count, size, size, 3]`.
    ///
    /// # Errors
    /// When one is not finite; `Cancelled` by the watcher.
    pub(crate) fn draw(&self, drawing: Drawing, watch: Watch) -> Result<Vec<u8>> {
        let model = &self.model;
        if model.model.spec().kind.is_blind_denoiser() {
            return self.draw_from_noise(drawing, watch);
        }
        let codes = encode_rows(model, &self.own, &self.training, watch)?;
        let statistics = CodeStatistics::fit(&codes)?;
        let codes = statistics.sample(drawing.spread, drawing.count, drawing.seed);
        let stage = format!("making faces by {}", model.label);
        let mut bytes = Vec::with_capacity(drawing.count * model.model.spec().values());
        for first in (0..drawing.count).step_by(batch_size_for(model.faces.size as usize)) {
            watch(Progress {
                stage: &stage,
                done: first as u64,
                total: Some(drawing.count as u64),
                unit: Unit::Pictures,
            })?;
            let rows = batch_size_for(model.faces.size as usize).min(drawing.count - first);
            let batch = crate::latent::Codes {
                rows,
                width: codes.width,
                values: codes.values[first * codes.width..(first + rows) * codes.width]
                    .to_vec()
                    .into(),
            };
            let faces = decode_all(model.model.network()?.as_ref(), &batch)
                .map_err(|error| Error::invalid(&model.label, error))?;
            bytes.extend(to_bytes(&faces));
        }
        Ok(bytes)
    }

    /// Draws from a denoiser's prior, some at a time.
    fn draw_from_noise(&self, drawing: Drawing, watch: Watch) -> Result<Vec<u8>> {
        let model = &self.model;
        let stage = format!("making faces by {}", model.label);
        let together = DRAWN_TOGETHER * batch_size_for(model.faces.size as usize);
        let items: Vec<u64> = (0..drawing.count as u64).collect();
        let mut bytes = Vec::with_capacity(drawing.count * model.model.spec().values());
        for (batch, items) in items.chunks(together).enumerate() {
            let (network, draws) = (
                model.model.network()?.clone(),
                (drawing.seed, items.to_vec()),
            );
            let mut sampling =
                Sampling::new(network, drawing.settings, draws, &Start::Prior, None)?;
            let mut named = |progress: Progress<'_>| {
                let share = progress.done as f64 / progress.total.unwrap_or(1).max(1) as f64;
                watch(Progress {
                    stage: &stage,
                    done: (batch * together) as u64 + (share * items.len() as f64) as u64,
                    total: Some(drawing.count as u64),
                    unit: Unit::Pictures,
                })
            };
            sampling.finish(&mut named)?;
            sampling
                .pictures()
                .for_each(|picture| bytes.extend(to_bytes(picture)));
        }
        Ok(bytes)
    }
}
