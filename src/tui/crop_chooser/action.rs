//! What the keys mean by which the part of a picture file is chosen.

use crate::dataset::FaceCrop;
use crate::tui::motion::Step;

/// An action while a crop is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CropAction {
    /// A larger or smaller box.
    Resize(Step),
    /// This part.
    Set(FaceCrop),
}
