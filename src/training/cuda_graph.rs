//! Replays whole training steps as a CUDA graph. With small batches, launching the kernels one by
//! one takes longer than running them.

use candle_core::{DType, Device, Tensor, Var};

use super::device_faces::DeviceFaces;
use super::optim::Optimizer;
use super::spec::TrainSpec;
use crate::dataset::Noise;
use crate::error::Result;
use crate::kernels;
use crate::kernels::cuda::{self, graph::Graph};
use crate::models::{Autoencoder, ModelKind};

/// Steps on full batches before the capture, so that nothing is initialized lazily during it.
const WARMUP_STEPS: u32 = 3;

/// Replays steps on full batches, once one has been captured.
pub(super) struct StepGraph {
    /// Pictures in a full batch.
    batch_size: usize,
    state: GraphState,
}

enum GraphState {
    /// Warming up; this many steps on full batches are done.
    WarmingUp(u32),
    /// Steps are replayed from this capture.
    Captured(CapturedStep),
    /// Steps of this run cannot be captured, or capturing or replaying failed.
    Unsupported,
}

/// A captured step on a full batch, with the tensors that are its input and output.
struct CapturedStep {
    graph: Graph,
    /// `[batch, 4]`; see [`HostBatch::indices`](super::host_batch::HostBatch::indices).
    indices: Var,
    loss: Tensor,
    noise: Noise,
}

/// What a captured step uses.
#[derive(Clone, Copy)]
pub(super) struct StepParts<'a> {
    pub model: &'a dyn Autoencoder,
    pub optimizer: &'a Optimizer,
    pub faces: &'a DeviceFaces,
    pub noise: Noise,
}

impl StepGraph {
    /// A graph for the steps of a run, not captured yet.
    ///
    /// Only networks whose operations are all our own kernels can be captured, and only without
    /// anything else that changes from step to step: neither a moving average nor clipping.
    pub(super) fn new(spec: &TrainSpec, device: &Device) -> Self {
        let can_capture = matches!(spec.model.kind, ModelKind::Conv | ModelKind::Linear)
            && device.is_cuda()
            && spec.averaging <= 0.0
            && spec.optimizer.clip_norm <= 0.0;
        Self {
            batch_size: spec.batch_size as usize,
            state: if can_capture {
                GraphState::WarmingUp(0)
            } else {
                GraphState::Unsupported
            },
        }
    }

    /// Replays a step on resident pictures, given by their indices `[n, 4]`, and returns its loss.
    /// `None` if the step has to run without the graph.
    pub(super) fn replay(
        &mut self,
        parts: StepParts,
        indices: &[u32],
        learning_rate: f64,
        step: u64,
    ) -> Result<Option<Tensor>> {
        if indices.len() != 4 * self.batch_size {
            return Ok(None);
        }
        self.prepare(parts);
        let GraphState::Captured(captured) = &self.state else {
            return Ok(None);
        };
        let shape = (self.batch_size, 4);
        let indices = Tensor::from_slice(indices, shape, parts.model.device())?;
        captured.indices.set(&indices)?;
        parts.optimizer.prepare(learning_rate, step)?;
        if captured.graph.replay().is_ok() {
            return Ok(Some(captured.loss.copy()?));
        }
        // The memory may have run out. A step without the graph may need less, or gives the
        // reason.
        self.state = GraphState::Unsupported;
        Ok(None)
    }

    /// Counts the warm-up, then captures a step, again when the noise has changed.
    fn prepare(&mut self, parts: StepParts) {
        match &self.state {
            GraphState::Captured(captured) if captured.noise == parts.noise => {}
            GraphState::Unsupported => {}
            GraphState::WarmingUp(done) if *done < WARMUP_STEPS => {
                self.state = GraphState::WarmingUp(done + 1);
            }
            GraphState::Captured(_) | GraphState::WarmingUp(_) => {
                // An earlier capture is freed before the next one.
                self.state = GraphState::Unsupported;
                if let Ok(captured) = CapturedStep::new(parts, self.batch_size) {
                    self.state = GraphState::Captured(captured);
                }
            }
        }
    }
}

impl CapturedStep {
    fn new(parts: StepParts, batch_size: usize) -> Result<Self> {
        let device = parts.model.device();
        let indices = Var::zeros((batch_size, 4), DType::U32, device)?;
        let loss = Tensor::zeros((), DType::F32, device)?;
        let step = parts.optimizer.prepare(0.0, 1)?;
        let graph = Graph::record(device, || {
            let (input, target) = parts.faces.gather(indices.as_tensor(), parts.noise)?;
            let error = kernels::mse(&parts.model.forward(&input)?, &target)?;
            let gradients = kernels::backward(&error)?;
            parts.optimizer.update(&gradients, &step)?;
            Ok(cuda::copy_into(&loss, &error.detach())?)
        })?;
        Ok(Self {
            graph,
            indices,
            loss,
            noise: parts.noise,
        })
    }
}
