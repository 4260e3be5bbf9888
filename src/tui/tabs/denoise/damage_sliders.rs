//! Kinds of damage and their levels, one slider each.

use crate::dataset::Noise;
use crate::generation::constraint::Damage;
use crate::tui::motion::Step;
use crate::tui::text;

/// Blocks along a side of coarse pictures, finest first.
const BLOCKS: [u32; 3] = [16, 8, 4];

/// A kind of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum DamageKind {
    /// White noise of a given σ.
    #[default]
    Gaussian,
    /// Black rectangles.
    Rectangles,
    /// Black and white pixels.
    SaltPepper,
    /// Missing pixels.
    Missing,
    /// Few large pixels.
    Coarse,
    /// Blur.
    Blur,
    /// No colours.
    Grey,
}

impl DamageKind {
    /// All kinds, in the order of the key that goes through them.
    const ALL: [Self; 7] = [
        Self::Gaussian,
        Self::Rectangles,
        Self::SaltPepper,
        Self::Missing,
        Self::Coarse,
        Self::Blur,
        Self::Grey,
    ];

    /// The next or previous kind, around the end.
    pub(super) fn step(self, step: Step) -> Self {
        Self::ALL[step.wrap(self as usize, Self::ALL.len())]
    }

    /// `gaussian noise`.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Gaussian => "gaussian noise",
            Self::Rectangles => "black rectangles",
            Self::SaltPepper => "salt and pepper",
            Self::Missing => "missing pixels",
            Self::Coarse => "coarse blocks",
            Self::Blur => "blur",
            Self::Grey => "grey",
        }
    }

    /// The upper end of the kind's slider. Its positions are hundredths, tenths of a pixel of
    /// blur, or one for each rectangle or number of blocks.
    pub(super) fn max_position(self) -> u32 {
        match self {
            Self::Gaussian | Self::SaltPepper => 50,
            Self::Rectangles => 10,
            Self::Missing => 95,
            Self::Coarse => BLOCKS.len() as u32,
            Self::Blur => 40,
            Self::Grey => 1,
        }
    }

    /// Positions between two levels of a chart.
    fn spacing(self) -> u32 {
        match self {
            Self::Rectangles | Self::Coarse | Self::Grey => 1,
            Self::Gaussian | Self::SaltPepper | Self::Missing | Self::Blur => 5,
        }
    }

    /// The damage at a position; none at 0.
    fn damage_at(self, position: u32) -> Damage {
        let level = position as f32;
        match (self, position) {
            (_, 0) => Damage::Noise(Noise::None),
            (Self::Gaussian, _) => Damage::Noise(Noise::Gaussian(level / 100.0)),
            (Self::Rectangles, count) => Damage::Noise(Noise::Rectangles(count)),
            (Self::SaltPepper, _) => Damage::Noise(Noise::SaltPepper(level / 100.0)),
            (Self::Missing, _) => Damage::Missing(level / 100.0),
            (Self::Coarse, at) => Damage::Coarse(blocks(at)),
            (Self::Blur, _) => Damage::Blur(level / 10.0),
            (Self::Grey, _) => Damage::Grey,
        }
    }

    /// The kind and position of a damage; `None` of no damage.
    pub(super) fn of(damage: Damage) -> Option<(Self, u32)> {
        let hundredths = |level: f32| (level * 100.0).round() as u32;
        Some(match damage {
            Damage::Noise(Noise::None | Noise::Any | Noise::AnyGaussian) => return None,
            Damage::Noise(Noise::Gaussian(sigma)) => (Self::Gaussian, hundredths(sigma)),
            Damage::Noise(Noise::Rectangles(count)) => (Self::Rectangles, count),
            Damage::Noise(Noise::SaltPepper(share)) => (Self::SaltPepper, hundredths(share)),
            Damage::Missing(share) => (Self::Missing, hundredths(share)),
            Damage::Coarse(cells) => {
                let place = BLOCKS.iter().position(|&blocks| blocks == cells)?;
                (Self::Coarse, place as u32 + 1)
            }
            Damage::Blur(sigma) => (Self::Blur, (sigma * 10.0).round() as u32),
            Damage::Grey => (Self::Grey, 1),
        })
    }

    /// A position as a level: `0.20`, `2`, `8 × 8`.
    pub(super) fn level_label(self, position: u32) -> String {
        let level = f64::from(position);
        match self {
            Self::Gaussian => format!("{:.2}", level / 100.0),
            Self::Rectangles => position.to_string(),
            Self::SaltPepper | Self::Missing => format!("{position} %"),
            Self::Coarse => match position {
                0 => "whole".to_string(),
                at => format!("{0} × {0}", blocks(at)),
            },
            Self::Blur => format!("{:.1}", level / 10.0),
            Self::Grey => ["colour", "grey"][usize::from(position > 0)].to_string(),
        }
    }

    /// A position from a level; `None` for a number that is none.
    fn position_of_level(self, level: f64) -> Option<u32> {
        if !level.is_finite() {
            return None;
        }
        let level = level.max(0.0);
        Some(match self {
            Self::Rectangles | Self::Grey => level.round() as u32,
            Self::Blur => (level * 10.0).round() as u32,
            Self::Coarse => {
                let distance = |at: &u32| (f64::from(blocks(*at)) - level).abs();
                let positions = 1..=BLOCKS.len() as u32;
                positions.min_by(|a, b| distance(a).total_cmp(&distance(b)))?
            }
            Self::Gaussian | Self::SaltPepper | Self::Missing => (level * 100.0).round() as u32,
        })
    }
}

