//! What all tabs share.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use image::RgbImage;
use ratatui::style::Style;

use super::action::Action;
use super::effect::Effect;
use super::endpoint::Endpoint;
use super::images::Capabilities;
use super::keymap::changes::KeyChanges;
use super::keymap::{Keymap, shared};
use super::line::LineReading;
use super::made_face::{MadeFace, SavedNext};
use super::motion::Step;
use super::requests::Requests;
use super::run_news::RunMark;
use super::tab_id::TabId;
use super::task_progress::TaskProgress;
use super::text;
use super::theme::Theme;
use crate::dataset::Dataset;
use crate::engine::{
    ModelInfo, ModelRef, OpenedDataset, PictureRef, Request, RequestId, RequestKind,
};

/// The most faces of which the mean is searched.
const MAX_TAGGED: usize = 200;

/// What kind of message the status line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// Something was done.
    Info,
    /// Something could not be done.
    Error,
}

impl MessageKind {
    /// How a message of this kind looks.
    pub(crate) fn style(self, theme: &Theme) -> Style {
        match self {
            Self::Info => theme.good,
            Self::Error => theme.bad,
        }
    }
}

/// What all tabs share: tabs draw from it and change it.
#[derive(Debug)]
pub struct Context {
    /// Colours.
    pub theme: Theme,
    /// How the terminal shows pictures; layouts need the size of its cells.
    pub(crate) capabilities: Capabilities,
    /// The terminal's columns and rows.
    pub size: (u16, u16),
    /// The time of the event being handled.
    pub now: Instant,
    /// The user's changes of keys.
    pub(crate) keys: KeyChanges<Action>,
    /// Whether the footer shows the line to the terminal.
    pub(crate) shows_line: bool,
    /// Whether the mouse is used.
    pub(crate) uses_mouse: bool,
    /// What that line took lately.
    pub(crate) line: LineReading,
    /// Whether the latest frame had all its pictures.
    pub pictures_are_ready: bool,
    /// The tab in view.
    pub tab: TabId,
    /// The data set, once it is open.
    pub(crate) opened: Option<OpenedDataset>,
    /// Models to choose from.
    pub(crate) models: Vec<ModelInfo>,
    /// The model that Browse, Search and Morph use.
    pub(crate) model: Option<ModelRef>,
    /// The selected face, which goes from tab to tab: a picture's index.
    pub face: Option<usize>,
    /// Whether somebody has selected it, rather than that it is the first.
    pub(crate) face_was_chosen: bool,
    /// A made face that takes the selected one's place.
    pub(crate) made_face: Option<MadeFace>,
    /// The made face that is being saved.
    pub(super) saved_next: Option<SavedNext>,
    /// The faces marked for morphing, A and B.
    pub marks: [Option<usize>; 2],
    /// The faces marked for a search of their mean, in order.
    pub(crate) tagged: Vec<usize>,
    /// Long work of the engine.
    pub(crate) progress: Option<TaskProgress>,
    /// The latest message; the next key clears it.
    pub message: Option<(MessageKind, String)>,
    /// What runs have done while Train was not in view.
    pub run_mark: Option<RunMark>,
    pub(crate) requests: Requests,
    /// What the engine was told last of the requests that the user looks at.
    preferred: Vec<RequestId>,
    effects: Vec<Effect>,
}

