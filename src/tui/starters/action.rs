//! What the keys of the presets to begin with mean.

/// An action of the presets to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StarterAction {
    /// Train this one; a place in the list.
    Train(usize),
    /// Train all that are not there yet, one after another.
    TrainAll,
}
