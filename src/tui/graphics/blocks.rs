//! Pictures as characters: the halves of a cell in two colours, dithered where
//! there are few of them, or shades where there are none.

use image::RgbImage;
use ratatui::style::Color;

use crate::tui::colours::{Depth, ansi16, ansi256};

/// One cell of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Its character.
    pub symbol: char,
    /// The character's colour.
    pub fg: Color,
    /// The colour behind it.
    pub bg: Color,
}

/// Pixels of a cell, across and down, that its character can show.
pub fn pixels_of_cell(depth: Depth) -> (u32, u32) {
    match depth {
        Depth::None => (2, 2),
        _ => (1, 2),
    }
}

/// A picture of [`pixels_of_cell`] pixels a cell, row by row. On a light
/// background, where characters are dark, shades stand for darkness.
pub fn blocks(pixels: &RgbImage, depth: Depth, light_background: bool) -> Vec<Block> {
    let colours = match depth {
        Depth::None => return shades(pixels, light_background),
        Depth::Truecolor => pixels
            .pixels()
            .map(|pixel| Color::Rgb(pixel[0], pixel[1], pixel[2]))
            .collect(),
        Depth::Ansi256 => dithered(pixels, ansi256),
        Depth::Ansi16 => dithered(pixels, ansi16),
    };
    let width = pixels.width().max(1) as usize;
    colours
        .chunks_exact(2 * width)
        .flat_map(|rows| {
            let (upper, lower) = rows.split_at(width);
            upper.iter().zip(lower).map(|(u, l)| halves(*u, *l))
        })
        .collect()
}

/// A cell of two colours. Bright ones go in front where that is possible,
/// because the Linux console and old terminals have none behind.
fn halves(upper: Color, lower: Color) -> Block {
    let is_bright = |colour| {
        matches!(
            colour,
            Color::DarkGray
                | Color::LightRed
                | Color::LightGreen
                | Color::LightYellow
                | Color::LightBlue
                | Color::LightMagenta
                | Color::LightCyan
                | Color::White
        )
    };
    let block = |symbol, fg, bg| Block { symbol, fg, bg };
    match (is_bright(upper), is_bright(lower)) {
        (true, _) if upper == lower => block('█', upper, Color::Reset),
        // A plain blank costs one colour and one byte less.
        _ if upper == lower => block(' ', Color::Reset, lower),
        (false, true) => block('▄', lower, upper),
        _ => block('▀', upper, lower),
    }
}

/// Every pixel as one of a palette, its error passed on to the neighbours that
/// follow (Floyd and Steinberg), so that areas keep their colours.
fn dithered(pixels: &RgbImage, nearest: fn([u8; 3]) -> (Color, [u8; 3])) -> Vec<Color> {
    let (width, height) = pixels.dimensions();
    let mut spread = Spread::<3>::new(width as usize);
    let mut colours = Vec::with_capacity((width * height) as usize);
    for row in pixels.rows() {
        for (x, pixel) in row.enumerate() {
            let wanted: [f32; 3] =
                std::array::from_fn(|i| f32::from(pixel[i]) + spread.carried(x)[i]);
            let (colour, shown) = nearest(wanted.map(|value| value.clamp(0.0, 255.0) as u8));
            spread.pass(x, std::array::from_fn(|i| wanted[i] - f32::from(shown[i])));
            colours.push(colour);
        }
        spread.next_row();
    }
    colours
}

/// The errors on their way to the pixels of this row and the next.
struct Spread<const N: usize> {
    // With one place more at either side.
    row: Vec<[f32; N]>,
    next: Vec<[f32; N]>,
}

impl<const N: usize> Spread<N> {
    fn new(width: usize) -> Self {
        Self {
            row: vec![[0.0; N]; width + 2],
            next: vec![[0.0; N]; width + 2],
        }
    }

    fn carried(&self, x: usize) -> [f32; N] {
        self.row[x + 1]
    }

    fn pass(&mut self, x: usize, error: [f32; N]) {
        for (i, error) in error.into_iter().enumerate() {
            self.row[x + 2][i] += error * 7.0 / 16.0;
            self.next[x][i] += error * 3.0 / 16.0;
            self.next[x + 1][i] += error * 5.0 / 16.0;
            self.next[x + 2][i] += error / 16.0;
        }
    }

    fn next_row(&mut self) {
        std::mem::swap(&mut self.row, &mut self.next);
        self.next.fill([0.0; N]);
    }
}

/// Characters that every font has, and how much of a cell's quarters they
/// cover: upper left and right, lower left and right.
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

