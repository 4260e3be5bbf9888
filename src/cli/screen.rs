//! The flags of the screen.

use clap::Args;

use super::values::{data_set, device_name};
use crate::config::{Colors, Graphics, parse_cell_size, parse_threads};

/// Options of the screen, given without a command.
#[derive(Debug, Clone, Default, Args)]
pub struct ScreenArgs {
    /// Faces to open: a path, the name of an imported data set, or `sample` [default: the last one]
    #[arg(long, value_name = "PATH", value_parser = data_set)]
    pub data: Option<String>,

    /// Where to compute [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]", value_parser = device_name)]
    pub device: Option<String>,

    /// Threads for computing [default: one per core]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    pub threads: Option<usize>,

    /// How pictures are drawn [default: auto]
    #[arg(long, value_enum)]
    pub graphics: Option<Graphics>,

    /// Pixels of one character cell, when the terminal does not tell
    #[arg(long, value_name = "WxH", value_parser = parse_cell_size)]
    pub cell_size: Option<(u16, u16)>,

    /// How many colours are written [default: auto]
    #[arg(long, value_enum, alias = "colours")]
    pub colors: Option<Colors>,

    /// Colours, or your own theme by name [default: auto]
    #[arg(long, value_name = "auto|dark|light|colour-blind")]
    pub theme: Option<String>,
}
