//! The head itself: outline, relief, and light on skin.

use super::canvas::{Canvas, Coverage, closed_curve, ellipse, stroke};
use super::cast::Beard;
use super::identity::Identity;
use super::numeric::{
    Colour, Point, blend, bump, dot, linear, mix, normalised, scaled, smooth_step, value_noise,
};
use super::pose::{Pose, Surface};
use super::shot::{Light, Shot};

/// A smooth hill (or dent) of the face.
struct Hill {
    x: f32,
    y: f32,
    across: f32,
    down: f32,
    height: f32,
}

pub(super) struct Skin<'a> {
    identity: &'a Identity,
    pose: &'a Pose,
    light: &'a Light,
    hills: Vec<Hill>,
    half: [f32; 3],
}

impl<'a> Skin<'a> {
    pub(super) fn new(identity: &'a Identity, shot: &'a Shot, pose: &'a Pose) -> Self {
        let light = &shot.light;
        let [x, y, z] = light.direction;
        Self {
            identity,
            pose,
            light,
            hills: relief(identity, shot, pose),
            half: normalised([x, y, z + 1.0]),
        }
    }

    /// The outline of face and skull.
    pub(super) fn outline(&self) -> Coverage {
        Coverage::of(closed_curve(&outline_points(self.identity, self.pose)), 0.0)
    }

    /// The lit skin at a pixel of the head.
    pub(super) fn shade(&self, x: f32, y: f32) -> Colour {
        let surface = self.pose.surface(x, y);
        let (slope, height) = self.slope(&surface);
        let normal = normalised([
            surface.normal[0] - slope.0,
            surface.normal[1] - slope.1,
            surface.normal[2],
        ]);
        let normal = self.pose.turned(normal);
        let albedo = self.albedo(&surface);
        // Dents gather less of the light from all around.
        let openness = (1.0 + 0.045 * height.min(0.0)).clamp(0.6, 1.0);
        self.lit(albedo, normal, openness, self.gloss(&surface))
    }

    /// Skin of a given colour and normal (in screen coordinates) under the light.
    pub(super) fn lit(
        &self,
        albedo: Colour,
        normal: [f32; 3],
        openness: f32,
        gloss: f32,
    ) -> Colour {
        let light = self.light;
        let facing = dot(normal, light.direction);
        let wrap = 0.22;
        let direct = ((facing + wrap) / (1.0 + wrap)).max(0.0);
        // Light that enters skin leaves it redder where the shadow begins.
        let bleed = bump((facing / 0.4) * (facing / 0.4)) * 0.10 * light.strength;
        let above = 0.82 - 0.22 * normal[1];
        let side = smooth_step(0.25, 0.95, normal[0] * light.rim)
            * smooth_step(0.95, 0.1, normal[2])
            * 0.55;
        let shine = dot(normal, self.half).max(0.0);
        let shine = shine * shine;
        let shine = shine * shine;
        let shine = shine * shine;
        let glint = shine * shine * shine * gloss * light.strength;
        let mut colour = [0.0; 3];
        for channel in 0..3 {
            let received = light.ambient[channel] * above * openness
                + light.colour[channel] * light.strength * direct * mix(0.75, 1.0, openness)
                + side;
            let red = if channel == 0 { bleed } else { bleed * 0.18 };
            colour[channel] = albedo[channel] * (received + red) + glint * light.colour[channel];
        }
        colour
    }

    /// Slope and height of the relief at a place of the face.
    fn slope(&self, surface: &Surface) -> (Point, f32) {
        let mut slope = (0.0, 0.0);
        let mut height = 0.0;
        for hill in &self.hills {
            let u = (surface.x - hill.x) / hill.across;
            let v = (surface.y - hill.y) / hill.down;
            let square = u * u + v * v;
            if square < 1.0 {
                let steep = -4.0 * (1.0 - square) * hill.height;
                slope.0 += steep * u / hill.across;
                slope.1 += steep * v / hill.down;
                height += hill.height * (1.0 - square) * (1.0 - square);
            }
        }
        // Only the camera's side of the head has a face.
        let front = smooth_step(0.05, 0.35, surface.normal[2]);
        ((slope.0 * front, slope.1 * front), height * front)
    }

