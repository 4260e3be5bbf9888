//! Every measurement has orthonormal rows, and a projected picture satisfies it.

use candle_core::Device;
use rand::RngExt;

use super::*;
use crate::dataset::{FaceSpec, Faces, Noise};
use crate::models::{Autoencoder, ModelKind, ModelSpec, Pca, build};
use crate::progress::unwatched;
use crate::rng::{Purpose, generator};

const SIZE: u32 = 32;
const VALUES: usize = 32 * 32 * 3;

/// Smooth pictures with some noise.
fn picture(item: u64) -> Vec<f32> {
    let mut rng = generator(3, Purpose::Variation, 0, item);
    let [a, b, c]: [f32; 3] = rng.random();
    (0..VALUES)
        .map(|at| {
            let (row, column) = ((at / 96) as f32 / 32.0, (at / 3 % 32) as f32 / 32.0);
            let wave = (6.0 * (a * row + b * column) + (at % 3) as f32 * c).sin();
            0.3 * wave + 0.1 * (rng.random::<f32>() - 0.5)
        })
        .collect()
}

fn faces(count: u64) -> Faces {
    let bytes: Vec<u8> = (0..count)
        .flat_map(|item| picture(item).into_iter().map(|v| ((v + 0.5) * 255.0) as u8))
        .collect();
    Faces::from_bytes(FaceSpec::default(), &bytes).unwrap()
}

fn check(measurement: Arc<dyn Measurement>) {
    let rows = measurement.rows();
    assert!(rows > 0 && measurement.values() == VALUES);
    // M Mᵀ b = b.
    let mut rng = generator(4, Purpose::Variation, 0, 0);
    let b: Vec<f64> = (0..rows).map(|_| rng.random::<f64>() - 0.5).collect();
    let mut back = vec![0f32; VALUES];
    measurement.add_back(&b, &mut back);
    for (found, wanted) in measurement.measure(&back).iter().zip(&b) {
        assert!((found - wanted).abs() < 1e-5, "{measurement:?}");
    }
    // y · Mᵀ b = M y · b.
    let y = picture(1);
    let one: f64 = y
        .iter()
        .zip(&back)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum();
    let other: f64 = measurement
        .measure(&y)
        .iter()
        .zip(&b)
        .map(|(a, b)| a * b)
        .sum();
    assert!((one - other).abs() < 1e-3, "{one} {other}");
    // A projected picture satisfies the constraint; projecting again changes nothing.
    let constraint = Constraint::like(measurement, &picture(2));
    let mut projected = y.clone();
    constraint.project(0, &mut projected);
    assert!(constraint.error(0, &projected) < 2e-5);
    let mut again = projected.clone();
    constraint.project(0, &mut again);
    assert!(
        again
            .iter()
            .zip(&projected)
            .all(|(a, b)| (a - b).abs() < 1e-6)
    );
}

#[test]
fn measurements_have_orthonormal_rows() {
    let pixels = (SIZE * SIZE) as usize;
    check(Arc::new(Pixels::new(pixels, (0..pixels).step_by(3))));
    check(Arc::new(Blocks::new(SIZE, 8).unwrap()));
    check(Arc::new(Blocks::new(SIZE, 16).unwrap()));
    check(Arc::new(Frequencies::new(SIZE, 1.5)));
    check(Arc::new(Grey::new(pixels)));
    let faces = faces(12);
    let rows: Vec<usize> = (0..12).collect();
    let pca = Pca::fit(&faces, &rows, 6, &mut unwatched).unwrap();
    check(Arc::new(Components::of_decoder(&pca, 6).unwrap()));
    check(Arc::new(LinearEncoder::of(&pca).unwrap().components));
    let spec = ModelSpec::linear(ModelKind::Linear, SIZE, 5);
    let linear = build(&spec, 1, &Device::Cpu).unwrap();
    check(Arc::new(
        LinearEncoder::of(linear.as_ref()).unwrap().components,
    ));
}

#[test]
fn a_picture_with_a_code_has_that_code() {
    let faces = faces(12);
    let rows: Vec<usize> = (0..12).collect();
    let pca: Box<dyn Autoencoder> = Box::new(Pca::fit(&faces, &rows, 6, &mut unwatched).unwrap());
    let spec = ModelSpec::linear(ModelKind::Linear, SIZE, 5);
    for model in [pca, build(&spec, 1, &Device::Cpu).unwrap()] {
        let code_size = model.spec().code_size as usize;
        let code: Vec<f32> = (0..code_size).map(|k| 0.3 * k as f32 - 0.5).collect();
        let encoder = LinearEncoder::of(model.as_ref()).unwrap();
        let wanted = encoder.wanted(&code).unwrap();
        let constraint = Constraint::new(Arc::new(encoder.components), vec![wanted]).unwrap();
        let mut face = picture(7);
        constraint.project(0, &mut face);
        let found = crate::latent::encode_one(model.as_ref(), &face).unwrap();
        for (found, wanted) in found.iter().zip(&code) {
            assert!((found - wanted).abs() < 1e-4, "{found} {wanted}");
        }
    }
    let spec = ModelSpec::conv(SIZE, 8);
    let conv = build(&spec, 1, &Device::Cpu).unwrap();
    assert!(LinearEncoder::of(conv.as_ref()).is_err());
}

#[test]
fn damage_leaves_what_its_constraint_says() {
    let clean = picture(5);
    for text in [
        "missing:0.5",
        "rectangles:2",
        "salt-pepper:0.2",
        "coarse:8",
        "coarse:16",
        "blur:1.5",
        "grey",
        "none",
    ] {
        let damage: Damage = text.parse().unwrap();
        assert_eq!(damage.to_string(), text);
        let damaged = damage.apply(&clean, SIZE, 3).unwrap();
        assert_eq!(damaged, damage.apply(&clean, SIZE, 3).unwrap());
        let constraint = damage.constraint(&damaged, SIZE).unwrap().unwrap();
        // The clean picture satisfies it: gains down to a tenth are undone.
        assert!(
            constraint.error(0, &clean) < 1e-4,
            "{text}: {}",
            constraint.error(0, &clean)
        );
        assert_eq!(damaged == clean, text == "none");
    }
    let noisy: Damage = "gaussian:0.1".parse().unwrap();
    assert_eq!(noisy, Damage::Noise(Noise::Gaussian(0.1)));
    assert!(noisy.constraint(&clean, SIZE).unwrap().is_none());
}

#[test]
fn wrong_damage_says_what_to_write() {
    for text in [
        "coarse",
        "coarse:0",
        "coarse:x",
        "blur:-1",
        "blur:NaN",
        "grey:1",
        "missing:2",
        "gaussian:9",
        "fog",
    ] {
        let message = text.parse::<Damage>().unwrap_err().to_string();
        assert!(message.contains(&format!("{text:?}")), "{message}");
    }
    let message = "coarse:5"
        .parse::<Damage>()
        .unwrap()
        .apply(&picture(0), SIZE, 0)
        .unwrap_err();
    assert!(message.to_string().contains("coarse:5"));
}
