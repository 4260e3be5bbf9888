//! Adamax and `AdamW`, one pass over weight, gradient and moments for each step.

use candle_core::{CpuStorage, InplaceOp1, Layout, Tensor, Var};

use super::autograd::{Backend, CpuValues, backend_for};
use super::lowered;
use super::simd::{self, Kernel, Simd};
use super::threads::parallel_for;
use crate::error::{Error, Result};

/// Which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Adam with the infinity norm: Kingma and Ba 2015, section 7.1.
    Adamax,
    /// Adam with decoupled weight decay: Loshchilov and Hutter 2019.
    AdamW,
}

/// A step's numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Which rule.
    pub algorithm: Algorithm,
    /// Step length.
    pub learning_rate: f64,
    /// Decay of the gradient's running mean.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the denominator.
    pub epsilon: f64,
    /// Part of the weight taken away per unit of learning rate; `AdamW` only.
    pub weight_decay: f64,
    /// Counts from 1.
    pub step: u64,
}

/// A weight with what changes it; all four have one shape.
#[derive(Debug, Clone)]
pub struct ParamUpdate<'a> {
    /// The weight.
    pub weight: &'a Var,
    /// Its gradient.
    pub gradient: Tensor,
    /// The gradient's running mean.
    pub first_moment: &'a Var,
    /// That of its square (`AdamW`) or its decaying maximum (Adamax).
    pub second_moment: &'a Var,
}

impl Step {
    /// Changes weights and their two moments in place.
    ///
    /// On a GPU the step's [`coefficients`](Self::coefficients) are read from `coefficients`, and
    /// only the rule from here.
    ///
    /// # Errors
    /// When shapes differ, and those of candle.
    pub fn apply(&self, changes: &[ParamUpdate], numbers: Option<&Tensor>) -> Result<()> {
        let mut there = Vec::new();
        for change in changes {
            match (change.backend()?, numbers) {
                (Backend::Cpu, _) => self.apply_cpu(change)?,
                (Backend::Cuda, Some(_)) => there.push(change),
                _ => self.apply_reference(change)?,
            }
        }
        match numbers {
            Some(numbers) => Ok(lowered::optimizer::apply(self.algorithm, numbers, &there)?),
            None => Ok(()),
        }
    }

    fn apply_cpu(&self, change: &ParamUpdate) -> Result<()> {
        let gradient = change.gradient.detach().contiguous()?;
        let values = CpuValues::of(&gradient)?;
        // All three are changed at once, each under its own lock.
        let rest = [change.first_moment, change.second_moment].map(Var::as_detached_tensor);
        let op = InPlaceUpdate {
            step: self,
            gradient: values.as_slice()?,
            places: Vec::new(),
            rest: &rest,
        };
        Ok(change.weight.as_detached_tensor().inplace_op1(&op)?)
    }

    /// What the kernels compute with: β₁, 1 − β₁, β₂, 1 − β₂, ε, 1 − β₂ᵗ, the part of
    /// the weight that decay leaves, and the step's length over 1 − β₁ᵗ.
    pub fn coefficients(&self) -> [f32; 8] {
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

    /// The same out of candle's operations.
    ///
    /// # Errors
    /// Those of candle.
    pub fn apply_reference(&self, change: &ParamUpdate) -> Result<()> {
        let ParamUpdate {
            weight,
            gradient,
            first_moment: first,
            second_moment: second,
        } = change;
        let gradient = gradient.detach();
        let corrected1 = 1.0 - self.beta1.powf(self.step as f64);
        let mean =
            ((first.as_detached_tensor() * self.beta1)? + (&gradient * (1.0 - self.beta1))?)?;
        let old = weight.as_detached_tensor();
        let (scale, new) = match self.algorithm {
            Algorithm::Adamax => {
                let scale =
                    (second.as_detached_tensor() * self.beta2)?.maximum(&gradient.abs()?)?;
                let change = (&mean / (&scale + self.epsilon)?)?;
                let new = (old - (change * (self.learning_rate / corrected1))?)?;
                (scale, new)
            }
            Algorithm::AdamW => {
                let corrected2 = 1.0 - self.beta2.powf(self.step as f64);
                let scale = ((second.as_detached_tensor() * self.beta2)?
                    + (gradient.sqr()? * (1.0 - self.beta2))?)?;
                let root = ((&scale / corrected2)?.sqrt()? + self.epsilon)?;
                let change = (&mean / root)?;
                let kept = (old * (1.0 - self.learning_rate * self.weight_decay))?;
                (
                    scale,
                    (kept - (change * (self.learning_rate / corrected1))?)?,
                )
            }
        };
        first.set(&mean)?;
        second.set(&scale)?;
        Ok(weight.set(&new)?)
    }
}

impl ParamUpdate<'_> {
    fn backend(&self) -> Result<Backend> {
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
            backend_for(&tensors)
        } else {
            Backend::Reference
        })
    }
}

/// Gets the places of weight and moments one inside the other, then changes all.
struct InPlaceUpdate<'a> {
    step: &'a Step,
    gradient: &'a [f32],
    places: Vec<Place>,
    rest: &'a [Tensor],
}

