//! A picture as the parts of a mosaic see it.

use image::RgbImage;

/// How much is seen of what lies around a part, as the standard deviation of a Gaussian
/// in cell widths. From a usual distance an eye blurs a cell of 8 × 16 pixels by about
/// 1.5 of them; what is drawn is blurred as well as the picture, so that their
/// difference is blurred twice.
pub(super) const BLUR: f32 = 1.5 / 8.0 * std::f32::consts::SQRT_2;

/// How much higher than wide a cell is taken to be.
pub(super) const CELL_HEIGHT: f32 = 2.0;

/// A grid of colours, row by row, each channel from 0 to 255.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) colours: Vec<[f32; 3]>,
}

impl Grid {
    pub(super) fn at(&self, x: usize, y: usize) -> [f32; 3] {
        self.colours[y * self.width + x]
    }
}

/// Where a step of the grid gets its colour from: pixels from `start` on.
struct Taps {
    start: usize,
    weights: Vec<f32>,
}

/// Each part of `width × height` as the blurred mean of its area. `blur` is in parts,
/// across and down.
pub(super) fn resample(
    pixels: &RgbImage,
    (width, height): (usize, usize),
    blur: (f32, f32),
) -> Grid {
    let source_width = pixels.width() as usize;
    let columns = taps(source_width, width, blur.0);
    let rows = taps(pixels.height() as usize, height, blur.1);
    let row_len = 3 * source_width;
    let mut colours = Vec::with_capacity(width * height);
    let mut row = vec![0.0_f32; row_len];
    for tap in &rows {
        row.fill(0.0);
        let lines = pixels.as_raw()[tap.start * row_len..].chunks_exact(row_len);
        for (line, weight) in lines.zip(&tap.weights) {
            for (sum, value) in row.iter_mut().zip(line) {
                *sum += weight * f32::from(*value);
            }
        }
        for tap in &columns {
            let mut colour = [0.0; 3];
            let pixels = row[3 * tap.start..].chunks_exact(3);
            for (pixel, weight) in pixels.zip(&tap.weights) {
                for (sum, value) in colour.iter_mut().zip(pixel) {
                    *sum += weight * value;
                }
            }
            colours.push(colour);
        }
    }
    Grid {
        width,
        height,
        colours,
    }
}

/// Each part of `width × height` as the mean of its area, hardly blurred.
pub(in crate::tui::images) fn resample_means(
    pixels: &RgbImage,
    size: (usize, usize),
) -> Vec<[f32; 3]> {
    resample(pixels, size, (0.15, 0.15)).colours
}

/// The taps of every step of one side.
fn taps(source: usize, steps: usize, blur: f32) -> Vec<Taps> {
    let scale = source as f32 / steps as f32;
    let reach = 0.5 + 2.6 * blur;
    // Few pixels a part: between them, where the part lies, the picture is a cubic.
    let samples = if scale < 1.0 {
        (8.0 * reach).ceil() as usize
    } else {
        0
    };
    (0..steps)
        .map(|step| {
            let centre = (step as f32 + 0.5) * scale;
            let support = reach * scale + if scale < 1.0 { 2.0 } else { 0.0 };
            let start = (centre - support).floor().max(0.0) as usize;
            let end = ((centre + support).ceil() as usize).clamp(start + 1, source);
            let start = start.min(end - 1);
            let mut weights = vec![0.0; end - start];
            for (at, weight) in weights.iter_mut().enumerate() {
                let from_centre = (start + at) as f32 + 0.5 - centre;
                *weight = if samples == 0 {
                    part_weight(from_centre / scale, blur)
                } else {
                    (0..samples)
                        .map(|sample| {
                            let offset = (sample as f32 + 0.5) / samples as f32 * 2.0 - 1.0;
                            let offset = offset * reach;
                            part_weight(offset, blur) * cubic(from_centre - offset * scale)
                        })
                        .sum()
                };
            }
            let sum: f32 = weights.iter().sum();
            for weight in &mut weights {
                *weight /= sum;
            }
            Taps { start, weights }
        })
        .collect()
}

/// The weight of what is `offset` parts from the middle of a part: a box of one part,
/// blurred.
fn part_weight(offset: f32, blur: f32) -> f32 {
    let below = |x: f32| normal_distribution(x / blur);
    below(offset + 0.5) - below(offset - 0.5)
}

/// The normal distribution function, to 0.0002 (Tocher's logistic with the cubic term of
/// Page 1977).
fn normal_distribution(x: f32) -> f32 {
    let y = 0.797_884_6 * x * (1.0 + 0.044_715 * x * x);
    0.5 * (1.0 + y.tanh())
}

/// Catmull and Rom's cubic at `x` pixels.
fn cubic(x: f32) -> f32 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

/// How much of a part is seen in itself and in the next part of the same side, where
/// both are blurred: they sum to one with the part before it. `blur` is in parts.
pub(super) fn coupling(blur: f32) -> (f32, f32) {
    // The mean over one part of the weight of another.
    let mean = |distance: f32| -> f32 {
        let steps = 32;
        let sum: f32 = (0..steps)
            .map(|step| part_weight((step as f32 + 0.5) / 32.0 - 0.5 + distance, blur))
            .sum();
        sum / 32.0
    };
    let (own, next) = (mean(0.0), mean(1.0));
    let sum = own + 2.0 * next;
    (own / sum, next / sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn a_plain_picture_stays_plain_at_any_size() {
        for (width, height) in [(1, 1), (3, 200), (250, 250)] {
            let plain = RgbImage::from_pixel(width, height, Rgb([10, 100, 200]));
            for size in [(1, 2), (24, 18), (300, 7)] {
                let grid = resample(&plain, size, (0.5, 0.4));
                assert_eq!(grid.colours.len(), size.0 * size.1);
                for colour in grid.colours {
                    for (value, wanted) in colour.iter().zip([10.0, 100.0, 200.0]) {
                        assert!((value - wanted).abs() < 0.01, "{colour:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_mean_of_a_picture_is_kept() {
        let ramp = RgbImage::from_fn(150, 150, |x, y| Rgb([x as u8, y as u8, 0]));
        for size in [(24, 18), (10, 10), (300, 300)] {
            let grid = resample(&ramp, size, (0.5, 0.4));
            let mean = |i: usize| {
                grid.colours.iter().map(|colour| colour[i]).sum::<f32>() / grid.colours.len() as f32
            };
            assert!((mean(0) - 74.5).abs() < 0.5, "{size:?} {}", mean(0));
            assert!((mean(1) - 74.5).abs() < 0.5, "{size:?} {}", mean(1));
        }
    }

    #[test]
    fn the_distribution_is_the_normal_one() {
        for (x, known) in [
            (0.0, 0.5),
            (1.0, 0.841_34),
            (-2.0, 0.022_75),
            (3.0, 0.998_65),
        ] {
            assert!((normal_distribution(x) - known).abs() < 3e-4, "{x}");
        }
    }
}
