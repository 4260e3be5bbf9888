//! Everything the screen knows, and what it does about actions and answers:
//! pure, so that tests press keys without a terminal.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::action::{Action, Direction, Effect, Tab, Topic};
use super::graphics::Capabilities;
use super::keymap::Mode;
use super::path_lookup::LookupResult;
use super::run_monitor::RunUpdate;
use super::tabs::{browse, denoise, morph, search, train};
use super::text;
use super::theme::Theme;
use crate::dataset::Dataset;
use crate::engine::{
    ModelInfo, ModelRef, OpenedDataset, Request, RequestId, Response, ResponseBody,
};
use crate::number_format;
use crate::paths::user_path::PathKind;

/// The smallest terminal that is drawn on: columns and rows.
pub const MIN_SIZE: (u16, u16) = (60, 16);

/// Long work that the engine reports.
#[derive(Debug, Clone)]
pub struct TaskProgress {
    /// What is being done.
    pub stage: String,
    /// Units done.
    pub done: u64,
    /// Units in all, when known.
    pub total: Option<u64>,
    started: Instant,
    at_start: u64,
}

impl TaskProgress {
    /// `encoding by PCA-32  4,200 of 9,525 · 2,100/s · 3 s left`.
    pub fn line(&self, now: Instant) -> String {
        let done = text::with_thousands(self.done as usize);
        let mut line = match self.total {
            Some(total) => format!(
                "{}  {done} of {}",
                self.stage,
                text::with_thousands(total as usize)
            ),
            None if self.done > 0 => format!("{}  {done}", self.stage),
            None => format!("{} …", self.stage),
        };
        let spent = now.saturating_duration_since(self.started).as_secs_f64();
        let made = self.done.saturating_sub(self.at_start) as f64;
        // A rate over less than this says nothing.
        if spent > 0.5 && made > 0.0 {
            let rate = made / spent;
            line += &format!(" · {}/s", text::with_thousands(rate.round() as usize));
            if let Some(total) = self.total {
                let left = total.saturating_sub(self.done) as f64 / rate;
                line += &format!(" · {} left", number_format::duration(left));
            }
        }
        line
    }
}

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// Something was done.
    Info,
    /// Something could not be done.
    Error,
}

impl MessageKind {
    /// How it looks.
    pub fn style(self, theme: &Theme) -> ratatui::style::Style {
        match self {
            Self::Info => theme.good,
            Self::Error => theme.bad,
        }
    }
}

/// A popup over the tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Popup {
    /// The keys; scrolled by so many lines.
    Help(u16),
    /// What data there is; scrolled by so many lines.
    Data(u16),
}

/// A request of a topic, sent or about to be.
#[derive(Debug, Clone)]
struct InFlight {
    request: Request,
    ticket: Option<RequestId>,
    is_pending: bool,
    failed: bool,
}

/// Everything the screen knows.
#[derive(Debug)]
pub struct App {
    /// Colours.
    pub theme: Theme,
    /// How pictures are drawn; cell sizes matter to layouts.
    pub graphics: Capabilities,
    /// The terminal's columns and rows.
    pub size: (u16, u16),
    /// The time of the event being handled.
    pub now: Instant,
    /// The tab shown.
    pub tab: Tab,
    /// What is open over it.
    pub popup: Option<Popup>,
    /// What `--data` asked for.
    pub data_arg: Option<String>,
    /// The data set, once it is open.
    pub opened: Option<OpenedDataset>,
    /// Models to choose from.
    pub models: Vec<ModelInfo>,
    /// The model that Browse, Search and Morph use.
    pub model: Option<ModelRef>,
    /// The face that is carried between tabs: a picture's index.
    pub face: Option<usize>,
    /// The faces marked for morphing, A and B.
    pub marks: [Option<usize>; 2],
    /// Long work under way.
    pub progress: Option<TaskProgress>,
    /// The latest message; the next key takes it away.
    pub message: Option<(MessageKind, String)>,
    /// Whether the terminal shows us.
    pub focused: bool,
    in_flight: BTreeMap<Topic, InFlight>,
    /// Browse's state.
    pub browse: browse::BrowseTab,
    /// Train's state.
    pub train: train::TrainTab,
    /// Denoise's state.
    pub denoise: denoise::DenoiseTab,
    /// Search's state.
    pub search: search::SearchTab,
    /// Morph's state.
    pub morph: morph::MorphTab,
}

