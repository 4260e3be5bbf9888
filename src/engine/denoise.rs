//! Noise on a picture, and what each method makes of it.

use std::sync::Arc;
use std::time::Instant;

use crate::classical::{Classical, Method};
use crate::dataset::{FaceSpec, Noise};
use crate::engine::facts::rebuild;
use crate::engine::message::{Answer, Denoised, Levels, Restored};
use crate::engine::pictures::{LastFile, difference, face_bytes, from_bytes, shown, to_values};
use crate::engine::stock::{Loaded, Missing, Need, Stock};
use crate::engine::thread::{Answered, Outcome};
use crate::engine::{ModelRef, Source};
use crate::rng::{Purpose, generator};
use crate::training::metrics::{mse, psnr_db, ssim};

/// The code size of the PCA whose answer always stands beside the others.
pub(super) const BASELINE: u32 = 256;

/// What is asked of one picture.
pub(super) struct Asked<'a> {
    pub models: &'a [ModelRef],
    pub source: &'a Source,
    pub noise_seed: u64,
    pub classical: bool,
}

/// A face that a method made.
struct Output {
    label: String,
    model: Option<ModelRef>,
    values: Vec<f32>,
}

/// Everything at hand that restores pictures.
struct Methods {
    spec: FaceSpec,
    models: Vec<Arc<Loaded>>,
    classical: Option<Arc<Classical>>,
    pending: usize,
    left_out: Vec<String>,
    need: Option<Need>,
}

impl Methods {
    fn find(stock: &Stock, asked: &Asked) -> Result<Self, Missing> {
        let spec = match asked.models.first() {
            Some(ModelRef::Pca { faces, .. }) => *faces,
            Some(first) => stock.model(first)?.faces,
            None => FaceSpec::default(),
        };
        let mut all = asked.models.to_vec();
        let baseline = ModelRef::Pca {
            code_size: BASELINE,
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
                Err(Missing::Need(need)) => {
                    found.need.get_or_insert(need);
                    found.pending += 1;
                }
                Err(Missing::Failed(message)) => found.left_out.push(message),
            }
        }
        if asked.classical {
            match stock.classical(spec) {
                Ok(classical) => found.classical = Some(classical),
                Err(Missing::Need(need)) => {
                    found.need.get_or_insert(need);
                    found.pending += Method::ALL.len();
                }
                Err(Missing::Failed(message)) => found.left_out.push(message),
            }
        }
        Ok(found)
    }

    /// What each method makes of a noisy face. A model that fails is left out from
    /// then on.
    fn restore(&mut self, noisy: &[f32], noise: Noise) -> Result<Vec<Output>, Missing> {
        let mut restored = Vec::new();
        let left_out = &mut self.left_out;
        self.models.retain(|loaded| match rebuild(loaded, noisy) {
            Ok(values) => {
                restored.push(Output {
                    label: loaded.label.clone(),
                    model: Some(loaded.reference.clone()),
                    values,
                });
                true
            }
            Err(Missing::Failed(message)) => {
                left_out.push(message);
                false
            }
            Err(Missing::Need(_)) => false,
        });
        if let Some(classical) = &self.classical {
            let strengths = classical.near(noise);
            for method in Method::ALL {
                restored.push(Output {
                    label: method.to_string(),
                    model: None,
                    values: classical.restore(method, noisy, strengths)?,
                });
            }
        }
        Ok(restored)
    }
}

fn noised(clean: &[f32], size: u32, noise: Noise, seed: u64) -> Vec<f32> {
    let mut noisy = clean.to_vec();
    let mut random = generator(seed, Purpose::Shown, 0, 0);
    noise.apply(&mut noisy, size as usize, &mut random);
    noisy
}

pub(super) fn answer(stock: &Stock, asked: &Asked, noise: Noise, last: &mut LastFile) -> Answered {
    let mut methods = Methods::find(stock, asked)?;
    let spec = methods.spec;
    let faces = stock.faces(spec)?;
    let began = Instant::now();
    let bytes = face_bytes(asked.source, &faces, last)?;
    let clean = to_values(&bytes);
    let noisy = noised(&clean, spec.size, noise, asked.noise_seed);
    let outputs = methods
        .restore(&noisy, noise)?
        .into_iter()
        .map(|output| compare(output, &clean, spec.size))
        .collect();
    let denoised = Denoised {
        faces: spec,
        noise,
        clean: from_bytes(bytes, spec.size),
        noisy: compare(untouched(noisy), &clean, spec.size),
        outputs,
        pending: methods.pending,
        left_out: methods.left_out,
        milliseconds: began.elapsed().as_secs_f32() * 1e3,
    };
    let answer = Answer::Denoised(denoised);
    Ok(match methods.need {
        Some(need) => Outcome::Part(answer, need),
        None => Outcome::Whole(answer),
    })
}

/// [`answer`] in numbers alone, under several noises.
pub(super) fn levels(
    stock: &Stock,
    asked: &Asked,
    noises: &[Noise],
    last: &mut LastFile,
) -> Answered {
    let mut methods = Methods::find(stock, asked)?;
    if let Some(need) = methods.need {
        return Err(Missing::Need(need));
    }
    let faces = stock.faces(methods.spec)?;
    let clean = to_values(&face_bytes(asked.source, &faces, last)?);
    let mut lines: Vec<(String, Vec<f32>)> = Vec::new();
    for &noise in noises {
        let noisy = noised(&clean, methods.spec.size, noise, asked.noise_seed);
        let restored = methods.restore(&noisy, noise)?;
        let all = std::iter::once(untouched(noisy)).chain(restored);
        for (place, output) in all.enumerate() {
            let psnr = psnr_db(mse(&output.values, &clean)) as f32;
            match lines.get_mut(place) {
                Some((_, line)) => line.push(psnr),
                None => lines.push((output.label, vec![psnr])),
            }
        }
    }
    let noises = noises.to_vec();
    Ok(Outcome::Whole(Answer::Levels(Levels { noises, lines })))
}

fn untouched(noisy: Vec<f32>) -> Output {
    Output {
        label: "noisy".to_string(),
        model: None,
        values: noisy,
    }
}

fn compare(output: Output, clean: &[f32], size: u32) -> Restored {
    let values = &output.values;
    let error = mse(values, clean);
    Restored {
        model: output.model,
        label: output.label,
        pixels: shown(values, size),
        difference: difference(values, clean, size),
        mse: error as f32,
        psnr_db: psnr_db(error) as f32,
        ssim: ssim(values, clean, size as usize) as f32,
    }
}
