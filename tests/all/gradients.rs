//! Gradients of the whole network's loss: the reference implementation's against finite
//! differences in double precision, then the fast operations' against those.

use candle_core::{DType, Device, Tensor, Var};
use lfw_tui::kernels::{self, Activation, Pooling, reference};
use lfw_tui::models::{Autoencoder, ConvAutoencoder, LinearAutoencoder, ModelKind, ModelSpec};
use lfw_tui::rng::{Purpose, generator};
use rand::RngExt;

use crate::made_faces::made_faces;

/// Weights by name, in the network's order.
type Weights = Vec<(String, Tensor)>;

fn faces(size: u32, count: usize) -> Tensor {
    let faces = made_faces(count, size, 5);
    let rows: Vec<usize> = (0..count).collect();
    let side = size as usize;
    Tensor::from_vec(faces.batch(&rows), (count, side, side, 3), &Device::Cpu).unwrap()
}

/// The course's network written out in reference operations.
fn reference_loss(spec: &ModelSpec, weights: &Weights, faces: &Tensor) -> Tensor {
    let get = |name: &str| &weights.iter().find(|(known, _)| known == name).unwrap().1;
    let layer = |name: &str| {
        (
            get(&format!("{name}.weight")).clone(),
            get(&format!("{name}.bias")).clone(),
        )
    };
    let mut x = faces.clone();
    for index in 1..=4 {
        let (weight, bias) = layer(&format!("encoder.conv{index}"));
        x = reference::conv3x3(&x, &weight, &bias, spec.activation, Pooling::Max2x2).unwrap();
    }
    let (weight, bias) = layer("encoder.code");
    let flat = x.flatten_from(1).unwrap();
    let code = reference::dense(&flat, &weight, &bias, spec.code_activation).unwrap();
    let (weight, bias) = layer("decoder.dense");
    let side = spec.size as usize / 16;
    let mut x = reference::dense(&code, &weight, &bias, spec.activation)
        .unwrap()
        .reshape(((), side, side, 256))
        .unwrap();
    for index in 1..=4 {
        let (weight, bias) = layer(&format!("decoder.conv{index}"));
        let activation = if index == 4 {
            Activation::Linear
        } else {
            spec.activation
        };
        x = reference::conv_transpose3x3(&x, &weight, &bias, activation).unwrap();
    }
    reference::mse(&x, faces).unwrap()
}

/// The network's weights with biases moved off zero, so that no gradient
/// hides behind a symmetric start.
fn weights(spec: &ModelSpec, model: &dyn Autoencoder) -> Weights {
    let mut rng = generator(9, Purpose::Weights, 99, 0);
    let weights: Weights = model.parameters().snapshot().unwrap();
    assert_eq!(spec, model.spec());
    weights
        .into_iter()
        .map(|(name, tensor)| {
            if !name.ends_with("bias") {
                return (name, tensor);
            }
            let values: Vec<f32> = (0..tensor.elem_count())
                .map(|_| rng.random_range(-0.1..0.1))
                .collect();
            let tensor = Tensor::from_vec(values, tensor.dims(), &Device::Cpu).unwrap();
            (name, tensor)
        })
        .collect()
}

fn in_double(weights: &Weights) -> Weights {
    weights
        .iter()
        .map(|(name, tensor)| (name.clone(), tensor.to_dtype(DType::F64).unwrap()))
        .collect()
}

/// Gradients of that network by name.
fn reference_gradients(spec: &ModelSpec, weights: &Weights, faces: &Tensor) -> Weights {
    let vars: Vec<(String, Var)> = weights
        .iter()
        .map(|(name, tensor)| (name.clone(), Var::from_tensor(tensor).unwrap()))
        .collect();
    let tracked: Weights = vars
        .iter()
        .map(|(name, var)| (name.clone(), var.as_tensor().clone()))
        .collect();
    let store = reference_loss(spec, &tracked, faces).backward().unwrap();
    tracked
        .iter()
        .map(|(name, tensor)| (name.clone(), store.get(tensor).unwrap().clone()))
        .collect()
}

fn dot(a: &Tensor, b: &Tensor) -> f64 {
    (a * b)
        .unwrap()
        .sum_all()
        .unwrap()
        .to_scalar::<f64>()
        .unwrap()
}

