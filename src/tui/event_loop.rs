//! The loop: waits for whatever comes first, lets [`App`] decide, performs the
//! effects, and draws when something changed.

use std::time::{Duration, Instant};

use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::action::{Action, Effect, Tab};
use super::app::App;
use super::colours::Colours;
use super::graphics::{Done, Graphics, Pictures, window_cell_size};
use super::run_watch::{News, RunWatch};
use super::terminal::{Screen, Sequences};
use super::theme::Theme;
use super::{keymap, views};
use crate::cli::ScreenArgs;
use crate::engine::{Answer, Engine, Reply};
use crate::error::{Error, Result};
use crate::paths::Paths;

/// Finished pictures that are drawn together: one frame's time.
const PICTURES_PAUSE: Duration = Duration::from_millis(16);

/// How often progress is drawn: more often nobody reads it, and over a slow
/// line every frame costs.
const PROGRESS_PAUSE: Duration = Duration::from_millis(100);

/// News of runs that are drawn together: they come in bursts, one a run.
const NEWS_PAUSE: Duration = Duration::from_millis(30);

/// Shows the screen until the user leaves it. The terminal is given back in
/// every way out.
///
/// # Errors
/// When there is no terminal, a theme is wrong, or the system refuses threads.
pub fn run(paths: &Paths, args: &ScreenArgs) -> Result<()> {
    // Mistakes in settings are told before the terminal is taken.
    let themes = paths.config_dir().join("themes");
    let named = match args.theme.as_deref() {
        None | Some("auto") => None,
        Some(name) => Some(Theme::named(name, &themes)?),
    };
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
    let colours = Colours::detect(args.colors.unwrap_or_default());
    let mut graphics = Graphics::detect(args.graphics.unwrap_or_default(), args.cell_size);
    graphics.depth = colours.depth;
    if args.theme.as_deref() == Some("light") {
        graphics.light_background.get_or_insert(true);
    }
    let theme = match named {
        Some(theme) => theme,
        None if graphics.light_background == Some(true) => Theme::named("light", &themes)?,
        None => Theme::named("dark", &themes)?,
    };
    let theme = theme.at(colours.depth);
    let size = crossterm::terminal::size().map_err(Error::io("terminal", "measure"))?;
    let (finished, pictures_done) = mpsc::unbounded_channel();
    let pictures = Pictures::new(graphics.clone(), move |done| {
        // The loop has ended: nobody wants the picture.
        let _ = finished.send(done);
    })
    .map_err(Error::io("picture workers", "start"))?;
    let (tell, news) = mpsc::unbounded_channel();
    let runs = RunWatch::start(paths.clone(), tell)?;
    let state = Loop {
        app: App::new(theme, graphics, size, args.data.clone()),
        pictures,
        screen,
        engine,
        runs,
        colours,
        window_cell: window_cell_size(),
        fixed_cell: args.cell_size.is_some(),
        draw_at: Some(Instant::now()),
    };
    runtime.block_on(state.run(replies, news, pictures_done, signals));
    Ok(())
}

struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    proceed: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Error::io("signals", "listen to"));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
            interrupt: listen(SignalKind::interrupt())?,
            proceed: listen(SignalKind::from_raw(libc::SIGCONT))?,
        })
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
    /// How many colours are written.
    colours: Colours,
    /// The window's own idea of a cell, to notice another font.
    window_cell: Option<(u16, u16)>,
    fixed_cell: bool,
    draw_at: Option<Instant>,
}

