//! The options of `bench` and `doctor`.

use clap::Args;

use super::args::{DeviceArg, JsonArg};
use super::values::{
    TableSize, batch_size, code_size, data_set, picture_size, seconds, table_size,
};
use crate::config::parse_threads;
use crate::kernels::Precision;

/// Options of `bench`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui bench --size 64 --code-size 512 --threads 1\n  lfw-tui bench --search 1000000x128 --threads 1\n  lfw-tui bench --presets --data lfw-deepfunneled"
)]
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
    /// Measure searching this many codes of this many numbers instead, by each index
    #[arg(long, value_name = "ROWSxDIMS", value_parser = table_size, conflicts_with_all = ["size", "code_size", "batch_size", "seconds", "precision"])]
    pub search: Option<TableSize>,
    /// Tell how long the presets to begin with would take to train on a data set, from a few
    /// steps of each, at low priority
    #[arg(long, conflicts_with_all = ["size", "code_size", "batch_size", "seconds", "search"])]
    pub presets: bool,
    /// The data set: a path, the name of an imported data set, or `sample`
    #[arg(long, value_name = "PATH", value_parser = data_set, requires = "presets")]
    pub data: Option<String>,
    /// Print ratios to another program: a command that, followed by the name of a faiss index,
    /// ROWS and DIMS, prints its `build_s`, `ms_per_query` and `recall` as a line of JSON
    #[arg(long, value_name = "COMMAND", requires = "search")]
    pub against: Option<String>,
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
