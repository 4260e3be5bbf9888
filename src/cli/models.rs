//! The options of the commands that use a model: `eval`, `search`, `denoise`, `morph`,
//! `sample` and `remake`.

use std::path::PathBuf;

use clap::builder::ArgPredicate;
use clap::{Args, ValueEnum};

use super::args::{DeviceArg, JsonArg, MeasureArg, ModelArg, SharpArg, StoreArg};
use super::index_choice::IndexChoice;
use super::values::{
    Passes, axis_number, data_set, draws, frames, judged_count, neighbours, reach_deviations,
    sample_count, spread_factor,
};
use crate::dataset::Noise;
use crate::generation::constraint::Damage;
use crate::search::IndexKind;

/// Options of `eval`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui eval latest --json\n  lfw-tui eval pca-32 --data others.tgz --noise gaussian:0.1\n  lfw-tui eval latest --against classical\n  lfw-tui eval latest --curve\n  lfw-tui eval latest --samples 2000 --json\n  lfw-tui eval latest pca-128 --verify\n  lfw-tui eval --verify --data lfw.tgz --json"
)]
pub(crate) struct EvalArgs {
    /// `pca-32` or another PCA size, a bundled model, or a run's name, id, unique prefix, or `latest`; with
    /// --verify several, also `pixels`, or none for all
    #[arg(value_name = "RUN", required_unless_present = "verify")]
    pub runs: Vec<String>,
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
    /// Say how well codes tell people apart: accuracy and ROC curve over pairs of pictures
    /// (pairs.txt, or drawn by seed), and retrieval among all pictures
    #[arg(long, conflicts_with_all = ["against", "noise", "curve"])]
    pub verify: bool,
    /// Draw N faces from the model and judge them: distances to held-out faces, precision and
    /// recall, sharpness, and whether they are new
    #[arg(long, value_name = "N", conflicts_with_all = ["against", "noise", "curve", "verify"], value_parser = judged_count)]
    pub samples: Option<usize>,
    /// With --verify, fit built-in models to this data set, or to the training pictures of a
    /// run [default: the people of peopleDevTrain, else all that are judged]
    #[arg(long, value_name = "PATH|RUN", requires = "verify", value_parser = data_set)]
    pub fit_on: Option<String>,
    /// With --verify, judge only on people of whom none of the models has seen a picture
    #[arg(long, requires = "verify")]
    pub unseen: bool,
    /// Where to compute.
    #[command(flatten)]
    pub compute: DeviceArg,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}

/// What `eval` compares a model with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Against {
    /// PCA of the same code size, the Wiener filter, non-local means and total variation
    Classical,
}

