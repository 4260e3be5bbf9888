//! Pictures in the terminal's own sixteen colours. They are too few and too bright
//! for a face, and plain dithering makes noise of it. But `░▒▓` mix two colours
//! within a cell, and the nearest mixture of two similar ones is often close enough.

use image::RgbImage;
use ratatui::style::Color;

use super::cells::BlockCell;
use super::error_diffusion::ErrorDiffusion;
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

/// A picture of one pixel across and two down a cell.
pub(crate) fn render_ansi16(pixels: &RgbImage) -> Vec<BlockCell> {
    let palette = ANSI16.map(|(name, colour)| (name, colour.map(f32::from)));
    let mixtures = mixtures(&palette);
    let (columns, rows) = (pixels.width(), pixels.height() / 2);
    let mut spread = ErrorDiffusion::<3>::new(columns as usize);
    let mut blocks = Vec::with_capacity((columns * rows) as usize);
    for row in 0..rows {
        for x in 0..columns {
            let carried = spread.error_at(x as usize);
            let wanted = |y: u32| -> Rgb {
                let pixel = pixels.get_pixel(x, y).0;
                std::array::from_fn(|i| f32::from(pixel[i]) + carried[i])
            };
            let halves = [wanted(2 * row), wanted(2 * row + 1)];
            let mean = lerp(halves[0], halves[1], 0.5);
            let (block, shown) = best(&palette, &mixtures, halves, mean);
            spread.diffuse(
                x as usize,
                std::array::from_fn(|i| (mean[i] - shown[i]) * DIFFUSED_SHARE),
            );
            blocks.push(block);
        }
        spread.next_row();
    }
    blocks
}

/// Two halves where that is nearer than one mixture for both.
fn best(
    palette: &[(Color, Rgb)],
    mixtures: &[Mixture],
    [upper, lower]: [Rgb; 2],
    mean: Rgb,
) -> (BlockCell, Rgb) {
    let nearest = |wanted: Rgb| {
        let far = |i: &usize| distance(palette[*i].1, wanted);
        (0..palette.len())
            .min_by(|a, b| far(a).total_cmp(&far(b)))
            .unwrap_or(0)
    };
    let cost = |mixture: &Mixture| distance(mixture.shown, mean) + mixture.cost;
    let mixture = mixtures.iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
    let (u, l) = (nearest(upper), nearest(lower));
    let halves = f32::midpoint(distance(palette[u].1, upper), distance(palette[l].1, lower));
    if let Some(mixture) = mixture
        && (cost(mixture) + distance(upper, lower) / 4.0 <= halves
            || u.min(l) >= BACKGROUND_COLOURS)
    {
        return (mixture.block, mixture.shown);
    }
    let (symbol, fg, bg) = if l < BACKGROUND_COLOURS {
        ('▀', u, l)
    } else {
        ('▄', l, u)
    };
    let block = BlockCell {
        symbol,
        fg: palette[fg].0,
        bg: palette[bg].0,
    };
    (block, lerp(palette[u].1, palette[l].1, 0.5))
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
            let blocks = render_ansi16(&plain);
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
        for block in render_ansi16(&many) {
            assert!(dark.contains(&block.bg), "{block:?}");
        }
    }

    #[test]
    fn an_edge_between_halves_is_kept() {
        let edge = RgbImage::from_fn(1, 2, |_, y| image::Rgb([if y == 0 { 255 } else { 0 }; 3]));
        let [block] = render_ansi16(&edge)[..] else {
            panic!("one cell")
        };
        let expected = ('▀', Color::White, Color::Black);
        assert_eq!((block.symbol, block.fg, block.bg), expected);
    }
}
