//! A session whose terminal is a buffer.

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use ratatui_image::picker::ProtocolType;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::shot::Shot;
use super::untimed::without_times;
use crate::engine::{Engine, Response};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::tui::app::App;
use crate::tui::colours::TerminalBackend;
use crate::tui::effect::Effect;
use crate::tui::images::{Capabilities, EncodeResult, ImageRenderer};
use crate::tui::input::TerminalEvent;
use crate::tui::input::timed_parser::TimedParser;
use crate::tui::path_lookup::{LookupResult, PathLookups};
use crate::tui::recording::TerminalFacts;
use crate::tui::replay::{Painter, Screen};
use crate::tui::run_monitor::{RunMonitor, RunUpdate};
use crate::tui::screen;
use crate::tui::tab_id::TabId;
use crate::tui::theme::Theme;

/// How long nothing must happen before a screen counts as finished.
const QUIET: Duration = Duration::from_millis(60);

/// The same on the Train tab, which looks at the runs twice a second.
const QUIET_TRAIN: Duration = Duration::from_millis(900);

/// How long a screen may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the screen is written to.
#[derive(Debug, Clone, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The screen, its engine, and a terminal that shows pictures in their own pixels.
pub struct Headless {
    app: App,
    images: ImageRenderer,
    engine: Engine,
    runs: RunMonitor,
    lookups: PathLookups,
    responses: tokio::sync::mpsc::Receiver<Response>,
    run_updates: UnboundedReceiver<RunUpdate>,
    lookup_results: UnboundedReceiver<LookupResult>,
    pictures: mpsc::Receiver<EncodeResult>,
    parser: TimedParser,
    terminal: Terminal<TerminalBackend<Bytes>>,
    written: Bytes,
    screen: Screen,
    painter: Painter,
    has_quit: bool,
}

