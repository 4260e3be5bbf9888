//! Tensor operations that stock candle lacks, gets wrong, or does slowly.
//!
//! Pictures are NHWC `[n, h, w, channels]` f32 throughout; convolution weights
//! are `[3, 3, in, out]`. Each operation is differentiable through candle's
//! autograd, has kernels for the CPU and a way for GPUs in [`lowered`], and a
//! plain twin in [`plain`], the shortest that candle's operations can say it,
//! which tests compare both with.

mod add;
pub mod allocator;
mod buffer;
mod conv;
mod conv_transpose;
mod dense;
pub mod device;
mod direct;
pub mod distance;
mod elementwise;
mod gemm;
pub mod lowered;
mod microkernel;
mod mse;
mod narrow;
mod node;
pub mod optimizer;
pub mod peak;
pub mod plain;
mod reshape;
mod simd;
mod threads;
mod weighted_mse;
mod winograd;
mod winograd_convolution;

use std::sync::OnceLock;

use candle_core::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use node::Path;
pub use node::backward;
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
pub enum Pool {
    /// Nothing: the output keeps the picture's size.
    None,
    /// The maximum of each 2×2 window; of several equal maxima the first in
    /// row order gets the gradient. Odd rows and columns at the end are dropped.
    Max2,
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
    pool: Pool,
) -> Result<Tensor> {
    let shape = convolution_shape(x, weight, bias)?;
    let path = node::path(&[x, weight, bias]);
    if path == Path::Plain {
        return plain::conv3x3(x, weight, bias, activation, pool);
    }
    if activation == Activation::Silu {
        let y = conv3x3(x, weight, bias, Activation::Linear, Pool::None)?.silu()?;
        return match pool {
            Pool::None => Ok(y),
            Pool::Max2 => plain::max_pool2(&y),
        };
    }
    if path == Path::Lowered {
        return lowered::conv3x3(x, weight, bias, activation, pool);
    }
    let node = conv::Conv3x3 {
        shape,
        activation,
        pool,
        winner: OnceLock::new(),
    };
    node::apply(node, &[x, weight, bias])
}

/// 3×3 transposed convolution with stride 2 that doubles the sides, then bias
/// and activation: PyTorch's padding 1 with output padding 1.
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
    let shape = convolution_shape(x, weight, bias)?;
    let path = node::path(&[x, weight, bias]);
    if path == Path::Plain {
        return plain::conv_transpose3x3(x, weight, bias, activation);
    }
    if activation == Activation::Silu {
        let y = conv_transpose3x3(x, weight, bias, Activation::Linear)?;
        return Ok(y.silu()?);
    }
    if path == Path::Lowered {
        return lowered::conv_transpose3x3(x, weight, bias, activation);
    }
    node::apply(
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
        return Err(misfit("dense layer", x, weight, bias));
    }
    let path = node::path(&[x, weight, bias]);
    if path == Path::Plain {
        return plain::dense(x, weight, bias, activation);
    }
    if activation == Activation::Silu {
        return Ok(dense(x, weight, bias, Activation::Linear)?.silu()?);
    }
    if path == Path::Lowered {
        return lowered::dense(x, weight, bias, activation);
    }
    let node = dense::Dense {
        rows,
        inputs,
        outputs,
        activation,
    };
    node::apply(node, &[x, weight, bias])
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
    match node::path(&[prediction, target]) {
        Path::Cpu => node::apply(mse::MeanSquaredError, &[prediction, target]),
        Path::Lowered => lowered::mse(prediction, target),
        Path::Plain => plain::mse(prediction, target),
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
    if node::path(&[prediction, target]) != Path::Cpu {
        return plain::weighted_mse(prediction, target, weights);
    }
    node::apply(
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
    if node::path(&[a, b]) != Path::Cpu {
        return plain::add_scaled(a, b, factor);
    }
    let shape = a.shape().clone();
    node::apply(add::Add { shape, factor }, &[a, b])
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
    if node::path(&[a, &scale, b]) != Path::Cpu {
        return plain::add_product(a, &scale, b);
    }
    let shape = a.shape().clone();
    node::apply(add::AddProduct(shape), &[a, &scale, b])
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
    match node::path(&[x]) {
        Path::Cpu => node::apply(reshape::Reshape(shape), &[x]),
        Path::Lowered => lowered::reshape(x, shape),
        Path::Plain => Ok(x.reshape(shape)?),
    }
}

fn convolution_shape(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
) -> Result<winograd_convolution::Shape> {
    let (pictures, height, width, channels) = x.dims4()?;
    let (down, across, inputs, outputs) = weight.dims4()?;
    if (down, across) != (3, 3) || channels != inputs || bias.dims() != [outputs] {
        return Err(misfit("convolution", x, weight, bias));
    }
    Ok(winograd_convolution::Shape {
        pictures,
        height,
        width,
        inputs,
        outputs,
    })
}

fn misfit(what: &str, x: &Tensor, weight: &Tensor, bias: &Tensor) -> Error {
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
