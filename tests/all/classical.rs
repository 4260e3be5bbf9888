//! Methods that learn nothing from noise.

use lfw_tui::classical::{ClassicalDenoisers, Method, nonlocal_means, total_variation};
use lfw_tui::dataset::Noise;
use lfw_tui::models::FaceCovariance;
use lfw_tui::progress::unwatched;
use lfw_tui::rng::{Purpose, generator};
use lfw_tui::training::metrics::mse;

use crate::made_faces::made_faces;

/// Two flat halves, and the same under noise.
fn edge(size: usize, sigma: f32) -> (Vec<f32>, Vec<f32>) {
    let clean: Vec<f32> = (0..size * size * 3)
        .map(|i| if i / 3 % size < size / 2 { -0.25 } else { 0.3 })
        .collect();
    let mut noisy = clean.clone();
    let mut rng = generator(1, Purpose::Noise, 0, 0);
    Noise::Gaussian(sigma).apply(&mut noisy, size, &mut rng);
    (clean, noisy)
}

#[test]
fn both_take_most_of_the_noise_from_a_flat_picture_with_an_edge() {
    let (clean, noisy) = edge(32, 0.1);
    let before = mse(&noisy, &clean);
    let means = nonlocal_means(&noisy, 32, 0.1, 0.06);
    let variation = total_variation(&noisy, 32, 0.15);
    for (name, denoised) in [("means", means), ("variation", variation)] {
        let after = mse(&denoised, &clean);
        assert!(after < before / 8.0, "{name}: {before} to {after}");
    }
}

#[test]
fn nothing_asked_for_changes_nothing_and_flat_pictures_stay() {
    let (_, noisy) = edge(16, 0.1);
    assert_eq!(total_variation(&noisy, 16, 0.0), noisy);
    let kept = nonlocal_means(&noisy, 16, 0.0, 1e-4);
    assert!(mse(&kept, &noisy) < 1e-9);
    let flat = vec![0.125f32; 16 * 16 * 3];
    for denoised in [
        nonlocal_means(&flat, 16, 0.1, 0.1),
        total_variation(&flat, 16, 0.3),
    ] {
        assert!(denoised.iter().all(|value| (value - 0.125).abs() < 1e-6));
    }
}

/// ½‖u − face‖² + weight · TV(u), in double precision from its definition.
fn objective(u: &[f32], face: &[f32], size: usize, weight: f64) -> f64 {
    let at = |y: usize, x: usize, c: usize| f64::from(u[(y * size + x) * 3 + c]);
    let mut total = 0.0;
    for y in 0..size {
        for x in 0..size {
            let mut squares = 0.0;
            for c in 0..3 {
                if y + 1 < size {
                    squares += (at(y + 1, x, c) - at(y, x, c)).powi(2);
                }
                if x + 1 < size {
                    squares += (at(y, x + 1, c) - at(y, x, c)).powi(2);
                }
            }
            total += weight * squares.sqrt();
        }
    }
    let apart = u.iter().zip(face);
    total
        + apart
            .map(|(&a, &b)| 0.5 * f64::from(a - b).powi(2))
            .sum::<f64>()
}

#[test]
fn total_variation_finds_the_minimum_of_what_it_minimises() {
    let (_, noisy) = edge(16, 0.15);
    let weight = 0.2f32;
    let found = total_variation(&noisy, 16, weight);
    let least = objective(&found, &noisy, 16, f64::from(weight));
    let mut rng = generator(2, Purpose::Noise, 0, 0);
    for scale in [0.1, 0.03, 0.01] {
        for _ in 0..20 {
            let mut other = found.clone();
            Noise::Gaussian(scale).apply(&mut other, 16, &mut rng);
            assert!(objective(&other, &noisy, 16, f64::from(weight)) > least);
        }
        // Also on the way to the noisy picture, and to its mean.
        let mean = noisy.iter().sum::<f32>() / noisy.len() as f32;
        for toward in [noisy.clone(), vec![mean; noisy.len()]] {
            let other: Vec<f32> = found
                .iter()
                .zip(&toward)
                .map(|(u, v)| u + scale * (v - u))
                .collect();
            assert!(objective(&other, &noisy, 16, f64::from(weight)) > least);
        }
    }
}

#[test]
fn settings_are_chosen_for_the_noise_and_every_method_lowers_the_error() {
    let faces = made_faces(40, 32, 5);
    let rows: Vec<usize> = (0..36).collect();
    let covariance = FaceCovariance::fit(&faces, &rows, 8, &mut unwatched).unwrap();
    let classical = ClassicalDenoisers::new(&covariance, &faces, &rows).unwrap();
    let clean = faces.batch(&[36, 37, 38, 39]);
    let mut levels = Vec::new();
    for noise in [Noise::Gaussian(0.05), Noise::Gaussian(0.2)] {
        let tuned = || classical.tune(noise, &mut || Ok(())).unwrap();
        let strengths = tuned();
        assert_eq!(strengths, tuned());
        levels.push(strengths);
        let mut noisy = clean.clone();
        for (i, face) in noisy.chunks_exact_mut(faces.stride()).enumerate() {
            noise.apply(face, 32, &mut generator(3, Purpose::Noise, 0, i as u64));
        }
        for method in Method::ALL {
            let denoised = classical.denoise(method, &noisy, strengths).unwrap();
            let (before, after) = (mse(&noisy, &clean), mse(&denoised, &clean));
            assert!(
                after < before,
                "{method} under {noise}: {before} to {after}"
            );
        }
    }
    assert!((levels[0].sigma / 0.05 - 1.0).abs() < 0.05);
    assert!(levels[0].nlm_h < levels[1].nlm_h && levels[0].tv_weight < levels[1].tv_weight);
}
