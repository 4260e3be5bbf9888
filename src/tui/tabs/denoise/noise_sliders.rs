//! Kinds of noise and their levels, one slider each.

use crate::dataset::Noise;

/// A kind of noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoiseKind {
    /// White noise of a given σ.
    #[default]
    Gaussian,
    /// Black rectangles.
    Rectangles,
    /// Black and white pixels.
    SaltPepper,
}

impl NoiseKind {
    /// In the order of the key that goes through them.
    pub const ALL: [Self; 3] = [Self::Gaussian, Self::Rectangles, Self::SaltPepper];

    /// The kind so many places further, around the end.
    pub fn step(self, places: usize) -> Self {
        Self::ALL[(self as usize + places) % Self::ALL.len()]
    }

    /// `gaussian noise`.
    pub fn title(self) -> &'static str {
        match self {
            Self::Gaussian => "gaussian noise",
            Self::Rectangles => "black rectangles",
            Self::SaltPepper => "salt and pepper",
        }
    }
}

/// The kind shown, and every kind's own level, so that going through the kinds
/// and back changes none. Levels are counted in steps of the slider: hundredths,
/// or whole rectangles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoiseSliders {
    /// The kind shown.
    pub kind: NoiseKind,
    steps: [u32; 3],
}

impl Default for NoiseSliders {
    fn default() -> Self {
        Self {
            kind: NoiseKind::default(),
            // σ 0.1 and two rectangles are what the course trains with.
            steps: [10, 2, 5],
        }
    }
}

impl NoiseSliders {
    /// Steps of the slider of the present kind.
    pub fn max_position(&self) -> u32 {
        match self.kind {
            NoiseKind::Gaussian | NoiseKind::SaltPepper => 50,
            NoiseKind::Rectangles => 10,
        }
    }

    /// The present kind's step.
    pub fn position(&self) -> u32 {
        self.steps[self.kind as usize]
    }

    fn set(&mut self, step: u32) {
        self.steps[self.kind as usize] = step.min(self.max_position());
    }

    /// Moves the slider.
    pub fn step(&mut self, steps: i32) {
        // A tenth of the rectangles is one of them.
        let steps = match self.kind {
            NoiseKind::Rectangles => steps.signum(),
            _ => steps,
        };
        self.set(self.position().saturating_add_signed(steps));
    }

    /// Where the knob stands, 0 to 1.
    pub fn fraction(&self) -> f64 {
        f64::from(self.position()) / f64::from(self.max_position())
    }

    /// Puts the knob to 0 to 1 of the slider.
    pub fn set_fraction(&mut self, share: f64) {
        self.set((share.clamp(0.0, 1.0) * f64::from(self.max_position())).round() as u32);
    }

    /// A level as typed: `.25`, `0.2`, `3`; what is no number changes nothing.
    pub fn set_level_text(&mut self, text: &str) {
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

    /// The noise that the slider stands for.
    pub fn noise(&self) -> Noise {
        self.noise_at(self.position())
    }

    /// Levels of the present kind from low to high, for a chart.
    pub fn sweep(&self) -> Vec<Noise> {
        let apart = match self.kind {
            NoiseKind::Rectangles => 1,
            NoiseKind::Gaussian | NoiseKind::SaltPepper => 5,
        };
        let steps = (apart..=self.max_position()).step_by(apart as usize);
        steps.map(|step| self.noise_at(step)).collect()
    }

    fn noise_at(&self, step: u32) -> Noise {
        match (self.kind, step) {
            (_, 0) => Noise::None,
            (NoiseKind::Gaussian, at) => Noise::Gaussian(at as f32 / 100.0),
            (NoiseKind::Rectangles, at) => Noise::Rectangles(at),
            (NoiseKind::SaltPepper, at) => Noise::SaltPepper(at as f32 / 100.0),
        }
    }

    /// `σ 0.20`, `2 rectangles`, `5 % of the pixels`.
    pub fn label(&self) -> String {
        match self.kind {
            NoiseKind::Gaussian => format!("σ {:.2}", f64::from(self.position()) / 100.0),
            NoiseKind::Rectangles => {
                crate::tui::text::pluralize(self.position() as usize, "rectangle")
            }
            NoiseKind::SaltPepper => format!("{} % of the pixels", self.position()),
        }
    }

    /// Labels of the slider's ends.
    pub fn end_labels(&self) -> (&'static str, &'static str) {
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
        levels.kind = levels.kind.step(1);
        assert_eq!(levels.noise(), Noise::Rectangles(2));
        levels.step(5);
        assert_eq!(levels.noise(), Noise::Rectangles(3));
        levels.kind = levels.kind.step(2);
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
