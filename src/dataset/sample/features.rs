//! Eyes, brows, nose and mouth.

use super::canvas::{Canvas, Coverage, closed_curve, ellipse, stroke, two_curves};
use super::cast::Age;
use super::identity::Identity;
use super::numeric::{Colour, Point, blend, linear, mix, scaled, smooth_step, value_noise};
use super::pose::Pose;
use super::shot::{LightKind, Shot};
use super::skin::Skin;

/// What every feature needs to be drawn.
pub(super) struct Face<'a> {
    pub(super) identity: &'a Identity,
    pub(super) shot: &'a Shot,
    pub(super) pose: &'a Pose,
    pub(super) skin: &'a Skin<'a>,
    pub(super) head: &'a Coverage,
}

impl Face<'_> {
    /// A colour lit as a surface that faces the camera.
    pub(super) fn lit(&self, colour: Colour) -> Colour {
        self.skin.lit(colour, [0.0, -0.1, 0.99], 0.95, 0.0)
    }

    fn places(&self, points: &[Point], lift: f32) -> Vec<Point> {
        points
            .iter()
            .map(|&(x, y)| self.pose.lifted(x, y, lift))
            .collect()
    }

    fn line(&self, points: &[Point], width: impl Fn(f32) -> f32, softness: f32) -> Coverage {
        let places = self.places(points, 0.0);
        Coverage::of(stroke(&places, |t| self.pose.length(width(t))), softness)
    }
}

/// Both eyes with lids and lashes.
pub(super) fn draw_eyes(canvas: &mut Canvas, face: &Face) {
    for side in [-1.0, 1.0] {
        draw_eye(canvas, face, side);
    }
}

#[expect(clippy::too_many_lines, reason = "one drawing, stroke after stroke")]
fn draw_eye(canvas: &mut Canvas, face: &Face, side: f32) {
    let Face { identity, shot, .. } = face;
    let open = shot.expression.eyes_open.max(0.0);
    let squint = shot.expression.smile.max(0.0);
    let (width, height) = (identity.eye_width, identity.eye_height);
    let tilt = identity.eye_tilt;
    let (cx, cy) = (identity.eye_x, identity.eye_y);
    // Out counts from the eye's middle away from the nose, up is negative.
    let at = |out: f32, down: f32| (side * (cx + out), cy + down - tilt * out);
    let upper = [
        at(-width * 1.05, 1.6),
        at(-width * 0.62, -height * 0.62 * open + 0.4),
        at(0.0, -height * 1.08 * open + 0.4),
        at(width * 0.55, -height * 0.86 * open + 0.5),
        at(width * 1.02, 0.4),
    ];
    let rise = 1.0 * squint;
    let lower = [
        at(width * 1.02, 0.4),
        at(width * 0.5, height * 0.62 * open.min(1.0) + 0.9 - rise),
        at(-width * 0.1, height * 0.74 * open.min(1.0) + 1.0 - rise),
        at(
            -width * 0.7,
            height * 0.52 * open.min(1.0) + 1.2 - rise * 0.5,
        ),
        at(-width * 1.05, 1.6),
    ];
    if identity.makeup > 0.45 {
        let lid = face.pose.face(side * (cx + 1.0), cy - 5.0);
        let shade =
            Coverage::spot(lid, face.pose.length(13.0), face.pose.length(7.5)).within(face.head);
        let tone = 1.0 - 0.42 * identity.makeup;
        canvas.multiply(&shade, [tone * 1.05, tone * 0.9, tone * 0.95]);
    }
    let shape = Coverage::of(
        two_curves(&face.places(&upper, 0.0), &face.places(&lower, 0.0)),
        0.0,
    );
    let white = face.lit(if identity.role.age == Age::Senior {
        linear(214, 204, 194)
    } else {
        linear(228, 222, 216)
    });
    let middle = face.pose.face(side * cx, cy);
    let reach = face.pose.length(width);
    canvas.paint(&shape, |x, _| {
        let off = ((x - middle.0) / reach).abs();
        let fall = 1.0 - 0.42 * off * off;
        [
            white[0] * fall,
            white[1] * fall * 0.98,
            white[2] * fall * 0.97,
        ]
    });
    draw_iris(canvas, face, side, &shape);
    let lid_shadow = face.line(&upper, |_| 4.2, 1.0).within(&shape);
    canvas.multiply(&lid_shadow, [0.38, 0.34, 0.34]);

    let dark = blend(linear(34, 22, 20), identity.skin, 0.10);
    let lash = if identity.role.male {
        1.5
    } else {
        1.9 + 0.9 * identity.makeup
    };
    canvas.tint(
        &face.line(&upper, |t| lash * (0.45 + 0.65 * t), 0.0),
        dark,
        0.9,
    );
    if !identity.role.male {
        for (out, length) in [(0.55, 1.2), (0.85, 2.1), (1.02, 2.6)] {
            let root = at(width * out, -height * 0.75 * open * (1.2 - out) + 0.4);
            let tip = at(
                width * out + length,
                -height * 0.75 * open * (1.2 - out) - length * 0.9,
            );
            canvas.tint(
                &face.line(&[root, tip], |t| 1.3 * (1.0 - 0.8 * t), 0.0),
                dark,
                0.8,
            );
        }
    }
    let under = face.line(&lower, |_| 1.0, 0.0);
    canvas.tint(&under, face.lit(scaled(identity.skin, 0.42)), 0.55);
    let crease_up = 2.6 + 1.6 * (1.0 - identity.eye_fold) + 1.6 * shot.expression.brows.max(0.0);
    let crease: Vec<Point> = upper
        .iter()
        .map(|&(x, y)| {
            (
                x,
                y - crease_up * (1.0 - 0.12 * ((x.abs() - cx) / width).abs()),
            )
        })
        .collect();
    let depth = mix(0.42, 0.2, identity.eye_fold) + 0.15 * identity.wrinkles;
    let fold = face.line(&crease, |t| 2.2 * (0.35 + 2.4 * t * (1.0 - t)), 1.0);
    canvas.multiply(&fold, [1.0 - depth * 0.8, 1.0 - depth, 1.0 - depth]);
}

