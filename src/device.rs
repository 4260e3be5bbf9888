//! Where tensors are computed: the CPU or a CUDA device.

use candle_core::Device;

use crate::error::{Error, Result};

/// How a device is written.
pub const ADVICE: &str = "write auto, cpu, cuda, or cuda:N for the N-th GPU, from 0";

/// A device as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The first GPU when there is one, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU of that number.
    Cuda(usize),
}

/// Reads `auto`, `cpu`, `cuda` or `cuda:N`.
///
/// # Errors
/// When it is none of those.
pub fn parse(name: &str) -> Result<Choice> {
    match name {
        "auto" => Ok(Choice::Auto),
        "cpu" => Ok(Choice::Cpu),
        "cuda" => Ok(Choice::Cuda(0)),
        other => other
            .strip_prefix("cuda:")
            .and_then(|number| number.parse().ok())
            .map(Choice::Cuda)
            .ok_or_else(|| Error::invalid(format!("device {other:?}"), ADVICE)),
    }
}

/// Opens the device named `auto`, `cpu`, `cuda` or `cuda:N`. When the GPU that
/// was asked for cannot be had, the second value says so and the CPU serves;
/// `auto` takes the CPU without a word.
///
/// # Errors
/// When the name is none of those.
pub fn select(name: &str) -> Result<(Device, Option<String>)> {
    let choice = parse(name)?;
    let ordinal = match choice {
        Choice::Cpu => return Ok((Device::Cpu, None)),
        Choice::Auto => 0,
        Choice::Cuda(ordinal) => ordinal,
    };
    match open_cuda(ordinal) {
        Ok(device) => Ok((device, None)),
        Err(reason) => {
            let note = format!("{reason}; computing on the CPU");
            Ok((Device::Cpu, (choice != Choice::Auto).then_some(note)))
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
    Device::new_cuda(ordinal).map_err(|error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        format!("no GPU {ordinal} here ({first})")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_others_refused_with_advice() {
        assert_eq!(parse("auto").unwrap(), Choice::Auto);
        assert_eq!(parse("cuda").unwrap(), Choice::Cuda(0));
        assert_eq!(parse("cuda:3").unwrap(), Choice::Cuda(3));
        for wrong in ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "CPU"] {
            let message = parse(wrong).unwrap_err().to_string();
            assert!(message.contains(ADVICE), "{message}");
        }
    }

    #[test]
    fn the_cpu_serves_and_an_unmet_wish_for_a_gpu_is_told() {
        assert!(matches!(select("cpu").unwrap(), (Device::Cpu, None)));
        // No machine has so many GPUs.
        let (device, note) = select("cuda:4000").unwrap();
        assert!(device.is_cpu());
        assert!(note.unwrap().ends_with("computing on the CPU"));
    }
}
