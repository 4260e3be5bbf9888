//! How near mosaics are to the picture: drawn with 8 × 16 pixels a cell, and both blurred
//! as seen from a little away (a Gaussian of 1.5 pixels).

use image::RgbImage;
use image::imageops::{FilterType, resize};
use ratatui::style::Color;

use super::ansi256::render_diffused;
use super::resample::resample_means;
use super::shape::Mosaic;
use super::truecolour::{BYTE_COST, render};
use crate::tui::colours::ANSI16;
use crate::tui::images::ansi16::render_ansi16;
use crate::tui::images::cells::BlockCell;
use crate::tui::images::shades::{render_shades, stretch_contrast};

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

/// What a terminal shows, with grey text on black.
fn drawn(cells: &[BlockCell], shape: Mosaic) -> Picture {
    let (across, down) = shape.grid();
    let rgb = |name, default: f32| match name {
        Color::Rgb(r, g, b) => [r, g, b].map(f32::from),
        Color::Indexed(index @ 232..) => [8.0 + 10.0 * f32::from(index - 232); 3],
        Color::Indexed(index @ 16..) => {
            let steps = [0.0, 95.0, 135.0, 175.0, 215.0, 255.0];
            let i = usize::from(index - 16);
            [steps[i / 36], steps[i / 6 % 6], steps[i % 6]]
        }
        Color::Reset => [default; 3],
        name => {
            let found = ANSI16.iter().find(|(known, _)| *known == name);
            found.unwrap().1.map(f32::from)
        }
    };
    (0..SIDE.0 * SIDE.1)
        .map(|at| {
            let (x, y) = (at % SIDE.0, at / SIDE.0);
            let cell = &cells[y / CELL.1 * CELLS.0 + x / CELL.0];
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
            let part = row * across + column;
            let pattern = (0..=shape.full()).find(|p| shape.symbol(*p) == cell.symbol);
            let cover = match (cell.symbol, pattern) {
                ('░', _) => 0.25,
                ('▒', _) => 0.5,
                ('▓', _) => 0.75,
                (_, Some(pattern)) => f32::from(pattern >> part & 1),
                other => panic!("{other:?}"),
            };
            let (front, back) = (rgb(cell.fg, 255.0), rgb(cell.bg, 0.0));
            std::array::from_fn(|i| back[i] + (front[i] - back[i]) * cover)
        })
        .collect()
}

/// A picture with 8 × 16 pixels a cell.
fn seen(picture: &RgbImage) -> Picture {
    let seen = resize(picture, SIDE.0 as u32, SIDE.1 as u32, FilterType::Lanczos3);
    seen.pixels().map(|pixel| pixel.0.map(f32::from)).collect()
}

/// The mean over pictures of their PSNR and of their bytes on the line a cell.
fn figures(
    pictures: &[RgbImage],
    shape: Mosaic,
    render: impl Fn(&RgbImage) -> Vec<BlockCell>,
) -> (f64, f64) {
    let mut sums = (0.0, 0.0);
    for picture in pictures {
        let cells = render(picture);
        sums.0 += psnr(&seen(picture), &drawn(&cells, shape));
        sums.1 += bytes(&cells) as f64 / cells.len() as f64;
    }
    let count = pictures.len() as f64;
    (sums.0 / count, sums.1 / count)
}

