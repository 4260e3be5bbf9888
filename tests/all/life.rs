//! The life of a run as the shell sees it: closed pipes, missing data, messages of
//! resuming.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use lfw_tui::runs::{self, RunDir, RunState, Status};

use crate::names::Place;
use crate::runs::until;

/// The exit code that a shell gives for a program that SIGPIPE ended.
const SIGPIPE: Option<i32> = Some(141);

const LONG: [&str; 8] = [
    "train", "--data", "tiny", "--preset", "linear", "--epochs", "100000", "--name",
];

fn status(run: &RunDir) -> Status {
    Status::read(run).unwrap()
}

#[test]
fn a_reader_that_leaves_stops_the_run_with_a_checkpoint() {
    let place = Place::new();
    let mut command = place.command(&[&LONG[..], &["piped", "--json"]].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    assert!(line.starts_with('{'), "{line}");
    drop(output);
    let mut said = String::new();
    let mut errors = child.stderr.take().unwrap();
    errors.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), SIGPIPE, "{said}");
    assert_eq!(said, "");
    let run = runs::find(&place.paths(), "piped").unwrap();
    let status = status(&run);
    assert_eq!(status.state, RunState::Stopped);
    assert!(status.step > 0);
    assert_eq!(status.checkpoint, Some(status.step));
}

#[test]
fn other_commands_end_without_a_word_when_nobody_reads() {
    let place = Place::new();
    place.make("one");
    for arguments in [
        &["runs"][..],
        &["runs", "show", "one"],
        &["completions", "zsh"],
    ] {
        let mut command = place.command(arguments);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdout(writer).stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(output.status.code(), SIGPIPE, "{arguments:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_a_full_disk_refuses_is_told_and_the_run_goes_on() {
    let place = Place::new();
    let short = ["train", "--data", "tiny", "--preset", "linear", "--json"];
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = place.command(&[&short[..], &["--epochs", "2", "--name", "full"]].concat());
    let output = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("standard output"), "{said}");
    let run = runs::find(&place.paths(), "full").unwrap();
    assert_eq!(status(&run).state, RunState::Finished);
}

/// A run in the background that has begun to train.
fn stepping(place: &Place, name: &str) -> RunDir {
    place.ok(&[&LONG[..], &[name, "--detach"]].concat());
    let run = runs::find(&place.paths(), name).unwrap();
    until("stepping", || status(&run).step > 0);
    run
}

#[test]
fn a_resume_says_what_happens() {
    let place = Place::new();
    let run = stepping(&place, "long");
    for _ in 0..3 {
        // Right after one another: the ending worker is not mistaken for a running one.
        place.ok(&["runs", "stop", "long"]);
        assert_eq!(status(&run).state(&run), RunState::Stopped);
        let said = place.ok(&["runs", "resume", "long"]);
        assert!(said.contains("trains in the background"), "{said}");
        assert_eq!(status(&run).state(&run), RunState::Running);
    }
    place.ok(&["runs", "stop", "long"]);
    let before = status(&run);
    for entry in std::fs::read_dir(place.paths().datasets())
        .unwrap()
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        }
    }
    let said = place.refused(&["runs", "resume", "long"]);
    assert!(said.contains("data set tiny"), "{said}");
    assert!(said.contains("import"), "{said}");
    assert_eq!(status(&run), before);
    // A new run does not silently use other faces either.
    let said = place.refused(&["train", "--preset", "linear", "--epochs", "1"]);
    assert!(
        said.contains("used last") && said.contains("sample"),
        "{said}"
    );
    assert_eq!(place.folders(), 1);
    let said = place.refused(&["eval", "pca-4"]);
    assert!(said.contains("used last"), "{said}");
}

#[test]
fn a_run_that_crashed_under_another_host_name_is_resumed() {
    let place = Place::new();
    let run = stepping(&place, "moved");
    place.ok(&["runs", "stop", "moved"]);
    let mut crashed = status(&run);
    crashed.state = RunState::Running;
    crashed.host = Some("a-container-of-yesterday".into());
    crashed.write(&run).unwrap();
    place.ok(&["runs", "resume", "moved"]);
    assert_eq!(status(&run).state(&run), RunState::Running);
    assert_eq!(status(&run).host, Some(runs::hostname()));
    place.ok(&["runs", "stop", "moved"]);
}
