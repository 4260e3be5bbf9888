//! What the keys of the evaluation mean.

/// An action of the evaluation alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvaluationAction {
    /// Show it, over Search.
    Open,
    /// Close it; what is not judged yet stays so.
    Close,
    /// Judge all encoders again.
    Again,
    /// One person's pairs that are farthest apart, or strangers that are closest.
    ToggleKind,
    /// Make the first picture of the pair Search's query.
    OpenPair,
}
