//! Squared Euclidean distances and dot products of one vector with the rows
//! of a matrix, with AVX2 or NEON where the machine has them.
//!
//! Differences are squared directly, not through `|q|² − 2 q·r + |r|²`: the
//! rows come from memory more slowly than either can be computed, and nothing
//! cancels, so equal vectors are at distance exactly 0.

/// Lanes of one accumulator: an AVX2 register, two of NEON's.
const LANES: usize = 8;

/// Accumulators of a row, so that one addition need not wait for the one before.
const ACCUMULATORS: usize = 4;

/// Rows whose lanes are added up together: one register of results.
const GROUP: usize = 8;

/// What is summed over a row's values.
trait Metric {
    const TERM: Term;
}

#[derive(Clone, Copy)]
enum Term {
    /// (q − r)²
    SquaredDifference,
    /// q · r
    Product,
}

struct SquaredDistance;

impl Metric for SquaredDistance {
    const TERM: Term = Term::SquaredDifference;
}

struct DotProduct;

impl Metric for DotProduct {
    const TERM: Term = Term::Product;
}

/// Writes to `out[i]` the squared distance of `query` to row `i` of `rows`,
/// `[out.len(), query.len()]` row-major. Extra rows or outputs are ignored.
/// A row's result does not depend on the other rows.
pub(crate) fn squared_distances(query: &[f32], rows: &[f32], out: &mut [f32]) {
    dispatch::<SquaredDistance>(query, rows, out);
}

/// Writes to `out[i]` the dot product of `query` with row `i` of `rows`, laid
/// out as for [`squared_distances`].
pub(crate) fn dot_products(query: &[f32], rows: &[f32], out: &mut [f32]) {
    dispatch::<DotProduct>(query, rows, out);
}

/// [`squared_distances`] to the rows `picked` of `rows`, `[_, query.len()]`;
/// `out[i]` belongs to `picked[i]`. Rows that do not exist give NaN.
pub(crate) fn squared_distances_to_rows(
    query: &[f32],
    rows: &[f32],
    picked: &[u32],
    out: &mut [f32],
) {
    let width = query.len();
    let row = |index: u32| {
        let start = index as usize * width;
        rows.get(start..start + width).unwrap_or(&[])
    };
    for (picked, out) in picked.chunks(GROUP).zip(out.chunks_mut(GROUP)) {
        let mut group: [&[f32]; GROUP] = [&[]; GROUP];
        for (row_of, &index) in group.iter_mut().zip(picked) {
            *row_of = row(index);
        }
        let count = picked.len().min(out.len());
        dispatch_group::<SquaredDistance>(query, &group[..count], out);
        for (out, row) in out.iter_mut().zip(&group[..count]) {
            if row.len() != width {
                *out = f32::NAN;
            }
        }
    }
}

/// The reference implementation of [`squared_distances`]: one sum per row, in order.
#[cfg(test)]
pub(crate) fn squared_distances_reference(query: &[f32], rows: &[f32], out: &mut [f32]) {
    for (row, out) in rows.chunks_exact(query.len().max(1)).zip(out) {
        *out = query.iter().zip(row).map(|(q, r)| (q - r) * (q - r)).sum();
    }
}

/// The reference implementation of [`dot_products`].
#[cfg(test)]
pub(crate) fn dot_products_reference(query: &[f32], rows: &[f32], out: &mut [f32]) {
    for (row, out) in rows.chunks_exact(query.len().max(1)).zip(out) {
        *out = query.iter().zip(row).map(|(q, r)| q * r).sum();
    }
}

fn dispatch<M: Metric>(query: &[f32], rows: &[f32], out: &mut [f32]) {
    if query.is_empty() {
        return out.fill(0.0);
    }
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has AVX2 and FMA, just asked.
        return unsafe { avx2::all_rows::<M>(query, rows, out) };
    }
    // NEON, with its fused multiply-add, is part of every 64-bit ARM.
    all_rows::<M, { cfg!(target_arch = "aarch64") }>(query, rows, out);
}

