//! What Denoise's own keys mean.

use crate::tui::motion::Step;

/// An action of Denoise alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenoiseAction {
    /// Move the slider by that many steps; negative is less noise.
    MoveSlider(i32),
    /// Begin to type a level with this digit or point.
    TypeLevel(char),
    /// The next or previous kind of noise.
    StepKind(Step),
    /// Other noise of the same kind and level.
    NewNoise,
    /// The next or previous face.
    StepFace(Step),
    /// A face of the next or previous person.
    StepPerson(Step),
    /// Open the picker of models.
    ChooseModels,
    /// In the picker: take the model in or out.
    Toggle,
    /// Show the classical methods, which need no training, or hide them.
    ToggleClassical,
    /// Show the chart of PSNR against the level, or the pictures.
    ToggleChart,
    /// Save the pictures.
    Save,
    /// Search the nearest neighbours of the face.
    Search,
}
