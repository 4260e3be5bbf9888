//! The options of `fetch` and `import`, and the subcommands of `data`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::args::JsonArg;
use super::values::url;
use crate::dataset::Crop;

/// The crop of the pictures.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct CropArg {
    /// Share to crop from each side of a picture's centre square: lfw is 0.32, for
    /// pictures with wide margins such as LFW's; none where the face fills the
    /// picture [default: the data set's current crop, or lfw]
    #[arg(long, value_name = "none|lfw|FRACTION")]
    pub crop: Option<Crop>,
}

/// Options of `fetch`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui fetch\n  lfw-tui fetch funneled --base-url https://example.org/lfw"
)]
pub(crate) struct FetchArgs {
    /// Which of LFW's alignments
    #[arg(value_enum, default_value_t = Archive::Deepfunneled)]
    pub archive: Archive,
    /// A mirror that has the official files under their names
    #[arg(long, value_name = "URL", value_parser = url)]
    pub base_url: Option<String>,
    /// The crop.
    #[command(flatten)]
    pub crop: CropArg,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}

/// LFW's three alignments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub(crate) enum Archive {
    /// Aligned by deep funneling; the documented results use it.
    Deepfunneled,
    /// Aligned by funneling.
    Funneled,
    /// Not aligned, as detected.
    Original,
}

/// Options of `import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui import lfw-deepfunneled.tgz\n  lfw-tui import ~/pictures/people        # folders Name/anything.jpg\n\nEach folder with pictures is a person, together with its subfolders.\nNumbers in names, as in Name_0003.jpg, are kept. See docs/importing.md."
)]
pub(crate) struct ImportArgs {
    /// An archive or a folder, with pictures as `Name/anything.jpg`
    pub path: PathBuf,
    /// The crop.
    #[command(flatten)]
    pub crop: CropArg,
    /// List skipped pictures and why they were skipped
    #[arg(long)]
    pub list_skipped: bool,
    /// How to print.
    #[command(flatten)]
    pub format: JsonArg,
}

/// Options of `data`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lfw-tui data\n  lfw-tui data show lfw-deepfunneled --json\n  lfw-tui data remove holiday-3f9a01bc --yes\n\n`import` and `fetch` add data sets."
)]
pub(crate) struct DataArgs {
    /// What to do; lists the data sets when left out.
    #[command(subcommand)]
    pub command: Option<DataCommand>,
    /// Print JSON on standard output, one object per line
    #[arg(long, global = true)]
    pub json: bool,
}

/// What `data` does.
#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// List the data sets
    List,
    /// Show everything about a data set
    Show {
        /// The data set's full title or id, or `sample`
        name: String,
    },
    /// Delete an imported data set; runs that were trained on it stay
    Remove {
        /// The data set's full title or id
        name: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}
