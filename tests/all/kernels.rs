//! Every operation against its reference implementation.

use std::sync::Mutex;

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor, Var};
use lfw_tui::kernels::optimizer::{Algorithm, ParamUpdate, Step};
use lfw_tui::kernels::{self, Activation, Pooling, reference};
use lfw_tui::rng::{Purpose, generator};
use rand::RngExt;

pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Thread count and instruction set are the process's: one such test at a time.
static GLOBAL: Mutex<()> = Mutex::new(());

pub fn alone() -> std::sync::MutexGuard<'static, ()> {
    GLOBAL
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn values(count: usize, seed: u64) -> Vec<f32> {
    let mut random = generator(seed, Purpose::Weights, count as u64, 0);
    (0..count)
        .map(|_| random.random::<f32>() * 2.0 - 1.0)
        .collect()
}

pub fn variable(shape: &[usize], seed: u64) -> Outcome<Var> {
    let count = shape.iter().product();
    let tensor = Tensor::from_vec(values(count, seed), shape, &Device::Cpu)?;
    Ok(Var::from_tensor(&tensor)?)
}

/// Largest difference relative to the largest value.
pub fn difference(a: &Tensor, b: &Tensor) -> Outcome<f32> {
    assert_eq!(a.dims(), b.dims());
    if a.elem_count() == 0 {
        return Ok(0.0);
    }
    let a = a.flatten_all()?.to_vec1::<f32>()?;
    let b = b.flatten_all()?.to_vec1::<f32>()?;
    let size = b.iter().fold(1e-3f32, |m, v| m.max(v.abs()));
    let apart = a.iter().zip(&b).fold(0f32, |m, (a, b)| {
        // Also catches what is not a number.
        if (a - b).abs() <= m { m } else { (a - b).abs() }
    });
    Ok(apart / size)
}

pub fn bits(tensor: &Tensor) -> Outcome<Vec<u32>> {
    Ok(tensor
        .flatten_all()?
        .to_vec1::<f32>()?
        .iter()
        .map(|v| v.to_bits())
        .collect())
}

/// A scalar that weighs every element differently, so that no gradient hides.
fn scalar(y: &Tensor) -> Outcome<Tensor> {
    let weights = Tensor::from_vec(values(y.elem_count(), 99), y.dims(), &Device::Cpu)?;
    Ok((y * weights)?.sum_all()?)
}

fn compare(
    what: &str,
    inputs: &[&Var],
    fast: impl Fn() -> lfw_tui::Result<Tensor>,
    reference: impl Fn() -> lfw_tui::Result<Tensor>,
) -> Outcome<()> {
    let (y, expected) = (fast()?, reference()?);
    let apart = difference(&y, &expected)?;
    assert!(apart < 2e-5, "{what}: result differs by {apart}");
    let (gradients, expected) = (scalar(&y)?.backward()?, scalar(&expected)?.backward()?);
    for (index, input) in inputs.iter().enumerate() {
        let find = |store: &GradStore| store.get(input.as_tensor()).cloned();
        let (Some(a), Some(b)) = (find(&gradients), find(&expected)) else {
            panic!("{what}: input {index} has no gradient");
        };
        let apart = difference(&a, &b)?;
        assert!(apart < 2e-5, "{what}: gradient {index} differs by {apart}");
    }
    Ok(())
}

const ACTIVATIONS: [Activation; 4] = [
    Activation::Linear,
    Activation::Relu,
    Activation::Elu,
    Activation::Silu,
];

/// Pictures, height, width, inputs, outputs: narrow, odd, single, wide, both ways of computing.
const SHAPES: [[usize; 5]; 14] = [
    [2, 8, 8, 3, 32],
    [1, 5, 7, 3, 3],
    [3, 1, 1, 5, 17],
    [2, 2, 2, 32, 16],
    [5, 4, 4, 16, 48],
    [1, 6, 10, 16, 16],
    [2, 3, 2, 17, 5],
    [3, 7, 9, 8, 24],
    [1, 1, 6, 4, 40],
    [17, 4, 4, 32, 32],
    [2, 16, 16, 32, 64],
    [1, 12, 12, 80, 16],
    [2, 9, 8, 33, 31],
    [1, 2, 2, 128, 160],
];

