//! `lfw_attributes.txt` of the sample: the 73 attributes of LFW's own file,
//! their scores from what was drawn.

use std::fmt::Write;

use super::cast::{Age, Beard, CAST, Frames, Group, HairColour, Style, Tone};
use super::identity::{Identity, SEED};
use super::numeric::Dice;
use super::shot::{Eyewear, Hat, LightKind, OutfitKind, PICTURES_EACH, SceneKind, Shot};

/// The columns of LFW's file, in its order.
pub(super) const NAMES: [&str; 73] = [
    "Male",
    "Asian",
    "White",
    "Black",
    "Baby",
    "Child",
    "Youth",
    "Middle Aged",
    "Senior",
    "Black Hair",
    "Blond Hair",
    "Brown Hair",
    "Bald",
    "No Eyewear",
    "Eyeglasses",
    "Sunglasses",
    "Mustache",
    "Smiling",
    "Frowning",
    "Chubby",
    "Blurry",
    "Harsh Lighting",
    "Flash",
    "Soft Lighting",
    "Outdoor",
    "Curly Hair",
    "Wavy Hair",
    "Straight Hair",
    "Receding Hairline",
    "Bangs",
    "Sideburns",
    "Fully Visible Forehead",
    "Partially Visible Forehead",
    "Obstructed Forehead",
    "Bushy Eyebrows",
    "Arched Eyebrows",
    "Narrow Eyes",
    "Eyes Open",
    "Big Nose",
    "Pointy Nose",
    "Big Lips",
    "Mouth Closed",
    "Mouth Slightly Open",
    "Mouth Wide Open",
    "Teeth Not Visible",
    "No Beard",
    "Goatee",
    "Round Jaw",
    "Double Chin",
    "Wearing Hat",
    "Oval Face",
    "Square Face",
    "Round Face",
    "Color Photo",
    "Posed Photo",
    "Attractive Man",
    "Attractive Woman",
    "Indian",
    "Gray Hair",
    "Bags Under Eyes",
    "Heavy Makeup",
    "Rosy Cheeks",
    "Shiny Skin",
    "Pale Skin",
    "5 o' Clock Shadow",
    "Strong Nose-Mouth Lines",
    "Wearing Lipstick",
    "Flushed Face",
    "High Cheekbones",
    "Brown Eyes",
    "Wearing Earrings",
    "Wearing Necktie",
    "Wearing Necklace",
];

/// The whole file: a comment, the header with LFW's stray `#` column, a row a picture.
pub(super) fn file() -> String {
    let mut text = String::from(
        "# drawn faces, not photographs: scores follow from how each was drawn (positive: present)\n",
    );
    text.push_str("#\tperson\timagenum");
    for name in NAMES {
        text.push('\t');
        text.push_str(name);
    }
    text.push('\n');
    for (person, role) in CAST.iter().enumerate() {
        let identity = Identity::of(person);
        for number in 0..PICTURES_EACH {
            let shot = Shot::of(&identity, person, number);
            text.push_str(&role.name.replace('_', " "));
            // Writing to a String cannot fail.
            let _ = write!(text, "\t{}", number + 1);
            let mut dice = Dice::new(SEED, 300 + number as u64, person as u64);
            for name in NAMES {
                let size = margin(name, &identity, &shot);
                let score = size + 0.12 * size.signum() + dice.around(0.0, 0.08);
                let _ = write!(text, "\t{score:.6}");
            }
            text.push('\n');
        }
    }
    text
}

