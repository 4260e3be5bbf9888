//! The options and subcommands of `runs`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::RunArg;
use super::values::learning_rate;
use crate::dataset::Noise;

/// Options of `runs`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui runs\n  lfw-tui runs show latest --json\n  lfw-tui runs stop conv-32 --after-epoch"
)]
pub(crate) struct RunsArgs {
    /// What to do; lists the runs when left out.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
    /// Print JSON on standard output, one object per line
    #[arg(long, global = true)]
    pub json: bool,
}

/// What `runs` does.
#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List all runs
    List,
    /// Show everything about a run
    Show {
        /// The run.
        #[command(flatten)]
        run: RunArg,
    },
    /// Delete a run that is not running
    Remove {
        /// The run's full name, id or folder
        run: String,
    },
    /// Pause a run after its current step
    Pause {
        /// The run.
        #[command(flatten)]
        run: RunArg,
    },
    /// Resume a paused, stopped or crashed run
    Resume(ResumeArgs),
    /// Change the learning rate or noise of a running run
    #[command(group(clap::ArgGroup::new("knob").required(true).multiple(true)))]
    Set {
        /// The run.
        #[command(flatten)]
        run: RunArg,
        /// New learning rate
        #[arg(long, value_name = "X", value_parser = learning_rate, group = "knob")]
        lr: Option<f64>,
        /// New noise: gaussian:0.1, rectangles:2, salt-pepper:0.05 or none
        #[arg(long, value_name = "KIND:LEVEL", group = "knob")]
        noise: Option<Noise>,
    },
    /// Stop a run after its current step, with a checkpoint
    Stop {
        /// The run.
        #[command(flatten)]
        run: RunArg,
        /// Finish the epoch first
        #[arg(long)]
        after_epoch: bool,
    },
    /// Save a checkpoint now
    Checkpoint {
        /// The run.
        #[command(flatten)]
        run: RunArg,
    },
    /// Export a run for other programs
    Export(ExportArgs),
}

/// Options of `runs resume`.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// The run.
    #[command(flatten)]
    pub run: RunArg,
    /// New learning rate from here on
    #[arg(long, value_name = "X", value_parser = learning_rate)]
    pub lr: Option<f64>,
    /// New noise from here on: gaussian:0.1, rectangles:2, salt-pepper:0.05 or none
    #[arg(long, value_name = "KIND:LEVEL")]
    pub noise: Option<Noise>,
    /// Return to the last good checkpoint first (for a run that paused on a bad step, or diverged)
    #[arg(long)]
    pub rollback: bool,
    /// Start a worker even if one on another host may still be running
    #[arg(long)]
    pub force: bool,
    /// Train in this terminal instead of in the background
    #[arg(long)]
    pub foreground: bool,
    /// Train in the background (the default)
    #[arg(long, conflicts_with = "foreground")]
    pub detach: bool,
}

/// Options of `runs export`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("target").required(true).multiple(true)))]
pub(crate) struct ExportArgs {
    /// The run.
    #[command(flatten)]
    pub run: RunArg,
    /// Metrics as CSV: a row per step, evaluation and event
    #[arg(long, value_name = "FILE", group = "target")]
    pub csv: Option<PathBuf>,
    /// Weights of the best checkpoint, as safetensors
    #[arg(long, value_name = "FILE", group = "target")]
    pub safetensors: Option<PathBuf>,
    /// Best model as a folder of two files, with weights in half precision
    #[arg(long, value_name = "DIR", group = "target")]
    pub model: Option<PathBuf>,
    /// Metrics and pictures as an event file for tensorboard, in this folder
    #[arg(long, value_name = "DIR", group = "target")]
    pub tensorboard: Option<PathBuf>,
    /// Report as one HTML page, with chart and pictures
    #[arg(long, value_name = "FILE", group = "target")]
    pub report: Option<PathBuf>,
}
