//! The event loop: waits for whatever comes first, lets [`App`] handle it, performs
//! the effects, and draws when something has changed.

mod drawing;

use std::ops::ControlFlow::{self, Break, Continue};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::cli::{Mouse, ScreenArgs};
use crate::config::KeySettings;
use crate::engine::{Engine, Response, ResponseBody};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::data_sets::jobs::DataJobs;
use crate::tui::data_sets::messages::DataUpdate;
use crate::tui::effect::Effect;
use crate::tui::images::{EncodeResult, ImageRenderer, window_cell_size};
use crate::tui::input::TerminalEvent;
use crate::tui::input::tty::{Read, ReadinessThread};
use crate::tui::path_lookup::{LookupResult, PathLookups};
use crate::tui::recording::{Recorder, record_size};
use crate::tui::run_monitor::{RunMonitor, RunUpdate};
use crate::tui::signals::Signals;
use crate::tui::tab_id::TabId;
use crate::tui::terminal::{TerminalGuard, report_mouse, terminal_size};
use crate::tui::terminal_io::TerminalIo;
use crate::tui::type_ahead::TypeAhead;
use crate::tui::widgets::text_input::sanitize_paste;

/// Pictures that are ready within this time are drawn together: one frame's time.
const PICTURES_DELAY: Duration = Duration::from_millis(16);

/// How often progress is drawn: more often is of no use, and over a slow line every
/// frame costs.
const PROGRESS_DELAY: Duration = Duration::from_millis(100);

/// How long the first frame waits for the terminal's answers: long enough for a
/// round trip in a city, short enough not to be noticed.
const FIRST_FRAME_DELAY: Duration = Duration::from_millis(150);

/// The most reads in a row before other events are handled.
const MAX_READS: usize = 1024;

/// The most characters of a paste that are entered: more than any path or name has.
/// Each one may filter a list again.
const MAX_PASTED: usize = 4096;

/// News of runs within this time are drawn together: they come in bursts, one for
/// each run.
const RUN_UPDATE_DELAY: Duration = Duration::from_millis(30);

/// Shows the screen until the user leaves it. The terminal is restored in every way
/// out.
///
/// # Errors
/// When there is no terminal, a theme is wrong, or the system refuses threads;
/// [`Error::Signal`] when a signal or the loss of the terminal ended it.
pub(crate) fn run(paths: &Paths, args: &ScreenArgs, keys: &KeySettings) -> Result<()> {
    // Mistakes in settings are reported before the terminal is taken over.
    let mut terminal_io = TerminalIo::new(args, &paths.config_dir().join("themes"))?;
    let device = args
        .compute
        .device
        .clone()
        .unwrap_or_else(|| "auto".to_string());
    let (engine, responses) = Engine::start(paths.clone(), device, args.threads)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::io("event loop", "start"))?;
    // Signals count from before the terminal is taken over.
    let signals = {
        let _inside = runtime.enter();
        Signals::listen()?
    };
    let size = terminal_size()?;
    if let Some(file) = &args.record {
        Recorder::create(file, size, jiff::Timestamp::now().as_second())?.start();
    }
    let uses_mouse = args.mouse != Some(Mouse::Off);
    let terminal = TerminalGuard::acquire(uses_mouse)?;
    // The terminal answers while everything else starts.
    terminal_io.set_size(size);
    terminal_io.query();
    let (readiness, input) =
        ReadinessThread::start().map_err(Error::io("terminal reader", "start"))?;
    let capabilities = terminal_io.capabilities();
    let (send_picture, pictures) = mpsc::unbounded_channel();
    let images = ImageRenderer::new(capabilities.clone(), move |result| {
        // Without a receiver the loop has ended.
        let _ = send_picture.send(result);
    })
    .map_err(Error::io("picture workers", "start"))?;
    let (send_update, run_updates) = mpsc::unbounded_channel();
    let runs = RunMonitor::start(paths.clone(), send_update)?;
    let (send_result, lookup_results) = mpsc::unbounded_channel();
    let lookups = PathLookups::new(paths.clone(), send_result);
    let (send_data, data_updates) = mpsc::unbounded_channel();
    let data_jobs = DataJobs::new(paths.clone(), send_data);
    let mut app = App::new(terminal_io.theme(), capabilities, size, args.data.clone());
    app.context.uses_mouse = uses_mouse;
    app.set_keys(keys);
    if let Some(warning) = terminal_io.warning() {
        app.show_error(warning);
    }
    let first_draw = Instant::now() + FIRST_FRAME_DELAY;
    let event_loop = EventLoop {
        app,
        images,
        terminal,
        engine,
        runs,
        terminal_io,
        readiness,
        lookups,
        data_jobs,
        log_file: paths.log_file(),
        type_ahead: TypeAhead::default(),
        window_cell_size: window_cell_size(),
        has_focus: true,
        signal: None,
        earliest_draw: first_draw,
        draw_at: Some(first_draw),
    };
    let channels = Channels {
        responses,
        run_updates,
        lookup_results,
        data_updates,
        pictures,
        input,
        signals,
    };
    match runtime.block_on(event_loop.run(channels)) {
        Some(signal) => Err(Error::Signal(signal)),
        None => Ok(()),
    }
}

