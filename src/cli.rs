//! The command line, as types: clap only, no behaviour.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::dataset::{Noise, Preprocess};

/// Denoising autoencoders on Labeled Faces in the Wild, in your terminal.
///
/// Without a command the screen opens: browse faces, train autoencoders and
/// watch them learn, denoise, search by face, morph.
#[derive(Debug, Parser)]
#[command(name = "lfw-tui", version, propagate_version = true)]
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

/// Options of the screen, given without a command.
#[derive(Debug, Clone, Default, Args)]
pub struct ScreenArgs {
    /// Faces to open: a path, the name of an imported data set, or `sample` [default: the last one]
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,

    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]")]
    pub device: Option<String>,

    /// Threads for computing [default: one per core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,

    /// How pictures are drawn [default: auto]
    #[arg(long, value_enum)]
    pub graphics: Option<Graphics>,

    /// Pixels of one character cell, when the terminal does not tell
    #[arg(long, value_name = "WxH", value_parser = parse_cell_size)]
    pub cell_size: Option<(u16, u16)>,

    /// Colours [default: dark]
    #[arg(long, value_name = "dark|light|colour-blind")]
    pub theme: Option<String>,
}

/// How pictures reach the terminal.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Graphics {
    /// The best that the terminal answers to.
    #[default]
    Auto,
    /// kitty's protocol, with unicode placeholders.
    Kitty,
    /// DEC sixel.
    Sixel,
    /// iTerm2's inline pictures.
    Iterm2,
    /// Two pixels a character: works everywhere.
    Halfblocks,
    /// No pictures.
    Off,
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
pub struct FetchArgs {
    /// Which alignment
    #[arg(value_enum, default_value_t = Archive::Deepfunneled)]
    pub archive: Archive,
    /// A mirror that holds the official files by name
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
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
pub struct ImportArgs {
    /// An archive or a folder, with pictures as `Name/anything.jpg`
    pub path: PathBuf,
    /// List the pictures that were skipped, with the reason
    #[arg(long)]
    pub list_skipped: bool,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `train`.
#[derive(Debug, Clone, Args)]
pub struct TrainArgs {
    /// The recipe to start from: pca, linear, conv or denoising
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// Faces to train on: a path, the name of an imported data set, or `sample`
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,
    /// Side of the pictures in pixels: 32, 48, 64, 96 or 128
    #[arg(long, value_name = "PIXELS")]
    pub size: Option<u32>,
    /// How pictures are resized
    #[arg(long, value_enum)]
    pub preprocess: Option<Preprocess>,
    /// Numbers in a code
    #[arg(long, value_name = "N")]
    pub code_size: Option<u32>,
    /// Passes over the training pictures
    #[arg(long, value_name = "N")]
    pub epochs: Option<u32>,
    /// Pictures in a step
    #[arg(long, value_name = "N")]
    pub batch_size: Option<u32>,
    /// Learning rate
    #[arg(long, value_name = "X")]
    pub lr: Option<f64>,
    /// Noise to learn to undo: gaussian:0.1, rectangles:2, salt-pepper:0.05 or none
    #[arg(long, value_name = "KIND:LEVEL")]
    pub noise: Option<Noise>,
    /// Share of the pictures held out to judge by
    #[arg(long, value_name = "SHARE", conflicts_with = "held_out_people")]
    pub held_out: Option<f64>,
    /// Share of the people held out, with all their pictures
    #[arg(long, value_name = "SHARE")]
    pub held_out_people: Option<f64>,
    /// Seed of everything random
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]")]
    pub device: Option<String>,
    /// Threads for computing [default: one per core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// What to call the run
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Train in the background, beyond the life of this terminal
    #[arg(long)]
    pub detach: bool,
    /// One JSON object a line on standard output: progress, then the result
    #[arg(long)]
    pub json: bool,
    /// Work on this existing run (how detached workers and resumes start)
    #[arg(long, hide = true, value_name = "FOLDER")]
    pub run_dir: Option<PathBuf>,
}

/// Options of `eval`.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// A run's name, id, unique prefix, or `latest`; or `pca-32` and the like
    pub run: String,
    /// Judge on all pictures of this data set instead of the run's held-out ones
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,
    /// Noise on the input [default: what the model learned to undo]
    #[arg(long, value_name = "KIND:LEVEL")]
    pub noise: Option<Noise>,
    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]")]
    pub device: Option<String>,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `search`.