/// How clearly an attribute is there (positive) or not, about −2 to 2.
#[expect(clippy::too_many_lines, reason = "one line for each attribute")]
pub(super) fn margin(name: &str, identity: &Identity, shot: &Shot) -> f32 {
    let role = identity.role;
    let face = shot.expression;
    let yes = |present: bool| if present { 1.2 } else { -1.2 };
    let hair =
        |colour: &[HairColour]| yes(role.style != Style::Bald && colour.contains(&role.hair));
    let forehead = Forehead::of(identity, shot);
    match name {
        "Male" => yes(role.male),
        "Asian" => yes(role.group == Group::Asian),
        "White" => yes(role.group == Group::White),
        "Black" => yes(role.group == Group::Black),
        "Indian" => yes(role.group == Group::Indian),
        "Child" => yes(role.age == Age::Child),
        "Youth" => yes(role.age == Age::Youth),
        "Middle Aged" => yes(role.age == Age::MiddleAged),
        "Senior" => yes(role.age == Age::Senior),
        "Black Hair" => hair(&[HairColour::Black]),
        "Blond Hair" => hair(&[HairColour::Blond]),
        "Brown Hair" => hair(&[HairColour::DarkBrown, HairColour::Brown, HairColour::Auburn]),
        "Gray Hair" => hair(&[HairColour::Gray, HairColour::White]),
        "Bald" => yes(matches!(role.style, Style::Bald | Style::Wreath)),
        "No Eyewear" => yes(shot.eyewear == Eyewear::None),
        "Eyeglasses" => {
            yes(matches!(shot.eyewear, Eyewear::Glasses(frames) if frames != Frames::None))
        }
        "Sunglasses" => yes(shot.eyewear == Eyewear::Sunglasses),
        "Mustache" => yes(matches!(
            role.beard,
            Beard::Moustache | Beard::Full | Beard::Goatee
        )),
        "Goatee" => yes(role.beard == Beard::Goatee),
        "No Beard" => yes(!matches!(role.beard, Beard::Goatee | Beard::Full)),
        "5 o' Clock Shadow" => yes(role.beard == Beard::Stubble),
        "Sideburns" => yes(role.beard == Beard::Full),
        "Smiling" => 2.4 * (face.smile - 0.35),
        "Frowning" => 2.4 * (-0.15 - face.smile),
        "Chubby" | "Double Chin" => 2.0 * (identity.cheek_fullness - 1.15),
        "Rosy Cheeks" => yes(identity.makeup > 0.6),
        "Round Face" => yes(role.age == Age::Child || identity.cheek_fullness > 1.1),
        "Round Jaw" => 4.0 * (1.0 - identity.jaw),
        "Square Face" => 8.0 * (identity.jaw - 1.08),
        "Oval Face" => 4.0 * (0.97 - identity.jaw),
        "High Cheekbones" => 2.0 * (identity.cheek_fullness - 1.0 + 0.5 * face.smile.max(0.0)),
        "Blurry" => 1.5 * (shot.camera.blur - 0.6),
        "Harsh Lighting" => yes(shot.light.kind == LightKind::Harsh),
        "Flash" => yes(shot.light.kind == LightKind::Flash),
        "Soft Lighting" => yes(shot.light.kind == LightKind::Soft),
        "Outdoor" => yes(matches!(
            shot.scene.kind,
            SceneKind::Park | SceneKind::Street
        )),
        "Posed Photo" => yes(matches!(shot.scene.kind, SceneKind::Studio)),
        "Curly Hair" => yes(matches!(
            role.style,
            Style::ShortCurls | Style::Afro | Style::LongCurls
        )),
        "Wavy Hair" => yes(matches!(role.style, Style::LongWavy | Style::Tousled)),
        "Straight Hair" => yes(straight(role.style)),
        "Receding Hairline" => yes(matches!(role.style, Style::Bald | Style::Wreath)),
        "Bangs" => yes(banged(role.style)),
        "Fully Visible Forehead" => yes(forehead == Forehead::Full),
        "Partially Visible Forehead" => yes(forehead == Forehead::Partial),
        "Obstructed Forehead" => yes(forehead == Forehead::Hidden),
        "Bushy Eyebrows" => 0.8 * (identity.brow_thickness - 4.6),
        "Arched Eyebrows" => 0.8 * (identity.brow_arch - 2.8),
        "Narrow Eyes" => 1.4 * (3.5 - identity.eye_height * face.eyes_open),
        "Eyes Open" => 2.0 * (face.eyes_open - 0.35),
        "Big Nose" => 0.6 * (identity.nose_width - 9.8),
        "Pointy Nose" => 3.0 * (identity.nose_height - 1.05) - 0.3 * (identity.nose_width - 9.0),
        "Big Lips" => 3.0 * (identity.lip_fullness - 1.12),
        "Mouth Closed" => yes(face.open < 0.04),
        "Mouth Slightly Open" => yes((0.04..0.45).contains(&face.open)),
        "Mouth Wide Open" => 3.0 * (face.open - 0.45),
        "Teeth Not Visible" => yes(face.open < 0.06),
        "Wearing Hat" => yes(shot.hat.is_some()),
        "Color Photo" => 1.5,
        "Bags Under Eyes" => 2.0 * (identity.wrinkles - 0.35),
        "Strong Nose-Mouth Lines" => 2.0 * (identity.wrinkles + 0.7 * face.smile.max(0.0) - 0.55),
        "Heavy Makeup" => 2.0 * (identity.makeup - 0.6),
        "Wearing Lipstick" => 2.0 * (identity.makeup - 0.5),
        "Shiny Skin" => 1.6 * (identity.shine - 0.75),
        "Pale Skin" => yes(role.tone == Tone::Pale),
        "Flushed Face" => -0.8,
        "Brown Eyes" => yes(identity.iris_brown),
        "Wearing Earrings" => yes(identity.earrings && !super::hair::covers_ears(role.style)),
        "Wearing Necktie" => yes(shot.outfit.kind == OutfitKind::SuitAndTie),
        // Not drawn ("Baby", "Wearing Necklace"), or subjective ("Attractive …").
        _ => -0.8,
    }
}

