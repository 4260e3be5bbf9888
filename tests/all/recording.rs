//! Recording a session, and drawing it without a terminal.

use std::path::Path;
use std::process::{Command, Output};

use super::session::{Session, Terminal};
use super::tui::stage::folder;

fn replay(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_lfw-tui"))
        .arg("replay")
        .args(arguments)
        .env("LFW_TUI_HOME", home.path())
        .output()
        .unwrap()
}

fn problem(arguments: &[&str]) -> String {
    let output = replay(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn picture(path: &Path) -> image::RgbImage {
    image::open(path).unwrap().to_rgb8()
}

/// Of this recording, the last frame.
fn last_frame(recording: &str) -> image::RgbImage {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.png");
    let done = replay(&[recording, "-o", path.to_str().unwrap()]);
    assert!(done.status.success(), "{done:?}");
    picture(&path)
}

/// A terminal that shows pictures by this protocol, with cells of 8 by 16 pixels.
fn terminal(attributes: &'static str) -> Terminal {
    Terminal::answering(&[("\x1b[c", attributes), ("\x1b[16t", "\x1b[6;16;8t")])
}

/// Pictures are painted where they were shown, by every protocol: the faces of the stage have a
/// blue of 90.
#[test]
fn a_session_is_recorded_and_drawn() {
    let folder = folder().display().to_string();
    let work = tempfile::tempdir().unwrap();
    let at = |name: &str| work.path().join(name).display().to_string();
    for graphics in ["kitty", "sixel", "iterm2", "halfblocks"] {
        let recording = at(&format!("{graphics}.cast"));
        let arguments = [
            "--data",
            &folder,
            "--graphics",
            graphics,
            "--theme",
            "dark",
            "--cell-size",
            "8x16",
            "--record",
            &recording,
        ];
        let mut session = Session::with(&arguments, terminal("\x1b[?62;22c"));
        session.wait_for("George W Bush");
        session.wait_for("rebuilt by PCA");
        session.press("?");
        session.wait_for("Browse keys");
        session.press("?");
        session.wait_until("no help", |session| !session.text().contains("Browse keys"));
        session.press("q");
        session.ended();
        let frame = last_frame(&recording);
        assert_eq!(frame.dimensions(), (800, 480), "{graphics}");
        let is_face = |pixel: &&image::Rgb<u8>| {
            pixel.0[2].abs_diff(90) < 6 && pixel.0[0].abs_diff(10) % 40 < 6
        };
        let faces = frame.pixels().filter(is_face).count();
        assert!(faces > 20_000, "{graphics}: {faces}");
    }
    let recording = at("sixel.cast");
    for (name, options) in [
        ("a.gif", &[][..]),
        ("a.svg", &[]),
        ("first.png", &["--frame", "1"]),
        ("early.png", &["--at", "0"]),
        ("small.png", &["--small"]),
        ("frames", &[]),
    ] {
        let done = replay(&[&[recording.as_str(), "-o", &at(name)], options].concat());
        assert!(done.status.success(), "{done:?}");
        let again = problem(&[&[recording.as_str(), "-o", &at(name)], options].concat());
        assert!(again.contains("already exists"), "{again}");
    }
    assert_eq!(
        std::fs::read(at("first.png")).unwrap(),
        std::fs::read(at("early.png")).unwrap()
    );
    let svg = std::fs::read_to_string(at("a.svg")).unwrap();
    assert!(svg.contains("George W Bush</text>") || svg.contains("George W Bush"));
    assert!(svg.contains("<image ") && svg.ends_with("</svg>\n"));
    let frames = std::fs::read_dir(at("frames")).unwrap().count();
    assert!(frames >= 3, "{frames}");
    let problem = problem(&[&recording, "-o", &at("b.png"), "--frame", "100000"]);
    assert!(problem.contains(" frames, and --frame asks"), "{problem}");
}

#[test]
fn a_recording_is_never_written_over_and_a_killed_session_leaves_one() {
    let folder = folder().display().to_string();
    let work = tempfile::tempdir().unwrap();
    let recording = work.path().join("a.cast").display().to_string();
    let arguments = [
        "--data",
        &folder,
        "--graphics",
        "halfblocks",
        "--record",
        &recording,
    ];
    let session = Session::with(&arguments, Terminal::plain());
    session.wait_for("George W Bush");
    session.signal(libc::SIGKILL);
    drop(session);
    let before = std::fs::read(&recording).unwrap();
    last_frame(&recording);
    // It ends within an event.
    std::fs::write(&recording, &before[..before.len() - 1]).unwrap();
    let cut = work.path().join("cut.png").display().to_string();
    let done = replay(&[&recording, "-o", &cut]);
    assert!(done.status.success());
    assert!(
        String::from_utf8_lossy(&done.stderr).contains("cut off"),
        "{done:?}"
    );
    // The next one names another file.
    let again = Command::new(env!("CARGO_BIN_EXE_lfw-tui"))
        .args(["replay", "x", "-o", &cut])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&again.stderr).contains("already exists"));
}

#[test]
fn what_is_no_recording_is_named() {
    let work = tempfile::tempdir().unwrap();
    let at = |name: &str| work.path().join(name).display().to_string();
    let output = at("a.png");
    for (text, expected) in [
        ("", "no recording"),
        ("a face\n", "no recording"),
        ("{\"version\":3}\n", "version 3"),
        (
            "{\"version\":2,\"width\":80,\"height\":24,\"lfw-tui\":7}\n",
            "newer",
        ),
        (
            "{\"version\":2,\"width\":80,\"height\":24,\"lfw-tui\":1}\n",
            "no whole frame",
        ),
        (
            "{\"version\":2,\"width\":80,\"height\":24}\n[1,\"o\"]\n",
            "line 2",
        ),
    ] {
        std::fs::write(at("a.cast"), text).unwrap();
        let problem = problem(&[&at("a.cast"), "-o", &output]);
        assert!(problem.contains(expected), "{text:?}: {problem}");
    }
    let missing = problem(&[&at("none.cast"), "-o", &output]);
    assert!(missing.contains("none.cast"), "{missing}");
    // One of another program, without marks of frames and with sizes beyond all bounds.
    let foreign = "{\"version\":2,\"width\":65535,\"height\":65535}\n[0.5,\"o\",\"hello\"]\n";
    std::fs::write(at("a.cast"), foreign).unwrap();
    let nowhere = problem(&[&at("a.cast"), "-o", "/nowhere/at/all/a.png"]);
    assert!(nowhere.contains("/nowhere"), "{nowhere}");
    let usage = problem(&[&at("a.cast"), "-o", &at("a.jpg")]);
    assert!(usage.contains("NAME.gif"), "{usage}");
    let usage = problem(&[&at("a.cast"), "-o", &at("a.gif"), "--at", "1"]);
    assert!(usage.contains("--at"), "{usage}");
}
