//! The log: which processes write it, what `LFW_TUI_LOG` does, and where the
//! doctor finds it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use lfw_tui::runs::{self, Status};

use crate::cli::program;
use crate::names::Place;
use crate::runs::until;

fn log(home: &Path) -> String {
    std::fs::read_to_string(home.join("state/lfw-tui.log")).unwrap_or_default()
}

fn with_level(home: &Path, level: &str, arguments: &[&str]) -> Command {
    let mut command = program(home, arguments);
    command.env("LFW_TUI_LOG", level);
    command
}

#[test]
fn the_command_and_its_worker_write_one_log() {
    let place = Place::new();
    let arguments = [
        "train", "--data", "tiny", "--preset", "linear", "--epochs", "1", "--name", "logged",
        "--detach",
    ];
    let output = place.command(&arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let run = runs::find(&place.paths(), "logged").unwrap();
    until("the run has ended", || {
        Status::read(&run).is_ok_and(|status| status.seconds_left == Some(0.0))
    });
    let ended = format!("run {} ended", run.id());
    until("the worker has said so", || {
        log(place.home.path()).contains(&ended)
    });
    let text = log(place.home.path());
    let processes: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    assert!(processes.len() >= 2, "{text}");
    for part in ["--name logged", "started a worker", "on cpu"] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn the_level_decides_what_is_logged() {
    let home = tempfile::tempdir().unwrap();
    let failing = ["runs", "show", "nothing-of-this-name"];
    let status = |level: &str| {
        let output = with_level(home.path(), level, &failing).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    assert_eq!(status("off").0, Some(1));
    assert!(!home.path().join("state").exists(), "nothing was logged");
    assert_eq!(status("warn").0, Some(1));
    let text = log(home.path());
    assert!(text.contains("nothing-of-this-name"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    // A slip is named, and nothing is done.
    let (code, said) = status("loud=very");
    assert_eq!(code, Some(1));
    assert!(
        said.contains("LFW_TUI_LOG") && said.contains("debug"),
        "{said}"
    );
}

#[test]
fn the_doctor_says_where_the_log_is() {
    let home = tempfile::tempdir().unwrap();
    let found = |level: &str| {
        let output = with_level(home.path(), level, &["doctor"])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let path = home.path().join("state/lfw-tui.log");
    assert!(found("debug").contains(&format!("{} (debug)", path.display())));
    assert!(found("loud=very").contains("is not a level"));
}
