//! What the real program writes to a terminal: how many colours, and which pictures a
//! terminal that stores them is left with.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};

use super::tui::stage::{PEOPLE, folder};

const PATIENCE: Duration = Duration::from_secs(60);

/// The variables that decide about colours; none may come from the tests' environment.
const VARIABLES: [&str; 7] = [
    "NO_COLOR",
    "COLORTERM",
    "TERM_PROGRAM",
    "TMUX",
    "STY",
    "LFW_TUI_COLORS",
    "TERMINFO",
];

struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    // Keeps the terminal open after the program has ended.
    _slave: Box<dyn SlavePty + Send>,
    keys: Box<dyn Write + Send>,
    /// Everything written, and the screen that it makes.
    written: Arc<Mutex<(Vec<u8>, vt100::Parser)>>,
    _home: tempfile::TempDir,
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Session {
    fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let pair = native_pty_system().openpty(size(100, 30)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lfw-tui"));
        command.args(["--data", &folder().display().to_string()]);
        command.args(arguments);
        for name in VARIABLES {
            command.env_remove(name);
        }
        command.env("LFW_TUI_HOME", home.path());
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let [rows, columns] = [30, 100].map(|side| NonZero::new(side).unwrap());
        let parser = vt100::Parser::new(rows, columns, 0);
        let written = Arc::new(Mutex::new((Vec::new(), parser)));
        let so_far = written.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let mut so_far = so_far.lock().unwrap();
                so_far.0.extend_from_slice(&buffer[..count]);
                so_far.1.process(&buffer[..count]);
            }
        });
        Self {
            child,
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            _slave: pair.slave,
            written,
            _home: home,
        }
    }

    fn written(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap().0).into_owned()
    }

    /// Waits until a condition holds for what was written.
    fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !is_so(&self.written()) {
            assert!(begun.elapsed() < PATIENCE, "never: {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn wait_for(&self, text: &str) {
        let shown = || self.written.lock().unwrap().1.screen().contents();
        self.wait_until(text, |_| shown().contains(text));
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

    /// Waits for the program to end, and gives everything that it wrote.
    fn ended(mut self) -> String {
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
        self.wait_until("the alternate screen is left", |all| {
            all.contains("\x1b[?1049l")
        });
        self.written()
    }
}

/// The kinds of colours that are written: 24-bit, 256, 16.
fn kinds(written: &str) -> [bool; 3] {
    let mut kinds = [false; 3];
    for sequence in written.split("\x1b[").skip(1) {
        let end = sequence.find(|c: char| !c.is_ascii_digit() && c != ';');
        let Some((parameters, "m")) = end.map(|end| (&sequence[..end], &sequence[end..=end]))
        else {
            continue;
        };
        let mut numbers = parameters.split(';').filter_map(|n| n.parse::<u16>().ok());
        while let Some(number) = numbers.next() {
            match number {
                38 | 48 => match numbers.next() {
                    Some(2) => {
                        kinds[0] = true;
                        numbers.nth(2);
                    }
                    Some(5) => {
                        kinds[1] = true;
                        numbers.next();
                    }
                    _ => {}
                },
                30..=37 | 40..=47 | 90..=97 | 100..=107 => kinds[2] = true,
                _ => {}
            }
        }
    }
    kinds
}

/// The pictures of the stage by half blocks, and the screen around them.
fn colours_of(arguments: &[&str], environment: &[(&str, &str)]) -> [bool; 3] {
    let all = [&["--graphics", "halfblocks", "--theme", "dark"], arguments].concat();
    let mut session = Session::start(&all, environment);
    // The face's picture comes with it, and the people's are there before.
    session.wait_for("rebuilt by PCA");
    session.press("q");
    kinds(&session.ended())
}

#[test]
fn no_more_colours_are_written_than_the_terminal_announces() {
    let (truecolor, of_256, of_16, none) = (
        [true, false, false],
        [false, true, false],
        [false, false, true],
        [false; 3],
    );
    let term = |name| ("TERM", name);
    let announced = ("COLORTERM", "truecolor");
    for (environment, expected) in [
        (vec![announced], truecolor),
        (vec![term("xterm-256color")], of_256),
        (vec![term("xterm")], of_16),
        (vec![term("vt100")], none),
        (vec![term("dumb"), announced], none),
        (
            vec![announced, ("STY", "1.pts-0.host"), term("screen-256color")],
            of_256,
        ),
        (vec![announced, ("NO_COLOR", "1")], none),
        (
            vec![announced, ("NO_COLOR", "1"), ("LFW_TUI_COLORS", "16")],
            of_16,
        ),
    ] {
        assert_eq!(colours_of(&[], &environment), expected, "{environment:?}");
    }
    let flag = ["--colors", "truecolor"];
    assert_eq!(
        colours_of(&flag, &[term("vt100"), ("LFW_TUI_COLORS", "none")]),
        truecolor
    );
}

/// The pictures that a terminal with kitty's protocol stores after this, and how many
/// it was sent.
fn kept(written: &str) -> (BTreeSet<u32>, usize) {
    let (mut kept, mut sent) = (BTreeSet::new(), 0);
    for command in written.split("\x1b_G").skip(1) {
        let control = command.split(['\x1b', ';']).next().unwrap_or_default();
        let value = |wanted: &str| {
            let mut pairs = control.split(',').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(key, _)| *key == wanted)
                .map(|(_, value)| value)
        };
        let id = value("i").and_then(|id| id.parse().ok());
        match (value("a"), id) {
            (Some("T"), Some(id)) => {
                kept.insert(id);
                sent += 1;
            }
            (Some("d"), Some(id)) => {
                assert_eq!(value("d"), Some("I"), "the pixels go too");
                kept.remove(&id);
            }
            // The query for the protocol, or a continuation.
            _ => {}
        }
    }
    (kept, sent)
}

/// The text that came after the latest clearing of the screen.
fn since_cleared(written: &str) -> &str {
    written.rsplit("\x1b[2J").next().unwrap_or_default()
}

const KITTY: [&str; 4] = ["--graphics", "kitty", "--cell-size", "10x20"];

#[test]
fn pictures_are_sent_again_after_the_screen_is_cleared_and_deleted_at_the_end() {
    let mut session = Session::start(&KITTY, &[("NO_COLOR", "1")]);
    session.wait_for("rebuilt by PCA");
    // At least one for each person of the stage.
    session.wait_until("pictures", |all| kept(all).1 >= PEOPLE.len());
    let cleared = |all: &str| all.matches("\x1b[2J").count();
    for step in ["resize", "redraw"] {
        let before = cleared(&session.written());
        match step {
            "resize" => session.master.resize(size(101, 31)).unwrap(),
            _ => session.press("\x0c"),
        }
        session.wait_until(step, |all| {
            cleared(all) > before && kept(since_cleared(all)).1 >= PEOPLE.len()
        });
    }
    session.press("q");
    let all = session.ended();
    assert_eq!(kept(&all).0, BTreeSet::new());
    // On the screen that they were shown on.
    let (on_screen, _) = all.rsplit_once("\x1b[?1049l").unwrap();
    assert_eq!(kept(on_screen).0, BTreeSet::new());
    // Ids of pictures are written even where text has no colours.
    assert!(all.contains("\x1b[38;5;"));
}

#[test]
fn pictures_are_deleted_when_a_signal_ends_it() {
    for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGINT] {
        let session = Session::start(&KITTY, &[]);
        session.wait_until("pictures", |all| kept(all).1 >= 3);
        session.signal(signal);
        let all = session.ended();
        assert_eq!(kept(&all).0, BTreeSet::new());
    }
}