#[derive(Clone, Copy)]
struct Place(*mut f32);
// SAFETY: pieces of what it points to are changed by one thread each, while the lock is held.
unsafe impl Send for Place {}
// SAFETY: the same.
unsafe impl Sync for Place {}

/// Values that one thread changes at a time.
const CHUNK: usize = 16 * 1024;

impl InplaceOp1 for InPlaceUpdate<'_> {
    fn name(&self) -> &'static str {
        "optimizer"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
        let (CpuStorage::F32(values), Some((start, end))) = (storage, layout.contiguous_offsets())
        else {
            candle_core::bail!("the optimizer got a tensor that is not contiguous f32");
        };
        let mut places = self.places.clone();
        places.push(Place(values[start..end].as_mut_ptr()));
        if let [next, rest @ ..] = self.rest {
            return next.inplace_op1(&InPlaceUpdate {
                step: self.step,
                gradient: self.gradient,
                places,
                rest,
            });
        }
        let &[weight, first, second] = places.as_slice() else {
            candle_core::bail!("the optimizer got {} tensors", places.len());
        };
        let len = self.gradient.len();
        parallel_for(len.div_ceil(CHUNK), |piece| {
            let (weight, first, second) = (&weight, &first, &second);
            let from = piece * CHUNK;
            let len = CHUNK.min(len - from);
            // SAFETY: all three are as long as the gradient and locked by the
            // enclosing calls; each piece is changed by one thread.
            let [weight, first, second] = unsafe {
                [weight, first, second]
                    .map(|place| std::slice::from_raw_parts_mut(place.0.add(from), len))
            };
            simd::run(ChunkUpdate {
                step: self.step,
                gradient: &self.gradient[from..from + len],
                weight,
                first,
                second,
            });
        });
        Ok(())
    }
}

struct ChunkUpdate<'a> {
    step: &'a Step,
    gradient: &'a [f32],
    weight: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
}

impl Kernel for ChunkUpdate<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let numbers = self.step.coefficients();
        let whole = self.gradient.len() / S::LANES * S::LANES;
        let mut at = 0;
        while at < self.gradient.len() {
            // The last few go through a vector's worth of memory of their own.
            let left = self.gradient.len() - at;
            let mut spare = [[0f32; 64]; 4];
            // SAFETY: all four slices have one length, and `spare` has room for a vector each.
            unsafe {
                let (g, w, m, v) = if at < whole {
                    (
                        self.gradient.as_ptr().add(at),
                        self.weight.as_mut_ptr().add(at),
                        self.first.as_mut_ptr().add(at),
                        self.second.as_mut_ptr().add(at),
                    )
                } else {
                    spare[0][..left].copy_from_slice(&self.gradient[at..]);
                    spare[1][..left].copy_from_slice(&self.weight[at..]);
                    spare[2][..left].copy_from_slice(&self.first[at..]);
                    spare[3][..left].copy_from_slice(&self.second[at..]);
                    let [g, w, m, v] = &mut spare;
                    (g.as_ptr(), w.as_mut_ptr(), m.as_mut_ptr(), v.as_mut_ptr())
                };
                update_vector::<S>(self.step.algorithm, &numbers, g, w, m, v);
                if at >= whole {
                    self.weight[at..].copy_from_slice(&spare[1][..left]);
                    self.first[at..].copy_from_slice(&spare[2][..left]);
                    self.second[at..].copy_from_slice(&spare[3][..left]);
                }
            }
            at += S::LANES;
        }
    }
}

/// A vector's worth.
#[inline(always)]
unsafe fn update_vector<S: Simd>(
    rule: Algorithm,
    n: &[f32; 8],
    g: *const f32,
    w: *mut f32,
    m: *mut f32,
    v: *mut f32,
) {
    let &[
        beta1,
        rest1,
        beta2,
        rest2,
        epsilon,
        corrected2,
        kept,
        length,
    ] = n;
    // SAFETY: the caller gives pointers to whole vectors.
    unsafe {
        let gradient = S::load(g);
        let mean = S::add(
            S::mul(S::load(m), S::splat(beta1)),
            S::mul(gradient, S::splat(rest1)),
        );
        let (old, change, scale);
        match rule {
            Algorithm::Adamax => {
                let size = S::max(gradient, S::sub(S::splat(0.0), gradient));
                scale = S::max(S::mul(S::load(v), S::splat(beta2)), size);
                change = S::div(mean, S::add(scale, S::splat(epsilon)));
                old = S::load(w);
            }
            Algorithm::AdamW => {
                scale = S::add(
                    S::mul(S::load(v), S::splat(beta2)),
                    S::mul(S::mul(gradient, gradient), S::splat(rest2)),
                );
                let root = S::sqrt(S::div(scale, S::splat(corrected2)));
                change = S::div(mean, S::add(root, S::splat(epsilon)));
                old = S::mul(S::load(w), S::splat(kept));
            }
        }
        S::store(m, mean);
        S::store(v, scale);
        S::store(w, S::sub(old, S::mul(change, S::splat(length))));
    }
}
