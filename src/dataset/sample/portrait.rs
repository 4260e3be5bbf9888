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

/// The picture as RGB bytes `[250, 250, 3]`, a pure function of its arguments.
pub(super) fn draw(identity: &Identity, shot: &Shot) -> Vec<u8> {
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
    let mut canvas = Canvas::new();
    draw_backdrop(&mut canvas, shot);
    hair::draw_back(&mut canvas, &face);
    draw_body(&mut canvas, &face);
    draw_ears(&mut canvas, &skin);
    canvas.paint_smooth(&head, |x, y| skin.shade(x, y));
    skin.draw_creases(&mut canvas, shot, &head);
    draw_nose(&mut canvas, &face);
    draw_eyes(&mut canvas, &face);
    draw_mouth(&mut canvas, &face);
    draw_beard(&mut canvas, &face);
    hair::draw_front(&mut canvas, &face);
    draw_brows(&mut canvas, &face);
    draw_eyewear(&mut canvas, &face);
    draw_hat(&mut canvas, &face);
    let bytes = develop(&mut canvas, shot);
    debug_assert_eq!(bytes.len(), SIDE * SIDE * 3);
    bytes
}
