//! 3×3 convolution with bias, activation and pooling.

use std::sync::OnceLock;

use candle_core::Shape;

use super::buffer::{SyncPtr, UninitBuffer, with_scratch};
use super::gemm::{pad_to_panels, tn_padded_width};
use super::implicit_gemm::{ConvKind, ImplicitGemm, Pass, WeightGradient, pack_weights};
use super::operation::{BackwardPass, CpuOperation, LayerGradients};
use super::pooling::MaxPool;
use super::pre_activation::{PreActivationGradient, PreActivationGradientUnpooled};
use super::small_channels;
use super::sum_rows::sum_rows;
use super::threads::parallel_for;
use super::{simd, winograd};
use crate::kernels::activation::{Activation, Pooling};
use crate::kernels::conv_shape::ConvShape;

/// The convolution; see [`crate::kernels::conv3x3`].
pub(in super::super) struct Conv3x3 {
    shape: ConvShape,
    activation: Activation,
    pooling: Pooling,
    /// Which pixel of each window was the maximum, kept for the backward pass.
    winner: OnceLock<Vec<f32>>,
}

/// Input channels up to which all three taps of a row fit a register tile's rows.
const MAX_SMALL_CHANNELS: usize = 4;

impl Conv3x3 {
    pub fn new(shape: ConvShape, activation: Activation, pooling: Pooling) -> Self {
        Self {
            shape,
            activation,
            pooling,
            winner: OnceLock::new(),
        }
    }

    fn is_pooled(&self) -> bool {
        self.pooling == Pooling::Max2x2
    }

    fn result_shape(&self) -> [usize; 4] {
        let ConvShape {
            pictures,
            height,
            width,
            outputs,
            ..
        } = self.shape;
        match self.pooling {
            Pooling::None => [pictures, height, width, outputs],
            Pooling::Max2x2 => [pictures, height / 2, width / 2, outputs],
        }
    }

    /// Floats of a picture's windows.
    fn pooled_len(&self) -> usize {
        self.shape.height / 2 * (self.shape.width / 2) * self.shape.outputs
    }

