//! The operations: checks of shapes, and the choice of the backend.

use candle_core::{Shape, Tensor};

use super::activation::{Activation, Pooling};
use super::backend::Backend;
use super::conv_shape::ConvShape;
use super::{autograd, cpu, cuda, reference};
use crate::error::{Error, Result};

/// 3×3 convolution with stride 1 and zero padding, then bias, activation and pooling.
/// `x` `[n, h, w, in]`, `weight` `[3, 3, in, out]`, `bias` `[out]`. The gradient
/// of `x` is computed only if `x` depends on a variable.
///
/// # Errors
/// When shapes, types or devices do not fit.
pub fn conv3x3(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
    pooling: Pooling,
) -> Result<Tensor> {
    let shape = conv_shape(x, weight, bias)?;
    let backend = Backend::of(&[x, weight, bias]);
    if backend == Backend::Reference {
        return reference::conv3x3(x, weight, bias, activation, pooling);
    }
    if activation == Activation::Silu {
        let y = conv3x3(x, weight, bias, Activation::Linear, Pooling::None)?.silu()?;
        return match pooling {
            Pooling::None => Ok(y),
            Pooling::Max2x2 => reference::max_pool2(&y),
        };
    }
    if backend == Backend::Cuda {
        return cuda::conv3x3([x, weight, bias], activation, pooling);
    }
    let conv = cpu::Conv3x3::new(shape, activation, pooling);
    autograd::apply(conv, [x, weight, bias])
}

/// 3×3 transposed convolution with stride 2 that doubles the sides, then bias
/// and activation: `PyTorch`'s padding 1 with output padding 1.
/// `x` `[n, h, w, in]`, `weight` `[3, 3, in, out]`, result `[n, 2h, 2w, out]`.
///
/// # Errors
/// When shapes, types or devices do not fit.
pub fn conv_transpose3x3(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let shape = conv_shape(x, weight, bias)?;
    let backend = Backend::of(&[x, weight, bias]);
    if backend == Backend::Reference {
        return reference::conv_transpose3x3(x, weight, bias, activation);
    }
    if activation == Activation::Silu {
        let y = conv_transpose3x3(x, weight, bias, Activation::Linear)?;
        return Ok(y.silu()?);
    }
    if backend == Backend::Cuda {
        return cuda::conv_transpose3x3([x, weight, bias], activation);
    }
    let conv = cpu::ConvTranspose3x3 { shape, activation };
    autograd::apply(conv, [x, weight, bias])
}

/// Dense layer: activation(x · weight + bias). `x` `[n, in]`, `weight` `[in, out]`, `bias` `[out]`.
///
/// # Errors
/// When shapes, types or devices do not fit.
pub fn dense(x: &Tensor, weight: &Tensor, bias: &Tensor, activation: Activation) -> Result<Tensor> {
    let ((rows, depth), (inputs, outputs)) = (x.dims2()?, weight.dims2()?);
    if depth != inputs || bias.dims() != [outputs] {
        return Err(shape_error("dense layer", x, weight, bias));
    }
    let backend = Backend::of(&[x, weight, bias]);
    if backend == Backend::Reference {
        return reference::dense(x, weight, bias, activation);
    }
    if activation == Activation::Silu {
        return Ok(dense(x, weight, bias, Activation::Linear)?.silu()?);
    }
    if backend == Backend::Cuda {
        return cuda::dense([x, weight, bias], activation);
    }
    let layer = cpu::Dense {
        rows,
        inputs,
        outputs,
        activation,
    };
    autograd::apply(layer, [x, weight, bias])
}

/// Mean over all elements of (prediction − target)², as a scalar.
///
/// # Errors
/// When the shapes differ.
pub fn mse(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    if prediction.dims() != target.dims() {
        return Err(Error::invalid(
            "mean squared error",
            format!(
                "shapes {:?} and {:?} differ",
                prediction.dims(),
                target.dims()
            ),
        ));
    }
    match Backend::of(&[prediction, target]) {
        Backend::Cpu => autograd::apply(cpu::MeanSquaredError, [prediction, target]),
        Backend::Cuda => cuda::mse(prediction, target),
        Backend::Reference => reference::mse(prediction, target),
    }
}

