//! How the popup of data sets changes.

use std::path::Path;

use super::action::DataAction;
use super::keys;
use super::messages::{DataCommand, DataUpdate, ImportedData, NewData};
use super::progress::ImportProgress;
use super::state::{CropQuestion, DataSets, Import, Outcome, crops};
use crate::display::escaped;
use crate::runs::data_sets::StoredDataset;
use crate::tui::action::Action;
use crate::tui::context::{Context, MessageKind};
use crate::tui::effect::Effect;
use crate::tui::motion::{Direction, Step};
use crate::tui::path_lookup::LookupResult;
use crate::tui::pointer::target::Target;
use crate::tui::widgets::path_input::{PathEdit, Resolution};

/// Data sets that half a screen passes over.
const HALF_PAGE: usize = 5;

impl DataSets {
    /// The popup was opened: lists the data sets anew.
    pub(crate) fn open(&mut self, context: &mut Context) {
        self.notice = None;
        self.has_news = false;
        if self.selected.is_none() {
            self.selected = context.dataset().map(|dataset| dataset.id.clone());
        }
        context.push_effect(Effect::Data(DataCommand::List));
    }

    /// Handles an action while the popup is open.
    pub(crate) fn update(&mut self, context: &mut Context, action: Action) -> Outcome {
        if self.path.is_open() {
            self.type_path(context, action);
            return Outcome::Stay;
        }
        self.notice = None;
        if let Some(question) = self.crop.take() {
            self.choose_crop(context, question, action);
            return Outcome::Stay;
        }
        if let Some(stored) = self.confirming.take() {
            self.answer_removal(context, stored, action);
            return Outcome::Stay;
        }
        match action {
            Action::Enter => return self.choose(context),
            Action::Back => return Outcome::Close,
            Action::Data(action) => self.handle(context, action),
            Action::Click(Target::DataSet(place)) if place == self.selected_index() => {
                return self.choose(context);
            }
            Action::Click(Target::DataSet(place)) => self.select(place),
            action => self.move_selection(action),
        }
        Outcome::Stay
    }

    fn move_selection(&mut self, action: Action) {
        let (at, last) = (self.selected_index(), self.listed().len().saturating_sub(1));
        let next = match action {
            Action::Move(Direction::Down) => at + 1,
            Action::Move(Direction::Up) => at.saturating_sub(1),
            Action::HalfPageDown => at + HALF_PAGE,
            Action::HalfPageUp => at.saturating_sub(HALF_PAGE),
            Action::First => 0,
            Action::Last => last,
            _ => return,
        };
        self.select(next.min(last));
    }

    fn select(&mut self, place: usize) {
        let one = self.listed().get(place);
        self.selected = one.map(|one| one.summary.id.clone());
    }

    /// Opens the selected data set, unless it is open.
    fn choose(&mut self, context: &Context) -> Outcome {
        let Some(stored) = self.selected() else {
            return Outcome::Stay;
        };
        let is_open = context
            .dataset()
            .is_some_and(|dataset| dataset.id == stored.summary.id);
        if is_open {
            Outcome::Close
        } else {
            Outcome::Open(name_of(stored))
        }
    }

    fn handle(&mut self, context: &mut Context, action: DataAction) {
        match action {
            DataAction::Import => self.path.open(""),
            DataAction::Fetch => {
                let name = "LFW".to_string();
                self.start_import(context, name, NewData::Lfw);
            }
            DataAction::Remove => self.ask_removal(),
            DataAction::CancelImport => self.cancel_import(context),
            DataAction::Confirm | DataAction::StepCrop(_) => {}
        }
    }

    fn ask_removal(&mut self) {
        let Some(stored) = self.selected().cloned() else {
            return;
        };
        if stored.summary.is_sample {
            self.error("the built-in sample is part of the program and stays");
        } else if self.removing.is_some() {
            self.error("another data set is being removed; wait for it");
        } else {
            self.confirming = Some(stored);
        }
    }

