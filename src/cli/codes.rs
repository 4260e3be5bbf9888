//! The options of `codes`.

use std::path::PathBuf;

use clap::Args;

use super::args::{DeviceArg, JsonArg};
use super::values::data_set;

/// Options of `codes`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui codes latest -o codes.npy\n  lfw-tui codes pca-64 -o codes.safetensors --data lfw --whiten\n  lfw-tui codes latest -o projector/     # then: tensorboard --logdir projector"
)]
pub(crate) struct CodesArgs {
    /// `pca-32` or another PCA size, a bundled model, or a run's name, id, unique prefix, or `latest`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// File to write: NAME.npy, NAME.safetensors, NAME.tsv, or a folder for tensorboard's projector
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Whiten the codes first: uncorrelated numbers with mean 0 and variance 1
    #[arg(long)]
    pub whiten: bool,
    /// Data set to encode [default: the model's training data]
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,
    /// Where to compute.
    #[command(flatten)]
    pub compute: DeviceArg,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}
