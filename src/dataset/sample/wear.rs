//! Glasses and hats.

use super::canvas::{Canvas, Coverage, closed_curve, stroke, two_curves};
use super::cast::Frames;
use super::features::Face;
use super::numeric::{
    Colour, Point, channels, dot, linear, mix, normalised, scaled, smooth_step, value_noise,
};
use super::shot::{Eyewear, Hat};

/// How far glasses sit in front of the face.
const GLASSES_LIFT: f32 = 5.0;

/// Glasses or sunglasses, with their shadow and glare.
pub(super) fn draw_eyewear(canvas: &mut Canvas, face: &Face) {
    let (across, down, square, frame, width): (f32, f32, f32, Colour, f32) = match face.shot.eyewear
    {
        Eyewear::None => return,
        Eyewear::Glasses(Frames::Round) => (13.6, 12.6, 0.0, linear(92, 64, 40), 1.7),
        Eyewear::Glasses(Frames::Heavy) => (15.4, 11.2, 0.8, linear(26, 22, 22), 3.2),
        Eyewear::Glasses(_) => (15.0, 10.2, 0.6, linear(128, 126, 122), 1.5),
        Eyewear::Sunglasses => (16.4, 12.4, 0.5, linear(20, 18, 18), 2.2),
    };
    let (identity, pose) = (face.identity, face.pose);
    let (ex, ey) = (identity.eye_x + 0.6, identity.eye_y + 1.6);
    let dark = face.shot.eyewear == Eyewear::Sunglasses;
    let metal = face.lit(frame);
    for side in [-1.0, 1.0] {
        let ring = |grow: f32, shift: f32| -> Vec<Point> {
            lens_outline(square)
                .iter()
                .map(|&(u, v)| {
                    let (x, y) = (side * (ex + u * (across + grow)), ey + v * (down + grow));
                    let (px, py) = pose.lifted(x, y, GLASSES_LIFT);
                    (px - shift * face.shot.light.direction[0], py + shift)
                })
                .collect()
        };
        let outer = Coverage::of(closed_curve(&ring(width * 0.5, 0.0)), 0.0);
        let inner = Coverage::of(closed_curve(&ring(-width * 0.5, 0.0)), 0.0);
        let shadow = Coverage::of(closed_curve(&ring(width, 3.0)), 1.0)
            .without(&Coverage::of(closed_curve(&ring(-width, 3.0)), 1.0))
            .within(face.head);
        canvas.multiply(&shadow, [0.78, 0.72, 0.70]);
        let top = pose.lifted(side * ex, ey - down, GLASSES_LIFT).1;
        let tall = pose.length(2.0 * down);
        if dark {
            canvas.paint_veil(&inner, |_, y| {
                let fall = ((y - top) / tall).clamp(0.0, 1.0);
                (scaled(linear(52, 44, 40), 0.25 + 0.6 * fall * fall), 0.95)
            });
        } else {
            canvas.tint(&inner, face.lit(linear(232, 238, 242)), 0.035);
        }
        let centre = pose.lifted(side * ex, ey, GLASSES_LIFT);
        let slant = pose.length(across);
        let glare = inner.clone().shaped(|x, y| {
            let along = (x - centre.0) + 0.7 * (y - centre.1);
            smooth_step(-0.62, -0.45, along / slant) * smooth_step(-0.1, -0.3, along / slant)
        });
        canvas.tint(&glare, [0.9, 0.95, 1.0], if dark { 0.22 } else { 0.09 });
        canvas.tint(&outer.without(&inner), metal, 0.95);
        let arm: Vec<Point> = vec![
            pose.lifted(side * (ex + across), ey - down * 0.45, GLASSES_LIFT),
            pose.place(side * (identity.half_width + 1.0), ey - down * 0.35, 4.0),
        ];
        canvas.tint(
            &Coverage::of(stroke(&arm, |_| pose.length(width)), 0.0),
            metal,
            0.9,
        );
    }
    let bridge: Vec<Point> = [-1.0, -0.4, 0.4, 1.0]
        .iter()
        .map(|&t: &f32| {
            let x = t * (ex - across * 0.94);
            pose.lifted(
                x,
                ey - down * 0.25 - 1.6 * (1.0 - t * t),
                GLASSES_LIFT + 2.0,
            )
        })
        .collect();
    canvas.tint(
        &Coverage::of(stroke(&bridge, |_| pose.length(width)), 0.0),
        metal,
        0.95,
    );
}

