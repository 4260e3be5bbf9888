//! Draws from a denoiser before its first step. It is then the best linear filter, so that its
//! prior is a known Gaussian.

use std::sync::Arc;

use candle_core::Device;
use lfw_tui::dataset::Faces;
use lfw_tui::generation::constraint::Damage;
use lfw_tui::generation::{
    GaussianPosterior, Method, SamplerSettings, Sampling, Start, best_answer, draw_posterior,
    one_answer,
};
use lfw_tui::latent::encode_one;
use lfw_tui::models::{self, Autoencoder, ModelKind, ModelSpec};
use lfw_tui::progress::unwatched;
use lfw_tui::training::metrics::mse;

use crate::made_faces::made_faces;

const CODE: usize = 8;

/// A denoiser of 150 pictures, and others that it has not seen.
fn denoiser() -> (Arc<dyn Autoencoder>, Faces) {
    let faces = made_faces(150, 32, 1);
    let rows: Vec<usize> = (0..150).collect();
    let mut spec = ModelSpec::linear(ModelKind::Denoiser, 32, CODE as u32);
    spec.width = 8;
    let cpu = Device::Cpu;
    let model = models::build_with_pca_init(&spec, (&faces, &rows), 3, &cpu, &mut unwatched);
    (Arc::from(model.unwrap()), made_faces(8, 32, 2))
}

fn settings() -> SamplerSettings {
    SamplerSettings {
        start_sigma: 1.0,
        last_sigma: 0.01,
        method: Method::Schedule {
            levels: 16,
            rho: 5.0,
            renewal: 1.0,
            second_order: false,
        },
        ..SamplerSettings::default()
    }
}

#[test]
fn samples_vary_as_much_as_the_faces_do() {
    let (model, _) = denoiser();
    let items = (0..48).collect();
    let mut sampling =
        Sampling::new(model.clone(), settings(), (1, items), &Start::Prior, None).unwrap();
    sampling.finish(&mut unwatched).unwrap();
    let codes: Vec<Vec<f32>> = sampling
        .pictures()
        .map(|picture| encode_one(model.as_ref(), picture).unwrap())
        .collect();
    let all = || codes.iter().flatten().map(|&z| f64::from(z));
    let count = (48 * CODE) as f64;
    let mean = all().sum::<f64>() / count;
    let variance = all().map(|z| z * z).sum::<f64>() / count;
    // Codes have unit variance: standard errors 0.05 and 0.07.
    assert!(mean.abs() < 0.2, "{mean}");
    assert!((variance - 1.0).abs() < 0.3, "{variance}");
}

#[test]
fn the_one_answer_and_draws_fit_what_is_known() {
    let (model, unseen) = denoiser();
    let clean = unseen.batch(&[0]);
    for (text, share) in [
        ("coarse:8", 0.5),
        ("blur:2", 0.8),
        ("grey", 0.5),
        ("missing:0.6", 0.5),
    ] {
        let damage: Damage = text.parse().unwrap();
        let damaged = damage.apply(&clean, 32, 7).unwrap();
        let constraint = damage.constraint(&damaged, 32).unwrap().unwrap();
        let answer = one_answer(model.as_ref(), damage, &damaged).unwrap();
        assert!(constraint.error(0, &answer) < 1e-4, "{text}");
        let mean = GaussianPosterior::new(model.as_ref(), &constraint)
            .mean()
            .unwrap();
        assert_eq!(answer, mean);
        let (before, after) = (mse(&damaged, &clean), mse(&answer, &clean));
        assert!(after < share * before, "{text}: {before} {after}");
        let draws = (3, vec![0, 1]);
        let mut sampling =
            draw_posterior(model.clone(), settings(), draws, damage, &damaged).unwrap();
        sampling.finish(&mut unwatched).unwrap();
        for draw in sampling.pictures() {
            assert!(constraint.error(0, draw) < 1e-4, "{text}");
            let error = mse(draw, &clean);
            // As far from the mean as the true face is: twice the error, about.
            assert!(error > after && error < 4.0 * after, "{text}: {error}");
        }
        assert_ne!(
            sampling.pictures().next(),
            sampling.pictures().nth(1),
            "{text}"
        );
    }
}

#[test]
fn the_best_answer_fits_too_and_noise_needs_its_level() {
    let (model, unseen) = denoiser();
    let clean = unseen.batch(&[2]);
    let damage: Damage = "coarse:8".parse().unwrap();
    let damaged = damage.apply(&clean, 32, 7).unwrap();
    let constraint = damage.constraint(&damaged, 32).unwrap().unwrap();
    let answer = best_answer(model.clone(), damage, &damaged, &mut unwatched).unwrap();
    assert!(constraint.error(0, &answer) < 1e-4);
    assert!(mse(&answer, &clean) < 0.5 * mse(&damaged, &clean));
    let any = "any".parse().unwrap();
    let refused = draw_posterior(model, settings(), (0, vec![0]), any, &damaged);
    assert!(refused.err().unwrap().to_string().contains("gaussian:0.2"));
}

#[test]
fn draws_behind_gaussian_noise_start_at_the_noisy_picture() {
    let (model, unseen) = denoiser();
    let clean = unseen.batch(&[1]);
    let damage: Damage = "gaussian:0.2".parse().unwrap();
    let damaged = damage.apply(&clean, 32, 7).unwrap();
    let draws = (3, vec![0]);
    let sampling = draw_posterior(model.clone(), settings(), draws, damage, &damaged).unwrap();
    assert_eq!(sampling.pictures().next().unwrap(), damaged);
    assert_eq!(sampling.sigma(), 0.2);
    let mut sampling = sampling;
    let all = settings().expected_passes();
    assert!(sampling.expected_passes() < all);
    sampling.finish(&mut unwatched).unwrap();
    let drawn = sampling.pictures().next().unwrap();
    let answer = one_answer(model.as_ref(), damage, &damaged).unwrap();
    assert!(mse(drawn, &clean) < 0.2 * mse(&damaged, &clean));
    assert!(mse(&answer, &clean) < mse(drawn, &clean));
}
