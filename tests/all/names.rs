//! Which run a name means, which names a new run may have, and that a run that
//! cannot begin leaves nothing behind.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use lfw_tui::Error;
use lfw_tui::paths::Paths;
use lfw_tui::runs::{self, RunDir};
use lfw_tui::training::TrainSpec;

use crate::tiny;

/// A home with a folder of pictures, and the program in it.
pub struct Place {
    pub home: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        tiny::pictures(&home.path().join("tiny"));
        Self { home }
    }

    pub fn paths(&self) -> Paths {
        Paths::below(self.home.path())
    }

    pub fn make(&self, name: &str) -> RunDir {
        let spec = TrainSpec {
            name: name.into(),
            ..tiny::spec(1)
        };
        runs::create(&self.paths(), &spec).unwrap()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lfw-tui"));
        command
            .args(arguments)
            .env("LFW_TUI_HOME", self.home.path())
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command
    }

    pub fn call(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    pub fn folders(&self) -> usize {
        std::fs::read_dir(self.paths().runs()).map_or(0, |entries| {
            let shown = |name: &std::ffi::OsStr| !name.to_string_lossy().starts_with('.');
            entries
                .flatten()
                .filter(|entry| shown(&entry.file_name()))
                .count()
        })
    }
}

/// Ends a run's spec with what is no TOML.
fn spoil(run: &RunDir) {
    let file = run.spec_path();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text + "broken = [\n").unwrap();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_built_in_name_is_never_a_run_whose_name_begins_so() {
    let place = Place::new();
    let train = ["train", "--data", "tiny", "--preset", "pca", "--code-size"];
    let trained = place.ok(&[&train[..], &["12"]].concat());
    // The bare name is the built-in model's.
    assert!(trained.starts_with("pca-12-1 ("), "{trained}");
    let code_size = |name: &str| {
        let line = place.ok(&["eval", name, "--json"]);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        (value["code_size"].as_u64().unwrap(), value["id"].clone())
    };
    assert_eq!(code_size("pca-1"), (1, serde_json::Value::Null));
    assert_eq!(code_size("pca-12"), (12, serde_json::Value::Null));
    let run = runs::find(&place.paths(), "pca-12-1").unwrap();
    assert_eq!(code_size("pca-12-1"), (12, run.id().into()));
    assert_eq!(code_size(&run.id()), (12, run.id().into()));

    for kept in ["pca-3", "PCA-3", "sample-face", "Latest"] {
        let said = place.refused(&["train", "--preset", "pca", "--name", kept]);
        assert!(said.contains("choose another"), "{kept}: {said}");
    }
    // One that was called so before is reached by its id, and told of.
    let file = run.spec_path();
    let old = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, old.replace("pca-12-1", "pca-2")).unwrap();
    let output = place.call(&["eval", "pca-2", "--json"]);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains(&run.id()));
    assert_eq!(code_size("pca-2").0, 2);
    assert_eq!(code_size(&run.id()), (12, run.id().into()));
}

#[test]
fn a_run_that_cannot_be_read_never_stands_aside_for_another() {
    let place = Place::new();
    let (paths, c4, c48) = (place.paths(), place.make("c4"), place.make("c48"));
    // A prefix of both names is told; the whole name of one is that one.
    assert_eq!(runs::find(&paths, "c4").unwrap(), c4);
    spoil(&c4);
    for wanted in ["c4", "c"] {
        let problem = runs::find(&paths, wanted).unwrap_err().to_string();
        assert!(problem.contains("run.toml"), "{wanted}: {problem}");
        assert!(problem.contains(&c4.id()), "{wanted}: {problem}");
    }
    assert_eq!(runs::find(&paths, "c48").unwrap(), c48);
    assert_eq!(runs::find(&paths, &c48.id()).unwrap(), c48);
    let said = place.refused(&["runs", "remove", "c4"]);
    assert!(said.contains("run.toml"), "{said}");
    assert!(c4.path().exists() && c48.path().exists());
    // By its id it can be removed; then prefixes work again.
    place.ok(&["runs", "remove", &c4.id()]);
    assert!(!c4.path().exists() && c48.path().exists());
    assert_eq!(runs::find(&paths, "c4").unwrap(), c48);
}