    /// The question stays until a key answers it.
    fn answer_removal(&mut self, context: &mut Context, stored: StoredDataset, action: Action) {
        match action {
            Action::Data(DataAction::Confirm) => {
                self.removing = Some(stored.summary.title.clone());
                let command = DataCommand::Remove(Box::new(stored.summary));
                context.push_effect(Effect::Data(command));
            }
            Action::Back => {}
            _ => self.confirming = Some(stored),
        }
    }

    fn cancel_import(&mut self, context: &mut Context) {
        let Some(import) = self.import.take() else {
            return self.error("nothing is being imported");
        };
        context.push_effect(Effect::Data(DataCommand::Cancel));
        self.inform(format!(
            "the import of {} was cancelled; what it had read is removed",
            import.name
        ));
    }

    fn start_import(&mut self, context: &mut Context, name: String, source: NewData) {
        self.import_count += 1;
        let number = self.import_count;
        self.import = Some(Import {
            number,
            name,
            progress: None,
        });
        let command = DataCommand::Import(number, source);
        context.push_effect(Effect::Data(command));
    }

    fn type_path(&mut self, context: &mut Context, action: Action) {
        self.notice = None;
        if let PathEdit::LookUp(lookup) = self.path.update(action) {
            context.push_effect(Effect::LookUp(lookup));
        }
    }

    fn choose_crop(&mut self, context: &mut Context, question: CropQuestion, action: Action) {
        let count = crops().len();
        let choice = match action {
            Action::Data(DataAction::Confirm) => {
                let crop = crops().get(question.choice).and_then(|(crop, _)| *crop);
                let name = file_name(&question.path);
                return self.start_import(context, name, NewData::Path(question.path, crop));
            }
            Action::Back => return,
            Action::Data(DataAction::StepCrop(step)) => step.wrap(question.choice, count),
            // The wheel.
            Action::Move(Direction::Down) => Step::Next.wrap(question.choice, count),
            Action::Move(Direction::Up) => Step::Previous.wrap(question.choice, count),
            Action::Click(Target::Crop(choice)) => choice.min(count - 1),
            _ => question.choice,
        };
        self.crop = Some(CropQuestion { choice, ..question });
    }

    /// Handles what was found at the typed path. Gives the data set to open, if a name of one was
    /// typed.
    pub(crate) fn on_path_lookup(&mut self, result: LookupResult) -> Outcome {
        match self.path.on_lookup(result) {
            Resolution::Ignored | Resolution::Picture(..) => {}
            Resolution::Rejected(problem) => self.error(problem),
            // A path is absolute: this is the name of a data set.
            Resolution::Accepted(path, _) if path.is_relative() => {
                return Outcome::Open(path.to_string_lossy().into_owned());
            }
            Resolution::Accepted(path, _) => {
                self.crop = Some(CropQuestion { path, choice: 0 });
            }
        }
        Outcome::Stay
    }

    /// Handles a report of the threads. Gives the data set to open, if the open one was removed.
    pub(crate) fn on_update(
        &mut self,
        context: &mut Context,
        update: DataUpdate,
        is_shown: bool,
    ) -> Outcome {
        let outcome = match update {
            DataUpdate::Listed(Ok(all)) => {
                self.take_list(all);
                self.notice_missing(context);
                Outcome::Stay
            }
            DataUpdate::Listed(Err(problem)) => {
                self.error(problem);
                Outcome::Stay
            }
            // The presets' own.
            DataUpdate::Forecast(..) => Outcome::Stay,
            DataUpdate::Progress(number, report) => {
                if let Some(import) = self.import.as_mut().filter(|one| one.number == number) {
                    let previous = import.progress.take();
                    import.progress = Some(ImportProgress::update(
                        previous.as_ref(),
                        report,
                        context.now,
                    ));
                }
                return Outcome::Stay;
            }
            DataUpdate::Imported(number, result) => {
                let has_imported = matches!(result, Ok(Some(_)));
                let outcome = self.on_imported(context, number, result);
                self.has_news |= !is_shown && has_imported && outcome == Outcome::Stay;
                outcome
            }
            DataUpdate::Removed(id, result) => self.on_removed(context, &id, result),
        };
        // Where the popup is closed, it is read in the status line.
        let is_shown = is_shown && outcome == Outcome::Stay;
        if !is_shown && let Some((kind, text)) = self.notice.take() {
            context.message = Some((kind, text));
        }
        outcome
    }

