//! Networks that start where the best linear methods end, and the filter that
//! one of them starts from.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use lfw_tui::dataset::{FaceSpec, Faces, Noise, Preprocess, Split};
use lfw_tui::kernels::Activation;
use lfw_tui::models::{self, Autoencoder, FaceCovariance, ModelKind, ModelSpec, Pca, WienerFilter};
use lfw_tui::progress::unwatched;
use lfw_tui::rng::{Purpose, generator};
use lfw_tui::training::{Flow, TrainSpec, Trainer, evaluate};

use crate::made_faces::made_faces;

fn spec(kind: ModelKind, size: u32, code_size: u32) -> ModelSpec {
    ModelSpec {
        kind,
        size,
        code_size,
        activation: Activation::Elu,
        code_activation: Activation::Linear,
        width: 0,
        observation_noise: 0.0,
    }
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn apart(a: &Tensor, b: &Tensor) -> f32 {
    assert_eq!(a.dims(), b.dims());
    let pairs = values(a).into_iter().zip(values(b));
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn batch(faces: &Faces, rows: &[usize]) -> Tensor {
    let size = faces.spec().size as usize;
    Tensor::from_vec(faces.batch(rows), (rows.len(), size, size, 3), &Device::Cpu).unwrap()
}

fn built(kind: ModelKind, faces: &Faces, rows: &[usize], code: u32) -> Box<dyn Autoencoder> {
    let spec = spec(kind, faces.spec().size, code);
    built_as(&spec, faces, rows)
}

fn built_as(spec: &ModelSpec, faces: &Faces, rows: &[usize]) -> Box<dyn Autoencoder> {
    models::build_with_pca_init(spec, (faces, rows), 3, &Device::Cpu, &mut unwatched).unwrap()
}

#[test]
fn before_its_first_step_face_is_exact_pca_with_codes_of_unit_variance() {
    let faces = made_faces(40, 32, 1);
    let rows: Vec<usize> = (0..30).collect();
    let pca = Pca::fit(&faces, &rows, 6, &mut unwatched).unwrap();
    let model = built(ModelKind::Face, &faces, &rows, 6);
    let unseen = batch(&faces, &[31, 35, 39]);
    let expected = pca.reconstruct(&unseen).unwrap();
    assert!(apart(&model.reconstruct(&unseen).unwrap(), &expected) < 1e-4);
    assert!(apart(&model.forward(&unseen).unwrap(), &expected) < 1e-4);
    let codes = model.encode(&batch(&faces, &rows)).unwrap();
    let variances = values(&codes.sqr().unwrap().mean(0).unwrap());
    assert!(
        variances.iter().all(|v| (v - 1.0).abs() < 0.05),
        "{variances:?}"
    );
}

#[test]
fn with_observation_noise_face_starts_at_probabilistic_pca() {
    let faces = made_faces(40, 32, 1);
    let rows: Vec<usize> = (0..30).collect();
    let code = 24;
    let pca = Pca::fit(&faces, &rows, code as u32, &mut unwatched).unwrap();
    let (mean, components) = (pca.mean().unwrap(), pca.components().unwrap());
    let variances = pca.variances().unwrap();
    // A little more than the last few components have.
    let kept = variances.iter().position(|v| *v < 0.7).unwrap();
    assert!((2..code).contains(&kept), "{variances:?}");
    let noise = variances[kept].sqrt() * 1.01;
    let spec = ModelSpec {
        observation_noise: noise,
        ..spec(ModelKind::Face, 32, code as u32)
    };
    let model = built_as(&spec, &faces, &rows);
    let unseen = batch(&faces, &[31, 35]);
    let mut expected = Vec::new();
    for face in values(&unseen).chunks_exact(3072) {
        let mut output = mean.clone();
        for (component, variance) in components.chunks_exact(3072).zip(&variances).take(kept) {
            let centred = face.iter().zip(&mean).map(|(x, m)| x - m);
            let along: f32 = centred.zip(component).map(|(x, u)| x * u).sum();
            let kept = 1.0 - noise * noise / variance;
            for (value, u) in output.iter_mut().zip(component) {
                *value += kept * along * u;
            }
        }
        expected.extend(output);
    }
    let expected = Tensor::from_vec(expected, unseen.shape(), &Device::Cpu).unwrap();
    assert!(apart(&model.reconstruct(&unseen).unwrap(), &expected) < 1e-4);
    // Nothing drawn: the same faces, and the pull of their codes.
    let normal = |value: f32| Tensor::full(value, (2, code), &Device::Cpu).unwrap();
    let (still, pull) = model.forward_sampled(&unseen, &normal(0.0)).unwrap();
    assert!(apart(&still, &expected) < 1e-4);
    let codes = values(&model.encode(&unseen).unwrap());
    let squares: f32 = codes.iter().map(|code| code * code).sum();
    let expected = noise * noise * squares / 2.0 / 3072.0;
    let pull = pull.to_scalar::<f32>().unwrap();
    assert!((pull / expected - 1.0).abs() < 1e-3, "{pull} {expected}");
    // Drawn a deviation away: σ = s / √λ along each component that is kept.
    let (drawn, _) = model.forward_sampled(&unseen, &normal(1.0)).unwrap();
    let moved = values(&(drawn - still).unwrap());
    let first = moved.iter().zip(&components[..3072]);
    let along: f32 = first.map(|(x, u)| x * u).sum();
    let deviation = noise / variances[0].sqrt() * (variances[0] - noise * noise).sqrt();
    assert!((along - deviation).abs() < 1e-3, "{along} {deviation}");
    // A model without refuses.
    let plain = built(ModelKind::Face, &faces, &rows, 6);
    assert!(plain.forward_sampled(&unseen, &normal(0.0)).is_err());
}

#[test]
fn a_code_wider_than_the_pictures_determine_still_starts_at_pca() {
    let faces = made_faces(5, 32, 1);
    let rows = [0, 1, 2, 3, 4];
    for kind in [ModelKind::Face, ModelKind::Denoiser] {
        let model = built(kind, &faces, &rows, 12);
        let seen = batch(&faces, &rows);
        let output = model.reconstruct(&seen).unwrap();
        assert!(values(&output).iter().all(|value| value.is_finite()));
        // Five pictures lie in four dimensions: nothing is lost without noise.
        assert!(apart(&output, &seen) < 2e-2, "{kind}");
    }
}

/// The filter of the first `count` faces, with eight components.
fn fitted_filter(faces: &Faces, count: usize) -> (FaceCovariance, WienerFilter) {
    let rows: Vec<usize> = (0..count).collect();
    let covariance = FaceCovariance::fit(faces, &rows, 8, &mut unwatched).unwrap();
    let wiener = WienerFilter::new(&covariance, &Device::Cpu).unwrap();
    (covariance, wiener)
}

#[test]
fn the_filter_keeps_each_component_by_its_share_of_signal() {
    let faces = made_faces(30, 32, 2);
    let (covariance, wiener) = fitted_filter(&faces, 30);
    let mean = covariance.pca.mean().unwrap();
    let components = covariance.pca.components().unwrap();
    let variances = covariance.pca.variances().unwrap();
    let sigma = 0.2f32;
    for k in [0, 3, 7] {
        let along = &components[k * mean.len()..(k + 1) * mean.len()];
        let at = |length: f32| -> Vec<f32> {
            mean.iter()
                .zip(along)
                .map(|(m, u)| m + length * u)
                .collect()
        };
        let face = Tensor::from_vec(at(2.0), (1, 32, 32, 3), &Device::Cpu).unwrap();
        let filtered = wiener.filter(&face, sigma).unwrap();
        let kept = variances[k] / (variances[k] + sigma * sigma);
        let expected = Tensor::from_vec(at(2.0 * kept), (1, 3072), &Device::Cpu).unwrap();
        assert!(apart(&filtered.faces, &expected) < 1e-3, "component {k}");
    }
}

#[test]
fn the_filter_tells_the_level_of_the_noise_and_lowers_the_error() {
    let faces = made_faces(60, 32, 3);
    let (covariance, wiener) = fitted_filter(&faces, 50);
    let clean = batch(&faces, &[50, 51, 52, 53]);
    for sigma in [0.05f32, 0.2, 0.5] {
        let mut noisy = values(&clean);
        for (i, face) in noisy.chunks_exact_mut(3072).enumerate() {
            let mut rng = generator(9, Purpose::Noise, 0, i as u64);
            Noise::Gaussian(sigma).apply(face, 32, &mut rng);
        }
        let noisy = Tensor::from_vec(noisy, clean.shape(), &Device::Cpu).unwrap();
        let filtered = wiener.filter_blind(&noisy).unwrap();
        for level in values(&filtered.noise_std) {
            assert!((level / sigma - 1.0).abs() < 0.15, "{level} for {sigma}");
        }
        let error = |faces: &Tensor| {
            let apart = (faces.reshape(clean.shape()).unwrap() - &clean).unwrap();
            let mean = apart.sqr().unwrap().mean_all().unwrap();
            mean.to_scalar::<f32>().unwrap()
        };
        let pca = covariance.pca.reconstruct(&noisy).unwrap();
        let filtered = error(&filtered.faces);
        assert!(filtered < error(&noisy) && filtered < error(&pca) * 1.05);
    }
}

#[test]
fn black_and_white_pixels_are_guessed_from_the_others() {
    let faces = made_faces(60, 32, 4);
    let rows: Vec<usize> = (0..50).collect();
    let covariance = FaceCovariance::fit(&faces, &rows, 8, &mut unwatched).unwrap();
    let wiener = WienerFilter::new(&covariance, &Device::Cpu).unwrap();
    let clean = faces.batch(&[50, 51, 52]);
    for noise in [Noise::Rectangles(3), Noise::SaltPepper(0.2)] {
        let mut noisy = clean.clone();
        // The last face stays as it is.
        for (i, face) in noisy.chunks_exact_mut(3072).enumerate().take(2) {
            let mut rng = generator(9, Purpose::Noise, 0, i as u64);
            noise.apply(face, 32, &mut rng);
        }
        let input = Tensor::from_vec(noisy.clone(), (3, 32, 32, 3), &Device::Cpu).unwrap();
        let filtered = wiener.filter_blind(&input).unwrap();
        let (filled, missing) = (values(&filtered.inpainted), values(&filtered.missing));
        for (pixel, &sign) in missing.iter().enumerate() {
            let at = 3 * pixel..3 * pixel + 3;
            let is_extreme = noisy[at.clone()].iter().all(|v| v.abs() == 0.5);
            assert_eq!(sign != 0.0, is_extreme);
            if sign == 0.0 {
                assert_eq!(filled[at.clone()], noisy[at]);
            } else {
                assert_eq!(noisy[at], [sign / 2.0; 3]);
            }
        }
        let error = |all: &[f32], face: usize| {
            let range = face * 3072..(face + 1) * 3072;
            let pairs = all[range.clone()].iter().zip(&clean[range]);
            pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f32>()
        };
        for face in 0..2 {
            let (before, after) = (error(&noisy, face), error(&filled, face));
            assert!(after < before / 20.0, "{noise}: {before} to {after}");
        }
        assert_eq!(error(&filled, 2), 0.0);
    }
}

#[test]
fn every_size_has_its_shapes() {
    for size in [32usize, 48, 64, 96, 128] {
        let faces = made_faces(4, size as u32, 1);
        for kind in [ModelKind::Face, ModelKind::Denoiser] {
            let model = built(kind, &faces, &[0, 1, 2], 2);
            let input = Tensor::zeros((2, size, size, 3), DType::F32, &Device::Cpu).unwrap();
            let codes = model.encode(&input).unwrap();
            assert_eq!(codes.dims(), [2, 2]);
            assert_eq!(model.decode(&codes).unwrap().dims(), input.dims());
            assert_eq!(model.reconstruct(&input).unwrap().dims(), input.dims());
        }
    }
}

/// A bright spot somewhere on a circle: one number says where, but no line of
/// pictures goes through them all.
fn spots(count: usize) -> Faces {
    let mut bytes = Vec::new();
    for picture in 0..count {
        let angle = picture as f32 / count as f32 * std::f32::consts::TAU;
        let (down, across) = (16.0 + 8.0 * angle.sin(), 16.0 + 8.0 * angle.cos());
        for i in 0..1024 {
            let (y, x) = ((i / 32) as f32 - down, (i % 32) as f32 - across);
            let value = 60.0 + 150.0 * (-(y * y + x * x) / 18.0).exp();
            bytes.extend([value as u8; 3]);
        }
    }
    let spec = FaceSpec {
        size: 32,
        preprocess: Preprocess::Seed,
    };
    Faces::from_bytes(spec, &bytes).unwrap()
}

fn trained(preset: &str, stop_at: Option<u64>) -> (Trainer, f64, f64) {
    let mut spec = TrainSpec::preset(preset).unwrap();
    let kind = spec.model.kind;
    spec.model.code_size = 4;
    spec.model.width = if kind == ModelKind::Face { 32 } else { 8 };
    spec.flips = false;
    spec.epochs = if kind == ModelKind::Face { 40 } else { 20 };
    spec.batch_size = 14;
    spec.seed = 4;
    spec.optimizer.learning_rate = 1e-3;
    if kind == ModelKind::Denoiser {
        spec.noise = Noise::Gaussian(0.2);
    }
    let faces = Arc::new(spots(36));
    let split = Split {
        training: (0..28).collect(),
        held_out: vec![30, 33],
    };
    let new = || Trainer::new(spec.clone(), faces.clone(), split.clone(), Device::Cpu).unwrap();
    let mut trainer = new();
    let error = |trainer: &Trainer| {
        let (rows, noise) = (&trainer.split().training, trainer.spec().noise);
        let evaluation = evaluate(trainer.model(), &faces, rows, noise, 1, &mut unwatched);
        evaluation.unwrap().scores.mse
    };
    let before = error(&trainer);
    if let Some(step) = stop_at {
        let mut observe = |report: &lfw_tui::training::StepReport| {
            Ok(if report.step == step {
                Flow::Stop
            } else {
                Flow::Continue
            })
        };
        trainer.run(&mut observe).unwrap();
        let state = trainer.state().unwrap();
        trainer = new();
        trainer.restore(&state).unwrap();
    }
    trainer.run(&mut |_| Ok(Flow::Continue)).unwrap();
    let after = error(&trainer);
    (trainer, before, after)
}

#[test]
fn training_betters_the_start_resumes_bit_for_bit_and_leaves_the_linear_part() {
    for (kind, enough) in [("face", 0.9), ("denoiser", 0.98), ("generative", 0.9)] {
        let (whole, before, after) = trained(kind, None);
        assert!(after < enough * before, "{kind}: {before} to {after}");
        let (resumed, ..) = trained(kind, Some(9));
        let weights = || whole.raw_model().parameters().iter();
        let fresh = built_as(&whole.spec().model, whole.faces(), &whole.split().training);
        let rest = resumed.raw_model().parameters().iter();
        for ((name, a), (_, b)) in weights().zip(rest) {
            assert_eq!(
                values(a.as_tensor()),
                values(b.as_tensor()),
                "{kind} {name}"
            );
        }
        let mut fixed = 0;
        for ((name, a), (_, first)) in weights().zip(fresh.parameters().iter()) {
            if name.starts_with("principal.") || name.starts_with("filter.") {
                assert_eq!(values(a.as_tensor()), values(first.as_tensor()), "{name}");
                fixed += 1;
            }
        }
        assert!(fixed >= 4);
    }
}
