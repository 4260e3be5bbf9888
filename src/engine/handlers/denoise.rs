//! A noisy picture, denoised by each method.

use std::sync::Arc;
use std::time::Instant;

use super::outcome::{HandlerResult, Outcome};
use crate::classical::{ClassicalDenoisers, Method};
use crate::dataset::{FaceSpec, Noise};
use crate::engine::cache::{DatasetCache, Resource, Unavailable};
use crate::engine::file_cache::FileCache;
use crate::engine::protocol::{Comparison, DenoiseParams, Denoised, NoiseSweep, ResponseBody};
use crate::imaging::{difference_image, image_from_bytes, to_image, to_values};
use crate::model_store::denoise::{DenoiseMethod, Quality, add_noise};
use crate::model_store::{LoadedModel, ModelRef};

/// The code size of the PCA that is always compared with.
pub(crate) const BASELINE_CODE_SIZE: u32 = 256;

/// A picture that a method made.
struct Output {
    label: String,
    model: Option<ModelRef>,
    values: Vec<f32>,
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

    /// Denoises a face by each method. A model that fails is left out from then on.
    fn denoise(&mut self, noisy: &[f32], noise: Noise) -> Result<Vec<Output>, Unavailable> {
        let mut outputs = Vec::new();
        let left_out = &mut self.left_out;
        self.models.retain(|model| match model.reconstruct(noisy) {
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
            let settings = classical.nearest_tuned(noise);
            for method in DenoiseMethod::classical(classical, settings) {
                outputs.push(Output {
                    label: method.label(),
                    model: None,
                    values: method.denoise(noisy)?,
                });
            }
        }
        Ok(outputs)
    }
}

/// Answers [`Request::Denoise`](crate::engine::Request::Denoise).
pub(super) fn denoise(
    cache: &DatasetCache,
    params: &DenoiseParams,
    noise: Noise,
    files: &mut FileCache,
) -> HandlerResult {
    let mut methods = Methods::find(cache, params)?;
    let spec = methods.spec;
    let faces = cache.faces(spec)?;
    let began = Instant::now();
    let bytes = files.picture_bytes(&params.source, &faces)?;
    let clean = to_values(&bytes);
    let noisy = add_noise(&clean, spec.size, noise, params.noise_seed);
    let outputs = methods
        .denoise(&noisy, noise)?
        .into_iter()
        .map(|output| compare(output, &clean, spec.size))
        .collect();
    let body = ResponseBody::Denoised(Denoised {
        faces: spec,
        noise,
        clean: Arc::new(image_from_bytes(bytes, spec.size)),
        noisy: compare(unprocessed(noisy), &clean, spec.size),
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
    noises: &[Noise],
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
    for &noise in noises {
        let noisy = add_noise(&clean, size, noise, params.noise_seed);
        let outputs = methods.denoise(&noisy, noise)?;
        let all = std::iter::once(unprocessed(noisy)).chain(outputs);
        for (place, output) in all.enumerate() {
            let psnr_db = Quality::of(&output.values, &clean, size).psnr_db;
            match curves.get_mut(place) {
                Some((_, curve)) => curve.push(psnr_db),
                None => curves.push((output.label, vec![psnr_db])),
            }
        }
    }
    let noises = noises.to_vec();
    let sweep = NoiseSweep { noises, curves };
    Ok(Outcome::Complete(ResponseBody::NoiseSweep(sweep)))
}

fn unprocessed(noisy: Vec<f32>) -> Output {
    Output {
        label: "noisy".to_string(),
        model: None,
        values: noisy,
    }
}

fn compare(output: Output, clean: &[f32], size: u32) -> Comparison {
    let values = &output.values;
    Comparison {
        quality: Quality::of(values, clean, size),
        pixels: Arc::new(to_image(values, size)),
        difference: Arc::new(difference_image(values, clean, size)),
        model: output.model,
        label: output.label,
    }
}
