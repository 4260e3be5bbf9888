//! Every gradient of the course's network against `PyTorch`'s in double
//! precision (`tests/fixtures/make_gradients.py`).

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use lfw_tui::kernels;
use lfw_tui::models::{self, ModelKind};
use lfw_tui::training::TrainSpec;
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    size: u32,
    code_size: u32,
    pictures: usize,
    loss: f64,
    gradients: BTreeMap<String, Gradient>,
}

#[derive(Deserialize)]
struct Gradient {
    length: f64,
    stride: usize,
    values: Vec<f64>,
}

/// −1 … 1, as the script makes them.
fn uniform(count: usize, stream: u32) -> impl Iterator<Item = f32> {
    (0..count as u32).map(move |at| {
        let mut x = at
            .wrapping_mul(2_654_435_761)
            .wrapping_add(stream * 40_503 + 12_345);
        x ^= x >> 15;
        x = x.wrapping_mul(2_246_822_519);
        x ^= x >> 13;
        (f64::from(x) / f64::from(1u32 << 31) - 1.0) as f32
    })
}

/// Largest distance from the reference, relative to its length.
fn apart(reference: &Reference) -> (f64, String) {
    let mut spec = TrainSpec::preset("conv").unwrap().model;
    spec.size = reference.size;
    spec.code_size = reference.code_size;
    assert_eq!(spec.kind, ModelKind::Conv);
    let model = models::build(&spec, 0, &Device::Cpu).unwrap();
    let names: Vec<String> = model
        .parameters()
        .iter()
        .map(|(name, _)| name.to_string())
        .collect();
    assert_eq!(names.len(), reference.gradients.len());
    for (stream, (name, var)) in (0..).zip(model.parameters().iter()) {
        let shape = var.dims().to_vec();
        let fan_in: usize = shape[..shape.len() - 1].iter().product();
        let scale = if name.ends_with("weight") {
            (3.0 / fan_in as f64).sqrt() as f32
        } else {
            0.1
        };
        let values: Vec<f32> = uniform(var.elem_count(), stream)
            .map(|value| value * scale)
            .collect();
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
        var.set(&tensor).unwrap();
    }
    let side = reference.size as usize;
    let pictures: Vec<f32> = uniform(reference.pictures * side * side * 3, 1_000)
        .map(|value| value * 0.5)
        .collect();
    let shape = (reference.pictures, side, side, 3);
    let pictures = Tensor::from_vec(pictures, shape, &Device::Cpu).unwrap();
    let loss = kernels::mse(&model.forward(&pictures).unwrap(), &pictures).unwrap();
    let value = f64::from(loss.to_scalar::<f32>().unwrap());
    assert!((value / reference.loss - 1.0).abs() < 1e-5, "{value}");
    let gradients = kernels::backward(&loss).unwrap();
    let mut worst = (0.0, String::new());
    for (name, var) in model.parameters().iter() {
        let expected = &reference.gradients[name];
        let gradient = gradients.get(var.as_tensor()).unwrap();
        let values: Vec<f32> = gradient.flatten_all().unwrap().to_vec1().unwrap();
        let squares: f64 = values.iter().map(|&value| f64::from(value).powi(2)).sum();
        let length = (squares.sqrt() / expected.length - 1.0).abs();
        let kept = values.iter().step_by(expected.stride);
        assert_eq!(kept.len(), expected.values.len(), "{name}");
        let (mut distance, mut size) = (0.0, 0.0);
        for (&value, expected) in kept.zip(&expected.values) {
            distance += (f64::from(value) - expected).powi(2);
            size += expected.powi(2);
        }
        let relative = length.max((distance / size).sqrt());
        println!("{side} {name}: {relative:.1e}");
        if relative.is_nan() || relative > worst.0 {
            worst = (relative, name.to_string());
        }
    }
    worst
}

#[test]
fn every_gradient_agrees_with_pytorch() {
    let references: Vec<Reference> =
        serde_json::from_str(include_str!("../fixtures/gradients.json")).unwrap();
    for reference in &references {
        let (relative, name) = apart(reference);
        assert!(relative < 1e-5, "{}: {name} {relative}", reference.size);
    }
}
