//! Pictures as characters: mosaics in two colours a cell, dithered where there are few
//! colours, or shades where there are none.

use image::RgbImage;

use super::ansi16::render_ansi16;
use super::cells::BlockCell;
use super::mosaic::{Mosaic, render_ansi256, render_truecolour};
use super::shades::render_shades;
use crate::tui::colours::Depth;

/// The cells of a picture that fills `columns × rows` of them, row by row. On a light
/// background, where characters are dark, shades show darkness.
pub(super) fn render_blocks(
    pixels: &RgbImage,
    size: (usize, usize),
    mosaic: Mosaic,
    depth: Depth,
    light_background: bool,
) -> Vec<BlockCell> {
    match depth {
        Depth::None => render_shades(pixels, size, mosaic, light_background),
        Depth::Ansi16 => render_ansi16(pixels, size, mosaic),
        Depth::Ansi256 => render_ansi256(pixels, size, mosaic),
        Depth::Truecolor => render_truecolour(pixels, size, mosaic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_size_survives() {
        for depth in [Depth::None, Depth::Ansi16, Depth::Ansi256, Depth::Truecolor] {
            for mosaic in Mosaic::ALL {
                for (columns, rows) in [(1, 1), (1, 7), (9, 1)] {
                    for (width, height) in [(1, 1), (3, 50), (40, 2)] {
                        let pixels = RgbImage::new(width, height);
                        let blocks = render_blocks(&pixels, (columns, rows), mosaic, depth, false);
                        assert_eq!(blocks.len(), columns * rows, "{depth:?} {mosaic:?}");
                    }
                }
            }
        }
    }
}
