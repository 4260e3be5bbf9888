//! The command line, as types: clap only, no behaviour.

mod args;
mod codes;
mod data;
mod index_choice;
mod keys;
mod machine;
mod models;
mod replay;
mod runs;
mod screen;
mod train;
mod values;

use clap::{Parser, Subcommand};

pub(crate) use crate::config::{Graphics, Mouse};

pub(crate) use args::{AUTO, DeviceArg, ModelArg, RunArg, SharpArg};
pub(crate) use codes::CodesArgs;
pub(crate) use data::{DataArgs, DataCommand, FetchArgs, ImportArgs};
pub(crate) use index_choice::IndexChoice;
pub(crate) use keys::KeysArgs;
pub(crate) use machine::{BenchArgs, DoctorArgs};
pub(crate) use models::{
    Against, DenoiseArgs, EvalArgs, MorphArgs, RemakeArgs, SampleArgs, SearchArgs,
};
pub(crate) use replay::ReplayArgs;
pub(crate) use runs::{ExportArgs, ListArgs, ResumeArgs, RunsArgs, RunsCommand};
pub(crate) use screen::ScreenArgs;
pub(crate) use train::TrainArgs;
pub(crate) use values::{Passes, TableSize};

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
    pub(crate) command: Option<Command>,

    /// Options of the screen.
    #[command(flatten)]
    pub(crate) screen: ScreenArgs,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Download, verify and import LFW
    Fetch(FetchArgs),
    /// Import an archive (.tgz, .tar, .zip) or folder of people's pictures
    Import(ImportArgs),
    /// List, inspect and remove data sets
    Data(DataArgs),
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
    /// Make a saved picture again, from the recipe in its file
    Remake(RemakeArgs),
    /// Write a data set's codes for other programs
    Codes(CodesArgs),
    /// List, inspect, control and remove training runs
    Runs(RunsArgs),
    /// List the screen's keys and the names of what they do
    Keys(KeysArgs),
    /// Draw a recorded session of the screen as pictures
    Replay(ReplayArgs),
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
