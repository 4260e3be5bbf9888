//! 3×3 transposed convolution of stride 2 + bias + activation as one operation.

use candle_core::{Device, Shape, Tensor};

use super::Activation;
use super::autograd::{CpuValues, Operation};
use super::buffer::{SyncPtr, UninitBuffer, with_scratch};
use super::conv::pad_to_panels;
use super::elementwise::{PreActivationGradient, sum_rows};
use super::gemm::tn_padded_width;
use super::implicit_gemm::{ConvKind, ImplicitGemm, WeightGradient, pack_weights};
use super::simd;
use super::small_channels;
use super::threads::parallel_for;
use super::winograd_convolution::ConvShape as Pictures;

/// The operation; see [`super::conv_transpose3x3`]. The shape is that of the inputs.
pub(super) struct ConvTranspose3x3 {
    pub shape: Pictures,
    pub activation: Activation,
}

impl ConvTranspose3x3 {
    /// The gradient before the activation, `pitch` floats a pixel; the bias' gradient beside it.
    fn pre_activation_gradient(
        &self,
        y: &[f32],
        gradient: &[f32],
        pitch: usize,
        out: SyncPtr,
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
            let place = SyncPtr::new(sums);
            parallel_for(parts, |part| {
                let (first, last) = (part * pictures / parts, (part + 1) * pictures / parts);
                let range = first * pixels * outputs..last * pixels * outputs;
                // SAFETY: each part has its own sums and its own pictures.
                let (sums, out) = unsafe {
                    (
                        place.slice(part * outputs, outputs),
                        out.slice(first * pixels * pitch, (last - first) * pixels * pitch),
                    )
                };
                simd::run(PreActivationGradient {
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
    fn small_channels_weight_gradient(
        &self,
        x: &[f32],
        gradient: &[f32],
        pitch: usize,
        out: &mut [f32],
    ) {
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
            let place = SyncPtr::new(sums);
            parallel_for(parts, |part| {
                // SAFETY: each part has its own sums.
                let sums = unsafe { place.slice(part * size, size) };
                for picture in part * pictures / parts..(part + 1) * pictures / parts {
                    let (wide, narrow) = (height * width * inputs, 4 * height * width * pitch);
                    small_channels::add_weight_gradient(
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
const MAX_SMALL_CHANNELS: usize = 4;

impl Operation for ConvTranspose3x3 {
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
        let (panels, packed) = pack_weights(
            weights,
            [inputs, outputs],
            ConvKind::TransposedStride2,
            false,
            false,
            inputs,
        );
        let mut y = UninitBuffer::new(size.iter().product());
        ImplicitGemm {
            kind: ConvKind::TransposedStride2,
            x,
            pictures,
            height,
            width,
            a_step: inputs,
            panels,
            packed: &packed,
            bias: &pad_to_panels(bias),
            activation: self.activation,
        }
        .run(Some(y.as_sync_ptr()), |_, _, _| {});
        // SAFETY: the gather wrote every output.
        Ok((unsafe { y.assume_init() }, Shape::from(size.to_vec())))
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
        let (x_values, w_values) = (CpuValues::of(x)?, CpuValues::of(weights)?);
        let (y_values, g_values) = (CpuValues::of(result)?, CpuValues::of(gradient)?);
        let x_slice = x_values.as_slice()?;
        let is_narrow = outputs <= MAX_SMALL_CHANNELS && tn_padded_width(inputs) == inputs;
        let pitch = if is_narrow {
            outputs
        } else {
            tn_padded_width(outputs)
        };
        let mut dx = UninitBuffer::new(if wants_input { x_slice.len() } else { 0 });
        let mut dw = UninitBuffer::new(9 * inputs * outputs);
        let mut db = vec![0.0; outputs];
        let len = pictures * 4 * height * width * pitch;
        with_scratch(len, |before| {
            let place = SyncPtr::new(before);
            self.pre_activation_gradient(
                y_values.as_slice()?,
                g_values.as_slice()?,
                pitch,
                place,
                &mut db,
            );
            // SAFETY: overwritten as a whole before it is read.
            let dw = unsafe { dw.as_sync_ptr().slice(0, 9 * inputs * outputs) };
            if is_narrow {
                self.small_channels_weight_gradient(x_slice, before, pitch, dw);
            } else {
                WeightGradient {
                    kind: ConvKind::TransposedStride2,
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
                let (panels, packed) = pack_weights(
                    w_values.as_slice()?,
                    [inputs, outputs],
                    ConvKind::Stride2,
                    true,
                    false,
                    pitch,
                );
                ImplicitGemm {
                    kind: ConvKind::Stride2,
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
                .run(Some(dx.as_sync_ptr()), |_, _, _| {});
            }
            candle_core::Result::Ok(())
        })?;
        let cpu = &Device::Cpu;
        // SAFETY: the gather wrote every input's gradient, and every way above all of the weights'.
        let (dx, dw) = unsafe { (dx.assume_init(), dw.assume_init()) };
        let dx = if wants_input {
            Some(Tensor::from_vec(dx, x.shape(), cpu)?)
        } else {
            None
        };
        Ok(vec![
            dx,
            Some(Tensor::from_vec(dw, weights.shape(), cpu)?),
            Some(Tensor::from_vec(db, bias.shape(), cpu)?),
        ])
    }
}
