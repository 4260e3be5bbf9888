//! The loop: waits for whatever comes first, lets [`App`] decide, performs the
//! effects, and draws when something changed.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::action::{Action, Effect, Tab};
use super::app::App;
use super::dialogue::Dialogue;
use super::graphics::{Done, Pictures, window_cell_size};
use super::input::Input;
use super::input::tty::{Read, Watch};
use super::path_lookup::{Looked, Lookups};
use super::run_watch::{News, RunWatch};
use super::signals::Signals;
use super::terminal::{Screen, Sequences};
use super::typed_ahead::TypedAhead;
use super::{keymap, tabs, views};
use crate::cli::ScreenArgs;
use crate::engine::{Answer, Engine, Reply};
use crate::error::{Error, Result};
use crate::paths::Paths;

/// Finished pictures that are drawn together: one frame's time.
const PICTURES_PAUSE: Duration = Duration::from_millis(16);

/// How often progress is drawn: more often nobody reads it, and over a slow
/// line every frame costs.
const PROGRESS_PAUSE: Duration = Duration::from_millis(100);

/// How long the first frame waits for the terminal's answers: a round trip in
/// a city, and nothing that anybody would wait for.
const FIRST_FRAME: Duration = Duration::from_millis(150);

/// Reads in a row before something else has its turn.
const MOST_READS: usize = 1024;

/// Characters of a paste that are typed: more than any path or name has. Each
/// one may filter a list anew.
const MOST_PASTED: usize = 4096;

/// News of runs that are drawn together: they come in bursts, one a run.
const NEWS_PAUSE: Duration = Duration::from_millis(30);

