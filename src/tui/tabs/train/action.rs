//! What Train's own keys mean.

use crate::tui::motion::Step;

/// A line break of a note while it is typed in one line.
pub(super) const LINE_BREAK: char = '⏎';

/// An action of Train alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainAction {
    /// Open the form for a new run.
    OpenForm,
    /// In the form: start the run.
    Start,
    /// In the form: edit the selected field.
    Edit,
    /// In the form: the next or previous value of the field.
    StepValue(Step),
    /// Pause the run, or resume a paused one.
    Pause,
    /// Resume a run that is paused or has no worker.
    Resume,
    /// Stop after the current step, with a checkpoint.
    Stop,
    /// Stop after the epoch.
    StopAfterEpoch,
    /// Save a checkpoint now.
    Checkpoint,
    /// Return to the last good checkpoint, with a tenth of the learning rate.
    RollBack,
    /// Ask whether to remove the selected run.
    Remove,
    /// Yes, remove it.
    Confirm,
    /// Take the run into the comparison or out of it.
    ToggleCompared,
    /// Move the chart's cursor.
    MoveCursor(Step),
    /// Show fewer steps.
    ZoomIn,
    /// Show more steps.
    ZoomOut,
    /// Type a filter of the list.
    Filter,
    /// Sort the list by the next column.
    NextOrder,
    /// Sort the other way round.
    ReverseOrder,
    /// Type the run's note.
    EditNote,
    /// Type the run's tags.
    EditTags,
    /// Show the worker's log.
    OpenLog,
    /// Linear or logarithmic values.
    ToggleLogValues,
    /// Linear or logarithmic steps.
    ToggleLogSteps,
    /// Chart the next metric.
    NextMetric,
    /// Double the learning rate.
    DoubleLearningRate,
    /// Halve the learning rate.
    HalveLearningRate,
    /// Train with more noise.
    MoreNoise,
    /// Train with less noise.
    LessNoise,
    /// Show the faces with the largest errors, or the fixed ones.
    ToggleWorst,
    /// Show the settings in which the compared runs differ, or the chart.
    ToggleSettingsDiff,
    /// Show held-out error against code size, or the chart.
    ToggleCodeSizeChart,
    /// The next weight of the smoothing.
    NextSmoothing,
}
