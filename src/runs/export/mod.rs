//! Exports a run for other programs: its metrics as CSV or `TensorBoard` events,
//! its weights as one file, and everything as an HTML report.

mod contact_sheet;
mod csv;
mod loss_chart;
mod omissions;
mod report;
mod surviving_lines;
mod tensorboard;
mod weights;

pub use csv::{COLUMNS, csv};
pub use omissions::{Exported, Omissions};
pub use report::html;
pub use tensorboard::events;
pub use weights::{model, safetensors};