/// What the loop waits for.
struct Channels {
    responses: mpsc::Receiver<Response>,
    run_updates: mpsc::UnboundedReceiver<RunUpdate>,
    lookup_results: mpsc::UnboundedReceiver<LookupResult>,
    data_updates: mpsc::UnboundedReceiver<DataUpdate>,
    pictures: mpsc::UnboundedReceiver<EncodeResult>,
    /// The terminal has something to read.
    input: mpsc::UnboundedReceiver<()>,
    signals: Signals,
}

struct EventLoop {
    app: App,
    images: ImageRenderer,
    terminal: TerminalGuard,
    engine: Engine,
    runs: RunMonitor,
    terminal_io: TerminalIo,
    readiness: ReadinessThread,
    lookups: PathLookups,
    data_jobs: DataJobs,
    /// Named in messages.
    log_file: PathBuf,
    type_ahead: TypeAhead,
    /// The system's figure for a cell's pixels, to notice another font.
    window_cell_size: Option<(u16, u16)>,
    /// Whether the terminal's window has the focus.
    has_focus: bool,
    /// The signal that ended the loop, if one did.
    signal: Option<i32>,
    /// No frame is drawn earlier: the terminal's answers are about to come.
    earliest_draw: Instant,
    /// When the next frame is due.
    draw_at: Option<Instant>,
}

impl EventLoop {
    /// Runs until the user or a signal ends it. Gives the signal.
    async fn run(mut self, mut channels: Channels) -> Option<i32> {
        let effects = self.app.sync_requests();
        if self.perform(effects).is_continue() {
            self.select_loop(&mut channels).await;
        }
        if self.signal != Some(libc::SIGHUP) {
            self.terminal.release(|| self.terminal_io.drain_answers());
        }
        self.data_jobs.finish();
        self.signal
    }

    async fn select_loop(&mut self, channels: &mut Channels) {
        let mut engine_lives = true;
        self.readiness.arm();
        loop {
            let due = self.draw_at;
            let unfinished = self.terminal_io.deadline();
            let flow = tokio::select! {
                biased;
                _ = channels.signals.terminate.recv() => self.exit_with_signal(libc::SIGTERM),
                _ = channels.signals.hang_up.recv() => self.exit_with_signal(libc::SIGHUP),
                _ = channels.signals.interrupt.recv() => self.exit_with_signal(libc::SIGINT),
                _ = channels.signals.resume.recv() => self.on_resume(),
                _ = channels.signals.resize.recv() => self.on_resize(),
                Some(()) = channels.input.recv() => {
                    let flow = self.read();
                    self.readiness.arm();
                    flow
                }
                () = sleep_until(unfinished), if unfinished.is_some() => self.expire_input(),
                // A frame that is due comes before events of other threads.
                () = sleep_until(due), if due.is_some() => self.draw(),
                Some(picture) = channels.pictures.recv() => {
                    if self.images.accept(picture) {
                        self.schedule_draw(PICTURES_DELAY);
                    }
                    Continue(())
                }
                Some(update) = channels.run_updates.recv() => self.on_run_update(update),
                Some(result) = channels.lookup_results.recv() => self.on_path_lookup(result),
                Some(update) = channels.data_updates.recv() => self.on_data_update(update),
                response = channels.responses.recv(), if engine_lives => {
                    engine_lives = response.is_some();
                    self.on_response(response)
                }
            };
            if flow.is_break() {
                return;
            }
        }
    }

    fn exit_with_signal(&mut self, signal: i32) -> ControlFlow<()> {
        self.signal = Some(signal);
        Break(())
    }

