//! The flags of the screen.

use std::path::PathBuf;

use clap::Args;

use super::args::DeviceArg;
use super::values::data_set;
use crate::config::{
    Colors, Graphics, Mouse, Notify, parse_cell_size, parse_line_limit, parse_threads,
};

/// Options of the screen, given without a command.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ScreenArgs {
    /// Data set to open: a path, the name of an imported data set, or `sample` [default: the last one]
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,

    /// Where to compute.
    #[command(flatten)]
    pub compute: DeviceArg,

    /// Number of threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    pub threads: Option<usize>,

    /// Graphics protocol for pictures [default: auto]
    #[arg(long, value_enum)]
    pub graphics: Option<Graphics>,

    /// Size of a character cell in pixels, for terminals that do not report it
    #[arg(long, value_name = "WxH", value_parser = parse_cell_size)]
    pub cell_size: Option<(u16, u16)>,

    /// Most bytes a second to send to the terminal, such as 50k [default: as many as it takes]
    #[arg(long, value_name = "BYTES", value_parser = parse_line_limit)]
    pub line_limit: Option<u64>,

    /// Number of colours [default: auto]
    #[arg(long, value_enum, alias = "colours")]
    pub colors: Option<Colors>,

    /// Colour theme, built-in or your own [default: auto]
    #[arg(long, value_name = "auto|dark|light|colour-blind")]
    pub theme: Option<String>,

    /// Whether the mouse selects, scrolls and slides [default: on]
    #[arg(long, value_enum)]
    pub mouse: Option<Mouse>,

    /// How to tell that a run has ended: desktop notification and bell, the bell alone, or nothing [default: on]
    #[arg(long, value_enum)]
    pub notify: Option<Notify>,

    /// Record the session in a new file, which `lfw-tui replay` draws
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}
