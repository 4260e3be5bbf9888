//! Input from a terminal: keys typed early, answers that come late or never,
//! unfinished sequences, and the end of input.

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::session::{PATIENCE, Session, Terminal};
use super::tui::stage::folder;

const BACKGROUND: &str = "\x1b]11;?\x07";
const LIGHT: &str = "\x1b]11;rgb:ff/ff/ff\x1b\\";
const KITTY: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";
const KITTY_OK: &str = "\x1b_Gi=31;OK\x1b\\";

/// Whether the selected tab in the top line has the light theme's background.
fn is_light(session: &Session) -> bool {
    session.background(0, 1) == vt100::Color::Rgb(0xe4, 0xe0, 0xd8)
}

/// Whether a picture in characters is drawn, beside the list of people.
fn has_picture(session: &Session) -> bool {
    (30..60).any(|column| session.background(4, column) != vt100::Color::Default)
}

/// Types keys and then Ctrl-L: once everything is drawn again, they have been read.
fn type_and_wait(session: &mut Session, keys: &str) {
    let before = session.bytes();
    session.press(keys);
    session.press("\x0c");
    session.wait_until("another frame", |session| session.bytes() > before);
}

fn data() -> String {
    folder().display().to_string()
}

#[test]
fn answers_that_come_after_the_first_frame_count_and_are_not_typed() {
    let late = Terminal {
        delay: Duration::from_millis(700),
        ..Terminal::answering(&[(BACKGROUND, LIGHT), (KITTY, KITTY_OK)])
    };
    let mut session = Session::with(&["--data", &data()], late);
    session.wait_until("the light theme", is_light);
    session.wait_until("a kitty picture", |session| session.has_sent("a=T"));
    session.wait_for("George W Bush");
    // The answer's `/` would have opened the filter, which takes the 4.
    session.press("4");
    session.wait_for("nearest");
    session.press("q");
    assert_eq!(session.ended_with_left_over(), "");
}

#[test]
fn a_light_terminal_with_kitty_needs_no_cell_size() {
    let terminal = Terminal::answering(&[(BACKGROUND, LIGHT), (KITTY, KITTY_OK)]);
    let mut session = Session::with(&["--data", &data()], terminal);
    session.wait_until("the light theme", is_light);
    session.wait_until("a kitty picture", |session| session.has_sent("a=T"));
    session.press("q");
    assert_eq!(session.ended(), 0);
}

