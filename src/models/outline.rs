//! What a network is before it is built: its stages, and how many weights it learns.

/// What a network turns a face into, step by step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outline {
    /// In the order in which a face passes them; the first is the face.
    pub stages: Vec<Stage>,
    /// Numbers that training changes. `None` for what is fitted at once.
    pub weights: Option<usize>,
}

/// What a face is at one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// A square of pixels with several numbers each.
    Map {
        /// Pixels.
        side: usize,
        /// Numbers at each pixel.
        channels: usize,
    },
    /// Numbers without a place in the picture.
    Numbers(usize),
    /// The code: as many numbers.
    Code(usize),
}

impl Stage {
    /// The face itself.
    pub(super) fn face(side: u32) -> Self {
        Self::map(side as usize, 3)
    }

    pub(super) fn map(side: usize, channels: usize) -> Self {
        Self::Map { side, channels }
    }
}

/// Weights and biases of a 3×3 convolution, plain or transposed.
pub(super) fn convolution_weights([inputs, outputs]: [usize; 2]) -> usize {
    9 * inputs * outputs + outputs
}

/// Weights and biases of a dense layer.
pub(super) fn dense_weights([inputs, outputs]: [usize; 2]) -> usize {
    inputs * outputs + outputs
}

/// Those of a residual block.
pub(super) fn residual_weights(channels: usize) -> usize {
    2 * convolution_weights([channels, channels])
}
