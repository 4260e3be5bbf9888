//! Squared Euclidean distances between vectors of small integers, which take a quarter of the
//! memory of floats, with AVX-512 or AVX2 where the machine has them. The sums are exact.

/// 64 numbers, one cache line; a vector is padded with zeros to whole lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Line(pub [i8; Line::LENGTH]);

impl Line {
    /// Numbers in a line.
    pub const LENGTH: usize = 64;

    /// A line of zeros.
    pub const ZERO: Self = Self([0; Self::LENGTH]);
}

/// The most lines of a vector whose sums fit: a term is at most 254².
pub(crate) const MAX_LINES: usize = 512;

/// Replaces the contents of `out` by the squared distances of a query to the vectors `picked` of
/// `vectors`, `[_, lines]`, in their order. The query has [`Line::LENGTH`] numbers of −127 to 127 for
/// each of its lines. Vectors that do not exist are at distance `u32::MAX`.
pub(crate) fn squared_distances_to_lines(
    query: &[i16],
    vectors: &[Line],
    picked: &[u32],
    out: &mut Vec<u32>,
) {
    out.clear();
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512bw") {
            // SAFETY: the processor has AVX-512 BW, just asked, and with it F.
            return unsafe { x86::picked_512(query, vectors, picked, out) };
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2, just asked.
            return unsafe { x86::picked_256(query, vectors, picked, out) };
        }
    }
    let lines = lines_of(query);
    out.extend(picked.iter().map(|&index| {
        vector(vectors, lines, index).map_or(u32::MAX, |vector| portable(query, vector))
    }));
}

/// Writes to `out[i]` the squared distance of a query to vector `i` of `vectors`, laid out as for
/// [`squared_distances_to_lines`].
pub(crate) fn squared_distances_to_all_lines(query: &[i16], vectors: &[Line], out: &mut [u32]) {
    let lines = lines_of(query).max(1);
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512bw") {
            // SAFETY: the processor has AVX-512 BW, just asked, and with it F.
            return unsafe { x86::all_512(query, vectors, lines, out) };
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2, just asked.
            return unsafe { x86::all_256(query, vectors, lines, out) };
        }
    }
    for (out, vector) in out.iter_mut().zip(vectors.chunks_exact(lines)) {
        *out = portable(query, vector);
    }
}

/// The squared distance of a query to one vector of as many lines.
pub(crate) fn squared_distance_to_lines(query: &[i16], vector: &[Line]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512bw") {
            // SAFETY: the processor has AVX-512 BW, just asked, and with it F.
            return unsafe { x86::one_512(query, vector) };
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2, just asked.
            return unsafe { x86::one_256(query, vector) };
        }
    }
    portable(query, vector)
}

