//! One picture of one person: everything drawn in order, back to front.

use super::backdrop::draw_backdrop;
use super::beard::draw_beard;
use super::camera::develop;
use super::canvas::{Canvas, SIDE};
use super::clothes::draw_body;
use super::features::{Face, draw_brows, draw_eyes, draw_mouth, draw_nose};
use super::hair;
use super::identity::Identity;
use super::pose::Pose;
use super::shot::Shot;
use super::skin::{Skin, draw_ears};
use super::wear::{draw_eyewear, draw_hat};

/// The picture as RGB bytes `[250, 250, 3]`, a pure function of person and
/// shot: every pixel of the canvas is painted anew.
pub(super) fn draw(canvas: &mut Canvas, identity: &Identity, shot: &Shot) -> Vec<u8> {
    let pose = Pose::new(identity, &shot.pose);
    let skin = Skin::new(identity, shot, &pose);
    let head = skin.outline();
    let face = Face {
        identity,
        shot,
        pose: &pose,
        skin: &skin,
        head: &head,
    };
    draw_backdrop(canvas, shot);
    hair::draw_back(canvas, &face);
    draw_body(canvas, &face);
    draw_ears(canvas, &skin);
    canvas.paint_smooth(&head, |x, y| skin.shade(x, y));
    skin.draw_creases(canvas, shot, &head);
    draw_nose(canvas, &face);
    draw_eyes(canvas, &face);
    draw_mouth(canvas, &face);
    draw_beard(canvas, &face);
    hair::draw_front(canvas, &face);
    draw_brows(canvas, &face);
    draw_eyewear(canvas, &face);
    draw_hat(canvas, &face);
    let bytes = develop(canvas, shot);
    debug_assert_eq!(bytes.len(), SIDE * SIDE * 3);
    bytes
}
