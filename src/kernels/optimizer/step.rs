//! The parameters of an optimizer step and what it changes.

use candle_core::{Tensor, Var};

use crate::error::{Error, Result};
use crate::kernels::backend::Backend;

/// The update rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Adam with the infinity norm: Kingma and Ba 2015, section 7.1.
    Adamax,
    /// Adam with decoupled weight decay: Loshchilov and Hutter 2019.
    AdamW,
}

/// The parameters of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The update rule.
    pub algorithm: Algorithm,
    /// Learning rate.
    pub learning_rate: f64,
    /// Decay of the gradient's running mean.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the denominator.
    pub epsilon: f64,
    /// Part of the weight subtracted per unit of learning rate; `AdamW` only.
    pub weight_decay: f64,
    /// Counts from 1.
    pub step: u64,
}

/// A weight with its gradient and moments; all four have one shape.
#[derive(Debug, Clone)]
pub struct ParamUpdate<'a> {
    /// The weight.
    pub weight: &'a Var,
    /// Its gradient.
    pub gradient: Tensor,
    /// The running mean of the gradient.
    pub first_moment: &'a Var,
    /// The running mean of the gradient's square (`AdamW`), or its decaying maximum (Adamax).
    pub second_moment: &'a Var,
}

impl Step {
    /// What the kernels compute with: β₁, 1 − β₁, β₂, 1 − β₂, ε, 1 − β₂ᵗ, the part of
    /// the weight that decay leaves, and the learning rate over 1 − β₁ᵗ.
    pub(crate) fn coefficients(&self) -> [f32; 8] {
        let corrected = |beta: f64| 1.0 - beta.powf(self.step as f64);
        [
            self.beta1,
            1.0 - self.beta1,
            self.beta2,
            1.0 - self.beta2,
            self.epsilon,
            corrected(self.beta2),
            1.0 - self.learning_rate * self.weight_decay,
            self.learning_rate / corrected(self.beta1),
        ]
        .map(|number| number as f32)
    }
}

impl ParamUpdate<'_> {
    /// The backend that can update the weight.
    ///
    /// # Errors
    /// When the shapes differ.
    pub(in super::super) fn backend(&self) -> Result<Backend> {
        let tensors = [
            self.weight.as_tensor(),
            &self.gradient,
            self.first_moment,
            self.second_moment,
        ];
        if tensors.iter().any(|t| t.dims() != self.weight.dims()) {
            let [weight, gradient, first, second] = tensors.map(Tensor::dims);
            return Err(Error::invalid(
                "optimizer",
                format!(
                    "a weight {weight:?} with a gradient {gradient:?} and moments {first:?}, {second:?}"
                ),
            ));
        }
        let in_place = [self.weight, self.first_moment, self.second_moment];
        Ok(if in_place.iter().all(|var| var.is_contiguous()) {
            Backend::of(&tensors)
        } else {
            Backend::Reference
        })
    }
}
