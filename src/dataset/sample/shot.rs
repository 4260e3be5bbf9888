//! What differs between the pictures of one person: pose, expression, light,
//! clothes, background, camera.

use super::cast::{Age, Frames, Style};
use super::identity::{Identity, SEED};
use super::numeric::{Colour, Dice, linear};

/// Pictures of each person.
pub(super) const PICTURES_EACH: usize = 10;

#[derive(Debug, Clone)]
pub(super) struct Shot {
    pub(super) seed: u32,
    pub(super) pose: HeadPose,
    pub(super) expression: Expression,
    pub(super) light: Light,
    pub(super) eyewear: Eyewear,
    pub(super) hat: Option<Hat>,
    pub(super) outfit: Outfit,
    pub(super) scene: Scene,
    pub(super) camera: Camera,
}

/// Angles in radians; shifts in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadPose {
    /// Positive turns the face to the picture's right.
    pub(super) yaw: f32,
    /// Positive looks up.
    pub(super) pitch: f32,
    pub(super) roll: f32,
    pub(super) scale: f32,
    pub(super) shift: (f32, f32),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Expression {
    /// −0.5 frowns, 0 is neutral, 1 beams.
    pub(super) smile: f32,
    /// 0 shut to 1 wide open.
    pub(super) open: f32,
    /// 0 closed, 1 normal.
    pub(super) eyes_open: f32,
    /// −1 lowered and drawn together, 1 raised.
    pub(super) brows: f32,
    /// Where the eyes look, −1 to 1 each way.
    pub(super) gaze: (f32, f32),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Light {
    /// Unit vector to the main light: x right, y down, z to the camera.
    pub(super) direction: [f32; 3],
    pub(super) colour: Colour,
    pub(super) strength: f32,
    pub(super) ambient: Colour,
    /// A second light from behind, −1 left to 1 right; 0 none.
    pub(super) rim: f32,
    pub(super) kind: LightKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LightKind {
    Soft,
    Harsh,
    Flash,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Eyewear {
    None,
    Glasses(Frames),
    Sunglasses,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Hat {
    Cap(Colour),
    Beanie(Colour),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outfit {
    pub(super) kind: OutfitKind,
    pub(super) cloth: Colour,
    pub(super) second: Colour,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutfitKind {
    SuitAndTie,
    Blazer,
    Shirt,
    TeeShirt,
    Turtleneck,
    Neckline,
    Hoodie,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Scene {
    pub(super) kind: SceneKind,
    pub(super) near: Colour,
    pub(super) far: Colour,
    pub(super) accent: Colour,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SceneKind {
    Studio,
    Wall,
    Lights,
    Office,
    Park,
    Street,
    Banner,
    Crowd,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Camera {
    pub(super) exposure: f32,
    /// Red and blue gain against green.
    pub(super) warmth: f32,
    pub(super) contrast: f32,
    /// Standard deviation of the grain on the 0–255 scale.
    pub(super) grain: f32,
    /// Radius of the blur in pixels, below 0.3 is sharp.
    pub(super) blur: f32,
}

impl Shot {
    /// Picture `number` (from 0) of the person with index `person`.
    pub(super) fn of(identity: &Identity, person: usize, number: usize) -> Self {
        let mut dice = Dice::new(SEED, 1 + number as u64, person as u64);
        let dice = &mut dice;
        let seed = dice.bits();
        let pose = head_pose(dice);
        let expression = expression(dice);
        let light = light(dice);
        let eyewear = eyewear(dice, identity);
        let hat = hat(dice, identity);
        let outfit = outfit(dice, identity);
        let scene = scene(dice);
        Self {
            seed,
            pose,
            expression,
            light,
            eyewear,
            hat,
            outfit,
            scene,
            camera: camera(dice),
        }
    }
}

fn head_pose(dice: &mut Dice) -> HeadPose {
    HeadPose {
        yaw: dice.around(0.0, 0.62),
        pitch: dice.around(0.0, 0.26),
        roll: dice.around(0.0, 0.16),
        scale: dice.around(1.0, 0.07),
        shift: (dice.around(0.0, 3.5), dice.around(0.0, 3.0)),
    }
}

fn expression(dice: &mut Dice) -> Expression {
    let smiles = dice.chance(0.5);
    let smile = if smiles {
        dice.between(0.45, 1.0)
    } else {
        dice.between(-0.4, 0.25)
    };
    let open = match (smiles, dice.chance(0.55)) {
        (true, true) => dice.between(0.2, 0.6),
        (false, true) if dice.chance(0.6) => dice.between(0.12, 0.7),
        _ => 0.0,
    };
    let eyes_open = if dice.chance(0.05) {
        0.1
    } else {
        dice.between(0.82, 1.12) - 0.22 * smile.max(0.0)
    };
    Expression {
        smile,
        open,
        eyes_open,
        brows: dice.around(0.1, 1.0) - if smile < -0.15 { 0.6 } else { 0.0 },
        gaze: (dice.around(0.0, 0.9), dice.around(0.0, 0.5)),
    }
}

fn light(dice: &mut Dice) -> Light {
    let kind = match dice.bits() % 10 {
        0..=4 => LightKind::Soft,
        5..=7 => LightKind::Harsh,
        _ => LightKind::Flash,
    };
    let (side, lift) = match kind {
        LightKind::Soft => (dice.around(0.0, 1.1), dice.between(-0.9, -0.2)),
        LightKind::Harsh => {
            let side = if dice.chance(0.5) { 1.0 } else { -1.0 };
            (side * dice.between(0.6, 1.5), dice.between(-1.0, -0.1))
        }
        LightKind::Flash => (dice.around(0.0, 0.25), dice.between(-0.3, 0.0)),
    };
    let (strength, ambient) = match kind {
        LightKind::Soft => (dice.between(0.55, 0.8), dice.between(0.34, 0.5)),
        LightKind::Harsh => (dice.between(0.9, 1.15), dice.between(0.12, 0.26)),
        LightKind::Flash => (dice.between(0.8, 0.95), dice.between(0.16, 0.28)),
    };
    let warm = dice.around(0.03, 0.16);
    let sky = dice.around(-0.02, 0.12);
    Light {
        direction: super::numeric::normalised([side, lift, 1.0]),
        colour: [1.0 + warm, 1.0, 1.0 - warm],
        strength,
        ambient: [ambient * (1.0 + sky), ambient, ambient * (1.0 - sky)],
        rim: if dice.chance(0.35) {
            dice.between(0.35, 1.0) * if side > 0.0 { -1.0 } else { 1.0 }
        } else {
            0.0
        },
        kind,
    }
}

fn eyewear(dice: &mut Dice, identity: &Identity) -> Eyewear {
    let frames = identity.role.frames;
    if identity.role.age != Age::Child && dice.chance(0.045) {
        Eyewear::Sunglasses
    } else if frames != Frames::None && dice.chance(0.85) {
        Eyewear::Glasses(frames)
    } else if frames == Frames::None && identity.role.age != Age::Child && dice.chance(0.03) {
        Eyewear::Glasses(Frames::Thin)
    } else {
        Eyewear::None
    }
}

fn hat(dice: &mut Dice, identity: &Identity) -> Option<Hat> {
    let tall = matches!(identity.role.style, Style::Afro | Style::Bun);
    if !dice.chance(0.06) || tall {
        return None;
    }
    let colour = *dice.pick(&CLOTHS);
    Some(if dice.chance(0.6) {
        Hat::Cap(colour)
    } else {
        Hat::Beanie(colour)
    })
}

const CLOTHS: [Colour; 12] = [
    cloth(34, 40, 58),
    cloth(52, 54, 58),
    cloth(28, 28, 32),
    cloth(112, 36, 44),
    cloth(38, 84, 108),
    cloth(74, 106, 76),
    cloth(206, 198, 184),
    cloth(228, 226, 222),
    cloth(196, 122, 70),
    cloth(122, 92, 142),
    cloth(88, 70, 56),
    cloth(214, 176, 76),
];

const fn cloth(red: u8, green: u8, blue: u8) -> Colour {
    const fn channel(byte: u8) -> f32 {
        let value = byte as f32 / 255.0;
        value * value
    }
    [channel(red), channel(green), channel(blue)]
}

fn outfit(dice: &mut Dice, identity: &Identity) -> Outfit {
    use OutfitKind::{Blazer, Hoodie, Neckline, Shirt, SuitAndTie, TeeShirt, Turtleneck};
    let role = identity.role;
    let kinds: &[OutfitKind] = match (role.male, role.age) {
        (_, Age::Child) => &[TeeShirt, Hoodie, Shirt, TeeShirt],
        (true, Age::Youth) => &[TeeShirt, Shirt, Hoodie, SuitAndTie, Blazer],
        (true, _) => &[SuitAndTie, SuitAndTie, Shirt, Blazer, Turtleneck],
        (false, Age::Youth) => &[Neckline, TeeShirt, Blazer, Neckline, Hoodie],
        (false, _) => &[Blazer, Neckline, Turtleneck, Shirt, Blazer],
    };
    let kind = *dice.pick(kinds);
    let mut cloth = if dice.chance(0.4) {
        identity.favourite_cloth
    } else {
        *dice.pick(&CLOTHS)
    };
    if matches!(kind, SuitAndTie) {
        cloth = *dice.pick(&CLOTHS[..3]);
    }
    let second = match kind {
        SuitAndTie => *dice.pick(&[
            linear(150, 36, 44),
            linear(40, 62, 128),
            linear(96, 88, 60),
            linear(86, 46, 96),
        ]),
        _ => *dice.pick(&[
            linear(236, 234, 230),
            linear(170, 190, 214),
            linear(40, 40, 46),
        ]),
    };
    Outfit {
        kind,
        cloth,
        second,
    }
}

fn scene(dice: &mut Dice) -> Scene {
    use SceneKind::{Banner, Crowd, Lights, Office, Park, Street, Studio, Wall};
    let kind = *dice.pick(&[
        Studio, Studio, Wall, Lights, Office, Park, Street, Banner, Crowd,
    ]);
    let palette = [
        (linear(104, 128, 152), linear(40, 54, 78)),
        (linear(186, 174, 158), linear(108, 96, 84)),
        (linear(70, 76, 84), linear(22, 24, 30)),
        (linear(146, 92, 72), linear(66, 38, 34)),
        (linear(108, 132, 108), linear(48, 66, 54)),
        (linear(216, 214, 208), linear(160, 162, 166)),
        (linear(60, 88, 150), linear(26, 40, 86)),
        (linear(142, 120, 160), linear(70, 58, 92)),
    ];
    let (near, far) = *dice.pick(&palette);
    let (accent, _) = *dice.pick(&palette);
    Scene {
        kind,
        near,
        far,
        accent,
    }
}

fn camera(dice: &mut Dice) -> Camera {
    Camera {
        exposure: dice.around(1.0, 0.28),
        warmth: dice.around(0.015, 0.07),
        contrast: dice.around(1.05, 0.16),
        grain: dice.between(0.8, 3.4),
        blur: if dice.chance(0.12) {
            dice.between(0.8, 1.6)
        } else {
            dice.between(0.0, 0.5)
        },
    }
}
