//! The state of the screen and how it changes. Pure: nothing here reads or
//! writes anything, so that tests press keys without a terminal.

use super::action::Action;
use super::all_keymaps::change_keys;
use super::context::Context;
use super::data_sets::messages::DataUpdate;
use super::data_sets::{DataSets, Outcome};
use super::effect::Effect;
use super::images::Capabilities;
use super::input::mouse::MouseEvent;
use super::keymap::{Keymap, shared};
use super::path_lookup::LookupResult;
use super::pointer::{Pointer, Zones};
use super::popup::{Popup, PopupKind, max_scroll};
use super::run_monitor::RunUpdate;
use super::starters::advice::Advice;
use super::starters::{self, Starters};
use super::tab_id::TabId;
use super::tabs::Tabs;
use super::task_progress::TaskProgress;
use super::theme::Theme;
use crate::config::KeySettings;
use crate::engine::{OpenedDataset, Request, RequestKind, Response, ResponseBody};
use crate::paths::user_path::PathKind;

/// The smallest terminal that is drawn on: columns and rows.
pub(crate) const MIN_SIZE: (u16, u16) = (60, 16);

/// The state of the screen: the tabs and what they share.
#[derive(Debug)]
pub struct App {
    /// What all tabs share.
    pub context: Context,
    /// The tabs.
    pub tabs: Tabs,
    /// What is open over the tab in view.
    pub popup: Option<Popup>,
    /// The mouse, and what there is to point at.
    pointer: Pointer,
    /// The data sets there are, and imports.
    pub data_sets: DataSets,
    /// The presets to begin with.
    pub(crate) starters: Starters,
    /// The value of `--data`.
    data_arg: Option<String>,
}

impl App {
    /// Before a data set is open.
    pub fn new(
        theme: Theme,
        capabilities: Capabilities,
        size: (u16, u16),
        data_arg: Option<String>,
    ) -> Self {
        Self {
            context: Context::new(theme, capabilities, size),
            tabs: Tabs::default(),
            popup: None,
            pointer: Pointer::default(),
            data_sets: DataSets::default(),
            starters: Starters::default(),
            data_arg,
        }
    }

    /// Applies the settings of keys, and shows the first mistake in them.
    pub fn set_keys(&mut self, settings: &KeySettings) {
        let (changes, mistakes) = change_keys(settings);
        self.context.keys = changes;
        if let [first, rest @ ..] = mistakes.as_slice() {
            let more = match rest.len() {
                0 => String::new(),
                more => format!("; {more} more: see lfw-tui doctor"),
            };
            self.context.error(format!("{first}{more}"));
        }
    }

    /// Whether the tab in view has nothing to show yet because the first data set
    /// is still being opened.
    pub(crate) fn is_opening_first_dataset(&self) -> bool {
        self.context.opened.is_none()
            && self.popup.is_none()
            && self.context.tab != TabId::Train
            && self.context.is_pending(RequestKind::Open)
    }

    /// The keys that count now.
    pub fn keymap(&self) -> Keymap<Action> {
        self.context.keys.of(self.built_in_keymap())
    }

    /// The same, as they were before the user's changes.
    pub fn built_in_keymap(&self) -> Keymap<Action> {
        if self.is_too_small() {
            return shared::TOO_SMALL;
        }
        match self.popup.map(|popup| popup.kind) {
            Some(PopupKind::Help) => shared::POPUP,
            Some(PopupKind::DataSets) => self.data_sets.keymap(),
            Some(PopupKind::Presets) => starters::keys::POPUP,
            None => self.tabs.keymap(self.context.tab),
        }
    }

    /// Keys and words for the footer.
    pub fn footer(&self) -> Vec<(String, &'static str)> {
        let tab = self.tabs.get(self.context.tab);
        let is_tab = self.popup.is_none() && !self.is_too_small();
        let does_something = |action| !is_tab || tab.does_something(&self.context, action);
        self.keymap().footer(does_something)
    }

    /// The keys that the help lists.
    pub(crate) fn help_keymap(&self) -> Keymap<Action> {
        let keymap = self.tabs.help_keymap(self.context.tab);
        self.context.keys.of(keymap)
    }

    /// A frame was drawn, in which these areas can be pointed at.
    pub fn set_zones(&mut self, zones: Zones) {
        self.pointer.set_zones(zones);
    }

    /// What an event of the mouse asks for, by what was drawn where it is.
    pub fn mouse_action(&mut self, event: MouseEvent) -> Option<Action> {
        self.context
            .uses_mouse
            .then(|| self.pointer.action(event))
            .flatten()
    }

