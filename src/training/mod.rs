//! Training: what a run is to do ([`spec`]), the loop ([`trainer`]), its parts
//! (batches, optimizers, schedules), how it is judged ([`metrics`],
//! [`evaluation`]) and what resumes it ([`checkpoint`]).

mod averaging;
mod batches;
pub mod checkpoint;
pub mod evaluation;
pub mod memory;
pub mod metrics;
pub mod optim;
pub mod schedule;
mod scores;
pub mod spec;
pub mod trainer;
mod trivial;

pub use checkpoint::TrainerState;
pub use evaluation::evaluate;
pub use schedule::Schedule;
pub use scores::Scores;
pub use spec::{DataSpec, OptimizerKind, OptimizerSpec, TrainSpec};
pub use trainer::{Flow, Outcome, StepReport, Trainer};
pub use trivial::Trivial;
