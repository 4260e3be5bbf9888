//! The optimizer of a run and its hyperparameters.

use serde::{Deserialize, Serialize};

use super::ranges::check_each;
use crate::error::Result;

/// The update rule of an optimizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Adam with the infinity norm (Kingma and Ba 2014, section 7.1), as in the course.
    #[default]
    Adamax,
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2017).
    AdamW,
}

/// An optimizer and its hyperparameters. The defaults are the course's, which are Keras'.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimizerSpec {
    /// The update rule.
    pub kind: OptimizerKind,
    /// The learning rate before the schedule, above 0.
    pub learning_rate: f64,
    /// Decay of the first moment, in [0, 1).
    pub beta1: f64,
    /// Decay of the second moment or the norm, in [0, 1).
    pub beta2: f64,
    /// Added to the denominator to keep it from 0; above 0.
    pub epsilon: f64,
    /// `AdamW`'s decay per step as a share of the learning rate; Adamax has none.
    pub weight_decay: f64,
    /// Maximum norm of the gradient of all weights together; longer ones are scaled down. 0 is
    /// never.
    pub clip_norm: f64,
}

impl Default for OptimizerSpec {
    fn default() -> Self {
        Self {
            kind: OptimizerKind::Adamax,
            learning_rate: 0.002,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
            clip_norm: 0.0,
        }
    }
}

impl OptimizerSpec {
    /// Checks every field.
    pub(super) fn validate(&self) -> Result<()> {
        let is_positive = |value: f64| value > 0.0 && value.is_finite();
        let is_not_negative = |value: f64| value >= 0.0 && value.is_finite();
        check_each(&[
            (
                is_positive(self.learning_rate),
                "learning rate",
                "must be above 0",
            ),
            (
                (0.0..1.0).contains(&self.beta1),
                "beta1",
                "must be in [0, 1)",
            ),
            (
                (0.0..1.0).contains(&self.beta2),
                "beta2",
                "must be in [0, 1)",
            ),
            (is_positive(self.epsilon), "epsilon", "must be above 0"),
            (
                is_not_negative(self.weight_decay),
                "weight decay",
                "must be 0 or more",
            ),
            (
                is_not_negative(self.clip_norm),
                "gradient clipping",
                "must be a norm above 0, or 0 for none",
            ),
        ])
    }
}
