//! What keys mean, and what the loop is asked to do.

use super::path_lookup::Lookup;
use super::run_monitor::RunCommand;
use super::tabs::{browse, denoise, morph, search, train};
use crate::engine::Request;

/// The five tabs, in the order of their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Tab {
    /// People and their pictures.
    #[default]
    Browse,
    /// Runs and their charts.
    Train,
    /// Noise on a face, and methods against it.
    Denoise,
    /// The nearest faces of a face.
    Search,
    /// Faces made from codes.
    Morph,
}

impl Tab {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Browse,
        Self::Train,
        Self::Denoise,
        Self::Search,
        Self::Morph,
    ];

    /// What the top line calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Browse => "Browse",
            Self::Train => "Train",
            Self::Denoise => "Denoise",
            Self::Search => "Search",
            Self::Morph => "Morph",
        }
    }

    /// The tab so many places to the right, around the end.
    pub fn step(self, places: usize) -> Self {
        Self::ALL[(self as usize + places) % Self::ALL.len()]
    }
}

/// A direction of movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `h` and the left arrow.
    Left,
    /// `j` and the down arrow.
    Down,
    /// `k` and the up arrow.
    Up,
    /// `l` and the right arrow.
    Right,
}

/// What the user asked for. The keymap makes these from keys; `App::update`
/// answers with effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Leave the program.
    Quit,
    /// Stop the process, to be continued by the shell.
    Suspend,
    /// Draw everything again, pictures included.
    Redraw,
    /// Open or close the list of keys.
    Help,
    /// Open or close the explanation of what data there is.
    Data,
    /// Close what is open, or step back.
    Back,
    /// Show this tab.
    Show(Tab),
    /// Show the next tab.
    NextTab,
    /// Show the previous tab.
    PreviousTab,
    /// Move by one.
    Move(Direction),
    /// Move by half a screen; `true` is downwards.
    HalfPage(bool),
    /// Move to the first.
    First,
    /// Move to the last.
    Last,
    /// Open what is chosen.
    Enter,
    /// Text entry: one more character.
    Type(char),
    /// Text entry: the last character goes.
    Erase,
    /// Text entry: the last word goes.
    EraseWord,
    /// Text entry: all of it goes.
    EraseAll,
    /// Path entry: as far as it is decided, or the next (true) or previous that fits.
    Complete(bool),
    /// Text entry: done.
    Accept,
    /// Text entry: as it was before.
    Cancel,
    /// Browse's own.
    Browse(browse::BrowseAction),
    /// Train's own.
    Train(train::TrainAction),
    /// Denoise's own.
    Denoise(denoise::DenoiseAction),
    /// Search's own.
    Search(search::SearchAction),
    /// Morph's own.
    Morph(morph::MorphAction),
}

/// Which part of the screen asked the engine: of each topic only the answer to
/// the latest request counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// The data set.
    Open,
    /// The list of models.
    Models,
    /// Browse's facts.
    Facts,
    /// Denoise's pictures.
    Denoise,
    /// Denoise's curves.
    Levels,
    /// Search's hits.
    Search,
    /// Morph's path.
    Morph,
    /// Morph's variations.
    Vary,
    /// Morph's new faces.
    Sample,
    /// Train's error against code size.
    CodeSizeCurve,
    /// A picture being saved.
    Save,
}

/// What the loop does for the pure part.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send a request to the engine and remember its ticket under the topic.
    Send(Topic, Request),
    /// Look at a typed path.
    LookUp(Lookup),
    /// Tell the thread that watches and steers runs.
    Runs(RunCommand),
    /// Leave.
    Quit,
    /// Stop the process.
    Suspend,
    /// Forget what is on the screen and every encoded picture.
    Redraw,
}
