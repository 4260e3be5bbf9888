//! Pictures in the terminal's own sixteen colours. They are too few and too bright
//! for a face, and plain dithering makes noise of it. But `░▒▓` mix two colours
//! within a cell, and the nearest mixture of two similar ones is often close enough.

use image::RgbImage;
use ratatui::style::Color;

use super::cells::BlockCell;
use super::error_diffusion::ErrorDiffusion;
use super::mosaic::{Mosaic, resample_means};
use crate::tui::colours::{ANSI16, CHANNEL_WEIGHTS};

/// The share of a cell's error that is passed on to its neighbours. With all of it
/// the picture is noise again.
const DIFFUSED_SHARE: f32 = 0.5;

/// The weight of the difference between two mixed colours, beside the mixture's
/// error.
const CONTRAST_PENALTY: f32 = 0.05;

/// The first eight, which every terminal shows as backgrounds too; on old ones the
/// others blink, and the Linux console shows the first eight in their place.
const BACKGROUND_COLOURS: usize = 8;

type Rgb = [f32; 3];

/// A character in two colours, and what they look like together.
struct Mixture {
    block: BlockCell,
    shown: Rgb,
    cost: f32,
}

fn distance(a: Rgb, b: Rgb) -> f32 {
    (0..3)
        .map(|i| CHANNEL_WEIGHTS[i] as f32 * (a[i] - b[i]).powi(2))
        .sum()
}

fn lerp(a: Rgb, b: Rgb, part: f32) -> Rgb {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * part)
}

fn mixtures(palette: &[(Color, Rgb)]) -> Vec<Mixture> {
    let mut mixtures = Vec::new();
    for (bg, behind) in &palette[..BACKGROUND_COLOURS] {
        for (fg, front) in palette {
            for (symbol, cover) in [('░', 0.25), ('▒', 0.5), ('▓', 0.75), ('█', 1.0)] {
                let unlike = if cover < 1.0 { CONTRAST_PENALTY } else { 0.0 };
                mixtures.push(Mixture {
                    block: BlockCell {
                        symbol,
                        fg: *fg,
                        bg: *bg,
                    },
                    shown: lerp(*behind, *front, cover),
                    cost: unlike * distance(*behind, *front),
                });
            }
        }
    }
    mixtures
}

/// The cells of a picture, row by row. The picture fills them.
pub(super) fn render_ansi16(
    pixels: &RgbImage,
    (columns, rows): (usize, usize),
    mosaic: Mosaic,
) -> Vec<BlockCell> {
    let palette = ANSI16.map(|(name, colour)| (name, colour.map(f32::from)));
    let mixtures = mixtures(&palette);
    let (across, down) = mosaic.grid();
    let width = columns * across;
    let colours = resample_means(pixels, (width, rows * down));
    let mut spread = ErrorDiffusion::<3>::new(columns);
    let mut blocks = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            let carried = spread.error_at(column);
            let mut parts = [[0.0; 3]; 8];
            for (part, wanted) in parts[..across * down].iter_mut().enumerate() {
                let (x, y) = (column * across + part % across, row * down + part / across);
                let colour = colours[y * width + x];
                *wanted = std::array::from_fn(|i| colour[i] + carried[i]);
            }
            let parts = &parts[..across * down];
            let mean = mean(parts.iter().copied());
            let (block, shown) = best(&palette, &mixtures, mosaic, parts, mean);
            spread.diffuse(
                column,
                std::array::from_fn(|i| (mean[i] - shown[i]) * DIFFUSED_SHARE),
            );
            blocks.push(block);
        }
        spread.next_row();
    }
    blocks
}

fn mean(colours: impl ExactSizeIterator<Item = Rgb>) -> Rgb {
    let count = colours.len() as f32;
    let mut mean = [0.0; 3];
    for colour in colours {
        for (mean, value) in mean.iter_mut().zip(colour) {
            *mean += value / count;
        }
    }
    mean
}