fn draw_iris(canvas: &mut Canvas, face: &Face, side: f32, eye: &Coverage) {
    let Face {
        identity,
        shot,
        pose,
        ..
    } = face;
    let gaze = shot.expression.gaze;
    // Eyes tend to stay on the camera when the head turns away from it.
    let look = (gaze.0 * 2.6 - 3.0 * pose.yaw_sine, gaze.1 * 1.2);
    let centre = pose.lifted(
        side * identity.eye_x + look.0,
        identity.eye_y - 0.5 + look.1,
        0.5,
    );
    let radius = pose.length(identity.eye_width * 0.5);
    let squeeze = pose.foreshortening(side * identity.eye_x).max(0.7);
    let disc = Coverage::of(ellipse(centre, radius * squeeze, radius), 0.0).within(eye);
    let iris = face.lit(identity.iris);
    canvas.paint(&disc, |x, y| {
        let (dx, dy) = ((x - centre.0) / (radius * squeeze), (y - centre.1) / radius);
        let r = (dx * dx + dy * dy).sqrt();
        let ring = 1.0 - 0.65 * smooth_step(0.65, 1.0, r);
        let lower = 1.0 + 0.55 * smooth_step(0.0, 0.8, dy);
        scaled(iris, ring * lower)
    });
    let pupil =
        Coverage::of(ellipse(centre, radius * 0.45 * squeeze, radius * 0.45), 0.0).within(eye);
    canvas.tint(&pupil, [0.006, 0.005, 0.005], 0.95);
    let [lx, ly, _] = shot.light.direction;
    let spark = (
        centre.0 + lx * radius * 0.6,
        centre.1 + ly * radius * 0.6 - 0.4,
    );
    let size = if shot.light.kind == LightKind::Soft {
        1.5
    } else {
        1.15
    };
    let glint = Coverage::of(ellipse(spark, size, size * 1.1), 0.0).within(eye);
    canvas.tint(&glint, [1.0, 1.0, 1.0], 0.9);
}

/// Both brows.
pub(super) fn draw_brows(canvas: &mut Canvas, face: &Face) {
    let Face { identity, shot, .. } = face;
    let brows = shot.expression.brows;
    let lift = -3.0 * brows.max(0.0) - 1.6 * brows.min(0.0);
    let knit = (-brows).max(0.0);
    let seed = identity.seed ^ 0x51;
    for side in [-1.0, 1.0] {
        let at = |out: f32, down: f32| (side * out, identity.brow_y + down + lift);
        let arch = identity.brow_arch;
        let inner = identity.eye_x - 12.5;
        let points = [
            at(inner - 1.6 * knit, 1.6 + 2.4 * knit),
            at(inner + 7.0, -0.2 + 1.2 * knit),
            at(inner + 15.5, -arch),
            at(inner + 21.0, -arch * 0.7 + 0.8),
            at(inner + 26.0, 3.0),
        ];
        let thick = identity.brow_thickness;
        let coverage = face.line(
            &points,
            |t| thick * (0.85 + 0.55 * t - 1.32 * t * t).max(0.06),
            1.0,
        );
        let colour = face.lit(identity.brow_colour);
        canvas.paint_veil(&coverage, |x, y| {
            let (u, v) = face.pose.upright(x, y);
            let hairs = value_noise(seed, u * 1.1 - v * side * 0.9, v * 0.5);
            (colour, 0.80 + 0.5 * (hairs - 0.4))
        });
    }
}

