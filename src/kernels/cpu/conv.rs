//! 3×3 convolution with bias, activation and pooling.

use std::sync::OnceLock;

use candle_core::Shape;

use super::buffer::{SyncPtr, UninitBuffer, with_scratch};
use super::gemm::{pad_to_panels, tn_padded_width};
use super::implicit_gemm::{ConvKind, ImplicitGemm, Pass, WeightGradient, pack_weights};
use super::operation::{CpuOperation, LayerGradients};
use super::pooling::MaxPool;
use super::pre_activation::{PreActivationGradient, PreActivationGradientUnpooled};
use super::small_channels;
use super::sum_rows::sum_over_pictures;
use super::{simd, winograd};
use crate::kernels::activation::{Activation, Pooling};
use crate::kernels::autograd::BackwardPass;
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
    pub(crate) fn new(shape: ConvShape, activation: Activation, pooling: Pooling) -> Self {
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
        let [pictures, height, width] = self.shape.dims();
        let outputs = self.shape.outputs;
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
        let shape = self.shape;
        let (kind, a_stride) = (ConvKind::Stride1, shape.inputs);
        let weights = pack_weights(weights, shape, kind, Pass::Forward, a_stride);
        let product = ImplicitGemm {
            kind,
            x,
            dims: shape.dims(),
            a_stride,
            weights: &weights,
            bias: &pad_to_panels(bias),
            activation: self.activation,
        };
        if !self.is_pooled() {
            product.run(Some(y), |_, _, _| {});
            return;
        }
        let (whole, pooled) = (shape.pixels() * shape.outputs, self.pooled_len());
        product.run(None, |first, count, results| {
            for i in 0..count {
                let to = (first + i) * pooled;
                simd::run(MaxPool {
                    // SAFETY: `run` wrote these pictures to its scratch memory.
                    x: unsafe { results.slice(i * whole, whole) },
                    height: shape.height,
                    width: shape.width,
                    columns: shape.outputs,
                    y: y.at(to),
                    winner: winner.at(to),
                });
            }
        });
    }

    fn backward_winograd(&self, pass: &BackwardPass<'_, [f32], 3>, gradients: &mut LayerGradients) {
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
    fn backward_small_channels(
        &self,
        pass: &BackwardPass<'_, [f32], 3>,
        gradients: &mut LayerGradients,
    ) {
        let [x, ..] = pass.inputs;
        let [pictures, height, width] = self.shape.dims();
        let (inputs, outputs) = (self.shape.inputs, self.shape.outputs);
        let pitch = tn_padded_width(outputs);
        // SAFETY: overwritten as a whole before it is read.
        let weight = unsafe {
            gradients
                .weight
                .as_sync_ptr()
                .slice(0, self.shape.weights())
        };
        let out = [weight, &mut gradients.bias];
        sum_over_pictures(pictures, out, |pictures, [sums, bias_sums]| {
            with_scratch(height * width * pitch, |before| {
                let before = SyncPtr::new(before);
                for picture in pictures {
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
    }

    fn backward_implicit_gemm(
        &self,
        pass: &BackwardPass<'_, [f32], 3>,
        gradients: &mut LayerGradients,
    ) {
        let [x, weights, _] = pass.inputs;
        let shape = self.shape;
        let (kind, pitch) = (ConvKind::Stride1, tn_padded_width(shape.outputs));
        with_scratch(shape.pictures * shape.pixels() * pitch, |before| {
            let out = SyncPtr::new(before);
            self.pre_activation_gradient(pass, pitch, out, &mut gradients.bias);
            WeightGradient {
                kind,
                x,
                gradient: before,
                shape,
                pitch,
            }
            // SAFETY: overwritten as a whole before it is read.
            .run(unsafe { gradients.weight.as_sync_ptr().slice(0, shape.weights()) });
            if let Some(input) = &mut gradients.input {
                let weights = pack_weights(weights, shape, kind, Pass::Backward, pitch);
                ImplicitGemm {
                    kind,
                    x: before,
                    dims: shape.dims(),
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
        pass: &BackwardPass<'_, [f32], 3>,
        pitch: usize,
        out: SyncPtr,
        bias_gradient: &mut [f32],
    ) {
        sum_over_pictures(self.shape.pictures, [bias_gradient], |pictures, [sums]| {
            for picture in pictures {
                let out = SyncPtr::from_ptr(out.at(picture * self.shape.pixels() * pitch));
                self.pre_activation_gradient_of(picture, pass, pitch, out, sums);
            }
        });
    }

    /// The same of one picture; its column sums are added to `sums`.
    fn pre_activation_gradient_of(
        &self,
        picture: usize,
        pass: &BackwardPass<'_, [f32], 3>,
        pitch: usize,
        out: SyncPtr,
        sums: &mut [f32],
    ) {
        let (pixels, columns) = (self.shape.pixels(), self.shape.outputs);
        let size = match self.pooling {
            Pooling::None => pixels * columns,
            Pooling::Max2x2 => self.pooled_len(),
        };
        let range = picture * size..(picture + 1) * size;
        let windows = PreActivationGradient {
            gradient: &pass.gradient[range.clone()],
            y: &pass.result[range.clone()],
            activation: self.activation,
            columns,
            pitch,
            // SAFETY: each picture has its own place.
            out: unsafe { out.slice(0, pixels * pitch) },
            sums,
        };
        match self.winner.get() {
            Some(winner) => simd::run(PreActivationGradientUnpooled {
                windows,
                winner: &winner[range],
                height: self.shape.height,
                width: self.shape.width,
            }),
            None => simd::run(windows),
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

    fn backward(&self, pass: &BackwardPass<'_, [f32], 3>) -> [Option<Vec<f32>>; 3] {
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
