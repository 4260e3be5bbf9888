//! The real program in a pseudo-terminal that answers queries at once, late, or
//! not at all.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};

/// Timeout of every wait; the machine may be busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal's behaviour.
#[derive(Clone)]
pub struct Terminal {
    /// Queries and their answers.
    pub answers: Vec<(&'static str, &'static str)>,
    /// The delay of each answer.
    pub delay: Duration,
    /// Rows and columns.
    pub size: (u16, u16),
    /// Keys typed before the program starts.
    pub typed_ahead: &'static str,
    /// Additional environment variables; `None` removes one.
    pub environment: Vec<(&'static str, Option<&'static str>)>,
}

impl Terminal {
    /// Answers only device attributes and status.
    pub fn plain() -> Self {
        Self {
            answers: vec![("\x1b[c", "\x1b[?62;22c"), ("\x1b[5n", "\x1b[0n")],
            ..Self::mute()
        }
    }

    /// Answers nothing.
    pub fn mute() -> Self {
        Self {
            answers: Vec::new(),
            delay: Duration::ZERO,
            size: (30, 100),
            typed_ahead: "",
            environment: Vec::new(),
        }
    }

    /// [`Terminal::plain`] with additional answers.
    pub fn answering(answers: &[(&'static str, &'static str)]) -> Self {
        let mut plain = Self::plain();
        plain.answers = [answers, &plain.answers].concat();
        plain
    }
}

/// Counts bells.
struct Bells(usize);

impl vt100::Callbacks for Bells {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.0 += 1;
    }
}

type Keys = Arc<Mutex<Box<dyn Write + Send>>>;

/// The program, its terminal and its output.
pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    // Keeps the terminal open after the program has ended.
    _slave: Box<dyn SlavePty + Send>,
    keys: Keys,
    screen: Arc<Mutex<(vt100::Parser, Vec<u8>)>>,
    before: String,
    _home: tempfile::TempDir,
}

impl Session {
    /// In a plain terminal, with half blocks on dark.
    pub fn start(arguments: &[&str]) -> Self {
        let fixed = ["--graphics", "halfblocks", "--theme", "dark"];
        Self::with(&[&fixed, arguments].concat(), Terminal::plain())
    }

    /// In any terminal.
    pub fn with(arguments: &[&str], terminal: Terminal) -> Self {
        Self::in_home(tempfile::tempdir().unwrap(), arguments, terminal)
    }

