//! Hair: what hangs behind the head, and the cap in front with its hairline.

use super::canvas::{Canvas, Coverage, closed_curve, two_curves};
use super::cast::Style;
use super::features::Face;
use super::numeric::{
    Colour, Point, angle_of, bump, channels, dot, mix, normalised, sine_cosine, smooth_step,
    value_noise,
};
use super::shot::Hat;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Texture {
    Cropped,
    Straight,
    Wavy,
    Curly,
}

/// A style in numbers; lengths in pixels of the frontal face.
#[derive(Debug, Clone, Copy)]
struct Cut {
    texture: Texture,
    /// How far it stands off the skull at the top and at the sides.
    top: f32,
    side: f32,
    /// How far down it reaches in front of the ears, and behind the neck.
    front_end: f32,
    back_end: Option<f32>,
    /// Where the hair ends on the forehead, below the natural hairline.
    bangs: f32,
    /// How much the hairline rises towards the parting.
    sweep: f32,
}

fn cut(style: Style) -> Option<Cut> {
    use Texture::{Cropped, Curly, Straight, Wavy};
    let cut = |texture, top, side, front_end, back_end, bangs, sweep| {
        Some(Cut {
            texture,
            top,
            side,
            front_end,
            back_end,
            bangs,
            sweep,
        })
    };
    match style {
        Style::Bald => None,
        Style::Wreath => cut(Cropped, 0.0, 4.5, -2.0, None, 0.0, 0.0),
        Style::Buzz => cut(Cropped, 2.0, 1.5, -4.0, None, -4.0, 0.0),
        Style::SideParted => cut(Straight, 9.0, 4.0, -3.0, None, -3.0, 9.0),
        Style::SweptBack => cut(Straight, 10.0, 3.0, -3.0, None, -7.0, 1.0),
        Style::Tousled => cut(Wavy, 12.0, 5.0, -1.0, None, 3.0, 6.0),
        Style::ShortCurls => cut(Curly, 10.0, 7.0, -1.0, None, -2.0, 1.0),
        Style::Afro => cut(Curly, 26.0, 27.0, 2.0, Some(26.0), -2.0, 0.0),
        Style::Bowl => cut(Straight, 7.0, 7.0, 8.0, None, 15.0, 0.0),
        Style::Pixie => cut(Straight, 9.0, 5.0, 3.0, None, 2.0, 13.0),
        Style::Bob => cut(Straight, 8.0, 10.0, 40.0, Some(44.0), -5.0, 12.0),
        Style::BobWithBangs => cut(Straight, 8.0, 9.0, 38.0, Some(42.0), 15.0, 0.0),
        Style::LongStraight => cut(Straight, 7.0, 8.0, 112.0, Some(118.0), -6.0, 9.0),
        Style::LongWithBangs => cut(Straight, 7.0, 9.0, 112.0, Some(118.0), 14.5, 0.0),
        Style::LongWavy => cut(Wavy, 9.0, 12.0, 112.0, Some(118.0), -6.0, 12.0),
        Style::LongCurls => cut(Curly, 14.0, 20.0, 92.0, Some(100.0), -3.0, 5.0),
        Style::Bun => cut(Straight, 3.0, 1.5, -6.0, None, -6.0, 2.0),
        Style::Ponytail => cut(Straight, 4.0, 2.5, -4.0, Some(70.0), -6.0, 5.0),
    }
}

/// Whether nothing of the ears is seen.
pub(super) fn covers_ears(style: Style) -> bool {
    cut(style).is_some_and(|cut| cut.front_end > 30.0)
}

