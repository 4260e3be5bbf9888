//! The loop: waits for whatever comes first, lets [`App`] decide, performs the
//! effects, and draws when something changed.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::action::{Action, Effect, Tab};
use super::app::App;
use super::graphics::{EncodeResult, ImageRenderer, window_cell_size};
use super::input::TerminalEvent;
use super::input::tty::{Read, ReadinessThread};
use super::path_lookup::{LookupResult, PathLookups};
use super::run_monitor::{RunMonitor, RunUpdate};
use super::signals::Signals;
use super::terminal::{FrameEscapes, TerminalGuard};
use super::terminal_io::TerminalIo;
use super::type_ahead::TypeAhead;
use super::{keymap, tabs, views};
use crate::cli::ScreenArgs;
use crate::engine::{Engine, Response, ResponseBody};
use crate::error::{Error, Result};
use crate::paths::Paths;

/// Finished pictures that are drawn together: one frame's time.
const PICTURES_DELAY: Duration = Duration::from_millis(16);

/// How often progress is drawn: more often nobody reads it, and over a slow
/// line every frame costs.
const PROGRESS_DELAY: Duration = Duration::from_millis(100);

/// How long the first frame waits for the terminal's answers: a round trip in
/// a city, and nothing that anybody would wait for.
const FIRST_FRAME_DELAY: Duration = Duration::from_millis(150);

/// Reads in a row before something else has its turn.
const MAX_READS: usize = 1024;

/// Characters of a paste that are typed: more than any path or name has. Each
/// one may filter a list anew.
const MAX_PASTED: usize = 4096;

/// News of runs that are drawn together: they come in bursts, one a run.
const RUN_UPDATE_DELAY: Duration = Duration::from_millis(30);

/// Shows the screen until the user leaves it. The terminal is given back in
/// every way out.
///
/// # Errors
/// When there is no terminal, a theme is wrong, or the system refuses threads;
/// [`Error::Signal`] when a signal or the terminal's going away ended it.
pub fn run(paths: &Paths, args: &ScreenArgs) -> Result<()> {
    // Mistakes in settings are told before the terminal is taken.
    let mut dialogue = TerminalIo::new(args, &paths.config_dir().join("themes"))?;
    let device = args.device.clone().unwrap_or_else(|| "auto".to_string());
    let (engine, replies) = Engine::start(paths.clone(), device, args.threads)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::io("event loop", "start"))?;
    // Signals count from before the terminal is taken.
    let signals = {
        let _inside = runtime.enter();
        Signals::listen()?
    };
    let screen = TerminalGuard::acquire()?;
    let size = crossterm::terminal::size().map_err(Error::io("terminal", "measure"))?;
    // At once: what is loaded in the meantime costs no waiting.
    dialogue.set_size(size);
    dialogue.query();
    let (watch, arrived) =
        ReadinessThread::start().map_err(Error::io("terminal reader", "start"))?;
    let graphics = dialogue.capabilities();
    let (finished, pictures_done) = mpsc::unbounded_channel();
    let pictures = ImageRenderer::new(graphics.clone(), move |done| {
        // The loop has ended: nobody wants the picture.
        let _ = finished.send(done);
    })
    .map_err(Error::io("picture workers", "start"))?;
    let (tell, news) = mpsc::unbounded_channel();
    let runs = RunMonitor::start(paths.clone(), tell)?;
    let (tell, looked) = mpsc::unbounded_channel();
    let lookups = PathLookups::new(paths.clone(), tell);
    let mut app = App::new(dialogue.theme(), graphics, size, args.data.clone());
    if let Some(trouble) = dialogue.warning() {
        app.show_error(trouble);
    }
    let now = Instant::now();
    let state = EventLoop {
        app,
        pictures,
        screen,
        engine,
        runs,
        terminal_io: dialogue,
        readiness: watch,
        lookups,
        log_file: paths.log_file(),
        type_ahead: TypeAhead::default(),
        window_cell_size: window_cell_size(),
        signal: None,
        earliest_draw: now + FIRST_FRAME_DELAY,
        draw_at: Some(now + FIRST_FRAME_DELAY),
    };
    match runtime.block_on(state.run(replies, news, looked, pictures_done, arrived, signals)) {
        Some(signal) => Err(Error::Signal(signal)),
        None => Ok(()),
    }
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
enum Flow {
    Continue,
    Exit,
}

