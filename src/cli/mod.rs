//! The command line, as types: clap only, no behaviour.

mod args;
mod runs;
mod screen;
mod train;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::parse_threads;
pub use crate::config::{Colors, Graphics};
use crate::dataset::{Crop, Noise};
use crate::kernels::Precision;
use crate::search::{IndexKind, Metric};

pub use args::{DeviceArg, JsonArg, ModelArg, RunArg};
pub use runs::{ExportArgs, ResumeArgs, RunsCommand};
pub use screen::ScreenArgs;
pub use train::TrainArgs;
use values::{
    batch_size, code_size, data_set, frames, neighbours, picture_size, sample_count, seconds,
    spread_factor, url,
};

/// Denoising autoencoders on Labeled Faces in the Wild, in your terminal.
///
/// Without a command, opens the screen: browse faces, train autoencoders and
/// watch them learn, denoise, search by face, morph.
#[derive(Debug, Parser)]
#[command(name = "lfw-tui", version, propagate_version = true)]
// Options of the screen before a command would do nothing there.
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Files are kept in the XDG folders, or below $LFW_TUI_HOME where that is set."
)]
pub struct Cli {
    /// The command; the screen when left out.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Options of the screen.
    #[command(flatten)]
    pub screen: ScreenArgs,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Download, verify and import LFW
    Fetch(FetchArgs),
    /// Import an archive (.tgz, .tar, .zip) or folder of people's pictures
    Import(ImportArgs),
    /// Train an autoencoder, in the foreground or detached
    Train(Box<TrainArgs>),
    /// Evaluate a model on held-out pictures
    Eval(EvalArgs),
    /// Find the faces most similar to a face
    Search(SearchArgs),
    /// Add noise to a picture and remove it with a model
    Denoise(DenoiseArgs),
    /// Morph one face into another in a model's latent space
    Morph(MorphArgs),
    /// Generate new faces from random latent codes
    Sample(SampleArgs),
    /// List, inspect, control and remove training runs
    Runs(RunsArgs),
    /// Measure training and encoding speed on this machine
    Bench(BenchArgs),
    /// Check that everything works, and say how to fix what does not
    Doctor(DoctorArgs),
    /// Print completions for a shell: `lfw-tui completions bash`
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Options of `fetch`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui fetch\n  lfw-tui fetch funneled --base-url https://example.org/lfw"
)]
pub struct FetchArgs {
    /// Which of LFW's alignments
    #[arg(value_enum, default_value_t = Archive::Deepfunneled)]
    pub archive: Archive,
    /// A mirror that has the official files under their names
    #[arg(long, value_name = "URL", value_parser = url)]
    pub base_url: Option<String>,
    /// Share to crop from each side of a picture's centre square: lfw is 0.32, for
    /// pictures with wide margins such as LFW's; none where the face fills the
    /// picture [default: the data set's current crop, or lfw]
    #[arg(long, value_name = "none|lfw|FRACTION")]
    pub crop: Option<Crop>,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}

/// LFW's three alignments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Archive {
    /// Aligned by deep funneling; the documented results use it.
    Deepfunneled,
    /// Aligned by funneling.
    Funneled,
    /// Not aligned, as detected.
    Original,
}

/// Options of `import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui import lfw-deepfunneled.tgz\n  lfw-tui import ~/pictures/people        # folders Name/anything.jpg\n\nEach folder with pictures is a person, together with its subfolders.\nNumbers in names, as in Name_0003.jpg, are kept. See docs/importing.md."
)]
pub struct ImportArgs {
    /// An archive or a folder, with pictures as `Name/anything.jpg`
    pub path: PathBuf,
    /// Share to crop from each side of a picture's centre square: lfw is 0.32, for
    /// pictures with wide margins such as LFW's; none where the face fills the
    /// picture [default: the data set's current crop, or lfw]
    #[arg(long, value_name = "none|lfw|FRACTION")]
    pub crop: Option<Crop>,
    /// List skipped pictures and why they were skipped
    #[arg(long)]
    pub list_skipped: bool,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}

/// Options of `eval`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui eval latest --json\n  lfw-tui eval pca-32 --data others.tgz --noise gaussian:0.1\n  lfw-tui eval latest --against classical\n  lfw-tui eval latest --curve"
)]
pub struct EvalArgs {
    /// The model.
    #[command(flatten)]
    pub model: ModelArg,
    /// Evaluate on all pictures of this data set instead of the model's held-out ones
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,
    /// Noise on the input [default: the noise that the model was trained to remove]
    #[arg(long, value_name = "KIND:LEVEL")]
    pub noise: Option<Noise>,
    /// Compare with other methods on the same pictures, under --noise or under
    /// Gaussian noise with sigma 0.05 to 0.5
    #[arg(long, value_enum)]
    pub against: Option<Against>,
    /// Show error against code size, for exact PCA and all runs on the same pictures
    #[arg(long, conflicts_with_all = ["against", "noise", "data"])]
    pub curve: bool,
    /// Where to compute.
    #[command(flatten)]
    pub compute: DeviceArg,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}