/// Each weight moved along a random direction that touches all its numbers:
/// the loss must change as the gradient says.
#[test]
fn every_reference_gradient_agrees_with_finite_differences() {
    for activation in [Activation::Elu, Activation::Silu] {
        let spec = ModelSpec {
            activation,
            code_activation: activation,
            width: 0,
            observation_noise: 0.0,
            ..ModelSpec::conv(32, 5)
        };
        let model = ConvAutoencoder::new(&spec, 3, &Device::Cpu).unwrap();
        let weights = in_double(&weights(&spec, &model));
        let faces = faces(32, 2).to_dtype(DType::F64).unwrap();
        let gradients = reference_gradients(&spec, &weights, &faces);
        let loss = |weights: &Weights| {
            reference_loss(&spec, weights, &faces)
                .to_scalar::<f64>()
                .unwrap()
        };
        let mut rng = generator(1, Purpose::Weights, 7, 0);
        for index in 0..weights.len() {
            let (name, weight) = &weights[index];
            let signs: Vec<f64> = (0..weight.elem_count())
                .map(|_| if rng.random() { 1.0 } else { -1.0 })
                .collect();
            let direction = Tensor::from_vec(signs, weight.dims(), &Device::Cpu).unwrap();
            let expected = dot(&gradients[index].1, &direction);
            // Small, so that few maxima of the pools change places on the way.
            let step = 1e-6;
            let moved = |by: f64| {
                let mut moved = weights.clone();
                moved[index].1 = (weight + (&direction * by).unwrap()).unwrap();
                loss(&moved)
            };
            let measured = (moved(step) - moved(-step)) / (2.0 * step);
            // Scale: what a direction of this length could change at most, so
            // that one that happens to be nearly flat is judged fairly.
            let scale = dot(&gradients[index].1, &gradients[index].1).sqrt();
            assert!(scale > 0.0, "{name} has no gradient");
            // Rounding of two losses, sums of thousands of terms, in double precision.
            let rounding = 1e-15 / step;
            assert!(
                (measured - expected).abs() <= 1e-5 * scale.max(expected.abs()) + rounding,
                "{name}, {activation:?}: {measured} measured, {expected} from the gradient"
            );
        }
    }
}

#[test]
fn fast_gradients_agree_with_the_references() {
    for (size, activation, code_activation) in [
        (32, Activation::Elu, Activation::Elu),
        (48, Activation::Relu, Activation::Linear),
    ] {
        let spec = ModelSpec {
            activation,
            code_activation,
            ..ModelSpec::conv(size, 7)
        };
        let model = ConvAutoencoder::new(&spec, 4, &Device::Cpu).unwrap();
        let weights = weights(&spec, &model);
        model.parameters().restore(&weights).unwrap();
        let faces = faces(size, 3);
        let double = faces.to_dtype(DType::F64).unwrap();
        let expected = reference_gradients(&spec, &in_double(&weights), &double);
        let loss = kernels::mse(&model.forward(&faces).unwrap(), &faces).unwrap();
        let store = loss.backward().unwrap();
        for ((name, var), (_, expected)) in model.parameters().iter().zip(expected) {
            let gradient = store.get(var.as_tensor()).unwrap();
            let difference = (gradient.to_dtype(DType::F64).unwrap() - &expected).unwrap();
            let error = dot(&difference, &difference).sqrt() / dot(&expected, &expected).sqrt();
            assert!(
                error < 1e-5,
                "{name} at size {size}: relative error {error:e}"
            );
        }
    }
}

#[test]
fn what_is_not_tracked_for_gradients_gives_the_same_faces() {
    let faces = faces(32, 2);
    let conv = ConvAutoencoder::new(&ModelSpec::conv(32, 6), 1, &Device::Cpu).unwrap();
    let spec = ModelSpec::linear(ModelKind::Linear, 32, 6);
    let linear = LinearAutoencoder::new(&spec, 1, &Device::Cpu).unwrap();
    for model in [&conv as &dyn Autoencoder, &linear] {
        let values = |tensor: Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let tracked = model.forward(&faces).unwrap();
        let rebuilt = model.reconstruct(&faces).unwrap();
        assert!(!rebuilt.track_op());
        assert!(tracked.track_op());
        assert_eq!(values(tracked), values(rebuilt));
    }
}