struct EventLoop {
    app: App,
    pictures: ImageRenderer,
    screen: TerminalGuard,
    engine: Engine,
    runs: RunMonitor,
    terminal_io: TerminalIo,
    readiness: ReadinessThread,
    lookups: PathLookups,
    type_ahead: TypeAhead,
    /// Where a message about a lost engine points.
    log_file: PathBuf,
    /// The window's own idea of a cell, to notice another font.
    window_cell_size: Option<(u16, u16)>,
    /// Why it ends, if not by a key.
    signal: Option<i32>,
    /// No frame is drawn earlier: the terminal's answers are about to come.
    earliest_draw: Instant,
    draw_at: Option<Instant>,
}

impl EventLoop {
    /// Until the user or a signal ends it: which signal.
    async fn run(
        mut self,
        replies: mpsc::Receiver<Response>,
        news: mpsc::UnboundedReceiver<RunUpdate>,
        looked: mpsc::UnboundedReceiver<LookupResult>,
        done: mpsc::UnboundedReceiver<EncodeResult>,
        arrived: mpsc::UnboundedReceiver<()>,
        signals: Signals,
    ) -> Option<i32> {
        self.select_loop(replies, news, looked, done, arrived, signals)
            .await;
        if self.signal != Some(libc::SIGHUP) {
            self.screen.release(|| self.terminal_io.drain_answers());
        }
        self.signal
    }

    async fn select_loop(
        &mut self,
        mut replies: mpsc::Receiver<Response>,
        mut news: mpsc::UnboundedReceiver<RunUpdate>,
        mut looked: mpsc::UnboundedReceiver<LookupResult>,
        mut done: mpsc::UnboundedReceiver<EncodeResult>,
        mut arrived: mpsc::UnboundedReceiver<()>,
        mut signals: Signals,
    ) {
        let mut engine_lives = true;
        let start = self.app.sync_requests();
        if self.perform(start) == Flow::Exit {
            return;
        }
        self.readiness.look();
        loop {
            let due = self.draw_at;
            let unfinished = self.terminal_io.deadline();
            let next = tokio::select! {
                biased;
                _ = signals.terminate.recv() => self.exit_with_signal(libc::SIGTERM),
                _ = signals.hang_up.recv() => self.exit_with_signal(libc::SIGHUP),
                _ = signals.interrupt.recv() => self.exit_with_signal(libc::SIGINT),
                _ = signals.resume.recv() => self.on_resume(),
                _ = signals.resize.recv() => self.on_resize(),
                Some(()) = arrived.recv() => {
                    let next = self.read();
                    self.readiness.look();
                    next
                }
                () = sleep_until(unfinished), if unfinished.is_some() => self.expire_input(),
                // A frame that is due comes before more work of the others.
                () = sleep_until(due), if due.is_some() => self.draw(),
                Some(picture) = done.recv() => {
                    if self.pictures.accept(picture) {
                        self.schedule_draw(PICTURES_DELAY);
                    }
                    Flow::Continue
                }
                Some(news) = news.recv() => self.on_run_update(news),
                Some(looked) = looked.recv() => self.on_path_lookup(looked),
                reply = replies.recv(), if engine_lives => if let Some(reply) = reply { self.on_response(reply) } else {
                    engine_lives = false;
                    self.app.show_error(format!("the engine ended; quit and start again, see {}", self.log_file.display()));
                    self.schedule_draw(Duration::ZERO);
                    Flow::Continue
                },
            };
            if next == Flow::Exit {
                return;
            }
        }
    }

    fn exit_with_signal(&mut self, signal: i32) -> Flow {
        self.signal = Some(signal);
        Flow::Exit
    }

