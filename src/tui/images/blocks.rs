//! Pictures as characters: half blocks in two colours, dithered where there are few
//! colours, or shades where there are none.

use image::RgbImage;
use ratatui::style::Color;

use super::ansi16::render_ansi16;
use super::cells::BlockCell;
use super::error_diffusion::ErrorDiffusion;
use crate::tui::colours::{Depth, nearest_ansi256};

/// Pixels that a cell can show, across and down.
pub(crate) fn pixels_per_cell(depth: Depth) -> (u32, u32) {
    match depth {
        Depth::None => (2, 2),
        _ => (1, 2),
    }
}

/// The cells of a picture, row by row; it has [`pixels_per_cell`] pixels for each. On a
/// light background, where characters are dark, shades show darkness.
pub(crate) fn render_blocks(
    pixels: &RgbImage,
    depth: Depth,
    light_background: bool,
) -> Vec<BlockCell> {
    let colours = match depth {
        Depth::None => return render_shades(pixels, light_background),
        Depth::Truecolor => pixels
            .pixels()
            .map(|pixel| Color::Rgb(pixel[0], pixel[1], pixel[2]))
            .collect(),
        Depth::Ansi256 => dither_ansi256(pixels),
        Depth::Ansi16 => return render_ansi16(pixels),
    };
    let width = pixels.width().max(1) as usize;
    colours
        .chunks_exact(2 * width)
        .flat_map(|rows| {
            let (upper, lower) = rows.split_at(width);
            upper.iter().zip(lower).map(|(u, l)| half_block(*u, *l))
        })
        .collect()
}

/// A cell of two colours.
fn half_block(upper: Color, lower: Color) -> BlockCell {
    let block = |symbol, fg, bg| BlockCell { symbol, fg, bg };
    if upper == lower {
        block(' ', Color::Reset, lower)
    } else {
        block('▀', upper, lower)
    }
}

/// The share of a pixel's error that is passed on to its neighbours. All of it would
/// keep the colour of every area, but the palette has nothing between black and strong
/// colours, and dark faces would be speckled with those.
const DIFFUSED_SHARE: f32 = 0.5;

/// Dithers to 256 colours.
fn dither_ansi256(pixels: &RgbImage) -> Vec<Color> {
    let (width, height) = pixels.dimensions();
    let mut spread = ErrorDiffusion::<3>::new(width as usize);
    let mut colours = Vec::with_capacity((width * height) as usize);
    for row in pixels.rows() {
        for (x, pixel) in row.enumerate() {
            let carried = spread.error_at(x);
            let wanted: [f32; 3] = std::array::from_fn(|i| f32::from(pixel[i]) + carried[i]);
            let (colour, shown) =
                nearest_ansi256(wanted.map(|value| value.clamp(0.0, 255.0) as u8));
            let error = std::array::from_fn(|i| (wanted[i] - f32::from(shown[i])) * DIFFUSED_SHARE);
            spread.diffuse(x, error);
            colours.push(colour);
        }
        spread.next_row();
    }
    colours
}

/// Characters that every font has, and how much of each quarter of the cell they cover:
/// upper left and right, lower left and right.
const SHADES: [(char, [f32; 4]); 9] = [
    (' ', [0.0; 4]),
    ('░', [0.25; 4]),
    ('▒', [0.5; 4]),
    ('▓', [0.75; 4]),
    ('█', [1.0; 4]),
    ('▀', [1.0, 1.0, 0.0, 0.0]),
    ('▄', [0.0, 0.0, 1.0, 1.0]),
    ('▌', [1.0, 0.0, 1.0, 0.0]),
    ('▐', [0.0, 1.0, 0.0, 1.0]),
];

/// The most by which a picture's contrast is raised for shades, of which there are few.
const MAX_CONTRAST_GAIN: f32 = 3.0;

/// The share of a shade's error that is passed on to its neighbours.
const SHADE_DIFFUSED_SHARE: f32 = 0.8;

