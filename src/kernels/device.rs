//! Opens the device that tensors are computed on.

#[cfg(feature = "cuda")]
use candle_core::{
    CudaDevice,
    cuda_backend::WrapErr,
    cuda_backend::cudarc::driver::{result, sys},
};
use candle_core::{Device, DeviceLocation};

use crate::device::{self, DeviceChoice};
use crate::error::Result;

/// Opens the device named `auto`, `cpu`, `cuda` or `cuda:N`. If the requested GPU is
/// not available, this is the CPU, and the second value says why; with `auto` there
/// is no such note.
///
/// # Errors
/// When the name is none of those.
pub(crate) fn select(name: &str) -> Result<(Device, Option<String>)> {
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

/// The name of an open device: `cpu`, `cuda:0`.
pub(crate) fn name(device: &Device) -> String {
    match device.location() {
        DeviceLocation::Cpu => "cpu".to_string(),
        DeviceLocation::Cuda { gpu_id } => format!("cuda:{gpu_id}"),
        DeviceLocation::Metal { gpu_id } => format!("metal:{gpu_id}"),
    }
}

/// Opens the GPU of that number.
///
/// # Errors
/// The reason in one line, without advice, if it is not available.
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

/// Prepares a device that puts the work of all threads on one stream. That is what
/// `Device::new_cuda_with_stream` gives; candle's default gives every thread its own
/// stream and orders nothing between them.
#[cfg(feature = "cuda")]
fn prepare(device: &CudaDevice) -> candle_core::Result<()> {
    // SAFETY: with one stream nothing has to wait for another, so no events are needed.
    unsafe { device.disable_event_tracking() };
    let stream = device.cuda_stream();
    let context = stream.context();
    context.bind_to_thread().w()?;
    // Freed memory is kept for the next step.
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
    fn a_missing_gpu_is_reported_and_replaced_by_the_cpu() {
        assert!(matches!(select("cpu").unwrap(), (Device::Cpu, None)));
        // An index that no machine has.
        let (device, note) = select("cuda:4000").unwrap();
        assert!(device.is_cpu());
        assert!(note.unwrap().ends_with("computing on the CPU"));
    }
}
