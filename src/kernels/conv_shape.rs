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
