//! Local phase quantization (Ojansivu and Heikkilä 2008): the signs of four coefficients of the
//! Fourier transform around each pixel, which blur hardly changes.

use super::grey::Grey;

/// Signs of the real and imaginary parts of four coefficients.
pub(super) const BINS: usize = 256;

/// The code that the mirrored picture has in its place: its coefficients are those of the
/// opposite horizontal frequency.
pub(super) fn mirrored(code: u8) -> u8 {
    // A real picture's coefficient at the opposite frequency is the conjugate.
    let horizontal = (code & 0b11) ^ 0b10;
    let vertical = code & 0b1100;
    let diagonals = code.rotate_right(4) & 0x0f;
    horizontal | vertical | (((diagonals >> 2) | ((diagonals << 2) & 0b1100)) << 4)
}

/// The code of each pixel, from the window of `side` pixels (odd) around it: bits 2k and 2k + 1
/// are set where the real and the imaginary part of coefficient k are positive, at the frequencies
/// (a, 0), (0, a), (a, a) and (−a, a) with a = 1 / `side`. Pixels whose window leaves the
/// picture get no code.
pub(super) fn codes(picture: &Grey, side: usize) -> Vec<u8> {
    let wave = Wave::new(side);
    let (width, height) = (picture.width, picture.height);
    let inner = width - side + 1;
    // Filtered along x: the sum, and the real and imaginary part of the wave.
    let filtered: Vec<[Vec<f32>; 3]> = (0..height)
        .map(|y| {
            let row = picture.row(y);
            let along = |weights: &[f32]| weighted_sum(weights, inner, |tap| &row[tap..]);
            [along(&wave.ones), along(&wave.real), along(&wave.imaginary)]
        })
        .collect();
    let mut codes = vec![0u8; width * height];
    let margin = side / 2;
    for y in margin..height - margin {
        let down = |weights: &[f32], part: usize| {
            weighted_sum(weights, inner, |tap| &filtered[y - margin + tap][part])
        };
        let (ones, real, imaginary) = (&wave.ones, &wave.real, &wave.imaginary);
        let horizontal = [down(ones, 1), down(ones, 2)];
        let vertical = [down(real, 0), down(imaginary, 0)];
        let (rr, ri) = (down(real, 1), down(real, 2));
        let (ir, ii) = (down(imaginary, 1), down(imaginary, 2));
        let out = &mut codes[y * width + margin..][..inner];
        for (x, code) in out.iter_mut().enumerate() {
            let parts = [
                horizontal[0][x],
                horizontal[1][x],
                vertical[0][x],
                vertical[1][x],
                rr[x] - ii[x],
                ri[x] + ir[x],
                rr[x] + ii[x],
                ir[x] - ri[x],
            ];
            for (bit, part) in parts.into_iter().enumerate() {
                *code |= u8::from(part > 0.0) << bit;
            }
        }
    }
    codes
}

/// Σ weights\[tap\] · source(tap)\[x\] for x from 0 to `length`.
fn weighted_sum<'a>(
    weights: &[f32],
    length: usize,
    source: impl Fn(usize) -> &'a [f32],
) -> Vec<f32> {
    let mut sum = vec![0.0; length];
    for (tap, weight) in weights.iter().enumerate() {
        for (sum, value) in sum.iter_mut().zip(source(tap)) {
            *sum += weight * value;
        }
    }
    sum
}

/// One period of a complex wave exp(−2πi·x / side) for x from −side/2 to side/2, and a constant.
struct Wave {
    ones: Vec<f32>,
    real: Vec<f32>,
    imaginary: Vec<f32>,
}

impl Wave {
    fn new(side: usize) -> Self {
        let angles = (0..side).map(|tap| {
            let x = tap as f64 - (side / 2) as f64;
            -std::f64::consts::TAU * x / side as f64
        });
        Self {
            ones: vec![1.0; side],
            real: angles.clone().map(|angle| angle.cos() as f32).collect(),
            imaginary: angles.map(|angle| angle.sin() as f32).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(mirror: bool) -> Grey {
        Grey::from_fn(21, 15, |x, y| {
            let x = if mirror { 20 - x } else { x };
            (((x * 37 + y * 91 + x * x * y * 7) % 251) as f32) + 0.25 * x as f32
        })
    }

    #[test]
    fn the_mirrored_picture_has_the_mirrored_codes() {
        let (codes_, mirrored_) = (codes(&picture(false), 5), codes(&picture(true), 5));
        for y in 2..13 {
            for x in 2..19 {
                let code = codes_[y * 21 + x];
                assert_eq!(mirrored_[y * 21 + 20 - x], mirrored(code), "{x} {y}");
                assert_eq!(mirrored(mirrored(code)), code);
            }
        }
    }

    #[test]
    fn coefficients_have_the_signs_of_a_direct_transform() {
        let (side, picture) = (5, picture(false));
        let codes = codes(&picture, side);
        let a = std::f64::consts::TAU / side as f64;
        for (x, y) in [(2, 2), (9, 7), (18, 12)] {
            let mut expected = 0;
            for (k, (u, v)) in [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (-1.0, 1.0)]
                .into_iter()
                .enumerate()
            {
                let (mut real, mut imaginary) = (0.0, 0.0);
                for dy in -2i32..=2 {
                    for dx in -2i32..=2 {
                        let value = picture.row((y + dy) as usize)[(x + dx) as usize];
                        let angle = -a * (u * f64::from(dx) + v * f64::from(dy));
                        real += f64::from(value) * angle.cos();
                        imaginary += f64::from(value) * angle.sin();
                    }
                }
                expected |= u8::from(real > 0.0) << (2 * k);
                expected |= u8::from(imaginary > 0.0) << (2 * k + 1);
            }
            assert_eq!(codes[(y * 21 + x) as usize], expected, "{x} {y}");
        }
    }
}
