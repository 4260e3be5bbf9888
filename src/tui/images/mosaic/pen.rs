//! Colours that are kept from one cell to the next. A change of both takes up to 38
//! bytes on the line, the character 3 or 4.

use super::choose::{Rgb, Wanted};
use super::tables::Tables;

/// The colours of the cell before, as the terminal has them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pen {
    pub(super) front: Rgb,
    pub(super) back: Rgb,
}

/// What a cell shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    pub(super) pattern: u8,
    pub(super) pen: Pen,
}

impl Wanted {
    /// The cell of the least error and bytes, if a byte costs as much as an error of
    /// `byte_cost`, the square of a cell's difference.
    pub(super) fn choose(&self, tables: &Tables, before: Option<Pen>, byte_cost: f32) -> Choice {
        let shape = tables.shape;
        let full = shape.full();
        let pattern = self.best_pattern(tables);
        let fit = self.fit(tables, pattern);
        let own = fit.colours().map(quantize);
        let own_pen = Pen {
            front: own[0],
            back: own[1],
        };
        let first = Choice {
            pattern: pattern as u8,
            pen: own_pen,
        };
        let Some(before) = before else {
            return first;
        };
        // Errors are sums over parts.
        let byte_cost = byte_cost * shape.part_count() as f32;
        let cost = |error: f32, choice: &Choice| {
            error + byte_cost * (bytes(before, choice.pen) + symbol_bytes(choice.pattern)) as f32
        };
        let mut best = (cost(fit.error(own), &first), first);
        let mut consider = |error: f32, choice: Choice| {
            let cost = cost(error, &choice);
            if cost < best.0 {
                best = (cost, choice);
            }
        };
        // The filled parts may be those of either colour.
        for side in [0, 1] {
            let pattern = if side == 0 {
                pattern as u8
            } else {
                full ^ pattern as u8
            };
            let kept_front = quantize(fit.other(side, before.front));
            let kept_back = quantize(fit.other(1 - side, before.back));
            for (front, back) in [
                (own[side], own[1 - side]),
                (before.front, kept_front),
                (kept_back, before.back),
                (before.front, before.back),
            ] {
                let colours = if side == 0 {
                    [front, back]
                } else {
                    [back, front]
                };
                let pen = Pen { front, back };
                consider(fit.error(colours), Choice { pattern, pen });
            }
        }
        let plain = self.fit(tables, 0);
        let [_, colour] = plain.colours().map(quantize);
        for (pattern, shown, pen) in [
            (
                0,
                colour,
                Pen {
                    back: colour,
                    ..before
                },
            ),
            (0, before.back, before),
            (full, before.front, before),
        ] {
            consider(plain.error([shown; 2]), Choice { pattern, pen });
        }
        best.1
    }
}

fn quantize(colour: Rgb) -> Rgb {
    colour.map(|value| value.clamp(0.0, 255.0).round())
}

/// How many bytes a change of colours takes.
fn bytes(before: Pen, after: Pen) -> usize {
    let colour = |before: Rgb, after: Rgb| {
        if before == after {
            return 0;
        }
        // `38;2;` and three separators.
        let digits = after.map(|value| match value {
            100.0.. => 3,
            10.0.. => 2,
            _ => 1,
        });
        8 + digits.iter().sum::<usize>()
    };
    match colour(before.front, after.front) + colour(before.back, after.back) {
        0 => 0,
        // The last separator is the end.
        colours => 2 + colours,
    }
}

/// How many bytes the character of a pattern takes.
fn symbol_bytes(pattern: u8) -> usize {
    if pattern == 0 { 1 } else { 4 }
}
