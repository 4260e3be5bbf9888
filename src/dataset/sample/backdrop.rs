//! The blurred background behind the people.

use super::canvas::{Canvas, Coverage, SIDE, closed_curve, ellipse, polygon};
use super::identity::SEED;
use super::numeric::{Colour, Dice, blend, linear, mix, scaled, smooth_step, value_noise};
use super::shot::{SceneKind, Shot};

/// Fills the picture.
pub(super) fn draw_backdrop(canvas: &mut Canvas, shot: &Shot) {
    let scene = shot.scene;
    let dice = &mut Dice::new(SEED, 100, u64::from(shot.seed));
    let side = SIDE as f32;
    let lean = dice.between(-1.0, 1.0);
    let glow = (dice.between(40.0, 210.0), dice.between(30.0, 150.0));
    let (near, far) = (scene.near, scene.far);
    let seed = shot.seed ^ 0xbac;
    canvas.fill(|x, y| {
        let (dx, dy) = ((x - glow.0) / 190.0, (y - glow.1) / 190.0);
        let pool = smooth_step(1.0, 0.0, (dx * dx + dy * dy).sqrt());
        let slope = 0.25 * lean * (x / side - 0.5);
        let cloud = value_noise(seed, x * 0.012, y * 0.012) - 0.5;
        blend(far, near, (pool + slope + 0.25 * cloud).clamp(0.0, 1.0))
    });
    match scene.kind {
        SceneKind::Studio => {}
        SceneKind::Wall => wall(canvas, dice, scene.accent),
        SceneKind::Lights => lights(canvas, dice, scene.accent),
        SceneKind::Office => office(canvas, dice, scene.accent),
        SceneKind::Park => park(canvas, dice, seed),
        SceneKind::Street => street(canvas, dice, scene.accent),
        SceneKind::Banner => banner(canvas, dice, scene.accent),
        SceneKind::Crowd => crowd(canvas, dice),
    }
}

fn slab(
    canvas: &mut Canvas,
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
    colour: Colour,
    blur: f32,
) {
    let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
    canvas.tint(&Coverage::of(polygon(&corners), blur), colour, 0.9);
}

fn wall(canvas: &mut Canvas, dice: &mut Dice, accent: Colour) {
    let edge = dice.between(-20.0, 270.0);
    slab(canvas, edge, -20.0, 280.0, 270.0, scaled(accent, 0.7), 3.0);
    if dice.chance(0.6) {
        let (x, y) = (dice.between(-20.0, 190.0), dice.between(-10.0, 60.0));
        slab(canvas, x, y, x + 80.0, y + 62.0, linear(60, 48, 40), 2.0);
        slab(
            canvas,
            x + 6.0,
            y + 6.0,
            x + 74.0,
            y + 56.0,
            scaled(accent, 1.2),
            2.0,
        );
    }
}

fn lights(canvas: &mut Canvas, dice: &mut Dice, accent: Colour) {
    canvas
        .pixels
        .iter_mut()
        .for_each(|pixel| *pixel = scaled(*pixel, 0.45));
    for _ in 0..14 {
        let centre = (dice.between(-10.0, 260.0), dice.between(-10.0, 260.0));
        let radius = dice.between(5.0, 20.0);
        let warm = dice.between(0.0, 1.0);
        let colour = blend(linear(255, 196, 120), scaled(accent, 1.6), warm);
        let disc = Coverage::of(ellipse(centre, radius, radius), 1.0);
        canvas.tint(&disc, colour, dice.between(0.2, 0.6));
    }
}

fn office(canvas: &mut Canvas, dice: &mut Dice, accent: Colour) {
    let start = dice.between(-40.0, 30.0);
    let bright = linear(214, 222, 228);
    for pane in 0..4 {
        let x = start + 74.0 * pane as f32;
        let colour = scaled(bright, dice.between(0.5, 1.0));
        slab(
            canvas,
            x,
            -20.0,
            x + 60.0,
            dice.between(120.0, 200.0),
            colour,
            4.0,
        );
    }
    slab(canvas, -20.0, 205.0, 280.0, 280.0, scaled(accent, 0.6), 4.0);
}

