//! Neck, shoulders and what covers them.

use super::canvas::{Canvas, Coverage, closed_curve, ellipse, polygon, stroke, two_curves};
use super::features::Face;
use super::numeric::{Colour, Point, mix, normalised, scaled, smooth_step, value_noise};
use super::shot::OutfitKind;
use super::wear::lit_cloth;

/// Where the body stands under the head.
struct Body {
    x: f32,
    collar: f32,
    neck: f32,
    shoulder: f32,
}

/// Neck, shoulders and clothes; drawn before the head.
#[expect(clippy::too_many_lines, reason = "one drawing, stroke after stroke")]
pub(super) fn draw_body(canvas: &mut Canvas, face: &Face) {
    let head = face.pose.place(0.0, 30.0, -8.0);
    let male = face.identity.role.male;
    let child = face.identity.role.age == super::cast::Age::Child;
    let scale = face.pose.length(if child { 0.84 } else { 1.0 });
    let body = Body {
        x: mix(head.0, 125.0, 0.35),
        collar: head.1 + 42.0 * scale,
        neck: (if male { 29.0 } else { 23.5 }) * scale,
        shoulder: (if male { 104.0 } else { 90.0 }) * scale,
    };
    draw_neck(canvas, face, &body, head);
    let chest = |x: f32, y: f32, colour: Colour| {
        let across = (x - body.x) / (body.shoulder * 1.12);
        let fold = value_noise(face.shot.seed, x * 0.05 + y * 0.02, y * 0.035) - 0.5;
        let weave = value_noise(face.shot.seed ^ 1, x * 0.8, y * 0.8) - 0.5;
        let down = -0.35 + (y - body.collar) / 130.0 + 0.5 * fold;
        scaled(
            lit_cloth(face, colour, across + 0.35 * fold, down),
            1.0 + 0.12 * weave,
        )
    };
    let torso = Coverage::of(closed_curve(&torso_points(&body)), 0.0);
    let outfit = &face.shot.outfit;
    let opening = |half: f32, depth: f32| {
        Coverage::of(
            ellipse((body.x, body.collar - 3.0), half * scale, depth * scale),
            0.0,
        )
    };
    let at = |x: f32, y: f32| (body.x + x * scale, body.collar + y * scale);
    match outfit.kind {
        OutfitKind::TeeShirt | OutfitKind::Hoodie => {
            let hole = opening(body.neck / scale + 5.0, 15.0);
            if outfit.kind == OutfitKind::Hoodie {
                let hood = Coverage::of(
                    ellipse(
                        (body.x, body.collar - 8.0),
                        body.neck + 22.0 * scale,
                        26.0 * scale,
                    ),
                    1.0,
                );
                let inside = opening(body.neck / scale + 8.0, 22.0);
                canvas.paint_smooth(&hood.without(&inside), |x, y| {
                    chest(x, y, scaled(outfit.cloth, 0.75))
                });
            }
            canvas.paint_smooth(&torso.without(&hole), |x, y| chest(x, y, outfit.cloth));
            let rim = opening(body.neck / scale + 8.0, 18.5).without(&hole);
            let rim = rim.shaped(|_, y| smooth_step(body.collar - 6.0, body.collar + 2.0, y));
            canvas.multiply(&rim, [0.72, 0.72, 0.74]);
            if outfit.kind == OutfitKind::Hoodie {
                for side in [-1.0, 1.0] {
                    let cord = [
                        at(side * 13.0, 13.0),
                        at(side * 15.0, 30.0),
                        at(side * 14.0, 44.0),
                    ];
                    let coverage = Coverage::of(stroke(&cord, |_| 2.2), 0.0);
                    canvas.paint_smooth(&coverage, |x, y| chest(x, y, outfit.second));
                }
            }
        }
        OutfitKind::Neckline => {
            let hole = opening(body.neck / scale + 14.0, 40.0);
            canvas.paint_smooth(&torso.without(&hole), |x, y| chest(x, y, outfit.cloth));
        }
        OutfitKind::Turtleneck => {
            canvas.paint_smooth(&torso, |x, y| chest(x, y, outfit.cloth));
            let (n, scale) = (body.neck + 3.0 * scale, scale);
            let band = [
                (body.x - n, body.collar - 20.0 * scale),
                (body.x + n, body.collar - 20.0 * scale),
                (body.x + n + 5.0, body.collar + 4.0 * scale),
                (body.x, body.collar + 9.0 * scale),
                (body.x - n - 5.0, body.collar + 4.0 * scale),
            ];
            let coverage = Coverage::of(closed_curve(&band), 0.0);
            canvas.paint_smooth(&coverage, |x, y| {
                let rib = 0.9 + 0.16 * value_noise(7, x * 0.55, y * 0.04);
                lit_cloth(
                    face,
                    scaled(outfit.cloth, rib),
                    (x - body.x) / (n * 1.15),
                    0.1,
                )
            });
            let seam = Coverage::of(stroke(&band[2..5], |_| 3.0), 1.0);
            canvas.multiply(&seam, [0.7, 0.7, 0.72]);
        }
        OutfitKind::Shirt => {
            let hole = Coverage::of(
                polygon(&[at(-20.0, -12.0), at(20.0, -12.0), at(0.0, 22.0)]),
                0.0,
            );
            canvas.paint_smooth(&torso.without(&hole), |x, y| chest(x, y, outfit.cloth));
            draw_collar(canvas, &body, scale, &|x, y| {
                chest(x, y, scaled(outfit.cloth, 1.12))
            });
            let placket = Coverage::of(stroke(&[at(0.0, 22.0), at(0.0, 90.0)], |_| 1.6), 0.0);
            canvas.multiply(&placket, [0.72, 0.72, 0.72]);
        }
        OutfitKind::SuitAndTie | OutfitKind::Blazer => {
            let tied = outfit.kind == OutfitKind::SuitAndTie;
            let shirt = if tied {
                super::numeric::linear(232, 232, 234)
            } else {
                outfit.second
            };
            let opening_top = if tied {
                Coverage::of(
                    polygon(&[at(-14.0, -10.0), at(14.0, -10.0), at(0.0, 6.0)]),
                    0.0,
                )
            } else {
                opening(body.neck / scale + 4.0, 20.0)
            };
            let torso_whole = torso.clone();
            // Only where the coat leaves it: two layers on one edge would
            // let the lower one shine through.
            let front = Coverage::of(
                polygon(&[
                    at(-26.0, -60.0),
                    at(26.0, -60.0),
                    at(26.0, 130.0),
                    at(-26.0, 130.0),
                ]),
                0.0,
            );
            let seen = torso.without(&opening_top).within(&front);
            canvas.paint_smooth(&seen, |x, y| chest(x, y, shirt));
            if tied {
                draw_tie(canvas, face, &at, &chest);
                draw_collar(canvas, &body, scale, &|x, y| {
                    chest(x, y, scaled(shirt, 1.05))
                });
            }
            let vee = Coverage::of(
                two_curves(
                    &[at(-27.0, -8.0), at(-20.0, 22.0), at(0.0, 78.0)],
                    &[
                        at(0.0, 78.0),
                        at(20.0, 22.0),
                        at(27.0, -8.0),
                        at(0.0, -30.0),
                    ],
                ),
                0.0,
            );
            let collar_region = Coverage::of(
                polygon(&[
                    at(-30.0, -60.0),
                    at(30.0, -60.0),
                    at(27.0, -6.0),
                    at(-27.0, -6.0),
                ]),
                0.0,
            );
            canvas.paint_smooth(
                &torso_whole.without(&vee).without(&collar_region),
                |x, y| chest(x, y, outfit.cloth),
            );
            for side in [-1.0, 1.0] {
                let lapel = [
                    at(side * 28.0, -10.0),
                    at(side * 21.0, 20.0),
                    at(side * 2.0, 74.0),
                    at(side * 36.0, 40.0),
                    at(side * 31.0, 30.0),
                    at(side * 44.0, 24.0),
                ];
                let coverage = Coverage::of(polygon(&lapel), 0.0);
                canvas.paint_smooth(&coverage, |x, y| chest(x, y, scaled(outfit.cloth, 1.22)));
                let edge = Coverage::of(
                    stroke(&[lapel[2], lapel[3], lapel[4], lapel[5]], |_| 2.0),
                    1.0,
                );
                canvas.multiply(&edge, [0.55, 0.55, 0.58]);
            }
        }
    }
}

