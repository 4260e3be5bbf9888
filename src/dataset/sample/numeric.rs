//! Arithmetic that gives the same bits on every machine: only additions,
//! products, quotients and square roots, which IEEE 754 rounds exactly, and
//! never the platform's `sin`, `exp` or `atan2`.

use rand::Rng;
use rand_pcg::Pcg64Mcg;

use crate::rng::{Purpose, generator};

/// A point or vector of the picture plane, in pixels.
pub(super) type Point = (f32, f32);

/// Linear-light red, green and blue, 0 to about 1.
pub(super) type Colour = [f32; 3];

/// Random numbers for one subject (a person, a picture).
pub(super) struct Dice(Pcg64Mcg);

impl Dice {
    pub(super) fn new(seed: u64, step: u64, item: u64) -> Self {
        Self(generator(seed, Purpose::SyntheticFace, step, item))
    }

    /// 32 random bits.
    pub(super) fn bits(&mut self) -> u32 {
        (self.0.next_u64() >> 32) as u32
    }

    /// Uniform between the bounds.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * ((self.bits() >> 8) as f32 / 16_777_216.0)
    }

    /// Bell-shaped around `middle`, never further from it than `reach`.
    pub(super) fn around(&mut self, middle: f32, reach: f32) -> f32 {
        let sum: f32 = (0..3).map(|_| self.between(-1.0, 1.0)).sum();
        middle + reach * sum / 3.0
    }

    pub(super) fn chance(&mut self, probability: f32) -> bool {
        self.between(0.0, 1.0) < probability
    }

    /// One of the items, which must not be empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[(self.bits() as usize) % items.len()]
    }
}

/// Sine and cosine of an angle in radians, to about 1e-5.
pub(super) fn sine_cosine(angle: f32) -> (f32, f32) {
    (sine(angle), sine(angle + std::f32::consts::FRAC_PI_2))
}

fn sine(angle: f32) -> f32 {
    use std::f32::consts::{PI, TAU};
    let turns = angle / TAU;
    let mut x = (turns - floor(turns) as f32) * TAU; // 0 … 2π
    if x > PI {
        x -= TAU; // −π … π
    }
    if x > PI / 2.0 {
        x = PI - x;
    } else if x < -PI / 2.0 {
        x = -PI - x;
    }
    let square = x * x;
    x * (1.0 - square / 6.0 * (1.0 - square / 20.0 * (1.0 - square / 42.0 * (1.0 - square / 72.0))))
}

/// The angle of a vector in radians, −π to π, to about 1e-3.
pub(super) fn angle_of(x: f32, y: f32) -> f32 {
    use std::f32::consts::{FRAC_PI_2, PI};
    let (width, height) = (x.abs(), y.abs());
    let ratio = width.min(height) / width.max(height).max(1e-9);
    let square = ratio * ratio;
    // Abramowitz and Stegun 4.4.47, shortened.
    let mut angle = ratio
        * (0.999_866
            + square
                * (-0.330_299_5
                    + square * (0.180_141 - 0.085_133 * square + 0.020_835 * square * square)));
    if height > width {
        angle = FRAC_PI_2 - angle;
    }
    if x < 0.0 {
        angle = PI - angle;
    }
    if y < 0.0 { -angle } else { angle }
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(super) fn smooth_step(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// 1 at distance 0, 0 from distance 1 on, given the squared distance.
pub(super) fn bump(square: f32) -> f32 {
    if square >= 1.0 {
        return 0.0;
    }
    (1.0 - square) * (1.0 - square)
}

pub(super) fn mix(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}

pub(super) fn blend(a: Colour, b: Colour, share: f32) -> Colour {
    [
        mix(a[0], b[0], share),
        mix(a[1], b[1], share),
        mix(a[2], b[2], share),
    ]
}

pub(super) fn scaled(colour: Colour, factor: f32) -> Colour {
    [colour[0] * factor, colour[1] * factor, colour[2] * factor]
}

/// The linear light of a screen colour; gamma 2, which a square root undoes exactly.
pub(super) fn linear(red: u8, green: u8, blue: u8) -> Colour {
    [red, green, blue].map(|byte| {
        let value = f32::from(byte) / 255.0;
        value * value
    })
}

pub(super) fn normalised(v: [f32; 3]) -> [f32; 3] {
    let length = dot(v, v).sqrt().max(1e-6);
    [v[0] / length, v[1] / length, v[2] / length]
}

pub(super) fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The largest integer not above `x`; much quicker than the library call where
/// the processor's own rounding may not be assumed.
fn floor(x: f32) -> i32 {
    let cut = x as i32;
    if cut as f32 > x { cut - 1 } else { cut }
}

/// A colour from its channels.
pub(super) fn channels(value: impl Fn(usize) -> f32) -> Colour {
    [value(0), value(1), value(2)]
}

/// Smooth random values between 0 and 1 over the plane, one lattice point per unit.
pub(super) fn value_noise(seed: u32, x: f32, y: f32) -> f32 {
    let (column, row) = (floor(x), floor(y));
    let (s, t) = (x - column as f32, y - row as f32);
    let (s, t) = (s * s * (3.0 - 2.0 * s), t * t * (3.0 - 2.0 * t));
    let top = mix(
        lattice_value(seed, column, row),
        lattice_value(seed, column + 1, row),
        s,
    );
    let bottom = mix(
        lattice_value(seed, column, row + 1),
        lattice_value(seed, column + 1, row + 1),
        s,
    );
    mix(top, bottom, t)
}

fn lattice_value(seed: u32, column: i32, row: i32) -> f32 {
    let mut h =
        seed ^ (column as u32).wrapping_mul(0x9e37_79b1) ^ (row as u32).wrapping_mul(0x85eb_ca77);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    ((h ^ (h >> 17)) >> 8) as f32 / 16_777_216.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_cosine_and_angle_agree_with_the_standard_library() {
        for step in -70..70 {
            let angle = step as f32 * 0.1;
            let (sine, cosine) = sine_cosine(angle);
            assert!((sine - angle.sin()).abs() < 2e-4, "sine of {angle}");
            assert!((cosine - angle.cos()).abs() < 2e-4, "cosine of {angle}");
            let back = angle_of(cosine, sine);
            let turn = std::f32::consts::TAU;
            let error = (back - angle).rem_euclid(turn);
            assert!(error.min(turn - error) < 2e-3, "angle of {angle}: {back}");
        }
    }

    #[test]
    fn noise_stays_between_zero_and_one_and_is_continuous() {
        for step in 0..2000 {
            let x = step as f32 * 0.01 - 10.0;
            let here = value_noise(7, x, -x);
            assert!((0.0..=1.0).contains(&here));
            assert!((here - value_noise(7, x + 0.001, -x)).abs() < 0.01);
        }
    }
}
