//! The metrics that have a curve over steps.

use crate::runs::metrics_log::MetricRow;

/// A metric over steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum MetricKind {
    /// Mean squared error of each step's pictures.
    #[default]
    Loss,
    /// The learning rate.
    LearningRate,
    /// Training pictures per second.
    ImagesPerS,
    /// The GPU's utilization, in percent.
    GpuUse,
    /// The GPU's used memory, in MiB.
    GpuMemory,
    /// The GPU's power, in watts.
    GpuPower,
    /// The GPU's temperature, in degrees Celsius.
    GpuTemperature,
}

impl MetricKind {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Loss,
        Self::LearningRate,
        Self::ImagesPerS,
        Self::GpuUse,
        Self::GpuMemory,
        Self::GpuPower,
        Self::GpuTemperature,
    ];

    /// Its name and unit.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Loss => "mean squared error",
            Self::LearningRate => "learning rate",
            Self::ImagesPerS => "training images/s",
            Self::GpuUse => "GPU use, %",
            Self::GpuMemory => "GPU memory, MiB",
            Self::GpuPower => "GPU power, W",
            Self::GpuTemperature => "GPU temperature, °C",
        }
    }

    pub(super) fn value_in(self, row: &MetricRow) -> Option<f64> {
        match self {
            Self::Loss => row.loss,
            Self::LearningRate => row.lr,
            Self::ImagesPerS => row.images_per_s,
            Self::GpuUse => row.gpu.map(|gpu| f64::from(gpu.use_percent)),
            Self::GpuMemory => row.gpu.map(|gpu| f64::from(gpu.memory_mib)),
            Self::GpuPower => row.gpu.map(|gpu| f64::from(gpu.power_w)),
            Self::GpuTemperature => row.gpu.map(|gpu| f64::from(gpu.temperature_c)),
        }
    }
}
