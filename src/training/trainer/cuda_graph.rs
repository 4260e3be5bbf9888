//! Replays whole training steps as a CUDA graph. With small batches, launching the kernels one by
//! one takes longer than running them.

use candle_core::{DType, Device, Tensor, Var};

use super::Trainer;
use crate::dataset::Noise;
use crate::error::Result;
use crate::kernels;
use crate::kernels::cuda::{self, graph::Graph};
use crate::models::ModelKind;

/// Steps on full batches before the capture, so that nothing is initialized lazily during it.
const WARMUP_STEPS: u32 = 3;

/// Whether steps are replayed.
pub(super) enum GraphState {
    /// Warming up; this many steps on full batches are done.
    WarmingUp(u32),
    /// Steps are replayed from this capture.
    Captured(CapturedStep),
    /// Capturing or replaying failed, or is not possible.
    Unsupported,
}

impl Default for GraphState {
    fn default() -> Self {
        Self::WarmingUp(0)
    }
}

/// A captured step on a full batch, with the tensors that are its input and output.
pub(super) struct CapturedStep {
    graph: Graph,
    /// `[batch, 4]`
    indices: Var,
    loss: Tensor,
    noise: Noise,
}

impl Trainer {
    /// Takes a step on the resident pictures that `told` shows from the record, and
    /// returns its loss; none where there is no record yet.
    pub(super) fn replay_step(
        &mut self,
        told: &[u32],
        rate: f64,
        step: u64,
    ) -> Result<Option<Tensor>> {
        let is_full = told.len() == 4 * self.spec.batch_size as usize;
        if !is_full || !self.can_capture() {
            return Ok(None);
        }
        let (noise, shape) = (self.spec.noise, (told.len() / 4, 4));
        let device = self.model.device().clone();
        match &self.cuda_graph {
            GraphState::Captured(recorded) if recorded.noise == noise => {}
            GraphState::Unsupported => return Ok(None),
            GraphState::Captured(_) | GraphState::WarmingUp(WARMUP_STEPS..) => {
                self.cuda_graph = GraphState::Unsupported;
                if let Ok(recorded) = self.capture_step(shape, &device) {
                    self.cuda_graph = GraphState::Captured(recorded);
                }
            }
            GraphState::WarmingUp(done) => self.cuda_graph = GraphState::WarmingUp(done + 1),
        }
        let GraphState::Captured(recorded) = &self.cuda_graph else {
            return Ok(None);
        };
        let told = Tensor::from_slice(told, shape, &device)?;
        recorded.indices.set(&told)?;
        self.optimizer.prepare(rate, step)?;
        if let Ok(()) = recorded.graph.replay() {
            Ok(Some(recorded.loss.copy()?))
        } else {
            // Perhaps for want of memory: the step by itself may do with less, or
            // says why not.
            self.cuda_graph = GraphState::Unsupported;
            Ok(None)
        }
    }

    /// Only networks whose operations are all our own kernels can be captured, and only without
    /// anything else that changes from step to step.
    fn can_capture(&self) -> bool {
        matches!(self.spec.model.kind, ModelKind::Conv | ModelKind::Linear)
            && self.model.device().is_cuda()
            && self.ema.is_none()
            && self.spec.optimizer.clip_norm <= 0.0
    }

    fn capture_step(&self, shape: (usize, usize), device: &Device) -> Result<CapturedStep> {
        let noise = self.spec.noise;
        let told = Var::zeros(shape, DType::U32, device)?;
        let loss = Tensor::zeros((), DType::F32, device)?;
        let step = self.optimizer.prepare(0.0, 1)?;
        let graph = Graph::record(device, || {
            let (input, target) = self.pictures.gather(told.as_tensor(), noise)?;
            let error = kernels::mse(&self.model.forward(&input)?, &target)?;
            let gradients = kernels::backward(&error)?;
            self.optimizer.update(&gradients, &step)?;
            cuda::copy_into(&loss, &error.detach())
        })?;
        Ok(CapturedStep {
            graph,
            indices: told,
            loss,
            noise,
        })
    }
}