    /// Handles what has arrived, up to a key that quits: everything after that key
    /// is for the shell, and is not read.
    fn read(&mut self) -> ControlFlow<()> {
        for _ in 0..MAX_READS {
            match self.terminal_io.read() {
                Read::Events(events) => self.on_events(events)?,
                Read::Nothing => break,
                Read::Closed => return self.exit_with_signal(libc::SIGHUP),
            }
        }
        Continue(())
    }

    /// An unfinished sequence has not been continued in time.
    fn expire_input(&mut self) -> ControlFlow<()> {
        // Its rest may have arrived while a frame was drawn.
        self.read()?;
        let events = self.terminal_io.expire();
        self.on_events(events)
    }

    fn on_events(&mut self, events: Vec<TerminalEvent>) -> ControlFlow<()> {
        self.app.context.now = Instant::now();
        events
            .into_iter()
            .try_for_each(|event| self.on_event(event))
    }

    fn on_event(&mut self, event: TerminalEvent) -> ControlFlow<()> {
        match event {
            TerminalEvent::Key(key) => match self.app.keymap().action(&key) {
                // Quitting does not wait for the data set.
                Some(Action::Quit)
                    if self.type_ahead.allows_quit(&key) && !self.app.data_sets.is_importing() =>
                {
                    return Break(());
                }
                action
                    if self.app.is_opening_first_dataset()
                        && self.type_ahead.capture(&key, action) => {}
                Some(action) => return self.dispatch(action),
                None => {}
            },
            TerminalEvent::Mouse(event) => {
                if let Some(action) = self.app.mouse_action(event) {
                    return self.dispatch(action);
                }
            }
            TerminalEvent::Paste(text) if self.type_ahead.is_typing() => {
                self.type_ahead.paste(text);
            }
            TerminalEvent::Paste(text) => {
                for c in sanitize_paste(&text).take(MAX_PASTED) {
                    if self.app.keymap().accepts_text() {
                        self.dispatch(Action::Insert(c))?;
                    }
                }
            }
            TerminalEvent::Focus(has_focus) => self.on_focus(has_focus),
            TerminalEvent::Answer(answer) => {
                if self.terminal_io.on_answer(&answer) {
                    self.apply_capabilities();
                }
                if self.images.has_withheld() {
                    self.schedule_draw(Duration::ZERO);
                }
                if self.terminal_io.is_complete() {
                    self.draw_without_waiting();
                }
            }
        }
        Continue(())
    }

    /// tmux shows stale text in place of sixels when a window comes back, and may
    /// have been attached to another terminal.
    fn on_focus(&mut self, has_focus: bool) {
        if has_focus && !self.has_focus && self.app.context.capabilities.tmux {
            self.terminal.invalidate();
            self.terminal_io.query_again();
            self.schedule_draw(Duration::ZERO);
        }
        self.has_focus = has_focus;
    }

    /// The terminal's answers, which may come late, have changed what is known of it.
    fn apply_capabilities(&mut self) {
        let (theme, capabilities) = (self.terminal_io.theme(), self.terminal_io.capabilities());
        let context = &mut self.app.context;
        if context.capabilities != capabilities {
            self.images.set_capabilities(capabilities.clone());
            context.capabilities = capabilities;
            tracing::info!("pictures by {}", context.capabilities.protocol_name());
            // Pictures of the previous protocol lie below the text.
            self.terminal.invalidate();
        } else if context.theme == theme {
            return;
        }
        context.theme = theme;
        self.schedule_draw(Duration::ZERO);
    }

    /// The first frame need not wait for more answers.
    fn draw_without_waiting(&mut self) {
        let now = Instant::now();
        if self.earliest_draw > now {
            self.earliest_draw = now;
            if self.draw_at.is_some() {
                self.draw_at = Some(now);
            }
        }
    }

    fn on_resize(&mut self) -> ControlFlow<()> {
        self.measure();
        self.terminal_io.query_cell_size();
        // Even at the same size, what is on the screen has moved.
        self.terminal.invalidate();
        self.schedule_draw(Duration::ZERO);
        Continue(())
    }

    fn dispatch(&mut self, action: Action) -> ControlFlow<()> {
        let effects = self.app.update(action);
        self.schedule_draw(Duration::ZERO);
        self.perform(effects)
    }

