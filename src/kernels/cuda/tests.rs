//! The operations for GPUs against their reference implementations: always with the
//! kernels compiled for the CPU, and on a GPU where there is one.

use candle_core::{DType, Device, Tensor, Var};
use rand::RngExt;

use super::operands::to_operands;
use super::*;
use crate::kernels::autograd::BackwardPass;
use crate::kernels::optimizer::{Algorithm, ParamUpdate, Step};
use crate::kernels::reference;
use crate::rng::{Purpose, generator};

type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const ACTIVATIONS: [Activation; 3] = [Activation::Linear, Activation::Relu, Activation::Elu];

/// Pictures, height, width, inputs, outputs.
const SHAPES: [[usize; 5]; 11] = [
    [2, 8, 8, 3, 32],
    [1, 5, 7, 3, 3],
    [3, 1, 1, 5, 17],
    [2, 2, 2, 32, 16],
    [1, 6, 10, 16, 16],
    [2, 3, 2, 17, 5],
    [3, 7, 9, 8, 24],
    [1, 1, 6, 4, 40],
    [5, 4, 4, 16, 3],
    // Enough rows to be cut into parts.
    [4, 16, 16, 3, 8],
    [2, 16, 24, 8, 5],
];

/// Devices and operand types of the comparisons, with the relative error allowed.
fn cases() -> Vec<(Device, DType, f32)> {
    let mut devices = vec![Device::Cpu];
    match crate::kernels::device::open_cuda(0) {
        Ok(device) => devices.push(device),
        Err(reason) => eprintln!("skipped: no GPU ({reason})"),
    }
    devices
        .into_iter()
        .flat_map(|device| {
            [
                (device.clone(), DType::F32, 2e-5),
                (device, DType::BF16, 2e-2),
            ]
        })
        .collect()
}

/// Values in memory.
fn variable(shape: &[usize], seed: u64) -> Outcome<Var> {
    let mut random = generator(
        seed,
        Purpose::Weights,
        shape.iter().product::<usize>() as u64,
        0,
    );
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| random.random_range(-1.0..1.0))
        .collect();
    Ok(Var::from_vec(values, shape, &Device::Cpu)?)
}

/// The same values on a device.
fn moved<const N: usize>(device: &Device, inputs: [&Var; N]) -> Result<[Var; N]> {
    let moved = inputs.map(|var| Var::from_tensor(&var.to_device(device)?));
    let moved: std::result::Result<Vec<_>, _> = moved.into_iter().collect();
    match moved?.try_into() {
        Ok(moved) => Ok(moved),
        Err(_) => unreachable!("as many as there were"),
    }
}

/// For bf16 small whole numbers, so that results are rounded but keep their signs:
/// a slope at another sign would be another.
fn exact(element: DType, values: Var) -> Outcome<Var> {
    match element {
        DType::BF16 => Ok(Var::from_tensor(
            &(values.as_detached_tensor() * 2.0)?.round()?,
        )?),
        _ => Ok(values),
    }
}

/// Input, weight and bias of a layer, as [`exact`] makes them.
fn layer(element: DType, x: &[usize], weight: &[usize], seed: u64) -> Outcome<[Var; 3]> {
    let bias = &weight[weight.len() - 1..];
    Ok([
        exact(element, variable(x, seed)?)?,
        exact(element, variable(weight, seed + 1)?)?,
        exact(element, variable(bias, seed + 2)?)?,
    ])
}

/// The length of the difference for that of the second.
fn apart(a: &Tensor, b: &Tensor) -> Outcome<f32> {
    assert_eq!(a.dims(), b.dims());
    let [a, b] = [a, b].map(|tensor| tensor.to_device(&Device::Cpu));
    let (a, b) = (a?, b?);
    let length = |tensor: &Tensor| tensor.sqr()?.sum_all()?.sqrt()?.to_scalar::<f32>();
    Ok(length(&(&a - &b)?)? / length(&b)?.max(1e-6))
}

