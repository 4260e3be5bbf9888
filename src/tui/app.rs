//! Everything the screen knows, and what it does about actions and answers:
//! pure, so that tests press keys without a terminal.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::action::{Action, Direction, Effect, Tab, Topic};
use super::graphics::Graphics;
use super::keymap::Mode;
use super::path_lookup::Looked;
use super::run_watch::News;
use super::tabs::{browse, denoise, morph, search, train};
use super::text;
use super::theme::Theme;
use crate::dataset::Dataset;
use crate::engine::{Answer, ModelCard, ModelRef, Opened, Reply, Request, Ticket};
use crate::figure;
use crate::paths::typed::Wanted;

/// The smallest terminal that is drawn on: columns and rows.
pub const SMALLEST: (u16, u16) = (60, 16);

/// Long work that the engine reports.
#[derive(Debug, Clone)]
pub struct Progress {
    /// What is being done.
    pub stage: String,
    /// Units done.
    pub done: u64,
    /// Units in all, when known.
    pub total: Option<u64>,
    since: Instant,
    at_start: u64,
}

impl Progress {
    /// `encoding by PCA-32  4,200 of 9,525 · 2,100/s · 3 s left`.
    pub fn line(&self, now: Instant) -> String {
        let done = text::grouped(self.done as usize);
        let mut line = match self.total {
            Some(total) => format!(
                "{}  {done} of {}",
                self.stage,
                text::grouped(total as usize)
            ),
            None if self.done > 0 => format!("{}  {done}", self.stage),
            None => format!("{} …", self.stage),
        };
        let spent = now.saturating_duration_since(self.since).as_secs_f64();
        let made = self.done.saturating_sub(self.at_start) as f64;
        // A rate over less than this says nothing.
        if spent > 0.5 && made > 0.0 {
            let rate = made / spent;
            line += &format!(" · {}/s", text::grouped(rate.round() as usize));
            if let Some(total) = self.total {
                let left = total.saturating_sub(self.done) as f64 / rate;
                line += &format!(" · {} left", figure::duration(left));
            }
        }
        line
    }
}

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something was done.
    Note,
    /// Something could not be done.
    Problem,
}

