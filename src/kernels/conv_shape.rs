//! The sizes of a convolution, for the kernels of all backends.

/// Sizes of a 3×3 convolution with padding. Height and width are the input's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ConvShape {
    pub pictures: usize,
    pub height: usize,
    pub width: usize,
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
}

impl ConvShape {
    /// Pictures, height and width of the input.
    pub(crate) fn dims(&self) -> [usize; 3] {
        [self.pictures, self.height, self.width]
    }

    /// Pixels of a picture of the input.
    pub(crate) fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// Values of the weights `[3, 3, inputs, outputs]`.
    pub(crate) fn weights(&self) -> usize {
        9 * self.inputs * self.outputs
    }
}
