//! Adamax and `AdamW` with named moments that can be saved, so that a resumed run takes exactly the
//! steps of an uninterrupted one.

use candle_core::backprop::GradStore;
use candle_core::{DType, Tensor, Var};

use super::optimizer_spec::{OptimizerKind, OptimizerSpec};
use crate::error::{Error, Result};
use crate::kernels::optimizer::{Algorithm, ParamUpdate, Step};
use crate::models::Parameters;

/// An optimizer with its moments for every trainable weight.
#[derive(Debug)]
pub struct Optimizer {
    spec: OptimizerSpec,
    slots: Vec<Slot>,
    /// The step's coefficients on the weights' device; only on a GPU.
    coefficients: Option<Var>,
}

/// A weight and its two moments, which start at zero.
#[derive(Debug)]
struct Slot {
    name: String,
    weight: Var,
    /// Moving average of the gradient.
    first: Var,
    /// Moving average of its square (`AdamW`), or its decaying maximum (Adamax).
    second: Var,
}

impl Optimizer {
    /// An optimizer whose moments are zero.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub fn new(spec: &OptimizerSpec, parameters: &Parameters) -> Result<Self> {
        let slots = parameters
            .trainable()
            .map(|(name, weight)| {
                Ok(Slot {
                    name: name.to_string(),
                    weight: weight.clone(),
                    first: Var::from_tensor(&weight.zeros_like()?)?,
                    second: Var::from_tensor(&weight.zeros_like()?)?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let coefficients = match slots.first().map(|slot: &Slot| slot.weight.device()) {
            Some(device) if device.is_cuda() => Some(Var::zeros(8, DType::F32, device)?),
            _ => None,
        };
        Ok(Self {
            spec: *spec,
            slots,
            coefficients,
        })
    }

    /// Updates every weight that has a gradient. `step` counts from 1.
    ///
    /// # Errors
    /// When the device fails.
    pub fn step(&mut self, gradients: &GradStore, learning_rate: f64, step: u64) -> Result<()> {
        let step = self.prepare(learning_rate, step)?;
        self.update(gradients, &step)
    }

    /// Copies a step's coefficients to the weights' device.
    ///
    /// # Errors
    /// When the device fails.
    pub(crate) fn prepare(&self, learning_rate: f64, step: u64) -> Result<Step> {
        let step = Step {
            algorithm: match self.spec.kind {
                OptimizerKind::Adamax => Algorithm::Adamax,
                OptimizerKind::AdamW => Algorithm::AdamW,
            },
            learning_rate,
            beta1: self.spec.beta1,
            beta2: self.spec.beta2,
            epsilon: self.spec.epsilon,
            weight_decay: self.spec.weight_decay,
            step,
        };
        if let Some(coefficients) = &self.coefficients {
            coefficients.set(&Tensor::new(&step.coefficients(), coefficients.device())?)?;
        }
        Ok(step)
    }

    /// Updates every weight that has a gradient, with the step that was prepared last.
    ///
    /// # Errors
    /// When the device fails.
    pub(crate) fn update(&self, gradients: &GradStore, step: &Step) -> Result<()> {
        let coefficients = self.coefficients.as_ref().map(Var::as_tensor);
        let pairs: Vec<_> = self
            .slots
            .iter()
            .filter_map(|slot| Some((slot, gradients.get(slot.weight.as_tensor())?)))
            .collect();
        let scale = match self.spec.clip_norm {
            max_norm if max_norm > 0.0 => clip_scale(&pairs, max_norm)?,
            _ => None,
        };
        let updates = pairs
            .into_iter()
            .map(|(slot, gradient)| {
                let gradient = match &scale {
                    None => gradient.clone(),
                    Some(scale) => gradient.broadcast_mul(scale)?,
                };
                Ok(slot.param_update(gradient))
            })
            .collect::<Result<Vec<_>>>()?;
        step.apply(&updates, coefficients)
    }

    /// Copies of the moments by name: `<weight>.first`, `<weight>.second`.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub(crate) fn state(&self) -> Result<Vec<(String, Tensor)>> {
        let mut state = Vec::with_capacity(2 * self.slots.len());
        for (name, var) in self.slots.iter().flat_map(Slot::moments) {
            state.push((name, var.as_detached_tensor().copy()?));
        }
        Ok(state)
    }

    /// Sets the moments to those of [`state`](Self::state).
    ///
    /// # Errors
    /// When one is missing or has another shape.
    pub(crate) fn restore(&mut self, state: &[(String, Tensor)]) -> Result<()> {
        for (name, var) in self.slots.iter().flat_map(Slot::moments) {
            let (_, tensor) = state
                .iter()
                .find(|(known, tensor)| *known == name && tensor.dims() == var.dims())
                .ok_or_else(|| {
                    Error::not_found(
                        format!("optimizer moment {name}"),
                        "the checkpoint belongs to another run",
                    )
                })?;
            var.set(&tensor.to_device(var.device())?)?;
        }
        Ok(())
    }
}

/// The factor that scales all gradients together to a norm of at most `max_norm` (Pascanu et al.
/// 2013), as a scalar on their device. `None` if the factor is known to be 1.
fn clip_scale(gradients: &[(&Slot, &Tensor)], max_norm: f64) -> Result<Option<Tensor>> {
    let squares = gradients
        .iter()
        .map(|(_, gradient)| gradient.sqr()?.sum_all())
        .collect::<candle_core::Result<Vec<_>>>()?;
    if squares.is_empty() {
        return Ok(None);
    }
    let norm = Tensor::stack(&squares, 0)?.sum_all()?.sqrt()?;
    // If all gradients are zero this is 1/0, and the minimum is 1.
    let scale = norm.recip()?.affine(max_norm, 0.0)?.minimum(1.0)?;
    // Reading the value would stall a GPU.
    if scale.device().is_cpu() && scale.to_scalar::<f32>()? == 1.0 {
        return Ok(None);
    }
    Ok(Some(scale))
}

impl Slot {
    fn moments(&self) -> [(String, &Var); 2] {
        [
            (format!("{}.first", self.name), &self.first),
            (format!("{}.second", self.name), &self.second),
        ]
    }

    fn param_update(&self, gradient: Tensor) -> ParamUpdate<'_> {
        ParamUpdate {
            weight: &self.weight,
            gradient,
            first_moment: &self.first,
            second_moment: &self.second,
        }
    }
}