/// Hair that lies behind neck and shoulders; drawn before them.
pub(super) fn draw_back(canvas: &mut Canvas, face: &Face) {
    let style = face.identity.role.style;
    let Some(cut) = cut(style) else { return };
    let w = face.identity.half_width;
    let pose = face.pose;
    if style == Style::Bun && face.shot.hat.is_none() {
        let knot = pose.skull(0.0, -76.0);
        let radius = pose.length(20.0);
        let coverage = Coverage::of(super::canvas::ellipse(knot, radius, radius * 0.86), 1.0);
        canvas.paint_smooth(&coverage, |x, y| shade(face, cut.texture, x, y, 0.8));
    }
    let Some(end) = cut.back_end else { return };
    if style == Style::Ponytail {
        let side = face.identity.parting * 0.4 - 0.6 * pose.yaw_sine.signum();
        let tail = [
            pose.skull(side * 14.0, -62.0),
            pose.skull(side * (w + 12.0), -40.0),
            pose.skull(side * (w + 26.0), 8.0),
            pose.skull(side * (w + 22.0), end),
            pose.skull(side * (w + 8.0), end - 22.0),
            pose.skull(side * (w - 2.0), -10.0),
        ];
        let coverage = Coverage::of(closed_curve(&tail), 1.0);
        canvas.paint_smooth(&coverage, |x, y| shade(face, cut.texture, x, y, 0.7));
        return;
    }
    let s = cut.side * face.identity.hair_volume;
    let flare = match cut.texture {
        Texture::Curly => 1.14,
        Texture::Wavy => 1.1,
        _ => 1.03,
    };
    let half = [
        (0.0, -66.0),
        (w * 0.7, -52.0),
        (w + s * 0.9, -20.0),
        ((w + s) * flare, 20.0_f32.min(end - 14.0)),
        ((w + s) * flare, end - 8.0),
        ((w + s) * 0.86, end + 2.0),
        (w * 0.4, end + 4.0),
    ];
    let mut points: Vec<Point> = half.iter().map(|&(x, y)| pose.skull(x, y)).collect();
    points.extend(half.iter().rev().take(6).map(|&(x, y)| pose.skull(-x, y)));
    if cut.texture == Texture::Curly {
        points = ruffled(&points, face.identity.seed, pose.length(2.6));
    }
    let coverage = Coverage::of(closed_curve(&points), 1.0);
    canvas.paint_smooth(&coverage, |x, y| shade(face, cut.texture, x, y, 0.55));
}

/// Hair over the forehead, the sides, and in front of the shoulders; and the
/// shadow that it throws on the face.
pub(super) fn draw_front(canvas: &mut Canvas, face: &Face) {
    let style = face.identity.role.style;
    let Some(cut) = cut(style) else { return };
    let (outer, inner) = match style {
        Style::Wreath => return draw_wreath(canvas, face, &cut),
        _ => cap_curves(face, &cut),
    };
    let softness = if cut.texture == Texture::Cropped {
        2.0
    } else {
        1.0
    };
    let shadow_of = |curve: &[Point]| -> Vec<Point> {
        let [lx, ly, _] = face.shot.light.direction;
        curve
            .iter()
            .map(|&(x, y)| (x - 2.5 * lx, y + 3.0 - 2.0 * ly))
            .collect()
    };
    if cut.texture != Texture::Cropped {
        let path = two_curves(&shadow_of(&outer), &shadow_of(&inner));
        let shadow = Coverage::of(path, 3.0).within(face.head);
        canvas.multiply(&shadow, [0.60, 0.52, 0.50]);
    }
    let coverage = Coverage::of(two_curves(&outer, &inner), softness);
    if cut.texture != Texture::Cropped {
        return canvas.paint_smooth(&coverage, |x, y| shade(face, cut.texture, x, y, 1.0));
    }
    let seed = face.identity.seed ^ 0x77;
    canvas.paint_veil(&coverage, |x, y| {
        let skin_between = 0.16 + 0.25 * value_noise(seed, x * 0.9, y * 0.9);
        (shade(face, cut.texture, x, y, 1.0), 1.0 - skin_between)
    });
}

