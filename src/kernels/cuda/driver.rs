//! Launches kernels on a GPU.

use candle_core::cuda_backend::cudarc::driver::{DevicePtr, LaunchConfig, PushKernelArg};
use candle_core::cuda_backend::{CudaStorageSlice, WrapErr};
use candle_core::{CudaDevice, CudaStorage, DType, Layout, Result};

use super::args::Args;

const F32: &str = include_str!(concat!(env!("OUT_DIR"), "/f32.ptx"));
const BF16: &str = include_str!(concat!(env!("OUT_DIR"), "/bf16.ptx"));
/// Threads of a block; eight blocks fill a multiprocessor.
const BLOCK: u32 = 256;

pub(super) fn address(storage: &CudaStorage, layout: &Layout) -> Result<u64> {
    match layout.contiguous_offsets() {
        Some((offset, _)) => address_at(storage, offset),
        None => candle_core::bail!("a kernel got a tensor that is not contiguous"),
    }
}

/// The address of a value.
pub(super) fn address_at(storage: &CudaStorage, offset: usize) -> Result<u64> {
    let stream = storage.device.cuda_stream();
    // All work is on the device's one stream, so there is nothing to wait for.
    let (base, size) = match &storage.slice {
        CudaStorageSlice::F32(slice) => (slice.device_ptr(&stream).0, 4),
        CudaStorageSlice::BF16(slice) => (slice.device_ptr(&stream).0, 2),
        CudaStorageSlice::U32(slice) => (slice.device_ptr(&stream).0, 4),
        CudaStorageSlice::U8(slice) => (slice.device_ptr(&stream).0, 1),
        _ => candle_core::bail!("a kernel got a tensor of an unsupported type"),
    };
    Ok(base + (offset * size) as u64)
}

/// Runs a kernel of `kernels.cu`, compiled for the type of the operands.
pub(super) fn run(kernel: &str, element: DType, args: &Args, device: &CudaDevice) -> Result<()> {
    let (module, ptx) = match element {
        DType::BF16 => ("kernels-bf16", BF16),
        _ => ("kernels-f32", F32),
    };
    let function = device.get_or_load_custom_func(kernel, module, ptx)?;
    let Ok(count) = i32::try_from(args.count) else {
        candle_core::bail!("{} has work for 2³¹ threads", kernel);
    };
    let blocks = count.unsigned_abs().div_ceil(BLOCK);
    let mut builder = function.builder();
    builder.arg(args);
    let config = LaunchConfig {
        grid_dim: (blocks, 1, 1),
        block_dim: (BLOCK, 1, 1),
        shared_mem_bytes: 0,
    };
    // SAFETY: the kernels read and write what their comments say of tensors of the
    // sizes that their callers made; emulated on the CPU they are tested for that.
    unsafe { builder.launch(config) }.w()?;
    Ok(())
}
