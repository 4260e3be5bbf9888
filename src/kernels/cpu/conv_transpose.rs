//! 3×3 transposed convolution of stride 2 with bias and activation.

use candle_core::Shape;

use super::buffer::{SyncPtr, UninitBuffer, with_scratch};
use super::gemm::{pad_to_panels, tn_padded_width};
use super::implicit_gemm::{ConvKind, ImplicitGemm, Pass, WeightGradient, pack_weights};
use super::operation::{CpuOperation, LayerGradients};
use super::pre_activation::PreActivationGradient;
use super::simd;
use super::small_channels;
use super::sum_rows::sum_over_pictures;
use crate::kernels::activation::Activation;
use crate::kernels::autograd::BackwardPass;
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
        pass: &BackwardPass<'_, [f32], 3>,
        pitch: usize,
        out: SyncPtr,
        bias_gradient: &mut [f32],
    ) {
        let (outputs, pixels) = (self.shape.outputs, 4 * self.shape.pixels());
        sum_over_pictures(self.shape.pictures, [bias_gradient], |pictures, [sums]| {
            let range = pictures.start * pixels * outputs..pictures.end * pixels * outputs;
            simd::run(PreActivationGradient {
                gradient: &pass.gradient[range.clone()],
                y: &pass.result[range],
                activation: self.activation,
                columns: outputs,
                pitch,
                // SAFETY: each part has its own pictures.
                out: unsafe {
                    out.slice(
                        pictures.start * pixels * pitch,
                        pictures.len() * pixels * pitch,
                    )
                },
                sums,
            });
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
        let [pictures, height, width] = self.shape.dims();
        let (inputs, outputs) = (self.shape.inputs, self.shape.outputs);
        let mut transposed = vec![0.0; 9 * pitch * inputs];
        sum_over_pictures(pictures, [&mut transposed], |pictures, [sums]| {
            for picture in pictures {
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
        for tap in 0..9 {
            for input in 0..inputs {
                for output in 0..outputs {
                    out[(tap * inputs + input) * outputs + output] =
                        transposed[(tap * pitch + output) * inputs + input];
                }
            }
        }
    }

    fn input_gradient(&self, gradient: &[f32], pitch: usize, weights: &[f32], out: SyncPtr) {
        let [pictures, height, width] = self.shape.dims();
        let kind = ConvKind::Stride2;
        let weights = pack_weights(weights, self.shape, kind, Pass::Backward, pitch);
        ImplicitGemm {
            kind,
            x: gradient,
            dims: [pictures, 2 * height, 2 * width],
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
        let [pictures, height, width] = self.shape.dims();
        let result = [pictures, 2 * height, 2 * width, self.shape.outputs];
        let (kind, a_stride) = (ConvKind::TransposedStride2, self.shape.inputs);
        let weights = pack_weights(weights, self.shape, kind, Pass::Forward, a_stride);
        let mut y = UninitBuffer::new(result.iter().product());
        ImplicitGemm {
            kind,
            x,
            dims: self.shape.dims(),
            a_stride,
            weights: &weights,
            bias: &pad_to_panels(bias),
            activation: self.activation,
        }
        .run(Some(y.as_sync_ptr()), |_, _, _| {});
        // SAFETY: the product wrote every output.
        (unsafe { y.assume_init() }, Shape::from(result.to_vec()))
    }

    fn backward(&self, pass: &BackwardPass<'_, [f32], 3>) -> [Option<Vec<f32>>; 3] {
        let [x, weights, _] = pass.inputs;
        let (inputs, outputs) = (self.shape.inputs, self.shape.outputs);
        let is_small = outputs <= MAX_SMALL_CHANNELS && tn_padded_width(inputs) == inputs;
        let pitch = if is_small {
            outputs
        } else {
            tn_padded_width(outputs)
        };
        let mut gradients = LayerGradients::new(pass);
        let pixels = 4 * self.shape.pixels();
        with_scratch(self.shape.pictures * pixels * pitch, |before| {
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
                WeightGradient {
                    kind: ConvKind::TransposedStride2,
                    x,
                    gradient: before,
                    shape: self.shape,
                    pitch,
                }
                .run(weight);
            }
            if let Some(input) = &mut gradients.input {
                self.input_gradient(before, pitch, weights, input.as_sync_ptr());
            }
        });
        // SAFETY: the product wrote every input's gradient, and both ways above all of the weights'.
        unsafe { gradients.assume_init() }
    }
}