/// A lens between a circle (0) and a rounded rectangle (1), within ±1.
fn lens_outline(square: f32) -> Vec<Point> {
    const POINTS: usize = 16;
    (0..POINTS)
        .map(|index| {
            let angle = index as f32 * std::f32::consts::TAU / POINTS as f32;
            let (sine, cosine) = super::numeric::sine_cosine(angle);
            let reach = sine.abs().max(cosine.abs());
            let stretch = mix(1.0, 0.72 / reach + 0.28, square);
            (cosine * stretch, sine * stretch)
        })
        .collect()
}

/// A cap with its peak, or a knitted hat.
pub(super) fn draw_hat(canvas: &mut Canvas, face: &Face) {
    let Some(hat) = face.shot.hat else { return };
    let (identity, pose) = (face.identity, face.pose);
    let w = identity.half_width + 4.0;
    let (colour, brim) = match hat {
        Hat::Cap(colour) => (colour, identity.hairline + 5.0),
        Hat::Beanie(colour) => (colour, identity.hairline + 7.0),
    };
    let crown: Vec<Point> = [
        (-w, brim + 12.0),
        (-w * 1.02, -34.0),
        (-w * 0.82, -58.0),
        (-w * 0.4, -74.0),
        (0.0, -78.0),
        (w * 0.4, -74.0),
        (w * 0.82, -58.0),
        (w * 1.02, -34.0),
        (w, brim + 12.0),
    ]
    .iter()
    .map(|&(x, y)| pose.skull(x, y))
    .collect();
    let edge: Vec<Point> = [
        (w * 0.97, brim + 9.0),
        (w * 0.6, brim + 1.0),
        (0.0, brim - 2.0),
        (-w * 0.6, brim + 1.0),
        (-w * 0.97, brim + 9.0),
    ]
    .iter()
    .map(|&(x, y)| pose.face(x, y))
    .collect();
    let shadow: Vec<Point> = edge.iter().map(|&(x, y)| (x, y + 5.0)).collect();
    let cast = Coverage::of(two_curves(&crown, &shadow), 3.0).within(face.head);
    canvas.multiply(&cast, [0.5, 0.45, 0.45]);
    let knitted = matches!(hat, Hat::Beanie(_));
    let seed = face.shot.seed ^ 0x4a7;
    let cloth = |x: f32, y: f32| {
        let (u, v) = pose.upright(x, y);
        let rib = if knitted {
            let wave = super::numeric::sine_cosine(u * 1.1).0;
            0.82 + 0.18 * wave + 0.12 * value_noise(seed, u * 0.6, v * 0.6)
        } else {
            let seam = smooth_step(0.0, 1.2, (u - pose.yaw_sine * 30.0).abs());
            0.8 + 0.2 * seam
        };
        lit_cloth(face, scaled(colour, rib), u / (w * 1.1), (v + 30.0) / 60.0)
    };
    canvas.paint(&Coverage::of(two_curves(&crown, &edge), 0.0), cloth);
    if knitted {
        let band: Vec<Point> = edge
            .iter()
            .map(|&(x, y)| (x, y - pose.length(11.0)))
            .rev()
            .collect();
        let fold = Coverage::of(two_curves(&edge, &band), 0.0);
        canvas.paint(&fold, |x, y| scaled(cloth(x, y), 1.18));
    } else {
        let lip: Vec<Point> = [
            (-w * 0.74, brim + 5.0),
            (-w * 0.44, brim + 9.0),
            (0.0, brim + 9.5),
            (w * 0.44, brim + 9.0),
            (w * 0.74, brim + 5.0),
        ]
        .iter()
        .map(|&(x, y)| pose.lifted(x, y, 22.0 * (1.0 - (x / w) * (x / w))))
        .collect();
        let back: Vec<Point> = edge[0..5].iter().map(|&(x, y)| (x, y - 2.0)).collect();
        let peak = Coverage::of(two_curves(&lip, &back), 0.0);
        canvas.paint(&peak, |x, y| {
            let (u, _) = pose.upright(x, y);
            lit_cloth(face, scaled(colour, 0.75), u / (w * 1.3), -0.5)
        });
    }
}

/// Cloth whose normal points (across, down) on screen.
pub(super) fn lit_cloth(face: &Face, colour: Colour, across: f32, down: f32) -> Colour {
    let light = &face.shot.light;
    let (nx, ny) = (across.clamp(-0.95, 0.95), down.clamp(-0.9, 0.9));
    let normal = normalised([nx, ny, (1.05 - nx * nx - ny * ny).max(0.1).sqrt()]);
    let facing = ((dot(normal, light.direction) + 0.25) / 1.25).max(0.0);
    channels(|channel| {
        colour[channel]
            * (light.ambient[channel] * (0.95 - 0.2 * ny)
                + light.colour[channel] * light.strength * facing)
    })
}