    /// `None` when the engine has ended.
    fn on_response(&mut self, response: Option<Response>) -> ControlFlow<()> {
        let Some(response) = response else {
            let log_file = self.log_file.display();
            self.app.show_error(format!(
                "the engine ended; quit and start again, see {log_file}"
            ));
            self.schedule_draw(Duration::ZERO);
            return Continue(());
        };
        self.app.context.now = Instant::now();
        let delay = match &response.body {
            ResponseBody::Progress { .. } => PROGRESS_DELAY,
            // Passes that wait behind a slow frame are taken in before the next one.
            ResponseBody::FromNoise(drawn) if drawn.passes.len() > 1 => PICTURES_DELAY,
            _ => Duration::ZERO,
        };
        if let ResponseBody::Opened(opened) = &response.body {
            // Attributes are read on first use: now, not while a frame waits.
            let dataset = opened.dataset.clone();
            let read = move || {
                let _ = dataset.attribute_names();
            };
            let _ = std::thread::Builder::new().spawn(read);
        }
        let effects = self.app.on_response(response);
        self.schedule_draw(delay);
        self.perform(effects)?;
        if self.app.is_opening_first_dataset() {
            return Continue(());
        }
        let kept = self.type_ahead.release();
        self.on_events(kept)
    }

    fn on_run_update(&mut self, update: RunUpdate) -> ControlFlow<()> {
        self.app.context.now = Instant::now();
        let is_seen =
            self.app.context.tab == TabId::Train || matches!(update, RunUpdate::CommandDone(_));
        let effects = self.app.on_run_update(update);
        // They leave a mark and a message on every tab.
        let is_news = |effect: &Effect| matches!(effect, Effect::Notify(_));
        if is_seen || effects.iter().any(is_news) {
            self.schedule_draw(RUN_UPDATE_DELAY);
        }
        self.perform(effects)
    }

    fn on_path_lookup(&mut self, result: LookupResult) -> ControlFlow<()> {
        self.app.context.now = Instant::now();
        let effects = self.app.on_path_lookup(result);
        self.schedule_draw(Duration::ZERO);
        self.perform(effects)
    }

    fn on_data_update(&mut self, update: DataUpdate) -> ControlFlow<()> {
        self.app.context.now = Instant::now();
        let effects = self.app.on_data_update(update);
        self.schedule_draw(PICTURES_DELAY);
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> ControlFlow<()> {
        for effect in effects {
            match effect {
                Effect::Quit => return Break(()),
                Effect::ReportMouse(on) => report_mouse(on),
                Effect::Send(id, request) => self.engine.send(id, request),
                Effect::Cancel(id) => self.engine.cancel(id),
                Effect::Prefer(requests) => self.engine.prefer(requests),
                Effect::LookUp(lookup) => self.lookups.start(lookup),
                Effect::RememberCrop(file, crop) => self.lookups.remember_crop(file, crop),
                Effect::Data(command) => self.data_jobs.start(command),
                Effect::Notify(notification) => self.terminal_io.notify(&notification),
                Effect::Runs(command) => self.runs.send(command),
                Effect::Suspend => {
                    let suspended = self.terminal.suspend(|| self.terminal_io.drain_answers());
                    if suspended.is_err() {
                        return self.exit_with_signal(libc::SIGHUP);
                    }
                    self.on_terminal_reacquired();
                }
                Effect::Redraw => {
                    self.terminal.invalidate();
                    self.images.invalidate();
                    self.terminal_io.query_again();
                }
            }
        }
        Continue(())
    }

    /// SIGCONT: whatever stopped the process may have left the terminal in any mode.
    fn on_resume(&mut self) -> ControlFlow<()> {
        if self.terminal.resume().is_err() {
            return self.exit_with_signal(libc::SIGHUP);
        }
        self.on_terminal_reacquired();
        Continue(())
    }

    fn on_terminal_reacquired(&mut self) {
        self.measure();
        self.terminal_io.query_new_terminal();
        self.schedule_draw(Duration::ZERO);
    }

    /// Takes over the terminal's size, and notices another font by the size of its
    /// cells.
    fn measure(&mut self) {
        // A terminal without a size is about to close, which reading will show.
        if let Ok(size) = crossterm::terminal::size() {
            self.app.context.size = size;
            self.terminal_io.set_size(size);
            record_size(size);
        }
        let cell_size = window_cell_size();
        if cell_size != self.window_cell_size {
            self.window_cell_size = cell_size;
            self.apply_capabilities();
        }
    }
}

async fn sleep_until(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due.into()).await;
    }
}
