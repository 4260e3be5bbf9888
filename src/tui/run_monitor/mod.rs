//! Threads that watch and control training runs for the Train tab. They read and
//! write the run directories, so that the event loop never does.

mod controller;
mod curves;
mod messages;
mod monitor;
mod preview_strip;

pub use curves::Curves;
pub use messages::{FaceStrip, PreviewStrip, RunCommand, RunControl, RunUpdate, Watched};
pub use monitor::RunMonitor;
