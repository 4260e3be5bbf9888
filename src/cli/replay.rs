//! The options of `replay`.

use std::path::PathBuf;

use clap::Args;

use super::values::{moment, seconds};

/// Options of `replay`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui --record session.cast\n  lfw-tui replay session.cast -o session.gif\n  lfw-tui replay session.cast -o moment.png --at 12.5\n\nThe recording has all that was typed and shown, names of folders among it."
)]
pub(crate) struct ReplayArgs {
    /// A recording, made by `lfw-tui --record FILE`
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// A new NAME.gif, or a NAME.png or NAME.svg of one frame, or a new folder for a PNG of each frame
    #[arg(short, long, value_name = "PATH")]
    pub output: PathBuf,
    /// The frame that is shown this many seconds after the beginning [default: the last one]
    #[arg(long, value_name = "SECONDS", conflicts_with = "frame", value_parser = moment)]
    pub at: Option<f64>,
    /// The frame of this number, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub frame: Option<u32>,
    /// Choose 256 colours, for small PNG files; a GIF has no more anyway
    #[arg(long)]
    pub small: bool,
    /// The longest pause in a GIF, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0, value_parser = seconds)]
    pub pause: f64,
}
