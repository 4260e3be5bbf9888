//! Whole steps that a GPU repeats from a record: with small batches launching the
//! kernels one by one takes longer than they do.

use candle_core::{DType, Device, Tensor, Var};

use super::Trainer;
use crate::dataset::Noise;
use crate::error::Result;
use crate::kernels;
use crate::kernels::lowered::{self, graph::Graph};
use crate::models::ModelKind;

/// Steps of a full batch that are taken one kernel at a time first, so that nothing is
/// made ready any more while the record runs.
const FIRST: u32 = 3;

/// Whether steps are repeated.
pub(super) enum Repeats {
    /// Not yet: so many full steps are done.
    After(u32),
    /// From this record.
    Now(Recorded),
    /// It does not go.
    Never,
}

impl Default for Repeats {
    fn default() -> Self {
        Self::After(0)
    }
}

/// A step on a full batch, with the tensors that tell one from another.
pub(super) struct Recorded {
    graph: Graph,
    /// `[batch, 4]`
    told: Var,
    loss: Tensor,
    noise: Noise,
}

impl Trainer {
    /// Takes a step on the resident pictures that `told` shows from the record, and
    /// returns its loss; none where there is no record yet.
    pub(super) fn repeat(&mut self, told: &[u32], rate: f64, step: u64) -> Result<Option<Tensor>> {
        let is_full = told.len() == 4 * self.spec.batch_size as usize;
        if !is_full || !self.is_recordable() {
            return Ok(None);
        }
        let (noise, shape) = (self.spec.noise, (told.len() / 4, 4));
        let device = self.model.device().clone();
        match &self.repeats {
            Repeats::Now(recorded) if recorded.noise == noise => {}
            Repeats::Never => return Ok(None),
            Repeats::Now(_) | Repeats::After(FIRST..) => {
                self.repeats = Repeats::Never;
                if let Ok(recorded) = self.record(shape, &device) {
                    self.repeats = Repeats::Now(recorded);
                }
            }
            Repeats::After(done) => self.repeats = Repeats::After(done + 1),
        }
        let Repeats::Now(recorded) = &self.repeats else {
            return Ok(None);
        };
        let told = Tensor::from_slice(told, shape, &device)?;
        recorded.told.set(&told)?;
        self.optimizer.begin(rate, step)?;
        match recorded.graph.repeat() {
            Ok(()) => Ok(Some(recorded.loss.copy()?)),
            Err(_) => {
                // Perhaps for want of memory: the step by itself may do with less, or
                // says why not.
                self.repeats = Repeats::Never;
                Ok(None)
            }
        }
    }

    /// Only networks all of whose operations are kernels of our own, without what
    /// changes from step to step by other means.
    fn is_recordable(&self) -> bool {
        matches!(self.spec.model.kind, ModelKind::Conv | ModelKind::Linear)
            && self.model.device().is_cuda()
            && self.average.is_none()
            && self.spec.optimizer.clip_norm <= 0.0
    }

    fn record(&self, shape: (usize, usize), device: &Device) -> Result<Recorded> {
        let noise = self.spec.noise;
        let told = Var::zeros(shape, DType::U32, device)?;
        let loss = Tensor::zeros((), DType::F32, device)?;
        let step = self.optimizer.begin(0.0, 1)?;
        let graph = Graph::record(device, || {
            let (input, target) = self.pictures.draw(told.as_tensor(), noise)?;
            let error = kernels::mse(&self.model.forward(&input)?, &target)?;
            let gradients = kernels::backward(&error)?;
            self.optimizer.change(&gradients, &step)?;
            lowered::overwrite(&loss, &error.detach())
        })?;
        Ok(Recorded {
            graph,
            told,
            loss,
            noise,
        })
    }
}
