//! Kernels for the CPU: f32 in memory, with the widest vectors the machine has, on all cores.

pub mod allocator;
pub mod distance;
pub mod distance_bytes;
pub(super) mod optimizer;
pub mod peak_flops;
pub(super) mod simd;
pub(super) mod threads;

mod activation;
mod add;
mod buffer;
mod conv;
mod conv_transpose;
mod dense;
mod gemm;
mod implicit_gemm;
mod microkernel;
mod mse;
mod operation;
mod pooling;
mod pre_activation;
mod reshape;
mod small_channels;
mod sum_rows;
mod tile;
mod winograd;

pub(super) use add::{AddProduct, AddScaled};
pub(super) use conv::Conv3x3;
pub(super) use conv_transpose::ConvTranspose3x3;
pub(super) use dense::Dense;
pub(super) use mse::{MeanSquaredError, WeightedMse};
pub(super) use reshape::Reshape;
