//! Kinds of noise and their levels, one slider each.

use crate::dataset::Noise;
use crate::tui::motion::Step;
use crate::tui::text;

/// A kind of noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum NoiseKind {
    /// White noise of a given σ.
    #[default]
    Gaussian,
    /// Black rectangles.
    Rectangles,
    /// Black and white pixels.
    SaltPepper,
}

impl NoiseKind {
    /// All kinds, in the order of the key that goes through them.
    const ALL: [Self; 3] = [Self::Gaussian, Self::Rectangles, Self::SaltPepper];

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
        }
    }
}

/// A slider for each kind of noise, which keeps its level while others are shown.
/// Positions are in steps of the slider: hundredths, or whole rectangles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoiseSliders {
    /// The kind shown.
    pub kind: NoiseKind,
    /// By kind.
    positions: [u32; 3],
}

impl Default for NoiseSliders {
    fn default() -> Self {
        Self {
            kind: NoiseKind::default(),
            // σ 0.1 and two rectangles are what the course trains with.
            positions: [10, 2, 5],
        }
    }
}

impl NoiseSliders {
    /// The upper end of the present slider.
    pub(super) fn max_position(&self) -> u32 {
        match self.kind {
            NoiseKind::Gaussian | NoiseKind::SaltPepper => 50,
            NoiseKind::Rectangles => 10,
        }
    }

    /// The position of the present slider.
    pub(super) fn position(&self) -> u32 {
        self.positions[self.kind as usize]
    }

    fn set(&mut self, position: u32) {
        self.positions[self.kind as usize] = position.min(self.max_position());
    }

    /// Moves the slider by that many steps.
    pub(super) fn step(&mut self, steps: i32) {
        // There are few rectangles: a large step is one too.
        let steps = match self.kind {
            NoiseKind::Rectangles => steps.signum(),
            _ => steps,
        };
        self.set(self.position().saturating_add_signed(steps));
    }

    /// The position as a fraction of the slider, 0 to 1.
    pub(super) fn fraction(&self) -> f64 {
        f64::from(self.position()) / f64::from(self.max_position())
    }

    /// Moves the slider to a fraction of it, 0 to 1.
    pub(super) fn set_fraction(&mut self, fraction: f64) {
        self.set((fraction.clamp(0.0, 1.0) * f64::from(self.max_position())).round() as u32);
    }

    /// Sets a level from text: `.25`, `0.2`, `3`. Text that is no number changes
    /// nothing.
    pub(super) fn set_level_text(&mut self, text: &str) {
        let Ok(level) = text.parse::<f64>() else {
            return;
        };
        if !level.is_finite() {
            return;
        }
        self.set(match self.kind {
            NoiseKind::Rectangles => level.max(0.0).round() as u32,
            _ => (level.max(0.0) * 100.0).round() as u32,
        });
    }

    /// The noise at the position of the slider.
    pub(super) fn noise(&self) -> Noise {
        self.noise_at(self.position())
    }

    /// Levels of the present kind from low to high, for a chart.
    pub(super) fn sweep(&self) -> Vec<Noise> {
        let spacing = match self.kind {
            NoiseKind::Rectangles => 1,
            NoiseKind::Gaussian | NoiseKind::SaltPepper => 5,
        };
        let positions = (spacing..=self.max_position()).step_by(spacing as usize);
        positions.map(|position| self.noise_at(position)).collect()
    }

    fn noise_at(&self, position: u32) -> Noise {
        match (self.kind, position) {
            (_, 0) => Noise::None,
            (NoiseKind::Gaussian, at) => Noise::Gaussian(at as f32 / 100.0),
            (NoiseKind::Rectangles, at) => Noise::Rectangles(at),
            (NoiseKind::SaltPepper, at) => Noise::SaltPepper(at as f32 / 100.0),
        }
    }

    /// `σ 0.20`, `2 rectangles`, `5 % of the pixels`.
    pub(super) fn label(&self) -> String {
        match self.kind {
            NoiseKind::Gaussian => format!("σ {:.2}", f64::from(self.position()) / 100.0),
            NoiseKind::Rectangles => text::pluralize(self.position() as usize, "rectangle"),
            NoiseKind::SaltPepper => format!("{} % of the pixels", self.position()),
        }
    }

    /// Labels of the slider's ends.
    pub(super) fn end_labels(&self) -> (&'static str, &'static str) {
        match self.kind {
            NoiseKind::Gaussian => ("0", "0.50"),
            NoiseKind::Rectangles => ("0", "10"),
            NoiseKind::SaltPepper => ("0", "50 %"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliders_stop_at_their_ends() {
        let mut levels = NoiseSliders::default();
        for _ in 0..100 {
            levels.step(1);
        }
        assert_eq!(levels.noise(), Noise::Gaussian(0.5));
        for _ in 0..20 {
            levels.step(-5);
        }
        assert_eq!(levels.noise(), Noise::None);
    }

    #[test]
    fn every_kind_keeps_its_level() {
        let mut levels = NoiseSliders::default();
        levels.set_level_text("0.33");
        levels.kind = levels.kind.step(Step::Next);
        assert_eq!(levels.noise(), Noise::Rectangles(2));
        levels.step(5);
        assert_eq!(levels.noise(), Noise::Rectangles(3));
        levels.kind = levels.kind.step(Step::Previous);
        assert_eq!(levels.noise(), Noise::Gaussian(0.33));
    }

    #[test]
    fn typed_levels_follow_every_digit() {
        let mut levels = NoiseSliders::default();
        for (text, noise) in [
            (".", Noise::Gaussian(0.1)),
            (".2", Noise::Gaussian(0.2)),
            (".25", Noise::Gaussian(0.25)),
            ("7", Noise::Gaussian(0.5)),
            ("x", Noise::Gaussian(0.5)),
            ("-1", Noise::None),
            ("nan", Noise::None),
        ] {
            levels.set_level_text(text);
            assert_eq!(levels.noise(), noise, "{text}");
        }
    }
}
