//! The real program in a pseudo-terminal: what it shows, and that it restores the
//! terminal in every way out.

use std::time::{Duration, Instant};

use super::session::{PATIENCE, Session, Terminal};
use super::tui::stage::folder;

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
    // As many components as nine tenths of the 73 pictures determine.
    session.wait_for("PCA-65");
    session.press("k");
    session.wait_for("black rectangles");
    session.press("?");
    session.wait_for("Denoise keys");
    // Not Esc: with the key after it, it would be read as Alt and that key.
    session.press("?");
    session.press("q");
    session.ended();
}

#[test]
fn the_mouse_is_reported_and_given_back() {
    let folder = folder().display().to_string();
    let mut session = Session::start(&["--data", &folder]);
    session.wait_for("George W Bush");
    assert!(session.has_sent("\x1b[?1002h\x1b[?1006h"));
    session.press("\x1b[<0;12;1M\x1b[<0;12;1m");
    session.wait_for("no runs yet");
    // In pieces, and beyond any screen.
    for piece in ["\x1b[<", "0;3", ";1M", "\x1b[<0;4294967296;99999999999M"] {
        session.press(piece);
    }
    session.wait_for("people by count");
    session.press("\x0f");
    session.wait_until("the mouse is off", |session| {
        session.has_sent("\x1b[?1006l\x1b[?1002l")
    });
    session.press("q");
    session.ended();
}

/// This terminal does not answer, as on a slow line for a while.
#[test]
fn drawing_everything_again_waits_for_no_answer() {
    let folder = folder().display().to_string();
    let mut session = Session::with(&["--data", &folder], Terminal::mute());
    session.wait_for("George W Bush");
    session.press("\x0c");
    session.press("2");
    session.wait_for("no runs yet");
    // Longer than any answer is waited for.
    std::thread::sleep(Duration::from_millis(2500));
    session.press("3");
    session.wait_for("gaussian noise");
    session.press("q");
    session.ended();
}

#[test]
fn a_termination_gives_the_terminal_back() {
    // The exit codes of shells for a program that a signal ended.
    for (signal, code) in [
        (libc::SIGTERM, 143),
        (libc::SIGHUP, 129),
        (libc::SIGINT, 130),
    ] {
        let folder = folder().display().to_string();
        let session = Session::start(&["--data", &folder]);
        session.wait_for("1 Browse");
        session.signal(signal);
        assert_eq!(session.ended(), code);
    }
}

#[test]
fn an_idle_screen_writes_nothing() {
    let folder = folder().display().to_string();
    let mut session = Session::start(&["--data", &folder]);
    session.wait_for("rebuilt by PCA");
    // Everything after the first answers comes within moments; then nothing.
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