/// Input, weight and bias of a convolution.
fn convolution([n, h, w, i, o]: [usize; 5], seed: u64) -> Outcome<[Var; 3]> {
    Ok([
        variable(&[n, h, w, i], seed)?,
        variable(&[3, 3, i, o], seed + 1)?,
        variable(&[o], seed + 2)?,
    ])
}

#[test]
fn convolution_equals_its_reference() -> Outcome<()> {
    let _alone = alone();
    for (index, shape) in SHAPES.iter().enumerate() {
        let [_, h, w, ..] = *shape;
        let [x, weight, bias] = convolution(*shape, index as u64 * 10)?;
        for activation in ACTIVATIONS {
            for pool in [Pooling::None, Pooling::Max2x2] {
                if pool == Pooling::Max2x2 && (h < 2 || w < 2) {
                    continue;
                }
                compare(
                    &format!("{shape:?} {activation:?} {pool:?}"),
                    &[&x, &weight, &bias],
                    || kernels::conv3x3(&x, &weight, &bias, activation, pool),
                    || reference::conv3x3(&x, &weight, &bias, activation, pool),
                )?;
            }
        }
    }
    Ok(())
}

#[test]
fn first_convolution_without_input_gradient_equals_its_reference() -> Outcome<()> {
    let _alone = alone();
    for (n, h, w, i, o) in [
        (3, 8, 8, 3, 32),
        (1, 7, 5, 3, 5),
        (2, 4, 6, 1, 17),
        (4, 4, 4, 16, 32),
    ] {
        let x = variable(&[n, h, w, i], 1)?.as_detached_tensor();
        let (weight, bias) = (variable(&[3, 3, i, o], 2)?, variable(&[o], 3)?);
        for pool in [Pooling::None, Pooling::Max2x2] {
            compare(
                &format!("{n}x{h}x{w} {i}→{o} {pool:?}"),
                &[&weight, &bias],
                || kernels::conv3x3(&x, &weight, &bias, Activation::Elu, pool),
                || reference::conv3x3(&x, &weight, &bias, Activation::Elu, pool),
            )?;
        }
    }
    Ok(())
}

#[test]
fn transposed_convolution_equals_its_reference() -> Outcome<()> {
    let _alone = alone();
    let more = [
        [2, 4, 4, 32, 3],
        [3, 2, 2, 256, 128],
        [2, 8, 8, 64, 32],
        [2, 3, 5, 16, 1],
    ];
    for (index, shape) in SHAPES.iter().chain(&more).enumerate() {
        let [x, weight, bias] = convolution(*shape, 1000 + index as u64 * 10)?;
        for activation in ACTIVATIONS {
            compare(
                &format!("{shape:?} {activation:?}"),
                &[&x, &weight, &bias],
                || kernels::conv_transpose3x3(&x, &weight, &bias, activation),
                || reference::conv_transpose3x3(&x, &weight, &bias, activation),
            )?;
        }
    }
    Ok(())
}

#[test]
fn dense_layer_equals_its_reference() -> Outcome<()> {
    let _alone = alone();
    for (n, i, o) in [
        (1, 1, 1),
        (7, 5, 3),
        (64, 100, 32),
        (3, 33, 17),
        (13, 257, 65),
        (2, 16, 512),
    ] {
        let (x, weight) = (variable(&[n, i], 1)?, variable(&[i, o], 2)?);
        let bias = variable(&[o], 3)?;
        for activation in ACTIVATIONS {
            compare(
                &format!("{n}x{i}→{o} {activation:?}"),
                &[&x, &weight, &bias],
                || kernels::dense(&x, &weight, &bias, activation),
                || reference::dense(&x, &weight, &bias, activation),
            )?;
        }
    }
    Ok(())
}

#[test]
fn mean_squared_error_equals_its_reference() -> Outcome<()> {
    let _alone = alone();
    for shape in [vec![1], vec![3, 5], vec![40, 30, 31]] {
        let (a, b) = (variable(&shape, 1)?, variable(&shape, 2)?);
        compare(
            &format!("{shape:?}"),
            &[&a, &b],
            || kernels::mse(&a, &b),
            || reference::mse(&a, &b),
        )?;
    }
    Ok(())
}

