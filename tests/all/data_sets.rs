//! `lfw-tui data`: what it lists, and that nothing is removed by mistake.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::cli::program;
use super::tui::stage::folder;

fn run(home: &Path, args: &[&str]) -> Output {
    program(home, args).output().unwrap()
}

fn rows(home: &Path, args: &[&str]) -> Vec<Value> {
    let output = run(home, args);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn problem(home: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = run(home, args);
    assert!(output.stdout.is_empty(), "{output:?}");
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn data_sets_are_listed_shown_and_removed_by_their_exact_names() {
    let at = tempfile::tempdir().unwrap();
    let home = at.path();
    let before = rows(home, &["data", "--json"]);
    assert_eq!(before.len(), 1);
    assert_eq!(
        (&before[0]["is_sample"], &before[0]["opens"]),
        (&true.into(), &true.into())
    );
    let people = home.join("some people");
    std::fs::create_dir(&people).unwrap();
    for name in ["Ann_Lee", "Laura_Bush"] {
        let copy = people.join(name);
        std::fs::create_dir(&copy).unwrap();
        for file in std::fs::read_dir(folder().join(name)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }
    }
    let imported = rows(home, &["import", people.to_str().unwrap(), "--json"]);
    let id = imported[0]["id"].as_str().unwrap();
    let all = rows(home, &["data", "list", "--json"]);
    assert_eq!(all.len(), 2);
    assert_eq!(
        (&all[0]["id"], &all[0]["opens"]),
        (&id.into(), &true.into())
    );
    assert_eq!(
        (&all[0]["people"], &all[0]["pictures"]),
        (&2.into(), &15.into())
    );
    assert!(all[0]["bytes"].as_u64().unwrap() > 1000);
    let shown = &rows(home, &["data", "show", id, "--json"])[0];
    assert_eq!(
        shown["sources"][0],
        people.canonicalize().unwrap().to_str().unwrap()
    );

    // Part of a name, no terminal to ask on, and the sample.
    let (code, text) = problem(home, &["data", "remove", "some", "--yes"]);
    assert!(
        code == Some(1) && text.contains("did you mean some"),
        "{text}"
    );
    let (code, text) = problem(home, &["data", "remove", id]);
    assert!(code == Some(2) && text.contains("--yes"), "{text}");
    let (code, text) = problem(home, &["data", "remove", "sample", "--yes"]);
    assert!(
        code == Some(1) && text.contains("part of the program"),
        "{text}"
    );
    assert_eq!(rows(home, &["data", "--json"]).len(), 2);

    let removed = rows(home, &["data", "remove", id, "--yes", "--json"]);
    assert_eq!(removed[0]["id"], id);
    assert_eq!(rows(home, &["data", "--json"]), before);
    assert!(people.join("Ann_Lee/Ann_Lee_0001.png").exists());
}

#[test]
fn a_data_set_that_a_run_waits_for_stays() {
    let at = tempfile::tempdir().unwrap();
    let home = at.path();
    let imported = rows(home, &["import", folder().to_str().unwrap(), "--json"]);
    let id = imported[0]["id"].as_str().unwrap();
    let trained = run(
        home,
        &[
            "train",
            "--preset",
            "pca",
            "--code-size",
            "4",
            "--name",
            "small",
        ],
    );
    assert!(trained.status.success(), "{trained:?}");
    let shown = &rows(home, &["data", "show", id, "--json"])[0];
    assert_eq!(shown["runs"][0], "small");
    // As if it had not begun.
    let runs = std::fs::read_dir(home.join("data/runs")).unwrap();
    let folders: Vec<_> = runs.map(|entry| entry.unwrap().path()).collect();
    let status = folders.iter().map(|run| run.join("status.json"));
    let status = status.into_iter().find(|file| file.exists()).unwrap();
    let finished = std::fs::read_to_string(&status).unwrap();
    std::fs::write(&status, finished.replace("\"finished\"", "\"queued\"")).unwrap();
    let (_, text) = problem(home, &["data", "remove", id, "--yes"]);
    assert!(text.contains("the run small is queued"), "{text}");
    std::fs::write(&status, finished).unwrap();
    rows(home, &["data", "remove", id, "--yes", "--json"]);
    // The run is still there; what it cannot do says why.
    assert_eq!(rows(home, &["runs", "--json"]).len(), 1);
    let (_, text) = problem(home, &["eval", "small"]);
    assert!(text.contains("import the same pictures again"), "{text}");
}
