//! Where tensors are computed: the CPU or a CUDA device.

use candle_core::Device;

use crate::error::{Error, Result};

/// Picks the device named `auto`, `cpu`, `cuda` or `cuda:N`. When the GPU that
/// was asked for cannot be had, the second value says so and the CPU serves.
///
/// # Errors
/// When the name is none of those.
pub fn select(name: &str) -> Result<(Device, Option<String>)> {
    let ordinal = match name {
        "cpu" => return Ok((Device::Cpu, None)),
        "auto" | "cuda" => 0,
        other => other
            .strip_prefix("cuda:")
            .and_then(|number| number.parse::<usize>().ok())
            .ok_or_else(|| {
                Error::invalid(
                    format!("device {other:?}"),
                    "write auto, cpu, cuda, or cuda:N for the N-th GPU",
                )
            })?,
    };
    if !cfg!(feature = "cuda") {
        let note = "this program was built without CUDA (see README.md); computing on the CPU";
        return Ok((Device::Cpu, (name != "auto").then(|| note.to_string())));
    }
    match Device::new_cuda(ordinal) {
        Ok(device) => Ok((device, None)),
        Err(error) => {
            let first = error
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_string();
            let note = format!("no GPU {ordinal} ({first}); computing on the CPU");
            Ok((Device::Cpu, (name != "auto").then_some(note)))
        }
    }
}