/// Results and gradients under a gradient that differs everywhere: of an operation
/// on a device and of its reference implementation, which is always in memory.
fn compare<const N: usize, O: Operation<N>>(
    (what, near, device): (&str, f32, &Device),
    inputs: [&Var; N],
    forward: impl FnOnce([&Tensor; N]) -> candle_core::Result<(O, Tensor)>,
    reference: impl FnOnce([&Tensor; N]) -> Result<Tensor>,
) -> Outcome<()> {
    let there = moved(device, inputs)?;
    let detached = there.each_ref().map(candle_core::Var::as_detached_tensor);
    let (op, result) = forward(detached.each_ref())?;
    let expected = reference(inputs.map(candle_core::Var::as_tensor))?;
    let distance = apart(&result, &expected)?;
    assert!(distance < near, "{what}: result differs by {distance}");
    let weights = variable(expected.dims(), 99)?;
    let expected = (&expected * weights.as_tensor())?.sum_all()?.backward()?;
    let tensors = there.each_ref().map(candle_core::Var::as_tensor);
    let gradient = weights.to_device(device)?;
    let gradients = op.backward(&BackwardPass::new(tensors, &result, &gradient))?;
    for (index, (gradient, input)) in gradients.iter().zip(inputs).enumerate() {
        let gradient = gradient.as_ref().ok_or("no gradient")?;
        let distance = apart(gradient, expected.get(input).ok_or("no gradient")?)?;
        assert!(
            distance < near,
            "{what}: gradient {index} differs by {distance}"
        );
    }
    Ok(())
}

#[test]
fn every_kernel_is_launched_by_a_name_that_exists() {
    let names = emulated::kernel_names();
    assert!(names.len() > 10, "{names:?}");
    let sources = [
        include_str!("conv.rs"),
        include_str!("conv_transpose.rs"),
        include_str!("conv_directions.rs"),
        include_str!("mse.rs"),
        include_str!("operands.rs"),
        include_str!("dense.rs"),
        include_str!("batch.rs"),
        include_str!("optimizer.rs"),
        include_str!("reductions.rs"),
    ]
    .map(|source| source.replace(char::is_whitespace, ""));
    for name in names {
        let call = format!("Launch::new(\"{name}\"");
        assert!(
            sources.iter().any(|source| source.contains(&call)),
            "nothing launches {name}"
        );
    }
}

#[test]
fn operands_are_rounded_to_the_nearest() -> Outcome<()> {
    for (device, ..) in cases() {
        let mut values = variable(&[1000], 1)?.to_vec1::<f32>()?;
        values.extend([
            0.0,
            -0.0,
            f32::MAX,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
        ]);
        // Halfway between two, both to an even and to an odd one.
        values.extend([0x3f80_8000, 0x3f81_8000].map(f32::from_bits));
        let count = values.len();
        // Which of the many that are not a number is left open.
        let bits = |value: half::bf16| {
            if value.is_nan() {
                None
            } else {
                Some(value.to_bits())
            }
        };
        let expected: Vec<_> = values
            .iter()
            .map(|&value| bits(half::bf16::from_f32(value)))
            .collect();
        let values = Tensor::from_vec(values, count, &device)?;
        let ours = to_operands(DType::BF16, &values, count + 8)?.to_vec1::<half::bf16>()?;
        let ours: Vec<_> = ours.into_iter().map(bits).collect();
        assert_eq!(ours[..count], expected);
        assert_eq!(ours[count..], [Some(0); 8]);
    }
    Ok(())
}

#[test]
fn convolutions_equal_their_reference() -> Outcome<()> {
    for (device, element, near) in cases() {
        for (index, &[n, h, w, i, o]) in SHAPES.iter().enumerate() {
            let seed = index as u64 * 10;
            let inputs = layer(element, &[n, h, w, i], &[3, 3, i, o], seed)?;
            let inputs = inputs.each_ref();
            for activation in ACTIVATIONS {
                let case = format!("{device:?} {element:?} {n}x{h}x{w} {i}→{o} {activation:?}");
                for pooling in [Pooling::None, Pooling::Max2x2] {
                    // Rounded, other pixels win.
                    let is_rounded = element == DType::BF16 && pooling == Pooling::Max2x2;
                    if (pooling == Pooling::Max2x2 && (h < 2 || w < 2)) || is_rounded {
                        continue;
                    }
                    compare(
                        (&format!("{case} {pooling:?}"), near, &device),
                        inputs,
                        |inputs| conv::forward(element, inputs, activation, pooling),
                        |[x, weight, bias]| {
                            reference::conv3x3(x, weight, bias, activation, pooling)
                        },
                    )?;
                }
                compare(
                    (&format!("transposed {case}"), near, &device),
                    inputs,
                    |inputs| conv_transpose::forward(element, inputs, activation),
                    |[x, weight, bias]| reference::conv_transpose3x3(x, weight, bias, activation),
                )?;
            }
        }
    }
    Ok(())
}

