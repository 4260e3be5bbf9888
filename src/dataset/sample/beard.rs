//! Moustaches and beards.

use super::canvas::{Canvas, Coverage, closed_curve, ellipse};
use super::cast::Beard;
use super::features::Face;
use super::numeric::{Point, scaled, value_noise};

/// Draws what the person wears; stubble is in the skin already.
pub(super) fn draw_beard(canvas: &mut Canvas, face: &Face) {
    let beard = face.identity.role.beard;
    if beard == Beard::Full {
        grow(canvas, face, &full_beard(face), 3.0);
    }
    if beard == Beard::Goatee {
        grow(canvas, face, &chin_beard(face), 2.0);
    }
    if matches!(beard, Beard::Full | Beard::Goatee | Beard::Moustache) {
        grow(canvas, face, &moustache(face), 1.0);
    }
}

fn grow(canvas: &mut Canvas, face: &Face, outline: &[Point], softness: f32) {
    let (identity, pose, expression) = (face.identity, face.pose, &face.shot.expression);
    let gap = expression.open * 13.0;
    let mouth = pose.lifted(0.0, identity.mouth_y + 1.2 + gap * 0.4, 3.0);
    let lips = Coverage::of(
        ellipse(
            mouth,
            pose.length(identity.mouth_width * 0.98),
            pose.length(3.6 + 2.4 * identity.lip_fullness + gap * 0.5),
        ),
        1.0,
    );
    let coverage = Coverage::of(closed_curve(outline), softness).without(&lips);
    let seed = identity.seed ^ 0xbea4d;
    let base = scaled(identity.hair, 0.8);
    canvas.paint_veil(&coverage, |x, y| {
        let (u, v) = pose.upright(x, y);
        let lean = u * 0.012 * (v - identity.mouth_y);
        let hairs = 0.6 * value_noise(seed, (u - lean) * 0.7, v * 0.16)
            + 0.4 * value_noise(seed ^ 1, (u - lean) * 1.5, v * 0.3);
        let normal = [u / 56.0, (v - 20.0) / 70.0, 0.8];
        let lit = face
            .skin
            .lit(base, super::numeric::normalised(normal), 0.9, 0.01);
        (scaled(lit, 0.55 + 0.9 * hairs), 0.95)
    });
}

fn mirrored(half: &[Point]) -> Vec<Point> {
    let mut points = half.to_vec();
    points.extend(
        half.iter()
            .rev()
            .filter(|point| point.0 != 0.0)
            .map(|&(x, y)| (-x, y)),
    );
    points
}

fn moustache(face: &Face) -> Vec<Point> {
    let (pose, identity) = (face.pose, face.identity);
    let y = identity.mouth_y - 0.8 * face.shot.expression.smile.max(0.0);
    let wide = identity.mouth_width + 2.0 + 2.5 * face.shot.expression.smile.max(0.0);
    let upper = [
        (0.0, y - 8.6),
        (wide * 0.45, y - 8.4),
        (wide * 0.88, y - 3.6),
        (wide * 1.04, y + 2.6),
        (wide * 0.62, y - 1.8),
        (0.0, y - 3.4),
    ];
    mirrored(&upper)
        .iter()
        .map(|&(x, y)| pose.lifted(x, y, 4.0))
        .collect()
}

fn chin_beard(face: &Face) -> Vec<Point> {
    let (pose, identity) = (face.pose, face.identity);
    let (y, wide, chin) = (identity.mouth_y, identity.mouth_width, identity.chin_y);
    let drop = face.shot.expression.open * 5.0;
    let half = [
        (0.0, y + 9.0 + drop),
        (wide * 0.62, y + 7.5 + drop),
        (wide * 0.94, y - 1.0),
        (wide * 1.08, y + 4.0),
        (wide * 0.98, chin - 6.0),
        (wide * 0.55, chin + 3.0 + drop),
        (0.0, chin + 5.0 + drop),
    ];
    mirrored(&half)
        .iter()
        .map(|&(x, y)| pose.lifted(x, y, 2.0))
        .collect()
}

fn full_beard(face: &Face) -> Vec<Point> {
    let (pose, identity) = (face.pose, face.identity);
    let (w, jaw) = (identity.half_width, identity.jaw);
    let (chin, y) = (identity.chin_y, identity.mouth_y);
    let drop = face.shot.expression.open * 5.0;
    let half_inner = [
        (w * 0.97, -6.0),
        (w * 0.84, 8.0),
        (w * 0.70, 19.0),
        (identity.mouth_width + 6.0, y - 5.0),
        (identity.mouth_width * 0.6, y - 7.0),
        (0.0, y - 7.0),
    ];
    let half_outer = [
        (w * 1.01, -4.0),
        (w * 0.98, 14.0),
        ((w - 6.0) * jaw, 31.0),
        ((w - 18.0) * jaw, chin - 3.0),
        (15.0, chin + 6.0 + drop),
        (0.0, chin + 9.0 + drop),
    ];
    let mut points: Vec<Point> = Vec::new();
    points.extend(half_inner.iter().map(|&(x, y)| pose.lifted(x, y, 1.0)));
    points.extend(
        half_inner
            .iter()
            .rev()
            .skip(1)
            .map(|&(x, y)| pose.lifted(-x, y, 1.0)),
    );
    let depth = |y: f32| (6.0 + 0.62 * (y - 10.0)).clamp(2.0, 36.0);
    points.extend(half_outer.iter().map(|&(x, y)| pose.place(-x, y, depth(y))));
    points.extend(
        half_outer
            .iter()
            .rev()
            .skip(1)
            .map(|&(x, y)| pose.place(x, y, depth(y))),
    );
    points
}