    /// Whether the presets to begin with have the place of runs.
    pub(crate) fn shows_starters(&self) -> bool {
        self.context.tab == TabId::Train && self.tabs.train.is_empty()
    }

    /// What would make the tab in view better; nothing until the runs are known.
    pub(crate) fn advice(&self) -> Option<Advice> {
        let (runs, dataset) = self.tabs.train.known_runs().zip(self.context.dataset())?;
        if self.shows_starters() {
            return None;
        }
        self.starters.advice(self.context.tab, runs, dataset)
    }

    /// Whether the terminal is too small to be drawn on.
    pub(crate) fn is_too_small(&self) -> bool {
        let (columns, rows) = self.context.size;
        columns < MIN_SIZE.0 || rows < MIN_SIZE.1
    }

    /// Handles an action of the user.
    pub fn update(&mut self, action: Action) -> Vec<Effect> {
        let context = &mut self.context;
        context.message = None;
        if action != Action::Quit {
            self.data_sets.forget_quit();
        }
        match action {
            Action::Quit if self.data_sets.confirms_quit(context) => {
                context.push_effect(Effect::Quit);
            }
            Action::Quit => {}
            Action::Suspend => context.push_effect(Effect::Suspend),
            Action::Redraw => {
                context.requests.retry_failed();
                context.push_effect(Effect::Redraw);
            }
            Action::ToggleMouse => context.toggle_mouse(),
            Action::ToggleLine => context.shows_line = !context.shows_line,
            action if self.popup.is_some() => self.update_popup(action),
            Action::ShowPresets => {
                self.popup = Some(Popup::new(PopupKind::Presets));
                self.starters.open(context, &self.tabs.train.runs);
            }
            action @ Action::Starter(_) => {
                let runs = &self.tabs.train.runs;
                self.starters.update(context, runs, action);
            }
            Action::Help => self.popup = Some(Popup::new(PopupKind::Help)),
            Action::ShowDataSets => {
                self.popup = Some(Popup::new(PopupKind::DataSets));
                self.data_sets.open(context);
            }
            Action::ShowTab(tab) => context.tab = tab,
            Action::StepTab(step) => context.tab = context.tab.step(step),
            Action::SearchTagged => {
                if self.tabs.search.search_tagged(context) {
                    context.tab = TabId::Search;
                }
            }
            action => self.tabs.get_mut(context.tab).update(context, action),
        }
        self.sync_requests()
    }

    fn update_popup(&mut self, action: Action) {
        let keys = self.help_keymap();
        let Some(popup) = &mut self.popup else {
            return;
        };
        if popup.kind == PopupKind::DataSets {
            let outcome = self.data_sets.update(&mut self.context, action);
            return self.follow(outcome);
        }
        if popup.kind == PopupKind::Presets {
            let runs = &self.tabs.train.runs;
            if self.starters.update(&mut self.context, runs, action) {
                self.popup = None;
            }
            return;
        }
        let last = max_scroll(&self.context, &keys);
        if !popup.scroll(action, self.context.size.1, last) {
            self.popup = None;
        }
    }