    fn albedo(&self, surface: &Surface) -> Colour {
        let identity = self.identity;
        let (x, y) = (surface.x, surface.y);
        let spot = |cx: f32, cy: f32, across: f32, down: f32| {
            let (u, v) = ((x.abs() - cx) / across, (y - cy) / down);
            bump(u * u + v * v)
        };
        let blush = 0.5 * spot(27.0, 9.0, 22.0, 18.0) * (0.6 + identity.makeup * 0.7)
            + 0.35 * spot(0.0, identity.nose_y, 12.0, 10.0)
            + 0.25 * spot(0.0, identity.chin_y - 6.0, 14.0, 10.0);
        let mut colour = identity.skin;
        colour[1] *= 1.0 - 0.20 * blush;
        colour[2] *= 1.0 - 0.20 * blush;
        // Thin skin around the eyes.
        let shade = spot(identity.eye_x, identity.eye_y + 3.0, 15.0, 11.0)
            * (0.14 + 0.16 * identity.wrinkles);
        colour = blend(
            colour,
            [colour[0] * 0.55, colour[1] * 0.45, colour[2] * 0.55],
            shade,
        );
        let mottle = value_noise(identity.seed, x * 0.16, y * 0.16) - 0.5;
        let pores = value_noise(identity.seed ^ 5, x * 0.7, y * 0.7) - 0.5;
        colour = scaled(colour, 1.0 + 0.07 * mottle + 0.05 * pores);
        if identity.freckles > 0.4 {
            let dots = value_noise(identity.seed ^ 9, x * 0.55, y * 0.55);
            let where_sun = spot(14.0, 3.0, 26.0, 18.0);
            let amount = smooth_step(0.68, 0.85, dots) * where_sun * identity.freckles * 0.5;
            colour = blend(
                colour,
                [colour[0] * 0.7, colour[1] * 0.5, colour[2] * 0.4],
                amount,
            );
        }
        self.with_stubble(colour, x, y)
    }

    /// The shadow of a shaved or short beard.
    fn with_stubble(&self, colour: Colour, x: f32, y: f32) -> Colour {
        let identity = self.identity;
        let density = match identity.role.beard {
            Beard::Stubble => 0.55,
            Beard::Full => 0.5,
            Beard::Goatee | Beard::Moustache => 0.22,
            Beard::None if identity.role.male && identity.role.age != super::cast::Age::Child => {
                0.13
            }
            Beard::None => return colour,
        };
        let jaw = smooth_step(14.0, 30.0, y + x.abs() * 0.12);
        let (u, v) = (x / 17.0, (y - identity.mouth_y) / 7.5);
        let lips = bump((u * u + v * v) * 0.8);
        let cheek = smooth_step(46.0, 30.0, x.abs() - (y - 30.0) * 0.3);
        let grain = 0.7 + 0.6 * value_noise(identity.seed ^ 3, x * 1.3, y * 1.3);
        let amount = density * jaw * (1.0 - lips) * mix(0.55, 1.0, cheek) * grain;
        blend(
            colour,
            blend(identity.brow_colour, colour, 0.25),
            amount.clamp(0.0, 0.85),
        )
    }

    fn gloss(&self, surface: &Surface) -> f32 {
        let (x, y) = (surface.x, surface.y);
        let zone = |cx: f32, cy: f32, across: f32, down: f32| {
            let (u, v) = ((x.abs() - cx) / across, (y - cy) / down);
            bump(u * u + v * v)
        };
        let oily = 0.5 * zone(0.0, -36.0, 30.0, 16.0)
            + zone(0.0, self.identity.nose_y - 3.0, 8.0, 12.0)
            + 0.5 * zone(26.0, 2.0, 14.0, 10.0);
        (0.05 + 0.16 * oily) * (0.4 + self.identity.shine)
    }

