//! What the event loop does on behalf of [`App`](super::app::App), which itself
//! does no input or output.

use std::path::PathBuf;

use super::data_sets::messages::DataCommand;
use super::notification::Notification;
use super::path_lookup::Lookup;
use super::run_monitor::RunCommand;
use crate::dataset::FaceCrop;
use crate::engine::{Request, RequestId};

/// Something for the event loop to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send a request to the engine.
    Send(RequestId, Request),
    /// Tell the engine that a request's answer is no longer wanted.
    Cancel(RequestId),
    /// Tell the engine which requests the user looks at.
    Prefer(Vec<RequestId>),
    /// Complete or check a typed path.
    LookUp(Lookup),
    /// Remember which part of a picture file is the face.
    RememberCrop(PathBuf, FaceCrop),
    /// List, import, fetch or remove data sets.
    Data(DataCommand),
    /// Send a command to the thread that monitors runs.
    Runs(RunCommand),
    /// Ring the bell, and ask the desktop to show it.
    Notify(Notification),
    /// Let the terminal report the mouse, or not.
    ReportMouse(bool),
    /// Leave the program.
    Quit,
    /// Stop the process.
    Suspend,
    /// Clear the screen and drop every encoded picture.
    Redraw,
}
