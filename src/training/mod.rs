//! Training: the spec of a run ([`spec`]), the loop ([`Trainer`]) and its parts (batches,
//! optimizers, schedules), evaluation ([`evaluation`], [`metrics`]) and checkpoints
//! ([`checkpoint`]).

mod augmentation;
mod baselines;
mod batch_loader;
pub(crate) mod benchmark;
pub mod checkpoint;
mod checks;
mod cuda_graph;
mod device_faces;
mod ema;
pub(crate) mod evaluation;
mod first_faces;
pub(crate) mod forecast;
mod host_batch;
mod learner;
pub mod metrics;
mod noise_weights;
pub(crate) mod oom;
pub mod optim;
mod optimizer_spec;
mod presets;
mod ranges;
mod report;
mod run_length;
pub(crate) mod schedule;
mod scores;
pub(crate) mod spec;
pub(crate) mod starters;
mod state;
mod throughput;
mod trainer;

pub use baselines::Baselines;
pub use checks::check_training_pictures;
pub use evaluation::evaluate;
pub use first_faces::FirstFaces;
pub(crate) use first_faces::first_faces;
pub use optimizer_spec::{OptimizerKind, OptimizerSpec};
pub use report::{Flow, Outcome, StepReport};
pub use schedule::Schedule;
pub use scores::Scores;
pub use spec::{DataSpec, TrainSpec};
pub use state::TrainerState;
pub use trainer::Trainer;
