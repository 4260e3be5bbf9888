//! What happens after the session has handled an event between two steps.

/// Whether training continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Continue,
    Stop,
}

/// What the user decided about an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Stop,
    Continue,
    RolledBack,
}

impl Decision {
    pub(super) fn next(self) -> Next {
        match self {
            Self::Stop => Next::Stop,
            Self::Continue | Self::RolledBack => Next::Continue,
        }
    }
}
