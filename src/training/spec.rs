//! The spec of a training run: everything that determines its outcome. Presets and `run.toml` hold
//! it as TOML.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::optimizer_spec::OptimizerSpec;
use super::presets::PRESETS;
use super::ranges::check_each;
use super::schedule::Schedule;
use crate::dataset::split::HeldOut;
use crate::dataset::{Crop, FaceSpec, Noise, Preprocess};
use crate::error::{Error, Result};
use crate::kernels::Precision;
use crate::models::ModelSpec;

/// The spec of a training run. On the CPU, the same spec and data give the same weights. Fields
/// missing from TOML take their defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSpec {
    /// The preset that the spec started from.
    #[serde(default)]
    pub preset: String,
    /// The run's name. If empty, the preset's name is used.
    #[serde(default)]
    pub name: String,
    /// One sentence on the purpose of the run.
    #[serde(default)]
    pub description: String,
    /// Passes over the training pictures. Closed-form models ignore it.
    pub epochs: u32,
    /// Pictures in a step, at least 1. The last step of an epoch may have fewer.
    #[serde(default = "default_batch_size")]
    pub batch_size: u32,
    /// Noise added to the input, new for every picture in every epoch. The target is always the
    /// clean picture; `none` trains a plain autoencoder.
    #[serde(default)]
    pub noise: Noise,
    /// Whether pictures are mirrored at random, each with probability ½ in each epoch.
    #[serde(default)]
    pub flips: bool,
    /// Seed of the split, the initial weights, the order of pictures and the noise.
    #[serde(default)]
    pub seed: u64,
    /// `auto`, `cpu`, `cuda` or `cuda:N`.
    #[serde(default = "default_device")]
    pub device: String,
    /// Precision of matrix products on a GPU. The CPU always uses f32.
    #[serde(default)]
    pub precision: Precision,
    /// CPU threads; 0 is one per core.
    #[serde(default)]
    pub threads: u32,
    /// Epochs between checkpoints; 0 writes only the last.
    #[serde(default = "default_checkpoint_every")]
    pub checkpoint_every: u32,
    /// The learning rate schedule.
    #[serde(default)]
    pub schedule: Schedule,
    /// Early stopping: the run ends after this many epochs without a lower held-out error; 0 is
    /// never.
    #[serde(default)]
    pub patience: u32,
    /// Decay of the exponential moving average of the weights, in [0, 1). The average is then
    /// evaluated, shown and saved as the model; 0 is none.
    #[serde(default)]
    pub averaging: f64,
    /// The network.
    pub model: ModelSpec,
    /// The optimizer.
    #[serde(default)]
    pub optimizer: OptimizerSpec,
    /// The data set and its split.
    #[serde(default)]
    pub data: DataSpec,
}

/// The pictures of a run and their preparation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataSpec {
    /// The data set's path, title or id, as the user gave it. Empty: the one last used.
    pub data: String,
    /// The data set's title when the run was created.
    pub(crate) title: String,
    /// The data set's fingerprint when the run was created.
    pub(crate) fingerprint: String,
    /// The data set's crop when the run was created.
    pub(crate) crop: Crop,
    /// The resize of the cropped picture.
    pub(crate) preprocess: Preprocess,
    /// The part held out for evaluation.
    pub held_out: HeldOut,
}

impl Default for DataSpec {
    fn default() -> Self {
        Self {
            data: String::new(),
            title: String::new(),
            fingerprint: String::new(),
            crop: Crop::LFW,
            preprocess: Preprocess::Seed,
            held_out: HeldOut::Pictures(0.1),
        }
    }
}

impl TrainSpec {
    /// The names that [`preset`](Self::preset) accepts.
    pub fn preset_names() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().map(|(name, _)| *name)
    }

    /// The preset of this name.
    ///
    /// # Errors
    /// When no preset has this name.
    pub fn preset(name: &str) -> Result<Self> {
        let (name, text) = PRESETS
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| {
                let names: Vec<_> = Self::preset_names().collect();
                Error::not_found(
                    format!("preset {name}"),
                    format!("there are {}", names.join(", ")),
                )
            })?;
        let mut spec = Self::from_toml(&format!("config/presets/{name}.toml"), text)?;
        spec.preset = (*name).to_string();
        Ok(spec)
    }

    /// Reads and validates TOML; `what` names it in errors.
    ///
    /// # Errors
    /// When it does not parse, or a value is out of range.
    pub fn from_toml(what: &str, text: &str) -> Result<Self> {
        let spec: Self = toml::from_str(text).map_err(|error| Error::invalid(what, error))?;
        spec.validate()?;
        Ok(spec)
    }

    /// As TOML that [`from_toml`](Self::from_toml) reads back.
    ///
    /// # Errors
    /// When a number does not fit TOML (a seed above 2⁶³ − 1).
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::invalid("training spec", error))
    }

    /// All settings that affect the outcome, by their dotted names in `run.toml` (such as
    /// `optimizer.learning_rate`). Names and descriptions are left out.
    pub(crate) fn flat_settings(&self) -> BTreeMap<String, String> {
        let mut settings = BTreeMap::new();
        if let Ok(table) = toml::Table::try_from(self) {
            flatten_toml("", &table, &mut settings);
        }
        for name in [
            "preset",
            "name",
            "description",
            "data.data",
            "data.fingerprint",
        ] {
            settings.remove(name);
        }
        settings
    }

    /// The size and resize of the pictures that it trains on.
    pub(crate) fn face_spec(&self) -> FaceSpec {
        FaceSpec {
            size: self.model.size,
            preprocess: self.data.preprocess,
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// Names the first field that is out of range, and its range.
    pub fn validate(&self) -> Result<()> {
        self.model.validate()?;
        if !self.model.kind.has_decoder() && self.data.preprocess != Preprocess::Wide {
            return Err(Error::invalid(
                format!("preprocessing {}", self.data.preprocess),
                format!("must be wide for {}", self.model.kind),
            ));
        }
        let is_trained = !self.model.kind.is_closed_form();
        check_each(&[
            (
                !is_trained || self.epochs >= 1,
                "epochs",
                "must be at least 1",
            ),
            (
                (1..=65_536).contains(&self.batch_size),
                "batch size",
                "must be 1 to 65536",
            ),
        ])?;
        self.optimizer.validate()?;
        check_each(&[
            (
                (0.0..1.0).contains(&self.averaging),
                "averaging of weights",
                "must be a decay in [0, 1), such as 0.999; 0 is none",
            ),
            (
                self.patience == 0 || self.data.held_out.share() > 0.0,
                "patience",
                "needs held-out pictures; hold some out, or set it to 0",
            ),
            (
                i64::try_from(self.seed).is_ok(),
                "seed",
                "must be at most 9223372036854775807",
            ),
        ])
    }
}

/// Collects the values of a table and its subtables under dotted names, such as
/// `optimizer.learning_rate`.
pub(crate) fn flatten_toml(
    prefix: &str,
    table: &toml::Table,
    settings: &mut BTreeMap<String, String>,
) {
    for (name, value) in table {
        let name = format!("{prefix}{name}");
        match value {
            toml::Value::Table(table) => flatten_toml(&format!("{name}."), table, settings),
            toml::Value::String(text) => {
                settings.insert(name, text.clone());
            }
            value => {
                settings.insert(name, value.to_string());
            }
        }
    }
}

fn default_batch_size() -> u32 {
    32
}

fn default_device() -> String {
    "auto".to_string()
}

fn default_checkpoint_every() -> u32 {
    1
}
