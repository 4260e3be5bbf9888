//! The command line, as types: clap only, no behaviour.

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

pub use runs::RunsCommand;
pub use screen::ScreenArgs;
pub use train::TrainArgs;
use values::{
    batch_size, code_size, data_set, device_name, frames, neighbours, picture_size, sample_count,
    seconds, spread_factor, url,
};

/// Denoising autoencoders on Labeled Faces in the Wild, in your terminal.
///
/// Without a command the screen opens: browse faces, train autoencoders and
/// watch them learn, denoise, search by face, morph.
#[derive(Debug, Parser)]
#[command(name = "lfw-tui", version, propagate_version = true)]
// Options of the screen before a command would do nothing there.
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Everything lies in the XDG folders, or below $LFW_TUI_HOME when that is set."
)]
pub struct Cli {
    /// What to do; the screen when left out.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Options of the screen.
    #[command(flatten)]
    pub screen: ScreenArgs,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Download LFW, verify it, and import it
    Fetch(FetchArgs),
    /// Import an archive (.tgz, .tar, .zip) or folder of people's pictures
    Import(ImportArgs),
    /// Train an autoencoder, here or detached
    Train(Box<TrainArgs>),
    /// Judge a model on held-out pictures
    Eval(EvalArgs),
    /// Find the faces nearest to one
    Search(SearchArgs),
    /// Add noise to a picture and let a model remove it
    Denoise(DenoiseArgs),
    /// Go from one face to another through a model's codes
    Morph(MorphArgs),
    /// Make new faces from codes drawn at random
    Sample(SampleArgs),
    /// List, show, steer and remove training runs
    Runs(RunsArgs),
    /// Time the seed network on this machine
    Bench(BenchArgs),
    /// Say what works here and what to do about the rest
    Doctor(DoctorArgs),
    /// Print a shell's completions: `lfw-tui completions bash`
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
    /// Which alignment
    #[arg(value_enum, default_value_t = Archive::Deepfunneled)]
    pub archive: Archive,
    /// A mirror that holds the official files by name
    #[arg(long, value_name = "URL", value_parser = url)]
    pub base_url: Option<String>,
    /// What to leave off on each side of a picture's centre square, as a share of it:
    /// lfw is 0.32, for wide pictures such as LFW's; none where the face fills the
    /// picture [default: what it was, or lfw]
    #[arg(long, value_name = "none|lfw|FRACTION")]
    pub crop: Option<Crop>,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// LFW's three alignments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Archive {
    /// Aligned by deep funneling; what the figures here are about.
    Deepfunneled,
    /// Aligned by funneling.
    Funneled,
    /// As detected.
    Original,
}