impl Loop {
    async fn run(
        mut self,
        mut replies: mpsc::Receiver<Reply>,
        mut news: mpsc::UnboundedReceiver<News>,
        mut done: mpsc::UnboundedReceiver<Done>,
        mut signals: Signals,
    ) {
        let mut events = EventStream::new();
        let mut engine_lives = true;
        let start = self.app.settle();
        if self.perform(start) == Next::Leave {
            return;
        }
        loop {
            let due = self.draw_at;
            let next = tokio::select! {
                biased;
                _ = signals.terminate.recv() => Next::Leave,
                _ = signals.hang_up.recv() => Next::Leave,
                _ = signals.interrupt.recv() => Next::Leave,
                _ = signals.proceed.recv() => self.resumed(),
                event = events.next() => match event {
                    Some(Ok(event)) => self.event(event),
                    // The terminal is gone: crossterm would report that for ever.
                    Some(Err(_)) | None => Next::Leave,
                },
                // A frame that is due comes before more work of the others.
                () = sleep_until(due), if due.is_some() => self.draw(),
                Some(picture) = done.recv() => {
                    if self.pictures.accept(picture) {
                        self.draw_within(PICTURES_PAUSE);
                    }
                    Next::Go
                }
                Some(news) = news.recv() => self.hear(news),
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

    fn event(&mut self, event: Event) -> Next {
        self.app.now = Instant::now();
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                match keymap::action(self.app.mode(), &key) {
                    Some(action) => self.act(action),
                    None => Next::Go,
                }
            }
            Event::Paste(text) => {
                for c in text.chars().filter(|c| !c.is_control()) {
                    if self.app.mode().types() && self.act(Action::Type(c)) == Next::Leave {
                        return Next::Leave;
                    }
                }
                Next::Go
            }
            Event::Resize(columns, rows) => {
                self.app.size = (columns, rows);
                self.notice_font();
                // Also when it is as large as before again: what is on it moved.
                self.screen.forget();
                self.draw_within(Duration::ZERO);
                Next::Go
            }
            Event::FocusGained => {
                // tmux shows stale text where sixels were when a window comes back.
                if !self.app.focused && self.app.graphics.tmux {
                    self.screen.forget();
                    self.draw_within(Duration::ZERO);
                }
                self.app.focused = true;
                Next::Go
            }
            Event::FocusLost => {
                self.app.focused = false;
                Next::Go
            }
            _ => Next::Go,
        }
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
        self.perform(effects)
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

    fn perform(&mut self, effects: Vec<Effect>) -> Next {
        for effect in effects {
            match effect {
                Effect::Quit => return Next::Leave,
                Effect::Ask(topic, request) => {
                    let ticket = self.engine.send(request);
                    self.app.sent(topic, ticket);
                }
                Effect::Run(order) => self.runs.tell(order),
                Effect::Suspend => {
                    if self.screen.suspend().is_err() {
                        return Next::Leave;
                    }
                    self.taken_again();
                }
                Effect::Redraw => {
                    self.screen.forget();
                    self.pictures.forget();
                }
            }
        }
        Next::Go
    }

    /// SIGCONT: whoever stopped us may have left the terminal in any mode.
    fn resumed(&mut self) -> Next {
        if self.screen.resume().is_err() {
            return Next::Leave;
        }
        self.taken_again();
        Next::Go
    }

    fn taken_again(&mut self) {
        if let Ok(size) = crossterm::terminal::size() {
            self.app.size = size;
        }
        self.notice_font();
        self.draw_within(Duration::ZERO);
    }

    /// A changed font shows as other pixels a cell of the window.
    fn notice_font(&mut self) {
        let now = window_cell_size();
        if let (Some(cell), false) = (now, self.fixed_cell)
            && now != self.window_cell
        {
            self.pictures.set_cell_size(cell);
            self.app.graphics.cell = cell;
        }
        self.window_cell = now;
    }

    /// Draws at the latest after `pause`.
    fn draw_within(&mut self, pause: Duration) {
        let at = Instant::now() + pause;
        self.draw_at = Some(self.draw_at.map_or(at, |due| due.min(at)));
    }

    fn draw(&mut self) -> Next {
        self.draw_at = None;
        let depth = self.colours.depth;
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
            Err(_) => Next::Leave,
        }
    }
}

async fn sleep_until(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due.into()).await;
    }
}
