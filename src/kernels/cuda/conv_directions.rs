//! The three directions of a 3×3 convolution: between an input `[n, h, w, c]`, a
//! filter `[k, 3, 3, c]` and an output `[n, h, w, k]`, with one pixel of zeros
//! around the input. They are closed under differentiation.
//!
//! On a GPU they are cuDNN's; in memory a reference implementation takes its place, so
//! that the layouts below are tested on any machine.

#[cfg(feature = "cudnn")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Tensor};

use super::direction::{Direction, input_dims, output_dims};
use super::launch::{Launch, aligned, uninit};
use crate::kernels::autograd::cpu_slice;
use crate::kernels::conv_shape::ConvShape;

struct Convolution {
    direction: Direction,
    shape: ConvShape,
}

impl Convolution {
    fn result(&self) -> Shape {
        let [.., result] = self.direction.dims(&self.shape);
        Shape::from_dims(&result)
    }
}

impl CustomOp2 for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (a, b) = (cpu_slice(a, a_layout)?, cpu_slice(b, b_layout)?);
        let result = convolve_reference(self.direction, &self.shape, a, b);
        Ok((CpuStorage::F32(result), self.result()))
    }

    #[cfg(feature = "cudnn")]
    fn cuda_fwd(
        &self,
        a: &CudaStorage,
        a_layout: &Layout,
        b: &CudaStorage,
        b_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let operands = [(a, a_layout), (b, b_layout)];
        let result = super::cudnn::convolve(self.direction, &self.shape, operands)?;
        Ok((result, self.result()))
    }
}

/// The reference implementation.
fn convolve_reference(direction: Direction, shape: &ConvShape, a: &[f32], b: &[f32]) -> Vec<f32> {
    let [images, rows, columns, inputs] = input_dims(shape);
    let [.., height, width, outputs] = output_dims(shape);
    let [.., dims] = direction.dims(shape);
    let mut result = vec![0.0; dims.iter().product()];
    for at in 0..images * height * width * 9 {
        let (place, tap) = (at / 9, at % 9);
        let (image, y, x) = (
            place / (height * width),
            place / width % height,
            place % width,
        );
        // In the input with its zeros around it.
        let (row, column) = (y + tap / 3, x + tap % 3);
        if !(1..=rows).contains(&row) || !(1..=columns).contains(&column) {
            continue;
        }
        let input = ((image * rows + row - 1) * columns + column - 1) * inputs;
        for k in 0..outputs {
            let (output, filter) = (place * outputs + k, (k * 9 + tap) * inputs);
            for i in 0..inputs {
                match direction {
                    Direction::Forward => result[output] += a[input + i] * b[filter + i],
                    Direction::BackwardData => result[input + i] += a[output] * b[filter + i],
                    Direction::BackwardFilter => result[filter + i] += a[input + i] * b[output],
                }
            }
        }
    }
    result
}

fn apply(direction: Direction, shape: ConvShape, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let (a, b) = (a.contiguous()?, b.contiguous()?);
    let [first, second, _] = direction.dims(&shape);
    if a.dims() != first || b.dims() != second {
        candle_core::bail!(
            "a convolution of {first:?} and {second:?} got {:?} and {:?}",
            a.dims(),
            b.dims()
        );
    }
    let op = Convolution { direction, shape };
    a.apply_op2_no_bwd(&b, &op)
}

/// The shape between channels c and k for pictures of some dimensions.
fn conv_shape(
    (pictures, height, width, _): (usize, usize, usize, usize),
    [inputs, outputs]: [usize; 2],
) -> ConvShape {
    ConvShape {
        pictures,
        height,
        width,
        inputs,
        outputs,
    }
}

/// Weights `[3, 3, c, k]`, f32, as a filter of operands.
pub(super) fn to_filter(element: DType, weight: &Tensor) -> Result<Tensor> {
    let (_, _, c, k) = weight.dims4()?;
    let filter = uninit((k, 3, 3, c), element, weight.device())?;
    Launch::new("transpose_to_operands", element, 9 * c * k)
        .sizes(&[9 * c, k])
        .read(&[&aligned(weight)?])
        .write(&[&filter])?;
    Ok(filter)
}

