//! The measurements as they are printed.

use serde::Serialize;

use crate::commands::output;
use crate::error::Result;

/// The measurements, as `--json` prints them.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub size: u32,
    pub code_size: u32,
    pub batch_size: u32,
    pub device: String,
    /// Threads of the CPU kernels; 0 on another device.
    pub threads: usize,
    pub instruction_set: &'static str,
    /// Whether the training step was replayed as a CUDA graph.
    pub recorded: bool,
    pub parameters: usize,
    /// Median rate of forward, backward and optimizer step.
    pub train_images_per_s: f64,
    pub encode_images_per_s: f64,
    /// 90th and 10th percentile of the training steps' rates.
    pub train_spread: [f64; 2],
    /// At these rates, counting every tap of direct convolutions.
    pub train_gflops: f64,
    pub encode_gflops: f64,
    /// Measured with matrix products that fit the L1 cache; CPU only.
    pub peak_gflops: Option<f64>,
    /// `train_gflops` / `peak_gflops`; above 1 where Winograd saves multiplications.
    pub train_share_of_peak: Option<f64>,
    pub encode_share_of_peak: Option<f64>,
    /// Peak resident memory of the process in MiB; Linux only.
    pub peak_memory_mib: Option<f64>,
    /// Minor page faults per training step, without the first four steps: near 0
    /// where memory is reused; Linux only.
    pub pages_per_train_step: Option<f64>,
}

/// Prints the measurements for people.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn print(figures: &Figures) -> Result<()> {
    let Figures {
        size,
        code_size,
        batch_size,
        device,
        threads,
        instruction_set,
        ..
    } = figures;
    let place = match (device.as_str(), figures.recorded) {
        ("cpu", _) => format!("{threads} threads with {instruction_set}"),
        (gpu, true) => format!("{gpu}, steps replayed as CUDA graphs"),
        (gpu, false) => format!("{gpu}, kernels launched one by one"),
    };
    output::line(format!(
        "seed network, {size}×{size}, code {code_size}, batches of {batch_size}, on {place}"
    ))?;
    let share = |share: Option<f64>| {
        share.map_or_else(String::new, |share| {
            format!(", {:.0} % of the f32 peak", 100.0 * share)
        })
    };
    output::line(format!(
        "training  {:>9.0} images/s  {:>7.1} GFLOP/s{} (steps from {:.0} to {:.0})",
        figures.train_images_per_s,
        figures.train_gflops,
        share(figures.train_share_of_peak),
        figures.train_spread[1],
        figures.train_spread[0],
    ))?;
    output::line(format!(
        "encoding  {:>9.0} images/s  {:>7.1} GFLOP/s{}",
        figures.encode_images_per_s,
        figures.encode_gflops,
        share(figures.encode_share_of_peak),
    ))?;
    if let Some(peak) = figures.peak_gflops {
        output::line(format!(
            "f32 peak  {peak:>7.1} GFLOP/s (matrix products in the L1 cache)"
        ))?;
    }
    if let Some(memory) = figures.peak_memory_mib {
        output::line(format!("memory    {memory:>7.0} MiB peak"))?;
    }
    if let Some(pages) = figures.pages_per_train_step {
        output::line(format!("faults    {pages:>7.1} pages per training step"))?;
    }
    Ok(())
}