/// Nostrils, wings and the shadow under the nose.
pub(super) fn draw_nose(canvas: &mut Canvas, face: &Face) {
    let Face {
        identity,
        shot,
        pose,
        ..
    } = face;
    let (y, width) = (identity.nose_y, identity.nose_width);
    let [lx, ly, _] = shot.light.direction;
    let hard = if shot.light.kind == LightKind::Harsh {
        1.0
    } else {
        0.55
    };
    // The shadow falls away from the light.
    let fall = pose.lifted(-lx * 7.0, y + 7.0 - ly * 3.0, 4.0);
    let shadow =
        Coverage::spot(fall, pose.length(width * 1.25), pose.length(7.0)).within(face.head);
    let keep = 1.0 - 0.32 * hard;
    canvas.multiply(&shadow, [keep * 1.06, keep, keep]);
    for side in [-1.0, 1.0] {
        let dark_side = (-lx * side).max(0.0);
        let flank = [
            pose.lifted(side * width * 0.42, y - 20.0, 3.0),
            pose.lifted(side * width * 0.62, y - 9.0, 5.0),
            pose.lifted(side * width * 1.02, y - 2.5, 5.0),
        ];
        let depth = 0.07 + 0.22 * dark_side;
        let line = stroke(&flank, |t| pose.length(3.0 + 3.0 * t));
        let coverage = Coverage::of(line, 2.0).within(face.head);
        canvas.multiply(&coverage, [1.0 - depth * 0.85, 1.0 - depth, 1.0 - depth]);
        let wing = [
            pose.lifted(side * width * 0.95, y - 4.0, 6.0),
            pose.lifted(side * width * 1.16, y + 0.5, 5.0),
            pose.lifted(side * width * 0.98, y + 4.2, 6.0),
        ];
        let curve = Coverage::of(
            stroke(&wing, |t| pose.length(0.6 + 4.0 * t * (1.0 - t))),
            1.0,
        );
        canvas.multiply(&curve, [0.66, 0.56, 0.55]);
        let hole = pose.lifted(side * width * 0.46, y + 3.6, 10.0);
        let nostril = Coverage::tilted_spot(
            hole,
            pose.length(4.3) * pose.foreshortening(side * 8.0).max(0.5),
            pose.length(2.7 + 3.0 * pose.pitch_tangent.clamp(-0.2, 0.2)),
            (0.25 * side, 0.97),
        );
        canvas.multiply(&nostril, [0.34, 0.24, 0.24]);
    }
    let base = [
        pose.lifted(-width * 0.5, y + 4.6, 9.0),
        pose.lifted(0.0, y + 6.0, 11.0),
        pose.lifted(width * 0.5, y + 4.6, 9.0),
    ];
    let line = Coverage::of(stroke(&base, |_| pose.length(1.8)), 1.0);
    canvas.multiply(&line, [0.72, 0.64, 0.64]);
}

