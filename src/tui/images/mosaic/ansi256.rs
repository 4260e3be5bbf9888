//! Mosaics in xterm's palette of 256 colours, dithered.

use image::RgbImage;

use super::choose::{Fit, Rgb, Wanted};
use super::pen::{Choice, Pen};
use super::resample::resample;
use super::shape::Mosaic;
use super::tables::{Tables, blur};
use super::truecolour::{draw, expected};
use crate::tui::colours::nearest_ansi256;
use crate::tui::images::cells::BlockCell;
use crate::tui::images::error_diffusion::ErrorDiffusion;

/// The share of a cell's error that is passed on to its neighbours. All of it would
/// keep the colour of every area, but the palette has nothing between black and strong
/// colours, and dark faces would be speckled with those.
pub(super) const DIFFUSED_SHARE: f32 = 0.5;

/// The cells of a picture, row by row. The picture fills them.
pub(in crate::tui::images) fn render_ansi256(
    pixels: &RgbImage,
    size: (usize, usize),
    shape: Mosaic,
) -> Vec<BlockCell> {
    render_diffused(pixels, size, shape, DIFFUSED_SHARE)
}

/// The same with another share of the error passed on.
pub(super) fn render_diffused(
    pixels: &RgbImage,
    (columns, rows): (usize, usize),
    shape: Mosaic,
    share: f32,
) -> Vec<BlockCell> {
    let tables = Tables::of(shape);
    let (across, down) = shape.grid();
    let target = resample(pixels, (columns * across, rows * down), blur(shape));
    let mut shown = expected(&target);
    let mut spread = ErrorDiffusion::<3>::new(columns);
    let mut cells = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            let at = (column * across, row * down);
            let carried = spread.error_at(column);
            let wanted = Wanted::new(tables, &target, &shown, at).shifted(carried);
            let pattern = wanted.best_pattern(tables);
            let fit = wanted.fit(tables, pattern);
            let ideal = fit.colours();
            let colours = nearest_two(&fit, ideal);
            let filled = pattern.count_ones() as f32 / shape.part_count() as f32;
            let error = std::array::from_fn(|i| {
                let (front, back) = (ideal[0][i] - colours[0][i], ideal[1][i] - colours[1][i]);
                (back + (front - back) * filled) * share
            });
            spread.diffuse(column, error);
            let pen = Pen {
                front: colours[0],
                back: colours[1],
            };
            let pattern = pattern as u8;
            draw(&mut shown, shape, at, Choice { pattern, pen });
            cells.push(BlockCell {
                symbol: shape.symbol(pattern),
                fg: nearest(colours[0]).0,
                bg: nearest(colours[1]).0,
            });
        }
        spread.next_row();
    }
    cells
}

fn nearest(colour: Rgb) -> (ratatui::style::Color, Rgb) {
    let (name, shown) = nearest_ansi256(colour.map(|value| value.clamp(0.0, 255.0) as u8));
    (name, shown.map(f32::from))
}

/// The nearest of the palette to one of two colours, and to what the other should be
/// beside that one.
fn nearest_two(fit: &Fit, ideal: [Rgb; 2]) -> [Rgb; 2] {
    let front = nearest(ideal[0]).1;
    let back = nearest(ideal[1]).1;
    let candidates = [
        [front, back],
        [front, nearest(fit.other(0, front)).1],
        [nearest(fit.other(1, back)).1, back],
    ];
    let [first, others @ ..] = candidates;
    let mut best = (fit.error(first), first);
    for colours in others {
        let error = fit.error(colours);
        if error < best.0 {
            best = (error, colours);
        }
    }
    best.1
}
