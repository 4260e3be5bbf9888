//! What a GPU is doing, from NVIDIA's management library. The library is
//! loaded when a run computes on a GPU; where it is missing there is nothing
//! to show and no error.

use nvml_wrapper::Nvml;
use nvml_wrapper::enum_wrappers::device::TemperatureSensor;
use serde::{Deserialize, Serialize};

use crate::number_format::written;

/// A GPU at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GpuSample {
    /// Share of the last sample period in which it computed, 0 to 100.
    #[serde(default = "unknown", deserialize_with = "written::single")]
    pub use_percent: f32,
    /// Memory taken by all processes, in MiB.
    #[serde(default = "unknown", deserialize_with = "written::single")]
    pub memory_mib: f32,
    /// Power drawn, in watts.
    #[serde(default = "unknown", deserialize_with = "written::single")]
    pub power_w: f32,
    /// In degrees Celsius.
    #[serde(default = "unknown", deserialize_with = "written::single")]
    pub temperature_c: f32,
}

/// What a foreign writer left out.
fn unknown() -> f32 {
    f32::NAN
}

/// Looks at one GPU.
pub(super) struct Telemetry {
    nvml: Nvml,
    index: u32,
}

impl Telemetry {
    /// For the CUDA device of this ordinal; none without the library.
    pub(super) fn for_gpu(ordinal: usize) -> Option<Self> {
        let visible = std::env::var("CUDA_VISIBLE_DEVICES").ok();
        Some(Self {
            nvml: Nvml::init().ok()?,
            index: physical_index(ordinal, visible.as_deref())?,
        })
    }

    /// What it does now; none when it does not say.
    pub(super) fn sample(&self) -> Option<GpuSample> {
        let device = self.nvml.device_by_index(self.index).ok()?;
        Some(GpuSample {
            use_percent: device.utilization_rates().ok()?.gpu as f32,
            memory_mib: device.memory_info().ok()?.used as f32 / 1_048_576.0,
            power_w: device.power_usage().ok()? as f32 / 1000.0,
            temperature_c: device.temperature(TemperatureSensor::Gpu).ok()? as f32,
        })
    }
}

/// The management library counts all GPUs, CUDA those that it may see.
fn physical_index(ordinal: usize, visible: Option<&str>) -> Option<u32> {
    match visible {
        None | Some("") => u32::try_from(ordinal).ok(),
        Some(list) => list.split(',').nth(ordinal)?.trim().parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_gpu_shifts_the_count() {
        assert_eq!(physical_index(1, None), Some(1));
        assert_eq!(physical_index(0, Some("2, 3")), Some(2));
        assert_eq!(physical_index(1, Some("2, 3")), Some(3));
        assert_eq!(physical_index(2, Some("2,3")), None);
        assert_eq!(physical_index(0, Some("GPU-8a2f")), None);
    }

    #[test]
    fn without_a_gpu_there_is_nothing_and_no_error() {
        // No machine has so many.
        let sample = Telemetry::for_gpu(4000).and_then(|telemetry| telemetry.sample());
        assert_eq!(sample, None);
    }
}
