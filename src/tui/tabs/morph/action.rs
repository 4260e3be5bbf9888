//! What Morph's own keys mean.

use crate::tui::endpoint::Endpoint;
use crate::tui::motion::{Direction, Step};

/// An action of Morph alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MorphAction {
    /// Select the next or previous picture; from noise, show the next or previous pass.
    StepPicture(Step),
    /// Move the slider of radius, spread or axis; on the path as
    /// [`MorphAction::StepPicture`].
    MoveSlider(Step),
    /// The next or previous of what Morph makes.
    StepMode(Step),
    /// Choose the next or previous direction or axis.
    StepChoice(Step),
    /// The direction comes from the marked faces; mark those that it leads to.
    ComeFromMarked,
    /// The axes' sliders go from A, or from the mean face.
    ToggleFromA,
    /// The axes' sliders go to the middle.
    Reset,
    /// Other variations, new faces or places on the axes.
    NewSeed,
    /// More or fewer pictures on the path, or along the direction.
    ChangeSteps(Step),
    /// A face of the next or previous person as an end of the path.
    StepPerson(Endpoint, Step),
    /// Another picture of the same person as an end of the path.
    NextPicture(Endpoint),
    /// A becomes B, and B becomes A.
    Swap,
    /// The nearest real face of the selected picture becomes A.
    NearestToA,
    /// Search the nearest real face of the selected picture.
    Search,
    /// The selected face becomes the one that all tabs show.
    Adopt,
    /// From noise, or in the square: select another face.
    MoveFace(Direction),
    /// From noise: stop making passes, or go on.
    TogglePause,
    /// Let a denoiser finish the faces of codes, or show them as they are decoded.
    ToggleSharp,
    /// Use the next model.
    NextModel,
    /// Save the pictures.
    Save,
}