    /// Handles what has arrived, up to a key that leaves: what comes after that
    /// one is for the shell, and stays where it is.
    fn read(&mut self) -> Flow {
        for _ in 0..MAX_READS {
            match self.terminal_io.read() {
                Read::Events(inputs) => {
                    if self.on_events(inputs) == Flow::Exit {
                        return Flow::Exit;
                    }
                }
                Read::Nothing => break,
                Read::Closed => return self.exit_with_signal(libc::SIGHUP),
            }
        }
        Flow::Continue
    }

    /// A sequence has not gone on in time.
    fn expire_input(&mut self) -> Flow {
        // Its rest may have arrived while a frame was drawn.
        if self.read() == Flow::Exit {
            return Flow::Exit;
        }
        let inputs = self.terminal_io.expire();
        self.on_events(inputs)
    }

    fn on_events(&mut self, inputs: Vec<TerminalEvent>) -> Flow {
        self.app.now = Instant::now();
        for input in inputs {
            if self.on_event(input) == Flow::Exit {
                return Flow::Exit;
            }
        }
        Flow::Continue
    }

    fn on_event(&mut self, input: TerminalEvent) -> Flow {
        match input {
            TerminalEvent::Key(key) => match keymap::action(self.app.mode(), &key) {
                // Whoever wants to leave need not wait.
                Some(Action::Quit) if self.type_ahead.allows_quit(&key) => Flow::Exit,
                action
                    if self.app.is_opening_first_dataset()
                        && self.type_ahead.capture(&key, action) =>
                {
                    Flow::Continue
                }
                Some(action) => self.dispatch(action),
                None => Flow::Continue,
            },
            TerminalEvent::Paste(text) if self.type_ahead.is_typing() => {
                self.type_ahead.paste(text);
                Flow::Continue
            }
            TerminalEvent::Paste(text) => {
                for c in tabs::text_input::sanitize_paste(&text).take(MAX_PASTED) {
                    if self.app.mode().accepts_text()
                        && self.dispatch(Action::Type(c)) == Flow::Exit
                    {
                        return Flow::Exit;
                    }
                }
                Flow::Continue
            }
            TerminalEvent::Focus(true) => {
                // tmux shows stale text where sixels were when a window comes back,
                // and may have been attached to another terminal.
                if !self.app.focused && self.app.graphics.tmux {
                    self.screen.invalidate();
                    self.terminal_io.query_again();
                    self.schedule_draw(Duration::ZERO);
                }
                self.app.focused = true;
                Flow::Continue
            }
            TerminalEvent::Focus(false) => {
                self.app.focused = false;
                Flow::Continue
            }
            TerminalEvent::Answer(answer) => {
                if self.terminal_io.on_answer(&answer) {
                    self.apply_capabilities();
                }
                if self.terminal_io.is_complete() {
                    self.draw_without_waiting();
                }
                Flow::Continue
            }
        }
    }

