//! From light on the canvas to a photograph's bytes: exposure, colour,
//! contrast, focus, grain.

use super::canvas::{Canvas, SIDE};
use super::numeric::{Dice, smooth_step};
use super::shot::Shot;

/// The picture as RGB bytes, row-major.
pub(super) fn develop(canvas: &Canvas, shot: &Shot) -> Vec<u8> {
    let camera = shot.camera;
    let gain = [
        camera.exposure * (1.0 + camera.warmth),
        camera.exposure,
        camera.exposure * (1.0 - camera.warmth),
    ];
    let middle = SIDE as f32 / 2.0;
    let mut screen: Vec<[f32; 3]> = Vec::with_capacity(SIDE * SIDE);
    for (index, pixel) in canvas.pixels.iter().enumerate() {
        let x = (index % SIDE) as f32 - middle;
        let y = (index / SIDE) as f32 - middle;
        let corner = 1.0 - 0.22 * smooth_step(0.6, 2.0, (x * x + y * y) / (middle * middle));
        screen.push(
            [0, 1, 2].map(|channel| tone(pixel[channel] * gain[channel] * corner, camera.contrast)),
        );
    }
    if camera.blur >= 0.3 {
        defocus(&mut screen, camera.blur);
    }
    let mut dice = Dice::new(super::identity::SEED, 200, u64::from(shot.seed));
    let mut bytes = Vec::with_capacity(SIDE * SIDE * 3);
    for pixel in &screen {
        let random = dice.bits();
        for (channel, value) in pixel.iter().enumerate() {
            // Grain is mostly the same in all channels, a little of each's own.
            let shared = (random & 0xff) as f32 + ((random >> 8) & 0xff) as f32 - 255.0;
            let own = ((random >> (14 + 6 * channel)) & 0x3f) as f32 - 31.5;
            let grain = camera.grain * (shared / 104.5 + 0.4 * own / 18.5);
            let value = value * 255.0 + grain + 0.5;
            bytes.push(value.clamp(0.0, 255.0) as u8);
        }
    }
    bytes
}

/// Linear light to a screen value between 0 and 1: gamma 2, a soft shoulder
/// so that bright skin does not clip, contrast around the middle.
fn tone(light: f32, contrast: f32) -> f32 {
    let light = light.max(0.0);
    let shoulder = light * (1.0 + light * 0.10) / (1.0 + light * 0.34);
    let value = (shoulder * 1.12).sqrt();
    (0.48 + (value - 0.48) * contrast).clamp(0.0, 1.0)
}

/// A three-tap blur each way; `radius` up to about 2 pixels.
fn defocus(screen: &mut [[f32; 3]], radius: f32) {
    let passes = if radius > 0.9 { 3 } else { 1 };
    let side_weight = (radius / passes as f32 * 0.6).min(0.33);
    let mut line = [[0.0; 3]; SIDE];
    for _ in 0..passes {
        for (stride, step) in [(1, SIDE), (SIDE, 1)] {
            for start in 0..SIDE {
                for (index, value) in line.iter_mut().enumerate() {
                    *value = screen[start * step + index * stride];
                }
                for index in 0..SIDE {
                    let before = line[index.saturating_sub(1)];
                    let after = line[(index + 1).min(SIDE - 1)];
                    let pixel = &mut screen[start * step + index * stride];
                    for channel in 0..3 {
                        pixel[channel] = line[index][channel] * (1.0 - 2.0 * side_weight)
                            + (before[channel] + after[channel]) * side_weight;
                    }
                }
            }
        }
    }
}
