//! Opens the device that tensors are computed on.

use candle_core::Device;
#[cfg(feature = "cuda")]
use candle_core::{
    CudaDevice,
    cuda_backend::WrapErr,
    cuda_backend::cudarc::driver::{result, sys},
};

use crate::device::{self, DeviceChoice};
use crate::error::Result;

/// Opens the device named `auto`, `cpu`, `cuda` or `cuda:N`. When the GPU that
/// was asked for cannot be had, the second value says so and the CPU serves;
/// `auto` takes the CPU without a word.
///
/// # Errors
/// When the name is none of those.
pub fn select(name: &str) -> Result<(Device, Option<String>)> {
    let choice = device::parse(name)?;
    let ordinal = match choice {
        DeviceChoice::Cpu => return Ok((Device::Cpu, None)),
        DeviceChoice::Auto => 0,
        DeviceChoice::Cuda(ordinal) => ordinal,
    };
    match open_cuda(ordinal) {
        Ok(device) => Ok((device, None)),
        Err(reason) => {
            tracing::info!("{reason}; computing on the CPU");
            let note = format!("{reason}; computing on the CPU");
            Ok((Device::Cpu, (choice != DeviceChoice::Auto).then_some(note)))
        }
    }
}

/// The GPU of that number, or in one line why it cannot be had.
///
/// # Errors
/// The reason, without advice.
pub fn open_cuda(ordinal: usize) -> Result<Device, String> {
    if !cfg!(feature = "cuda") {
        return Err("this program was built without CUDA (cargo build --features cuda)".into());
    }
    open(ordinal).map_err(|error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        format!("no GPU {ordinal} here ({first})")
    })
}

fn open(ordinal: usize) -> candle_core::Result<Device> {
    let device = Device::new_cuda_with_stream(ordinal)?;
    #[cfg(feature = "cuda")]
    prepare(device.as_cuda_device()?)?;
    Ok(device)
}

/// Prepares a device all of whose work is put on one stream, whatever thread it
/// comes from (that of `Device::new_cuda_with_stream`, not candle's default, which
/// gives every thread a stream of its own and orders nothing between them).
#[cfg(feature = "cuda")]
fn prepare(device: &CudaDevice) -> candle_core::Result<()> {
    // SAFETY: with one stream nothing has to wait for another, so no events are needed.
    unsafe { device.disable_event_tracking() };
    let stream = device.cuda_stream();
    let context = stream.context();
    context.bind_to_thread().w()?;
    // Memory that was given back is kept for the next step.
    let mut keep = u64::MAX;
    // SAFETY: the device is there, and the attribute is an unsigned 64-bit number.
    unsafe {
        let pool = result::device::get_default_mem_pool(context.cu_device()).w()?;
        result::mem_pool::set_attribute(
            pool,
            sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD,
            std::ptr::from_mut(&mut keep).cast(),
        )
        .w()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_serves_and_an_unmet_wish_for_a_gpu_is_told() {
        assert!(matches!(select("cpu").unwrap(), (Device::Cpu, None)));
        // No machine has so many GPUs.
        let (device, note) = select("cuda:4000").unwrap();
        assert!(device.is_cpu());
        assert!(note.unwrap().ends_with("computing on the CPU"));
    }
}
