//! 3×3 transposed convolution of stride 2 with bias and activation.

use candle_core::Shape;

use super::buffer::{SyncPtr, UninitBuffer, with_scratch};
use super::gemm::{pad_to_panels, tn_padded_width};
use super::implicit_gemm::{ConvKind, ImplicitGemm, Pass, WeightGradient, pack_weights};
use super::operation::{BackwardPass, CpuOperation, LayerGradients};
use super::pre_activation::PreActivationGradient;
use super::simd;
use super::small_channels;
use super::sum_rows::sum_rows;
use super::threads::parallel_for;
use crate::kernels::activation::Activation;
use crate::kernels::conv_shape::ConvShape;

/// The transposed convolution; see [`crate::kernels::conv_transpose3x3`].
pub(in super::super) struct ConvTranspose3x3 {
    pub shape: ConvShape,
    pub activation: Activation,
}

/// Output channels up to which all taps of a row are summed together.
const MAX_SMALL_CHANNELS: usize = 4;

impl ConvTranspose3x3 {
    /// The gradient before the activation, `pitch` floats a pixel; its column sums, the
    /// bias' gradient, to `bias_gradient`.
    fn pre_activation_gradient(
        &self,
        pass: &BackwardPass<'_, 3>,
        pitch: usize,
        out: SyncPtr,
        bias_gradient: &mut [f32],
    ) {
        let ConvShape {
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
            let sums_ptr = SyncPtr::new(sums);
            parallel_for(parts, |part| {
                let (first, last) = (part * pictures / parts, (part + 1) * pictures / parts);
                let range = first * pixels * outputs..last * pixels * outputs;
                // SAFETY: each part has its own sums and its own pictures.
                let (sums, out) = unsafe {
                    (
                        sums_ptr.slice(part * outputs, outputs),
                        out.slice(first * pixels * pitch, (last - first) * pixels * pitch),
                    )
                };
                simd::run(PreActivationGradient {
                    gradient: &pass.gradient[range.clone()],
                    y: &pass.result[range],
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
        let ConvShape {
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
            let sums_ptr = SyncPtr::new(sums);
            parallel_for(parts, |part| {
                // SAFETY: each part has its own sums.
                let sums = unsafe { sums_ptr.slice(part * size, size) };
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

    fn weight_gradient(&self, x: &[f32], gradient: &[f32], pitch: usize, out: &mut [f32]) {
        let ConvShape {
            pictures,
            height,
            width,
            inputs,
            outputs,
        } = self.shape;
        WeightGradient {
            kind: ConvKind::TransposedStride2,
            x,
            gradient,
            pictures,
            height,
            width,
            inputs,
            outputs,
            pitch,
        }
        .run(out);
    }

    fn input_gradient(&self, gradient: &[f32], pitch: usize, weights: &[f32], out: SyncPtr) {
        let ConvShape {
            pictures,
            height,
            width,
            inputs,
            outputs,
        } = self.shape;
        let weights = pack_weights(
            weights,
            [inputs, outputs],
            ConvKind::Stride2,
            Pass::Backward,
            pitch,
        );
        ImplicitGemm {
            kind: ConvKind::Stride2,
            x: gradient,
            pictures,
            height: 2 * height,
            width: 2 * width,
            a_stride: pitch,
            weights: &weights,
            bias: &[],
            activation: Activation::Linear,
        }
        .run(Some(out), |_, _, _| {});
    }
}

impl CpuOperation<3> for ConvTranspose3x3 {
    const NAME: &'static str = "conv-transpose3x3";

    fn forward(&self, [x, weights, bias]: [&[f32]; 3]) -> (Vec<f32>, Shape) {
        let ConvShape {
            pictures,
            height,
            width,
            inputs,
            outputs,
        } = self.shape;
        let shape = [pictures, 2 * height, 2 * width, outputs];
        let weights = pack_weights(
            weights,
            [inputs, outputs],
            ConvKind::TransposedStride2,
            Pass::Forward,
            inputs,
        );
        let mut y = UninitBuffer::new(shape.iter().product());
        ImplicitGemm {
            kind: ConvKind::TransposedStride2,
            x,
            pictures,
            height,
            width,
            a_stride: inputs,
            weights: &weights,
            bias: &pad_to_panels(bias),
            activation: self.activation,
        }
        .run(Some(y.as_sync_ptr()), |_, _, _| {});
        // SAFETY: the product wrote every output.
        (unsafe { y.assume_init() }, Shape::from(shape.to_vec()))
    }

    fn backward(&self, pass: &BackwardPass<'_, 3>) -> [Option<Vec<f32>>; 3] {
        let ConvShape {
            pictures,
            height,
            width,
            inputs,
            outputs,
        } = self.shape;
        let [x, weights, _] = pass.inputs;
        let is_small = outputs <= MAX_SMALL_CHANNELS && tn_padded_width(inputs) == inputs;
        let pitch = if is_small {
            outputs
        } else {
            tn_padded_width(outputs)
        };
        let mut gradients = LayerGradients::new(pass);
        with_scratch(pictures * 4 * height * width * pitch, |before| {
            let out = SyncPtr::new(before);
            self.pre_activation_gradient(pass, pitch, out, &mut gradients.bias);
            // SAFETY: overwritten as a whole before it is read.
            let weight = unsafe {
                gradients
                    .weight
                    .as_sync_ptr()
                    .slice(0, 9 * inputs * outputs)
            };
            if is_small {
                self.small_channels_weight_gradient(x, before, pitch, weight);
            } else {
                self.weight_gradient(x, before, pitch, weight);
            }
            if let Some(input) = &mut gradients.input {
                self.input_gradient(before, pitch, weights, input.as_sync_ptr());
            }
        });
        // SAFETY: the product wrote every input's gradient, and both ways above all of the weights'.
        unsafe { gradients.assume_init() }
    }
}
