//! Noise on a picture, and what each method makes of it.

use std::sync::Arc;
use std::time::Instant;

use crate::dataset::{FaceSpec, Noise};
use crate::engine::facts::rebuild;
use crate::engine::message::{Answer, Denoised, Restored};
use crate::engine::pictures::{LastFile, difference, face_bytes, from_bytes, shown, to_values};
use crate::engine::stock::{Loaded, Missing, Stock};
use crate::engine::thread::{Answered, Outcome};
use crate::engine::{ModelRef, Source};
use crate::rng::{Purpose, generator};
use crate::training::metrics::{mse, psnr_db, ssim};

/// The code size of the PCA whose answer always stands beside the others.
pub(super) const BASELINE: u32 = 256;

pub(super) fn answer(
    stock: &Stock,
    models: &[ModelRef],
    source: &Source,
    noise: Noise,
    seed: u64,
    last: &mut LastFile,
) -> Answered {
    let spec = match models.first() {
        Some(ModelRef::Pca { faces, .. }) => *faces,
        Some(first) => stock.model(first)?.faces,
        None => FaceSpec::default(),
    };
    let faces = stock.faces(spec)?;
    let began = Instant::now();
    let bytes = face_bytes(source, &faces, last)?;
    let clean = to_values(&bytes);
    let mut noisy = clean.clone();
    let mut random = generator(seed, Purpose::Shown, 0, 0);
    noise.apply(&mut noisy, spec.size as usize, &mut random);

    let mut all = models.to_vec();
    let baseline = ModelRef::Pca {
        code_size: BASELINE,
        faces: spec,
    };
    if !all.contains(&baseline) {
        all.push(baseline);
    }
    let mut needs = Vec::new();
    let (mut outputs, mut pending, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for reference in all {
        match stock.model(&reference) {
            Ok(loaded) if loaded.faces != spec => left_out.push(format!(
                "{} works on {} × {} pictures, {} resize",
                loaded.label, loaded.faces.size, loaded.faces.size, loaded.faces.preprocess
            )),
            Ok(loaded) => {
                let output = rebuild(&loaded, &noisy)?;
                outputs.push(compare(Some(&loaded), &output, &clean, spec.size));
            }
            Err(Missing::Need(need)) => {
                needs.push(need);
                pending.push(reference);
            }
            Err(Missing::Failed(message)) => left_out.push(message),
        }
    }
    let denoised = Denoised {
        faces: spec,
        noise,
        clean: from_bytes(bytes, spec.size),
        noisy: compare(None, &noisy, &clean, spec.size),
        outputs,
        pending,
        left_out,
        milliseconds: began.elapsed().as_secs_f32() * 1e3,
    };
    let answer = Answer::Denoised(denoised);
    Ok(match needs.into_iter().next() {
        Some(need) => Outcome::Part(answer, need),
        None => Outcome::Whole(answer),
    })
}

fn compare(by: Option<&Arc<Loaded>>, values: &[f32], clean: &[f32], size: u32) -> Restored {
    let error = mse(values, clean);
    Restored {
        model: by.map(|loaded| loaded.reference.clone()),
        label: by.map_or_else(|| "noisy".to_string(), |loaded| loaded.label.clone()),
        pixels: shown(values, size),
        difference: difference(values, clean, size),
        mse: error as f32,
        psnr_db: psnr_db(error) as f32,
        ssim: ssim(values, clean, size as usize) as f32,
    }
}
