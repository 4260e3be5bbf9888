//! What keys mean.

use super::crop_chooser::action::CropAction;
use super::data_sets::action::DataAction;
use super::motion::{Direction, Step};
use super::pointer::target::{Target, Track};
use super::starters::action::StarterAction;
use super::tab_id::TabId;
use super::tabs::browse::action::BrowseAction;
use super::tabs::denoise::action::DenoiseAction;
use super::tabs::evaluation::action::EvaluationAction;
use super::tabs::morph::action::MorphAction;
use super::tabs::search::action::SearchAction;
use super::tabs::train::action::TrainAction;

/// What a key asks for. The keymaps make these from keys, and
/// [`App::update`](super::app::App::update) handles them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Leave the program.
    Quit,
    /// Stop the process; the shell can continue it.
    Suspend,
    /// Draw everything again, pictures included, and retry what failed.
    Redraw,
    /// Show or hide what the line to the terminal takes.
    ToggleLine,
    /// Use the mouse, or leave it to the terminal.
    ToggleMouse,
    /// Open the list of keys.
    Help,
    /// Open the list of data sets.
    ShowDataSets,
    /// Open the presets to begin with.
    ShowPresets,
    /// Close what is open, or step back.
    Back,
    /// Show this tab.
    ShowTab(TabId),
    /// Show the next or previous tab.
    StepTab(Step),
    /// Move by one.
    Move(Direction),
    /// Move half a screen down.
    HalfPageDown,
    /// Move half a screen up.
    HalfPageUp,
    /// Move to the first item.
    First,
    /// Move to the last item.
    Last,
    /// The mouse: select this, or open it if it is selected.
    Click(Target),
    /// The wheel over text: a few lines down or up.
    Scroll(Step),
    /// The mouse: set a position from 0 to [`Track::END`].
    Slide(Track, u16),
    /// Open the selected item.
    Enter,
    /// Text entry: insert a character.
    Insert(char),
    /// Text entry: delete the last character.
    Erase,
    /// Text entry: delete the last word.
    EraseWord,
    /// Text entry: delete everything.
    EraseAll,
    /// Path entry: complete the path, then go through the candidates.
    Complete(Step),
    /// Text entry: accept the text.
    Accept,
    /// Text entry: restore the text from before.
    Cancel,
    /// Search the mean of the marked faces.
    SearchTagged,
    /// A key of the presets to begin with.
    Starter(StarterAction),
    /// A key while the part of a picture file is chosen.
    Crop(CropAction),
    /// A key of the data sets.
    Data(DataAction),
    /// A key of Browse.
    Browse(BrowseAction),
    /// A key of Train.
    Train(TrainAction),
    /// A key of Denoise.
    Denoise(DenoiseAction),
    /// A key of Search.
    Search(SearchAction),
    /// A key of the evaluation of encoders, a view over Search.
    Evaluation(EvaluationAction),
    /// A key of Morph.
    Morph(MorphAction),
}