/// Options of `import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui import lfw-deepfunneled.tgz\n  lfw-tui import ~/pictures/people        # folders Name/anything.jpg\n\nA folder with pictures is a person; what lies in folders inside it is that person's too.\nA number in a name, Name_0003.jpg, is kept. docs/importing.md has the rules."
)]
pub struct ImportArgs {
    /// An archive or a folder, with pictures as `Name/anything.jpg`
    pub path: PathBuf,
    /// What to leave off on each side of a picture's centre square, as a share of it:
    /// lfw is 0.32, for wide pictures such as LFW's; none where the face fills the
    /// picture [default: what it was, or lfw]
    #[arg(long, value_name = "none|lfw|FRACTION")]
    pub crop: Option<Crop>,
    /// List the pictures that were skipped, with the reason
    #[arg(long)]
    pub list_skipped: bool,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `eval`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui eval latest --json\n  lfw-tui eval pca-32 --data others.tgz --noise gaussian:0.1\n  lfw-tui eval latest --against classical\n  lfw-tui eval latest --curve"
)]
pub struct EvalArgs {
    /// `pca-32` and the like, a shipped model, or a run's name, id, unique prefix, or `latest`
    pub run: String,
    /// Judge on all pictures of this data set instead of the run's held-out ones
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,
    /// Noise on the input [default: what the model learned to undo]
    #[arg(long, value_name = "KIND:LEVEL")]
    pub noise: Option<Noise>,
    /// Compare with other methods on the same pictures: under --noise, else under
    /// Gaussian noise of sigma 0.05 to 0.5
    #[arg(long, value_enum)]
    pub against: Option<Against>,
    /// Error against code size: exact PCA, and every run on the same pictures
    #[arg(long, conflicts_with_all = ["against", "noise", "data"])]
    pub curve: bool,
    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]", value_parser = device_name)]
    pub device: Option<String>,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
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
    /// `pca-32` and the like, a shipped model, or a run's name, id, unique prefix, or `latest`
    pub run: String,
    /// A picture file, or a face: `George_W_Bush_0001`, `George W Bush 1`
    pub query: String,
    /// How many neighbours
    #[arg(short, value_name = "N", default_value_t = 10, value_parser = neighbours)]
    pub k: usize,
    /// Exact or approximate
    #[arg(long, value_enum, default_value_t = IndexKind::Brute)]
    pub index: IndexKind,
    /// The distance between codes
    #[arg(long, value_enum, default_value_t = Metric::L2)]
    pub metric: Metric,
    /// Compare whitened codes
    #[arg(long)]
    pub whiten: bool,
    /// Faces to search in [default: those the model was trained on]
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,
    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]", value_parser = device_name)]
    pub device: Option<String>,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `denoise`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui denoise latest me.jpg --noise gaussian:0.1 -o out.png\n  lfw-tui denoise pca-256 Laura_Bush_0002 --noise rectangles:2 -o out.png"
)]
pub struct DenoiseArgs {
    /// `pca-32` and the like, a shipped model, or a run's name, id, unique prefix, or `latest`
    pub run: String,
    /// A picture file, or a face: `George_W_Bush_0001`
    pub picture: String,
    /// Noise to add: gaussian:0.1, rectangles:2, salt-pepper:0.05
    #[arg(long, value_name = "KIND:LEVEL")]
    pub noise: Noise,
    /// The PNG to write: noisy, denoised, clean side by side
    #[arg(short, long, value_name = "OUT.png")]
    pub output: PathBuf,
    /// Seed of the noise
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Faces that a FACE is looked up in [default: those the model was trained on]
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,
    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]", value_parser = device_name)]
    pub device: Option<String>,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `morph`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui morph latest Laura_Bush_0002 \"Tony Blair 5\" --steps 9 -o morph.png"
)]
pub struct MorphArgs {
    /// `pca-32` and the like, a shipped model, or a run's name, id, unique prefix, or `latest`
    pub run: String,
    /// The first face or picture file
    pub a: String,
    /// The last face or picture file
    pub b: String,
    /// Pictures in all, both ends counted
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = frames)]
    pub steps: usize,
    /// The PNG to write
    #[arg(short, long, value_name = "OUT.png")]
    pub output: PathBuf,
    /// Faces that a FACE is looked up in [default: those the model was trained on]
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,
    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]", value_parser = device_name)]
    pub device: Option<String>,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `sample`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui sample latest -o new.png\n  lfw-tui sample generative-64 --count 32 --spread 0.8 --seed 7 -o new.png"
)]
pub struct SampleArgs {
    /// `pca-32` and the like, a shipped model, or a run's name, id, unique prefix, or `latest`
    pub run: String,
    /// How many, in rows of eight
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = sample_count)]
    pub count: usize,
    /// Times the distance from the mean code: 1 is as real faces are spread
    #[arg(long, value_name = "TIMES", default_value_t = 1.0, value_parser = spread_factor)]
    pub spread: f32,
    /// Same seed, same faces
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The PNG to write
    #[arg(short, long, value_name = "OUT.png")]
    pub output: PathBuf,
    /// Faces whose codes are drawn from [default: those the model was trained on]
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,
    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]", value_parser = device_name)]
    pub device: Option<String>,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `runs`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui runs\n  lfw-tui runs show latest --json\n  lfw-tui runs stop conv-32 --after-epoch"
)]
pub struct RunsArgs {
    /// What to do with them; lists them when left out.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
    /// One JSON object a line on standard output
    #[arg(long, global = true)]
    pub json: bool,
}

/// Options of `bench`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lfw-tui bench --size 64 --code-size 512 --threads 1")]
pub struct BenchArgs {
    /// Side of the pictures in pixels
    #[arg(long, default_value_t = 32, value_parser = picture_size)]
    pub size: u32,
    /// Numbers in a code
    #[arg(long, default_value_t = 32, value_parser = code_size)]
    pub code_size: u32,
    /// Pictures in a step
    #[arg(long, default_value_t = 64, value_parser = batch_size)]
    pub batch_size: u32,
    /// Seconds for each figure
    #[arg(long, default_value_t = 4.0, value_parser = seconds)]
    pub seconds: f64,
    /// Threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    pub threads: Option<usize>,
    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]", value_parser = device_name)]
    pub device: Option<String>,
    /// How exact matrix products are on a GPU [default: tf32]
    #[arg(long)]
    pub precision: Option<Precision>,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}