    /// Does what the data sets ask for.
    fn follow(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Stay => {}
            Outcome::Close => self.close_data_sets(),
            Outcome::Open(data) => {
                self.close_data_sets();
                self.context.requests.invalidate(RequestKind::Open);
                self.data_arg = Some(data);
            }
        }
    }

    fn close_data_sets(&mut self) {
        if self
            .popup
            .is_some_and(|popup| popup.kind == PopupKind::DataSets)
        {
            self.popup = None;
        }
    }

    /// Sends the requests of the tab in view that have changed, and gives all
    /// effects since the last call. Called after every change.
    pub fn sync_requests(&mut self) -> Vec<Effect> {
        let context = &mut self.context;
        let data = self.data_arg.clone();
        context.request(None, Request::Open { data });
        if context.opened.is_some() {
            context.request(None, Request::ListModels);
            let tab = context.tab;
            let wanted = self.tabs.get(tab).requests(context);
            // Passes are made for as long as somebody looks on.
            let is_wanted =
                |request: &Request| RequestKind::from(request) == RequestKind::FromNoise;
            if context.is_pending(RequestKind::FromNoise) && !wanted.iter().any(is_wanted) {
                context.cancel(RequestKind::FromNoise);
            }
            for request in wanted {
                context.request(Some(tab), request);
            }
            context.prefer_tab_in_view();
        }
        if context.tab == TabId::Train {
            context.run_mark = None;
        }
        let is_shown = self.shows_starters()
            || self
                .popup
                .is_some_and(|popup| popup.kind == PopupKind::Presets);
        let context = &mut self.context;
        let runs = self.tabs.train.known_runs();
        self.starters.sync(context, runs, is_shown);
        let train_is_shown = context.tab == TabId::Train && self.popup.is_none();
        self.tabs.train.sync_monitor(context, train_is_shown);
        context.take_effects()
    }

    /// Handles a response of the engine; only those to the latest request of
    /// each kind count.
    pub fn on_response(&mut self, response: Response) -> Vec<Effect> {
        let context = &mut self.context;
        if let ResponseBody::Note(text) = response.body {
            context.info(text);
            return Vec::new();
        }
        let Some((kind, tab)) = context.requests.find(response.id) else {
            return Vec::new();
        };
        if let ResponseBody::Progress { stage, done, total } = response.body {
            let previous = context.progress.take();
            let now = context.now;
            let progress = TaskProgress::update(previous.as_ref(), stage, done, total, now);
            context.progress = Some(progress);
            return Vec::new();
        }
        context.progress = None;
        let more_follow = match &response.body {
            ResponseBody::Denoised(denoised) => denoised.pending > 0,
            ResponseBody::Drawn(drawn) => drawn.results.is_none(),
            ResponseBody::SearchResults(found) => found.pending > 0,
            ResponseBody::Verified(report) => report.waiting > 0,
            ResponseBody::FromNoise(drawn) => !drawn.is_done,
            ResponseBody::Generated(made) => !made.is_whole(),
            _ => false,
        };
        let has_failed = matches!(response.body, ResponseBody::Failed(_));
        context.requests.on_response(kind, more_follow, has_failed);
        match response.body {
            ResponseBody::Superseded | ResponseBody::Progress { .. } | ResponseBody::Note(_) => {}
            ResponseBody::Failed(problem) => {
                if let Some(tab) = tab {
                    self.tabs.get_mut(tab).on_failure(context);
                }
                context.error(problem);
            }
            ResponseBody::Saved(path) => context.on_saved(path),
            ResponseBody::Opened(opened) => self.on_dataset_opened(opened),
            ResponseBody::Models(models) => context.set_models(models),
            body => {
                if let Some(tab) = tab {
                    self.tabs.get_mut(tab).on_response(context, kind, body);
                }
            }
        }
        self.sync_requests()
    }

    fn on_dataset_opened(&mut self, opened: OpenedDataset) {
        let context = &mut self.context;
        if let Some(note) = &opened.device_note {
            context.info(note.clone());
        }
        context.face = (!opened.dataset.pictures.is_empty()).then_some(0);
        context.face_was_chosen = false;
        context.opened = Some(opened);
        context.requests.keep_only(RequestKind::Open);
        context.made_face = None;
        context.saved_next = None;
        context.marks = [None; 2];
        context.tagged.clear();
        for tab in TabId::ALL {
            self.tabs.get_mut(tab).on_dataset_opened(context);
        }
    }

    /// Handles what was found at a typed path.
    pub fn on_path_lookup(&mut self, result: LookupResult) -> Vec<Effect> {
        match result.wanted {
            PathKind::Picture if self.tabs.denoise.path.is_open() => {
                let context = &mut self.context;
                self.tabs.denoise.on_path_lookup(context, result);
            }
            PathKind::Picture => self.tabs.search.on_path_lookup(&mut self.context, result),
            PathKind::Data if self.data_sets.path.is_open() => {
                let outcome = self.data_sets.on_path_lookup(result);
                self.follow(outcome);
            }
            PathKind::Data => self.tabs.train.on_path_lookup(result),
        }
        self.sync_requests()
    }

    /// Handles news of the data sets.
    pub fn on_data_update(&mut self, update: DataUpdate) -> Vec<Effect> {
        if let DataUpdate::Forecast(data, forecast) = update {
            self.starters.on_forecast(&data, forecast);
            return self.sync_requests();
        }
        let kind = self.popup.map(|popup| popup.kind);
        let is_shown = kind == Some(PopupKind::DataSets);
        let context = &mut self.context;
        let outcome = self.data_sets.on_update(context, update, is_shown);
        self.follow(outcome);
        self.sync_requests()
    }

    /// Handles news of the runs.
    pub fn on_run_update(&mut self, update: RunUpdate) -> Vec<Effect> {
        self.tabs.train.on_run_update(&mut self.context, update);
        self.sync_requests()
    }

    /// Shows a failure of something other than the engine.
    pub fn show_error(&mut self, problem: impl Into<String>) {
        self.context.error(problem);
    }
}
