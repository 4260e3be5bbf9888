//! 3×3 convolution with 2.25 times fewer multiplications: F(2×2, 3×3) of
//! Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016).
//!
//! A tile of 2×2 outputs needs 4×4 inputs d. With the matrices B, G and A of
//! section 4.1, it is Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, and summing ⊙ over channels
//! makes sixteen matrix products. The gradients are the transposes of the same
//! maps. The larger F(4×4, 3×3) loses more digits than the gradients may.
//!
//! Pieces of the batch small enough for the second cache go through all stages at once.

mod backward;
mod both_axes;
mod forward;
mod inputs;
mod outputs;
mod products;
mod tiles;
mod weights;

pub(super) use backward::{BackwardInputs, backward};
pub(super) use forward::ForwardInputs;

use crate::kernels::conv_shape::ConvShape;

/// Whether a convolution's sizes fit the tiles and the vectors.
pub(super) fn suits(shape: ConvShape) -> bool {
    shape.height.is_multiple_of(2)
        && shape.width.is_multiple_of(2)
        && shape.inputs.is_multiple_of(16)
        && shape.outputs.is_multiple_of(16)
}
