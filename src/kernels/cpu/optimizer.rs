//! An optimizer step for one weight.

use candle_core::{CpuStorage, InplaceOp1, Layout, Tensor, Var};

use super::buffer::SyncPtr;
use super::operation::CpuValues;
use super::simd::{self, Kernel, Simd};
use super::threads::parallel_for;
use crate::error::Result;
use crate::kernels::optimizer::step::{Algorithm, ParamUpdate, Step};

/// Changes a weight and its two moments in place.
///
/// # Errors
/// When a tensor is not contiguous f32 in memory.
pub(in super::super) fn apply(step: &Step, update: &ParamUpdate) -> Result<()> {
    let gradient = update.gradient.detach().contiguous()?;
    let values = CpuValues::of(&gradient)?;
    // All three are changed at once, each under its own lock.
    let rest = [update.first_moment, update.second_moment].map(Var::as_detached_tensor);
    let op = InPlaceUpdate {
        step,
        gradient: values.as_slice()?,
        locked: Vec::new(),
        rest: &rest,
    };
    Ok(update.weight.as_detached_tensor().inplace_op1(&op)?)
}

/// Locks weight and moments one inside the other, then updates all three.
struct InPlaceUpdate<'a> {
    step: &'a Step,
    gradient: &'a [f32],
    locked: Vec<SyncPtr>,
    /// What is not locked yet.
    rest: &'a [Tensor],
}

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
        let mut locked = self.locked.clone();
        locked.push(SyncPtr::new(&mut values[start..end]));
        if let [next, rest @ ..] = self.rest {
            return next.inplace_op1(&InPlaceUpdate {
                step: self.step,
                gradient: self.gradient,
                locked,
                rest,
            });
        }
        let &[weight, first, second] = locked.as_slice() else {
            candle_core::bail!("the optimizer got {} tensors", locked.len());
        };
        let len = self.gradient.len();
        parallel_for(len.div_ceil(CHUNK), |chunk| {
            let from = chunk * CHUNK;
            let len = CHUNK.min(len - from);
            // SAFETY: all three are as long as the gradient and locked by the
            // enclosing calls; each chunk is changed by one thread.
            let [weight, first, second] =
                unsafe { [weight, first, second].map(|values| values.slice(from, len)) };
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
        let coefficients = self.step.coefficients();
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
                update_vector::<S>(self.step.algorithm, &coefficients, g, w, m, v);
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

/// Updates a vector of weights.
#[inline(always)]
unsafe fn update_vector<S: Simd>(
    algorithm: Algorithm,
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
        match algorithm {
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
