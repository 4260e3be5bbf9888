//! Sums of the rows of a matrix, as partial gradients are added up.

use super::buffer::SyncPtr;
use super::simd::{Kernel, Simd, run};
use super::threads::parallel_for;

/// Adds the rows of `parts` (each `out.len()` long) in order.
pub(super) struct SumRows<'a> {
    pub parts: &'a [f32],
    pub stride: usize,
    pub count: usize,
    pub out: &'a mut [f32],
}

impl Kernel for SumRows<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let n = self.out.len();
        assert!(self.count > 0 && self.parts.len() >= (self.count - 1) * self.stride + n);
        let parts = self.parts.as_ptr();
        let whole = n / S::LANES * S::LANES;
        let mut at = 0;
        // SAFETY: the assert above bounds every access.
        unsafe {
            while at < whole {
                let mut sum = S::load(parts.add(at));
                for part in 1..self.count {
                    sum = S::add(sum, S::load(parts.add(part * self.stride + at)));
                }
                S::store(self.out.as_mut_ptr().add(at), sum);
                at += S::LANES;
            }
        }
        for at in whole..n {
            let mut sum = self.parts[at];
            for part in 1..self.count {
                sum += self.parts[part * self.stride + at];
            }
            self.out[at] = sum;
        }
    }
}

/// Values of a sum that one thread adds at a time.
const SUM_CHUNK: usize = 2 * 1024;

/// [`SumRows`] on all threads.
pub(super) fn sum_rows(parts: &[f32], stride: usize, count: usize, out: &mut [f32]) {
    let (len, place) = (out.len(), SyncPtr::new(out));
    parallel_for(len.div_ceil(SUM_CHUNK), |piece| {
        let first = piece * SUM_CHUNK;
        run(SumRows {
            parts: &parts[first..],
            stride,
            count,
            // SAFETY: each piece of the sum is one thread's; `SumRows` only writes it.
            out: unsafe { place.slice(first, SUM_CHUNK.min(len - first)) },
        });
    });
}
