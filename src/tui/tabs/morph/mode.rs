//! What Morph makes.

use crate::tui::motion::Step;

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum MorphMode {
    /// Faces between A and B.
    #[default]
    Path,
    /// Faces around A.
    Vary,
    /// New faces.
    Sample,
    /// Faces that a denoiser draws from noise.
    Noise,
    /// A moved along a direction.
    Along,
    /// A face by its place on the codes' principal axes.
    Axes,
    /// Faces between up to four others.
    Square,
}

impl MorphMode {
    const ALL: [Self; 7] = [
        Self::Path,
        Self::Vary,
        Self::Sample,
        Self::Noise,
        Self::Along,
        Self::Axes,
        Self::Square,
    ];

    /// The next or previous one, around the end.
    pub(super) fn step(self, step: Step) -> Self {
        let place = Self::ALL.iter().position(|mode| *mode == self);
        Self::ALL[step.wrap(place.unwrap_or(0), Self::ALL.len())]
    }
}
