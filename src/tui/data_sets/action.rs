//! What the keys of the data sets mean.

use crate::tui::motion::Step;

/// An action of the data sets alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataAction {
    /// Type the path of an archive or a folder to import.
    Import,
    /// Download LFW and import it.
    Fetch,
    /// Ask whether to remove the selected data set.
    Remove,
    /// Yes, remove it; yes, import it so.
    Confirm,
    /// Another crop for what is about to be imported.
    StepCrop(Step),
    /// Stop what is being imported.
    CancelImport,
}
