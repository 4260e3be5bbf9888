//! 3×3 convolution + bias + activation + pool as one operation.

use std::sync::OnceLock;

use candle_core::{Device, Shape, Tensor};

use super::autograd::{CpuValues, Operation};
use super::buffer::{SyncPtr, UninitBuffer, with_scratch};
use super::elementwise::{MaxPool, PreActivationGradient, PreActivationGradientUnpooled, sum_rows};
use super::gemm::tn_padded_width;
use super::implicit_gemm::{ConvKind, ImplicitGemm, WeightGradient, pack_weights};
use super::small_channels;
use super::threads::parallel_for;
use super::winograd_convolution::{self as winograd, ConvShape as Pictures};
use super::{Activation, Pooling, simd};

/// The operation; see [`super::conv3x3`].
pub(super) struct Conv3x3 {
    pub shape: Pictures,
    pub activation: Activation,
    pub pool: Pooling,
    /// Which pixel of each window won, kept for the way back.
    pub winner: OnceLock<Vec<f32>>,
}

impl Conv3x3 {
    fn is_pooled(&self) -> bool {
        self.pool == Pooling::Max2x2
    }

    fn result_shape(&self) -> [usize; 4] {
        let Pictures {
            pictures,
            height,
            width,
            outputs,
            ..
        } = self.shape;
        match self.pool {
            Pooling::None => [pictures, height, width, outputs],
            Pooling::Max2x2 => [pictures, height / 2, width / 2, outputs],
        }
    }

    fn forward_implicit_gemm(
        &self,
        x: &[f32],
        weights: &[f32],
        bias: &[f32],
        y: SyncPtr,
        winner: SyncPtr,
    ) {
        let Pictures {
            pictures,
            height,
            width,
            inputs,
            outputs,
        } = self.shape;
        let (panels, packed) = pack_weights(
            weights,
            [inputs, outputs],
            ConvKind::Stride1,
            false,
            false,
            inputs,
        );
        let gather = ImplicitGemm {
            kind: ConvKind::Stride1,
            x,
            pictures,
            height,
            width,
            a_step: inputs,
            panels,
            packed: &packed,
            bias: &pad_to_panels(bias),
            activation: self.activation,
        };
        if !self.is_pooled() {
            gather.run(Some(y), |_, _, _| {});
            return;
        }
        let (whole, pooled) = (height * width * outputs, height / 2 * (width / 2) * outputs);
        gather.run(None, |first, count, place| {
            for i in 0..count {
                let to = (first + i) * pooled;
                simd::run(MaxPool {
                    // SAFETY: `run` wrote these pictures to its scratch memory.
                    x: unsafe { place.slice(i * whole, whole) },
                    height,
                    width,
                    columns: outputs,
                    y: y.at(to),
                    winner: winner.at(to),
                });
            }
        });
    }

    /// The gradient before the activation, `pitch` floats a pixel, for the
    /// whole batch; the bias' gradient to `bias_gradient`.
    fn pre_activation_gradient(
        &self,
        y: &[f32],
        gradient: &[f32],
        pitch: usize,
        out: SyncPtr,
        bias_gradient: &mut [f32],
    ) {
        let Pictures {
            pictures, outputs, ..
        } = self.shape;
        let parts = pictures.min(16);
        with_scratch(parts * outputs, |sums| {
            sums.fill(0.0);
            let place = SyncPtr::new(sums);
            parallel_for(parts, |part| {
                // SAFETY: each part has its own sums.
                let sums = unsafe { place.slice(part * outputs, outputs) };
                for picture in part * pictures / parts..(part + 1) * pictures / parts {
                    self.pre_activation_gradient_of(
                        picture, y, gradient, pitch, out, picture, sums,
                    );
                }
            });
            sum_rows(sums, outputs, parts, bias_gradient);
        });
    }

    /// The same of one picture, to place `to` of `out`.
    #[allow(clippy::too_many_arguments)]
    fn pre_activation_gradient_of(
        &self,
        picture: usize,
        y: &[f32],
        gradient: &[f32],
        pitch: usize,
        out: SyncPtr,
        to: usize,
        sums: &mut [f32],
    ) {
        let Pictures {
            height,
            width,
            outputs,
            ..
        } = self.shape;
        let size = height * width * pitch;
        // SAFETY: each picture has its own place.
        let out = unsafe { out.slice(to * size, size) };
        if let Some(winner) = self.winner.get() {
            let pooled = height / 2 * (width / 2) * outputs;
            let range = picture * pooled..(picture + 1) * pooled;
            simd::run(PreActivationGradientUnpooled {
                gradient: &gradient[range.clone()],
                y: &y[range.clone()],
                winner: &winner[range],
                activation: self.activation,
                height,
                width,
                columns: outputs,
                pitch,
                out,
                sums,
            });
        } else {
            let size = height * width * outputs;
            let range = picture * size..(picture + 1) * size;
            simd::run(PreActivationGradient {
                gradient: &gradient[range.clone()],
                y: &y[range],
                activation: self.activation,
                columns: outputs,
                pitch,
                out,
                sums,
            });
        }
    }