#[test]
fn dense_layers_equal_their_reference() -> Outcome<()> {
    for (device, element, near) in cases() {
        for (n, i, o) in [
            (1, 1, 1),
            (7, 5, 3),
            (64, 100, 32),
            (13, 257, 65),
            (3, 16, 8),
        ] {
            let inputs = layer(element, &[n, i], &[i, o], 1)?;
            let inputs = inputs.each_ref();
            for activation in ACTIVATIONS {
                compare(
                    (
                        &format!("{device:?} {element:?} {n}x{i}→{o} {activation:?}"),
                        near,
                        &device,
                    ),
                    inputs,
                    |inputs| dense::forward(element, inputs, activation),
                    |[x, weight, bias]| reference::dense(x, weight, bias, activation),
                )?;
            }
        }
    }
    Ok(())
}

/// Values that bf16 represents exactly, so that its maxima are the reference's.
#[test]
fn pools_of_halves_equal_their_reference_where_nothing_is_rounded() -> Outcome<()> {
    for (device, element, _) in cases() {
        let x = variable(&[2, 6, 5, 8], 5)?;
        let x = Var::from_tensor(&(x.as_detached_tensor() * 8.0)?.round()?)?;
        let weight = Var::from_tensor(&variable(&[3, 3, 8, 16], 6)?.round()?)?;
        let bias = Var::zeros(16, DType::F32, &Device::Cpu)?;
        let inputs = [&x, &weight, &bias];
        for activation in [Activation::Linear, Activation::Relu] {
            let near = if element == DType::BF16 { 5e-3 } else { 1e-6 };
            compare(
                (
                    &format!("{device:?} {element:?} {activation:?}"),
                    near,
                    &device,
                ),
                inputs,
                |inputs| conv::forward(element, inputs, activation, Pooling::Max2x2),
                |[x, weight, bias]| {
                    reference::conv3x3(x, weight, bias, activation, Pooling::Max2x2)
                },
            )?;
        }
    }
    Ok(())
}

/// Equal pixels everywhere: the first of each window takes all of the gradient.
#[test]
fn a_pool_gives_ties_to_the_first() -> Outcome<()> {
    for (device, element, _) in cases() {
        for (height, width) in [(4, 4), (5, 4), (4, 7)] {
            let x = Var::from_tensor(&Tensor::full(0.5f32, (2, height, width, 3), &Device::Cpu)?)?;
            let mut middle = vec![0f32; 9 * 9];
            for channel in 0..3 {
                middle[(4 * 3 + channel) * 3 + channel] = 1.0;
            }
            let weight = Var::from_tensor(&Tensor::from_vec(middle, (3, 3, 3, 3), &Device::Cpu)?)?;
            let bias = Var::zeros(3, DType::F32, &Device::Cpu)?;
            let inputs = [&x, &weight, &bias];
            let near = if element == DType::BF16 { 5e-3 } else { 1e-6 };
            compare(
                (
                    &format!("{device:?} {element:?} {height}x{width}"),
                    near,
                    &device,
                ),
                inputs,
                |inputs| conv::forward(element, inputs, Activation::Relu, Pooling::Max2x2),
                |[x, weight, bias]| {
                    reference::conv3x3(x, weight, bias, Activation::Relu, Pooling::Max2x2)
                },
            )?;
        }
    }
    Ok(())
}

#[test]
fn the_mean_squared_error_equals_its_reference() -> Outcome<()> {
    for (device, _, near) in cases() {
        for shape in [&[1usize][..], &[3, 5], &[2, 8, 8, 3], &[40, 1700]] {
            compare(
                (&format!("{device:?} {shape:?}"), near, &device),
                [&variable(shape, 1)?, &variable(shape, 2)?],
                |[prediction, target]| {
                    let result = mse::forward(prediction, target)?;
                    Ok((mse::MeanSquaredError, result))
                },
                |[prediction, target]| reference::mse(prediction, target),
            )?;
        }
    }
    Ok(())
}