/// The cap's outline over the skull and its edge along the face.
#[expect(clippy::too_many_lines, reason = "one drawing, stroke after stroke")]
fn cap_curves(face: &Face, cut: &Cut) -> (Vec<Point>, Vec<Point>) {
    let (identity, pose) = (face.identity, face.pose);
    let w = identity.half_width;
    let hatted = matches!(face.shot.hat, Some(Hat::Cap(_) | Hat::Beanie(_)));
    let volume = identity.hair_volume * if hatted { 0.35 } else { 1.0 };
    let (t, s) = (cut.top * volume, cut.side * identity.hair_volume);
    let end = cut.front_end;
    let long = end > 30.0;
    let spread = if cut.texture == Texture::Straight {
        1.0
    } else {
        1.07
    };
    let mut side_out = vec![(w + s * if long { 0.1 } else { 0.3 }, end)];
    if long {
        side_out.push(((w + s) * spread + 1.0, end - 10.0));
        side_out.push(((w + s) * spread, end * 0.5));
    }
    side_out.extend([
        (w + s * if long { 1.0 } else { 0.8 }, -15.0),
        (w * 0.97 + s, -32.0),
        (w * 0.80 + s * 0.9 + t * 0.1, -48.0 - t * 0.3),
        (w * 0.46 + s * 0.3, -61.0 - t * 0.9),
    ]);
    // Short hair ends before the ear, which stays where the face is when the
    // skull behind it turns into view.
    let outline = |x: f32, y: f32| {
        if !long && y == end {
            pose.place(x, y, -2.0)
        } else {
            pose.skull(x, y)
        }
    };
    let mut outer: Vec<Point> = side_out.iter().map(|&(x, y)| outline(-x, y)).collect();
    outer.push(pose.skull(identity.parting * 3.0, -66.0 - t));
    outer.extend(side_out.iter().rev().map(|&(x, y)| outline(x, y)));
    if matches!(cut.texture, Texture::Curly | Texture::Wavy) {
        let bump = if cut.texture == Texture::Curly {
            2.8
        } else {
            1.4
        };
        outer = ruffled(&outer, identity.seed, pose.length(bump));
    }

    let line = identity.hairline + cut.bangs;
    let mut side_in = Vec::new();
    if long {
        // Long locks hang in front of the shoulders and grow thin at the end.
        let (tip, middle) = if end > 60.0 { (15.0, 10.0) } else { (5.0, 6.0) };
        side_in.extend([
            (w - 2.0, end - 1.0),
            (w - tip, end - 14.0),
            (w - middle, end * 0.5),
            (w - 3.5, 14.0),
        ]);
    } else {
        side_in.push((w - 2.0, end));
    }
    side_in.extend([(w - 4.0, -8.0), (w - 7.5, -22.0)]);
    let temple = if cut.bangs > 10.0 {
        line + 1.0
    } else {
        line + 6.0
    };
    let mut inner = Vec::new();
    let edge = |side: f32, inner: &mut Vec<Point>, points: &[Point]| {
        for &(x, y) in points {
            inner.push(if y > 30.0 {
                pose.skull(side * x, y)
            } else {
                pose.face(side * x, y)
            });
        }
    };
    edge(1.0, &mut inner, &side_in);
    // Towards the parting the line rises; away from it hair falls over.
    let drop = |x: f32| -cut.sweep * x * identity.parting + 0.4 * cut.sweep;
    for x in [0.66_f32, 0.36, 0.0, -0.36, -0.66] {
        let round = if cut.bangs > 10.0 { 0.0 } else { 5.0 * x * x };
        let y = mix(line, temple, x.abs() * 0.5) + round + drop(x);
        let jag = if matches!(cut.texture, Texture::Wavy) {
            2.4 * sine_cosine(x * 17.0).0
        } else {
            0.0
        };
        inner.push(pose.face(x * w, y + jag));
    }
    side_in.reverse();
    edge(-1.0, &mut inner, &side_in);
    if cut.texture == Texture::Curly {
        inner = ruffled(&inner, identity.seed ^ 2, pose.length(1.6));
    }
    (outer, inner)
}

/// Hair at the sides of a bald head.
fn draw_wreath(canvas: &mut Canvas, face: &Face, cut: &Cut) {
    let (identity, pose) = (face.identity, face.pose);
    let w = identity.half_width;
    let s = cut.side * identity.hair_volume;
    for side in [-1.0, 1.0] {
        let outer: Vec<Point> = [
            (w - 1.0, -1.0),
            (w + s, -12.0),
            (w + s * 0.9, -26.0),
            (w * 0.93, -41.0),
        ]
        .iter()
        .map(|&(x, y)| pose.skull(side * x, y))
        .collect();
        let inner: Vec<Point> = [
            (w * 0.90, -38.0),
            (w - 6.0, -22.0),
            (w - 4.5, -8.0),
            (w - 2.5, 0.0),
        ]
        .iter()
        .map(|&(x, y)| pose.face(side * x, y))
        .collect();
        let coverage = Coverage::of(
            two_curves(&outer, &ruffled(&inner, identity.seed, 1.0)),
            1.0,
        );
        canvas.paint_veil(&coverage, |x, y| {
            (shade(face, Texture::Wavy, x, y, 0.95), 0.92)
        });
    }
}