/// Every pixel's brightness (Rec. 601 luma), stretched to 0 to 1. A picture with little
/// contrast is stretched by [`MAX_CONTRAST_GAIN`] and keeps its brightness.
fn stretch_contrast(pixels: &RgbImage) -> Vec<f32> {
    let luma = |pixel: &image::Rgb<u8>| {
        let [r, g, b] = pixel.0.map(f32::from);
        (0.299 * r + 0.587 * g + 0.114 * b) / 255.0
    };
    let mut values: Vec<f32> = pixels.pixels().map(luma).collect();
    let mut sorted = values.clone();
    sorted.sort_by(f32::total_cmp);
    // All but the darkest and lightest fiftieths.
    let at = |share: f32| {
        let place = (sorted.len().saturating_sub(1) as f32 * share).round();
        sorted.get(place as usize).copied().unwrap_or(0.0)
    };
    let (dark, light) = (at(0.02), at(0.98));
    let gain = (1.0 / (light - dark).max(f32::EPSILON)).min(MAX_CONTRAST_GAIN);
    let floor = (1.0 - (light - dark) * gain).min(dark).max(0.0);
    for value in &mut values {
        *value = ((*value - dark) * gain + floor).clamp(0.0, 1.0);
    }
    values
}

/// Without colours: the character whose shape is nearest to a cell's four pixels. The
/// error in brightness is passed on.
fn render_shades(pixels: &RgbImage, light_background: bool) -> Vec<BlockCell> {
    let (columns, rows) = (pixels.width() / 2, pixels.height() / 2);
    let brightness = stretch_contrast(pixels);
    let wanted = |x: u32, y: u32| {
        let value = brightness[(y * pixels.width() + x) as usize];
        if light_background { 1.0 - value } else { value }
    };
    let mut spread = ErrorDiffusion::<1>::new(columns as usize);
    let mut blocks = Vec::with_capacity((columns * rows) as usize);
    for y in (0..rows).map(|row| 2 * row) {
        for column in 0..columns as usize {
            let x = 2 * column as u32;
            let [carried] = spread.error_at(column);
            let quarters = [(0, 0), (1, 0), (0, 1), (1, 1)]
                .map(|(right, down)| wanted(x + right, y + down) + carried);
            let difference = |cover: &[f32; 4]| -> f32 {
                quarters
                    .iter()
                    .zip(cover)
                    .map(|(a, b)| (a - b).powi(2))
                    .sum()
            };
            let (symbol, cover) = SHADES
                .iter()
                .min_by(|(_, a), (_, b)| difference(a).total_cmp(&difference(b)))
                .unwrap_or(&SHADES[0]);
            let mean = |values: &[f32; 4]| values.iter().sum::<f32>() / 4.0;
            let error = (mean(&quarters) - mean(cover)) * SHADE_DIFFUSED_SHARE;
            spread.diffuse(column, [error]);
            blocks.push(BlockCell {
                symbol: *symbol,
                fg: Color::Reset,
                bg: Color::Reset,
            });
        }
        spread.next_row();
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    /// Something like a face: light skin before a dark ground, darker eyes and mouth.
    fn face(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let u = (f64::from(x) + 0.5) / f64::from(width) * 2.0 - 1.0;
            let v = (f64::from(y) + 0.5) / f64::from(height) * 2.0 - 1.0;
            let near =
                |cx: f64, cy: f64, r: f64| (-((u - cx).powi(2) + (v - cy).powi(2)) / (r * r)).exp();
            let mut light = if u * u / 0.5 + v * v / 0.8 < 1.0 {
                0.85
            } else {
                0.2
            };
            light += 0.15 * u;
            light -= 0.6 * (near(-0.3, -0.2, 0.15) + near(0.3, -0.2, 0.15) + near(0.0, 0.45, 0.2));
            let light = light.clamp(0.0, 1.0) * 255.0;
            Rgb([light as u8, (light * 0.8) as u8, (light * 0.65) as u8])
        })
    }

    fn luma(pixel: [f64; 3]) -> f64 {
        0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]
    }

    /// A picture's brightness, averaged over cells.
    fn brightness(pixels: &RgbImage, (across, down): (u32, u32)) -> Vec<f64> {
        let (columns, rows) = (pixels.width() / across, pixels.height() / down);
        let at = |column: u32, row: u32| {
            let mut sum = 0.0;
            for y in 0..down {
                for x in 0..across {
                    let pixel = pixels.get_pixel(column * across + x, row * down + y).0;
                    sum += luma(pixel.map(f64::from));
                }
            }
            sum / f64::from(across * down)
        };
        (0..rows)
            .flat_map(|row| (0..columns).map(move |column| at(column, row)))
            .collect()
    }

    fn correlation(a: &[f64], b: &[f64]) -> f64 {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (ma, mb) = (mean(a), mean(b));
        let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
            a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum()
        };
        sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
    }

    fn cover(symbol: char) -> f64 {
        let (_, cover) = SHADES.iter().find(|(known, _)| *known == symbol).unwrap();
        f64::from(cover.iter().sum::<f32>()) / 4.0
    }

    #[test]
    fn shades_show_the_face_on_dark_and_on_light() {
        let face = face(40, 36);
        let wanted = brightness(&face, (2, 2));
        for light_background in [false, true] {
            let blocks = render_blocks(&face, Depth::None, light_background);
            assert_eq!(blocks.len(), 20 * 18);
            assert!(
                blocks
                    .iter()
                    .all(|b| (b.fg, b.bg) == (Color::Reset, Color::Reset))
            );
            let drawn: Vec<f64> = blocks.iter().map(|block| cover(block.symbol)).collect();
            let alike = correlation(&wanted, &drawn);
            let alike = if light_background { -alike } else { alike };
            assert!(alike > 0.9, "{alike}");
        }
    }

    #[test]
    fn a_plain_picture_keeps_its_brightness_in_shades() {
        for value in [0, 60, 128, 200, 255] {
            let plain = RgbImage::from_pixel(40, 40, Rgb([value; 3]));
            let blocks = render_blocks(&plain, Depth::None, false);
            let drawn: f64 = blocks.iter().map(|block| cover(block.symbol)).sum();
            let (drawn, wanted) = (drawn / blocks.len() as f64, f64::from(value) / 255.0);
            assert!((wanted - drawn).abs() < 0.05, "{wanted} {drawn}");
        }
    }

    #[test]
    fn a_dark_picture_is_stretched_over_the_shades() {
        let mut dark = face(40, 36);
        for pixel in dark.pixels_mut() {
            *pixel = Rgb(pixel.0.map(|value| value / 3));
        }
        let blocks = render_blocks(&dark, Depth::None, false);
        for symbol in ['░', '▒', '▓'] {
            let count = blocks.iter().filter(|block| block.symbol == symbol).count();
            assert!(count > 10, "{symbol} {count}");
        }
    }

    #[test]
    fn an_edge_is_drawn_by_a_characters_shape() {
        let left = RgbImage::from_fn(2, 2, |x, _| Rgb([if x == 0 { 255 } else { 0 }; 3]));
        assert_eq!(render_blocks(&left, Depth::None, false)[0].symbol, '▌');
        assert_eq!(render_blocks(&left, Depth::None, true)[0].symbol, '▐');
        let upper = RgbImage::from_fn(2, 2, |_, y| Rgb([if y == 0 { 250 } else { 9 }; 3]));
        assert_eq!(render_blocks(&upper, Depth::None, false)[0].symbol, '▀');
    }

    #[test]
    fn areas_of_256_colours_are_nearer_to_their_own_than_any_of_them() {
        for colour in [[190, 140, 110], [110, 70, 50], [60, 60, 75]] {
            let plain = RgbImage::from_pixel(16, 32, Rgb(colour));
            let wanted = colour.map(f64::from);
            let off = |seen: [f64; 3]| luma(std::array::from_fn(|i| (seen[i] - wanted[i]).abs()));
            let mut mean = [0.0; 3];
            let drawn = dither_ansi256(&plain);
            for name in &drawn {
                let Color::Indexed(index) = name else {
                    panic!("{name:?}")
                };
                // From the number back to the colour.
                let seen = if let 232.. = index {
                    [8.0 + 10.0 * f64::from(index - 232); 3]
                } else {
                    let steps = [0.0, 95.0, 135.0, 175.0, 215.0, 255.0];
                    let i = usize::from(index - 16);
                    [steps[i / 36], steps[i / 6 % 6], steps[i % 6]]
                };
                mean = std::array::from_fn(|i| mean[i] + seen[i] / drawn.len() as f64);
            }
            let single = off(nearest_ansi256(colour).1.map(f64::from));
            assert!(off(mean) < single, "{colour:?} {mean:?}");
        }
    }

    #[test]
    fn any_size_survives() {
        for depth in [Depth::None, Depth::Ansi16, Depth::Ansi256, Depth::Truecolor] {
            let (across, down) = pixels_per_cell(depth);
            for (columns, rows) in [(1, 1), (1, 7), (9, 1)] {
                let pixels = RgbImage::new(columns * across, rows * down);
                let blocks = render_blocks(&pixels, depth, false);
                assert_eq!(blocks.len() as u32, columns * rows, "{depth:?}");
            }
        }
    }
}
