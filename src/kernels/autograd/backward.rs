//! The backward pass over a graph of our operations.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use candle_core::backprop::GradStore;
use candle_core::{Tensor, TensorId};

use super::operation::AppliedOperation;
use crate::error::Result;

/// The operation behind each live result; candle's graph does not reveal it.
type OperationRegistry = HashMap<TensorId, Weak<AppliedOperation>>;

fn registry() -> &'static Mutex<OperationRegistry> {
    static REGISTRY: OnceLock<Mutex<OperationRegistry>> = OnceLock::new();
    REGISTRY.get_or_init(Mutex::default)
}

/// With more entries than this, those of dropped results are removed.
const PRUNE_ABOVE: usize = 512;

/// Makes the operation behind a result known to [`backward`].
pub(super) fn register(result: &Tensor, applied: &Arc<AppliedOperation>) {
    let mut registry = registry().lock().unwrap_or_else(PoisonError::into_inner);
    if registry.len() > PRUNE_ABOVE {
        registry.retain(|_, operation| operation.strong_count() > 0);
    }
    registry.insert(result.id(), Arc::downgrade(applied));
}

/// Gradients of a scalar for every variable it depends on, like `loss.backward()`.
/// Faster than candle where the whole graph consists of this module's operations;
/// by candle otherwise.
///
/// # Errors
/// When an operation's gradient cannot be computed, for example for lack of memory.
pub fn backward(loss: &Tensor) -> Result<GradStore> {
    let nodes = loss.sorted_nodes();
    let mut steps: Vec<(&Tensor, Arc<AppliedOperation>)> = Vec::with_capacity(nodes.len());
    {
        let registry = registry().lock().unwrap_or_else(PoisonError::into_inner);
        for node in nodes.iter().filter(|node| !node.is_variable()) {
            match registry.get(&node.id()).and_then(Weak::upgrade) {
                Some(applied) => steps.push((*node, applied)),
                None => return Ok(loss.backward()?),
            }
        }
    }
    let mut gradients = GradStore::default();
    gradients.insert(loss, loss.ones_like()?);
    for (result, applied) in steps {
        let Some(gradient) = gradients.remove(result) else {
            continue;
        };
        let inputs: Vec<&Tensor> = applied.inputs.iter().collect();
        let found = applied.operation.backward(&inputs, result, &gradient)?;
        for (input, gradient) in inputs.into_iter().zip(found) {
            let Some(gradient) = gradient.filter(|_| input.track_op()) else {
                continue;
            };
            let sum = match gradients.remove(input) {
                Some(other) => (other + gradient)?,
                None => gradient,
            };
            gradients.insert(input, sum.detach());
        }
    }
    Ok(gradients)
}