/// Lips, and teeth when they show.
#[expect(clippy::too_many_lines, reason = "one drawing, stroke after stroke")]
pub(super) fn draw_mouth(canvas: &mut Canvas, face: &Face) {
    let Face {
        identity,
        shot,
        pose,
        ..
    } = face;
    let smile = shot.expression.smile;
    let open = shot.expression.open;
    let gap = open * 13.0;
    let half = identity.mouth_width + 3.6 * smile.max(0.0) - 2.2 * open * (1.0 - smile.max(0.0));
    let y = identity.mouth_y - 0.35 * gap * 0.5 - 0.8 * smile.max(0.0);
    let corner = y - 3.8 * smile.max(0.0) + 2.2 * (-smile).max(0.0) - 1.0 + gap * 0.3;
    let full = identity.lip_fullness * (1.0 - 0.25 * smile.max(0.0));
    let lift = 3.0;
    let place = |x: f32, y: f32| pose.lifted(x, y, lift);
    let curve =
        |points: &[Point]| -> Vec<Point> { points.iter().map(|&(x, y)| place(x, y)).collect() };
    let left = (-half, corner);
    let right = (half, corner);
    let upper_edge = curve(&[
        left,
        (-half * 0.5, y - 2.6 * full - 0.5),
        (-half * 0.17, y - 4.6 * full),
        (0.0, y - 3.6 * full),
        (half * 0.17, y - 4.6 * full),
        (half * 0.5, y - 2.6 * full - 0.5),
        right,
    ]);
    let parting = |sag: f32| {
        vec![
            right,
            (half * 0.55, mix(corner, y, 0.75) + sag * 0.72),
            (half * 0.18, y + 0.2 + sag),
            (0.0, y + 0.6 + sag),
            (-half * 0.18, y + 0.2 + sag),
            (-half * 0.55, mix(corner, y, 0.75) + sag * 0.72),
            left,
        ]
    };
    let upper_parting = curve(&parting(0.0));
    let lower_parting = curve(&parting(gap));
    let lower_edge = curve(&[
        left,
        (-half * 0.55, y + 4.2 * full + gap * 0.86),
        (0.0, y + 6.6 * full + gap),
        (half * 0.55, y + 4.2 * full + gap * 0.86),
        right,
    ]);
    if gap > 0.5 {
        let mut above = upper_parting.clone();
        above.reverse();
        let inside = Coverage::of(two_curves(&above, &lower_parting), 0.0);
        draw_inside(canvas, face, &inside, y, gap, half);
    }
    let upper = Coverage::of(two_curves(&upper_edge, &upper_parting), 0.0);
    let lower = Coverage::of(two_curves(&lower_edge, &lower_parting), 0.0);
    let lip = identity.lips;
    let lower_middle = place(0.0, y + 3.4 * full + gap);
    let reach = (pose.length(half * 0.8), pose.length(3.6 * full));
    let shine = 0.10 + 0.22 * identity.makeup;
    let veil = 0.72 + 0.25 * identity.makeup;
    let dim = face
        .skin
        .lit(scaled(lip, 0.82), [0.0, 0.35, 0.93], 0.9, 0.0);
    canvas.tint(&upper, dim, veil);
    let base = face.skin.lit(lip, [0.0, -0.25, 0.96], 1.0, 0.0);
    canvas.paint_veil(&lower, |x, y| {
        let (dx, dy) = (
            (x - lower_middle.0) / reach.0,
            (y - lower_middle.1) / reach.1,
        );
        let glow = super::numeric::bump(dx * dx + dy * dy) * shine;
        (
            base.map(|value| value * (1.0 - 0.18 * dy.max(0.0)) + glow * 0.5),
            veil,
        )
    });
    if gap <= 0.5 {
        let dark = Coverage::of(
            stroke(&upper_parting, |t| pose.length(0.7 + 4.0 * t * (1.0 - t))),
            1.0,
        );
        canvas.multiply(&dark, [0.36, 0.26, 0.28]);
    }
    for (x, down) in [left, right] {
        let dimple = Coverage::spot(place(x * 1.04, down), pose.length(4.0), pose.length(3.4));
        canvas.multiply(&dimple, [0.82, 0.74, 0.74]);
    }
    let below = Coverage::spot(
        place(0.0, y + 9.6 * full + gap),
        pose.length(half * 0.75),
        pose.length(4.2),
    );
    canvas.multiply(&below, [0.90, 0.86, 0.86]);
}

fn draw_inside(canvas: &mut Canvas, face: &Face, inside: &Coverage, y: f32, gap: f32, half: f32) {
    let pose = face.pose;
    canvas.tint(inside, [0.035, 0.010, 0.012], 1.0);
    let teeth_height = (gap * 0.9).min(6.4);
    let row = [
        (-half * 0.92, y - 4.0),
        (half * 0.92, y - 4.0),
        (half * 0.8, y + teeth_height * 0.7),
        (0.0, y + teeth_height),
        (-half * 0.8, y + teeth_height * 0.7),
    ];
    let places: Vec<Point> = row.iter().map(|&(x, y)| pose.lifted(x, y, 1.0)).collect();
    let teeth = Coverage::of(closed_curve(&places), 0.0).within(inside);
    let white = face.lit(linear(236, 230, 218));
    let middle = pose.lifted(0.0, y, 1.0);
    let reach = pose.length(half);
    canvas.paint(&teeth, |x, _| {
        let off = (x - middle.0) / reach;
        let between = ((off * 6.0).fract().abs() - 0.5).abs();
        let seam = 1.0 - 0.16 * smooth_step(0.40, 0.5, between);
        scaled(white, (1.0 - 0.55 * off * off) * seam)
    });
    if gap > 5.0 {
        let tongue = Coverage::spot(
            pose.lifted(0.0, y + gap, 0.0),
            pose.length(half * 0.6),
            pose.length(gap * 0.42),
        )
        .within(inside)
        .without(&teeth);
        canvas.tint(&tongue, face.lit(linear(172, 84, 84)), 0.8);
    }
}
