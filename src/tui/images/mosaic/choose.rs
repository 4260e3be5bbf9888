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
