//! What Morph's own keys mean.

use crate::tui::endpoint::Endpoint;
use crate::tui::motion::{Direction, Step};

/// An action of Morph alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MorphAction {
    /// Select the next or previous picture; from noise, show the next or previous pass.
    StepPicture(Step),
    /// Move the slider of radius or spread; on the path as
    /// [`MorphAction::StepPicture`].
    MoveSlider(Step),
    /// From the path to variations, to new faces, to faces from noise, to the path.
    NextMode,
    /// Other variations or new faces.
    NewSeed,
    /// More pictures on the path.
    MoreSteps,
    /// Fewer pictures on the path.
    FewerSteps,
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
    /// From noise: the selected face becomes the one that all tabs show.
    Adopt,
    /// From noise: select another face.
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