/// What `eval` compares a model with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Against {
    /// PCA of the same code size, the Wiener filter, non-local means and total variation
    Classical,
}

/// Options of `search`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui search latest George_W_Bush_0001 -k 5\n  lfw-tui search pca-64 me.jpg --index lsh --metric cosine --whiten --json"
)]
pub struct SearchArgs {
    /// The model.
    #[command(flatten)]
    pub model: ModelArg,
    /// A picture file, or a face: `George_W_Bush_0001`, `George W Bush 1`
    pub query: String,
    /// Number of neighbours
    #[arg(short, value_name = "N", default_value_t = 10, value_parser = neighbours)]
    pub k: usize,
    /// Exact (brute) or approximate (lsh) search
    #[arg(long, value_enum, default_value_t = IndexKind::Brute)]
    pub index: IndexKind,
    /// Distance between codes
    #[arg(long, value_enum, default_value_t = Metric::L2)]
    pub metric: Metric,
    /// Whiten the codes first
    #[arg(long)]
    pub whiten: bool,
    /// Data set to search [default: the model's training data]
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,
    /// Where to compute.
    #[command(flatten)]
    pub compute: DeviceArg,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}

/// Options of `denoise`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui denoise latest me.jpg --noise gaussian:0.1 -o out.png\n  lfw-tui denoise pca-256 Laura_Bush_0002 --noise rectangles:2 -o out.png"
)]
pub struct DenoiseArgs {
    /// The model.
    #[command(flatten)]
    pub model: ModelArg,
    /// A picture file, or a face: `George_W_Bush_0001`
    pub picture: String,
    /// Noise to add: gaussian:0.1, rectangles:2, salt-pepper:0.05
    #[arg(long, value_name = "KIND:LEVEL")]
    pub noise: Noise,
    /// PNG to write: noisy, denoised, clean side by side
    #[arg(short, long, value_name = "OUT.png")]
    pub output: PathBuf,
    /// Seed of the noise
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Data set to look up faces in [default: the model's training data]
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,
    /// Where to compute.
    #[command(flatten)]
    pub compute: DeviceArg,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}

/// Options of `morph`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui morph latest Laura_Bush_0002 \"Tony Blair 5\" --steps 9 -o morph.png"
)]
pub struct MorphArgs {
    /// The model.
    #[command(flatten)]
    pub model: ModelArg,
    /// The first face or picture file
    pub a: String,
    /// The last face or picture file
    pub b: String,
    /// Number of pictures, including both ends
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = frames)]
    pub steps: usize,
    /// PNG to write
    #[arg(short, long, value_name = "OUT.png")]
    pub output: PathBuf,
    /// Data set to look up faces in [default: the model's training data]
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,
    /// Where to compute.
    #[command(flatten)]
    pub compute: DeviceArg,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}

/// Options of `sample`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui sample latest -o new.png\n  lfw-tui sample generative-64 --count 32 --spread 0.8 --seed 7 -o new.png"
)]
pub struct SampleArgs {
    /// The model.
    #[command(flatten)]
    pub model: ModelArg,
    /// Number of faces, in rows of eight
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = sample_count)]
    pub count: usize,
    /// Scale of the distance from the mean code; 1 is the spread of real faces
    #[arg(long, value_name = "TIMES", default_value_t = 1.0, value_parser = spread_factor)]
    pub spread: f32,
    /// Random seed
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// PNG to write
    #[arg(short, long, value_name = "OUT.png")]
    pub output: PathBuf,
    /// Data set whose codes give the distribution [default: the model's training data]
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,
    /// Where to compute.
    #[command(flatten)]
    pub compute: DeviceArg,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}

/// Options of `runs`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui runs\n  lfw-tui runs show latest --json\n  lfw-tui runs stop conv-32 --after-epoch"
)]
pub struct RunsArgs {
    /// What to do; lists the runs when left out.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
    /// Print JSON on standard output, one object per line
    #[arg(long, global = true)]
    pub json: bool,
}

/// Options of `bench`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lfw-tui bench --size 64 --code-size 512 --threads 1")]
pub struct BenchArgs {
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
pub struct DoctorArgs {
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}