#[test]
fn of_equal_values_in_a_window_the_first_takes_the_gradient() -> Outcome<()> {
    let _alone = alone();
    // A weight that copies the middle tap's channel; all pixels are equal.
    for (channels, height) in [(3, 4), (16, 4), (3, 5)] {
        let mut weights = vec![0f32; 9 * channels * channels];
        for channel in 0..channels {
            weights[(4 * channels + channel) * channels + channel] = 1.0;
        }
        let weight = Tensor::from_vec(weights, (3, 3, channels, channels), &Device::Cpu)?;
        let bias = Tensor::zeros(channels, DType::F32, &Device::Cpu)?;
        let x = Var::from_tensor(&Tensor::full(
            0.5f32,
            (1, height, 4, channels),
            &Device::Cpu,
        )?)?;
        let y = kernels::conv3x3(&x, &weight, &bias, Activation::Relu, Pooling::Max2x2)?;
        assert_eq!(y.dims(), [1, height / 2, 2, channels]);
        let gradients = y.sum_all()?.backward()?;
        let gradient = gradients.get(x.as_tensor()).ok_or("no gradient")?;
        let gradient = gradient.sum(3)?.squeeze(0)?.to_vec2::<f32>()?;
        for (row, line) in gradient.iter().enumerate() {
            for (column, &value) in line.iter().enumerate() {
                let is_first = row % 2 == 0 && column % 2 == 0 && row < height / 2 * 2;
                let expected = if is_first { channels as f32 } else { 0.0 };
                assert!((value - expected).abs() < 1e-5, "{row},{column}: {value}");
            }
        }
    }
    Ok(())
}

#[test]
fn relu_passes_no_gradient_at_zero() -> Outcome<()> {
    let _alone = alone();
    let x = Tensor::ones((2, 4, 4, 16), DType::F32, &Device::Cpu)?;
    let weight = Var::zeros((3, 3, 16, 16), DType::F32, &Device::Cpu)?;
    let bias = Var::zeros(16, DType::F32, &Device::Cpu)?;
    for pool in [Pooling::None, Pooling::Max2x2] {
        for y in [
            kernels::conv3x3(&x, &weight, &bias, Activation::Relu, pool)?,
            reference::conv3x3(&x, &weight, &bias, Activation::Relu, pool)?,
        ] {
            let gradients = y.sum_all()?.backward()?;
            let gradient = gradients.get(bias.as_tensor()).ok_or("no gradient")?;
            assert_eq!(gradient.to_vec1::<f32>()?, vec![0.0; 16]);
        }
    }
    Ok(())
}

#[test]
fn non_contiguous_inputs_are_taken_as_they_read() -> Outcome<()> {
    let _alone = alone();
    for channels in [3, 16] {
        let planar = variable(&[2, channels, 6, 4], 1)?;
        let weight = variable(&[16, channels, 3, 3], 2)?;
        let bias = variable(&[16], 3)?;
        let x = planar.permute((0, 2, 3, 1))?;
        let w = weight.permute((2, 3, 1, 0))?;
        assert!(!x.is_contiguous() && !w.is_contiguous());
        compare(
            "permuted",
            &[&planar, &weight, &bias],
            || kernels::conv3x3(&x, &w, &bias, Activation::Relu, Pooling::Max2x2),
            || {
                reference::conv3x3(
                    &x,
                    &w.contiguous()?,
                    &bias,
                    Activation::Relu,
                    Pooling::Max2x2,
                )
            },
        )?;
    }
    let x = variable(&[5, 7], 4)?;
    let (weight, bias) = (variable(&[3, 5], 5)?, variable(&[3], 6)?);
    compare(
        "transposed",
        &[&x, &weight, &bias],
        || kernels::dense(&x.t()?, &weight.t()?, &bias, Activation::Linear),
        || reference::dense(&x.t()?, &weight.t()?, &bias, Activation::Linear),
    )
}

