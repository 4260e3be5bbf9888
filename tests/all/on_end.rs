//! The user's command `on-end`: run by the worker, once, whatever the end.

use lfw_tui::runs::{self, RunState, Status};

use super::names::Place;
use super::runs::until;

const TRAIN: [&str; 7] = [
    "train",
    "--data",
    "tiny",
    "--preset",
    "linear",
    "--code-size",
    "4",
];

/// Writes what the command is told into `told`, a line for each variable.
const TELL: &str = "env | grep ^LFW_TUI_ | sort >> told; echo . >> told";

/// The told values of one variable, one for each call.
fn told(place: &Place, variable: &str) -> Vec<String> {
    let text = std::fs::read_to_string(place.home.path().join("told")).unwrap_or_default();
    let start = format!("LFW_TUI_{variable}=");
    let values = text.lines().filter_map(|line| line.strip_prefix(&start));
    values.map(str::to_string).collect()
}

fn calls(place: &Place) -> usize {
    let text = std::fs::read_to_string(place.home.path().join("told")).unwrap_or_default();
    text.lines().filter(|line| *line == ".").count()
}

#[test]
fn a_run_in_the_foreground_tells_its_figures_when_it_has_finished() {
    let place = Place::new();
    let arguments = [&TRAIN[..], &["--epochs", "2", "--name", "it's", "--json"]].concat();
    let mut command = place.command(&arguments);
    let output = command.env("LFW_TUI_ON_END", TELL).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let run = runs::find(&place.paths(), "it's").unwrap();
    assert_eq!(calls(&place), 1);
    assert_eq!(told(&place, "RUN"), [run.id()]);
    assert_eq!(told(&place, "NAME"), ["it's"]);
    assert_eq!(told(&place, "STATE"), ["finished"]);
    assert_eq!(told(&place, "ERROR"), [""]);
    assert_eq!(told(&place, "EPOCHS"), ["2"]);
    assert_eq!(told(&place, "STEP"), told(&place, "STEPS"));
    let held_out: f64 = told(&place, "HELD_OUT")[0].parse().unwrap();
    assert_eq!(
        Some(held_out),
        Status::read(&run)
            .unwrap()
            .best
            .map(|best| best.held_out.mse)
    );
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        assert!(line.starts_with('{'), "{line}");
    }
}

#[test]
fn a_worker_in_the_background_tells_of_a_stop_and_yields_to_other_programs() {
    let place = Place::new();
    let arguments = [
        &TRAIN[..],
        &["--epochs", "100000", "--name", "long", "--detach"],
    ]
    .concat();
    let mut command = place.command(&arguments);
    assert!(
        command
            .env("LFW_TUI_ON_END", TELL)
            .status()
            .unwrap()
            .success()
    );
    let run = runs::find(&place.paths(), "long").unwrap();
    #[cfg(target_os = "linux")]
    {
        let id = Status::read(&run).unwrap().pid.unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
        // The niceness is the nineteenth field, the seventeenth after the name.
        let after_name = stat.rsplit_once(')').unwrap().1;
        assert_eq!(after_name.split_whitespace().nth(16), Some("10"));
    }
    place.ok(&["runs", "stop", "long"]);
    until("told", || calls(&place) == 1);
    assert_eq!(told(&place, "STATE"), ["stopped"]);
}

#[test]
fn a_failing_or_missing_command_is_told_and_changes_nothing() {
    let place = Place::new();
    for (command, said) in [
        (
            "echo to the notes; exit 3",
            "on-end: its command failed (exit code 3)",
        ),
        ("kill -9 $$", "on-end: its command failed (signal: 9"),
        (
            "no-such-program-anywhere",
            "on-end: its command failed (exit code 127)",
        ),
    ] {
        let arguments = [&TRAIN[..], &["--epochs", "1"]].concat();
        let mut program = place.command(&arguments);
        let output = program.env("LFW_TUI_ON_END", command).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(errors.contains(said), "{errors}");
        assert!(!String::from_utf8(output.stdout).unwrap().contains("notes"));
    }
}

#[test]
fn a_run_that_fails_tells_why_and_one_that_another_worker_has_tells_nothing() {
    let place = Place::new();
    let run = place.make("gone");
    // Its data is not there any more.
    let fails = |place: &Place| {
        let folder = run.path().display().to_string();
        let mut command = place.command(&["train", "--run-dir", &folder]);
        let output = command.env("LFW_TUI_ON_END", TELL).output().unwrap();
        assert!(!output.status.success(), "{output:?}");
    };
    fails(&place);
    assert_eq!(Status::read(&run).unwrap().state, RunState::Failed);
    assert_eq!(told(&place, "STATE"), ["failed"]);
    assert_ne!(told(&place, "ERROR"), [""]);
    let _lock = runs::lock::RunLock::acquire(&run).unwrap();
    fails(&place);
    assert_eq!(calls(&place), 1);
}