impl App {
    /// The screen before anything is known.
    pub fn new(
        theme: Theme,
        graphics: Capabilities,
        size: (u16, u16),
        data: Option<String>,
    ) -> Self {
        Self {
            theme,
            graphics,
            size,
            now: Instant::now(),
            tab: Tab::default(),
            popup: None,
            data_arg: data,
            opened: None,
            models: Vec::new(),
            model: None,
            face: None,
            marks: [None; 2],
            progress: None,
            message: None,
            focused: true,
            in_flight: BTreeMap::new(),
            browse: browse::BrowseTab::default(),
            train: train::TrainTab::default(),
            denoise: denoise::DenoiseTab::default(),
            search: search::SearchTab::default(),
            morph: morph::MorphTab::default(),
        }
    }

    /// The data set, once it is open.
    pub fn dataset(&self) -> Option<&Arc<Dataset>> {
        self.opened.as_ref().map(|opened| &opened.dataset)
    }

    /// Whether the tab in view has nothing to show yet because the first data set
    /// is still being opened.
    pub fn is_opening_first_dataset(&self) -> bool {
        self.opened.is_none()
            && self.popup.is_none()
            && self.tab != Tab::Train
            && self.is_waiting(Topic::Open)
    }

    /// The chosen model's card.
    pub fn current_model(&self) -> Option<&ModelInfo> {
        let model = self.model.as_ref()?;
        self.models.iter().find(|card| card.reference == *model)
    }

    /// What keys mean now.
    pub fn mode(&self) -> Mode {
        if self.is_too_small() {
            return Mode::TooSmall;
        }
        if self.popup.is_some() {
            return Mode::Popup;
        }
        match self.tab {
            Tab::Browse => browse::mode(self),
            Tab::Train => train::mode(self),
            Tab::Denoise => denoise::mode(self),
            Tab::Search => search::mode(self),
            Tab::Morph => morph::mode(self),
        }
    }

    /// Whether the terminal is too small to be drawn on.
    pub fn is_too_small(&self) -> bool {
        self.size.0 < MIN_SIZE.0 || self.size.1 < MIN_SIZE.1
    }

    /// Handles what the user asked for.
    pub fn update(&mut self, action: Action) -> Vec<Effect> {
        self.message = None;
        let mut effects = match action {
            Action::Quit => vec![Effect::Quit],
            Action::Suspend => vec![Effect::Suspend],
            Action::Redraw => {
                // Whatever failed is tried again.
                self.in_flight.retain(|_, asked| !asked.failed);
                vec![Effect::Redraw]
            }
            action if self.popup.is_some() => {
                self.update_popup(action);
                Vec::new()
            }
            Action::Help => {
                self.popup = Some(Popup::Help(0));
                Vec::new()
            }
            Action::Data => {
                self.popup = Some(Popup::Data(0));
                Vec::new()
            }
            Action::Show(tab) => self.show_tab(tab),
            Action::NextTab => self.show_tab(self.tab.step(1)),
            Action::PreviousTab => self.show_tab(self.tab.step(Tab::ALL.len() - 1)),
            action => match self.tab {
                Tab::Browse => browse::update(self, action),
                Tab::Train => train::update(self, action),
                Tab::Denoise => denoise::update(self, action),
                Tab::Search => search::update(self, action),
                Tab::Morph => morph::update(self, action),
            },
        };
        effects.extend(self.sync_requests());
        effects
    }

