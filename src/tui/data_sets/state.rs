//! What the popup of data sets knows.

use std::path::PathBuf;

use super::keys;
use super::progress::ImportProgress;
use crate::dataset::Crop;
use crate::paths::user_path::PathKind;
use crate::runs::data_sets::StoredDataset;
use crate::tui::action::Action;
use crate::tui::context::{Context, MessageKind};
use crate::tui::keymap::{Keymap, shared};
use crate::tui::widgets::path_input::PathInput;

/// An import under way.
#[derive(Debug)]
pub(super) struct Import {
    /// Its number, by which its reports are known.
    pub number: u64,
    /// What is imported: a file's or folder's name.
    pub name: String,
    /// How far it is; `None` before the first report.
    pub progress: Option<ImportProgress>,
}

/// What is about to be imported, and the crop that is chosen.
#[derive(Debug)]
pub(super) struct CropQuestion {
    pub path: PathBuf,
    /// Which of [`crops`].
    pub choice: usize,
}

/// The crops to choose from, each with its explanation. `None` leaves it to the import.
pub(super) fn crops() -> Vec<(Option<Crop>, String)> {
    let share = |text: &str| text.parse::<Crop>().ok();
    let mut all = vec![
        (
            None,
            "as it was imported before; if it is new, like LFW".to_string(),
        ),
        (
            Some(Crop::LFW),
            "like LFW: the face is in the middle, with wide margins".to_string(),
        ),
        (
            Some(Crop::NONE),
            "none: the face fills the picture".to_string(),
        ),
    ];
    for text in ["0.1", "0.2"] {
        all.extend(share(text).map(|crop| (Some(crop), crop.describe())));
    }
    all
}

/// What the app has to do after an action.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing.
    Stay,
    /// Close the popup.
    Close,
    /// Close it and open this data set.
    Open(String),
}

/// The data sets there are, and what is being done with them.
#[derive(Debug)]
pub struct DataSets {
    /// All of them; `None` until they were listed.
    pub(crate) all: Option<Vec<StoredDataset>>,
    /// The one under the cursor, by id: it stays selected when others come.
    pub(super) selected: Option<String>,
    /// The path being typed.
    pub(crate) path: PathInput,
    /// While the crop is chosen.
    pub(super) crop: Option<CropQuestion>,
    /// The data set whose removal waits for a confirmation.
    pub(super) confirming: Option<StoredDataset>,
    /// What is being imported.
    pub(super) import: Option<Import>,
    /// Imports so far.
    pub(super) import_count: u64,
    /// The title of what is being removed.
    pub(super) removing: Option<String>,
    /// What was done last, or why not.
    pub(super) notice: Option<(MessageKind, String)>,
    /// Whether pictures were imported while the popup was closed.
    pub(super) has_news: bool,
    /// Whether the last key was a request to quit.
    pub(super) quit_was_asked: bool,
}

impl Default for DataSets {
    fn default() -> Self {
        Self {
            all: None,
            selected: None,
            path: PathInput::new(PathKind::Data),
            crop: None,
            confirming: None,
            import: None,
            import_count: 0,
            removing: None,
            notice: None,
            has_news: false,
            quit_was_asked: false,
        }
    }
}

impl DataSets {
    /// The keys that count while the popup is open.
    pub(crate) fn keymap(&self) -> Keymap<Action> {
        if self.path.is_open() {
            shared::PATH
        } else if self.crop.is_some() {
            keys::CROP
        } else if self.confirming.is_some() {
            keys::CONFIRM_REMOVAL
        } else if self.is_importing() {
            keys::IMPORTING
        } else {
            keys::MAIN
        }
    }

    /// The data sets that are listed.
    pub(super) fn listed(&self) -> &[StoredDataset] {
        self.all.as_deref().unwrap_or_default()
    }

    /// The place of the selected one.
    pub(super) fn selected_index(&self) -> usize {
        let is_selected = |one: &StoredDataset| Some(&one.summary.id) == self.selected.as_ref();
        self.listed().iter().position(is_selected).unwrap_or(0)
    }

    /// The data set under the cursor.
    pub(super) fn selected(&self) -> Option<&StoredDataset> {
        self.listed().get(self.selected_index())
    }

    /// Whether pictures are being imported.
    pub(crate) fn is_importing(&self) -> bool {
        self.import.is_some()
    }

    /// `import 41 %`, for the header of every tab; after it, until the popup is opened, the key
    /// that shows what was imported.
    pub(crate) fn header_word(&self, context: &Context) -> Option<String> {
        let Some(import) = &self.import else {
            let key = context.tab_key(Action::ShowDataSets);
            return self.has_news.then(|| format!("{key} new data"));
        };
        let share = import.progress.as_ref().and_then(ImportProgress::share);
        Some(match share {
            Some(share) => format!("import {:.0} %", (share * 100.0).floor()),
            None => "import …".to_string(),
        })
    }
}