/// The filter that was typed ahead is there, and the program ends well.
fn assert_filtered_in_browse(mut session: Session) {
    session.press("1");
    session.wait_for("/zid");
    session.press("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_mute_terminal_loses_no_key() {
    let ahead = Terminal {
        typed_ahead: "/zid\n3",
        ..Terminal::mute()
    };
    let session = Session::with(&["--data", &data()], ahead);
    session.wait_for("gaussian noise");
    assert_filtered_in_browse(session);
}

#[test]
fn keys_typed_ahead_of_a_terminals_answers_come_in_their_order() {
    let ahead = Terminal {
        typed_ahead: "/zid\n3",
        ..Terminal::answering(&[(BACKGROUND, LIGHT)])
    };
    let session = Session::with(&["--data", &data()], ahead);
    session.wait_for("gaussian noise");
    session.wait_until("the light theme", |session| {
        session.background(0, 22) == vt100::Color::Rgb(0xe4, 0xe0, 0xd8)
    });
    assert_filtered_in_browse(session);
}

/// Quits before the answers are there: they must not appear on the shell's line.
#[test]
fn answers_are_awaited_before_leaving() {
    let late = Terminal {
        delay: Duration::from_millis(900),
        typed_ahead: "q",
        ..Terminal::answering(&[(BACKGROUND, LIGHT), (KITTY, KITTY_OK)])
    };
    let session = Session::with(&["--data", &data()], late);
    assert_eq!(session.ended_with_left_over(), "");
}

#[test]
fn what_is_typed_after_leaving_is_for_the_shell() {
    let mut session = Session::start(&["--data", &data()]);
    session.wait_for("George W Bush");
    // While pictures load, the terminal is asked whether they have arrived, and what is typed
    // before its answer has to be read.
    let (bytes, since) = (Cell::new(0), Cell::new(Instant::now()));
    session.wait_until("a still screen", |session| {
        if bytes.replace(session.bytes()) != session.bytes() {
            since.set(Instant::now());
        }
        since.get().elapsed() > Duration::from_millis(500)
    });
    session.press("qls -l\r");
    assert_eq!(session.ended_with_left_over(), "ls -l\r");
}

#[test]
fn half_a_sequence_is_given_up() {
    let mut session = Session::start(&["--data", &data()]);
    session.wait_for("George W Bush");
    let pause = Duration::from_millis(400);
    for (start, key, shown) in [
        ("\x1b[<", "3", "gaussian noise"),
        ("\x1b[?", "2", "no runs yet"),
        ("\x1b]11;rgb:", "3", "gaussian noise"),
        ("\x1b[200~", "2", "no runs yet"),
    ] {
        session.press(start);
        std::thread::sleep(pause);
        session.press(key);
        session.wait_for(shown);
    }
    session.press("\x1b[");
    std::thread::sleep(pause);
    session.press("\x03");
    assert_eq!(session.ended(), 0);
}

#[test]
fn what_the_environment_says_counts_for_nothing_against_the_answers() {
    let inherited = Terminal {
        environment: vec![
            ("TERM_PROGRAM", Some("WezTerm")),
            ("LC_TERMINAL", Some("iTerm2")),
            ("KITTY_WINDOW_ID", Some("1")),
        ],
        ..Terminal::answering(&[("\x1b[16t", "\x1b[6;20;10t")])
    };
    let mut session = Session::with(&["--data", &data()], inherited);
    session.wait_until("a picture", has_picture);
    assert!(!session.has_sent("1337;File"), "pictures for iTerm2");
    assert!(!session.has_sent("a=T"), "pictures for kitty");
    session.press("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_terminal_that_is_too_small_to_draw_takes_no_keys_but_to_leave() {
    let small = Terminal {
        size: (12, 50),
        ..Terminal::plain()
    };
    let mut session = Session::with(&["--data", &data()], small.clone());
    session.wait_for("At least 60");
    type_and_wait(&mut session, "2/x\x1b[B");
    session.resize(30, 100);
    session.wait_for("people by");
    assert!(!session.text().contains("/x"), "{}", session.text());
    // The line being typed is kept.
    session.press("/zid");
    session.wait_for("/zid");
    session.resize(10, 100);
    session.wait_for("At least 60");
    type_and_wait(&mut session, "more\r");
    session.resize(30, 100);
    session.wait_for("/zid");
    assert!(!session.text().contains("/zidm"), "{}", session.text());
    session.resize(10, 100);
    session.wait_for("At least 60");
    session.press("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_terminal_that_answers_has_24_bit_colours_whatever_is_announced() {
    let asked = "\x1bP+q524742\x1b\\";
    for (answer, sent) in [
        ("\x1bP1+r524742=38\x1b\\", true),
        ("\x1bP0+r524742\x1b\\", false),
    ] {
        let terminal = Terminal {
            environment: vec![("COLORTERM", None)],
            ..Terminal::answering(&[(asked, answer)])
        };
        let mut session = Session::with(&["--data", &data()], terminal);
        session.wait_for("George W Bush");
        session.wait_until("a picture", has_picture);
        session.press("q");
        // Everything sent until the end.
        let has = |session: &Session| session.has_sent("[38;2;") || session.has_sent(";48;2;");
        session.wait_until("24-bit colours", |session| !sent || has(session));
        assert_eq!(has(&session), sent);
        assert_eq!(session.ended(), 0);
    }
}

/// A `tmux` first in the path that answers `setting` and records its arguments.
fn tmux_that_says(setting: &str, folder: &std::path::Path) -> &'static str {
    use std::os::unix::fs::PermissionsExt;
    let program = folder.join("tmux");
    let log = folder.join("log").display().to_string();
    let script = format!("#!/bin/sh\necho \"$@\" >> {log}\necho {setting}\n");
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    Box::leak(format!("{}:{path}", folder.display()).into_boxed_str())
}

#[test]
fn tmux_is_asked_through_only_where_it_allows_it_and_none_of_its_settings_change() {
    const NAME: (&str, &str) = ("\x1b[>q", "\x1bP>|tmux 3.4\x1b\\");
    const THROUGH: &str = "\x1bPtmux;\x1b\x1b_Gi=31";
    for (setting, asked) in [("off", false), ("on", true)] {
        let folder = tempfile::tempdir().unwrap();
        let inside = Terminal {
            environment: vec![
                ("TMUX", Some("/tmp/nowhere,1,0")),
                ("TERM", Some("tmux-256color")),
                ("PATH", Some(tmux_that_says(setting, folder.path()))),
            ],
            ..Terminal::answering(&[NAME])
        };
        let mut session = Session::with(&["--data", &data()], inside);
        session.wait_for("George W Bush");
        session.wait_until("the question", |session| {
            !asked || session.has_sent(THROUGH)
        });
        // tmux itself would take that for a title.
        assert_eq!(session.has_sent("_Gi=31"), asked);
        session.press("q");
        assert_eq!(session.ended(), 0);
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
        let only_asks = |line: &str| {
            ["show-options ", "display-message -p "]
                .iter()
                .any(|ask| line.starts_with(ask))
        };
        assert!(log.lines().all(only_asks), "{log}");
    }
}

/// No signal is sent here: the terminal is not the controlling one.
#[test]
fn a_terminal_that_goes_away_is_left_in_order() {
    let home = tempfile::tempdir().unwrap();
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let slave = || {
        let file = OpenOptions::new().read(true).write(true).open(&path);
        Stdio::from(file.unwrap())
    };
    let size = rustix::termios::Winsize {
        ws_row: 30,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    rustix::termios::tcsetwinsize(&master, size).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_lfw-tui"))
        .args(["--data", &data()])
        .env("LFW_TUI_HOME", home.path())
        .env("TERM", "xterm-256color")
        .stdin(slave())
        .stdout(slave())
        .stderr(slave())
        .spawn()
        .unwrap();
    let mut terminal = std::fs::File::from(master);
    let mut written = Vec::new();
    let mut buffer = [0; 65536];
    while !String::from_utf8_lossy(&written).contains("Browse") {
        let count = terminal.read(&mut buffer).unwrap();
        written.extend_from_slice(&buffer[..count]);
    }
    drop(terminal);
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < PATIENCE, "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(129), "{status}");
}