    fn update_popup(&mut self, action: Action) {
        let half = self.size.1 / 2;
        let Some(Popup::Help(scroll) | Popup::Data(scroll)) = &mut self.popup else {
            return;
        };
        match action {
            Action::Move(Direction::Down) => *scroll = scroll.saturating_add(1),
            Action::Move(Direction::Up) => *scroll = scroll.saturating_sub(1),
            Action::HalfPage(true) => *scroll = scroll.saturating_add(half),
            Action::HalfPage(false) => *scroll = scroll.saturating_sub(half),
            Action::First => *scroll = 0,
            Action::Last => *scroll = u16::MAX,
            _ => self.popup = None,
        }
        if let Some(popup) = self.popup {
            let most = super::views::popup::max_scroll(self, popup);
            self.popup = Some(match popup {
                Popup::Help(scroll) => Popup::Help(scroll.min(most)),
                Popup::Data(scroll) => Popup::Data(scroll.min(most)),
            });
        }
    }

    /// Shows a tab.
    pub fn show_tab(&mut self, tab: Tab) -> Vec<Effect> {
        self.tab = tab;
        Vec::new()
    }

    /// Shows a tab with a face on it.
    pub fn open_face_in(&mut self, face: usize, tab: Tab) -> Vec<Effect> {
        self.face = Some(face);
        self.show_tab(tab)
    }

    /// What the tab shown wants to know and has not asked yet. Called after
    /// every change; asking the same twice costs nothing.
    pub fn sync_requests(&mut self) -> Vec<Effect> {
        let mut wants = vec![(
            Topic::Open,
            Request::Open {
                data: self.data_arg.clone(),
            },
        )];
        if self.opened.is_some() {
            wants.push((Topic::Models, Request::ListModels));
            wants.extend(match self.tab {
                Tab::Browse => browse::requests(self),
                Tab::Train => train::requests(self),
                Tab::Denoise => denoise::requests(self),
                Tab::Search => search::requests(self),
                Tab::Morph => morph::requests(self),
            });
        }
        let mut effects: Vec<Effect> = wants
            .into_iter()
            .filter_map(|(topic, request)| self.request(topic, request))
            .collect();
        effects.extend(train::sync_monitor(self));
        effects
    }

    /// The effect that asks the engine, unless that is the topic's latest
    /// request already.
    pub fn request(&mut self, topic: Topic, request: Request) -> Option<Effect> {
        if self
            .in_flight
            .get(&topic)
            .is_some_and(|asked| asked.request == request)
        {
            return None;
        }
        self.in_flight.insert(
            topic,
            InFlight {
                request: request.clone(),
                ticket: None,
                is_pending: true,
                failed: false,
            },
        );
        Some(Effect::Send(topic, request))
    }

    /// Makes a topic be asked again the next time its tab wants it.
    pub fn invalidate(&mut self, topic: Topic) {
        self.in_flight.remove(&topic);
    }

    /// The loop sent a topic's request under this ticket.
    pub fn sent(&mut self, topic: Topic, ticket: RequestId) {
        if let Some(asked) = self.in_flight.get_mut(&topic) {
            asked.ticket = Some(ticket);
        }
    }

    /// Whether the topic's latest request has not been answered.
    pub fn is_waiting(&self, topic: Topic) -> bool {
        self.in_flight
            .get(&topic)
            .is_some_and(|asked| asked.is_pending)
    }

