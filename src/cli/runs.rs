//! The subcommands of `runs`.

use std::path::PathBuf;

use clap::Subcommand;

use super::values::learning_rate;
use crate::dataset::Noise;

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
        /// The run's whole name, its id, or its folder
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
        #[arg(long, value_name = "X", value_parser = learning_rate)]
        lr: Option<f64>,
        /// Another noise from here on: gaussian:0.1, rectangles:2, salt-pepper:0.05 or none
        #[arg(long, value_name = "KIND:LEVEL")]
        noise: Option<Noise>,
        /// Go back to the last good checkpoint first (for a run that paused over a bad step, or diverged)
        #[arg(long)]
        rollback: bool,
        /// Start a worker though one on another host may still be at it
        #[arg(long)]
        force: bool,
        /// Train in this terminal instead of the background
        #[arg(long)]
        foreground: bool,
        /// Train in the background, which is the default
        #[arg(long, conflicts_with = "foreground")]
        detach: bool,
    },
    /// Turn a live run's learning rate or noise
    #[command(group(clap::ArgGroup::new("knob").required(true).multiple(true)))]
    Set {
        /// A run's name, id, unique prefix, or `latest`
        run: String,
        /// The new learning rate
        #[arg(long, value_name = "X", value_parser = learning_rate, group = "knob")]
        lr: Option<f64>,
        /// The new noise: gaussian:0.1, rectangles:2, salt-pepper:0.05 or none
        #[arg(long, value_name = "KIND:LEVEL", group = "knob")]
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
    /// Write a run for other programs
    #[command(group(clap::ArgGroup::new("target").required(true).multiple(true)))]
    Export {
        /// A run's name, id, unique prefix, or `latest`
        run: String,
        /// Its metrics, a row for each step, evaluation and event
        #[arg(long, value_name = "FILE", group = "target")]
        csv: Option<PathBuf>,
        /// Its weights, as the best checkpoint has them
        #[arg(long, value_name = "FILE", group = "target")]
        safetensors: Option<PathBuf>,
        /// Its best model as a folder of two files, weights in half precision
        #[arg(long, value_name = "DIR", group = "target")]
        model: Option<PathBuf>,
        /// Its metrics and faces, as an event file for `TensorBoard` in this folder
        #[arg(long, value_name = "DIR", group = "target")]
        tensorboard: Option<PathBuf>,
        /// All of it on one page of HTML, with chart and pictures
        #[arg(long, value_name = "FILE", group = "target")]
        report: Option<PathBuf>,
    },
}
