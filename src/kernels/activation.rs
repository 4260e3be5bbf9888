//! What may follow a layer: its non-linearity and its pooling.

use serde::{Deserialize, Serialize};

/// The non-linearity after a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// None.
    #[default]
    Linear,
    /// max(x, 0); its gradient at 0 is 0.
    Relu,
    /// x where positive, else eˣ − 1.
    Elu,
    /// x · sigmoid(x).
    Silu,
}

/// The pooling after a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pooling {
    /// None: the output keeps the picture's size.
    None,
    /// The maximum of each 2×2 window. The first of several equal maxima, in row
    /// order, gets the gradient. An odd last row or column is dropped.
    Max2x2,
}