/// Blocks along a side at a position from 1.
fn blocks(position: u32) -> u32 {
    let last = BLOCKS.len() - 1;
    BLOCKS[(position.max(1) as usize - 1).min(last)]
}

/// A slider for each kind of damage, which keeps its level while others are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DamageSliders {
    /// The kind shown.
    pub kind: DamageKind,
    /// By kind.
    positions: [u32; DamageKind::ALL.len()],
}

impl Default for DamageSliders {
    fn default() -> Self {
        Self {
            kind: DamageKind::default(),
            // σ 0.1 and two rectangles are what the course trains with.
            positions: [10, 2, 5, 50, 2, 15, 1],
        }
    }
}

impl DamageSliders {
    /// The position of the present slider.
    pub(super) fn position(&self) -> u32 {
        self.positions[self.kind as usize]
    }

    fn set(&mut self, position: u32) {
        self.positions[self.kind as usize] = position.min(self.kind.max_position());
    }

    /// Moves the slider by that many steps.
    pub(super) fn step(&mut self, steps: i32) {
        // Of few positions none is passed over.
        let steps = match self.kind {
            DamageKind::Rectangles | DamageKind::Coarse | DamageKind::Grey => steps.signum(),
            _ => steps,
        };
        self.set(self.position().saturating_add_signed(steps));
    }

    /// The position as a fraction of the slider, 0 to 1.
    pub(super) fn fraction(&self) -> f64 {
        f64::from(self.position()) / f64::from(self.kind.max_position())
    }

    /// Moves the slider to a fraction of it, 0 to 1.
    pub(super) fn set_fraction(&mut self, fraction: f64) {
        let last = f64::from(self.kind.max_position());
        self.set((fraction.clamp(0.0, 1.0) * last).round() as u32);
    }

    /// Sets a level from text: `.25`, `0.2`, `3`. Text that is no number changes
    /// nothing.
    pub(super) fn set_level_text(&mut self, text: &str) {
        let level = text.parse().ok();
        if let Some(position) = level.and_then(|level| self.kind.position_of_level(level)) {
            self.set(position);
        }
    }

    /// The damage at the position of the slider.
    pub(super) fn damage(&self) -> Damage {
        self.kind.damage_at(self.position())
    }

    /// Levels of the present kind from low to high, for a chart.
    pub(super) fn sweep(&self) -> Vec<Damage> {
        let spacing = self.kind.spacing();
        let positions = (spacing..=self.kind.max_position()).step_by(spacing as usize);
        positions
            .map(|position| self.kind.damage_at(position))
            .collect()
    }