impl Context {
    /// Without a data set.
    pub(crate) fn new(theme: Theme, capabilities: Capabilities, size: (u16, u16)) -> Self {
        Self {
            theme,
            capabilities,
            size,
            now: Instant::now(),
            keys: KeyChanges::default(),
            shows_line: false,
            uses_mouse: true,
            line: LineReading::default(),
            pictures_are_ready: true,
            tab: TabId::default(),
            opened: None,
            models: Vec::new(),
            model: None,
            face: None,
            face_was_chosen: false,
            made_face: None,
            saved_next: None,
            marks: [None; 2],
            tagged: Vec::new(),
            progress: None,
            message: None,
            run_mark: None,
            requests: Requests::default(),
            preferred: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// The key that means an action in a keymap, for texts that name it.
    pub(crate) fn key(&self, keymap: Keymap<Action>, action: Action) -> String {
        self.keys.label(keymap, action)
    }

    /// The same of an action that every tab has.
    pub(crate) fn tab_key(&self, action: Action) -> String {
        self.key(shared::EVERY_TAB, action)
    }

    /// Uses the mouse, or leaves it to the terminal.
    pub(crate) fn toggle_mouse(&mut self) {
        self.uses_mouse = !self.uses_mouse;
        self.push_effect(Effect::ReportMouse(self.uses_mouse));
        self.info(if self.uses_mouse {
            "the mouse is used here; Shift and drag selects text"
        } else {
            "the mouse is the terminal's"
        });
    }

    /// The data set, once it is open.
    pub(crate) fn dataset(&self) -> Option<&Arc<Dataset>> {
        self.opened.as_ref().map(|opened| &opened.dataset)
    }

    /// The selected model.
    pub(crate) fn current_model(&self) -> Option<&ModelInfo> {
        let model = self.model.as_ref()?;
        self.models.iter().find(|info| info.reference == *model)
    }

    /// The models that rebuild faces from codes.
    pub(crate) fn decoders(&self) -> impl Iterator<Item = &ModelInfo> {
        self.models.iter().filter(|info| info.kind.has_decoder())
    }

    /// The selected model if it rebuilds faces, else the first one that does.
    pub(crate) fn current_decoder(&self) -> Option<&ModelInfo> {
        self.current_model()
            .filter(|info| info.kind.has_decoder())
            .or_else(|| self.decoders().next())
    }

    /// Selects the next model that rebuilds faces, around the end of the list.
    pub(crate) fn select_next_decoder(&mut self) {
        let selected = self.current_decoder().map(|info| info.reference.clone());
        let decoders: Vec<ModelRef> = self.decoders().map(|info| info.reference.clone()).collect();
        let place = decoders
            .iter()
            .position(|one| Some(one) == selected.as_ref());
        if let Some(place) = place {
            self.model = Some(decoders[Step::Next.wrap(place, decoders.len())].clone());
        }
    }

    /// Selects the next model of the list, around the end.
    pub(crate) fn select_next_model(&mut self) {
        let selected = self
            .models
            .iter()
            .position(|info| Some(&info.reference) == self.model.as_ref());
        if let Some(selected) = selected {
            let next = Step::Next.wrap(selected, self.models.len());
            self.model = Some(self.models[next].reference.clone());
        }
    }

    /// Replaces the list of models, and selects the first if the selected one
    /// is gone.
    pub(crate) fn set_models(&mut self, models: Vec<ModelInfo>) {
        self.models = models;
        if self.current_model().is_none() {
            self.model = self.models.first().map(|info| info.reference.clone());
        }
    }

    /// Shows a tab with a face on it.
    pub(crate) fn open_face_in(&mut self, face: usize, tab: TabId) {
        self.select_face(face);
        self.tab = tab;
    }

    /// Marks a face as an end of a morph, and says what is next. `mark_other` is the key that marks
    /// the other end.
    pub(crate) fn mark(&mut self, endpoint: Endpoint, face: usize, mark_other: &str) {
        let Some(name) = self.dataset().map(|dataset| dataset.face_name(face)) else {
            return;
        };
        self.marks[endpoint as usize] = Some(face);
        let next = if self.marks.contains(&None) {
            format!("{mark_other} marks the other end")
        } else {
            let key = self.tab_key(Action::ShowTab(TabId::Morph));
            format!("{key} morphs from A to B")
        };
        self.info(format!("{} is {name}; {next}", endpoint.letter()));
    }

    /// Marks a face for a search of the marked faces' mean, or takes the mark away. `keymap` has the
    /// key of that search.
    pub(crate) fn toggle_tag(&mut self, face: usize, keymap: Keymap<Action>) {
        let Some(name) = self.dataset().map(|dataset| dataset.face_name(face)) else {
            return;
        };
        let before = self.tagged.len();
        self.tagged.retain(|tagged| *tagged != face);
        if self.tagged.len() < before {
            let count = text::pluralize(self.tagged.len(), "marked face");
            return self.info(format!("{name} is not marked any more; {count}"));
        }
        if before == MAX_TAGGED {
            return self.error(format!("{MAX_TAGGED} marked faces are the most"));
        }
        self.tagged.push(face);
        let count = text::pluralize(self.tagged.len(), "marked face");
        let key = self.key(keymap, Action::SearchTagged);
        self.info(format!(
            "{name} is marked; {key} searches the mean of {count}"
        ));
    }

    /// The first picture of the person before or after that of `face`.
    pub(crate) fn face_of_adjacent_person(&self, face: usize, step: Step) -> Option<usize> {
        let dataset = self.dataset()?;
        let person = dataset.pictures.get(face)?.person;
        let adjacent = step.wrap(person, dataset.people.len());
        Some(dataset.people.get(adjacent)?.pictures.start)
    }

    /// Shows a message about something done.
    pub(crate) fn info(&mut self, text: impl Into<String>) {
        self.message = Some((MessageKind::Info, text.into()));
    }

    /// Shows a message about something that could not be done.
    pub(crate) fn error(&mut self, text: impl Into<String>) {
        self.message = Some((MessageKind::Error, text.into()));
    }

    /// Sends a request to the engine, unless it equals the latest one of its
    /// kind. The response goes to `tab`.
    pub(crate) fn request(&mut self, tab: Option<TabId>, request: Request) {
        if let Some(id) = self.requests.start(tab, &request) {
            self.effects.push(Effect::Send(id, request));
        }
    }

    /// Tells the engine what the tab in view waits for, where other tabs wait too.
    pub(crate) fn prefer_tab_in_view(&mut self) {
        let in_view = self.requests.pending_of(self.tab);
        let mut others = TabId::ALL.into_iter().filter(|tab| *tab != self.tab);
        let others_wait = others.any(|tab| !self.requests.pending_of(tab).is_empty());
        if others_wait && !in_view.is_empty() && in_view != self.preferred {
            self.preferred.clone_from(&in_view);
            self.effects.push(Effect::Prefer(in_view));
        }
    }

    /// Takes the latest request of a kind back, if it waits for its response.
    pub(crate) fn cancel(&mut self, kind: RequestKind) {
        if let Some(id) = self.requests.cancel(kind) {
            self.progress = None;
            self.effects.push(Effect::Cancel(id));
        }
    }

    /// Whether the latest request of a kind waits for its response.
    pub fn is_pending(&self, kind: RequestKind) -> bool {
        self.requests.is_pending(kind)
    }

    /// Has pictures saved side by side as a PNG of that name, with the request that they answer.
    pub(crate) fn save_pictures(
        &mut self,
        pictures: Vec<Arc<RgbImage>>,
        made_by: Option<Arc<Request>>,
        name: String,
    ) {
        self.save_sheet((pictures, None), made_by, name);
    }

    /// The same in rows of so many.
    pub(crate) fn save_sheet(
        &mut self,
        (pictures, columns): (Vec<Arc<RgbImage>>, Option<usize>),
        made_by: Option<Arc<Request>>,
        name: String,
    ) {
        self.saved_next = None;
        self.requests.invalidate(RequestKind::Save);
        let save = Request::Save {
            pictures,
            made_by,
            columns,
            name,
        };
        self.request(None, save);
    }

    /// Selects a face of the data set.
    pub(crate) fn select_face(&mut self, face: usize) {
        self.face = Some(face);
        self.face_was_chosen = true;
        self.made_face = None;
    }

    /// The face that all tabs show: the made one, else the selected one.
    pub(crate) fn picture(&self) -> Option<PictureRef> {
        match &self.made_face {
            Some(made) => Some(made.picture()),
            None => self.face.map(PictureRef::Index),
        }
    }

    /// Its name; empty where there is none.
    pub(crate) fn picture_name(&self) -> String {
        match (&self.made_face, self.dataset().zip(self.face)) {
            (Some(made), _) => made.name.clone(),
            (None, Some((dataset, face))) if face < dataset.pictures.len() => {
                dataset.face_name(face)
            }
            _ => String::new(),
        }
    }

    /// Saves a made face under a name, and selects it when that is done.
    pub(crate) fn adopt_face(&mut self, pixels: Arc<RgbImage>, name: String) {
        self.save_pictures(vec![pixels.clone()], None, name.clone());
        self.saved_next = Some(SavedNext { name, pixels });
    }

    /// Pictures were saved: says so, and selects the face that was to be.
    pub(super) fn on_saved(&mut self, path: PathBuf) {
        let Some(SavedNext { name, pixels }) = self.saved_next.take() else {
            return self.info(format!("saved {}", path.display()));
        };
        self.info(format!(
            "the face of Denoise, Search and Morph's A is now {name}; saved {}",
            path.display()
        ));
        self.marks[0] = None;
        self.made_face = Some(MadeFace { path, name, pixels });
    }

    /// Leaves something for the event loop to do.
    pub(crate) fn push_effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// What the event loop is to do, in order.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}