/// The same without colours: the PSNR of brightness, stretched as it is drawn.
fn shades_psnr(pictures: &[RgbImage], shape: Mosaic) -> f64 {
    let grey = |values: &[f32]| -> Picture { values.iter().map(|v| [255.0 * v; 3]).collect() };
    let sum: f64 = pictures
        .iter()
        .map(|picture| {
            let cells = render_shades(picture, CELLS, shape, false);
            let wanted = grey(&stretch_contrast(&seen(picture)));
            psnr(&wanted, &drawn(&cells, shape.max(Mosaic::Quadrants)))
        })
        .sum();
    sum / pictures.len() as f64
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

/// Cells of the least error within each: the best two means of its parts.
fn cell_by_cell(picture: &RgbImage, shape: Mosaic) -> Vec<BlockCell> {
    let (across, down) = shape.grid();
    let width = CELLS.0 * across;
    let means = resample_means(picture, (width, CELLS.1 * down));
    let rgb = |colour: [f32; 3]| {
        let [r, g, b] = colour.map(|value| value.clamp(0.0, 255.0).round() as u8);
        Color::Rgb(r, g, b)
    };
    (0..CELLS.0 * CELLS.1)
        .map(|cell| {
            let (column, row) = (cell % CELLS.0, cell / CELLS.0);
            let parts: Vec<[f32; 3]> = (0..across * down)
                .map(|part| {
                    let (x, y) = (column * across + part % across, row * down + part / across);
                    means[y * width + x]
                })
                .collect();
            let with = |pattern: u8| {
                let mut sums = [[0.0_f32; 4]; 2];
                for (part, colour) in parts.iter().enumerate() {
                    let sum = &mut sums[usize::from(pattern >> part & 1)];
                    for (sum, value) in sum.iter_mut().zip(colour) {
                        *sum += value;
                    }
                    sum[3] += 1.0;
                }
                sums.map(|[r, g, b, count]| [r, g, b].map(|value| value / count.max(1.0)))
            };
            let error = |pattern: u8| -> f32 {
                let colours = with(pattern);
                let parts = parts.iter().enumerate();
                parts
                    .map(|(part, wanted)| {
                        let shown = colours[usize::from(pattern >> part & 1)];
                        (0..3).map(|i| (shown[i] - wanted[i]).powi(2)).sum::<f32>()
                    })
                    .sum()
            };
            let best = (0..=shape.full() / 2).min_by(|a, b| error(*a).total_cmp(&error(*b)));
            let best = best.unwrap();
            let [back, front] = with(best).map(rgb);
            BlockCell {
                symbol: shape.symbol(best),
                fg: front,
                bg: back,
            }
        })
        .collect()
}

#[test]
fn finer_mosaics_are_nearer_and_nearer_than_cell_by_cell() {
    let pictures: Vec<RgbImage> = (0..12)
        .map(|picture| {
            let pixels = crate::dataset::sample::draw_picture(picture).unwrap();
            let picture = RgbImage::from_raw(250, 250, pixels).unwrap();
            image::imageops::crop_imm(&picture, 50, 50, 150, 150).to_image()
        })
        .collect();
    let mut coarser = 0.0;
    for shape in Mosaic::ALL {
        let (own, bytes) = figures(&pictures, shape, |picture| {
            render(picture, CELLS, shape, BYTE_COST)
        });
        let (finest, more_bytes) = figures(&pictures, shape, |picture| {
            render(picture, CELLS, shape, 0.0)
        });
        let (each, _) = figures(&pictures, shape, |picture| cell_by_cell(picture, shape));
        println!("{shape:?} {own:.2} {finest:.2} {each:.2} dB, {bytes:.1} {more_bytes:.1} bytes");
        assert!(own > each + 0.3 && own > coarser + 0.8 && own > finest - 0.8);
        assert!(bytes < 0.85 * more_bytes, "{bytes} {more_bytes}");
        coarser = own;
    }
}

/// The middles of 100 pictures below the folder `LFW_PICTURES`, where that is set.
#[test]
fn figures_of_lfw() {
    let Ok(folder) = std::env::var("LFW_PICTURES") else {
        return;
    };
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
        let name = shape.name();
        for byte_cost in [0.0, BYTE_COST] {
            let (psnr, bytes) = figures(&pictures, shape, |picture| {
                render(picture, CELLS, shape, byte_cost)
            });
            println!("{name} {psnr:.2} dB, {bytes:.1} bytes a cell at {byte_cost}");
        }
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let (psnr, _) = figures(&pictures, shape, |picture| {
                render_diffused(picture, CELLS, shape, share)
            });
            println!("{name} in 256 colours {psnr:.2} dB at {share}");
        }
        let (psnr, _) = figures(&pictures, shape, |picture| {
            render_ansi16(picture, CELLS, shape)
        });
        println!("{name} in 16 colours {psnr:.2} dB");
        println!("{name} in shades {:.2} dB", shades_psnr(&pictures, shape));
    }
}
