//! The fields of the form for a new run.

use crate::dataset::face_spec::SIZES;
use crate::kernels::Precision;
use crate::training::TrainSpec;

/// The precisions by name.
pub(super) const PRECISIONS: [(&str, Precision); 3] = [
    ("tf32", Precision::Tf32),
    ("f32", Precision::F32),
    ("bf16", Precision::Bf16),
];

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The preset that fills all other fields.
    Preset,
    /// The data set.
    Data,
    /// Side of the pictures, in pixels.
    Size,
    /// How pictures are resized.
    Preprocess,
    /// Latent dimensions.
    CodeSize,
    /// Passes over the training pictures.
    Epochs,
    /// Pictures per step.
    BatchSize,
    /// Learning rate.
    LearningRate,
    /// The learning rate over the run.
    Schedule,
    /// Epochs without improvement after which the run stops.
    Patience,
    /// The maximum gradient norm.
    ClipNorm,
    /// Decay of the exponential moving average of the weights.
    Averaging,
    /// Noise that the model learns to remove.
    Noise,
    /// What is held out of training.
    HeldOut,
    /// The seed.
    Seed,
    /// Where the run computes.
    Device,
    /// Precision of matrix products on a GPU.
    Precision,
    /// The run's name.
    Name,
}

impl Field {
    /// All of them, in the order of the form.
    pub(crate) const ALL: [Self; 18] = [
        Self::Preset,
        Self::Data,
        Self::Size,
        Self::Preprocess,
        Self::CodeSize,
        Self::Epochs,
        Self::BatchSize,
        Self::LearningRate,
        Self::Schedule,
        Self::Patience,
        Self::ClipNorm,
        Self::Averaging,
        Self::Noise,
        Self::HeldOut,
        Self::Seed,
        Self::Device,
        Self::Precision,
        Self::Name,
    ];

    /// Its label.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Preset => "preset",
            Self::Data => "data",
            Self::Size => "size",
            Self::Preprocess => "preprocessing",
            Self::CodeSize => "code size",
            Self::Epochs => "epochs",
            Self::BatchSize => "batch size",
            Self::LearningRate => "learning rate",
            Self::Schedule => "schedule",
            Self::Patience => "patience",
            Self::ClipNorm => "clip gradient",
            Self::Averaging => "averaging",
            Self::Noise => "noise",
            Self::HeldOut => "held out",
            Self::Seed => "seed",
            Self::Device => "device",
            Self::Precision => "precision",
            Self::Name => "name",
        }
    }

    /// What it takes.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Preset => "the starting point; fills all other fields",
            Self::Data => "the name of a data set, a path, or sample",
            Self::Size => "side of the pictures, in pixels",
            Self::Preprocess => {
                "seed: the course's resize; smooth: antialiased; wide: more of the head"
            }
            Self::CodeSize => "latent dimensions",
            Self::Epochs => "passes over the training pictures",
            Self::BatchSize => "pictures per step",
            Self::LearningRate => "above 0, such as 0.002",
            Self::Schedule => "constant, cosine:warmup, step:epochs:factor",
            Self::Patience => "stop after this many epochs without improvement; 0 = never",
            Self::ClipNorm => "maximum gradient norm, such as 1; 0 = no clipping",
            Self::Averaging => "decay of the average of the weights, such as 0.999; 0 = off",
            Self::Noise => "none, gaussian:0.1, rectangles:2, salt-pepper:0.05",
            Self::HeldOut => "fraction of the pictures, or `people 0.2`",
            Self::Seed => "the same seed gives the same result",
            Self::Device => "auto, cpu, cuda or cuda:N",
            Self::Precision => "of matrix products on a GPU: f32, tf32 or bf16",
            Self::Name => "empty for a name made from the preset",
        }
    }

    /// Its values, if there are few.
    pub(super) fn choices(self) -> Vec<String> {
        match self {
            Self::Preset => TrainSpec::preset_names().map(str::to_string).collect(),
            Self::Size => SIZES.iter().map(u32::to_string).collect(),
            Self::Preprocess => ["seed", "smooth", "wide"].map(str::to_string).to_vec(),
            Self::Schedule => ["constant", "cosine:0.05", "step:10:0.5"]
                .map(str::to_string)
                .to_vec(),
            Self::Noise => ["none", "gaussian:0.1", "rectangles:2", "salt-pepper:0.05"]
                .map(str::to_string)
                .to_vec(),
            Self::Device => ["auto", "cpu", "cuda"].map(str::to_string).to_vec(),
            Self::Precision => PRECISIONS.map(|(name, _)| name.to_string()).to_vec(),
            Self::Averaging => ["0", "0.99", "0.999"].map(str::to_string).to_vec(),
            Self::ClipNorm => ["0", "0.1", "1"].map(str::to_string).to_vec(),
            _ => Vec::new(),
        }
    }

    /// Whether its neighbouring values are half and double, not one less and one
    /// more.
    pub(super) fn steps_by_doubling(self) -> bool {
        matches!(self, Self::CodeSize | Self::BatchSize | Self::LearningRate)
    }
}
