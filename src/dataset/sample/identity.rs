//! What stays the same in all pictures of one person: bones, skin, hair, eyes.

use super::cast::{Age, CAST, Group, Role, Style};
use super::numeric::{Colour, Dice, blend, linear, scaled};

/// Seed of the whole sample; a new one is a new sample (and a new version).
pub(super) const SEED: u64 = 2007; // the year of LFW's report

/// Lengths are pixels of the frontal face around its centre, y down.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) role: &'static Role,
    pub(super) seed: u32,
    pub(super) skin: Colour,
    pub(super) lips: Colour,
    pub(super) hair: Colour,
    pub(super) brow_colour: Colour,
    pub(super) iris: Colour,
    pub(super) iris_brown: bool,
    /// Half the width at the cheekbones.
    pub(super) half_width: f32,
    /// Jaw and chin against the average, about 0.85 to 1.15.
    pub(super) jaw: f32,
    pub(super) chin: f32,
    pub(super) chin_y: f32,
    pub(super) cheek_fullness: f32,
    pub(super) eye_x: f32,
    pub(super) eye_y: f32,
    pub(super) eye_width: f32,
    pub(super) eye_height: f32,
    pub(super) eye_tilt: f32,
    /// 0: a deep crease above the eye, 1: none.
    pub(super) eye_fold: f32,
    pub(super) brow_y: f32,
    pub(super) brow_thickness: f32,
    pub(super) brow_arch: f32,
    pub(super) nose_y: f32,
    pub(super) nose_width: f32,
    pub(super) nose_height: f32,
    pub(super) mouth_y: f32,
    pub(super) mouth_width: f32,
    pub(super) lip_fullness: f32,
    pub(super) ear_size: f32,
    /// 0 smooth to 1 deeply lined.
    pub(super) wrinkles: f32,
    pub(super) freckles: f32,
    pub(super) shine: f32,
    pub(super) makeup: f32,
    pub(super) hairline: f32,
    pub(super) hair_volume: f32,
    /// −1 parted on the picture's left, 1 on its right.
    pub(super) parting: f32,
    pub(super) earrings: bool,
    pub(super) favourite_cloth: Colour,
}