/// Asks for the memory of a slice, so that it is there when it is read a little later.
#[inline]
pub(crate) fn prefetch<T>(values: &[T]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = values.as_ptr().cast::<i8>();
        for at in (0..size_of_val(values)).step_by(Line::LENGTH) {
            // SAFETY: the address is inside the slice, and a prefetch reads nothing.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.add(at)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}

fn lines_of(query: &[i16]) -> usize {
    query.len() / Line::LENGTH
}

#[inline]
fn vector(vectors: &[Line], lines: usize, index: u32) -> Option<&[Line]> {
    let start = index as usize * lines;
    vectors.get(start..start + lines)
}

fn portable(query: &[i16], vector: &[Line]) -> u32 {
    let (query, _) = query.as_chunks::<{ Line::LENGTH }>();
    let mut sum = 0u32;
    for (q, line) in query.iter().zip(vector) {
        for (&q, &v) in q.iter().zip(&line.0) {
            let difference = i32::from(q) - i32::from(v);
            sum += (difference * difference) as u32;
        }
    }
    sum
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, _mm_load_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_load_si256,
        _mm256_loadu_si256, _mm256_madd_epi16, _mm256_setzero_si256, _mm256_storeu_si256,
        _mm256_sub_epi16, _mm512_add_epi32, _mm512_cvtepi8_epi16, _mm512_loadu_si512,
        _mm512_madd_epi16, _mm512_reduce_add_epi32, _mm512_setzero_si512, _mm512_sub_epi16,
    };

    use super::{Line, lines_of, vector};

    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn picked_512(query: &[i16], vectors: &[Line], picked: &[u32], out: &mut Vec<u32>) {
        let lines = lines_of(query);
        for &index in picked {
            out.push(match vector(vectors, lines, index) {
                Some(vector) => one_512(query, vector),
                None => u32::MAX,
            });
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn picked_256(query: &[i16], vectors: &[Line], picked: &[u32], out: &mut Vec<u32>) {
        let lines = lines_of(query);
        for &index in picked {
            out.push(match vector(vectors, lines, index) {
                Some(vector) => one_256(query, vector),
                None => u32::MAX,
            });
        }
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn all_512(query: &[i16], vectors: &[Line], lines: usize, out: &mut [u32]) {
        for (out, vector) in out.iter_mut().zip(vectors.chunks_exact(lines)) {
            *out = one_512(query, vector);
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn all_256(query: &[i16], vectors: &[Line], lines: usize, out: &mut [u32]) {
        for (out, vector) in out.iter_mut().zip(vectors.chunks_exact(lines)) {
            *out = one_256(query, vector);
        }
    }

    /// Differences fit 16 bits; pairs of their squares are added to 32.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn one_512(query: &[i16], vector: &[Line]) -> u32 {
        let (query, _) = query.as_chunks::<{ Line::LENGTH }>();
        let mut sums = [_mm512_setzero_si512(); 2];
        for (q, line) in query.iter().zip(vector) {
            for (half, sum) in sums.iter_mut().enumerate() {
                // SAFETY: both halves of a line are 32 bytes at a multiple of 32, and of the query
                // 64 bytes, for which an unaligned load is asked.
                let (v, q) = unsafe {
                    (
                        _mm256_load_si256(line.0.as_ptr().add(32 * half).cast()),
                        _mm512_loadu_si512(q.as_ptr().add(32 * half).cast()),
                    )
                };
                let difference = _mm512_sub_epi16(q, _mm512_cvtepi8_epi16(v));
                *sum = _mm512_add_epi32(*sum, _mm512_madd_epi16(difference, difference));
            }
        }
        _mm512_reduce_add_epi32(_mm512_add_epi32(sums[0], sums[1])) as u32
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn one_256(query: &[i16], vector: &[Line]) -> u32 {
        let (query, _) = query.as_chunks::<{ Line::LENGTH }>();
        let mut sums = [_mm256_setzero_si256(); 4];
        for (q, line) in query.iter().zip(vector) {
            for (quarter, sum) in sums.iter_mut().enumerate() {
                // SAFETY: the quarters of a line are 16 bytes at multiples of 16, and of the query
                // 32 bytes, for which an unaligned load is asked.
                let (v, q): (_, __m256i) = unsafe {
                    (
                        _mm_load_si128(line.0.as_ptr().add(16 * quarter).cast()),
                        _mm256_loadu_si256(q.as_ptr().add(16 * quarter).cast()),
                    )
                };
                let difference = _mm256_sub_epi16(q, _mm256_cvtepi8_epi16(v));
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(difference, difference));
            }
        }
        let [a, b, c, d] = sums;
        let sum = _mm256_add_epi32(_mm256_add_epi32(a, b), _mm256_add_epi32(c, d));
        let mut lanes = [0u32; 8];
        // SAFETY: room for eight numbers; an unaligned store is asked for.
        unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sum) };
        lanes.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, generator};
    use rand::RngExt;

    #[test]
    fn every_path_gives_the_exact_sum() {
        let mut random = generator(5, Purpose::Hash, 0, 0);
        for lines in [1, 2, 3, 9] {
            let mut draw = || random.random_range(-127..=127i8);
            let vectors: Vec<Line> = (0..7 * lines)
                .map(|_| Line(std::array::from_fn(|_| draw())))
                .collect();
            let query: Vec<i16> = (0..lines * 64).map(|_| i16::from(draw())).collect();
            let picked = [6, 0, 3, 3, 7, 5];
            let expected = picked.map(|index: usize| {
                let vector = vectors.get(index * lines..(index + 1) * lines)?;
                let numbers = vector.iter().flat_map(|line| line.0);
                let terms = numbers
                    .zip(&query)
                    .map(|(v, &q)| i32::from(q) - i32::from(v));
                Some(terms.map(|d| (d * d) as u32).sum::<u32>())
            });
            let mut out = vec![1];
            squared_distances_to_lines(&query, &vectors, &picked.map(|i| i as u32), &mut out);
            assert_eq!(out, expected.map(|sum| sum.unwrap_or(u32::MAX)));
            let mut all = [0; 7];
            squared_distances_to_all_lines(&query, &vectors, &mut all);
            assert_eq!([all[6], all[0], all[3]], [out[0], out[1], out[2]]);
            let first = &vectors[..lines];
            let sum = squared_distance_to_lines(&query, first);
            assert_eq!(sum, expected[1].unwrap());
            assert_eq!(portable(&query, first), sum);
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has AVX2, just asked.
                assert_eq!(unsafe { x86::one_256(&query, first) }, sum);
            }
        }
        let ends = [127i16; 64];
        let most = squared_distance_to_lines(&ends, &[Line([-127; 64])]);
        assert_eq!(most, 64 * 254 * 254);
        prefetch(&ends);
    }
}