    /// With files that are there before.
    pub fn in_home(home: tempfile::TempDir, arguments: &[&str], terminal: Terminal) -> Self {
        let (rows, cols) = terminal.size;
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let before = modes(&*pair.master);
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lfw-tui"));
        command.args(arguments);
        command.env("LFW_TUI_HOME", home.path());
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        for name in ["NO_COLOR", "TMUX", "TERM_PROGRAM", "STY", "LFW_TUI_COLORS"] {
            command.env_remove(name);
        }
        for (name, value) in &terminal.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            }
        }
        let mut writer = pair.master.take_writer().unwrap();
        writer.write_all(terminal.typed_ahead.as_bytes()).unwrap();
        let keys: Keys = Arc::new(Mutex::new(writer));
        let child = pair.slave.spawn_command(command).unwrap();
        let output = pair.master.try_clone_reader().unwrap();
        let [rows, columns] = [rows, cols].map(|side| NonZero::new(side).unwrap());
        let screen = Arc::new(Mutex::new((
            vt100::Parser::new(rows, columns, 0),
            Vec::new(),
        )));
        let (written, answers) = (screen.clone(), keys.clone());
        std::thread::spawn(move || serve(output, &terminal, &written, &answers));
        Self {
            child,
            keys,
            master: pair.master,
            _slave: pair.slave,
            screen,
            before,
            _home: home,
        }
    }

    /// The text on the screen.
    pub fn text(&self) -> String {
        self.screen.lock().unwrap().0.screen().contents()
    }

    /// The bytes received so far, from `start` on.
    pub fn received(&self, start: usize) -> Vec<u8> {
        self.screen.lock().unwrap().1[start..].to_vec()
    }

    /// Waits until nothing has arrived for a while.
    pub fn wait_for_silence(&self, silence: Duration) {
        let (begun, mut changed, mut bytes) = (Instant::now(), Instant::now(), self.bytes());
        while changed.elapsed() < silence {
            assert!(begun.elapsed() < PATIENCE, "it is never silent");
            std::thread::sleep(Duration::from_millis(10));
            if self.bytes() != bytes {
                (bytes, changed) = (self.bytes(), Instant::now());
            }
        }
    }

    /// Number of bytes received so far.
    pub fn bytes(&self) -> usize {
        self.screen.lock().unwrap().1.len()
    }

    /// Whether the program has sent these bytes.
    pub fn has_sent(&self, bytes: &str) -> bool {
        let screen = self.screen.lock().unwrap();
        let mut windows = screen.1.windows(bytes.len());
        windows.any(|window| window == bytes.as_bytes())
    }

    /// How often the bell has rung: other bells end strings.
    pub fn rings(&self) -> usize {
        let screen = self.screen.lock().unwrap();
        let [rows, columns] = [30, 100].map(|side| NonZero::new(side).unwrap());
        let mut parser = vt100::Parser::new_with_callbacks(rows, columns, 0, Bells(0));
        parser.process(&screen.1);
        parser.callbacks().0
    }

    /// A cell's background colour.
    pub fn background(&self, row: u16, column: u16) -> vt100::Color {
        let screen = self.screen.lock().unwrap();
        let cell = screen.0.screen().cell(row, column);
        cell.map(vt100::Cell::bgcolor).unwrap_or_default()
    }

    /// Waits until a condition holds.
    pub fn wait_until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(
                begun.elapsed() < PATIENCE,
                "{what} never came:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for a text on the screen.
    pub fn wait_for(&self, what: &str) {
        self.wait_until(what, |session| session.text().contains(what));
    }

    /// Sends keys.
    pub fn press(&mut self, keys: &str) {
        let mut writer = self.keys.lock().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Resizes the terminal.
    pub fn resize(&mut self, rows: u16, cols: u16) {
        let [height, width] = [rows, cols].map(|side| NonZero::new(side).unwrap());
        let mut screen = self.screen.lock().unwrap();
        screen.0.screen_mut().set_size(height, width);
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.master.resize(size).unwrap();
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: i32) {
        let id = rustix::process::Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap();
        let signal = rustix::process::Signal::from_named_raw(signal).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// Waits until the program has ended and checks that the terminal is restored.
    /// Returns the exit code.
    pub fn ended(mut self) -> u32 {
        self.end()
    }

    /// As [`Session::ended`], but returns the bytes that the shell would read next.
    pub fn ended_with_left_over(mut self) -> String {
        assert_eq!(self.end(), 0);
        let path = self.master.tty_name().unwrap();
        let mut options = std::fs::OpenOptions::new();
        let mut terminal = options.read(true).write(true).open(path).unwrap();
        let mut raw = rustix::termios::tcgetattr(&terminal).unwrap();
        raw.make_raw();
        raw.special_codes[rustix::termios::SpecialCodeIndex::VMIN] = 0;
        let now = rustix::termios::OptionalActions::Now;
        rustix::termios::tcsetattr(&terminal, now, &raw).unwrap();
        let mut left = [0; 4096];
        let count = terminal.read(&mut left).unwrap();
        String::from_utf8_lossy(&left[..count]).into_owned()
    }

    fn end(&mut self) -> u32 {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        // Its last output may not have arrived yet.
        let begun = Instant::now();
        while self.screen.lock().unwrap().0.screen().alternate_screen() {
            assert!(
                begun.elapsed() < PATIENCE,
                "the alternate screen is still there"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        let screen = self.screen.lock().unwrap();
        assert!(!screen.0.screen().hide_cursor());
        assert!(!screen.0.screen().bracketed_paste());
        let mouse = screen.0.screen().mouse_protocol_mode();
        assert_eq!(mouse, vt100::MouseProtocolMode::None);
        assert_eq!(modes(&*self.master), self.before);
        status.exit_code()
    }
}

/// Processes the program's output and answers its queries.
fn serve(
    mut output: Box<dyn Read + Send>,
    terminal: &Terminal,
    screen: &Mutex<(vt100::Parser, Vec<u8>)>,
    keys: &Keys,
) {
    // Answers are sent in the order of the queries.
    let (later, due) = std::sync::mpsc::channel::<(Instant, &str)>();
    let keys = keys.clone();
    std::thread::spawn(move || {
        for (at, answer) in due {
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            let mut keys = keys.lock().unwrap();
            let _ = keys.write_all(answer.as_bytes());
            let _ = keys.flush();
        }
    });
    let mut buffer = [0; 65536];
    let mut seen = 0;
    while let Ok(count @ 1..) = output.read(&mut buffer) {
        let mut screen = screen.lock().unwrap();
        screen.0.process(&buffer[..count]);
        screen.1.extend_from_slice(&buffer[..count]);
        // The next complete query, wherever it is.
        while let Some((at, (question, answer))) = terminal
            .answers
            .iter()
            .filter_map(|pair| {
                let mut windows = screen.1[seen..].windows(pair.0.len());
                Some((
                    windows.position(|window| window == pair.0.as_bytes())?,
                    pair,
                ))
            })
            .min_by_key(|(at, _)| *at)
        {
            seen += at + question.len();
            let _ = later.send((Instant::now() + terminal.delay, *answer));
        }
    }
}

/// The terminal's modes, as text.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}