#[derive(Debug, Args)]
pub struct SearchArgs {
    /// A run's name, id, unique prefix, or `latest`; or `pca-32` and the like
    pub run: String,
    /// A picture file, or a face: `George_W_Bush_0001`, `George W Bush 1`
    pub query: String,
    /// How many neighbours
    #[arg(short, default_value_t = 10)]
    pub k: usize,
    /// Exact or approximate
    #[arg(long, value_enum, default_value_t = IndexName::Brute)]
    pub index: IndexName,
    /// The distance between codes
    #[arg(long, value_enum, default_value_t = MetricName::L2)]
    pub metric: MetricName,
    /// Compare whitened codes
    #[arg(long)]
    pub whiten: bool,
    /// Faces to search in [default: those the model was trained on]
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,
    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]")]
    pub device: Option<String>,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
}

/// How neighbours are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IndexName {
    /// Every code is compared.
    Brute,
    /// Locality-sensitive hashing: a few candidates, then exact distances.
    Lsh,
}

/// How far two codes are from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MetricName {
    /// Euclidean distance.
    L2,
    /// One minus the cosine of the angle.
    Cosine,
}

/// Options of `denoise`.
#[derive(Debug, Args)]
pub struct DenoiseArgs {
    /// A run's name, id, unique prefix, or `latest`; or `pca-32` and the like
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
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,
    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]")]
    pub device: Option<String>,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `morph`.
#[derive(Debug, Args)]
pub struct MorphArgs {
    /// A run's name, id, unique prefix, or `latest`; or `pca-32` and the like
    pub run: String,
    /// The first face or picture file
    pub a: String,
    /// The last face or picture file
    pub b: String,
    /// Pictures in all, both ends counted
    #[arg(long, default_value_t = 7)]
    pub steps: usize,
    /// The PNG to write
    #[arg(short, long, value_name = "OUT.png")]
    pub output: PathBuf,
    /// Faces that a FACE is looked up in [default: those the model was trained on]
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,
    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]")]
    pub device: Option<String>,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `runs`.
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// What to do with them; lists them when left out.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
    /// One JSON object a line on standard output
    #[arg(long, global = true)]
    pub json: bool,
}

/// What `runs` does.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List all runs
    List,
    /// Everything about one run
    Show {
        /// A run's name, id, unique prefix, or `latest`
        run: String,
    },
    /// Delete a run that is not alive
    Remove {
        /// A run's name, id, unique prefix, or `latest`
        run: String,
    },
    /// Let a run rest after its step
    Pause {
        /// A run's name, id, unique prefix, or `latest`
        run: String,
    },
    /// Wake a paused run, or go on with a stopped or crashed one
    Resume {
        /// A run's name, id, unique prefix, or `latest`
        run: String,
        /// Another learning rate from here on
        #[arg(long, value_name = "X")]
        lr: Option<f64>,
        /// Another noise from here on: gaussian:0.1, rectangles:2, salt-pepper:0.05 or none
        #[arg(long, value_name = "KIND:LEVEL")]
        noise: Option<Noise>,
        /// Go back to the last checkpoint first (for a run that paused over a bad step)
        #[arg(long)]
        rollback: bool,
        /// Train in this terminal instead of the background
        #[arg(long)]
        foreground: bool,
    },
    /// Turn a live run's learning rate or noise
    Set {
        /// A run's name, id, unique prefix, or `latest`
        run: String,
        /// The new learning rate
        #[arg(long, value_name = "X")]
        lr: Option<f64>,
        /// The new noise: gaussian:0.1, rectangles:2, salt-pepper:0.05 or none
        #[arg(long, value_name = "KIND:LEVEL")]
        noise: Option<Noise>,
    },
    /// End a run after its step, with a checkpoint
    Stop {
        /// A run's name, id, unique prefix, or `latest`
        run: String,
        /// Finish the epoch first
        #[arg(long)]
        after_epoch: bool,
    },
    /// Save a run now
    Checkpoint {
        /// A run's name, id, unique prefix, or `latest`
        run: String,
    },
}

/// Options of `bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Side of the pictures in pixels
    #[arg(long, default_value_t = 32)]
    pub size: u32,
    /// Numbers in a code
    #[arg(long, default_value_t = 32)]
    pub code_size: u32,
    /// Pictures in a step
    #[arg(long, default_value_t = 64)]
    pub batch_size: u32,
    /// Seconds for each figure
    #[arg(long, default_value_t = 4.0)]
    pub seconds: f64,
    /// Threads [default: one per core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]")]
    pub device: Option<String>,
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

/// `8x16` as (width, height), each 1 to 200.
fn parse_cell_size(text: &str) -> Result<(u16, u16), String> {
    let parse = |part: &str| part.parse().ok().filter(|side| (1..=200).contains(side));
    text.split_once('x')
        .and_then(|(width, height)| Some((parse(width)?, parse(height)?)))
        .ok_or_else(|| "write it as WIDTHxHEIGHT in pixels, for example 8x16".to_string())
}
