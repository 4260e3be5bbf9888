//! Convolutions as sums of matrix products over shifted pixels, without a
//! padded copy: pixels are sorted into classes by which of their taps are
//! inside the picture, so that nothing is computed for those on the padding.

mod classes;
mod kind;
mod pack;
mod product;
mod weight_gradient;

pub(super) use kind::ConvKind;
pub(super) use pack::{Pass, pack_weights};
pub(super) use product::ImplicitGemm;
pub(super) use weight_gradient::WeightGradient;
