//! A damaged picture, and what each method makes of it.

use std::sync::Arc;
use std::time::Instant;

use super::outcome::{HandlerResult, Outcome};
use crate::classical::{ClassicalDenoisers, Method};
use crate::dataset::FaceSpec;
use crate::engine::cache::{DatasetCache, Resource, Unavailable};
use crate::engine::file_cache::FileCache;
use crate::engine::protocol::{Comparison, DenoiseParams, Denoised, NoiseSweep, ResponseBody};
use crate::generation::constraint::Damage;
use crate::imaging::{difference_image, image_from_bytes, to_image, to_values};
use crate::model_store::denoise::{Quality, answer, classical_answers};
use crate::model_store::{LoadedModel, ModelRef};

/// The code size of the PCA that is always compared with.
pub(crate) const BASELINE_CODE_SIZE: u32 = 256;

/// A picture that a method made.
pub(super) struct Output {
    pub label: String,
    pub model: Option<ModelRef>,
    pub values: Vec<f32>,
}

/// The methods that are loaded, and what is missing.
struct Methods {
    spec: FaceSpec,
    models: Vec<Arc<LoadedModel>>,
    classical: Option<Arc<ClassicalDenoisers>>,
    /// Methods that are not loaded yet.
    pending: usize,
    /// Models that cannot take part and why, one line each.
    left_out: Vec<String>,
    /// What to load next.
    next: Option<Resource>,
}

impl Methods {
    fn find(cache: &DatasetCache, params: &DenoiseParams) -> Result<Self, Unavailable> {
        let spec = match params.models.first() {
            Some(ModelRef::Pca { faces, .. }) => *faces,
            Some(first) => cache.model(first)?.faces,
            None => FaceSpec::default(),
        };
        let mut references = params.models.clone();
        let baseline = ModelRef::Pca {
            code_size: BASELINE_CODE_SIZE,
            faces: spec,
        };
        if !references.contains(&baseline) {
            references.push(baseline);
        }
        let mut methods = Self {
            spec,
            models: Vec::new(),
            classical: None,
            pending: 0,
            left_out: Vec::new(),
            next: None,
        };
        for reference in references {
            match cache.model(&reference) {
                Ok(model) if model.faces != spec => methods.left_out.push(format!(
                    "{} works on {} × {} pictures, {} resize",
                    model.label, model.faces.size, model.faces.size, model.faces.preprocess
                )),
                Ok(model) => methods.models.push(model),
                Err(unavailable) => methods.add_missing(unavailable, 1),
            }
        }
        if params.classical {
            match cache.classical(spec) {
                Ok(classical) => methods.classical = Some(classical),
                Err(unavailable) => methods.add_missing(unavailable, Method::ALL.len()),
            }
        }
        Ok(methods)
    }

    fn add_missing(&mut self, unavailable: Unavailable, methods: usize) {
        match unavailable {
            Unavailable::Pending(resource) => {
                self.next.get_or_insert(resource);
                self.pending += methods;
            }
            Unavailable::Failed(message) => self.left_out.push(message),
        }
    }

    /// Each method's answer to a damaged face. A model that fails is left out from then on.
    fn answer(&mut self, damaged: &[f32], damage: Damage) -> Result<Vec<Output>, Unavailable> {
        let mut outputs = Vec::new();
        let left_out = &mut self.left_out;
        self.models
            .retain(|model| match answer(model, damage, damaged) {
                Ok(values) => {
                    outputs.push(Output {
                        label: model.label.clone(),
                        model: Some(model.reference.clone()),
                        values,
                    });
                    true
                }
                Err(error) => {
                    left_out.push(error.to_string());
                    false
                }
            });
        if let Some(classical) = &self.classical {
            let picture = (damaged, self.spec.size);
            let answers = classical_answers(classical, damage, picture)?;
            let unable = Method::ALL.len() - answers.len();
            let problem = "non-local means and TV remove noise only".to_string();
            if unable > 0 && !left_out.contains(&problem) {
                left_out.push(problem);
            }
            outputs.extend(answers.into_iter().map(|(method, values)| Output {
                label: method.to_string(),
                model: None,
                values,
            }));
        }
        Ok(outputs)
    }
}

/// Answers [`Request::Denoise`](crate::engine::Request::Denoise).
pub(super) fn denoise(
    cache: &DatasetCache,
    params: &DenoiseParams,
    damage: Damage,
    files: &mut FileCache,
) -> HandlerResult {
    let mut methods = Methods::find(cache, params)?;
    let spec = methods.spec;
    let faces = cache.faces(spec)?;
    let began = Instant::now();
    let bytes = files.picture_bytes(&params.source, &faces)?;
    let clean = to_values(&bytes);
    let damaged = damage.apply(&clean, spec.size, params.noise_seed)?;
    let outputs = methods
        .answer(&damaged, damage)?
        .into_iter()
        .map(|output| compare(output, &clean, spec.size))
        .collect();
    let body = ResponseBody::Denoised(Denoised {
        faces: spec,
        damage,
        clean: Arc::new(image_from_bytes(bytes, spec.size)),
        damaged: compare(unprocessed(damaged, damage), &clean, spec.size),
        outputs,
        pending: methods.pending,
        left_out: methods.left_out,
        milliseconds: began.elapsed().as_secs_f32() * 1e3,
        made_by: None,
    });
    Ok(match methods.next {
        Some(resource) => Outcome::Partial(body, resource),
        None => Outcome::Complete(body),
    })
}

/// Answers [`Request::NoiseSweep`](crate::engine::Request::NoiseSweep).
pub(super) fn sweep(
    cache: &DatasetCache,
    params: &DenoiseParams,
    damages: &[Damage],
    files: &mut FileCache,
) -> HandlerResult {
    let mut methods = Methods::find(cache, params)?;
    if let Some(resource) = methods.next {
        return Err(Unavailable::Pending(resource));
    }
    let faces = cache.faces(methods.spec)?;
    let clean = to_values(&files.picture_bytes(&params.source, &faces)?);
    let size = methods.spec.size;
    let mut curves: Vec<(String, Vec<f64>)> = Vec::new();
    for &damage in damages {
        let damaged = damage.apply(&clean, size, params.noise_seed)?;
        let outputs = methods.answer(&damaged, damage)?;
        let all = std::iter::once(unprocessed(damaged, damage)).chain(outputs);
        for (place, output) in all.enumerate() {
            let psnr_db = Quality::of(&output.values, &clean, size).psnr_db;
            match curves.get_mut(place) {
                Some((_, curve)) => curve.push(psnr_db),
                None => curves.push((output.label, vec![psnr_db])),
            }
        }
    }
    let damages = damages.to_vec();
    let sweep = NoiseSweep { damages, curves };
    Ok(Outcome::Complete(ResponseBody::NoiseSweep(sweep)))
}

fn unprocessed(damaged: Vec<f32>, damage: Damage) -> Output {
    let label = match damage {
        Damage::Noise(_) => "noisy",
        Damage::Missing(_) | Damage::Coarse(_) | Damage::Blur(_) | Damage::Grey => "damaged",
    };
    Output {
        label: label.to_string(),
        model: None,
        values: damaged,
    }
}

pub(super) fn compare(output: Output, clean: &[f32], size: u32) -> Comparison {
    let values = &output.values;
    Comparison {
        quality: Quality::of(values, clean, size),
        pixels: Arc::new(to_image(values, size)),
        difference: Arc::new(difference_image(values, clean, size)),
        model: output.model,
        label: output.label,
    }
}
