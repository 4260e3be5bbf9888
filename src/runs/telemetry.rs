//! A GPU's load, from NVIDIA's management library (NVML). The library is loaded
//! when a run computes on a GPU. Where it is missing nothing is shown, and
//! there is no error.

use nvml_wrapper::Nvml;
use nvml_wrapper::enum_wrappers::device::TemperatureSensor;
use serde::{Deserialize, Serialize};

use crate::number_format::json_numbers;

/// A GPU's load at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GpuSample {
    /// Share of the last sample period in which it was busy, 0 to 100.
    #[serde(default = "unknown", deserialize_with = "json_numbers::number_f32")]
    pub(crate) use_percent: f32,
    /// Memory used by all processes, in MiB.
    #[serde(default = "unknown", deserialize_with = "json_numbers::number_f32")]
    pub(crate) memory_mib: f32,
    /// Power drawn, in watts.
    #[serde(default = "unknown", deserialize_with = "json_numbers::number_f32")]
    pub(crate) power_w: f32,
    /// Temperature, in degrees Celsius.
    #[serde(default = "unknown", deserialize_with = "json_numbers::number_f32")]
    pub(crate) temperature_c: f32,
}

/// Fields that another program left out.
fn unknown() -> f32 {
    f32::NAN
}

/// Samples one GPU.
pub(super) struct Telemetry {
    nvml: Nvml,
    index: u32,
}

impl Telemetry {
    /// For the CUDA device of this ordinal; `None` without the library.
    pub(super) fn for_gpu(ordinal: usize) -> Option<Self> {
        let visible = std::env::var("CUDA_VISIBLE_DEVICES").ok();
        Some(Self {
            nvml: Nvml::init().ok()?,
            index: physical_index(ordinal, visible.as_deref())?,
        })
    }

    /// The current load; `None` if the GPU does not report it.
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

/// NVML's index of a CUDA device. NVML counts all GPUs, CUDA only those in
/// `CUDA_VISIBLE_DEVICES`.
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
    fn hidden_gpus_shift_the_index() {
        assert_eq!(physical_index(1, None), Some(1));
        assert_eq!(physical_index(0, Some("2, 3")), Some(2));
        assert_eq!(physical_index(1, Some("2, 3")), Some(3));
        assert_eq!(physical_index(2, Some("2,3")), None);
        assert_eq!(physical_index(0, Some("GPU-8a2f")), None);
    }

    #[test]
    fn without_a_gpu_there_is_nothing_and_no_error() {
        // No machine has this many GPUs.
        let sample = Telemetry::for_gpu(4000).and_then(|telemetry| telemetry.sample());
        assert_eq!(sample, None);
    }
}