impl Headless {
    /// The screen on `data`, in the built-in dark theme, on a terminal of `size` (columns,
    /// rows) with cells of `cell_size` pixels. Computes on the CPU.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(
        paths: &Paths,
        data: &str,
        size: (u16, u16),
        cell_size: (u16, u16),
    ) -> Result<Self> {
        // Kitty's protocol with plain pixels: the pictures come as they are.
        let capabilities = Capabilities {
            protocol: Some(ProtocolType::Kitty),
            cell_size,
            kitty_png: false,
            ..Capabilities::halfblocks()
        };
        let theme = Theme::load("dark", &paths.config_dir().join("themes"))?;
        let (engine, responses) = Engine::start(paths.clone(), "cpu".to_string(), None)?;
        let (send_picture, pictures) = mpsc::channel();
        let images = ImageRenderer::new(capabilities.clone(), move |result| {
            // Without a receiver the session has ended.
            let _ = send_picture.send(result);
        })
        .map_err(Error::io("picture workers", "start"))?;
        let (send_update, run_updates) = unbounded_channel();
        let runs = RunMonitor::start(paths.clone(), send_update)?;
        let (send_result, lookup_results) = unbounded_channel();
        let written = Bytes::default();
        let area = Rect::new(0, 0, size.0, size.1);
        let options = TerminalOptions {
            viewport: Viewport::Fixed(area),
        };
        let backend = TerminalBackend::new(written.clone());
        let terminal =
            Terminal::with_options(backend, options).map_err(Error::io("terminal", "set up"))?;
        let facts = TerminalFacts {
            cell_size,
            is_light: false,
        };
        let mut session = Self {
            app: App::new(theme, capabilities, size, Some(data.to_string())),
            images,
            engine,
            runs,
            lookups: PathLookups::new(paths.clone(), send_result),
            responses,
            run_updates,
            lookup_results,
            pictures,
            parser: TimedParser::default(),
            terminal,
            written,
            screen: Screen::new(size, facts),
            painter: Painter::new(cell_size)?,
            has_quit: false,
        };
        let effects = session.app.sync_requests();
        session.perform(effects);
        session.settle()?;
        Ok(session)
    }

    /// The terminal sends these bytes, such as keys, and everything that follows from them
    /// is done.
    ///
    /// # Errors
    /// When it takes longer than two minutes.
    pub fn send(&mut self, bytes: &str) -> Result<()> {
        for byte in bytes.bytes() {
            let mut sequences = Vec::new();
            self.parser.feed(byte, Instant::now(), &mut sequences);
            let events = sequences.into_iter();
            for event in events.flat_map(TerminalEvent::from_sequence) {
                self.on_event(event);
            }
        }
        self.settle()
    }

    fn on_event(&mut self, event: TerminalEvent) {
        self.app.context.now = Instant::now();
        let action = match event {
            TerminalEvent::Key(key) => self.app.keymap().action(&key),
            TerminalEvent::Mouse(event) => self.app.mouse_action(event),
            _ => None,
        };
        if let Some(action) = action {
            let effects = self.app.update(action);
            self.perform(effects);
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Quit => self.has_quit = true,
                Effect::Send(id, request) => self.engine.send(id, request),
                Effect::Cancel(id) => self.engine.cancel(id),
                Effect::LookUp(lookup) => self.lookups.start(lookup),
                Effect::RememberCrop(file, crop) => self.lookups.remember_crop(file, crop),
                Effect::Runs(command) => self.runs.send(command),
                _ => {}
            }
        }
    }

    /// Takes in what the other threads have sent; whether that was anything.
    fn receive(&mut self) -> bool {
        let mut has_any = false;
        self.app.context.now = Instant::now();
        while let Ok(response) = self.responses.try_recv() {
            has_any = true;
            let effects = self.app.on_response(response);
            self.perform(effects);
        }
        while let Ok(update) = self.run_updates.try_recv() {
            has_any = true;
            let effects = self.app.on_run_update(update);
            self.perform(effects);
        }
        while let Ok(result) = self.lookup_results.try_recv() {
            has_any = true;
            let effects = self.app.on_path_lookup(result);
            self.perform(effects);
        }
        while let Ok(picture) = self.pictures.try_recv() {
            has_any |= self.images.accept(picture);
        }
        has_any
    }

    /// Waits until nothing is computed or drawn any more.
    fn settle(&mut self) -> Result<()> {
        let begun = Instant::now();
        let mut since = begun;
        self.draw()?;
        loop {
            if self.receive() {
                since = Instant::now();
                self.draw()?;
            }
            let is_train = self.app.context.tab == TabId::Train;
            let quiet = if is_train { QUIET_TRAIN } else { QUIET };
            let is_done = self.has_all_parts()
                && !self.app.context.requests.has_pending()
                && self.images.is_complete();
            if is_done && since.elapsed() >= quiet {
                return self.draw();
            }
            if begun.elapsed() > PATIENCE {
                return Err(Error::invalid("screen", "does not come to rest"));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Whether the tab in view has what comes without a request of its own, or after an
    /// answer that counts as the last.
    fn has_all_parts(&self) -> bool {
        let tabs = &self.app.tabs;
        match self.app.context.tab {
            TabId::Train => tabs.train.is_complete(),
            // The nearest face comes when all faces have codes.
            TabId::Browse => {
                let details = tabs.browse.details.as_ref();
                details.is_none_or(|details| !details.nearest.is_empty())
            }
            _ => true,
        }
    }

    fn draw(&mut self) -> Result<()> {
        let problem = |error| Error::io("terminal", "draw")(error);
        let mut frame = self.terminal.get_frame();
        let zones = screen::render(&mut frame, &self.app, &mut self.images);
        without_times(frame.buffer_mut());
        self.app.set_zones(zones);
        let escapes = self.images.take_escapes();
        let backend = self.terminal.backend_mut();
        backend.write_all(escapes.as_bytes()).map_err(problem)?;
        self.terminal.apply_buffer().map_err(problem)?;
        self.screen.write(&self.written.0.take());
        Ok(())
    }

    /// What the terminal shows now.
    ///
    /// # Errors
    /// When it has too many pixels to be painted.
    pub fn shot(&mut self) -> Result<Shot> {
        let pixels = self.painter.paint(&self.screen)?;
        Ok(Shot::new(&self.screen, pixels))
    }

    /// Whether the user has left the program.
    pub fn has_quit(&self) -> bool {
        self.has_quit
    }
}
