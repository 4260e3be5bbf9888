//! Options that several commands share.

use clap::Args;

use super::values::device_name;
use crate::search::{Measure, Metric};

/// The model that a command works with.
#[derive(Debug, Clone, Args)]
pub(crate) struct ModelArg {
    /// `pca-32` or another PCA size, a bundled model, or a run's name, id, unique prefix, or `latest`
    #[arg(value_name = "RUN")]
    pub run: String,
}

/// The run that a command works with.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArg {
    /// A run's name, id, unique prefix, or `latest`
    #[arg(value_name = "RUN")]
    pub run: String,
}

/// The device to compute on.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DeviceArg {
    /// Device to compute on [default: auto]
    #[arg(long, value_name = "auto|cpu|cuda[:N]", value_parser = device_name)]
    pub device: Option<String>,
}

/// Leaves a choice to the program.
pub(crate) const AUTO: &str = "auto";

/// How faces of codes are finished.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SharpArg {
    /// Let a denoiser finish what the code began, keeping the code; auto is the newest that was
    /// trained on such pictures
    #[arg(long, value_name = "DENOISER", num_args = 0..=1, require_equals = true, default_missing_value = AUTO)]
    pub sharp: Option<String>,
}

/// How codes are compared.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct MeasureArg {
    /// Distance between codes
    #[arg(long, value_enum, default_value_t = Metric::Cosine)]
    pub metric: Metric,
    /// Whiten the codes first: uncorrelated numbers with mean 0 and variance 1. The default where it
    /// is possible, but not for files of codes
    #[arg(long, overrides_with = "no_whiten")]
    pub whiten: bool,
    /// Leave the codes as they are
    #[arg(long, overrides_with = "whiten")]
    pub no_whiten: bool,
}

impl MeasureArg {
    /// Whitened unless that was forbidden.
    pub(crate) fn measure(self) -> Measure {
        Measure {
            metric: self.metric,
            whiten: !self.no_whiten,
        }
    }
}

/// The store of codes.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct StoreArg {
    /// Database that stores codes, `postgresql://USER@HOST/DATABASE` [default: the setting pg]. Other
    /// users of this machine can read it: keep a password in `PGPASSWORD` or `LFW_TUI_PG`
    #[arg(long, value_name = "CONNECTION")]
    pub pg: Option<String>,
}

/// The form of the output.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct JsonArg {
    /// Print JSON on standard output, one object per line
    #[arg(long)]
    pub json: bool,
}
