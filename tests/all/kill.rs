//! After SIGKILL at any moment, a resumed run ends like an uninterrupted one.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use lfw_tui::rng::{Purpose, generator};
use lfw_tui::runs::{self, Follower, RunDir, RunState, Status};
use rand::RngExt;

use crate::names::Place;

/// How often the worker is killed; `LFW_TUI_KILLS` sets a larger number.
const KILLS: u32 = 12;

impl Place {
    fn output(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output
    }

    fn train(&self, name: &str, more: &[&str]) -> Vec<String> {
        let data = self.home.path().join("tiny").display().to_string();
        let fixed = [
            "train",
            "--preset",
            "linear",
            "--code-size",
            "8",
            "--noise",
            "gaussian:0.1",
            "--batch-size",
            "8",
            "--seed",
            "3",
            "--data",
            &data,
            "--name",
            name,
        ];
        fixed
            .iter()
            .chain(more)
            .map(|word| (*word).to_string())
            .collect()
    }

    fn run(&self, name: &str) -> RunDir {
        runs::find(&self.paths(), name).unwrap()
    }
}

fn words(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
// Every child is waited for: by `kill`, or in `wait_until_over`.
#[allow(clippy::zombie_processes)]
fn killed_runs_end_with_the_weights_of_the_uninterrupted_one() {
    let place = Place::new();
    let kills = std::env::var("LFW_TUI_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    // Long enough for all the kills: about five hit the run in 40 epochs.
    let times = kills.div_ceil(4);
    let epochs = (40 * times).to_string();
    let epochs = ["--epochs", epochs.as_str()];
    let began = Instant::now();
    place.output(&words(&place.train("whole", &epochs)));
    let lasted = began.elapsed() / times;

    let mut rng = generator(7, Purpose::Variation, 0, 0);
    let mut first = place.command(&words(&place.train("killed", &epochs)));
    let mut child = first.stdout(Stdio::null()).spawn().unwrap();
    let (mut killed, mut finished) = (0, 0);
    while killed < kills {
        // From before the first step to well into training.
        let share = rng.random_range(0.0..0.5);
        std::thread::sleep(lasted.mul_f64(share));
        let over = child.try_wait().unwrap().is_some();
        kill(child);
        killed += 1;
        let Ok(run) = runs::find(&place.paths(), "killed") else {
            // Killed before the run was created: start over.
            child = first.spawn().unwrap();
            continue;
        };
        let state = Status::read(&run).unwrap().state(&run);
        if over {
            assert_eq!(state, RunState::Finished);
            finished += 1;
            break;
        }
        assert!(
            state.is_resumable() || state == RunState::Finished,
            "{state}"
        );
        if state == RunState::Finished {
            break;
        }
        if killed == kills {
            break; // the rest is trained below
        }
        let mut resume = place.command(&["runs", "resume", "killed", "--foreground"]);
        child = resume.stdout(Stdio::null()).spawn().unwrap();
    }
    println!("killed {killed} times, finished {finished} times in between");
    wait_until_over(&place, "killed");

    let (whole, killed) = (place.run("whole"), place.run("killed"));
    for file in ["model.safetensors", "optimizer.safetensors"] {
        let file_of = |run: &RunDir| runs::checkpoint::latest(run).unwrap().path.join(file);
        assert!(
            bytes(&file_of(&whole)) == bytes(&file_of(&killed)),
            "{file} differs"
        );
    }
    let curves = [whole, killed].map(|run| Follower::attach(run).unwrap());
    assert_eq!(curves[0].loss().buckets(), curves[1].loss().buckets());
    assert_eq!(curves[0].held_out(), curves[1].held_out());
}

/// Resumes a run until it is finished.
fn wait_until_over(place: &Place, name: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let run = place.run(name);
        let state = Status::read(&run).unwrap().state(&run);
        match state {
            RunState::Finished => return,
            state if state.is_resumable() => {
                place.output(&["runs", "resume", name, "--foreground"]);
            }
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
        assert!(Instant::now() < deadline, "{state}");
    }
}

#[test]
fn a_detached_run_outlives_a_hang_up_and_stops_on_request() {
    let place = Place::new();
    let output = place.output(&words(
        &place.train("away", &["--epochs", "1000000", "--detach", "--json"]),
    ));
    let started: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let pid = started["pid"].as_i64().unwrap();
    assert_eq!(started["state"], "running");
    let run = place.run("away");
    let raw = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    // It has its own session, so that closing the terminal does not end it.
    assert_eq!(rustix::process::getsid(Some(raw)).unwrap(), raw);
    let status = || Status::read(&run).unwrap();
    until(|| status().step > 0);
    rustix::process::kill_process(raw, rustix::process::Signal::HUP).unwrap();
    let before = status().step;
    until(|| status().step > before);

    let output = place.output(&["runs", "pause", "away", "--json"]);
    let paused: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(paused["state"], "paused");
    let refused = place.command(&["runs", "remove", "away"]).output().unwrap();
    assert!(!refused.status.success());
    place.output(&["runs", "resume", "away"]);
    until(|| status().state == runs::RunState::Running);
    place.output(&["runs", "stop", "away"]);
    until(|| status().state(&run) == RunState::Stopped);
    assert_eq!(status().checkpoint, Some(status().step));

    place.output(&["runs", "remove", "away"]);
    assert!(place.output(&["runs", "--json"]).stdout.is_empty());
}

#[test]
fn ctrl_c_saves_and_says_so_by_its_exit_code() {
    let place = Place::new();
    let mut command = place.command(&words(
        &place.train("cut", &["--epochs", "1000000", "--json"]),
    ));
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until(|| runs::find(&place.paths(), "cut").is_ok());
    let run = place.run("cut");
    until(|| Status::read(&run).unwrap().step > 0);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["state"], "stopped");
    assert_eq!(last["checkpoint"], last["step"]);
    assert_eq!(last["run"].as_str().unwrap(), run.id());
    for line in text.lines() {
        let _: serde_json::Value = serde_json::from_str(line).unwrap();
    }
}

#[test]
fn a_run_under_nohup_outlives_a_hang_up() {
    let place = Place::new();
    let mut command = Command::new("nohup");
    let arguments = place.train("kept", &["--epochs", "1000000", "--json"]);
    let child = command
        .arg(env!("CARGO_BIN_EXE_lfw-tui"))
        .args(&arguments)
        .env("LFW_TUI_HOME", place.home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(child) = child else {
        return println!("skipped: there is no nohup here");
    };
    until(|| runs::find(&place.paths(), "kept").is_ok());
    let run = place.run("kept");
    let status = || Status::read(&run).unwrap();
    until(|| status().step > 0);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    let before = status().step;
    until(|| status().step > before);
    place.output(&["runs", "stop", "kept"]);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

fn until(mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !done() {
        assert!(Instant::now() < deadline, "it never came to that");
        std::thread::sleep(Duration::from_millis(10));
    }
}
