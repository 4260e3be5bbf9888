//! The options and subcommands of `runs`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::RunArg;
use super::values::learning_rate;
use crate::dataset::Noise;
use crate::runs::query::Column;

/// Options of `runs`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui runs\n  lfw-tui runs show latest --json\n  lfw-tui runs stop conv-32 --after-epoch\n  lfw-tui runs tag conv-32 +night -old"
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
    /// List all runs, or those that a filter lets through
    List(ListArgs),
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
    /// Write a note about a run, or print it
    Note {
        /// The run.
        #[command(flatten)]
        run: RunArg,
        /// The new note; '' removes it, `-` reads it from standard input
        text: Option<String>,
    },
    /// Add tags to a run (+night or night), or take them away (-old)
    Tag {
        /// The run.
        #[command(flatten)]
        run: RunArg,
        /// Tags with their signs
        #[arg(value_name = "+TAG|-TAG", required = true, allow_hyphen_values = true)]
        tags: Vec<String>,
    },
}

/// Options of `runs list`.
#[derive(Debug, Default, Args)]
#[command(
    after_help = "Filters: words of which all must hold, - before those that must not, | between alternatives:\n  \
    part-of-a-name  state:running  tag:night  preset:face  model:conv  note:…  noise:…  data:…\n  \
    loss<0.005  held-out<=0.004  psnr>24  ssim  epoch>=10  step  done>50%  left<2h  time>90m\n  \
    images/s  lr  code  size\n\n\
    Examples:\n  lfw-tui runs list --filter 'state:finished -tag:old held-out<0.005' --sort held-out"
)]
pub(crate) struct ListArgs {
    /// Only runs that pass, such as 'denoiser loss<0.005 state:running tag:night -tag:old'
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Sort by age, name, state, preset or a figure; smallest first [default: age]
    #[arg(long, value_name = "COLUMN")]
    pub sort: Option<Column>,
    /// Sort the other way round
    #[arg(long)]
    pub reverse: bool,
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