    /// Creases of age and of smiling.
    pub(super) fn draw_creases(&self, canvas: &mut Canvas, shot: &Shot, head: &Coverage) {
        let identity = self.identity;
        let age = identity.wrinkles;
        let smile = shot.expression.smile.max(0.0);
        let mut crease = |points: &[Point], width: f32, depth: f32| {
            let places: Vec<Point> = points.iter().map(|&(x, y)| self.pose.face(x, y)).collect();
            let full = self.pose.length(width);
            let line = stroke(&places, |t| full * (4.0 * t * (1.0 - t)).max(0.15));
            let coverage = Coverage::of(line, 1.0).within(head);
            let keep = 1.0 - depth;
            canvas.multiply(&coverage, [mix(1.0, keep, 0.75), keep, keep]);
        };
        let mouth_y = identity.mouth_y;
        let wide = identity.mouth_width + 5.0 + 3.0 * smile;
        for side in [-1.0, 1.0] {
            let fold = (0.10 + 0.32 * smile + 0.34 * age).min(0.62);
            crease(
                &[
                    (side * (identity.nose_width + 1.5), identity.nose_y - 2.0),
                    (side * (wide - 5.0), identity.nose_y + 6.0),
                    (side * wide, mouth_y - 4.0),
                    (side * (wide - 0.5), mouth_y + 3.0),
                ],
                2.6,
                fold,
            );
            let (ex, ey) = (identity.eye_x, identity.eye_y);
            crease(
                &[
                    (side * (ex - 8.0), ey + 6.0),
                    (side * ex, ey + 9.5),
                    (side * (ex + 9.0), ey + 7.5),
                ],
                2.2,
                0.08 + 0.36 * age,
            );
            for fan in [-1.0, 0.0, 1.0] {
                let depth = 0.42 * age * (0.5 + 0.5 * smile);
                if depth > 0.05 {
                    crease(
                        &[
                            (side * (ex + 11.5), ey + 1.0 + fan * 2.0),
                            (side * (ex + 15.0), ey + 1.2 + fan * 4.0),
                            (side * (ex + 18.0), ey + 2.0 + fan * 6.5),
                        ],
                        1.5,
                        depth,
                    );
                }
            }
            if age > 0.5 {
                crease(
                    &[
                        (side * (wide - 1.0), mouth_y + 4.0),
                        (side * wide, mouth_y + 14.0),
                    ],
                    2.4,
                    0.25 * age,
                );
            }
        }
        for line in 0..3 {
            let y = identity.brow_y - 6.0 - 5.5 * line as f32;
            let depth =
                (0.3 * age + 0.12 * shot.expression.brows.max(0.0)) * (1.0 - 0.2 * line as f32);
            if depth > 0.06 {
                crease(
                    &[(-22.0, y + 1.0), (-9.0, y - 0.6), (8.0, y + 0.5), (23.0, y)],
                    1.8,
                    depth,
                );
            }
        }
        if shot.expression.brows < -0.3 {
            for side in [-1.0, 1.0] {
                crease(&[(side * 3.5, -27.0), (side * 3.0, -18.0)], 1.8, 0.3);
            }
        }
    }
}

fn relief(identity: &Identity, shot: &Shot, pose: &Pose) -> Vec<Hill> {
    let mut hills = Vec::with_capacity(24);
    let smile = shot.expression.smile.max(0.0);
    // What stands out from the ellipsoid slides over it as the head turns.
    let mut add = |x: f32, y: f32, across: f32, down: f32, height: f32, lift: f32| {
        hills.push(Hill {
            x: x + lift * pose.yaw_tangent,
            y: y - lift * pose.pitch_tangent,
            across,
            down,
            height,
        });
    };
    let nose = identity.nose_height;
    let (nose_y, width) = (identity.nose_y, identity.nose_width);
    add(0.0, nose_y - 14.0, width * 0.95, 21.0, 6.5 * nose, 4.0);
    add(0.0, nose_y - 2.0, width * 0.95, 8.5, 7.5 * nose, 11.0);
    for side in [-1.0, 1.0] {
        add(side * width * 0.78, nose_y + 0.5, 5.6, 5.6, 3.4, 5.0);
        add(
            side * identity.eye_x,
            identity.eye_y + 0.5,
            15.0,
            12.0,
            -6.0,
            0.0,
        );
        add(side * identity.eye_x, identity.eye_y, 9.5, 7.0, 3.0, 0.0);
        add(
            side * (identity.eye_x - 1.0),
            identity.brow_y,
            20.0,
            8.0,
            if identity.role.male { 4.0 } else { 2.4 },
            0.0,
        );
        let cheek = 4.2 * identity.cheek_fullness + 3.5 * smile;
        add(side * 27.0, 6.0 - 3.0 * smile, 20.0, 18.0, cheek, 0.0);
        add(
            side * 33.0,
            30.0,
            14.0,
            16.0,
            3.0 * (identity.cheek_fullness - 0.9),
            0.0,
        );
        add(side * 44.0, -22.0, 12.0, 16.0, -2.5, 0.0);
    }
    add(0.0, identity.mouth_y, 27.0, 16.0, 4.5, 2.0);
    add(0.0, identity.mouth_y - 8.0, 4.0, 6.0, -1.6, 2.0);
    add(0.0, identity.mouth_y + 10.0, 17.0, 6.5, -2.2, 2.0);
    add(
        0.0,
        identity.chin_y - 6.0,
        14.0 * identity.chin,
        10.0,
        4.5,
        1.0,
    );
    add(0.0, -38.0, 36.0, 20.0, 2.5, 0.0);
    hills
}