/// The inverse: a filter of operands as weights, f32.
pub(super) fn from_filter(filter: &Tensor) -> Result<Tensor> {
    let (k, _, _, c) = filter.dims4()?;
    let weight = uninit((3, 3, c, k), DType::F32, filter.device())?;
    Launch::new("transpose_from_operands", filter.dtype(), 9 * c * k)
        .sizes(&[k, 9 * c])
        .read(&[&aligned(filter)?])
        .write(&[&weight])?;
    Ok(weight)
}

/// `[n, h, w, c]` and a filter to `[n, h, w, k]`.
pub(super) fn forward(x: &Tensor, filter: &Tensor) -> Result<Tensor> {
    let (k, _, _, c) = filter.dims4()?;
    let shape = conv_shape(x.dims4()?, [c, k]);
    apply(Direction::Forward, shape, x, filter)
}

/// The gradient of [`forward`]'s input from its result's.
pub(super) fn backward_data(gradient: &Tensor, filter: &Tensor) -> Result<Tensor> {
    let (k, _, _, c) = filter.dims4()?;
    let shape = conv_shape(gradient.dims4()?, [c, k]);
    apply(Direction::BackwardData, shape, gradient, filter)
}

/// The gradient of [`forward`]'s filter from its result's.
pub(super) fn backward_filter(x: &Tensor, gradient: &Tensor) -> Result<Tensor> {
    let shape = conv_shape(x.dims4()?, [x.dim(3)?, gradient.dim(3)?]);
    apply(Direction::BackwardFilter, shape, x, gradient)
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};
    use rand::RngExt;

    use super::*;
    use crate::kernels::activation::{Activation, Pooling};
    use crate::kernels::reference;
    use crate::rng::{Purpose, generator};

    type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error>>;

    fn assert_close(found: &Tensor, expected: &Tensor) -> Outcome<()> {
        assert_eq!(found.dims(), expected.dims());
        let apart = (found - expected)?.abs()?.flatten_all()?.max(0)?;
        let apart = apart.to_scalar::<f32>()?;
        assert!(apart < 1e-4, "{apart}");
        Ok(())
    }

    fn noise(shape: &[usize], seed: u64) -> Outcome<Var> {
        let mut rng = generator(seed, Purpose::Variation, 0, 0);
        let values: Vec<f32> = (0..shape.iter().product::<usize>())
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        Ok(Var::from_vec(values, shape, &Device::Cpu)?)
    }

    #[test]
    fn every_direction_equals_the_reference_and_its_gradients() -> Outcome<()> {
        for (n, h, w, c, k) in [
            (1, 1, 1, 1, 1),
            (2, 5, 3, 3, 4),
            (1, 4, 6, 2, 1),
            (3, 2, 7, 5, 6),
        ] {
            let (x, weight) = (noise(&[n, h, w, c], 1)?, noise(&[3, 3, c, k], 2)?);
            let bias = Tensor::zeros(k, DType::F32, &Device::Cpu)?;
            let y = reference::conv3x3(&x, &weight, &bias, Activation::Linear, Pooling::None)?;
            let gradient = noise(y.dims(), 3)?;
            let gradients = (&y * gradient.as_tensor())?.sum_all()?.backward()?;
            let filter = to_filter(DType::F32, &weight)?;
            assert_close(&filter, &weight.permute((3, 0, 1, 2))?)?;
            assert_close(&forward(&x, &filter)?, &y)?;
            assert_close(
                &backward_data(&gradient, &filter)?,
                gradients.get(&x).ok_or("x")?,
            )?;
            assert_close(
                &from_filter(&backward_filter(&x, &gradient)?)?,
                gradients.get(&weight).ok_or("w")?,
            )?;
            // What bf16 represents exactly is unchanged.
            let whole = (weight.as_tensor() * 8.0)?.round()?;
            assert_close(&from_filter(&to_filter(DType::BF16, &whole)?)?, &whole)?;
        }
        Ok(())
    }

    #[test]
    fn shapes_that_do_not_fit_are_errors() -> Outcome<()> {
        let (x, filter) = (noise(&[1, 4, 4, 2], 1)?, noise(&[2, 3, 3, 3], 2)?);
        assert!(forward(&x, &filter).is_err());
        assert!(backward_data(&x, noise(&[3, 3, 3, 2], 3)?.as_tensor()).is_err());
        Ok(())
    }
}
