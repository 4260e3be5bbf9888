//! How near mosaics are to the picture: drawn with 8 × 16 pixels a cell, and both blurred
//! as seen from a little away (a Gaussian of 1.5 pixels).

use image::RgbImage;
use image::imageops::{FilterType, resize};
use ratatui::style::Color;

use super::shape::Mosaic;
use super::truecolour::{BYTE_COST, render};
use crate::tui::images::cells::BlockCell;

const CELL: (usize, usize) = (8, 16);
const CELLS: (usize, usize) = (12, 6);
const SIDE: (usize, usize) = (CELL.0 * CELLS.0, CELL.1 * CELLS.1);

type Picture = Vec<[f32; 3]>;

fn blurred(picture: &[[f32; 3]]) -> Picture {
    let weights: Vec<f32> = (-6..=6)
        .map(|x| (-(x as f32 * x as f32) / (2.0 * 1.5 * 1.5)).exp())
        .collect();
    let sum: f32 = weights.iter().sum();
    let pass = |picture: &[[f32; 3]], step: (i32, i32)| -> Picture {
        let side = |at: i32, size: usize| {
            // Mirrored at the border.
            let size = size as i32;
            let at = if at < 0 { -at - 1 } else { at };
            (if at >= size { 2 * size - 1 - at } else { at }) as usize
        };
        (0..SIDE.0 * SIDE.1)
            .map(|at| {
                let (x, y) = ((at % SIDE.0) as i32, (at / SIDE.0) as i32);
                let mut mean = [0.0; 3];
                for (tap, weight) in (-6..=6).zip(&weights) {
                    let (x, y) = (
                        side(x + tap * step.0, SIDE.0),
                        side(y + tap * step.1, SIDE.1),
                    );
                    for (mean, value) in mean.iter_mut().zip(picture[y * SIDE.0 + x]) {
                        *mean += weight / sum * value;
                    }
                }
                mean
            })
            .collect()
    };
    pass(&pass(picture, (1, 0)), (0, 1))
}

/// Peak signal to noise, in dB.
fn psnr(a: &[[f32; 3]], b: &[[f32; 3]]) -> f64 {
    let error: f64 = blurred(a)
        .iter()
        .flatten()
        .zip(blurred(b).iter().flatten())
        .map(|(a, b)| f64::from(a - b).powi(2))
        .sum();
    10.0 * (255.0 * 255.0 * (3 * a.len()) as f64 / error).log10()
}

/// What a terminal shows.
fn drawn(cells: &[BlockCell], shape: Mosaic) -> Picture {
    let (across, down) = shape.grid();
    let rgb = |name| match name {
        Color::Rgb(r, g, b) => [r, g, b].map(f32::from),
        other => panic!("{other:?}"),
    };
    (0..SIDE.0 * SIDE.1)
        .map(|at| {
            let (x, y) = (at % SIDE.0, at / SIDE.0);
            let cell = &cells[y / CELL.1 * CELLS.0 + x / CELL.0];
            let pattern = (0..=shape.full())
                .find(|pattern| shape.symbol(*pattern) == cell.symbol)
                .unwrap();
            // As terminals divide 16 pixels into three: 5, 6, 5.
            let within = |at: usize, size: usize, parts: usize| {
                (0..parts)
                    .rev()
                    .find(|part| (part * size * 2 + parts) / (2 * parts) <= at)
                    .unwrap()
            };
            let (column, row) = (
                within(x % CELL.0, CELL.0, across),
                within(y % CELL.1, CELL.1, down),
            );
            match pattern >> (row * across + column) & 1 {
                1 => rgb(cell.fg),
                _ => rgb(cell.bg),
            }
        })
        .collect()
}

/// The mean over pictures of their PSNR and their bytes on the line a cell.
fn figures(pictures: &[RgbImage], shape: Mosaic, byte_cost: f32) -> (f64, f64) {
    let mut sums = (0.0, 0.0);
    for picture in pictures {
        let seen = resize(picture, SIDE.0 as u32, SIDE.1 as u32, FilterType::Lanczos3);
        let seen: Picture = seen.pixels().map(|pixel| pixel.0.map(f32::from)).collect();
        let cells = render(picture, CELLS, shape, byte_cost);
        sums.0 += psnr(&seen, &drawn(&cells, shape));
        sums.1 += bytes(&cells) as f64 / cells.len() as f64;
    }
    let count = pictures.len() as f64;
    (sums.0 / count, sums.1 / count)
}

/// What the cells take on the line.
fn bytes(cells: &[BlockCell]) -> usize {
    let mut count = 0;
    let mut before = (Color::Reset, Color::Reset);
    for cell in cells {
        let colour = |before, after| match after {
            Color::Rgb(r, g, b) if before != after => format!("38;2;{r};{g};{b};").len(),
            _ => 0,
        };
        let colours = colour(before.0, cell.fg) + colour(before.1, cell.bg);
        count += if colours > 0 { colours + 2 } else { 0 };
        count += cell.symbol.len_utf8();
        before = (cell.fg, cell.bg);
    }
    count
}

/// The middles of 100 pictures below the folder `LFW_PICTURES`.
#[test]
#[ignore = "needs LFW's pictures"]
fn figures_of_lfw() {
    let folder = std::env::var("LFW_PICTURES").expect("a folder");
    let mut files: Vec<std::path::PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .flat_map(|person| std::fs::read_dir(person.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let step = files.len() / 100;
    let pictures: Vec<RgbImage> = files
        .iter()
        .step_by(step)
        .take(100)
        .map(|file| {
            let picture = image::open(file).unwrap().to_rgb8();
            image::imageops::crop_imm(&picture, 50, 50, 150, 150).to_image()
        })
        .collect();
    for shape in Mosaic::ALL {
        for byte_cost in [0.0, 3.0, 6.0, BYTE_COST, 25.0, 50.0, 100.0] {
            let (psnr, bytes) = figures(&pictures, shape, byte_cost);
            println!(
                "{} {psnr:.2} dB, {bytes:.1} bytes a cell at {byte_cost}",
                shape.name()
            );
        }
    }
}
