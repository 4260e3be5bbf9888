//! The real program in a pseudo-terminal: what it shows, and that it leaves the
//! terminal as it was in every way out.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};

use super::tui::stage::folder;

const PATIENCE: Duration = Duration::from_secs(60);

/// The program, its terminal, and what it wrote.
struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    // Keeps the terminal there when the program has ended.
    _slave: Box<dyn SlavePty + Send>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Mutex<(vt100::Parser, usize)>>,
    before: String,
    _home: tempfile::TempDir,
}

impl Session {
    fn start(arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let size = PtySize {
            rows: 30,
            cols: 100,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let before = modes(&*pair.master);
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lfw-tui"));
        command.args(["--graphics", "halfblocks", "--theme", "dark"]);
        command.args(arguments);
        command.env("LFW_TUI_HOME", home.path());
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        let child = pair.slave.spawn_command(command).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let [rows, columns] = [30, 100].map(|side| NonZero::new(side).unwrap());
        let screen = Arc::new(Mutex::new((vt100::Parser::new(rows, columns, 0), 0)));
        let written = screen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let mut screen = written.lock().unwrap();
                screen.0.process(&buffer[..count]);
                screen.1 += count;
            }
        });
        Self {
            child,
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            _slave: pair.slave,
            screen,
            before,
            _home: home,
        }
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().0.screen().contents()
    }

    fn bytes(&self) -> usize {
        self.screen.lock().unwrap().1
    }

    fn wait_for(&self, what: &str) {
        let begun = Instant::now();
        while !self.text().contains(what) {
            assert!(
                begun.elapsed() < PATIENCE,
                "{what:?} never came:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn signal(&self, signal: i32) {
        let id = rustix::process::Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap();
        let signal = rustix::process::Signal::from_named_raw(signal).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// Waits for the program's end and checks the terminal.
    fn ended(mut self) {
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
        // What it wrote last may still be on its way.
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
        assert_eq!(modes(&*self.master), self.before);
    }
}

/// The terminal's modes, as text.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

#[test]
fn keys_lead_through_the_tabs_and_the_terminal_is_given_back() {
    let folder = folder().display().to_string();
    let mut session = Session::start(&["--data", &folder]);
    session.wait_for("George W Bush");
    session.wait_for("73 faces");
    session.press("/zid");
    session.wait_for("/zid");
    session.press("\r3");
    session.wait_for("gaussian noise");
    // As many components as the 73 pictures determine.
    session.wait_for("PCA-72");
    session.press("k");
    session.wait_for("black rectangles");
    session.press("?");
    session.wait_for("keys of Denoise");
    // Not Esc: with the key after it, it would be read as Alt and that key.
    session.press("?");
    session.press("q");
    session.ended();
}

/// This terminal answers nothing, as a slow line does for a while.
#[test]
fn drawing_everything_again_waits_for_no_answer() {
    let folder = folder().display().to_string();
    let mut session = Session::start(&["--data", &folder]);
    session.wait_for("George W Bush");
    session.press("\x0c");
    session.press("2");
    session.wait_for("no run yet");
    // Longer than any answer is waited for.
    std::thread::sleep(Duration::from_millis(2500));
    session.press("3");
    session.wait_for("gaussian noise");
    session.press("q");
    session.ended();
}

#[test]
fn a_termination_gives_the_terminal_back() {
    for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGINT] {
        let folder = folder().display().to_string();
        let session = Session::start(&["--data", &folder]);
        session.wait_for("1 Browse");
        session.signal(signal);
        session.ended();
    }
}

#[test]
fn an_idle_screen_writes_nothing() {
    let folder = folder().display().to_string();
    let mut session = Session::start(&["--data", &folder]);
    session.wait_for("rebuilt by PCA");
    // Whatever follows the first answers comes within moments; then nothing.
    let quiet = Duration::from_millis(1500);
    let (begun, mut last, mut since) = (Instant::now(), session.bytes(), Instant::now());
    while since.elapsed() < quiet {
        assert!(begun.elapsed() < PATIENCE, "it never becomes quiet");
        if session.bytes() != last {
            (last, since) = (session.bytes(), Instant::now());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    session.press("q");
    session.ended();
}

#[test]
fn without_a_terminal_it_says_so() {
    let home = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lfw-tui"))
        .env("LFW_TUI_HOME", home.path())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("not a terminal"), "{message}");
    assert!(output.stdout.is_empty());
}
