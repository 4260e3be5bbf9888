//! Tensor operations that stock candle lacks, gets wrong, or does slowly.
//!
//! Pictures are NHWC `[n, h, w, channels]` f32 throughout; convolution weights
//! are `[3, 3, in, out]`. Each operation is differentiable through candle's
//! autograd, has kernels for the CPU and a way for GPUs in [`lowered`], and a
//! plain twin in [mod@reference], the shortest that candle's operations can say it,
//! which tests compare both with.

mod add;
pub mod allocator;
mod autograd;
mod buffer;
mod conv;
mod conv_transpose;
mod dense;
pub mod device;
pub mod distance;
mod elementwise;
mod gemm;
mod implicit_gemm;
pub mod lowered;
mod microkernel;
mod mse;
pub mod optimizer;
pub mod peak_flops;
pub mod reference;
mod reshape;
mod simd;
mod small_channels;
mod threads;
mod weighted_mse;
mod winograd;
mod winograd_convolution;

use std::sync::OnceLock;

use candle_core::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use autograd::Backend;
pub use autograd::backward;
pub use simd::{force_portable, instruction_set};
pub use threads::{set_threads, threads};

/// The non-linearity after a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// None.
    #[default]
    Linear,
    /// max(x, 0); its gradient at 0 is 0.
    Relu,
    /// x where positive, else eˣ − 1.
    Elu,
    /// x · sigmoid(x).
    Silu,
}

/// What follows a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pooling {
    /// Nothing: the output keeps the picture's size.
    None,
    /// The maximum of each 2×2 window; of several equal maxima the first in
    /// row order gets the gradient. Odd rows and columns at the end are dropped.
    Max2x2,
}

/// 3×3 convolution with stride 1 and zero padding, then bias, activation and pool.
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
    pool: Pooling,
) -> Result<Tensor> {
    let shape = conv_shape(x, weight, bias)?;
    let path = autograd::backend_for(&[x, weight, bias]);
    if path == Backend::Reference {
        return reference::conv3x3(x, weight, bias, activation, pool);
    }
    if activation == Activation::Silu {
        let y = conv3x3(x, weight, bias, Activation::Linear, Pooling::None)?.silu()?;
        return match pool {
            Pooling::None => Ok(y),
            Pooling::Max2x2 => reference::max_pool2(&y),
        };
    }
    if path == Backend::Cuda {
        return lowered::conv3x3(x, weight, bias, activation, pool);
    }
    let node = conv::Conv3x3 {
        shape,
        activation,
        pool,
        winner: OnceLock::new(),
    };
    autograd::apply(node, &[x, weight, bias])
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
    let path = autograd::backend_for(&[x, weight, bias]);
    if path == Backend::Reference {
        return reference::conv_transpose3x3(x, weight, bias, activation);
    }
    if activation == Activation::Silu {
        let y = conv_transpose3x3(x, weight, bias, Activation::Linear)?;
        return Ok(y.silu()?);
    }
    if path == Backend::Cuda {
        return lowered::conv_transpose3x3(x, weight, bias, activation);
    }
    autograd::apply(
        conv_transpose::ConvTranspose3x3 { shape, activation },
        &[x, weight, bias],
    )
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
    let path = autograd::backend_for(&[x, weight, bias]);
    if path == Backend::Reference {
        return reference::dense(x, weight, bias, activation);
    }
    if activation == Activation::Silu {
        return Ok(dense(x, weight, bias, Activation::Linear)?.silu()?);
    }
    if path == Backend::Cuda {
        return lowered::dense(x, weight, bias, activation);
    }
    let node = dense::Dense {
        rows,
        inputs,
        outputs,
        activation,
    };
    autograd::apply(node, &[x, weight, bias])
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
    match autograd::backend_for(&[prediction, target]) {
        Backend::Cpu => autograd::apply(mse::MeanSquaredError, &[prediction, target]),
        Backend::Cuda => lowered::mse(prediction, target),
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
    if autograd::backend_for(&[prediction, target]) != Backend::Cpu {
        return reference::weighted_mse(prediction, target, weights);
    }
    autograd::apply(
        weighted_mse::WeightedMse(weights.to_vec()),
        &[prediction, target],
    )
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
    if autograd::backend_for(&[a, b]) != Backend::Cpu {
        return reference::add_scaled(a, b, factor);
    }
    let shape = a.shape().clone();
    autograd::apply(add::AddScaled { shape, factor }, &[a, b])
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
    if autograd::backend_for(&[a, &scale, b]) != Backend::Cpu {
        return reference::add_product(a, &scale, b);
    }
    let shape = a.shape().clone();
    autograd::apply(add::AddProduct(shape), &[a, &scale, b])
}

/// The same values in another shape; like candle's, but known to [`backward`].
///
/// # Errors
/// When the number of values differs.
pub fn reshape(x: &Tensor, shape: impl Into<Shape>) -> Result<Tensor> {
    let shape = shape.into();
    if !x.track_op() || shape.elem_count() != x.elem_count() {
        return Ok(x.reshape(shape)?);
    }
    match autograd::backend_for(&[x]) {
        Backend::Cpu => autograd::apply(reshape::Reshape(shape), &[x]),
        Backend::Cuda => lowered::reshape(x, shape),
        Backend::Reference => Ok(x.reshape(shape)?),
    }
}

fn conv_shape(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
) -> Result<winograd_convolution::ConvShape> {
    let (pictures, height, width, channels) = x.dims4()?;
    let (down, across, inputs, outputs) = weight.dims4()?;
    if (down, across) != (3, 3) || channels != inputs || bias.dims() != [outputs] {
        return Err(shape_error("convolution", x, weight, bias));
    }
    Ok(winograd_convolution::ConvShape {
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