/// More weights than one launch takes, some of them of a single value.
#[test]
fn steps_of_the_optimizers_equal_their_reference() -> Outcome<()> {
    for (device, ..) in cases() {
        // GPUs multiply and add in one rounding.
        let near = if device.is_cpu() { 1e-6 } else { 2e-5 };
        for algorithm in [Algorithm::Adamax, Algorithm::AdamW] {
            let zeros = |index: usize| -> Outcome<Var> {
                let shape = (index % 7 + 1, index * 31 % 50 + 1);
                Ok(Var::zeros(shape, DType::F32, &Device::Cpu)?)
            };
            let references: Vec<[Var; 3]> = (0..37)
                .map(|index| {
                    let moments = (zeros(index)?, zeros(index)?);
                    let weight = variable(moments.0.dims(), index as u64)?;
                    Ok([weight, moments.0, moments.1])
                })
                .collect::<Outcome<_>>()?;
            let ours = references
                .iter()
                .map(|reference| moved(&device, reference.each_ref()))
                .collect::<Result<Vec<_>>>()?;
            for step in 1..=3 {
                let step = Step {
                    algorithm,
                    learning_rate: 0.01,
                    beta1: 0.9,
                    beta2: 0.99,
                    epsilon: 1e-7,
                    weight_decay: 0.1,
                    step,
                };
                let mut there = Vec::new();
                for (index, (ours, reference)) in ours.iter().zip(&references).enumerate() {
                    let seed = 100 * step.step + index as u64;
                    let gradient = variable(reference[0].dims(), seed)?.as_detached_tensor();
                    there.push(param_update(ours, gradient.to_device(&device)?));
                    step.apply_reference(&param_update(reference, gradient))?;
                }
                let coefficients = Tensor::new(&step.coefficients(), &device)?;
                optimizer::apply(algorithm, &coefficients, &there.iter().collect::<Vec<_>>())?;
            }
            let pairs = ours.iter().flatten().zip(references.iter().flatten());
            for (ours, reference) in pairs {
                let distance = apart(ours.as_tensor(), reference.as_tensor())?;
                assert!(distance < near, "{algorithm:?} differs by {distance}");
            }
        }
    }
    Ok(())
}

fn param_update([weight, first, second]: &[Var; 3], gradient: Tensor) -> ParamUpdate<'_> {
    ParamUpdate {
        weight,
        gradient,
        first_moment: first,
        second_moment: second,
    }
}

#[test]
fn noise_is_normal_and_the_pictures_own() -> Outcome<()> {
    for (device, element, _) in cases() {
        if element == DType::BF16 {
            continue;
        }
        let clean = Tensor::zeros((6, 32, 32, 3), DType::F32, &device)?;
        let draws = |keys: [u32; 6]| {
            let draws: Vec<u32> = keys.into_iter().flat_map(|key| [0, 0, key, 77]).collect();
            Tensor::from_vec(draws, (6, 4), &device)
        };
        let noise = |keys| add_gaussian_noise(&clean, &draws(keys)?, 0.5);
        let (ones, others) = (noise([1, 2, 3, 4, 5, 6])?, noise([6, 9, 1, 8, 7, 5])?);
        for (one, other) in [(0, 2), (5, 0), (4, 5)] {
            assert!(apart(&ones.get(one)?, &others.get(other)?)? == 0.0);
        }
        assert!(apart(&ones.get(1)?, &others.get(1)?)? > 1.0);
        let values = (ones.flatten_all()? / 0.5)?.to_vec1::<f32>()?;
        let moment = |power: i32| {
            let sum: f64 = values.iter().map(|&v| f64::from(v).powi(power)).sum();
            sum / values.len() as f64
        };
        // Of 18,432 normal numbers: within four standard errors.
        for (power, expected, error) in [
            (1, 0.0, 0.0074),
            (2, 1.0, 0.0104),
            (3, 0.0, 0.0285),
            (4, 3.0, 0.0722),
        ] {
            let seen = moment(power);
            assert!(
                (seen - expected).abs() < 4.0 * error,
                "moment {power}: {seen}"
            );
        }
        let neighbours: f64 = values
            .windows(2)
            .map(|pair| f64::from(pair[0] * pair[1]))
            .sum();
        assert!((neighbours / values.len() as f64).abs() < 0.03);
    }
    Ok(())
}