#[test]
fn removal_wants_the_whole_name() {
    let place = Place::new();
    let run = place.make("faces-wide");
    let prefix_of_id = &run.id()[..4];
    for wanted in ["faces", "f", prefix_of_id, "latest", ""] {
        let said = place.refused(&["runs", "remove", wanted]);
        assert!(said.contains("run \""), "{wanted}: {said}");
        assert!(run.path().exists(), "{wanted}");
    }
    assert!(
        place
            .refused(&["runs", "remove", "faces"])
            .contains("faces-wide")
    );
    assert!(
        place
            .refused(&["runs", "remove", "latest"])
            .contains("faces-wide")
    );
    place.ok(&["runs", "remove", "faces-wide"]);
    assert!(!run.path().exists());
    let run = place.make("again");
    place.ok(&["runs", "remove", &run.folder_name()]);
    assert!(!run.path().exists());
}

#[test]
fn two_of_one_name_are_told_apart_by_their_folders() {
    let place = Place::new();
    let run = place.make("twin");
    let other = run
        .path()
        .with_file_name(format!("{}-copy", run.folder_name()));
    copy(run.path(), &other);
    let problem = runs::find(&place.paths(), "twin").unwrap_err().to_string();
    assert!(problem.contains(&run.folder_name()), "{problem}");
    assert!(problem.contains("-copy"), "{problem}");
    let said = place.refused(&["runs", "remove", "twin"]);
    assert!(said.contains("2 runs"), "{said}");
    assert_eq!(runs::find(&place.paths(), &run.folder_name()).unwrap(), run);
    assert_eq!(runs::find(&place.paths(), "copy").unwrap().path(), other);
}

#[test]
fn a_new_name_is_nobody_elses_name_or_id() {
    let place = Place::new();
    let run = place.make("Twin");
    let create = |name: &str| {
        let spec = TrainSpec {
            name: name.into(),
            ..tiny::spec(1)
        };
        runs::create(&place.paths(), &spec)
    };
    for taken in ["Twin", "twin", "TWIN", &run.id(), &run.folder_name()] {
        match create(taken) {
            Err(Error::Invalid { problem, .. }) => {
                assert!(problem.contains("taken by Twin"), "{taken}: {problem}");
            }
            other => panic!("{taken}: {other:?}"),
        }
    }
    assert_eq!(place.folders(), 1);
}

#[test]
fn of_many_started_together_one_gets_the_name() {
    let place = Place::new();
    let train = |name: &str| {
        let mut command = place.command(&["train", "--data", "tiny", "--preset", "pca"]);
        command.args(["--code-size", "3", "--name", name]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    // Imports the pictures, so that the others only have to open them.
    assert!(train("first").status().unwrap().success());
    let mut children: Vec<_> = (0..6).map(|_| train("twin").spawn().unwrap()).collect();
    let won = children
        .iter_mut()
        .map(|child| child.wait().unwrap())
        .filter(std::process::ExitStatus::success)
        .count();
    assert_eq!(won, 1);
    let names: Vec<String> = runs::list(&place.paths())
        .unwrap()
        .into_iter()
        .map(|run| run.name)
        .collect();
    assert_eq!(names, ["twin", "first"]);
    // Those without a name get different ones.
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let paths = place.paths();
            std::thread::spawn(move || {
                let run = runs::create(&paths, &tiny::spec(1)).unwrap();
                run.spec().unwrap().name
            })
        })
        .collect();
    let mut names: Vec<String> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 6);
}

#[test]
fn a_run_that_cannot_begin_leaves_nothing_and_keeps_no_name() {
    let place = Place::new();
    let train = ["train", "--data", "tiny", "--preset", "pca", "--name", "a"];
    for detach in [&[][..], &["--detach"]] {
        let more = ["--code-size", "3000", "--held-out", "0"];
        let said = place.refused(&[&train[..], &more, detach].concat());
        assert!(said.contains("determine"), "{said}");
        assert_eq!(place.folders(), 0);
        // Some of a grid cannot: none is made.
        let more = ["--grid", "code-size=2,3000"];
        place.refused(&[&train[..], &more, detach].concat());
        assert_eq!(place.folders(), 0);
    }
    // What shows only once the pictures are read.
    place.ok(&[&train[..], &["--code-size", "2"]].concat());
    let data = std::fs::read_dir(place.paths().datasets())
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.is_dir())
        .unwrap();
    remove_pictures(&data);
    for detach in [&[][..], &["--detach"]] {
        let line = ["train", "--preset", "linear", "--size", "48", "--name", "b"];
        place.refused(&[&line[..], detach].concat());
        assert_eq!(place.folders(), 1, "{detach:?}");
    }
}

fn remove_pictures(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let is_picture = path
            .extension()
            .is_some_and(|ending| ending == "jpg" || ending == "png");
        if path.is_dir() {
            remove_pictures(&path);
        } else if is_picture {
            std::fs::remove_file(path).unwrap();
        }
    }
}