#[test]
fn optimizer_step_equals_its_reference() -> Outcome<()> {
    let _alone = alone();
    for rule in [Algorithm::Adamax, Algorithm::AdamW] {
        for count in [1, 7, 64, 40_003] {
            let gradient = variable(&[count], 9)?.as_detached_tensor();
            let make = || -> Outcome<[Var; 3]> {
                let second = variable(&[count], 3)?.as_detached_tensor().abs()?;
                Ok([
                    variable(&[count], 1)?,
                    variable(&[count], 2)?,
                    Var::from_tensor(&second)?,
                ])
            };
            let ([w1, m1, v1], [w2, m2, v2]) = (make()?, make()?);
            for step in 1..4 {
                let step = Step {
                    algorithm: rule,
                    learning_rate: 0.002,
                    beta1: 0.9,
                    beta2: 0.999,
                    epsilon: 1e-7,
                    weight_decay: 0.01,
                    step,
                };
                let [one, other] =
                    [(&w1, &m1, &v1), (&w2, &m2, &v2)].map(|(weight, first, second)| ParamUpdate {
                        weight,
                        gradient: gradient.clone(),
                        first_moment: first,
                        second_moment: second,
                    });
                step.apply(&[one], None)?;
                step.apply_reference(&other)?;
            }
            for (a, b) in [(w1, w2), (m1, m2), (v1, v2)] {
                let apart = difference(a.as_tensor(), b.as_tensor())?;
                assert!(apart < 1e-6, "{rule:?} {count}: {apart}");
            }
        }
    }
    Ok(())
}

#[test]
fn shapes_that_do_not_fit_are_errors() -> Outcome<()> {
    let x = variable(&[1, 4, 4, 3], 1)?;
    let (weight, bias) = (variable(&[3, 3, 4, 8], 2)?, variable(&[8], 3)?);
    assert!(kernels::conv3x3(&x, &weight, &bias, Activation::Relu, Pooling::None).is_err());
    assert!(kernels::conv_transpose3x3(&x, &weight, &bias, Activation::Relu).is_err());
    assert!(kernels::dense(&x, &weight, &bias, Activation::Relu).is_err());
    assert!(kernels::mse(&x, &bias).is_err());
    assert!(kernels::reshape(&x, (3, 3)).is_err());
    Ok(())
}

#[test]
fn sums_equal_their_references() -> Outcome<()> {
    let _alone = alone();
    for (index, shape) in [
        [2usize, 3, 5, 4],
        [1, 1, 1, 8],
        [3, 16, 16, 64],
        [2, 7, 2, 12],
    ]
    .iter()
    .enumerate()
    {
        let seed = 500 + index as u64 * 10;
        let (a, b) = (variable(shape, seed)?, variable(shape, seed + 1)?);
        for factor in [1.0, 0.1, -2.5] {
            compare(
                &format!("{shape:?} times {factor}"),
                &[&a, &b],
                || kernels::add_scaled(&a, &b, factor),
                || reference::add_scaled(&a, &b, factor),
            )?;
        }
        let scale = variable(shape, seed + 2)?;
        compare(
            &format!("{shape:?} times another"),
            &[&a, &b],
            || kernels::add_product(&a, &scale, &b),
            || reference::add_product(&a, &scale, &b),
        )?;
        // A tensor that is both terms gets both gradients, and one that is not
        // contiguous is summed as it reads.
        let twice = scalar(&kernels::add(&a, &a)?)?;
        let (ours, candle) = (kernels::backward(&twice)?, twice.backward()?);
        let (ours, candle) = (ours.get(a.as_tensor()), candle.get(a.as_tensor()));
        let (Some(ours), Some(candle)) = (ours, candle) else {
            panic!("no gradient");
        };
        assert!(difference(ours, candle)? < 1e-6);
        let turned = a.transpose(1, 2)?;
        let sum = kernels::add(&turned, &b.transpose(1, 2)?)?;
        assert_eq!(
            bits(&sum.transpose(1, 2)?.contiguous()?)?,
            bits(&(a.as_tensor() + b.as_tensor())?)?
        );
    }
    let (a, b) = (variable(&[2, 2], 1)?, variable(&[2, 3], 2)?);
    assert!(kernels::add(&a, &b).is_err());
    Ok(())
}

/// A network that broke must not look whole behind its activation.
#[test]
fn what_is_not_a_number_passes_every_activation() -> Outcome<()> {
    let x = Tensor::from_vec(vec![f32::NAN; 40], (1, 40), &Device::Cpu)?;
    let weight = variable(&[40, 35], 1)?;
    let bias = variable(&[35], 2)?;
    for activation in [Activation::Linear, Activation::Relu, Activation::Elu] {
        let y = kernels::dense(&x, &weight, &bias, activation)?;
        let y = y.flatten_all()?.to_vec1::<f32>()?;
        assert!(y.iter().all(|y| y.is_nan()), "{activation:?}: {y:?}");
    }
    Ok(())
}
