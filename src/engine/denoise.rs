//! Noise on a picture, and what each method makes of it.

use std::sync::Arc;
use std::time::Instant;

use crate::classical::{ClassicalDenoisers, Method};
use crate::dataset::{FaceSpec, Noise};
use crate::engine::cache::{DatasetCache, LoadedModel, Resource, Unavailable};
use crate::engine::pictures::{FileCache, face_bytes};
use crate::engine::protocol::{Comparison, Denoised, NoiseSweep, ResponseBody};
use crate::engine::reconstruct::reconstruct;
use crate::engine::worker::{HandlerResult, Outcome};
use crate::engine::{ModelRef, PictureRef};
use crate::imaging::{difference_image, image_from_bytes, to_image, to_values};
use crate::rng::{Purpose, generator};
use crate::training::metrics::{mse, psnr_db, ssim};

/// The code size of the PCA whose answer always stands beside the others.
pub(super) const BASELINE_CODE_SIZE: u32 = 256;

/// What is asked of one picture.
pub(super) struct DenoiseParams<'a> {
    pub models: &'a [ModelRef],
    pub source: &'a PictureRef,
    pub noise_seed: u64,
    pub classical: bool,
}

/// A face that a method made.
struct DenoiserOutput {
    label: String,
    model: Option<ModelRef>,
    values: Vec<f32>,
}

/// Everything at hand that restores pictures.
struct Methods {
    spec: FaceSpec,
    models: Vec<Arc<LoadedModel>>,
    classical: Option<Arc<ClassicalDenoisers>>,
    pending: usize,
    left_out: Vec<String>,
    need: Option<Resource>,
}

impl Methods {
    fn find(stock: &DatasetCache, asked: &DenoiseParams) -> Result<Self, Unavailable> {
        let spec = match asked.models.first() {
            Some(ModelRef::Pca { faces, .. }) => *faces,
            Some(first) => stock.model(first)?.faces,
            None => FaceSpec::default(),
        };
        let mut all = asked.models.to_vec();
        let baseline = ModelRef::Pca {
            code_size: BASELINE_CODE_SIZE,
            faces: spec,
        };
        if !all.contains(&baseline) {
            all.push(baseline);
        }
        let mut found = Self {
            spec,
            models: Vec::new(),
            classical: None,
            pending: 0,
            left_out: Vec::new(),
            need: None,
        };
        for reference in all {
            match stock.model(&reference) {
                Ok(loaded) if loaded.faces != spec => found.left_out.push(format!(
                    "{} works on {} × {} pictures, {} resize",
                    loaded.label, loaded.faces.size, loaded.faces.size, loaded.faces.preprocess
                )),
                Ok(loaded) => found.models.push(loaded),
                Err(Unavailable::Pending(need)) => {
                    found.need.get_or_insert(need);
                    found.pending += 1;
                }
                Err(Unavailable::Failed(message)) => found.left_out.push(message),
            }
        }
        if asked.classical {
            match stock.classical(spec) {
                Ok(classical) => found.classical = Some(classical),
                Err(Unavailable::Pending(need)) => {
                    found.need.get_or_insert(need);
                    found.pending += Method::ALL.len();
                }
                Err(Unavailable::Failed(message)) => found.left_out.push(message),
            }
        }
        Ok(found)
    }

    /// What each method makes of a noisy face. A model that fails is left out from
    /// then on.
    fn restore(&mut self, noisy: &[f32], noise: Noise) -> Result<Vec<DenoiserOutput>, Unavailable> {
        let mut restored = Vec::new();
        let left_out = &mut self.left_out;
        self.models
            .retain(|loaded| match reconstruct(loaded, noisy) {
                Ok(values) => {
                    restored.push(DenoiserOutput {
                        label: loaded.label.clone(),
                        model: Some(loaded.reference.clone()),
                        values,
                    });
                    true
                }
                Err(Unavailable::Failed(message)) => {
                    left_out.push(message);
                    false
                }
                Err(Unavailable::Pending(_)) => false,
            });
        if let Some(classical) = &self.classical {
            let strengths = classical.nearest_tuned(noise);
            for method in Method::ALL {
                restored.push(DenoiserOutput {
                    label: method.to_string(),
                    model: None,
                    values: classical.denoise(method, noisy, strengths)?,
                });
            }
        }
        Ok(restored)
    }
}