fn torso_points(body: &Body) -> Vec<Point> {
    let (x, y, n, s) = (body.x, body.collar, body.neck, body.shoulder);
    vec![
        (x - n * 0.9, y - 9.0),
        (x - n * 1.6, y + 2.0),
        (x - s * 0.72, y + 16.0),
        (x - s * 0.98, y + 34.0),
        (x - s * 1.14, y + 84.0),
        (x - s * 1.14, y + 130.0),
        (x + s * 1.14, y + 130.0),
        (x + s * 1.14, y + 84.0),
        (x + s * 0.98, y + 34.0),
        (x + s * 0.72, y + 16.0),
        (x + n * 1.6, y + 2.0),
        (x + n * 0.9, y - 9.0),
        (x, y + 2.0),
    ]
}

fn draw_neck(canvas: &mut Canvas, face: &Face, body: &Body, head: Point) {
    let n = body.neck;
    let points = [
        (head.0 - n * 0.98, head.1 - 12.0),
        (head.0 + n * 0.98, head.1 - 12.0),
        (body.x + n * 1.0, body.collar - 14.0),
        (body.x + n * 1.35, body.collar + 1.0),
        (body.x + n * 2.0, body.collar + 14.0),
        (body.x + n * 2.0, body.collar + 60.0),
        (body.x - n * 2.0, body.collar + 60.0),
        (body.x - n * 2.0, body.collar + 14.0),
        (body.x - n * 1.35, body.collar + 1.0),
        (body.x - n * 1.0, body.collar - 14.0),
    ];
    let coverage = Coverage::of(closed_curve(&points), 0.0);
    let chin = face.pose.place(0.0, face.identity.chin_y, 30.0);
    canvas.paint_smooth(&coverage, |x, y| {
        let t = ((y - head.1) / (body.collar - head.1)).clamp(0.0, 1.0);
        let middle = mix(head.0, body.x, t);
        let spread =
            n * (1.12 + 1.6 * smooth_step(0.85, 1.8, (y - head.1) / (body.collar - head.1)));
        let nx = ((x - middle) / spread).clamp(-0.97, 0.97);
        let cord = 0.16
            * super::numeric::bump(
                ((nx.abs() - 0.42 + 0.25 * t) / 0.2) * ((nx.abs() - 0.42 + 0.25 * t) / 0.2),
            );
        let normal = normalised([nx + cord * nx.signum(), 0.12, (1.0 - nx * nx).sqrt()]);
        face.skin
            .lit(scaled(face.identity.skin, 0.92), normal, 0.85, 0.02)
    });
    let [lx, _, _] = face.shot.light.direction;
    let shadow = Coverage::of(
        ellipse(
            (chin.0 - lx * 8.0, chin.1 - 2.0),
            face.pose.length(38.0),
            face.pose.length(21.0),
        ),
        4.0,
    )
    .within(&coverage);
    canvas.multiply(&shadow, [0.50, 0.42, 0.41]);
}

