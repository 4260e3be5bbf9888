//! What Denoise's own keys mean.

use crate::tui::motion::Step;

/// An action of Denoise alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenoiseAction {
    /// Move the slider by that many steps; negative is less damage.
    MoveSlider(i32),
    /// Begin to type a level with this digit or point.
    TypeLevel(char),
    /// The next or previous kind of damage.
    StepKind(Step),
    /// Other noise of the same kind and level, and other draws.
    NewNoise,
    /// Other draws for the same damaged picture.
    NewDraws,
    /// Show draws from the faces that may be behind the damage, or how the answers differ from the
    /// clean picture.
    ToggleDraws,
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
    /// Enter the path of a picture file to denoise.
    OpenFile,
    /// Choose which part of the file is the face.
    Crop,
    /// Save the pictures.
    Save,
    /// Search the nearest neighbours of the face.
    Search,
}