/// Up to [`GROUP`] rows from anywhere.
fn dispatch_group<M: Metric>(query: &[f32], rows: &[&[f32]], out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has AVX2 and FMA, just asked.
        return unsafe { avx2::group::<M>(query, rows, out) };
    }
    for (row, out) in rows.iter().zip(out) {
        *out = row_sum::<M, { cfg!(target_arch = "aarch64") }>(query, row);
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

/// The same sums in AVX2 registers. What the compiler makes of the portable
/// code below adds up each row's lanes through memory, which at 32 values a
/// row takes longer than the sums themselves.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256, _mm256_add_ps, _mm256_fmadd_ps, _mm256_hadd_ps, _mm256_loadu_ps,
        _mm256_permute2f128_ps, _mm256_setzero_ps, _mm256_storeu_ps, _mm256_sub_ps,
    };

    use super::{ACCUMULATORS, GROUP, LANES, Metric, Term, add};

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn all_rows<M: Metric>(query: &[f32], rows: &[f32], out: &mut [f32]) {
        let width = query.len();
        let groups = rows.chunks(GROUP * width).zip(out.chunks_mut(GROUP));
        for (rows, out) in groups {
            let mut lanes = [_mm256_setzero_ps(); GROUP];
            let mut rests = [0.0; GROUP];
            let count = (rows.len() / width).min(out.len());
            if count == GROUP {
                // A fixed count is unrolled: the lanes stay in registers.
                for index in 0..GROUP {
                    let row = &rows[index * width..(index + 1) * width];
                    (lanes[index], rests[index]) = one_row::<M>(query, row);
                }
            } else {
                for (index, row) in rows.chunks_exact(width).take(count).enumerate() {
                    (lanes[index], rests[index]) = one_row::<M>(query, row);
                }
            }
            horizontal_sums(lanes, &rests, &mut out[..count]);
        }
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn group<M: Metric>(query: &[f32], rows: &[&[f32]], out: &mut [f32]) {
        let mut lanes = [_mm256_setzero_ps(); GROUP];
        let mut rests = [0.0; GROUP];
        for (index, row) in rows.iter().take(GROUP).enumerate() {
            (lanes[index], rests[index]) = one_row::<M>(query, row);
        }
        horizontal_sums(lanes, &rests, out);
    }

    /// A row's sum, still spread over lanes, and that of its last values.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn one_row<M: Metric>(query: &[f32], row: &[f32]) -> (__m256, f32) {
        let mut sums = [_mm256_setzero_ps(); ACCUMULATORS];
        let (query, query_rest) = query.as_chunks::<LANES>();
        let (row, row_rest) = row.as_chunks::<LANES>();
        let (query_blocks, query_last) = query.as_chunks::<ACCUMULATORS>();
        let (row_blocks, row_last) = row.as_chunks::<ACCUMULATORS>();
        for (q, r) in query_blocks.iter().zip(row_blocks) {
            for index in 0..ACCUMULATORS {
                sums[index] = add_lanes::<M>(sums[index], &q[index], &r[index]);
            }
        }
        for ((sum, q), r) in sums.iter_mut().zip(query_last).zip(row_last) {
            *sum = add_lanes::<M>(*sum, q, r);
        }
        let [a, b, c, d] = sums;
        let lanes = _mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d));
        let rest = query_rest
            .iter()
            .zip(row_rest)
            .fold(0.0, |sum, (&q, &r)| add::<M, true>(sum, q, r));
        (lanes, rest)
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn add_lanes<M: Metric>(sum: __m256, q: &[f32; LANES], r: &[f32; LANES]) -> __m256 {
        // SAFETY: both references are to eight floats; unaligned loads are asked for.
        let (q, r) = unsafe { (_mm256_loadu_ps(q.as_ptr()), _mm256_loadu_ps(r.as_ptr())) };
        match M::TERM {
            Term::Product => _mm256_fmadd_ps(q, r, sum),
            Term::SquaredDifference => {
                let difference = _mm256_sub_ps(q, r);
                _mm256_fmadd_ps(difference, difference, sum)
            }
        }
    }

    /// Adds up each register's lanes, eight registers at once: pairs, then
    /// fours, then the two halves.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn horizontal_sums(lanes: [__m256; GROUP], rests: &[f32; GROUP], out: &mut [f32]) {
        let [a, b, c, d, e, f, g, h] = lanes;
        let low = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
        let high = _mm256_hadd_ps(_mm256_hadd_ps(e, f), _mm256_hadd_ps(g, h));
        let sums = _mm256_add_ps(
            _mm256_permute2f128_ps::<0x20>(low, high),
            _mm256_permute2f128_ps::<0x31>(low, high),
        );
        let mut results = [0.0; GROUP];
        // SAFETY: room for eight floats; an unaligned store is asked for.
        unsafe { _mm256_storeu_ps(results.as_mut_ptr(), sums) };
        for ((out, sum), rest) in out.iter_mut().zip(results).zip(rests) {
            *out = sum + rest;
        }
    }
}