fn park(canvas: &mut Canvas, dice: &mut Dice, seed: u32) {
    let horizon = dice.between(90.0, 190.0);
    let sky = blend(
        linear(150, 186, 226),
        linear(226, 232, 236),
        dice.between(0.0, 1.0),
    );
    let leaf = blend(
        linear(64, 98, 48),
        linear(122, 128, 58),
        dice.between(0.0, 1.0),
    );
    canvas.fill(|x, y| {
        let canopy = horizon + 60.0 * (value_noise(seed, x * 0.02, 3.0) - 0.5);
        let dapple = value_noise(seed ^ 4, x * 0.06, y * 0.06);
        let green = scaled(leaf, 0.35 + 1.0 * dapple * dapple);
        let ground = blend(green, scaled(leaf, 1.2), smooth_step(190.0, 250.0, y));
        blend(sky, ground, smooth_step(canopy - 22.0, canopy + 22.0, y))
    });
}

fn street(canvas: &mut Canvas, dice: &mut Dice, accent: Colour) {
    for house in 0..5 {
        let x = -10.0 + 56.0 * house as f32 + dice.between(-12.0, 12.0);
        let top = dice.between(-20.0, 80.0);
        let base = blend(accent, linear(150, 140, 130), dice.between(0.2, 0.8));
        let colour = scaled(base, dice.between(0.4, 1.0));
        slab(canvas, x, top, x + 54.0, 280.0, colour, 3.0);
        for floor in 0..4 {
            let y = top + 18.0 + 40.0 * floor as f32;
            slab(
                canvas,
                x + 10.0,
                y,
                x + 24.0,
                y + 20.0,
                scaled(colour, 0.4),
                2.0,
            );
            slab(
                canvas,
                x + 32.0,
                y,
                x + 46.0,
                y + 20.0,
                scaled(colour, 0.4),
                2.0,
            );
        }
    }
}

fn banner(canvas: &mut Canvas, dice: &mut Dice, accent: Colour) {
    let (dx, dy) = (dice.between(0.0, 60.0), dice.between(0.0, 50.0));
    let round = dice.chance(0.5);
    let pale = blend(accent, linear(240, 240, 240), 0.5);
    for row in 0..6 {
        for column in 0..5 {
            let shift = if row % 2 == 0 { 0.0 } else { 32.0 };
            let x = 64.0 * column as f32 - dx + shift;
            let y = 50.0 * row as f32 - dy;
            if round {
                let disc = Coverage::of(ellipse((x, y), 13.0, 13.0), 1.0);
                let hole = Coverage::of(ellipse((x, y), 6.0, 6.0), 1.0);
                canvas.tint(&disc.without(&hole), pale, 0.8);
            } else {
                slab(canvas, x - 19.0, y - 5.0, x + 19.0, y + 1.0, pale, 1.0);
                slab(canvas, x - 12.0, y + 4.0, x + 12.0, y + 7.0, pale, 1.0);
            }
        }
    }
}

fn crowd(canvas: &mut Canvas, dice: &mut Dice) {
    let skins = [
        linear(224, 184, 156),
        linear(150, 104, 76),
        linear(206, 164, 126),
    ];
    for index in 0..5 {
        let x = 10.0 + 58.0 * index as f32 + dice.between(-14.0, 14.0);
        let y = dice.between(70.0, 130.0);
        let size = dice.between(19.0, 26.0);
        let shirt = {
            let cloths = [
                linear(52, 58, 80),
                linear(150, 146, 140),
                linear(96, 50, 50),
                linear(60, 62, 64),
                linear(86, 104, 92),
            ];
            scaled(*dice.pick(&cloths), dice.between(0.4, 1.1))
        };
        let skin = scaled(*dice.pick(&skins), dice.between(0.35, 0.7));
        let hair = scaled(linear(90, 66, 50), dice.between(0.1, 0.9));
        let body = [
            (x - size * 2.0, y + size * 4.6),
            (x - size * 1.6, y + size * 1.9),
            (x, y + size * 1.3),
            (x + size * 1.6, y + size * 1.9),
            (x + size * 2.0, y + size * 4.6),
            (x, y + size * 6.0 + mix(0.0, 90.0, 0.5)),
        ];
        canvas.tint(&Coverage::of(closed_curve(&body), 4.0), shirt, 0.95);
        canvas.tint(
            &Coverage::of(ellipse((x, y - size * 0.3), size * 0.95, size * 1.15), 4.0),
            hair,
            0.95,
        );
        canvas.tint(
            &Coverage::of(ellipse((x, y + size * 0.15), size * 0.78, size), 4.0),
            skin,
            0.95,
        );
    }
}
