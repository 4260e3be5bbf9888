//! What choosing a cell's pattern needs to know of a shape.

use std::sync::LazyLock;

use super::resample::{BLUR, CELL_HEIGHT, coupling};
use super::shape::Mosaic;

/// For every pattern without the last part: its filled parts are one colour, the rest
/// another. The error is `x·Kx − 2x·v` for the parts' values `x`, what they should be
/// `v`, and the coupling of parts `K`. Its least, over the two colours, is
/// `−(square·S² + mixed·S·T + total·T²)`, where `S` is the sum of `v` over the filled
/// parts and `T` that over all.
pub(super) struct Tables {
    pub(super) shape: Mosaic,
    pub(super) square: Vec<f32>,
    pub(super) mixed: Vec<f32>,
    pub(super) total: Vec<f32>,
    /// For every pattern, the coupling of the filled parts among themselves, with the
    /// others, and of the others among themselves.
    pub(super) quadratic: Vec<[f32; 3]>,
    /// Parts of other cells that a cell's parts are coupled with.
    pub(super) around: Vec<Coupled>,
}

/// A part and another one outside the cell.
pub(super) struct Coupled {
    /// The part of the cell.
    pub(super) part: usize,
    /// Where the other is, in parts from the cell's upper left, plus one.
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) weight: f32,
}

/// The blur in parts, across and down.
pub(super) fn blur(shape: Mosaic) -> (f32, f32) {
    let (across, down) = shape.grid();
    (BLUR * across as f32, BLUR * down as f32 / CELL_HEIGHT)
}

static TABLES: [LazyLock<Tables>; 4] = [
    LazyLock::new(|| Tables::new(Mosaic::Halves)),
    LazyLock::new(|| Tables::new(Mosaic::Quadrants)),
    LazyLock::new(|| Tables::new(Mosaic::Sextants)),
    LazyLock::new(|| Tables::new(Mosaic::Octants)),
];

impl Tables {
    pub(super) fn of(shape: Mosaic) -> &'static Self {
        &TABLES[shape as usize]
    }

    fn new(shape: Mosaic) -> Self {
        let (across, down) = shape.grid();
        let (side, height) = blur(shape);
        let (x, y) = (coupling(side), coupling(height));
        let one = |(own, next): (f32, f32), distance: usize| match distance {
            0 => own,
            1 => next,
            _ => 0.0,
        };
        let between = |a: (usize, usize), b: (usize, usize)| {
            one(x, a.0.abs_diff(b.0)) * one(y, a.1.abs_diff(b.1))
        };
        // With the parts around the cell, so that its own begin at (1, 1).
        let own: Vec<(usize, usize)> = (0..across * down)
            .map(|part| (part % across + 1, part / across + 1))
            .collect();
        let mut around = Vec::new();
        for (part, at) in own.iter().enumerate() {
            for y in at.1 - 1..=at.1 + 1 {
                for x in at.0 - 1..=at.0 + 1 {
                    if !own.contains(&(x, y)) {
                        let weight = between(*at, (x, y));
                        around.push(Coupled { part, x, y, weight });
                    }
                }
            }
        }
        let mut tables = Self {
            shape,
            square: Vec::new(),
            mixed: Vec::new(),
            total: Vec::new(),
            quadratic: Vec::new(),
            around,
        };
        for pattern in 0..1_usize << (own.len() - 1) {
            let mut sums = [0.0; 3];
            for (i, a) in own.iter().enumerate() {
                for (j, b) in own.iter().enumerate() {
                    let filled = (pattern >> i & 1) + (pattern >> j & 1);
                    // Mixed pairs are met twice.
                    let share = if filled == 1 { 0.5 } else { 1.0 };
                    sums[2 - filled] += share * between(*a, *b);
                }
            }
            let [filled, mixed, rest] = sums;
            let (square, cross, total) = if pattern == 0 {
                (0.0, 0.0, 1.0 / rest)
            } else {
                let determinant = filled * rest - mixed * mixed;
                // The inverse, in S and T − S.
                let (a, b, d) = (
                    rest / determinant,
                    -mixed / determinant,
                    filled / determinant,
                );
                (a - 2.0 * b + d, 2.0 * (b - d), d)
            };
            tables.square.push(square);
            tables.mixed.push(cross);
            tables.total.push(total);
            tables.quadratic.push([filled, mixed, rest]);
        }
        tables
    }
}