fn draw_collar(canvas: &mut Canvas, body: &Body, scale: f32, cloth: &dyn Fn(f32, f32) -> Colour) {
    for side in [-1.0, 1.0] {
        let n = body.neck;
        let at = |x: f32, y: f32| (body.x + side * x, body.collar + y * scale);
        let flap = [
            at(n * 0.98, -20.0),
            at(n * 1.25, -6.0),
            at(n * 0.72, 22.0),
            at(0.5, 5.0),
        ];
        let shade: Vec<Point> = flap.iter().map(|&(x, y)| (x, y + 3.0)).collect();
        canvas.multiply(&Coverage::of(polygon(&shade), 1.0), [0.68, 0.68, 0.70]);
        canvas.paint_smooth(&Coverage::of(polygon(&flap), 0.0), cloth);
    }
}

fn draw_tie(
    canvas: &mut Canvas,
    face: &Face,
    at: &dyn Fn(f32, f32) -> Point,
    chest: &dyn Fn(f32, f32, Colour) -> Colour,
) {
    let colour = face.shot.outfit.second;
    let striped = face.shot.seed & 1 == 0;
    let blade = [
        at(-4.0, 13.0),
        at(4.0, 13.0),
        at(11.0, 90.0),
        at(-11.0, 90.0),
    ];
    let knot = [at(-7.5, 3.0), at(7.5, 3.0), at(4.5, 15.0), at(-4.5, 15.0)];
    for (shape, lift) in [(blade, 1.0), (knot, 1.15)] {
        canvas.multiply(&Coverage::of(polygon(&shape), 2.0), [0.8, 0.8, 0.82]);
        canvas.paint_smooth(&Coverage::of(polygon(&shape), 0.0), |x, y| {
            let stripe = (x + y) * 0.11;
            let band = if striped && stripe - stripe.floor() < 0.4 {
                1.7
            } else {
                1.0
            };
            chest(x, y, scaled(colour, lift * band))
        });
    }
}
