//! What a convolution computes, and from what.

use crate::kernels::conv_shape::ConvShape;

/// The tensor that is computed from the other two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    /// The output, from input and filter.
    Forward,
    /// The input's gradient, from the output's and the filter.
    BackwardData,
    /// The filter's gradient, from the input and the output's.
    BackwardFilter,
}

/// `[n, h, w, c]`
pub(super) fn input_dims(shape: &ConvShape) -> [usize; 4] {
    [shape.pictures, shape.height, shape.width, shape.inputs]
}

/// `[k, 3, 3, c]`
pub(super) fn filter_dims(shape: &ConvShape) -> [usize; 4] {
    [shape.outputs, 3, 3, shape.inputs]
}

/// `[n, h, w, k]`
pub(super) fn output_dims(shape: &ConvShape) -> [usize; 4] {
    [shape.pictures, shape.height, shape.width, shape.outputs]
}

impl Direction {
    /// The dimensions of the two operands and of the result.
    pub(crate) fn dims(self, shape: &ConvShape) -> [[usize; 4]; 3] {
        let (input, filter, output) = (input_dims(shape), filter_dims(shape), output_dims(shape));
        match self {
            Self::Forward => [input, filter, output],
            Self::BackwardData => [output, filter, input],
            Self::BackwardFilter => [input, output, filter],
        }
    }
}