    fn forward_implicit_gemm(&self, [x, weights, bias]: [&[f32]; 3], y: SyncPtr, winner: SyncPtr) {
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
            ConvKind::Stride1,
            Pass::Forward,
            inputs,
        );
        let product = ImplicitGemm {
            kind: ConvKind::Stride1,
            x,
            pictures,
            height,
            width,
            a_stride: inputs,
            weights: &weights,
            bias: &pad_to_panels(bias),
            activation: self.activation,
        };
        if !self.is_pooled() {
            product.run(Some(y), |_, _, _| {});
            return;
        }
        let (whole, pooled) = (height * width * outputs, self.pooled_len());
        product.run(None, |first, count, results| {
            for i in 0..count {
                let to = (first + i) * pooled;
                simd::run(MaxPool {
                    // SAFETY: `run` wrote these pictures to its scratch memory.
                    x: unsafe { results.slice(i * whole, whole) },
                    height,
                    width,
                    columns: outputs,
                    y: y.at(to),
                    winner: winner.at(to),
                });
            }
        });
    }

    fn backward_winograd(&self, pass: &BackwardPass<'_, 3>, gradients: &mut LayerGradients) {
        let [x, weights, _] = pass.inputs;
        winograd::backward(
            self.shape,
            winograd::BackwardInputs {
                x,
                weights,
                y: pass.result,
                winner: self.winner.get().map_or(&[], Vec::as_slice),
                gradient: pass.gradient,
                activation: self.activation,
            },
            gradients.input.as_mut().map(UninitBuffer::as_sync_ptr),
            gradients.weight.as_sync_ptr(),
            &mut gradients.bias,
        );
    }

    /// Few input channels and no gradient for them: picture by picture, so
    /// that the gradient before the pooling never leaves the cache.
    fn backward_small_channels(&self, pass: &BackwardPass<'_, 3>, gradients: &mut LayerGradients) {
        let ConvShape {
            pictures,
            height,
            width,
            inputs,
            outputs,
        } = self.shape;
        let [x, ..] = pass.inputs;
        let pitch = tn_padded_width(outputs);
        let parts = pictures.min(16);
        let size = 9 * inputs * outputs;
        let stride = size + outputs;
        // SAFETY: overwritten as a whole before it is read.
        let weight_gradient = unsafe { gradients.weight.as_sync_ptr().slice(0, size) };
        with_scratch(parts * stride, |sums| {
            sums.fill(0.0);
            let sums_ptr = SyncPtr::new(sums);
            parallel_for(parts, |part| {
                // SAFETY: each part has its own sums.
                let (sums, bias_sums) =
                    unsafe { sums_ptr.slice(part * stride, stride) }.split_at_mut(size);
                with_scratch(height * width * pitch, |before| {
                    let before = SyncPtr::new(before);
                    for picture in part * pictures / parts..(part + 1) * pictures / parts {
                        self.pre_activation_gradient_of(picture, pass, pitch, before, bias_sums);
                        let pixels = height * width * inputs;
                        small_channels::add_weight_gradient(
                            &x[picture * pixels..(picture + 1) * pixels],
                            [height, width, inputs],
                            1,
                            // SAFETY: just written, and nobody else's.
                            unsafe { before.slice(0, height * width * pitch) },
                            [height, width, outputs, pitch],
                            sums,
                        );
                    }
                });
            });
            sum_rows(sums, stride, parts, weight_gradient);
            sum_rows(&sums[size..], stride, parts, &mut gradients.bias);
        });
    }

    fn backward_implicit_gemm(&self, pass: &BackwardPass<'_, 3>, gradients: &mut LayerGradients) {
        let ConvShape {
            pictures,
            height,
            width,
            inputs,
            outputs,
        } = self.shape;
        let [x, weights, _] = pass.inputs;
        let pitch = tn_padded_width(outputs);
        with_scratch(pictures * height * width * pitch, |before| {
            let out = SyncPtr::new(before);
            self.pre_activation_gradient(pass, pitch, out, &mut gradients.bias);
            WeightGradient {
                kind: ConvKind::Stride1,
                x,
                gradient: before,
                pictures,
                height,
                width,
                inputs,
                outputs,
                pitch,
            }
            // SAFETY: overwritten as a whole before it is read.
            .run(unsafe {
                gradients
                    .weight
                    .as_sync_ptr()
                    .slice(0, 9 * inputs * outputs)
            });
            if let Some(input) = &mut gradients.input {
                let weights = pack_weights(
                    weights,
                    [inputs, outputs],
                    ConvKind::Stride1,
                    Pass::Backward,
                    pitch,
                );
                ImplicitGemm {
                    kind: ConvKind::Stride1,
                    x: before,
                    pictures,
                    height,
                    width,
                    a_stride: pitch,
                    weights: &weights,
                    bias: &[],
                    activation: Activation::Linear,
                }
                .run(Some(input.as_sync_ptr()), |_, _, _| {});
            }
        });
    }

    /// The gradient before pooling and activation, `pitch` floats a pixel, of the
    /// whole batch; its column sums, the bias' gradient, to `bias_gradient`.
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
        with_scratch(parts * outputs, |sums| {
            sums.fill(0.0);
            let sums_ptr = SyncPtr::new(sums);
            parallel_for(parts, |part| {
                // SAFETY: each part has its own sums.
                let sums = unsafe { sums_ptr.slice(part * outputs, outputs) };
                for picture in part * pictures / parts..(part + 1) * pictures / parts {
                    let out = SyncPtr::from_ptr(out.at(picture * height * width * pitch));
                    self.pre_activation_gradient_of(picture, pass, pitch, out, sums);
                }
            });
            sum_rows(sums, outputs, parts, bias_gradient);
        });
    }

    /// The same of one picture; its column sums are added to `sums`.
    fn pre_activation_gradient_of(
        &self,
        picture: usize,
        pass: &BackwardPass<'_, 3>,
        pitch: usize,
        out: SyncPtr,
        sums: &mut [f32],
    ) {
        let ConvShape {
            height,
            width,
            outputs,
            ..
        } = self.shape;
        // SAFETY: each picture has its own place.
        let out = unsafe { out.slice(0, height * width * pitch) };
        match self.winner.get() {
            Some(winner) => {
                let pooled = self.pooled_len();
                let range = picture * pooled..(picture + 1) * pooled;
                simd::run(PreActivationGradientUnpooled {
                    gradient: &pass.gradient[range.clone()],
                    y: &pass.result[range.clone()],
                    winner: &winner[range],
                    activation: self.activation,
                    height,
                    width,
                    columns: outputs,
                    pitch,
                    out,
                    sums,
                });
            }
            None => {
                let size = height * width * outputs;
                let range = picture * size..(picture + 1) * size;
                simd::run(PreActivationGradient {
                    gradient: &pass.gradient[range.clone()],
                    y: &pass.result[range],
                    activation: self.activation,
                    columns: outputs,
                    pitch,
                    out,
                    sums,
                });
            }
        }
    }
}

impl CpuOperation<3> for Conv3x3 {
    const NAME: &'static str = "conv3x3";

    fn forward(&self, inputs: [&[f32]; 3]) -> (Vec<f32>, Shape) {
        let shape = self.result_shape();
        let len = shape.iter().product();
        let mut y = UninitBuffer::new(len);
        let mut winner = UninitBuffer::new(if self.is_pooled() { len } else { 0 });
        if winograd::suits(self.shape) {
            let [x, weights, bias] = inputs;
            winograd::ForwardInputs {
                x,
                weights,
                bias,
                activation: self.activation,
                pooling: self.pooling,
            }
            .run(self.shape, y.as_sync_ptr(), winner.as_sync_ptr());
        } else {
            self.forward_implicit_gemm(inputs, y.as_sync_ptr(), winner.as_sync_ptr());
        }
        if self.is_pooled() {
            // SAFETY: both ways write every window.
            let _ = self.winner.set(unsafe { winner.assume_init() });
        }
        // SAFETY: both ways write every value.
        (unsafe { y.assume_init() }, Shape::from(shape.to_vec()))
    }

    fn backward(&self, pass: &BackwardPass<'_, 3>) -> [Option<Vec<f32>>; 3] {
        let mut gradients = LayerGradients::new(pass);
        if winograd::suits(self.shape) {
            self.backward_winograd(pass, &mut gradients);
        } else if self.shape.inputs <= MAX_SMALL_CHANNELS && gradients.input.is_none() {
            self.backward_small_channels(pass, &mut gradients);
        } else {
            self.backward_implicit_gemm(pass, &mut gradients);
        }
        // SAFETY: each of the three writes all of the gradients.
        unsafe { gradients.assume_init() }
    }
}
