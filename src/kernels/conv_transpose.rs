//! 3×3 transposed convolution of stride 2 + bias + activation as one operation.

use candle_core::{Device, Shape, Tensor};

use super::Activation;
use super::buffer::{Fresh, Shared, with_scratch};
use super::conv::padded;
use super::direct::{Gather, Geometry, WeightGradient, pack};
use super::elementwise::{PreActivation, sum_rows};
use super::gemm::tn_width;
use super::narrow;
use super::node::{Node, Values};
use super::simd;
use super::threads::parallel;
use super::winograd_convolution::Shape as Pictures;

/// The operation; see [`super::conv_transpose3x3`]. The shape is that of the inputs.
pub(super) struct ConvTranspose3x3 {
    pub shape: Pictures,
    pub activation: Activation,
}

impl ConvTranspose3x3 {
    /// The gradient before the activation, `pitch` floats a pixel; the bias' gradient beside it.
    fn pre_activation(
        &self,
        y: &[f32],
        gradient: &[f32],
        pitch: usize,
        out: Shared,
        bias_gradient: &mut [f32],
    ) {
        let Pictures {
            pictures,
            height,
            width,
            outputs,
            ..
        } = self.shape;
        let parts = pictures.min(16);
        let pixels = 4 * height * width;
        with_scratch(parts * outputs, |sums| {
            sums.fill(0.0);
            let place = Shared::of(sums);
            parallel(parts, |part| {
                let (first, last) = (part * pictures / parts, (part + 1) * pictures / parts);
                let range = first * pixels * outputs..last * pixels * outputs;
                // SAFETY: each part has its own sums and its own pictures.
                let (sums, out) = unsafe {
                    (
                        place.slice(part * outputs, outputs),
                        out.slice(first * pixels * pitch, (last - first) * pixels * pitch),
                    )
                };
                simd::run(PreActivation {
                    gradient: &gradient[range.clone()],
                    y: &y[range],
                    activation: self.activation,
                    columns: outputs,
                    pitch,
                    out,
                    sums,
                });
            });
            sum_rows(sums, outputs, parts, bias_gradient);
        });
    }

    /// Few outputs: all taps of a row at once, with inputs as the vectors.
    fn narrow_weight_gradient(&self, x: &[f32], gradient: &[f32], pitch: usize, out: &mut [f32]) {
        let Pictures {
            pictures,
            height,
            width,
            inputs,
            outputs,
        } = self.shape;
        let parts = pictures.min(16);
        let size = 9 * pitch * inputs;
        let mut transposed = vec![0.0; size];
        with_scratch(parts * size, |sums| {
            sums.fill(0.0);
            let place = Shared::of(sums);
            parallel(parts, |part| {
                // SAFETY: each part has its own sums.
                let sums = unsafe { place.slice(part * size, size) };
                for picture in part * pictures / parts..(part + 1) * pictures / parts {
                    let (wide, narrow) = (height * width * inputs, 4 * height * width * pitch);
                    narrow::add_weight_gradient(
                        &gradient[picture * narrow..(picture + 1) * narrow],
                        [2 * height, 2 * width, pitch],
                        2,
                        &x[picture * wide..(picture + 1) * wide],
                        [height, width, inputs, inputs],
                        sums,
                    );
                }
            });
            sum_rows(sums, size, parts, &mut transposed);
        });
        for tap in 0..9 {
            for input in 0..inputs {
                for output in 0..outputs {
                    out[(tap * inputs + input) * outputs + output] =
                        transposed[(tap * pitch + output) * inputs + input];
                }
            }
        }
    }
}

/// Outputs up to which they take the narrow way.
const NARROW: usize = 4;

impl Node for ConvTranspose3x3 {
    fn name(&self) -> &'static str {
        "conv-transpose3x3"
    }

    fn forward(&self, inputs: &[&[f32]]) -> candle_core::Result<(Vec<f32>, Shape)> {
        let &[x, weights, bias] = inputs else {
            candle_core::bail!("conv-transpose3x3 takes three tensors");
        };
        let Pictures {
            pictures,
            height,
            width,
            inputs,
            outputs,
        } = self.shape;
        let size = [pictures, 2 * height, 2 * width, outputs];
        let (panels, packed) = pack(
            weights,
            [inputs, outputs],
            Geometry::Up,
            false,
            false,
            inputs,
        );
        let mut y = Fresh::new(size.iter().product());
        Gather {
            geometry: Geometry::Up,
            x,
            pictures,
            height,
            width,
            a_step: inputs,
            panels,
            packed: &packed,
            bias: &padded(bias),
            activation: self.activation,
        }
        .run(Some(y.share()), |_, _, _| {});
        // SAFETY: the gather wrote every output.
        Ok((unsafe { y.written() }, Shape::from(size.to_vec())))
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<Vec<Option<Tensor>>> {
        let &[x, weights, bias] = inputs else {
            candle_core::bail!("conv-transpose3x3 takes three tensors");
        };
        let Pictures {
            pictures,
            height,
            width,
            inputs,
            outputs,
        } = self.shape;
        let wants_input = x.track_op();
        let (x_values, w_values) = (Values::of(x)?, Values::of(weights)?);
        let (y_values, g_values) = (Values::of(result)?, Values::of(gradient)?);
        let x_slice = x_values.get()?;
        let is_narrow = outputs <= NARROW && tn_width(inputs) == inputs;
        let pitch = if is_narrow {
            outputs
        } else {
            tn_width(outputs)
        };
        let mut dx = Fresh::new(if wants_input { x_slice.len() } else { 0 });
        let mut dw = Fresh::new(9 * inputs * outputs);
        let mut db = vec![0.0; outputs];
        let len = pictures * 4 * height * width * pitch;
        with_scratch(len, |before| {
            let place = Shared::of(before);
            self.pre_activation(y_values.get()?, g_values.get()?, pitch, place, &mut db);
            // SAFETY: overwritten as a whole before it is read.
            let dw = unsafe { dw.share().slice(0, 9 * inputs * outputs) };
            if is_narrow {
                self.narrow_weight_gradient(x_slice, before, pitch, dw);
            } else {
                WeightGradient {
                    geometry: Geometry::Up,
                    x: x_slice,
                    gradient: before,
                    pictures,
                    height,
                    width,
                    inputs,
                    outputs,
                    pitch,
                }
                .run(dw);
            }
            if wants_input {
                let (panels, packed) = pack(
                    w_values.get()?,
                    [inputs, outputs],
                    Geometry::Down,
                    true,
                    false,
                    pitch,
                );
                Gather {
                    geometry: Geometry::Down,
                    x: before,
                    pictures,
                    height: 2 * height,
                    width: 2 * width,
                    a_step: pitch,
                    panels,
                    packed: &packed,
                    bias: &[],
                    activation: Activation::Linear,
                }
                .run(Some(dx.share()), |_, _, _| {});
            }
            candle_core::Result::Ok(())
        })?;
        let cpu = &Device::Cpu;
        // SAFETY: the gather wrote every input's gradient, and every way above all of the weights'.
        let (dx, dw) = unsafe { (dx.written(), dw.written()) };
        let dx = match wants_input {
            true => Some(Tensor::from_vec(dx, x.shape(), cpu)?),
            false => None,
        };
        Ok(vec![
            dx,
            Some(Tensor::from_vec(dw, weights.shape(), cpu)?),
            Some(Tensor::from_vec(db, bias.shape(), cpu)?),
        ])
    }
}
