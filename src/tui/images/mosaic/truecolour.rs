//! Mosaics in 24-bit colour.

use image::RgbImage;
use ratatui::style::Color;

use super::choose::{Rgb, Wanted};
use super::pen::Choice;
use super::resample::{Grid, resample};
use super::shape::Mosaic;
use super::tables::{Tables, blur};
use crate::tui::images::cells::BlockCell;

/// The error that is accepted for a byte less on the line: the square of a whole cell's
/// difference, summed over the channels. It takes sextants of LFW's faces from 37.0 to 27.8
/// bytes a cell and from 28.78 to 28.55 dB (see the figures in this room).
pub(super) const BYTE_COST: f32 = 3.6;

/// The cells of a picture, row by row. The picture fills them.
pub fn render_truecolour(pixels: &RgbImage, size: (usize, usize), shape: Mosaic) -> Vec<BlockCell> {
    render(pixels, size, shape, BYTE_COST)
}

/// The same at another cost of a byte.
pub(super) fn render(
    pixels: &RgbImage,
    (columns, rows): (usize, usize),
    shape: Mosaic,
    byte_cost: f32,
) -> Vec<BlockCell> {
    let tables = Tables::of(shape);
    let (across, down) = shape.grid();
    let target = resample(pixels, (columns * across, rows * down), blur(shape));
    let mut shown = expected(&target);
    let mut cells = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        let mut before = None;
        for column in 0..columns {
            let at = (column * across, row * down);
            let wanted = Wanted::new(tables, &target, &shown, at);
            let choice = wanted.choose(tables, before, byte_cost);
            draw(&mut shown, shape, at, choice);
            cells.push(BlockCell {
                symbol: shape.symbol(choice.pattern),
                fg: name(choice.pen.front),
                bg: name(choice.pen.back),
            });
            before = Some(choice.pen);
        }
    }
    cells
}

fn name(colour: Rgb) -> Color {
    let [r, g, b] = colour.map(|value| value as u8);
    Color::Rgb(r, g, b)
}

/// What is expected around cells that are not drawn yet, with a border of one part.
pub(super) fn expected(target: &Grid) -> Grid {
    let (width, height) = (target.width + 2, target.height + 2);
    let mut colours = Vec::with_capacity(width * height);
    for y in 0..height {
        let row = y.saturating_sub(1).min(target.height - 1) * target.width;
        let row = &target.colours[row..row + target.width];
        colours.push(row[0]);
        colours.extend_from_slice(row);
        colours.push(row[target.width - 1]);
    }
    Grid {
        width,
        height,
        colours,
    }
}

/// Records what a cell shows.
pub(super) fn draw(shown: &mut Grid, shape: Mosaic, (x, y): (usize, usize), choice: Choice) {
    let (across, down) = shape.grid();
    for part in 0..across * down {
        let (column, row) = (x + 1 + part % across, y + 1 + part / across);
        shown.colours[row * shown.width + column] = match choice.pattern >> part & 1 {
            1 => choice.pen.front,
            _ => choice.pen.back,
        };
    }
}