fn add_noise(clean: &[f32], size: u32, noise: Noise, seed: u64) -> Vec<f32> {
    let mut noisy = clean.to_vec();
    let mut random = generator(seed, Purpose::Display, 0, 0);
    noise.apply(&mut noisy, size as usize, &mut random);
    noisy
}

pub(super) fn answer(
    stock: &DatasetCache,
    asked: &DenoiseParams,
    noise: Noise,
    last: &mut FileCache,
) -> HandlerResult {
    let mut methods = Methods::find(stock, asked)?;
    let spec = methods.spec;
    let faces = stock.faces(spec)?;
    let began = Instant::now();
    let bytes = face_bytes(asked.source, &faces, last)?;
    let clean = to_values(&bytes);
    let noisy = add_noise(&clean, spec.size, noise, asked.noise_seed);
    let outputs = methods
        .restore(&noisy, noise)?
        .into_iter()
        .map(|output| compare(output, &clean, spec.size))
        .collect();
    let denoised = Denoised {
        faces: spec,
        noise,
        clean: Arc::new(image_from_bytes(bytes, spec.size)),
        noisy: compare(unprocessed(noisy), &clean, spec.size),
        outputs,
        pending: methods.pending,
        left_out: methods.left_out,
        milliseconds: began.elapsed().as_secs_f32() * 1e3,
    };
    let answer = ResponseBody::Denoised(denoised);
    Ok(match methods.need {
        Some(need) => Outcome::Partial(answer, need),
        None => Outcome::Complete(answer),
    })
}

/// [`answer`] in numbers alone, under several noises.
pub(super) fn noise_sweep(
    stock: &DatasetCache,
    asked: &DenoiseParams,
    noises: &[Noise],
    last: &mut FileCache,
) -> HandlerResult {
    let mut methods = Methods::find(stock, asked)?;
    if let Some(need) = methods.need {
        return Err(Unavailable::Pending(need));
    }
    let faces = stock.faces(methods.spec)?;
    let clean = to_values(&face_bytes(asked.source, &faces, last)?);
    let mut lines: Vec<(String, Vec<f32>)> = Vec::new();
    for &noise in noises {
        let noisy = add_noise(&clean, methods.spec.size, noise, asked.noise_seed);
        let restored = methods.restore(&noisy, noise)?;
        let all = std::iter::once(unprocessed(noisy)).chain(restored);
        for (place, output) in all.enumerate() {
            let psnr = psnr_db(mse(&output.values, &clean)) as f32;
            match lines.get_mut(place) {
                Some((_, line)) => line.push(psnr),
                None => lines.push((output.label, vec![psnr])),
            }
        }
    }
    let noises = noises.to_vec();
    Ok(Outcome::Complete(ResponseBody::NoiseSweep(NoiseSweep {
        noises,
        curves: lines,
    })))
}

fn unprocessed(noisy: Vec<f32>) -> DenoiserOutput {
    DenoiserOutput {
        label: "noisy".to_string(),
        model: None,
        values: noisy,
    }
}

fn compare(output: DenoiserOutput, clean: &[f32], size: u32) -> Comparison {
    let values = &output.values;
    let error = mse(values, clean);
    Comparison {
        model: output.model,
        label: output.label,
        pixels: Arc::new(to_image(values, size)),
        difference: Arc::new(difference_image(values, clean, size)),
        mse: error as f32,
        psnr_db: psnr_db(error) as f32,
        ssim: ssim(values, clean, size as usize) as f32,
    }
}