    /// `σ 0.20`, `2 rectangles`, `5 % of the pixels`.
    pub(super) fn label(&self) -> String {
        let position = self.position();
        let level = self.kind.level_label(position);
        match self.kind {
            DamageKind::Gaussian => format!("σ {level}"),
            DamageKind::Rectangles => text::pluralize(position as usize, "rectangle"),
            DamageKind::SaltPepper | DamageKind::Missing => format!("{level} of the pixels"),
            DamageKind::Blur => format!("σ {level} pixels"),
            DamageKind::Coarse | DamageKind::Grey => level,
        }
    }

    /// Labels of the slider's ends.
    pub(super) fn end_labels(&self) -> (&'static str, &'static str) {
        match self.kind {
            DamageKind::Gaussian => ("0", "0.50"),
            DamageKind::Rectangles => ("0", "10"),
            DamageKind::SaltPepper => ("0", "50 %"),
            DamageKind::Missing => ("0", "95 %"),
            DamageKind::Coarse => ("whole", "4 × 4"),
            DamageKind::Blur => ("0", "4.0"),
            DamageKind::Grey => ("colour", "grey"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliders_stop_at_their_ends() {
        let mut levels = DamageSliders::default();
        for _ in 0..100 {
            levels.step(1);
        }
        assert_eq!(levels.damage(), Damage::Noise(Noise::Gaussian(0.5)));
        for _ in 0..20 {
            levels.step(-5);
        }
        assert_eq!(levels.damage(), Damage::Noise(Noise::None));
    }

    #[test]
    fn every_kind_keeps_its_level() {
        let mut levels = DamageSliders::default();
        levels.set_level_text("0.33");
        levels.kind = levels.kind.step(Step::Next);
        assert_eq!(levels.damage(), Damage::Noise(Noise::Rectangles(2)));
        levels.step(5);
        assert_eq!(levels.damage(), Damage::Noise(Noise::Rectangles(3)));
        levels.kind = levels.kind.step(Step::Previous);
        assert_eq!(levels.damage(), Damage::Noise(Noise::Gaussian(0.33)));
    }

    #[test]
    fn typed_levels_follow_every_digit() {
        let mut levels = DamageSliders::default();
        for (text, noise) in [
            (".", Damage::Noise(Noise::Gaussian(0.1))),
            (".2", Damage::Noise(Noise::Gaussian(0.2))),
            (".25", Damage::Noise(Noise::Gaussian(0.25))),
            ("7", Damage::Noise(Noise::Gaussian(0.5))),
            ("x", Damage::Noise(Noise::Gaussian(0.5))),
            ("-1", Damage::Noise(Noise::None)),
            ("nan", Damage::Noise(Noise::None)),
        ] {
            levels.set_level_text(text);
            assert_eq!(levels.damage(), noise, "{text}");
        }
    }

    #[test]
    fn every_position_of_every_slider_is_found_again() {
        for kind in DamageKind::ALL {
            for position in 1..=kind.max_position() {
                let damage = kind.damage_at(position);
                assert_eq!(DamageKind::of(damage), Some((kind, position)), "{damage}");
                // What the command line takes is what the screen offers.
                assert_eq!(damage.to_string().parse::<Damage>().unwrap(), damage);
            }
            assert_eq!(kind.damage_at(0), Damage::Noise(Noise::None));
        }
    }

    #[test]
    fn blocks_are_typed_by_their_number_and_grey_is_on_or_off() {
        let mut levels = DamageSliders {
            kind: DamageKind::Coarse,
            ..DamageSliders::default()
        };
        for (text, cells) in [("16", 16), ("5", 4), ("9", 8), ("100", 16)] {
            levels.set_level_text(text);
            assert_eq!(levels.damage(), Damage::Coarse(cells), "{text}");
        }
        levels.kind = DamageKind::Grey;
        levels.step(5);
        assert_eq!(
            (levels.damage(), levels.label()),
            (Damage::Grey, "grey".to_string())
        );
        levels.step(-1);
        assert_eq!(levels.damage(), Damage::Noise(Noise::None));
    }
}
