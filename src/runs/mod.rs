//! Training runs. Each run is a directory: a worker process trains it and owns
//! its files, and any process that can read them can watch and steer it.
//! docs/run-directory.md describes every file.

pub mod checkpoint;
pub mod code_size_curve;
pub(crate) mod control;
pub(crate) mod curve;
pub(crate) mod data_sets;
mod eta;
pub mod export;
pub(crate) mod follow;
mod json_file;
mod lenient_spec;
mod liveness;
pub mod lock;
mod lookup;
pub mod metrics_log;
mod naming;
mod notes;
pub mod observer;
pub mod preview;
pub(crate) mod query;
mod resume;
mod retention;
mod run_dir;
mod run_list;
mod session;
mod signals;
pub(crate) mod spawn;
mod spike_detector;
mod status;
pub mod steering;
mod store;
mod summary;
mod telemetry;
mod timestamp;
pub mod training_data;
pub mod worker;
mod worker_state;

pub use control::{Control, Desired};
pub use follow::Follower;
pub use lenient_spec::{LenientSpec, SpecSummary};
pub use liveness::{HeartbeatMonitor, mark_silent_runs};
pub use lookup::{find, find_by_id, find_exactly, find_to_remove};
pub use metrics_log::MetricRow;
pub use naming::check_name;
pub(crate) use notes::MAX_NOTE_CHARS;
pub use notes::{Notes, TagChange, change_tags, set_note};
pub use resume::{ResumeOptions, prepare_resume, resume};
pub use run_dir::RunDir;
pub use run_list::RunList;
pub use status::{AnomalyReport, BestCheckpoint, RunState, Status, hostname};
pub use store::list;
pub use store::{create, read_all, remove};
pub use summary::RunSummary;
