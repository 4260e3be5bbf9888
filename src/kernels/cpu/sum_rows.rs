//! Sums of partial gradients.

use std::ops::Range;

use super::buffer::{SyncPtr, with_scratch};
use super::simd::{Kernel, Simd, run};
use super::threads::parallel_for;

/// Adds the rows of `parts` (each `out.len()` long) in order.
struct SumRows<'a> {
    parts: &'a [f32],
    stride: usize,
    count: usize,
    out: &'a mut [f32],
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

/// Adds `count` rows of `out.len()` floats, `stride` apart, in order; on all threads.
pub(super) fn sum_rows(parts: &[f32], stride: usize, count: usize, out: &mut [f32]) {
    let (len, out) = (out.len(), SyncPtr::new(out));
    parallel_for(len.div_ceil(SUM_CHUNK), |chunk| {
        let first = chunk * SUM_CHUNK;
        run(SumRows {
            parts: &parts[first..],
            stride,
            count,
            // SAFETY: each chunk of the sum is one thread's; `SumRows` only writes it.
            out: unsafe { out.slice(first, SUM_CHUNK.min(len - first)) },
        });
    });
}

/// Sums over pictures. Parts of them are computed on all threads: `add` adds a part to
/// its own sums, one for each of `out`, and the parts' sums are added in order. The
/// parts depend on the number of pictures alone, so results do not depend on threads.
pub(super) fn sum_over_pictures<const N: usize>(
    pictures: usize,
    out: [&mut [f32]; N],
    add: impl Fn(Range<usize>, [&mut [f32]; N]) + Sync,
) {
    let parts = pictures.min(16);
    let lens = out.each_ref().map(|out| out.len());
    let stride: usize = lens.iter().sum();
    with_scratch(parts * stride, |sums| {
        sums.fill(0.0);
        let sums_ptr = SyncPtr::new(sums);
        parallel_for(parts, |part| {
            let mut end = part * stride;
            let sums = lens.map(|len| {
                end += len;
                // SAFETY: each part has its own sums.
                unsafe { sums_ptr.slice(end - len, len) }
            });
            add(part * pictures / parts..(part + 1) * pictures / parts, sums);
        });
        let mut start = 0;
        for out in out {
            sum_rows(&sums[start..], stride, parts, out);
            start += out.len();
        }
    });
}
