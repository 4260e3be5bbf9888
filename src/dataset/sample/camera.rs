//! From light on the canvas to a photograph's bytes: exposure, colour,
//! contrast, focus, grain.

use super::canvas::{Canvas, SIDE};
use super::numeric::Dice;
use super::shot::Shot;

/// The picture as RGB bytes, row-major; the canvas is used up.
pub(super) fn develop(canvas: &mut Canvas, shot: &Shot) -> Vec<u8> {
    let camera = shot.camera;
    let gain = [
        camera.exposure * (1.0 + camera.warmth),
        camera.exposure,
        camera.exposure * (1.0 - camera.warmth),
    ];
    let middle = SIDE as f32 / 2.0;
    let mut gains = [[0.0; 3]; SIDE];
    for (row, line) in canvas.pixels.chunks_exact_mut(SIDE).enumerate() {
        let y = row as f32 - middle;
        for (column, gains) in gains.iter_mut().enumerate() {
            let x = column as f32 - middle;
            // The corners of a lens's picture are a little darker.
            let off = (x * x + y * y) / (middle * middle);
            let corner = 1.0 - 0.055 * off * off;
            *gains = gain.map(|gain| gain * corner);
        }
        for (value, gain) in line.as_flattened_mut().iter_mut().zip(gains.as_flattened()) {
            *value = tone(*value * gain, camera.contrast);
        }
    }
    if camera.blur >= 0.3 {
        defocus(&mut canvas.pixels, camera.blur);
    }
    grained(&canvas.pixels, camera.grain, shot.seed)
}

/// Bytes, with the grain of a sensor: mostly the same in all channels of a
/// pixel, a little of each's own. It also hides the steps between bytes.
fn grained(screen: &[[f32; 3]], grain: f32, seed: u32) -> Vec<u8> {
    let mut dice = Dice::new(super::identity::SEED, 200, u64::from(seed));
    let mut bytes = Vec::with_capacity(screen.len() * 3);
    let mut grains = [[0.0; 3]; SIDE];
    let share = grain * 0.4 / 18.5;
    for line in screen.chunks_exact(SIDE) {
        for grains in &mut grains {
            let random = dice.bits();
            let shared = (random & 0xff) as f32 + ((random >> 8) & 0xff) as f32 - 255.0;
            for (channel, value) in grains.iter_mut().enumerate() {
                let own = ((random >> (14 + 6 * channel)) & 0x3f) as f32 - 31.5;
                *value = grain / 104.5 * shared + share * own;
            }
        }
        let values = line.as_flattened().iter().zip(grains.as_flattened());
        bytes.extend(values.map(|(value, grain)| {
            let value = (value * 255.0 + grain).clamp(0.0, 255.0);
            // 2^23 pushes the rounded value into the lowest bits: unlike a
            // cast, this is done for many at a time.
            (value + 8_388_608.0).to_bits() as u8
        }));
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
    const LINE: usize = 3 * SIDE;
    let passes = if radius > 0.9 { 3 } else { 1 };
    let aside = (radius / passes as f32 * 0.6).min(0.33);
    let values = screen.as_flattened_mut();
    let mut before = vec![0.0; LINE];
    let mut here = vec![0.0; LINE];
    for _ in 0..passes {
        for line in values.chunks_exact_mut(LINE) {
            here.copy_from_slice(line);
            let neighbours = here.iter().zip(&here[6..]);
            for (value, (left, right)) in line[3..].iter_mut().zip(neighbours) {
                *value += aside * (left + right - 2.0 * *value);
            }
        }
        before.copy_from_slice(&values[..LINE]);
        for row in 1..SIDE - 1 {
            let (above, below) = values.split_at_mut((row + 1) * LINE);
            let line = &mut above[row * LINE..];
            here.copy_from_slice(line);
            let neighbours = before.iter().zip(&below[..LINE]);
            for (value, (up, down)) in line.iter_mut().zip(neighbours) {
                *value += aside * (up + down - 2.0 * *value);
            }
            std::mem::swap(&mut before, &mut here);
        }
    }
}
