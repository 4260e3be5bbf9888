//! The pattern and the two colours of a cell.

use super::tables::Tables;

/// A colour, each channel from 0 to 255, or the difference of two.
pub(super) type Rgb = [f32; 3];

/// What the parts of a cell should show, relative to `base`, in the terms of [`Tables`].
pub(super) struct Wanted {
    pub(super) base: Rgb,
    parts: [Rgb; 8],
}

impl Wanted {
    /// For the cell whose upper left part is at `x`, `y` of `target`. `shown` is what is
    /// drawn or expected around it, one part wider on every side.
    pub(super) fn new(
        tables: &Tables,
        target: &super::resample::Grid,
        shown: &super::resample::Grid,
        (x, y): (usize, usize),
    ) -> Self {
        let (across, down) = tables.shape.grid();
        let count = across * down;
        let mut parts = [[0.0; 3]; 8];
        let mut base = [0.0; 3];
        for row in 0..down {
            for column in 0..across {
                let colour = target.at(x + column, y + row);
                parts[row * across + column] = colour;
                for (sum, value) in base.iter_mut().zip(colour) {
                    *sum += value / count as f32;
                }
            }
        }
        for part in &mut parts[..count] {
            for (value, base) in part.iter_mut().zip(base) {
                *value -= base;
            }
        }
        for other in &tables.around {
            let colour = shown.at(x + other.x, y + other.y);
            let part = &mut parts[other.part];
            for i in 0..3 {
                part[i] -= other.weight * (colour[i] - base[i]);
            }
        }
        Self { base, parts }
    }

    /// The same, with everything wanted brighter or darker.
    pub(super) fn shifted(mut self, by: Rgb) -> Self {
        for (value, by) in self.base.iter_mut().zip(by) {
            *value += by;
        }
        self
    }

    fn sums(&self, tables: &Tables, pattern: usize) -> (Rgb, Rgb) {
        let mut filled = [0.0; 3];
        let mut rest = [0.0; 3];
        for (part, values) in self.parts[..tables.shape.part_count()].iter().enumerate() {
            let sum = if pattern >> part & 1 == 1 {
                &mut filled
            } else {
                &mut rest
            };
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += value;
            }
        }
        (filled, rest)
    }

    /// The pattern of the least error, of those without the last part.
    pub(super) fn best_pattern(&self, tables: &Tables) -> usize {
        match tables.shape.part_count() {
            2 => self.best_of::<2>(tables),
            4 => self.best_of::<8>(tables),
            6 => self.best_of::<32>(tables),
            _ => self.best_of::<128>(tables),
        }
    }

    fn best_of<const PATTERNS: usize>(&self, tables: &Tables) -> usize {
        let mut gains = [0.0_f32; PATTERNS];
        let (square, mixed, total) = (
            &tables.square[..PATTERNS],
            &tables.mixed[..PATTERNS],
            &tables.total[..PATTERNS],
        );
        let count = PATTERNS.trailing_zeros() as usize + 1;
        for channel in 0..3 {
            let mut sums = [0.0_f32; PATTERNS];
            for part in 0..count - 1 {
                let value = self.parts[part][channel];
                let (known, new) = sums.split_at_mut(1 << part);
                for (new, known) in new.iter_mut().zip(known) {
                    *new = *known + value;
                }
            }
            let all = sums[PATTERNS - 1] + self.parts[count - 1][channel];
            for pattern in 0..PATTERNS {
                let sum = sums[pattern];
                gains[pattern] += (square[pattern] * sum + mixed[pattern] * all) * sum
                    + total[pattern] * all * all;
            }
        }
        let mut best = 0;
        for pattern in 1..PATTERNS {
            if gains[pattern] > gains[best] {
                best = pattern;
            }
        }
        best
    }

    /// The best colours of a pattern: of its filled parts and of the rest.
    pub(super) fn fit(&self, tables: &Tables, pattern: usize) -> Fit {
        let (filled, rest) = self.sums(tables, pattern);
        Fit {
            base: self.base,
            quadratic: tables.quadratic[pattern],
            sums: [filled, rest],
        }
    }
}

