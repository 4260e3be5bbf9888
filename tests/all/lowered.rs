//! The operations as matrix products against their plain twins: on the CPU
//! always, on a GPU where there is one.

use candle_core::{Device, Tensor, Var};
use lfw_tui::kernels::{self, Activation, Pool, lowered, plain};

use crate::kernels::{Outcome, difference, variable};

const ACTIVATIONS: [Activation; 3] = [Activation::Linear, Activation::Relu, Activation::Elu];

/// Pictures, height, width, inputs, outputs.
const SHAPES: [[usize; 5]; 8] = [
    [2, 8, 8, 3, 32],
    [1, 5, 7, 3, 3],
    [3, 1, 1, 5, 17],
    [2, 2, 2, 32, 16],
    [1, 6, 10, 16, 16],
    [2, 3, 2, 17, 5],
    [3, 7, 9, 8, 24],
    [1, 1, 6, 4, 40],
];

/// Where the comparisons run.
fn devices() -> Vec<Device> {
    let mut devices = vec![Device::Cpu];
    match lfw_tui::device::open_cuda(0) {
        Ok(device) => devices.push(device),
        Err(reason) => eprintln!("skipped: no GPU ({reason})"),
    }
    devices
}

fn on(device: &Device, shape: &[usize], seed: u64) -> Outcome<Var> {
    Ok(Var::from_tensor(
        &variable(shape, seed)?.to_device(device)?,
    )?)
}

/// Results and gradients of a scalar that weighs every element differently.
fn compare(
    what: &str,
    inputs: &[&Var],
    lowered: lfw_tui::Result<Tensor>,
    twin: lfw_tui::Result<Tensor>,
) -> Outcome<()> {
    let (y, expected) = (lowered?, twin?);
    let cpu = |tensor: &Tensor| tensor.to_device(&Device::Cpu);
    let apart = difference(&cpu(&y)?, &cpu(&expected)?)?;
    assert!(apart < 2e-5, "{what}: result differs by {apart}");
    let target = variable(y.dims(), 99)?.to_device(y.device())?;
    let gradients = kernels::backward(&lowered::mse(&y, &target)?)?;
    let twins = plain::mse(&expected, &target)?.backward()?;
    for (index, input) in inputs.iter().enumerate() {
        let gradient = gradients.get(input.as_tensor()).ok_or("no gradient")?;
        let twin = twins.get(input.as_tensor()).ok_or("no gradient")?;
        let apart = difference(&cpu(gradient)?, &cpu(twin)?)?;
        assert!(apart < 2e-5, "{what}: gradient {index} differs by {apart}");
    }
    Ok(())
}

#[test]
fn lowered_convolutions_equal_their_twins() -> Outcome<()> {
    for device in devices() {
        for (index, &[n, h, w, i, o]) in SHAPES.iter().enumerate() {
            let seed = index as u64 * 10;
            let x = on(&device, &[n, h, w, i], seed)?;
            let weight = on(&device, &[3, 3, i, o], seed + 1)?;
            let bias = on(&device, &[o], seed + 2)?;
            let inputs = [&x, &weight, &bias];
            for activation in ACTIVATIONS {
                let case = format!("{device:?} {n}x{h}x{w} {i}→{o} {activation:?}");
                for pool in [Pool::None, Pool::Max2] {
                    if pool == Pool::Max2 && (h < 2 || w < 2) {
                        continue;
                    }
                    compare(
                        &format!("{case} {pool:?}"),
                        &inputs,
                        lowered::conv3x3(&x, &weight, &bias, activation, pool),
                        plain::conv3x3(&x, &weight, &bias, activation, pool),
                    )?;
                }
                compare(
                    &format!("transposed {case}"),
                    &inputs,
                    lowered::conv_transpose3x3(&x, &weight, &bias, activation),
                    plain::conv_transpose3x3(&x, &weight, &bias, activation),
                )?;
            }
        }
    }
    Ok(())
}

#[test]
fn lowered_dense_layers_equal_their_twins() -> Outcome<()> {
    for device in devices() {
        for (n, i, o) in [(1, 1, 1), (7, 5, 3), (64, 100, 32), (13, 257, 65)] {
            let x = on(&device, &[n, i], 1)?;
            let (weight, bias) = (on(&device, &[i, o], 2)?, on(&device, &[o], 3)?);
            for activation in ACTIVATIONS {
                compare(
                    &format!("{device:?} {n}x{i}→{o} {activation:?}"),
                    &[&x, &weight, &bias],
                    lowered::dense(&x, &weight, &bias, activation),
                    plain::dense(&x, &weight, &bias, activation),
                )?;
            }
        }
    }
    Ok(())
}

/// Equal pixels everywhere: the first of each window takes all of the gradient.
#[test]
fn a_lowered_pool_gives_ties_to_the_first() -> Outcome<()> {
    for device in devices() {
        for (height, width) in [(4, 4), (5, 4), (4, 7)] {
            let x = Var::from_tensor(&Tensor::full(0.5f32, (2, height, width, 3), &device)?)?;
            let mut middle = vec![0f32; 9 * 9];
            for channel in 0..3 {
                middle[(4 * 3 + channel) * 3 + channel] = 1.0;
            }
            let weight = Var::from_tensor(&Tensor::from_vec(middle, (3, 3, 3, 3), &device)?)?;
            let bias = Var::from_tensor(&Tensor::zeros(3, x.dtype(), &device)?)?;
            let relu = Activation::Relu;
            compare(
                &format!("{device:?} {height}x{width}"),
                &[&x, &weight, &bias],
                lowered::conv3x3(&x, &weight, &bias, relu, Pool::Max2),
                plain::conv3x3(&x, &weight, &bias, relu, Pool::Max2),
            )?;
        }
    }
    Ok(())
}