impl Identity {
    /// The person with the given index below forty.
    #[expect(
        clippy::too_many_lines,
        reason = "one draw for each trait, in a fixed order"
    )]
    pub(super) fn of(person: usize) -> Self {
        let role = &CAST[person];
        let mut dice = Dice::new(SEED, 0, person as u64);
        let child = role.age == Age::Child;
        let (aged, male) = (role.age == Age::Senior, role.male);
        let broad = matches!(role.group, Group::Black);
        let fold = match role.group {
            Group::Asian => dice.between(0.7, 1.0),
            _ => dice.between(0.0, 0.3),
        };
        let skin_base = role.tone.colour();
        let ruddy = dice.around(0.0, 0.06);
        let skin = [
            skin_base[0] * (1.0 + ruddy * 0.4),
            skin_base[1] * (1.0 - ruddy),
            skin_base[2] * (1.0 - ruddy * 1.2),
        ];
        let makeup = match (male, child) {
            (false, false) => dice.between(0.25, 1.0),
            _ => 0.0,
        };
        let lip_tint = *dice.pick(&[
            linear(206, 92, 92),
            linear(196, 70, 84),
            linear(214, 116, 104),
            linear(180, 62, 66),
        ]);
        let natural = [skin[0] * 0.84, skin[1] * 0.47, skin[2] * 0.50];
        let lips = blend(natural, lip_tint, 0.12 + 0.6 * makeup);
        let hair = scaled(role.hair.colour(), dice.between(0.85, 1.15));
        let brown_eyes = [linear(92, 58, 34), linear(66, 42, 28), linear(110, 74, 40)];
        let light_eyes = [
            linear(88, 118, 142),
            linear(96, 120, 96),
            linear(116, 128, 134),
        ];
        let iris_brown = !matches!(role.group, Group::White) || dice.chance(0.35);
        let iris = *dice.pick(if iris_brown { &brown_eyes } else { &light_eyes });
        let brow_base = match role.style {
            Style::Bald => scaled(hair, 0.8),
            _ => scaled(hair, if aged { 0.75 } else { 0.62 }),
        };
        let small = if child { 0.93 } else { 1.0 };
        Self {
            role,
            seed: dice.bits(),
            skin,
            lips,
            hair,
            brow_colour: brow_base,
            iris,
            iris_brown,
            half_width: dice.around(if male { 47.5 } else { 45.5 }, 3.4) * small
                + if child { 1.5 } else { 0.0 },
            jaw: dice.around(if male { 1.06 } else { 0.94 }, 0.10) * small,
            chin: dice.around(if male { 1.12 } else { 0.92 }, 0.2),
            chin_y: dice.around(if male { 51.0 } else { 48.5 }, 3.5)
                - if child { 5.0 } else { 0.0 },
            cheek_fullness: dice.around(if child { 1.25 } else { 0.9 }, 0.45),
            eye_x: dice.around(19.6, 1.7),
            eye_y: dice.around(-12.0, 1.2) + if child { 2.5 } else { 0.0 },
            eye_width: dice.around(if child { 10.8 } else { 10.0 }, 0.9),
            eye_height: dice.around(if child { 5.3 } else { 4.5 }, 0.7) * (1.0 - 0.14 * fold)
                - if aged { 0.4 } else { 0.0 },
            eye_tilt: dice.around(0.06, 0.08) + 0.05 * fold,
            eye_fold: fold,
            brow_y: dice.around(if male { -22.5 } else { -24.5 }, 1.6),
            brow_thickness: dice.around(if male { 4.6 } else { 3.0 }, 1.3),
            brow_arch: dice.around(if male { 1.8 } else { 3.2 }, 1.4),
            nose_y: dice.around(if child { 9.5 } else { 12.5 }, 2.2),
            nose_width: dice.around(if broad { 11.4 } else { 9.0 }, 1.6) * small,
            nose_height: dice.around(if broad { 0.9 } else { 1.05 }, 0.25)
                * if child { 0.7 } else { 1.0 },
            mouth_y: dice.around(28.0, 1.6) - if child { 3.0 } else { 0.0 },
            mouth_width: dice.around(if male { 18.0 } else { 16.8 }, 2.0) * small,
            lip_fullness: dice.around(
                if broad {
                    1.35
                } else if male {
                    0.85
                } else {
                    1.05
                },
                0.25,
            ) * if aged { 0.82 } else { 1.0 },
            ear_size: dice.around(1.0, 0.18) * if aged { 1.12 } else { 1.0 },
            wrinkles: match role.age {
                Age::Child | Age::Youth => 0.0,
                Age::MiddleAged => dice.between(0.2, 0.45),
                Age::Senior => dice.between(0.75, 1.0),
            },
            freckles: if matches!(role.tone, super::cast::Tone::Pale) {
                dice.between(0.0, 1.0)
            } else {
                0.0
            },
            shine: dice.between(0.25, 1.0),
            makeup,
            hairline: dice.around(-41.0, 3.5)
                - if male && role.age == Age::MiddleAged {
                    3.0
                } else {
                    0.0
                }
                - if aged { 4.0 } else { 0.0 },
            hair_volume: dice.around(1.0, 0.25),
            parting: if dice.chance(0.5) { 1.0 } else { -1.0 },
            earrings: !male && !child && dice.chance(0.45),
            favourite_cloth: *dice.pick(&[
                linear(40, 52, 84),
                linear(58, 60, 66),
                linear(126, 44, 48),
                linear(52, 96, 92),
                linear(186, 178, 160),
                linear(88, 66, 110),
                linear(196, 128, 62),
            ]),
        }
    }
}