/// The error of a pattern, in dependence of its colours.
pub(super) struct Fit {
    base: Rgb,
    quadratic: [f32; 3],
    sums: [Rgb; 2],
}

impl Fit {
    /// The best colours, of the filled parts and of the rest.
    pub(super) fn colours(&self) -> [Rgb; 2] {
        let [a, b, d] = self.quadratic;
        if a == 0.0 {
            let plain = std::array::from_fn(|i| self.base[i] + self.sums[1][i] / d);
            return [plain, plain];
        }
        let determinant = a * d - b * b;
        let [filled, rest] = self.sums;
        [
            std::array::from_fn(|i| self.base[i] + (d * filled[i] - b * rest[i]) / determinant),
            std::array::from_fn(|i| self.base[i] + (a * rest[i] - b * filled[i]) / determinant),
        ]
    }

    /// The best colour of the rest where that of the filled parts is given (`side` 0),
    /// or the other way round (1).
    pub(super) fn other(&self, side: usize, given: Rgb) -> Rgb {
        let [a, b, d] = self.quadratic;
        let own = if side == 0 { d } else { a };
        std::array::from_fn(|i| {
            self.base[i] + (self.sums[1 - side][i] - b * (given[i] - self.base[i])) / own
        })
    }

    /// The error of two colours, up to a constant.
    pub(super) fn error(&self, colours: [Rgb; 2]) -> f32 {
        let [a, b, d] = self.quadratic;
        (0..3)
            .map(|i| {
                let (f, g) = (colours[0][i] - self.base[i], colours[1][i] - self.base[i]);
                a * f * f + 2.0 * b * f * g + d * g * g
                    - 2.0 * (f * self.sums[0][i] + g * self.sums[1][i])
            })
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::resample::Grid;
    use super::super::shape::Mosaic;
    use super::*;
    use crate::rng::{Purpose, generator};
    use rand::{Rng, RngExt};

    /// Cells that should show anything, beside anything.
    fn cells(shape: Mosaic, count: u64) -> Vec<Wanted> {
        let (across, down) = shape.grid();
        let grid = |random: &mut dyn Rng, width: usize, height: usize| Grid {
            width,
            height,
            colours: (0..width * height)
                .map(|_| std::array::from_fn(|_| 255.0 * random.random::<f32>()))
                .collect(),
        };
        (0..count)
            .map(|cell| {
                let mut random = generator(0, Purpose::Weights, cell, shape as u64);
                let target = grid(&mut random, across, down);
                let shown = grid(&mut random, across + 2, down + 2);
                Wanted::new(Tables::of(shape), &target, &shown, (0, 0))
            })
            .collect()
    }

    #[test]
    fn the_pattern_is_the_best_of_all() {
        for shape in Mosaic::ALL {
            let tables = Tables::of(shape);
            for wanted in cells(shape, 50) {
                let error = |pattern: usize| {
                    let fit = wanted.fit(tables, pattern);
                    fit.error(fit.colours())
                };
                let patterns = 0..1 << (shape.part_count() - 1);
                let least = patterns.map(error).fold(f32::INFINITY, f32::min);
                let found = error(wanted.best_pattern(tables));
                assert!(
                    found <= least + 1e-3 * least.abs(),
                    "{shape:?} {found} {least}"
                );
            }
        }
    }

    #[test]
    fn no_other_colours_are_nearer() {
        for shape in Mosaic::ALL {
            let tables = Tables::of(shape);
            for wanted in cells(shape, 20) {
                let fit = wanted.fit(tables, 1);
                let [front, back] = fit.colours();
                let least = fit.error([front, back]);
                let slack = 1e-3 * least.abs();
                for by in [-4.0, 4.0] {
                    let moved = |colour: Rgb| colour.map(|value| value + by);
                    assert!(fit.error([moved(front), back]) > least - slack);
                    assert!(fit.error([front, moved(back)]) > least - slack);
                }
                let given = front.map(|value| value + 9.0);
                let beside = fit.error([given, fit.other(0, given)]);
                assert!(beside <= fit.error([given, back]) + slack);
            }
        }
    }
}
