//! What a training run is to do: everything that decides its outcome, as it
//! stands in a preset and in a run's `run.toml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::schedule::Schedule;
use crate::dataset::split::HeldOut;
use crate::dataset::{Crop, FaceSpec, Noise, Preprocess};
use crate::error::{Error, Result};
use crate::kernels::lowered::Precision;
use crate::models::{ModelKind, ModelSpec};

/// The shipped presets by name, in the order in which they are offered.
const PRESETS: [(&str, &str); 7] = [
    ("pca", include_str!("../../config/presets/pca.toml")),
    ("linear", include_str!("../../config/presets/linear.toml")),
    ("conv", include_str!("../../config/presets/conv.toml")),
    (
        "denoising",
        include_str!("../../config/presets/denoising.toml"),
    ),
    ("face", include_str!("../../config/presets/face.toml")),
    (
        "denoiser",
        include_str!("../../config/presets/denoiser.toml"),
    ),
    (
        "generative",
        include_str!("../../config/presets/generative.toml"),
    ),
];

/// A training run, complete: the same spec on the same data gives the same
/// weights on the CPU. Read from TOML; fields left out take their defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSpec {
    /// The preset that it started from.
    #[serde(default)]
    pub preset: String,
    /// What the user calls the run; empty: its preset's name.
    #[serde(default)]
    pub name: String,
    /// One sentence on what it is for.
    #[serde(default)]
    pub description: String,
    /// Passes over the training pictures; ignored by closed-form models.
    pub epochs: u32,
    /// Pictures in a step, at least 1; the epoch's last step takes what is left.
    #[serde(default = "default_batch_size")]
    pub batch_size: u32,
    /// Put on the input, fresh for every picture in every epoch; `none` is a
    /// plain autoencoder. The target is always the clean picture.
    #[serde(default)]
    pub noise: Noise,
    /// Whether every second picture, drawn anew in every epoch, is mirrored.
    #[serde(default)]
    pub flips: bool,
    /// Decides the split, the first weights, the order of pictures and the noise.
    #[serde(default)]
    pub seed: u64,
    /// `auto`, `cpu`, `cuda` or `cuda:N`.
    #[serde(default = "default_device")]
    pub device: String,
    /// How exact matrix products are on a GPU; the CPU takes f32.
    #[serde(default)]
    pub precision: Precision,
    /// Threads on the CPU; 0 is one per core.
    #[serde(default)]
    pub threads: u32,
    /// Epochs from one checkpoint to the next; 0 is only the last.
    #[serde(default = "default_checkpoint_every")]
    pub checkpoint_every: u32,
    /// The learning rate over the run.
    #[serde(default)]
    pub schedule: Schedule,
    /// Epochs without a better held-out error after which the run ends early;
    /// 0 is never.
    #[serde(default)]
    pub patience: u32,
    /// Decay of a running mean of the weights, in [0, 1), which is then what is
    /// judged, shown and saved as the model; 0 is none.
    #[serde(default)]
    pub averaging: f64,
    /// The network.
    pub model: ModelSpec,
    /// How gradients become steps.
    #[serde(default)]
    pub optimizer: OptimizerSpec,
    /// The pictures.
    #[serde(default)]
    pub data: DataSpec,
}

/// Which pictures a run sees, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataSpec {
    /// The data set's path, title or id as it was asked for; empty: the one last used.
    pub data: String,
    /// The data set's title when the run was made.
    pub title: String,
    /// The data set's fingerprint when the run was made.
    pub fingerprint: String,
    /// The data set's crop when the run was made.
    pub crop: Crop,
    /// The resize from the cropped picture.
    pub preprocess: Preprocess,
    /// What is kept back to judge the model.
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

/// Which rule turns gradients into steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Adam with the infinity norm (Kingma and Ba 2014, section 7.1): the course's.
    #[default]
    Adamax,
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2017).
    AdamW,
}

