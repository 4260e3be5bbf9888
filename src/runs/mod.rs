//! Training runs as directories: a worker process owns one, and whoever can
//! read it can watch and steer it. docs/run-directory.md describes every file.

mod alive;
mod board;
pub mod checkpoint;
pub mod code_curve;
pub mod control;
pub mod curve;
mod directory;
pub mod export;
pub mod follow;
mod guard;
mod json;
pub mod lock;
pub mod material;
pub mod metrics_log;
mod names;
mod outline;
pub mod pace;
pub mod preview;
pub mod retention;
mod session;
mod signals;
pub mod spawn;
mod status;
pub mod steering;
mod summary;
mod telemetry;
pub mod worker;

pub use alive::{Pulse, listen};
pub use control::{Control, Desired};
pub use directory::RunDir;
pub use follow::Follower;
pub use metrics_log::MetricRow;
pub(crate) use names::check_name;
pub use names::{find, find_exactly, find_id, find_to_remove};
pub use outline::Outline;
pub use status::{Best, Phase, State, Status, Trouble, host};
pub use summary::{RunSummary, list, read_all, remove};
