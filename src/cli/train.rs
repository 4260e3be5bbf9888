//! The options of `train`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::args::{DeviceArg, JsonArg};
use super::values::{
    batch_size, code_size, data_set, decay, epochs, gradient_norm, learning_rate, picture_size,
    run_name, seed, share, width,
};
use crate::config::parse_threads;
use crate::dataset::{Noise, Preprocess};
use crate::kernels::Precision;
use crate::training::{Schedule, TrainSpec};

/// Options of `train`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui train --preset face --data lfw.tgz --held-out 0.1\n  lfw-tui train --preset denoiser --detach\n  lfw-tui train --preset pca --code-size 512 --json\n  lfw-tui train --grid code-size=16,32,64 --detach"
)]
pub(crate) struct TrainArgs {
    /// Preset to start from: face, denoiser, faces or generative; descriptor or
    /// identity, for search; the course's pca, linear, conv or denoising [default: conv]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(TrainSpec::preset_names()))]
    #[arg(hide_possible_values = true)]
    pub preset: Option<String>,
    /// Data set to train on: a path, the name of an imported data set, or `sample`
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,
    /// Picture size in pixels: 32, 48, 64, 96 or 128
    #[arg(long, value_name = "PIXELS", value_parser = picture_size)]
    pub size: Option<u32>,
    /// How pictures are resized
    #[arg(long, value_enum)]
    pub preprocess: Option<Preprocess>,
    /// Latent dimensions
    #[arg(long, value_name = "N", value_parser = code_size)]
    pub code_size: Option<u32>,
    /// Channels, which set the size of a face or denoiser network (0 = its default)
    #[arg(long, value_name = "N", value_parser = width)]
    pub width: Option<u32>,
    /// Mirror half of the pictures
    #[arg(long, value_name = "true|false")]
    pub flips: Option<bool>,
    /// Passes over the training pictures
    #[arg(long, value_name = "N", value_parser = epochs)]
    pub epochs: Option<u32>,
    /// Pictures per step
    #[arg(long, value_name = "N", value_parser = batch_size)]
    pub batch_size: Option<u32>,
    /// Learning rate
    #[arg(long, value_name = "X", value_parser = learning_rate)]
    pub lr: Option<f64>,
    /// Learning rate schedule: constant, cosine:WARMUP (a share of the steps, such as 0.05)
    /// or step:EPOCHS:FACTOR (such as step:10:0.5)
    #[arg(long, value_name = "SCHEDULE")]
    pub schedule: Option<Schedule>,
    /// Stop after N epochs without a better held-out error (0 = never)
    #[arg(long, value_name = "N")]
    pub patience: Option<u32>,
    /// Maximum gradient norm (0 = no clipping)
    #[arg(long, value_name = "NORM", value_parser = gradient_norm)]
    pub clip_norm: Option<f64>,
    /// Use an exponential moving average of the weights with this decay, such as
    /// 0.999 (0 = none)
    #[arg(long, value_name = "DECAY", value_parser = decay)]
    pub averaging: Option<f64>,
    /// Noise to learn to remove: gaussian:0.1, rectangles:2, salt-pepper:0.05 or none
    #[arg(long, value_name = "KIND:LEVEL")]
    pub noise: Option<Noise>,
    /// Share of the pictures to hold out for evaluation
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "held_out_people")]
    pub held_out: Option<f64>,
    /// Share of the people to hold out, with all their pictures
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub held_out_people: Option<f64>,
    /// Random seed
    #[arg(long, value_name = "N", value_parser = seed)]
    pub seed: Option<u64>,
    /// Where to compute.
    #[command(flatten)]
    pub compute: DeviceArg,
    /// Precision of matrix products on a GPU [default: tf32]
    #[arg(long)]
    pub precision: Option<Precision>,
    /// Number of threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    pub threads: Option<usize>,
    /// Name of the run
    #[arg(long, value_name = "NAME", value_parser = run_name)]
    pub name: Option<String>,
    /// Train one run per value, one after another; several grids give a run for
    /// every combination: --grid code-size=16,32,64 --grid lr=0.001,0.002
    #[arg(long, value_name = "OPTION=VALUE,…")]
    pub grid: Vec<String>,
    /// Train in the background; the run survives this terminal
    #[arg(long)]
    pub detach: bool,
    /// How to print: progress, then the result.
    #[command(flatten)]
    pub format: JsonArg,
    /// Train these existing runs, one after another (used to start detached
    /// workers and to resume)
    #[arg(long, hide = true, value_name = "FOLDER")]
    pub run_dir: Vec<PathBuf>,
}