/// The lit hair at a pixel; `depth` darkens what lies further back.
fn shade(face: &Face, texture: Texture, x: f32, y: f32, depth: f32) -> Colour {
    let (identity, light) = (face.identity, &face.shot.light);
    let (u, v) = face.pose.upright(x, y);
    let parted = !matches!(
        identity.role.style,
        Style::SweptBack | Style::Bun | Style::Ponytail
    );
    let crown = if parted {
        (identity.parting * 15.0 + face.pose.yaw_sine * 22.0, -58.0)
    } else {
        (-face.pose.yaw_sine * 14.0, -92.0)
    };
    let (dx, dy) = (u - crown.0, v - crown.1);
    let radius = (dx * dx + dy * dy).sqrt();
    let seed = identity.seed ^ 0x1234;
    let angle = angle_of(dy + 30.0, dx); // no seam in front
    let strands = match texture {
        Texture::Cropped => {
            0.5 * value_noise(seed, u * 0.8, v * 0.8) + 0.5 * value_noise(seed, u * 0.2, v * 0.2)
        }
        Texture::Straight => {
            0.55 * value_noise(seed, angle * 15.0, radius * 0.012)
                + 0.45 * value_noise(seed ^ 1, angle * 46.0, radius * 0.03)
        }
        Texture::Wavy => {
            let wave = 0.10 * sine_cosine(radius * 0.17 + 2.0 * angle).0;
            0.6 * value_noise(seed, (angle + wave) * 13.0, radius * 0.02)
                + 0.4 * value_noise(seed ^ 1, (angle + wave) * 38.0, radius * 0.05)
        }
        Texture::Curly => {
            let warp = 2.4 * value_noise(seed ^ 8, u * 0.09, v * 0.09);
            let curl = value_noise(seed, u * 0.22 + warp, v * 0.22 - warp);
            let fine = value_noise(seed ^ 1, u * 0.55 - warp, v * 0.55 + warp);
            0.65 * (1.0 - 2.0 * (curl - 0.5).abs()) + 0.35 * fine
        }
    };
    let nx = (u / (identity.half_width + 14.0)).clamp(-1.0, 1.0);
    let ny = ((v + 14.0) / 66.0).clamp(-1.0, 0.6);
    let normal = normalised([nx, ny, (1.1 - nx * nx - ny * ny).max(0.05).sqrt()]);
    let facing = ((dot(normal, light.direction) + 0.3) / 1.3).max(0.0);
    let rim = smooth_step(0.35, 1.0, nx * light.rim) * 0.7;
    let band = bump(((radius - 36.0) / 22.0) * ((radius - 36.0) / 22.0));
    let sheen = match texture {
        Texture::Straight | Texture::Wavy => 0.16,
        Texture::Cropped => 0.02,
        Texture::Curly => 0.05,
    };
    let sheen = sheen * band * facing * facing * light.strength * smooth_step(0.3, 0.8, strands);
    let contrast = if texture == Texture::Curly {
        mix(0.35, 1.45, strands)
    } else {
        mix(0.5, 1.4, strands)
    };
    channels(|channel| {
        let received =
            light.ambient[channel] * 0.9 + light.colour[channel] * light.strength * facing + rim;
        let glow = sheen * (0.35 + identity.hair[channel]);
        depth * (identity.hair[channel] * received * contrast + glow)
    })
}

/// The same outline with small bumps, as curls give.
fn ruffled(points: &[Point], seed: u32, size: f32) -> Vec<Point> {
    const BETWEEN: usize = 4;
    let mut result = Vec::with_capacity(points.len() * BETWEEN);
    for pair in points.windows(2) {
        for step in 0..BETWEEN {
            let t = step as f32 / BETWEEN as f32;
            let (x, y) = (mix(pair[0].0, pair[1].0, t), mix(pair[0].1, pair[1].1, t));
            let push =
                |salt: u32| (value_noise(seed ^ salt, x * 0.11, y * 0.11) - 0.5) * 2.0 * size;
            result.push((x + push(21), y + push(22)));
        }
    }
    result.extend(points.last());
    result
}