    /// Few input channels and no gradient for them: picture by picture, so
    /// that the spread-out gradient never leaves the cache.
    fn small_channels_backward(
        &self,
        x: &[f32],
        y: &[f32],
        gradient: &[f32],
        weights_gradient: &mut [f32],
        bias_gradient: &mut [f32],
    ) {
        let Pictures {
            pictures,
            height,
            width,
            inputs,
            outputs,
        } = self.shape;
        let pitch = tn_padded_width(outputs);
        let parts = pictures.min(16);
        let size = 9 * inputs * outputs;
        let stride = size + outputs;
        with_scratch(parts * stride, |sums| {
            sums.fill(0.0);
            let place = SyncPtr::new(sums);
            parallel_for(parts, |part| {
                // SAFETY: each part has its own sums.
                let (sums, bias_sums) =
                    unsafe { place.slice(part * stride, stride) }.split_at_mut(size);
                with_scratch(height * width * pitch, |spread| {
                    let spread_place = SyncPtr::new(spread);
                    for picture in part * pictures / parts..(part + 1) * pictures / parts {
                        self.pre_activation_gradient_of(
                            picture,
                            y,
                            gradient,
                            pitch,
                            spread_place,
                            0,
                            bias_sums,
                        );
                        let pixels = height * width * inputs;
                        small_channels::add_weight_gradient(
                            &x[picture * pixels..(picture + 1) * pixels],
                            [height, width, inputs],
                            1,
                            // SAFETY: just written, and nobody else's.
                            unsafe { spread_place.slice(0, height * width * pitch) },
                            [height, width, outputs, pitch],
                            sums,
                        );
                    }
                });
            });
            sum_rows(sums, stride, parts, weights_gradient);
            sum_rows(&sums[size..], stride, parts, bias_gradient);
        });
    }
}

/// The bias with zeros up to whole panels.
pub(super) fn pad_to_panels(bias: &[f32]) -> Vec<f32> {
    let mut padded = bias.to_vec();
    padded.resize(bias.len().next_multiple_of(simd::panel_width()), 0.0);
    padded
}

/// Channels up to which all three taps of a row fit a register tile's rows.
const MAX_SMALL_CHANNELS: usize = 4;

impl Operation for Conv3x3 {
    fn name(&self) -> &'static str {
        "conv3x3"
    }

    fn forward(&self, inputs: &[&[f32]]) -> candle_core::Result<(Vec<f32>, Shape)> {
        let &[x, weights, bias] = inputs else {
            candle_core::bail!("conv3x3 takes three tensors");
        };
        let size = self.result_shape();
        let len = size.iter().product();
        let mut y = UninitBuffer::new(len);
        let mut winner = UninitBuffer::new(if self.is_pooled() { len } else { 0 });
        if self.shape.suits_winograd() {
            winograd::forward(
                self.shape,
                x,
                weights,
                bias,
                self.activation,
                self.pool,
                y.as_sync_ptr(),
                winner.as_sync_ptr(),
            );
        } else {
            self.forward_implicit_gemm(x, weights, bias, y.as_sync_ptr(), winner.as_sync_ptr());
        }
        if self.is_pooled() {
            // SAFETY: both ways write every window.
            let _ = self.winner.set(unsafe { winner.assume_init() });
        }
        // SAFETY: both ways write every value.
        Ok((unsafe { y.assume_init() }, Shape::from(size.to_vec())))
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<Vec<Option<Tensor>>> {
        let &[x, weights, bias] = inputs else {
            candle_core::bail!("conv3x3 takes three tensors");
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
        let (x_slice, y_slice, g_slice) = (
            x_values.as_slice()?,
            y_values.as_slice()?,
            g_values.as_slice()?,
        );
        let mut dx = UninitBuffer::new(if wants_input { x_slice.len() } else { 0 });
        let mut dw = UninitBuffer::new(9 * inputs * outputs);
        let mut db = vec![0.0; outputs];
        if self.shape.suits_winograd() {
            winograd::backward(
                self.shape,
                winograd::BackwardInputs {
                    x: x_slice,
                    weights: w_values.as_slice()?,
                    y: y_slice,
                    winner: self.winner.get().map_or(&[], Vec::as_slice),
                    gradient: g_slice,
                    activation: self.activation,
                },
                wants_input.then(|| dx.as_sync_ptr()),
                dw.as_sync_ptr(),
                &mut db,
            );
        } else if inputs <= MAX_SMALL_CHANNELS && !wants_input {
            // SAFETY: overwritten as a whole before it is read.
            let dw = unsafe { dw.as_sync_ptr().slice(0, 9 * inputs * outputs) };
            self.small_channels_backward(x_slice, y_slice, g_slice, dw, &mut db);
        } else {
            let pitch = tn_padded_width(outputs);
            with_scratch(pictures * height * width * pitch, |spread| {
                let place = SyncPtr::new(spread);
                self.pre_activation_gradient(y_slice, g_slice, pitch, place, &mut db);
                WeightGradient {
                    kind: ConvKind::Stride1,
                    x: x_slice,
                    gradient: spread,
                    pictures,
                    height,
                    width,
                    inputs,
                    outputs,
                    pitch,
                }
                // SAFETY: overwritten as a whole before it is read.
                .run(unsafe { dw.as_sync_ptr().slice(0, 9 * inputs * outputs) });
                if wants_input {
                    let (panels, packed) = pack_weights(
                        w_values.as_slice()?,
                        [inputs, outputs],
                        ConvKind::Stride1,
                        true,
                        true,
                        pitch,
                    );
                    ImplicitGemm {
                        kind: ConvKind::Stride1,
                        x: spread,
                        pictures,
                        height,
                        width,
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
        }
        // SAFETY: every way above writes all of the gradients.
        let (dx, dw) = unsafe { (dx.assume_init(), dw.assume_init()) };
        let cpu = &Device::Cpu;
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