#[derive(PartialEq, Eq)]
enum Forehead {
    Full,
    Partial,
    Hidden,
}

impl Forehead {
    fn of(identity: &Identity, shot: &Shot) -> Self {
        use Style::{Afro, LongCurls, Pixie, ShortCurls, Tousled};
        match (shot.hat, identity.role.style) {
            (Some(Hat::Cap(_) | Hat::Beanie(_)), _) => Self::Hidden,
            (None, style) if banged(style) => Self::Hidden,
            (None, Tousled | Pixie | ShortCurls | Afro | LongCurls) => Self::Partial,
            _ => Self::Full,
        }
    }
}

fn banged(style: Style) -> bool {
    matches!(
        style,
        Style::Bowl | Style::BobWithBangs | Style::LongWithBangs
    )
}

fn straight(style: Style) -> bool {
    use Style::{
        Bob, BobWithBangs, Bowl, Bun, LongStraight, LongWithBangs, Pixie, Ponytail, SideParted,
        SweptBack,
    };
    matches!(
        style,
        SideParted
            | SweptBack
            | Bowl
            | Pixie
            | Bob
            | BobWithBangs
            | LongStraight
            | LongWithBangs
            | Bun
            | Ponytail
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_agree_with_what_is_drawn() {
        let text = file();
        let mut rows = text.lines().skip(2);
        let column = |name: &str| NAMES.iter().position(|other| *other == name).unwrap();
        let mut present = [0; NAMES.len()];
        for (person, role) in CAST.iter().enumerate() {
            let identity = Identity::of(person);
            for number in 0..PICTURES_EACH {
                let shot = Shot::of(&identity, person, number);
                let fields: Vec<&str> = rows.next().unwrap().split('\t').collect();
                assert_eq!(fields[0], role.name.replace('_', " "));
                assert_eq!(fields[1], (number + 1).to_string());
                let scores: Vec<f32> = fields[2..].iter().map(|s| s.parse().unwrap()).collect();
                for (count, score) in present.iter_mut().zip(&scores) {
                    *count += usize::from(*score > 0.0);
                }
                let has = |name| scores[column(name)] > 0.0;
                assert_eq!(has("Male"), role.male);
                assert_eq!(has("Sunglasses"), shot.eyewear == Eyewear::Sunglasses);
                assert_eq!(has("No Eyewear"), shot.eyewear == Eyewear::None);
                assert_eq!(has("Wearing Hat"), shot.hat.is_some());
                assert_eq!(has("Smiling"), shot.expression.smile > 0.35);
                assert_eq!(has("Mouth Closed"), shot.expression.open < 0.04);
                let ages = ["Child", "Youth", "Middle Aged", "Senior"];
                assert_eq!(ages.iter().filter(|&&age| has(age)).count(), 1);
                let lights = ["Harsh Lighting", "Flash", "Soft Lighting"];
                assert_eq!(lights.iter().filter(|&&light| has(light)).count(), 1);
            }
        }
        assert!(rows.next().is_none());
        for name in [
            "Smiling",
            "Eyeglasses",
            "Sunglasses",
            "Mustache",
            "Bald",
            "Gray Hair",
            "Wearing Hat",
        ] {
            let count = present[column(name)];
            assert!((5..350).contains(&count), "{name}: {count} of 400");
        }
    }
}