    /// The terminal has answered something new, maybe late.
    fn apply_capabilities(&mut self) {
        let (theme, graphics) = (self.terminal_io.theme(), self.terminal_io.capabilities());
        if self.app.graphics != graphics {
            tracing::info!("pictures by {}", graphics.protocol_name());
            self.pictures.set_capabilities(graphics.clone());
            self.app.graphics = graphics;
            // Whatever the former protocol drew lies below the text.
            self.screen.invalidate();
        } else if self.app.theme == theme {
            return;
        }
        self.app.theme = theme;
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

    fn on_resize(&mut self) -> Flow {
        // Without a size the terminal is on its way out, which reading tells.
        if let Ok(size) = crossterm::terminal::size() {
            self.app.size = size;
            self.terminal_io.set_size(size);
        }
        self.check_cell_size();
        self.terminal_io.query_cell_size();
        // Also when it is as large as before again: what is on it moved.
        self.screen.invalidate();
        self.schedule_draw(Duration::ZERO);
        Flow::Continue
    }

    fn dispatch(&mut self, action: Action) -> Flow {
        let effects = self.app.update(action);
        self.schedule_draw(Duration::ZERO);
        self.perform(effects)
    }

    fn on_response(&mut self, reply: Response) -> Flow {
        self.app.now = Instant::now();
        let pause = match &reply.body {
            ResponseBody::Progress { .. } => PROGRESS_DELAY,
            ResponseBody::Opened(opened) => {
                // Read from their file on first use: not while a frame waits.
                let dataset = opened.dataset.clone();
                let read = move || {
                    let _ = dataset.attribute_names();
                };
                let _ = std::thread::Builder::new().spawn(read);
                Duration::ZERO
            }
            _ => Duration::ZERO,
        };
        let effects = self.app.on_response(reply);
        self.schedule_draw(pause);
        if self.perform(effects) == Flow::Exit {
            return Flow::Exit;
        }
        // What was typed before there were faces is meant for them.
        if self.app.is_opening_first_dataset() {
            Flow::Continue
        } else {
            let held = self.type_ahead.release();
            self.on_events(held)
        }
    }

    fn on_run_update(&mut self, news: RunUpdate) -> Flow {
        self.app.now = Instant::now();
        let is_seen = self.app.tab == Tab::Train || matches!(news, RunUpdate::CommandDone(_));
        let effects = self.app.on_run_update(news);
        if is_seen {
            self.schedule_draw(RUN_UPDATE_DELAY);
        }
        self.perform(effects)
    }

    fn on_path_lookup(&mut self, looked: LookupResult) -> Flow {
        self.app.now = Instant::now();
        let effects = self.app.on_path_lookup(looked);
        self.schedule_draw(Duration::ZERO);
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> Flow {
        for effect in effects {
            match effect {
                Effect::Quit => return Flow::Exit,
                Effect::Send(topic, request) => {
                    let ticket = self.engine.send(request);
                    self.app.sent(topic, ticket);
                }
                Effect::LookUp(lookup) => self.lookups.start(lookup),
                Effect::Runs(order) => self.runs.send(order),
                Effect::Suspend => {
                    let suspended = self.screen.suspend(|| self.terminal_io.drain_answers());
                    if suspended.is_err() {
                        return self.exit_with_signal(libc::SIGHUP);
                    }
                    self.on_terminal_reacquired();
                }
                Effect::Redraw => {
                    self.screen.invalidate();
                    self.pictures.invalidate();
                    self.terminal_io.query_again();
                }
            }
        }
        Flow::Continue
    }

    /// SIGCONT: whoever stopped us may have left the terminal in any mode.
    fn on_resume(&mut self) -> Flow {
        if self.screen.resume().is_err() {
            return self.exit_with_signal(libc::SIGHUP);
        }
        self.on_terminal_reacquired();
        Flow::Continue
    }

    fn on_terminal_reacquired(&mut self) {
        if let Ok(size) = crossterm::terminal::size() {
            self.app.size = size;
            self.terminal_io.set_size(size);
        }
        self.check_cell_size();
        // It may be another terminal now.
        self.terminal_io.query();
        self.schedule_draw(Duration::ZERO);
    }

    /// A changed font shows as other pixels a cell of the window.
    fn check_cell_size(&mut self) {
        let now = window_cell_size();
        if now != self.window_cell_size {
            self.window_cell_size = now;
            self.apply_capabilities();
        }
    }

    /// Draws at the latest after `pause`.
    fn schedule_draw(&mut self, pause: Duration) {
        let at = (Instant::now() + pause).max(self.earliest_draw);
        self.draw_at = Some(self.draw_at.map_or(at, |due| due.min(at)));
    }

    fn draw(&mut self) -> Flow {
        self.draw_at = None;
        self.terminal_io.repeat_dropped_query();
        let depth = self.app.graphics.depth;
        let (app, pictures) = (&self.app, &mut self.pictures);
        let drawn = self.screen.draw(|frame, is_cleared| {
            if is_cleared {
                pictures.on_screen_cleared();
            }
            views::render(frame, app, pictures);
            depth.convert(frame.buffer_mut());
            FrameEscapes {
                before: pictures.take_escapes(),
                on_exit: pictures.exit_escapes(),
            }
        });
        match drawn {
            Ok(()) => Flow::Continue,
            Err(_) => self.exit_with_signal(libc::SIGHUP),
        }
    }
}

async fn sleep_until(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due.into()).await;
    }
}
