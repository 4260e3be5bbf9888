//! Training runs as directories: a worker process owns one, and whoever can
//! read it can watch and steer it. docs/run-directory.md describes every file.

pub mod checkpoint;
pub mod code_size_curve;
pub mod control;
pub mod curve;
pub mod eta;
pub mod export;
pub mod follow;
mod json_file;
mod lenient_spec;
mod liveness;
pub mod lock;
pub mod metrics_log;
mod names;
pub mod preview;
pub mod retention;
mod run_dir;
mod session;
mod signals;
pub mod spawn;
mod spike_detector;
mod status;
pub mod steering;
mod summary;
mod telemetry;
pub mod training_data;
pub mod worker;
mod worker_state;

pub use control::{Control, Desired};
pub use follow::Follower;
pub use lenient_spec::LenientSpec;
pub use liveness::{HeartbeatMonitor, mark_silent_runs};
pub use metrics_log::MetricRow;
pub(crate) use names::check_name;
pub use names::{find, find_by_id, find_exactly, find_to_remove};
pub use run_dir::RunDir;
pub use status::{AnomalyReport, BestCheckpoint, Phase, RunState, Status, hostname};
pub use summary::{RunSummary, list, read_all, remove};
