//! Training: the spec of a run ([`spec`]), the loop ([`trainer`]) and its parts (batches,
//! optimizers, schedules), evaluation ([`evaluation`], [`metrics`]) and checkpoints
//! ([`checkpoint`]).

mod baselines;
mod batches;
pub mod checkpoint;
mod ema;
pub mod evaluation;
pub mod metrics;
pub mod oom;
pub mod optim;
pub mod schedule;
mod scores;
pub mod spec;
pub mod trainer;

pub use baselines::Baselines;
pub use checkpoint::TrainerState;
pub use evaluation::evaluate;
pub use schedule::Schedule;
pub use scores::Scores;
pub use spec::{DataSpec, OptimizerKind, OptimizerSpec, TrainSpec};
pub use trainer::{Flow, Outcome, StepReport, Trainer};
