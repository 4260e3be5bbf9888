//! Names of devices: the CPU and CUDA GPUs.

use crate::error::{Error, Result};

/// How to write a device's name.
pub(crate) const SYNTAX: &str = "write auto, cpu, cuda, or cuda:N for the N-th GPU, from 0";

/// The device that the user chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceChoice {
    /// The first GPU if there is one, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU of this number, from 0.
    Cuda(usize),
}

/// Parses `auto`, `cpu`, `cuda` or `cuda:N`.
///
/// # Errors
/// When the name is none of these.
pub(crate) fn parse(name: &str) -> Result<DeviceChoice> {
    match name {
        "auto" => Ok(DeviceChoice::Auto),
        "cpu" => Ok(DeviceChoice::Cpu),
        "cuda" => Ok(DeviceChoice::Cuda(0)),
        other => other
            .strip_prefix("cuda:")
            .and_then(|number| number.parse().ok())
            .map(DeviceChoice::Cuda)
            .ok_or_else(|| Error::invalid(format!("device {other:?}"), SYNTAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_names_parse_and_others_are_refused_with_advice() {
        assert_eq!(parse("auto").unwrap(), DeviceChoice::Auto);
        assert_eq!(parse("cuda").unwrap(), DeviceChoice::Cuda(0));
        assert_eq!(parse("cuda:3").unwrap(), DeviceChoice::Cuda(3));
        for wrong in ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "CPU"] {
            let message = parse(wrong).unwrap_err().to_string();
            assert!(message.contains(SYNTAX), "{message}");
        }
    }
}