impl Tone {
    /// How it looks.
    pub fn style(self, theme: &Theme) -> ratatui::style::Style {
        match self {
            Self::Note => theme.good,
            Self::Problem => theme.bad,
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
struct Asked {
    request: Request,
    ticket: Option<Ticket>,
    waiting: bool,
    failed: bool,
}

/// Everything the screen knows.
#[derive(Debug)]
pub struct App {
    /// Colours.
    pub theme: Theme,
    /// How pictures are drawn; cell sizes matter to layouts.
    pub graphics: Graphics,
    /// The terminal's columns and rows.
    pub size: (u16, u16),
    /// The time of the event being handled.
    pub now: Instant,
    /// The tab shown.
    pub tab: Tab,
    /// What is open over it.
    pub popup: Option<Popup>,
    /// What `--data` asked for.
    pub wanted_data: Option<String>,
    /// The data set, once it is open.
    pub opened: Option<Opened>,
    /// Models to choose from.
    pub models: Vec<ModelCard>,
    /// The model that Browse, Search and Morph use.
    pub model: Option<ModelRef>,
    /// The face that is carried between tabs: a picture's index.
    pub face: Option<usize>,
    /// The faces marked for morphing, A and B.
    pub marks: [Option<usize>; 2],
    /// Long work under way.
    pub progress: Option<Progress>,
    /// The latest message; the next key takes it away.
    pub message: Option<(Tone, String)>,
    /// Whether the terminal shows us.
    pub focused: bool,
    asked: BTreeMap<Topic, Asked>,
    /// Browse's state.
    pub browse: browse::State,
    /// Train's state.
    pub train: train::State,
    /// Denoise's state.
    pub denoise: denoise::State,
    /// Search's state.
    pub search: search::State,
    /// Morph's state.
    pub morph: morph::State,
}

impl App {
    /// The screen before anything is known.
    pub fn new(theme: Theme, graphics: Graphics, size: (u16, u16), data: Option<String>) -> Self {
        Self {
            theme,
            graphics,
            size,
            now: Instant::now(),
            tab: Tab::default(),
            popup: None,
            wanted_data: data,
            opened: None,
            models: Vec::new(),
            model: None,
            face: None,
            marks: [None; 2],
            progress: None,
            message: None,
            focused: true,
            asked: BTreeMap::new(),
            browse: browse::State::default(),
            train: train::State::default(),
            denoise: denoise::State::default(),
            search: search::State::default(),
            morph: morph::State::default(),
        }
    }

    /// The data set, once it is open.
    pub fn dataset(&self) -> Option<&Arc<Dataset>> {
        self.opened.as_ref().map(|opened| &opened.dataset)
    }

    /// Whether the tab in view has nothing to show yet because the first data set
    /// is still being opened.
    pub fn awaits_faces(&self) -> bool {
        self.opened.is_none()
            && self.popup.is_none()
            && self.tab != Tab::Train
            && self.is_waiting(Topic::Open)
    }

    /// The chosen model's card.
    pub fn card(&self) -> Option<&ModelCard> {
        let model = self.model.as_ref()?;
        self.models.iter().find(|card| card.reference == *model)
    }

    /// What keys mean now.
    pub fn mode(&self) -> Mode {
        if self.is_too_small() {
            return Mode::Unseen;
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
        self.size.0 < SMALLEST.0 || self.size.1 < SMALLEST.1
    }

    /// Handles what the user asked for.
    pub fn update(&mut self, action: Action) -> Vec<Effect> {
        self.message = None;
        let mut effects = match action {
            Action::Quit => vec![Effect::Quit],
            Action::Suspend => vec![Effect::Suspend],
            Action::Redraw => {
                // Whatever failed is tried again.
                self.asked.retain(|_, asked| !asked.failed);
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
            Action::Show(tab) => self.show(tab),
            Action::NextTab => self.show(self.tab.step(1)),
            Action::PreviousTab => self.show(self.tab.step(Tab::ALL.len() - 1)),
            action => match self.tab {
                Tab::Browse => browse::update(self, action),
                Tab::Train => train::update(self, action),
                Tab::Denoise => denoise::update(self, action),
                Tab::Search => search::update(self, action),
                Tab::Morph => morph::update(self, action),
            },
        };
        effects.extend(self.settle());
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
            let most = super::views::popup::most_scroll(self, popup);
            self.popup = Some(match popup {
                Popup::Help(scroll) => Popup::Help(scroll.min(most)),
                Popup::Data(scroll) => Popup::Data(scroll.min(most)),
            });
        }
    }

    /// Shows a tab.
    pub fn show(&mut self, tab: Tab) -> Vec<Effect> {
        self.tab = tab;
        Vec::new()
    }

    /// Shows a tab with a face on it.
    pub fn carry(&mut self, face: usize, tab: Tab) -> Vec<Effect> {
        self.face = Some(face);
        self.show(tab)
    }

    /// What the tab shown wants to know and has not asked yet. Called after
    /// every change; asking the same twice costs nothing.
    pub fn settle(&mut self) -> Vec<Effect> {
        let mut wants = vec![(
            Topic::Open,
            Request::Open {
                data: self.wanted_data.clone(),
            },
        )];
        if self.opened.is_some() {
            wants.push((Topic::Models, Request::Models));
            wants.extend(match self.tab {
                Tab::Browse => browse::wants(self),
                Tab::Train => train::wants(self),
                Tab::Denoise => denoise::wants(self),
                Tab::Search => search::wants(self),
                Tab::Morph => morph::wants(self),
            });
        }
        let mut effects: Vec<Effect> = wants
            .into_iter()
            .filter_map(|(topic, request)| self.ask(topic, request))
            .collect();
        effects.extend(train::settle(self));
        effects
    }

    /// The effect that asks the engine, unless that is the topic's latest
    /// request already.
    pub fn ask(&mut self, topic: Topic, request: Request) -> Option<Effect> {
        if self
            .asked
            .get(&topic)
            .is_some_and(|asked| asked.request == request)
        {
            return None;
        }
        self.asked.insert(
            topic,
            Asked {
                request: request.clone(),
                ticket: None,
                waiting: true,
                failed: false,
            },
        );
        Some(Effect::Ask(topic, request))
    }

    /// Makes a topic be asked again the next time its tab wants it.
    pub fn ask_again(&mut self, topic: Topic) {
        self.asked.remove(&topic);
    }

    /// The loop sent a topic's request under this ticket.
    pub fn sent(&mut self, topic: Topic, ticket: Ticket) {
        if let Some(asked) = self.asked.get_mut(&topic) {
            asked.ticket = Some(ticket);
        }
    }

    /// Whether the topic's latest request has not been answered.
    pub fn is_waiting(&self, topic: Topic) -> bool {
        self.asked.get(&topic).is_some_and(|asked| asked.waiting)
    }

    /// Handles an answer of the engine; those to any but a topic's latest
    /// request are dropped.
    pub fn answer(&mut self, reply: Reply) -> Vec<Effect> {
        if let Answer::Note(text) = reply.answer {
            self.message = Some((Tone::Note, text));
            return Vec::new();
        }
        let Some(topic) = self
            .asked
            .iter()
            .find(|(_, asked)| asked.ticket == Some(reply.ticket))
            .map(|(topic, _)| *topic)
        else {
            return Vec::new();
        };
        if let Answer::Progress { stage, done, total } = reply.answer {
            self.report(stage, done, total);
            return Vec::new();
        }
        self.progress = None;
        let more_follows = matches!(&reply.answer, Answer::Denoised(d) if d.pending > 0);
        if let Some(asked) = self.asked.get_mut(&topic) {
            asked.waiting = more_follows;
            asked.failed = matches!(reply.answer, Answer::Failed(_));
        }
        match reply.answer {
            Answer::Superseded | Answer::Progress { .. } | Answer::Note(_) => {}
            Answer::Failed(problem) => {
                if topic == Topic::Search {
                    search::failed(self);
                }
                self.message = Some((Tone::Problem, problem));
            }
            Answer::Saved(path) => self.saved(&path),
            Answer::Opened(opened) => self.open(opened),
            Answer::Models(models) => self.choose_among(models),
            answer => match topic {
                Topic::Facts => browse::answer(self, answer),
                Topic::Denoise | Topic::Levels => denoise::answer(self, answer),
                Topic::Search => search::answer(self, answer),
                Topic::CodeCurve => train::answer(self, answer),
                Topic::Morph | Topic::Vary | Topic::Sample => morph::answer(self, topic, answer),
                Topic::Open | Topic::Models | Topic::Save => {}
            },
        }
        self.settle()
    }

    fn report(&mut self, stage: String, done: u64, total: Option<u64>) {
        let (since, at_start) = match &self.progress {
            Some(old) if old.stage == stage && old.done <= done => (old.since, old.at_start),
            _ => (self.now, done),
        };
        self.progress = Some(Progress {
            stage,
            done,
            total,
            since,
            at_start,
        });
    }

    fn saved(&mut self, path: &Path) {
        self.message = Some((Tone::Note, format!("saved {}", path.display())));
    }

    fn open(&mut self, opened: Opened) {
        if let Some(note) = &opened.device_note {
            self.message = Some((Tone::Note, note.clone()));
        }
        let first = (!opened.dataset.pictures.is_empty()).then_some(0);
        self.opened = Some(opened);
        self.asked.retain(|topic, _| matches!(topic, Topic::Open));
        self.face = first;
        self.marks = [None; 2];
        browse::opened(self);
        denoise::opened(self);
        search::opened(self);
        morph::opened(self);
        train::opened(self);
    }

    fn choose_among(&mut self, models: Vec<ModelCard>) {
        self.models = models;
        let known = |model: &ModelRef| self.models.iter().any(|card| card.reference == *model);
        if !self.model.as_ref().is_some_and(known) {
            self.model = self.models.first().map(|card| card.reference.clone());
        }
    }

    /// A typed path was looked at.
    pub fn looked(&mut self, looked: Looked) -> Vec<Effect> {
        match looked.wanted {
            Wanted::Picture => search::looked(self, looked),
            Wanted::Data => train::looked(self, looked),
        }
        self.settle()
    }

    /// The thread that watches runs has news.
    pub fn hear(&mut self, news: News) -> Vec<Effect> {
        train::hear(self, news);
        self.settle()
    }

    /// Something outside the engine's answers failed.
    pub fn fail(&mut self, problem: String) {
        self.message = Some((Tone::Problem, problem));
    }

    /// The next model in the list, around the end.
    pub fn next_model(&mut self) {
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