/// Without colours: the character whose shape comes nearest to each cell's four
/// pixels, the error in brightness passed on.
fn shades(pixels: &RgbImage, light_background: bool) -> Vec<Block> {
    let (columns, rows) = (pixels.width() / 2, pixels.height() / 2);
    let wanted = |x: u32, y: u32| {
        let [r, g, b] = pixels.get_pixel(x, y).0.map(f32::from);
        // Rec. 601 luma.
        let luma = (0.299 * r + 0.587 * g + 0.114 * b) / 255.0;
        if light_background { 1.0 - luma } else { luma }
    };
    let mut spread = Spread::<1>::new(columns as usize);
    let mut blocks = Vec::with_capacity((columns * rows) as usize);
    for y in (0..rows).map(|row| 2 * row) {
        for column in 0..columns as usize {
            let x = 2 * column as u32;
            let [carried] = spread.carried(column);
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
            spread.pass(column, [mean(&quarters) - mean(cover)]);
            blocks.push(Block {
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
            let blocks = blocks(&face, Depth::None, light_background);
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
            // Dithered: as bright as the picture on the whole.
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let (wanted, drawn) = (mean(&wanted) / 255.0, mean(&drawn));
            let drawn = if light_background { 1.0 - drawn } else { drawn };
            assert!((wanted - drawn).abs() < 0.03, "{wanted} {drawn}");
        }
    }

    #[test]
    fn an_edge_is_drawn_by_a_characters_shape() {
        let left = RgbImage::from_fn(2, 2, |x, _| Rgb([if x == 0 { 255 } else { 0 }; 3]));
        assert_eq!(blocks(&left, Depth::None, false)[0].symbol, '▌');
        assert_eq!(blocks(&left, Depth::None, true)[0].symbol, '▐');
        let upper = RgbImage::from_fn(2, 2, |_, y| Rgb([if y == 0 { 250 } else { 9 }; 3]));
        assert_eq!(blocks(&upper, Depth::None, false)[0].symbol, '▀');
    }

    /// What each depth's halves look like, as pixels.
    fn shown(blocks: &[Block], columns: usize) -> Vec<[f64; 3]> {
        let rgb = |colour| -> [f64; 3] {
            let known = (0..=255u8)
                .flat_map(|v| [[v, v, v]])
                .chain((0..=255).step_by(5).flat_map(|r| {
                    (0..=255).step_by(5).flat_map(move |g| {
                        (0..=255u8).step_by(5).map(move |b| [r as u8, g as u8, b])
                    })
                }))
                .find_map(|c| {
                    [ansi16(c), ansi256(c)]
                        .into_iter()
                        .find_map(|(name, exact)| (name == colour).then_some(exact))
                });
            known.unwrap_or_else(|| panic!("{colour:?}")).map(f64::from)
        };
        let mut pixels = Vec::new();
        for row in blocks.chunks(columns) {
            let half = |block: &Block, upper: bool| match (block.symbol, upper) {
                ('█', _) | ('▀', true) | ('▄', false) => block.fg,
                _ => block.bg,
            };
            pixels.extend(row.iter().map(|block| rgb(half(block, true))));
            pixels.extend(row.iter().map(|block| rgb(half(block, false))));
        }
        pixels
    }

    #[test]
    fn few_colours_are_dithered_to_the_pictures_own() {
        let plain = RgbImage::from_pixel(12, 24, Rgb([190, 140, 110]));
        for (depth, tolerance) in [(Depth::Ansi256, 8.0), (Depth::Ansi16, 16.0)] {
            let pixels = shown(&blocks(&plain, depth, false), 12);
            assert_eq!(pixels.len(), 12 * 24);
            for (channel, wanted) in [190.0, 140.0, 110.0].into_iter().enumerate() {
                let mean = pixels.iter().map(|p| p[channel]).sum::<f64>() / pixels.len() as f64;
                assert!(
                    (mean - wanted).abs() < tolerance,
                    "{depth:?} {mean} {wanted}"
                );
            }
        }
    }

    #[test]
    fn bright_colours_go_in_front() {
        assert_eq!(halves(Color::Red, Color::White).symbol, '▄');
        assert_eq!(halves(Color::White, Color::Red).symbol, '▀');
        let same = halves(Color::White, Color::White);
        assert_eq!(
            (same.symbol, same.fg, same.bg),
            ('█', Color::White, Color::Reset)
        );
        let same = halves(Color::Red, Color::Red);
        assert_eq!((same.symbol, same.bg), (' ', Color::Red));
    }

    #[test]
    fn any_size_survives() {
        for depth in [Depth::None, Depth::Ansi16, Depth::Ansi256, Depth::Truecolor] {
            let (across, down) = pixels_of_cell(depth);
            for (columns, rows) in [(1, 1), (1, 7), (9, 1)] {
                let pixels = RgbImage::new(columns * across, rows * down);
                let blocks = blocks(&pixels, depth, false);
                assert_eq!(blocks.len() as u32, columns * rows, "{depth:?}");
            }
        }
    }
}
