//! The options of `keys`.

use clap::Args;

/// Options of `keys`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui keys\n  lfw-tui keys | grep stop\n\nThe names of actions are what the section [keys] of the settings takes."
)]
pub(crate) struct KeysArgs {
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
}
