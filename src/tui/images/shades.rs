//! Pictures without colours: shades of the text's colour and shapes of its characters.

use image::RgbImage;
use ratatui::style::Color;

use super::cells::BlockCell;
use super::error_diffusion::ErrorDiffusion;
use super::mosaic::{Mosaic, resample_means};

/// A character, and how much of each part of the cell it covers.
struct Shape {
    symbol: char,
    cover: Vec<f32>,
}

/// The parts of a cell: with half blocks, which fonts have in both directions, quarters.
pub(super) fn parts(mosaic: Mosaic) -> (usize, usize) {
    mosaic.max(Mosaic::Quadrants).grid()
}

/// The characters of a mosaic, and the shades between them.
fn shapes(mosaic: Mosaic) -> Vec<Shape> {
    let (across, down) = parts(mosaic);
    let count = across * down;
    let shade = |(symbol, cover)| Shape {
        symbol,
        cover: vec![cover; count],
    };
    let mut shapes: Vec<Shape> = [(' ', 0.0), ('░', 0.25), ('▒', 0.5), ('▓', 0.75), ('█', 1.0)]
        .map(shade)
        .into();
    let fine = mosaic.max(Mosaic::Quadrants);
    for pattern in 1..fine.full() {
        let symbol = fine.symbol(pattern);
        if mosaic == Mosaic::Halves && !['▀', '▄', '▌', '▐'].contains(&symbol) {
            continue;
        }
        let cover = (0..count)
            .map(|part| f32::from(pattern >> part & 1))
            .collect();
        shapes.push(Shape { symbol, cover });
    }
    shapes
}

/// The most by which a picture's contrast is raised for shades, of which there are few.
const MAX_CONTRAST_GAIN: f32 = 3.0;

/// The share of a shade's error that is passed on to its neighbours.
const SHADE_DIFFUSED_SHARE: f32 = 0.8;

/// Every part's brightness (Rec. 601 luma), stretched to 0 to 1. A picture with little
/// contrast is stretched by [`MAX_CONTRAST_GAIN`] and keeps its brightness.
pub(super) fn stretch_contrast(colours: &[[f32; 3]]) -> Vec<f32> {
    let luma = |[r, g, b]: &[f32; 3]| (0.299 * r + 0.587 * g + 0.114 * b) / 255.0;
    let mut values: Vec<f32> = colours.iter().map(luma).collect();
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

/// The character whose shape is nearest to the parts of a cell. The error in brightness
/// is passed on. On a light background, where characters are dark, they show darkness.
pub(super) fn render_shades(
    pixels: &RgbImage,
    (columns, rows): (usize, usize),
    mosaic: Mosaic,
    light_background: bool,
) -> Vec<BlockCell> {
    let (across, down) = parts(mosaic);
    let width = columns * across;
    let brightness = stretch_contrast(&resample_means(pixels, (width, rows * down)));
    let shapes = shapes(mosaic);
    let mut spread = ErrorDiffusion::<1>::new(columns);
    let mut blocks = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            let [carried] = spread.error_at(column);
            let mut wanted = [0.0_f32; 8];
            for (part, wanted) in wanted[..across * down].iter_mut().enumerate() {
                let (x, y) = (column * across + part % across, row * down + part / across);
                let value = brightness[y * width + x];
                *wanted = carried + if light_background { 1.0 - value } else { value };
            }
            let wanted = &wanted[..across * down];
            let difference = |shape: &Shape| -> f32 {
                let pairs = wanted.iter().zip(&shape.cover);
                pairs.map(|(a, b)| (a - b).powi(2)).sum()
            };
            let Some(shape) = shapes
                .iter()
                .min_by(|a, b| difference(a).total_cmp(&difference(b)))
            else {
                continue;
            };
            let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
            let error = (mean(wanted) - mean(&shape.cover)) * SHADE_DIFFUSED_SHARE;
            spread.diffuse(column, [error]);
            blocks.push(BlockCell {
                symbol: shape.symbol,
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
        let shapes = shapes(Mosaic::Quadrants);
        let shape = shapes.iter().find(|shape| shape.symbol == symbol).unwrap();
        f64::from(shape.cover.iter().sum::<f32>()) / 4.0
    }

    #[test]
    fn shades_show_the_face_on_dark_and_on_light() {
        let face = face(40, 36);
        let wanted = brightness(&face, (2, 2));
        for light_background in [false, true] {
            let blocks = render_shades(&face, (20, 18), Mosaic::Halves, light_background);
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
            let blocks = render_shades(&plain, (20, 20), Mosaic::Halves, false);
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
        let blocks = render_shades(&dark, (20, 18), Mosaic::Halves, false);
        for symbol in ['░', '▒', '▓'] {
            let count = blocks.iter().filter(|block| block.symbol == symbol).count();
            assert!(count > 10, "{symbol} {count}");
        }
    }

    #[test]
    fn an_edge_is_drawn_by_a_characters_shape() {
        let left = RgbImage::from_fn(2, 2, |x, _| Rgb([if x == 0 { 255 } else { 0 }; 3]));
        assert_eq!(
            render_shades(&left, (1, 1), Mosaic::Halves, false)[0].symbol,
            '▌'
        );
        assert_eq!(
            render_shades(&left, (1, 1), Mosaic::Halves, true)[0].symbol,
            '▐'
        );
        let upper = RgbImage::from_fn(2, 2, |_, y| Rgb([if y == 0 { 250 } else { 9 }; 3]));
        assert_eq!(
            render_shades(&upper, (1, 1), Mosaic::Halves, false)[0].symbol,
            '▀'
        );
    }
}