/// Portable: vectors as far as the compiler sees them.
fn all_rows<M: Metric, const FUSED: bool>(query: &[f32], rows: &[f32], out: &mut [f32]) {
    for (row, out) in rows.chunks_exact(query.len()).zip(out) {
        *out = row_sum::<M, FUSED>(query, row);
    }
}

fn row_sum<M: Metric, const FUSED: bool>(query: &[f32], row: &[f32]) -> f32 {
    let mut sums = [[0.0f32; LANES]; ACCUMULATORS];
    let (query, query_rest) = query.as_chunks::<LANES>();
    let (row, row_rest) = row.as_chunks::<LANES>();
    for (q, r) in query.chunks(ACCUMULATORS).zip(row.chunks(ACCUMULATORS)) {
        for ((sum, q), r) in sums.iter_mut().zip(q).zip(r) {
            for lane in 0..LANES {
                sum[lane] = add::<M, FUSED>(sum[lane], q[lane], r[lane]);
            }
        }
    }
    let rest = query_rest
        .iter()
        .zip(row_rest)
        .fold(0.0, |sum, (&q, &r)| add::<M, FUSED>(sum, q, r));
    sums.iter().flatten().sum::<f32>() + rest
}

#[inline(always)]
fn add<M: Metric, const FUSED: bool>(sum: f32, q: f32, r: f32) -> f32 {
    let (a, b) = match M::TERM {
        Term::Product => (q, r),
        Term::SquaredDifference => (q - r, q - r),
    };
    if FUSED {
        a.mul_add(b, sum)
    } else {
        sum + a * b
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, generator};
    use rand::RngExt;

    type Run = fn(&[f32], &[f32], &mut [f32]);

    #[test]
    fn every_path_agrees_with_the_reference_at_odd_widths() {
        for width in [1, 3, 15, 16, 17, 32, 63, 64, 65, 100, 128, 512, 515] {
            let mut random = generator(7, Purpose::Hash, width as u64, 0);
            let mut draw = |count: usize| -> Vec<f32> {
                (0..count).map(|_| random.random_range(0.1..1.0)).collect()
            };
            let (query, rows) = (draw(width), draw(width * 9));
            let compare = |run: [Run; 3]| {
                let [reference, fast, unfused] = run.map(|run| {
                    let mut out = [0.0; 9];
                    run(&query, &rows, &mut out);
                    out
                });
                for ((reference, fast), unfused) in reference.iter().zip(fast).zip(unfused) {
                    assert!(
                        (reference - fast).abs() <= 1e-5 * reference,
                        "width {width}"
                    );
                    assert!(
                        (reference - unfused).abs() <= 1e-5 * reference,
                        "width {width}"
                    );
                }
            };
            compare([
                squared_distances_reference,
                squared_distances,
                all_rows::<SquaredDistance, false>,
            ]);
            compare([
                dot_products_reference,
                dot_products,
                all_rows::<DotProduct, false>,
            ]);
        }
    }

    #[test]
    fn picked_rows_get_the_very_distances_that_all_rows_get() {
        let mut random = generator(3, Purpose::Hash, 0, 0);
        let width = 37;
        let rows: Vec<f32> = (0..width * 21)
            .map(|_| random.random_range(-1.0..1.0))
            .collect();
        let query = &rows[..width];
        let mut all = [0.0; 21];
        squared_distances(query, &rows, &mut all);
        let picked = [20, 0, 3, 3, 19, 7, 8, 9, 1, 2, 21];
        let mut some = [0.0; 11];
        squared_distances_to_rows(query, &rows, &picked, &mut some);
        for (&row, distance) in picked.iter().zip(some) {
            match all.get(row as usize) {
                Some(&expected) => assert_eq!(distance, expected),
                None => assert!(distance.is_nan()),
            }
        }
    }

    #[test]
    fn a_vector_is_at_distance_zero_from_itself() {
        let query: Vec<f32> = (0..77).map(|i| 1e4 + i as f32 * 0.1).collect();
        let mut out = [1.0];
        squared_distances(&query, &query, &mut out);
        assert_eq!(out, [0.0]);
    }
}