/// Mean over all elements of weight · (prediction − target)², as a scalar, with a
/// weight for each picture, the first dimension.
///
/// # Errors
/// When the shapes differ, or there are not as many weights as pictures.
pub fn weighted_mse(prediction: &Tensor, target: &Tensor, weights: &[f32]) -> Result<Tensor> {
    if prediction.dims() != target.dims() || prediction.dims().first() != Some(&weights.len()) {
        return Err(Error::invalid(
            "weighted mean squared error",
            format!(
                "shapes {:?} and {:?} and {} weights do not fit together",
                prediction.dims(),
                target.dims(),
                weights.len()
            ),
        ));
    }
    if Backend::of(&[prediction, target]) != Backend::Cpu {
        return reference::weighted_mse(prediction, target, weights);
    }
    autograd::apply(cpu::WeightedMse(weights.to_vec()), [prediction, target])
}

/// The sum of two tensors of one shape.
///
/// # Errors
/// When the shapes differ.
pub fn add(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    add_scaled(a, b, 1.0)
}

/// a + factor · b, of one shape.
///
/// # Errors
/// When the shapes differ.
pub fn add_scaled(a: &Tensor, b: &Tensor, factor: f32) -> Result<Tensor> {
    if a.dims() != b.dims() {
        return Err(Error::invalid(
            "sum",
            format!("shapes {:?} and {:?} differ", a.dims(), b.dims()),
        ));
    }
    if Backend::of(&[a, b]) != Backend::Cpu {
        return reference::add_scaled(a, b, factor);
    }
    let shape = a.shape().clone();
    autograd::apply(cpu::AddScaled { shape, factor }, [a, b])
}

/// a + scale · b, element by element, all of one shape. The scale gets no gradient.
///
/// # Errors
/// When the shapes differ.
pub fn add_product(a: &Tensor, scale: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.dims() != b.dims() || a.dims() != scale.dims() {
        return Err(Error::invalid(
            "scaled sum",
            format!(
                "shapes {:?}, {:?} and {:?} differ",
                a.dims(),
                scale.dims(),
                b.dims()
            ),
        ));
    }
    let scale = scale.detach();
    if Backend::of(&[a, &scale, b]) != Backend::Cpu {
        return reference::add_product(a, &scale, b);
    }
    let shape = a.shape().clone();
    autograd::apply(cpu::AddProduct(shape), [a, &scale, b])
}

/// The same values in another shape. Like candle's, but known to [`super::backward`].
///
/// # Errors
/// When the number of values differs.
pub fn reshape(x: &Tensor, shape: impl Into<Shape>) -> Result<Tensor> {
    let shape = shape.into();
    if !x.track_op() || shape.elem_count() != x.elem_count() {
        return Ok(x.reshape(shape)?);
    }
    match Backend::of(&[x]) {
        Backend::Cpu => autograd::apply(cpu::Reshape(shape), [x]),
        Backend::Cuda => cuda::reshape(x, shape),
        Backend::Reference => Ok(x.reshape(shape)?),
    }
}

fn conv_shape(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<ConvShape> {
    let (pictures, height, width, channels) = x.dims4()?;
    let (kernel_height, kernel_width, inputs, outputs) = weight.dims4()?;
    let is_3x3 = (kernel_height, kernel_width) == (3, 3);
    if !is_3x3 || channels != inputs || bias.dims() != [outputs] {
        return Err(shape_error("convolution", x, weight, bias));
    }
    Ok(ConvShape {
        pictures,
        height,
        width,
        inputs,
        outputs,
    })
}

fn shape_error(what: &str, x: &Tensor, weight: &Tensor, bias: &Tensor) -> Error {
    Error::invalid(
        what,
        format!(
            "input {:?}, weight {:?} and bias {:?} do not fit together",
            x.dims(),
            weight.dims(),
            bias.dims()
        ),
    )
}
