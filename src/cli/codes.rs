//! The options of `codes`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::args::{DeviceArg, JsonArg, MeasureArg, StoreArg};
use super::values::data_set;

/// Options of `codes`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true)))]
#[command(
    after_help = "Examples:\n  lfw-tui codes latest -o codes.npy\n  lfw-tui codes pca-64 -o codes.safetensors --data lfw --whiten\n  lfw-tui codes latest -o projector/     # then: tensorboard --logdir projector\n  lfw-tui codes latest -o postgresql://ada@db.example.org/faces\n  lfw-tui codes --list"
)]
pub(crate) struct CodesArgs {
    /// `pca-32` or another PCA size, a bundled model, or a run's name, id, unique prefix, or `latest`
    #[arg(value_name = "RUN", required_unless_present_any = ["list", "remove"])]
    pub run: Option<String>,
    /// What to write: NAME.npy, NAME.safetensors, NAME.tsv, a folder for tensorboard's projector,
    /// or `postgresql://…` for a database (`postgresql://` alone is that of --pg or the setting pg)
    #[arg(short, long, value_name = "OUT", group = "what", requires = "run")]
    pub output: Option<PathBuf>,
    /// List the sets of codes in the store
    #[arg(long, group = "what", conflicts_with = "run")]
    pub list: bool,
    /// Remove a set of codes, by its number, from the store
    #[arg(long, value_name = "SET", group = "what", conflicts_with = "run")]
    pub remove: Option<i32>,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
    /// How a store compares them.
    #[command(flatten)]
    pub compare: MeasureArg,
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