/// Options of `search`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui search latest George_W_Bush_0001 -k 5\n  lfw-tui search pca-64 me.jpg --index lsh --metric l2 --no-whiten --json"
)]
pub(crate) struct SearchArgs {
    /// The model.
    #[command(flatten)]
    pub model: ModelArg,
    /// A picture file, or a face: `George_W_Bush_0001`, `George W Bush 1`
    pub query: String,
    /// Number of neighbours
    #[arg(short, value_name = "N", default_value_t = 10, value_parser = neighbours)]
    pub k: usize,
    /// What searches
    #[arg(long, value_enum, default_value_t = IndexChoice::Local(IndexKind::Auto))]
    pub index: IndexChoice,
    /// The store of `--index pgvector`.
    #[command(flatten)]
    pub store: StoreArg,
    /// How codes are compared.
    #[command(flatten)]
    pub compare: MeasureArg,
    /// Also find copies of the query: files with the same bytes
    #[arg(long)]
    pub with_copies: bool,
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
    after_help = "Examples:\n  lfw-tui denoise latest me.jpg --noise gaussian:0.1 -o out.png\n  lfw-tui denoise pca-256 Laura_Bush_0002 --noise rectangles:2 -o out.png\n  lfw-tui denoise denoiser Laura_Bush_0002 --noise coarse:8 --draws 8 -o out.png"
)]
pub(crate) struct DenoiseArgs {
    /// The model.
    #[command(flatten)]
    pub model: ModelArg,
    /// A picture file, or a face: `George_W_Bush_0001`
    pub picture: String,
    /// Damage to do: gaussian:0.1, rectangles:2, salt-pepper:0.05, missing:0.5 (pixels), coarse:8
    /// (blocks along a side), blur:1.5 (pixels), grey
    #[arg(long, value_name = "KIND:LEVEL")]
    pub noise: Damage,
    /// Also draw this many of the faces that may be behind the damage; only a denoiser can
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = draws)]
    pub draws: usize,
    /// Passes of a draw from noise to the face
    #[arg(long, value_name = "auto|N", default_value_t = Passes::Auto, requires = "draws")]
    pub steps: Passes,
    /// PNG to write: damaged, denoised, clean side by side; with --draws clean, damaged, denoised
    /// and the draws
    #[arg(short, long, value_name = "OUT.png")]
    pub output: PathBuf,
    /// Seed of the damage and of the draws
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
    after_help = "Examples:\n  lfw-tui morph latest Laura_Bush_0002 \"Tony Blair 5\" --steps 9 -o morph.png\n  lfw-tui morph pca-64 Laura_Bush_0002 Tony_Blair_0005 --sharp=denoiser -o morph.png\n  lfw-tui morph pca-64 Laura_Bush_0002 Tony_Blair_0005 Tom_Ridge_0001 Ann_Lee_0003 -o square.png"
)]
pub(crate) struct MorphArgs {
    /// The model.
    #[command(flatten)]
    pub model: ModelArg,
    /// The first face or picture file
    pub a: String,
    /// The last face or picture file
    pub b: String,
    /// A third and a fourth: all pictures between four corners; without a fourth, the mean face is one
    #[arg(value_name = "C D", num_args = 0..=2)]
    pub more: Vec<String>,
    /// Number of pictures, including both ends; between corners, on each side
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = frames)]
    pub steps: usize,
    /// How the faces are finished.
    #[command(flatten)]
    pub sharp: SharpArg,
    /// Random seed of --sharp
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
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
    after_help = "Examples:\n  lfw-tui sample latest -o new.png\n  lfw-tui sample generative-64 --count 32 --spread 0.8 --seed 7 -o new.png\n  lfw-tui sample denoiser -n 16 --seed 7 -o new.gif\n  lfw-tui sample pca-64 --sharp=denoiser -o new.png\n  lfw-tui sample pca-64 --axis 1 -o axis.png\n  lfw-tui sample pca-64 --direction smiling --from Laura_Bush_0002 --sharp -o smile.png"
)]
pub(crate) struct SampleArgs {
    /// The model.
    #[command(flatten)]
    pub model: ModelArg,
    /// Number of faces, in rows of eight [default: 16; with --axis and --direction 7]
    #[arg(short = 'n', long, value_name = "N", default_value = "16", hide_default_value = true,
        default_value_ifs = [("axis", ArgPredicate::IsPresent, "7"), ("direction", ArgPredicate::IsPresent, "7")],
        value_parser = sample_count)]
    pub count: usize,
    /// Along a principal axis of the codes instead: 1 is what real faces differ in most
    #[arg(long, value_name = "K", value_parser = axis_number, conflicts_with_all = ["direction", "judge", "spread"])]
    pub axis: Option<usize>,
    /// Along an attribute of the data set instead, such as smiling
    #[arg(long, value_name = "ATTRIBUTE", conflicts_with_all = ["judge", "spread"])]
    pub direction: Option<String>,
    /// The face or picture file in the middle of --axis or --direction [default: the mean face]
    #[arg(long, value_name = "FACE")]
    pub from: Option<String>,
    /// How far --axis and --direction go to either side, in standard deviations
    #[arg(long, value_name = "SIGMAS", default_value_t = 3.0, value_parser = reach_deviations)]
    pub reach: f32,
    /// Scale of the distance from the mean code; 1 is the spread of real faces. Not for denoisers
    #[arg(long, value_name = "TIMES", default_value_t = 1.0, value_parser = spread_factor)]
    pub spread: f32,
    /// Passes from noise to faces, for denoisers and --sharp
    #[arg(long, value_name = "auto|N", default_value_t = Passes::Auto)]
    pub steps: Passes,
    /// How the faces of codes are finished.
    #[command(flatten)]
    pub sharp: SharpArg,
    /// Random seed
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Also draw N faces in the same way and judge them; see `eval --samples`
    #[arg(long, value_name = "N", value_parser = judged_count)]
    pub judge: Option<usize>,
    /// PNG to write; or a GIF, which shows the way from noise
    #[arg(short, long, value_name = "OUT.png|OUT.gif")]
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

/// Options of `remake`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui remake new.png\n  lfw-tui remake rising.gif -o again.gif"
)]
pub(crate) struct RemakeArgs {
    /// A PNG or GIF that `sample`, `morph`, `denoise` or the screen wrote
    pub file: PathBuf,
    /// File to write; it must not exist [default: FILE's name with -remade]
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Where to compute.
    #[command(flatten)]
    pub compute: DeviceArg,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}