/// Two colours, each where it is nearer, where that is nearer than one mixture for all.
fn best(
    palette: &[(Color, Rgb)],
    mixtures: &[Mixture],
    mosaic: Mosaic,
    parts: &[Rgb],
    mean_wanted: Rgb,
) -> (BlockCell, Rgb) {
    let far: Vec<[f32; 8]> = palette
        .iter()
        .map(|(_, colour)| {
            let mut far = [0.0; 8];
            for (far, wanted) in far.iter_mut().zip(parts) {
                *far = distance(*colour, *wanted);
            }
            far
        })
        .collect();
    let mut pair = (f32::INFINITY, 0, 0);
    for back in 0..BACKGROUND_COLOURS {
        for front in 0..palette.len() {
            let nearer = far[front].iter().zip(&far[back]).map(|(a, b)| a.min(*b));
            let error = nearer.sum();
            if error < pair.0 {
                pair = (error, front, back);
            }
        }
    }
    let (error, front, back) = pair;
    let count = parts.len() as f32;
    let variance: f32 = parts.iter().map(|part| distance(*part, mean_wanted)).sum();
    let cost = |mixture: &Mixture| distance(mixture.shown, mean_wanted) + mixture.cost;
    let mixture = mixtures.iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
    if let Some(mixture) = mixture
        && cost(mixture) + variance / count <= error / count
    {
        return (mixture.block, mixture.shown);
    }
    let pairs = far[front].iter().zip(&far[back]).take(parts.len());
    let pattern = pairs
        .enumerate()
        .fold(0_u8, |pattern, (part, (front, back))| {
            pattern | u8::from(front < back) << part
        });
    let block = BlockCell {
        symbol: mosaic.symbol(pattern),
        fg: palette[front].0,
        bg: palette[back].0,
    };
    let filled = pattern.count_ones() as f32 / count;
    (block, lerp(palette[back].1, palette[front].1, filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a cell looks like from afar.
    fn shown(block: &BlockCell) -> Rgb {
        let rgb = |name| {
            let found = ANSI16.iter().find(|(known, _)| *known == name);
            found.unwrap().1.map(f32::from)
        };
        let cover = match block.symbol {
            '░' => 0.25,
            ' ' => 0.0,
            '▒' | '▀' | '▄' => 0.5,
            '▓' => 0.75,
            '█' => 1.0,
            other => panic!("{other:?}"),
        };
        lerp(rgb(block.bg), rgb(block.fg), cover)
    }

    #[test]
    fn areas_are_nearer_to_their_colour_than_any_of_the_sixteen() {
        for colour in [
            [190, 140, 110],
            [110, 70, 50],
            [230, 190, 160],
            [60, 60, 70],
        ] {
            let plain = RgbImage::from_pixel(12, 24, image::Rgb(colour));
            let blocks = render_ansi16(&plain, (12, 12), Mosaic::Halves);
            assert_eq!(blocks.len(), 12 * 12);
            let mut mean = [0.0; 3];
            for block in &blocks {
                let seen = shown(block);
                mean = std::array::from_fn(|i| mean[i] + seen[i] / blocks.len() as f32);
            }
            let wanted = colour.map(f32::from);
            let single = ANSI16.map(|(_, known)| distance(known.map(f32::from), wanted));
            let single = single.into_iter().fold(f32::INFINITY, f32::min);
            assert!(distance(mean, wanted) < single / 2.0, "{colour:?} {mean:?}");
        }
    }

    #[test]
    fn no_bright_colour_is_behind() {
        let many = RgbImage::from_fn(32, 64, |x, y| {
            image::Rgb([x as u8 * 8, y as u8 * 4, (x * y % 256) as u8])
        });
        let dark: Vec<Color> = ANSI16[..BACKGROUND_COLOURS]
            .iter()
            .map(|(name, _)| *name)
            .collect();
        for block in render_ansi16(&many, (32, 32), Mosaic::Halves) {
            assert!(dark.contains(&block.bg), "{block:?}");
        }
    }

    #[test]
    fn an_edge_between_halves_is_kept() {
        let edge = RgbImage::from_fn(1, 2, |_, y| image::Rgb([if y == 0 { 255 } else { 0 }; 3]));
        let [block] = render_ansi16(&edge, (1, 1), Mosaic::Halves)[..] else {
            panic!("one cell")
        };
        let expected = ('▀', Color::White, Color::Black);
        assert_eq!((block.symbol, block.fg, block.bg), expected);
    }
}