/// Shows the screen until the user leaves it. The terminal is given back in
/// every way out.
///
/// # Errors
/// When there is no terminal, a theme is wrong, or the system refuses threads;
/// [`Error::Signal`] when a signal or the terminal's going away ended it.
pub fn run(paths: &Paths, args: &ScreenArgs) -> Result<()> {
    // Mistakes in settings are told before the terminal is taken.
    let mut dialogue = Dialogue::new(args, &paths.config_dir().join("themes"))?;
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
    let screen = Screen::take()?;
    let size = crossterm::terminal::size().map_err(Error::io("terminal", "measure"))?;
    // At once: what is loaded in the meantime costs no waiting.
    dialogue.resized(size);
    dialogue.ask();
    let (watch, arrived) = Watch::start().map_err(Error::io("terminal reader", "start"))?;
    let graphics = dialogue.graphics();
    let (finished, pictures_done) = mpsc::unbounded_channel();
    let pictures = Pictures::new(graphics.clone(), move |done| {
        // The loop has ended: nobody wants the picture.
        let _ = finished.send(done);
    })
    .map_err(Error::io("picture workers", "start"))?;
    let (tell, news) = mpsc::unbounded_channel();
    let runs = RunWatch::start(paths.clone(), tell)?;
    let (tell, looked) = mpsc::unbounded_channel();
    let lookups = Lookups::new(paths.clone(), tell);
    let mut app = App::new(dialogue.theme(), graphics, size, args.data.clone());
    if let Some(trouble) = dialogue.trouble() {
        app.fail(trouble);
    }
    let now = Instant::now();
    let state = Loop {
        app,
        pictures,
        screen,
        engine,
        runs,
        dialogue,
        watch,
        lookups,
        held: TypedAhead::default(),
        window_cell: window_cell_size(),
        signal: None,
        not_before: now + FIRST_FRAME,
        draw_at: Some(now + FIRST_FRAME),
    };
    match runtime.block_on(state.run(replies, news, looked, pictures_done, arrived, signals)) {
        Some(signal) => Err(Error::Signal(signal)),
        None => Ok(()),
    }
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
enum Next {
    Go,
    Leave,
}

struct Loop {
    app: App,
    pictures: Pictures,
    screen: Screen,
    engine: Engine,
    runs: RunWatch,
    dialogue: Dialogue,
    watch: Watch,
    lookups: Lookups,
    held: TypedAhead,
    /// The window's own idea of a cell, to notice another font.
    window_cell: Option<(u16, u16)>,
    /// Why it ends, if not by a key.
    signal: Option<i32>,
    /// No frame is drawn earlier: the terminal's answers are about to come.
    not_before: Instant,
    draw_at: Option<Instant>,
}

impl Loop {
    /// Until the user or a signal ends it: which signal.
    async fn run(
        mut self,
        replies: mpsc::Receiver<Reply>,
        news: mpsc::UnboundedReceiver<News>,
        looked: mpsc::UnboundedReceiver<Looked>,
        done: mpsc::UnboundedReceiver<Done>,
        arrived: mpsc::UnboundedReceiver<()>,
        signals: Signals,
    ) -> Option<i32> {
        self.turn(replies, news, looked, done, arrived, signals)
            .await;
        if self.signal != Some(libc::SIGHUP) {
            self.screen.leave(|| self.dialogue.farewell());
        }
        self.signal
    }

    async fn turn(
        &mut self,
        mut replies: mpsc::Receiver<Reply>,
        mut news: mpsc::UnboundedReceiver<News>,
        mut looked: mpsc::UnboundedReceiver<Looked>,
        mut done: mpsc::UnboundedReceiver<Done>,
        mut arrived: mpsc::UnboundedReceiver<()>,
        mut signals: Signals,
    ) {
        let mut engine_lives = true;
        let start = self.app.settle();
        if self.perform(start) == Next::Leave {
            return;
        }
        self.watch.look();
        loop {
            let due = self.draw_at;
            let unfinished = self.dialogue.deadline();
            let next = tokio::select! {
                biased;
                _ = signals.terminate.recv() => self.ended_by(libc::SIGTERM),
                _ = signals.hang_up.recv() => self.ended_by(libc::SIGHUP),
                _ = signals.interrupt.recv() => self.ended_by(libc::SIGINT),
                _ = signals.proceed.recv() => self.resumed(),
                _ = signals.resize.recv() => self.resized(),
                Some(()) = arrived.recv() => {
                    let next = self.read();
                    self.watch.look();
                    next
                }
                () = sleep_until(unfinished), if unfinished.is_some() => self.give_up(),
                // A frame that is due comes before more work of the others.
                () = sleep_until(due), if due.is_some() => self.draw(),
                Some(picture) = done.recv() => {
                    if self.pictures.accept(picture) {
                        self.draw_within(PICTURES_PAUSE);
                    }
                    Next::Go
                }
                Some(news) = news.recv() => self.hear(news),
                Some(looked) = looked.recv() => self.looked(looked),
                reply = replies.recv(), if engine_lives => match reply {
                    Some(reply) => self.reply(reply),
                    None => {
                        engine_lives = false;
                        self.app.fail("the engine ended; quit and start again, see the log".to_string());
                        self.draw_within(Duration::ZERO);
                        Next::Go
                    }
                },
            };
            if next == Next::Leave {
                return;
            }
        }
    }

    fn ended_by(&mut self, signal: i32) -> Next {
        self.signal = Some(signal);
        Next::Leave
    }

    /// Handles what has arrived, up to a key that leaves: what comes after that
    /// one is for the shell, and stays where it is.
    fn read(&mut self) -> Next {
        for _ in 0..MOST_READS {
            match self.dialogue.read() {
                Read::Some(inputs) => {
                    if self.inputs(inputs) == Next::Leave {
                        return Next::Leave;
                    }
                }
                Read::Nothing => break,
                Read::Gone => return self.ended_by(libc::SIGHUP),
            }
        }
        Next::Go
    }

    /// A sequence has not gone on in time.
    fn give_up(&mut self) -> Next {
        // Its rest may have arrived while a frame was drawn.
        if self.read() == Next::Leave {
            return Next::Leave;
        }
        let inputs = self.dialogue.give_up();
        self.inputs(inputs)
    }

    fn inputs(&mut self, inputs: Vec<Input>) -> Next {
        self.app.now = Instant::now();
        for input in inputs {
            if self.input(input) == Next::Leave {
                return Next::Leave;
            }
        }
        Next::Go
    }

    fn input(&mut self, input: Input) -> Next {
        match input {
            Input::Key(key) => match keymap::action(self.app.mode(), &key) {
                // Whoever wants to leave need not wait.
                Some(Action::Quit) if self.held.lets_leave(&key) => Next::Leave,
                action if self.app.awaits_faces() && self.held.takes(&key, action) => Next::Go,
                Some(action) => self.act(action),
                None => Next::Go,
            },
            Input::Paste(text) if self.held.is_typing() => {
                self.held.paste(text);
                Next::Go
            }
            Input::Paste(text) => {
                for c in tabs::input::pasted(&text).take(MOST_PASTED) {
                    if self.app.mode().types() && self.act(Action::Type(c)) == Next::Leave {
                        return Next::Leave;
                    }
                }
                Next::Go
            }
            Input::Focus(true) => {
                // tmux shows stale text where sixels were when a window comes back,
                // and may have been attached to another terminal.
                if !self.app.focused && self.app.graphics.tmux {
                    self.screen.forget();
                    self.dialogue.ask_again();
                    self.draw_within(Duration::ZERO);
                }
                self.app.focused = true;
                Next::Go
            }
            Input::Focus(false) => {
                self.app.focused = false;
                Next::Go
            }
            Input::Answer(answer) => {
                if self.dialogue.hear(&answer) {
                    self.terminal_is_known();
                }
                if self.dialogue.is_complete() {
                    self.wait_no_longer();
                }
                Next::Go
            }
        }
    }

    /// The terminal has answered something new, maybe late.
    fn terminal_is_known(&mut self) {
        let (theme, graphics) = (self.dialogue.theme(), self.dialogue.graphics());
        if self.app.graphics != graphics {
            self.pictures.set_graphics(graphics.clone());
            self.app.graphics = graphics;
            // Whatever the former protocol drew lies below the text.
            self.screen.forget();
        } else if self.app.theme == theme {
            return;
        }
        self.app.theme = theme;
        self.draw_within(Duration::ZERO);
    }

    /// The first frame need not wait for more answers.
    fn wait_no_longer(&mut self) {
        let now = Instant::now();
        if self.not_before > now {
            self.not_before = now;
            if self.draw_at.is_some() {
                self.draw_at = Some(now);
            }
        }
    }

    fn resized(&mut self) -> Next {
        // Without a size the terminal is on its way out, which reading tells.
        if let Ok(size) = crossterm::terminal::size() {
            self.app.size = size;
            self.dialogue.resized(size);
        }
        self.notice_font();
        self.dialogue.ask_cell();
        // Also when it is as large as before again: what is on it moved.
        self.screen.forget();
        self.draw_within(Duration::ZERO);
        Next::Go
    }

    fn act(&mut self, action: Action) -> Next {
        let effects = self.app.update(action);
        self.draw_within(Duration::ZERO);
        self.perform(effects)
    }

    fn reply(&mut self, reply: Reply) -> Next {
        self.app.now = Instant::now();
        let pause = match &reply.answer {
            Answer::Progress { .. } => PROGRESS_PAUSE,
            Answer::Opened(opened) => {
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
        let effects = self.app.answer(reply);
        self.draw_within(pause);
        if self.perform(effects) == Next::Leave {
            return Next::Leave;
        }
        // What was typed before there were faces is meant for them.
        match self.app.awaits_faces() {
            true => Next::Go,
            false => {
                let held = self.held.release();
                self.inputs(held)
            }
        }
    }

    fn hear(&mut self, news: News) -> Next {
        self.app.now = Instant::now();
        let is_seen = self.app.tab == Tab::Train || matches!(news, News::Done(_));
        let effects = self.app.hear(news);
        if is_seen {
            self.draw_within(NEWS_PAUSE);
        }
        self.perform(effects)
    }

    fn looked(&mut self, looked: Looked) -> Next {
        self.app.now = Instant::now();
        let effects = self.app.looked(looked);
        self.draw_within(Duration::ZERO);
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> Next {
        for effect in effects {
            match effect {
                Effect::Quit => return Next::Leave,
                Effect::Ask(topic, request) => {
                    let ticket = self.engine.send(request);
                    self.app.sent(topic, ticket);
                }
                Effect::Look(lookup) => self.lookups.start(lookup),
                Effect::Run(order) => self.runs.tell(order),
                Effect::Suspend => {
                    let suspended = self.screen.suspend(|| self.dialogue.farewell());
                    if suspended.is_err() {
                        return self.ended_by(libc::SIGHUP);
                    }
                    self.taken_again();
                }
                Effect::Redraw => {
                    self.screen.forget();
                    self.pictures.forget();
                    self.dialogue.ask_again();
                }
            }
        }
        Next::Go
    }

    /// SIGCONT: whoever stopped us may have left the terminal in any mode.
    fn resumed(&mut self) -> Next {
        if self.screen.resume().is_err() {
            return self.ended_by(libc::SIGHUP);
        }
        self.taken_again();
        Next::Go
    }

    fn taken_again(&mut self) {
        if let Ok(size) = crossterm::terminal::size() {
            self.app.size = size;
            self.dialogue.resized(size);
        }
        self.notice_font();
        // It may be another terminal now.
        self.dialogue.ask();
        self.draw_within(Duration::ZERO);
    }

    /// A changed font shows as other pixels a cell of the window.
    fn notice_font(&mut self) {
        let now = window_cell_size();
        if now != self.window_cell {
            self.window_cell = now;
            self.terminal_is_known();
        }
    }

    /// Draws at the latest after `pause`.
    fn draw_within(&mut self, pause: Duration) {
        let at = (Instant::now() + pause).max(self.not_before);
        self.draw_at = Some(self.draw_at.map_or(at, |due| due.min(at)));
    }

    fn draw(&mut self) -> Next {
        self.draw_at = None;
        self.dialogue.repeat();
        let depth = self.app.graphics.depth;
        let (app, pictures) = (&self.app, &mut self.pictures);
        let drawn = self.screen.draw(|frame, is_cleared| {
            if is_cleared {
                pictures.screen_cleared();
            }
            views::render(frame, app, pictures);
            depth.convert(frame.buffer_mut());
            Sequences {
                before: pictures.take_sequences(),
                farewell: pictures.farewell(),
            }
        });
        match drawn {
            Ok(()) => Next::Go,
            Err(_) => self.ended_by(libc::SIGHUP),
        }
    }
}

async fn sleep_until(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due.into()).await;
    }
}
