//! From places on the frontal face to pixels, and back: the head is an
//! ellipsoid, turned and seen from far away.
//!
//! Face coordinates are pixels of the frontal face at scale 1: x to the
//! picture's right, y down, z to the camera, the origin between eyes and mouth.

use super::identity::Identity;
use super::numeric::{Point, dot, sine_cosine};
use super::shot::HeadPose;

#[derive(Debug, Clone)]
pub(super) struct Pose {
    /// Rows: where a face vector goes on screen (right, down, to the camera).
    rotation: [[f32; 3]; 3],
    roll: (f32, f32),
    scale: f32,
    centre: Point,
    /// Half axes of the head, and its centre's y.
    radii: [f32; 3],
    middle: f32,
    /// How much wider the skull looks from the side, and its shift.
    skull_width: f32,
    skull_shift: Point,
    pub(super) yaw_sine: f32,
    pub(super) yaw_tangent: f32,
    pub(super) pitch_tangent: f32,
}

/// The surface under a pixel.
pub(super) struct Surface {
    /// Where on the frontal face.
    pub(super) x: f32,
    pub(super) y: f32,
    /// Unit normal in face coordinates.
    pub(super) normal: [f32; 3],
}

/// How far behind the frontal silhouette the skull's middle lies.
const SKULL_DEPTH: f32 = 10.0;

impl Pose {
    pub(super) fn new(identity: &Identity, turn: &HeadPose) -> Self {
        let (sy, cy) = sine_cosine(turn.yaw);
        let (sp, cp) = sine_cosine(turn.pitch);
        let half_width = identity.half_width;
        let radii = [half_width + 0.5, 59.0, 50.0];
        // The face's middle moves when the head turns; LFW's alignment brings
        // most of that back.
        let kept = 0.3;
        let centre = (
            125.0 + turn.shift.0 - (1.0 - kept) * 44.0 * sy,
            126.0 + turn.shift.1 + (1.0 - kept) * 44.0 * sp * cy,
        );
        Self {
            rotation: [
                [cy, 0.0, sy],
                [sy * sp, cp, -cy * sp],
                [-sy * cp, sp, cy * cp],
            ],
            roll: sine_cosine(turn.roll),
            scale: turn.scale,
            centre,
            radii,
            middle: -6.0,
            skull_width: (cy * cy + 1.55 * sy * sy).sqrt(),
            skull_shift: (-SKULL_DEPTH * sy, SKULL_DEPTH * sp),
            yaw_sine: sy,
            yaw_tangent: sy / cy,
            pitch_tangent: sp / cp,
        }
    }

    /// A place in the head to its pixel.
    pub(super) fn place(&self, x: f32, y: f32, z: f32) -> Point {
        let [right, down, _] = &self.rotation;
        self.screen(
            right[0] * x + right[1] * y + right[2] * z,
            down[0] * x + down[1] * y + down[2] * z,
        )
    }

    /// A place on the face's surface, lifted above it by `lift`, to its pixel.
    pub(super) fn lifted(&self, x: f32, y: f32, lift: f32) -> Point {
        let [a, b, c] = self.radii;
        let (u, v) = (x / a, (y - self.middle) / b);
        // A face is flatter in front than an ellipsoid.
        let z = c * (1.0 - u * u - v * v).max(0.03).sqrt();
        self.place(x, y, z + lift)
    }

    /// A place on the face's surface to its pixel.
    pub(super) fn face(&self, x: f32, y: f32) -> Point {
        self.lifted(x, y, 0.0)
    }

    /// A point of the skull's outline, given where it is when seen from the
    /// front: outlines slide over the head as it turns.
    pub(super) fn skull(&self, x: f32, y: f32) -> Point {
        self.screen(
            x * self.skull_width + self.skull_shift.0,
            self.middle + (y - self.middle) + self.skull_shift.1,
        )
    }

    fn screen(&self, right: f32, down: f32) -> Point {
        let (sine, cosine) = self.roll;
        (
            self.centre.0 + self.scale * (right * cosine - down * sine),
            self.centre.1 + self.scale * (right * sine + down * cosine),
        )
    }

    /// A pixel relative to the head, roll and scale undone.
    pub(super) fn upright(&self, x: f32, y: f32) -> Point {
        let (sine, cosine) = self.roll;
        let (dx, dy) = (
            (x - self.centre.0) / self.scale,
            (y - self.centre.1) / self.scale,
        );
        (dx * cosine + dy * sine, dy * cosine - dx * sine)
    }

    /// The head's surface under a pixel; beside the head, its nearest edge.
    pub(super) fn surface(&self, x: f32, y: f32) -> Surface {
        let (u, v) = self.upright(x, y);
        let [right, down, front] = &self.rotation;
        let [a, b, c] = self.radii;
        // The pixel's line of sight, in units of the half axes.
        let start = [
            (u * right[0] + v * down[0]) / a,
            (u * right[1] + v * down[1] - self.middle) / b,
            (u * right[2] + v * down[2]) / c,
        ];
        let ray = [front[0] / a, front[1] / b, front[2] / c];
        let rr = dot(ray, ray);
        let rs = dot(ray, start);
        let root = (rs * rs - rr * (dot(start, start) - 1.0)).max(0.0).sqrt();
        let depth = (root - rs) / rr;
        let unit = super::numeric::channels(|axis| start[axis] + depth * ray[axis]);
        Surface {
            x: unit[0] * a,
            y: unit[1] * b + self.middle,
            normal: super::numeric::normalised([unit[0] / a, unit[1] / b, unit[2] / c]),
        }
    }

    /// A direction in face coordinates to screen coordinates.
    pub(super) fn turned(&self, v: [f32; 3]) -> [f32; 3] {
        let [right, down, front] = &self.rotation;
        let (r, d) = (dot(*right, v), dot(*down, v));
        let (sine, cosine) = self.roll;
        [r * cosine - d * sine, r * sine + d * cosine, dot(*front, v)]
    }

    /// A length of the frontal face in pixels.
    pub(super) fn length(&self, length: f32) -> f32 {
        length * self.scale
    }

    /// How squeezed a patch of the face at x looks from side to side, 0.2 to 1.
    pub(super) fn foreshortening(&self, x: f32) -> f32 {
        let left = self.face(x - 1.0, 0.0);
        let right = self.face(x + 1.0, 0.0);
        ((right.0 - left.0) / (2.0 * self.scale)).clamp(0.2, 1.1)
    }
}
