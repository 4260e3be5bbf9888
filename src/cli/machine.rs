//! The options of `bench` and `doctor`.

use clap::Args;

use super::args::{DeviceArg, JsonArg};
use super::values::{batch_size, code_size, picture_size, seconds};
use crate::config::parse_threads;
use crate::kernels::Precision;

/// Options of `bench`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lfw-tui bench --size 64 --code-size 512 --threads 1")]
pub(crate) struct BenchArgs {
    /// Picture size in pixels
    #[arg(long, default_value_t = 32, value_parser = picture_size)]
    pub size: u32,
    /// Latent dimensions
    #[arg(long, default_value_t = 32, value_parser = code_size)]
    pub code_size: u32,
    /// Pictures per step
    #[arg(long, default_value_t = 64, value_parser = batch_size)]
    pub batch_size: u32,
    /// Seconds per measurement
    #[arg(long, default_value_t = 4.0, value_parser = seconds)]
    pub seconds: f64,
    /// Number of threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    pub threads: Option<usize>,
    /// Where to compute.
    #[command(flatten)]
    pub compute: DeviceArg,
    /// Precision of matrix products on a GPU [default: tf32]
    #[arg(long)]
    pub precision: Option<Precision>,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}

/// Options of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}
