//! 2×2 maximum pooling, a vector at a time.

use super::simd::{Kernel, Simd};

/// `value` at the lane's winner, zero at the three others.
#[inline(always)]
pub(super) unsafe fn route_to_max<S: Simd>(value: S::V, winner: S::V) -> [S::V; 4] {
    // SAFETY: as the caller promises.
    unsafe {
        let zero = S::splat(0.0);
        let second_row = S::if_greater(winner, S::splat(1.5), value, zero);
        let first_row = S::if_greater(winner, S::splat(1.5), zero, value);
        [
            S::if_greater(winner, S::splat(0.5), zero, first_row),
            S::if_greater(winner, S::splat(0.5), first_row, zero),
            S::if_greater(winner, S::splat(2.5), zero, second_row),
            S::if_greater(winner, S::splat(2.5), second_row, zero),
        ]
    }
}

/// The maximum of four and which of them (0–3) came first.
#[inline(always)]
pub(super) unsafe fn max_of_four<S: Simd>(v: [S::V; 4]) -> (S::V, S::V) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut best = v[0];
        let mut index = S::splat(0.0);
        for (i, &v) in v.iter().enumerate().skip(1) {
            index = S::if_greater(v, best, S::splat(i as f32), index);
            best = S::if_greater(v, best, v, best);
        }
        (best, index)
    }
}

/// 2×2 maxima of one picture `[height, width, columns]` and their winners.
pub(super) struct MaxPool<'a> {
    pub x: &'a [f32],
    pub height: usize,
    pub width: usize,
    pub columns: usize,
    pub y: *mut f32,
    pub winner: *mut f32,
}

impl Kernel for MaxPool<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let columns = self.columns;
        assert!(self.x.len() >= self.height * self.width * columns);
        let x = self.x.as_ptr();
        let whole = columns / S::LANES * S::LANES;
        for row in 0..self.height / 2 {
            for window in 0..self.width / 2 {
                let from = (2 * row * self.width + 2 * window) * columns;
                let to = (row * (self.width / 2) + window) * columns;
                let places = [0, columns, self.width * columns, (self.width + 1) * columns];
                // SAFETY: the assert bounds the reads; the maker of `y` and
                // `winner` gave room for all windows.
                unsafe {
                    let mut column = 0;
                    while column < whole {
                        let (best, index) = max_of_four::<S>(
                            places.map(|place| S::load(x.add(from + place + column))),
                        );
                        S::store(self.y.add(to + column), best);
                        S::store(self.winner.add(to + column), index);
                        column += S::LANES;
                    }
                    for column in whole..columns {
                        let mut best = *x.add(from + column);
                        let mut index = 0;
                        for (i, place) in places.iter().enumerate().skip(1) {
                            let value = *x.add(from + place + column);
                            if value > best {
                                (best, index) = (value, i);
                            }
                        }
                        *self.y.add(to + column) = best;
                        *self.winner.add(to + column) = index as f32;
                    }
                }
            }
        }
    }
}