    /// Says so when the open data set is gone: another program may have removed it.
    fn notice_missing(&mut self, context: &Context) {
        let Some(dataset) = context.dataset().filter(|dataset| !dataset.is_sample) else {
            return;
        };
        let is_listed = |one: &StoredDataset| one.summary.id == dataset.id;
        if self.notice.is_none() && self.removing.is_none() && !self.listed().iter().any(is_listed)
        {
            self.error(format!(
                "{}, which is open, was removed from the disk: open another one, or import it again",
                dataset.title
            ));
        }
    }

    fn take_list(&mut self, all: Vec<StoredDataset>) {
        let before = self.all.take().unwrap_or_default();
        let bytes_before = |id: &str| {
            let known = before.iter().find(|one| one.summary.id == id);
            known.and_then(|one| one.bytes)
        };
        let with_bytes = |mut one: StoredDataset| {
            one.bytes = one.bytes.or_else(|| bytes_before(&one.summary.id));
            one
        };
        self.all = Some(all.into_iter().map(with_bytes).collect());
    }

    fn on_imported(
        &mut self,
        context: &Context,
        number: u64,
        result: Result<Option<ImportedData>, String>,
    ) -> Outcome {
        let Some(import) = self.import.take_if(|one| one.number == number) else {
            return Outcome::Stay;
        };
        match result {
            Ok(Some(imported)) => {
                self.selected = Some(imported.id.clone());
                if context.opened.is_none() {
                    return Outcome::Open(imported.id);
                }
                let list = context.tab_key(Action::ShowDataSets);
                let open = context.key(keys::MAIN, Action::Enter);
                self.inform(format!("{}; {list}, {open} opens it", imported.message));
            }
            Ok(None) => self.inform(format!("the import of {} was cancelled", import.name)),
            Err(problem) => self.error(problem),
        }
        Outcome::Stay
    }

    fn on_removed(&mut self, context: &Context, id: &str, result: Result<(), String>) -> Outcome {
        let title = self.removing.take().unwrap_or_default();
        match result {
            Err(problem) => self.error(problem),
            Ok(()) => {
                self.inform(format!("{title} was removed"));
                let was_open = context.dataset().is_some_and(|dataset| dataset.id == id);
                if was_open {
                    self.inform(format!("{title} was removed; the sample is opened instead"));
                    return Outcome::Open(crate::dataset::SAMPLE_NAME.to_string());
                }
            }
        }
        Outcome::Stay
    }

    /// Whether to quit. While something is imported, only the second request in a row counts.
    pub(crate) fn confirms_quit(&mut self, context: &mut Context) -> bool {
        if self.quit_was_asked || !self.is_importing() {
            return true;
        }
        self.quit_was_asked = true;
        let text = "an import is under way: the same key again cancels it and quits";
        self.notice = Some((MessageKind::Info, text.to_string()));
        context.info(text);
        false
    }

    /// Another key was pressed after a request to quit.
    pub(crate) fn forget_quit(&mut self) {
        self.quit_was_asked = false;
    }

    fn inform(&mut self, text: impl Into<String>) {
        self.notice = Some((MessageKind::Info, text.into()));
    }

    fn error(&mut self, text: impl Into<String>) {
        self.notice = Some((MessageKind::Error, text.into()));
    }
}

/// How `--data` names it.
fn name_of(stored: &StoredDataset) -> String {
    if stored.summary.is_sample {
        crate::dataset::SAMPLE_NAME.to_string()
    } else {
        stored.summary.id.clone()
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    escaped(&name.to_string_lossy()).into_owned()
}