fn outline_points(identity: &Identity, pose: &Pose) -> Vec<Point> {
    let (w, jaw, chin, cy) = (
        identity.half_width,
        identity.jaw,
        identity.chin,
        identity.chin_y,
    );
    let full = 1.0 + 0.06 * (identity.cheek_fullness - 0.9);
    let mut right = Vec::new();
    let mut left = Vec::new();
    for (side, points) in [(1.0, &mut right), (-1.0, &mut left)] {
        points.extend([
            pose.skull(side * 25.0, -60.0),
            pose.skull(side * w * 0.86, -43.0),
            pose.skull(side * w * 0.99, -21.0),
            pose.place(side * w * 0.995, -4.0, 2.0),
            pose.place(side * w * 0.95 * full, 13.0, 5.0),
            pose.place(side * (w - 8.0) * jaw * full, 28.0, 9.0),
            pose.place(side * (w - 20.0) * jaw, cy - 9.0, 20.0),
            pose.place(side * 13.5 * chin, cy - 1.2, 32.0),
        ]);
    }
    let mut points = vec![pose.skull(0.0, -65.0)];
    points.extend(right);
    points.push(pose.place(0.0, cy + 0.5, 36.0));
    left.reverse();
    points.extend(left);
    points
}

/// Ears, drawn before the face covers their roots.
pub(super) fn draw_ears(canvas: &mut Canvas, skin: &Skin) {
    let (identity, pose) = (skin.identity, skin.pose);
    for side in [-1.0, 1.0] {
        // The ear on the side that turns away hides behind the cheek.
        let turn = -pose.yaw_sine * side;
        let shown = (1.0 + 1.5 * turn).clamp(0.1, 1.6);
        let size = identity.ear_size;
        let root = identity.half_width - 2.0 - 7.0 * turn.max(0.0);
        let at = |out: f32, y: f32| {
            let (x, y) = (side * (root + out * shown * size), -2.0 + y * size);
            pose.place(x, y, 0.0)
        };
        let shape = [
            at(-3.0, -13.0),
            at(3.5, -16.5),
            at(8.2, -12.0),
            at(7.6, -2.0),
            at(5.0, 6.0),
            at(4.2, 12.0),
            at(0.5, 14.0),
            at(-3.0, 9.0),
        ];
        let coverage = Coverage::of(closed_curve(&shape), 0.0);
        let normal = normalised([side * 0.55, -0.05, 0.75]);
        let mut warm = identity.skin;
        warm[1] *= 0.86;
        warm[2] *= 0.84;
        let base = skin.lit(warm, normal, 0.85, 0.03);
        canvas.paint(&coverage, |_, _| base);
        let inner = [
            at(1.5, -11.0),
            at(5.0, -11.5),
            at(5.6, -4.0),
            at(3.0, 3.0),
            at(1.0, 5.0),
        ];
        let hollow = Coverage::of(closed_curve(&inner), 1.0).within(&coverage);
        canvas.multiply(&hollow, [0.66, 0.52, 0.5]);
        let rim = [at(2.0, -14.0), at(6.5, -12.5), at(7.0, -4.0)];
        let edge = Coverage::of(stroke(&rim, |_| 1.5), 1.0).within(&coverage);
        canvas.multiply(&edge, [1.2, 1.16, 1.14]);
        if identity.earrings {
            let radius = pose.length(2.4);
            let drop = Coverage::of(ellipse(at(2.2, 16.0), radius, radius * 1.3), 0.0);
            let gold = skin.lit(linear(214, 172, 84), normal, 1.0, 0.8);
            canvas.tint(&drop, gold, 0.95);
        }
    }
}
