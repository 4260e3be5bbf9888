//! Tensor operations that stock candle lacks, gets wrong, or does slowly.
//!
//! Pictures are NHWC `[n, h, w, channels]` f32 throughout; convolution weights
//! are `[3, 3, in, out]`. Each operation is defined in `ops`, is differentiable
//! through candle's autograd (`autograd`), has kernels for the CPU (`cpu`) and
//! for GPUs ([`cuda`]), and a reference implementation ([`mod@reference`]), the
//! shortest that candle's operations allow, which tests compare both with.

mod activation;
mod autograd;
mod backend;
mod conv_shape;
mod cpu;
pub(crate) mod cuda;
pub mod device;
mod ops;
pub mod optimizer;
mod precision;
pub mod reference;

pub use activation::{Activation, Pooling};
pub use autograd::backward;
pub use cpu::simd::{Instructions, instruction_set, set_instructions};
pub use cpu::threads::{limit_threads, set_threads, threads};
pub use cpu::{allocator, distance, distance_bytes, peak_flops};
pub use ops::{
    add, add_product, add_scaled, conv_transpose3x3, conv3x3, dense, mse, reshape, weighted_mse,
};
pub use precision::{Precision, set_precision};