    /// Handles an answer of the engine; those to any but a topic's latest
    /// request are dropped.
    pub fn on_response(&mut self, reply: Response) -> Vec<Effect> {
        if let ResponseBody::Note(text) = reply.body {
            self.message = Some((MessageKind::Info, text));
            return Vec::new();
        }
        let Some(topic) = self
            .in_flight
            .iter()
            .find(|(_, asked)| asked.ticket == Some(reply.id))
            .map(|(topic, _)| *topic)
        else {
            return Vec::new();
        };
        if let ResponseBody::Progress { stage, done, total } = reply.body {
            self.update_progress(stage, done, total);
            return Vec::new();
        }
        self.progress = None;
        let more_follows = matches!(&reply.body, ResponseBody::Denoised(d) if d.pending > 0);
        if let Some(asked) = self.in_flight.get_mut(&topic) {
            asked.is_pending = more_follows;
            asked.failed = matches!(reply.body, ResponseBody::Failed(_));
        }
        match reply.body {
            ResponseBody::Superseded | ResponseBody::Progress { .. } | ResponseBody::Note(_) => {}
            ResponseBody::Failed(problem) => {
                if topic == Topic::Search {
                    search::on_failure(self);
                }
                self.message = Some((MessageKind::Error, problem));
            }
            ResponseBody::Saved(path) => self.on_saved(&path),
            ResponseBody::Opened(opened) => self.on_dataset_opened(opened),
            ResponseBody::Models(models) => self.set_models(models),
            answer => match topic {
                Topic::Facts => browse::on_response(self, answer),
                Topic::Denoise | Topic::Levels => denoise::on_response(self, answer),
                Topic::Search => search::on_response(self, answer),
                Topic::CodeSizeCurve => train::on_response(self, answer),
                Topic::Morph | Topic::Vary | Topic::Sample => {
                    morph::on_response(self, topic, answer);
                }
                Topic::Open | Topic::Models | Topic::Save => {}
            },
        }
        self.sync_requests()
    }

    fn update_progress(&mut self, stage: String, done: u64, total: Option<u64>) {
        let (since, at_start) = match &self.progress {
            Some(old) if old.stage == stage && old.done <= done => (old.started, old.at_start),
            _ => (self.now, done),
        };
        self.progress = Some(TaskProgress {
            stage,
            done,
            total,
            started: since,
            at_start,
        });
    }

    fn on_saved(&mut self, path: &Path) {
        self.message = Some((MessageKind::Info, format!("saved {}", path.display())));
    }

    fn on_dataset_opened(&mut self, opened: OpenedDataset) {
        if let Some(note) = &opened.device_note {
            self.message = Some((MessageKind::Info, note.clone()));
        }
        let first = (!opened.dataset.pictures.is_empty()).then_some(0);
        self.opened = Some(opened);
        self.in_flight
            .retain(|topic, _| matches!(topic, Topic::Open));
        self.face = first;
        self.marks = [None; 2];
        browse::on_dataset_opened(self);
        denoise::on_dataset_opened(self);
        search::on_dataset_opened(self);
        morph::on_dataset_opened(self);
        train::on_dataset_opened(self);
    }

    fn set_models(&mut self, models: Vec<ModelInfo>) {
        self.models = models;
        let known = |model: &ModelRef| self.models.iter().any(|card| card.reference == *model);
        if !self.model.as_ref().is_some_and(known) {
            self.model = self.models.first().map(|card| card.reference.clone());
        }
    }

    /// A typed path was looked at.
    pub fn on_path_lookup(&mut self, looked: LookupResult) -> Vec<Effect> {
        match looked.wanted {
            PathKind::Picture => search::on_path_lookup(self, looked),
            PathKind::Data => train::on_path_lookup(self, looked),
        }
        self.sync_requests()
    }

    /// The thread that watches runs has news.
    pub fn on_run_update(&mut self, news: RunUpdate) -> Vec<Effect> {
        train::on_run_update(self, news);
        self.sync_requests()
    }

    /// Something outside the engine's answers failed.
    pub fn show_error(&mut self, problem: String) {
        self.message = Some((MessageKind::Error, problem));
    }

    /// The next model in the list, around the end.
    pub fn select_next_model(&mut self) {
        let at = self
            .models
            .iter()
            .position(|card| Some(&card.reference) == self.model.as_ref());
        if let Some(at) = at {
            let next = (at + 1) % self.models.len();
            self.model = Some(self.models[next].reference.clone());
        }
    }
}