/// An optimizer and its constants; the defaults are the course's (Keras').
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimizerSpec {
    /// The rule.
    pub kind: OptimizerKind,
    /// Above 0.
    pub learning_rate: f64,
    /// Decay of the first moment, in [0, 1).
    pub beta1: f64,
    /// Decay of the second moment or the norm, in [0, 1).
    pub beta2: f64,
    /// Keeps the division finite, above 0.
    pub epsilon: f64,
    /// `AdamW`'s decay per step as a share of the learning rate; Adamax has none.
    pub weight_decay: f64,
    /// Longer gradients, all weights together, are scaled down to this length;
    /// 0 is never.
    pub clip_norm: f64,
}

impl Default for OptimizerSpec {
    fn default() -> Self {
        Self {
            kind: OptimizerKind::Adamax,
            learning_rate: 0.002,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
            clip_norm: 0.0,
        }
    }
}

impl TrainSpec {
    /// The names that [`preset`](Self::preset) knows.
    pub fn preset_names() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().map(|(name, _)| *name)
    }

    /// A shipped preset.
    ///
    /// # Errors
    /// When there is none of this name.
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
    /// When it does not parse or a value is out of range.
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

    /// What decides the outcome, as name and value in the words of `run.toml`
    /// (`optimizer.learning_rate`, `0.002`); names and descriptions are left out.
    pub fn flat_settings(&self) -> BTreeMap<String, String> {
        let mut settings = BTreeMap::new();
        if let Ok(table) = toml::Table::try_from(self) {
            flatten_toml("", &table, &mut settings);
        }
        for told in [
            "preset",
            "name",
            "description",
            "data.data",
            "data.fingerprint",
        ] {
            settings.remove(told);
        }
        settings
    }

    /// The tensor that it trains on.
    pub fn face_spec(&self) -> FaceSpec {
        FaceSpec {
            size: self.model.size,
            preprocess: self.data.preprocess,
        }
    }

    /// Checks every range.
    ///
    /// # Errors
    /// Names the first field that is out of range, and its range.
    pub fn validate(&self) -> Result<()> {
        self.model.validate()?;
        let OptimizerSpec {
            learning_rate,
            beta1,
            beta2,
            epsilon,
            weight_decay,
            clip_norm,
            ..
        } = self.optimizer;
        let trained = self.model.kind != ModelKind::Pca;
        let checks = [
            (!trained || self.epochs >= 1, "epochs", "must be at least 1"),
            (
                (1..=65_536).contains(&self.batch_size),
                "batch size",
                "must be 1 to 65536",
            ),
            (
                learning_rate > 0.0 && learning_rate.is_finite(),
                "learning rate",
                "must be above 0",
            ),
            ((0.0..1.0).contains(&beta1), "beta1", "must be in [0, 1)"),
            ((0.0..1.0).contains(&beta2), "beta2", "must be in [0, 1)"),
            (
                epsilon > 0.0 && epsilon.is_finite(),
                "epsilon",
                "must be above 0",
            ),
            (
                weight_decay >= 0.0 && weight_decay.is_finite(),
                "weight decay",
                "must be 0 or more",
            ),
            (
                clip_norm >= 0.0 && clip_norm.is_finite(),
                "gradient clipping",
                "must be a length above 0, or 0 for none",
            ),
            (
                (0.0..1.0).contains(&self.averaging),
                "averaging of weights",
                "must be a decay in [0, 1), such as 0.999; 0 is none",
            ),
            (
                self.patience == 0 || self.data.held_out.share() > 0.0,
                "patience",
                "needs held-out pictures to judge by; hold some out, or set it to 0",
            ),
            (
                i64::try_from(self.seed).is_ok(),
                "seed",
                "must be at most 9223372036854775807",
            ),
        ];
        match checks.iter().find(|(good, ..)| !good) {
            Some((_, what, problem)) => Err(Error::invalid(what, problem)),
            None => Ok(()),
        }
    }
}

/// Names and values of a table and the tables in it, as `optimizer.learning_rate`.
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
