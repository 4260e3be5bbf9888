//! Runs written by other programs: with few files, with absurd values, with files
//! that cannot be read.

use std::path::Path;
use std::process::Command;

use lfw_tui::paths::Paths;
use lfw_tui::runs::{self, Follower, RunDir, RunState, RunSummary, SpecSummary, Status, export};
use serde_json::Value;

use crate::figures::{call, printed, refused, said};
use crate::tiny;

/// A run with these files.
fn foreign(home: &Path, name: &str, files: &[(&str, &str)]) -> RunDir {
    let folder = Paths::below(home)
        .runs()
        .join(format!("20260101T000000Z-{name}-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("run.toml"), format!("name = \"{name}\"\n")).unwrap();
    for (file, text) in files {
        std::fs::write(folder.join(file), text).unwrap();
    }
    RunDir::open(folder).unwrap()
}

#[test]
fn a_writer_in_twenty_lines_of_python_is_shown() {
    let text = include_str!("../../docs/run-directory.md");
    let writer = text.split("```python\n").nth(1).unwrap();
    let writer = writer.split("```").next().unwrap();
    let (home, paths) = tiny::home();
    let written = Command::new("python3")
        .args(["-c", writer])
        .arg(paths.runs())
        .output();
    let written = match written {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return println!("skipped: there is no python3 here");
        }
        written => written.unwrap(),
    };
    assert!(written.status.success(), "{}", said(&written.stderr));
    let list = printed(home.path(), &["runs"]);
    assert!(list.contains("mine") && list.contains("0.01250"), "{list}");
    assert!(
        list.contains("finished") && list.contains("100 %"),
        "{list}"
    );
    let shown = printed(home.path(), &["runs", "show", "mine"]);
    assert!(shown.contains("– · code – · –×–"), "{shown}");
    assert!(
        shown.contains("mse 0.012500 · PSNR 19.03 dB · SSIM –"),
        "{shown}"
    );
    let run = runs::find(&paths, "mine").unwrap();
    let follower = Follower::attach(run.clone()).unwrap();
    assert_eq!(follower.loss().len(), 100);
    assert_eq!(follower.problems(), [""; 0]);
    for arguments in [
        vec!["runs", "resume", "mine"],
        vec!["eval", "mine"],
        vec!["search", "mine", "nobody"],
    ] {
        let words = refused(home.path(), &arguments);
        assert!(words.contains("another program wrote it"), "{words}");
    }
    assert!(run.exists());
}

#[test]
fn a_run_with_only_a_name_has_no_made_up_values() {
    let home = tempfile::tempdir().unwrap();
    let run = foreign(home.path(), "bare", &[]);
    let summary = RunSummary::read(&run).unwrap();
    assert_eq!(
        (summary.name.as_str(), summary.state),
        ("bare", RunState::Unknown)
    );
    assert_eq!(summary.spec, SpecSummary::default());
    let shown = printed(home.path(), &["runs", "show", "bare"]);
    for line in [
        "epoch          –",
        "step           –",
        "data           –",
        "time           –",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    let json: Value = serde_json::from_str(&printed(home.path(), &["runs", "--json"])).unwrap();
    assert_eq!(
        (&json["model"], &json["size"]),
        (&Value::Null, &Value::Null)
    );
    // Without a status the state is unknown, not queued.
    let stopped = refused(home.path(), &["runs", "stop", "bare"]);
    assert!(stopped.contains("is unknown"), "{stopped}");
    // What the file does say is shown unchanged.
    let text = "name = \"bare\"\nmodel = \"transformer\"\nepochs = 4294967295\nbatch_size = 0\n\
                [data]\ntitle = \"faces\"\n[optimizer]\nlearning_rate = nan\n";
    std::fs::write(run.spec_path(), text).unwrap();
    let shown = printed(home.path(), &["runs", "show", "bare"]);
    assert!(
        shown.contains("transformer · code –") && shown.contains("faces"),
        "{shown}"
    );
    assert!(shown.contains("0 of 4,294,967,295"), "{shown}");
    assert_eq!(
        run.lenient_spec().settings["optimizer.learning_rate"],
        "nan"
    );
}

#[test]
fn no_file_can_say_that_its_worker_crashed() {
    let home = tempfile::tempdir().unwrap();
    let files = [("status.json", r#"{"state":"crashed","step":3}"#)];
    let run = foreign(home.path(), "liar", &files);
    let status = Status::read(&run).unwrap();
    assert_eq!((status.state, status.step), (RunState::Unknown, 3));
    assert_eq!(status.unreadable_fields.len(), 1);
}

#[test]
fn one_broken_file_hides_neither_its_run_nor_another() {
    let (home, paths) = tiny::home();
    let whole = r#"{"state":"finished","step":7,"held_out":{"pictures":3,"mse":0.03}}"#;
    foreign(home.path(), "whole", &[("status.json", whole)]);
    let broken = [
        ("state", "status.json", "{\"state\":"),
        ("words", "status.json", "[1, 2]"),
        ("spec", "run.toml", "name = \"never closed"),
        ("wish", "control.json", "pause"),
        (
            "rows",
            "metrics.jsonl",
            "no row\n{\"step\":-1}\n{\"step\":1,\"loss\":0.5}\n",
        ),
        ("face", "preview.safetensors", "not faces"),
    ];
    for (name, file, text) in broken {
        foreign(home.path(), name, &[("status.json", whole), (file, text)]);
    }
    let odd =
        r#"{"state":"finished","step":-1,"steps":1e300,"epoch":"last","seconds":null,"loss":0.5}"#;
    foreign(home.path(), "odd", &[("status.json", odd)]);
    assert_eq!(runs::list(&paths).unwrap().len(), 8);
    let output = call(home.path(), &["runs"]);
    assert!(output.status.success());
    let (list, notes) = (said(&output.stdout), said(&output.stderr));
    assert_eq!(list.lines().count(), 9, "{list}");
    for file in ["status.json", "run.toml", "control.json"] {
        assert!(notes.contains(file), "{file}: {notes}");
    }
    let shown = |name: &str| printed(home.path(), &["runs", "show", name]);
    assert!(
        shown("rows").contains("2 of its lines cannot be read"),
        "{}",
        shown("rows")
    );
    assert!(
        shown("face").contains("preview.safetensors"),
        "{}",
        shown("face")
    );
    assert!(shown("spec").contains("finished"), "{}", shown("spec"));
    let odd = shown("odd");
    for words in ["step: ", "steps: ", "epoch: ", "0.500000"] {
        assert!(odd.contains(words), "{words}: {odd}");
    }
    assert!(!shown("whole").contains("unreadable"));
}

#[test]
fn a_diverged_run_written_by_python_is_read() {
    let home = tempfile::tempdir().unwrap();
    let status = r#"{"state":"finished","diverged":true,"step":3,"steps":3,"loss":NaN,
        "held_out":{"pictures":3,"mse":Infinity,"psnr_db":-Infinity,"ssim":NaN},
        "best":{"step":1,"epoch":1,"held_out":{"pictures":3,"mse":null,"psnr_db":null,"ssim":null}},
        "seconds":1e300,"seconds_left":-1,"images_per_s":null}"#;
    let rows = "{\"step\": 1, \"loss\": 0.5}\n{\"step\": 2, \"loss\": NaN}\n\
                {\"step\": 3, \"loss\": Infinity}\n{\"step\":3,\"epoch\":1,\"held_out\":{\"mse\":NaN}}\n";
    let files = [("status.json", status), ("metrics.jsonl", rows)];
    let run = foreign(home.path(), "gone", &files);
    let list = printed(home.path(), &["runs"]);
    assert!(
        list.contains("diverged") && list.contains("not finite"),
        "{list}"
    );
    let shown = printed(home.path(), &["runs", "show", "gone"]);
    assert!(shown.contains("loss           not finite"), "{shown}");
    assert!(
        shown.contains("held-out now   not finite · 3 pictures"),
        "{shown}"
    );
    assert!(shown.contains("time           >999 d"), "{shown}");
    let json: Value =
        serde_json::from_str(&printed(home.path(), &["runs", "show", "gone", "--json"])).unwrap();
    assert_eq!(json["held_out"]["mse"], Value::Null);
    let csv = export::csv(&run).unwrap();
    assert_eq!(csv.content.lines().nth(2), Some("2,,,,,,,,,,"));
    assert_eq!(csv.omissions.values, 5);
    assert!(export::html(&run).unwrap().content.contains("not finite"));
    assert_eq!(export::events(&run).unwrap().omissions.values, 5);
}

#[test]
fn absurd_rows_of_the_metrics_can_be_exported() {
    let home = tempfile::tempdir().unwrap();
    let long = "x".repeat(3 << 20);
    let rows = format!(
        "{{\"step\":18446744073709551615,\"loss\":0.3}}\n{{\"step\":1,\"loss\":0.4}}\n\n\
         {{\"step\":1,\"loss\":0.4}}\n{{\"step\":1152921504606846976,\"loss\":1e308,\"lr\":-1e308}}\n\
         {{\"step\":2,\"loss\":\"low\"}}\n{{\"step\":3,\"loss\":1e-320,\"epoch\":4294967295}}\n\
         {{\"step\":4,\"detail\":\"{long}\"}}\n\
         {{\"step\":9,\"event\":\"finished\",\"time\":\"2026-01-01T00:00:00Z\"}}\n\
         {{\"step\":2,\"event\":\"noise\",\"time\":\"1999-01-01T00:00:00Z\"}}\n\
         {{\"step\":5,\"held_out\":{{\"mse\":-1e308,\"pictures\":18446744073709551615}}}}\n"
    );
    let run = foreign(home.path(), "wild", &[("metrics.jsonl", &rows)]);
    let csv = export::csv(&run).unwrap();
    assert!(
        csv.content.contains("\n1152921504606846976,,1e308,"),
        "{}",
        csv.content
    );
    assert!(
        csv.content.contains("\n3,4294967295,1e-320,"),
        "{}",
        csv.content
    );
    assert!(!csv.content.contains("inf") && !csv.content.contains("NaN"));
    assert_eq!(csv.omissions.lines, 2);
    let events = export::events(&run).unwrap();
    assert_eq!((events.omissions.lines, events.omissions.rows), (2, 1));
    assert_eq!(events.omissions.describe().unwrap().matches(',').count(), 2);
    let page = export::html(&run).unwrap().content;
    assert!(
        !page.contains("inf") && page.contains("Left out: 2 line(s)"),
        "{page}"
    );
    let follower = Follower::attach(run).unwrap();
    assert_eq!(follower.unread_lines(), 2);
    assert_eq!(follower.loss().step_range(), Some((u64::MAX, u64::MAX)));
    assert_eq!(follower.loss().skipped(), 4);
    assert!(
        follower
            .problems()
            .iter()
            .any(|words| words.contains("out of step order"))
    );
}

#[test]
fn an_endless_line_is_read_once_and_hides_no_other_line() {
    let home = tempfile::tempdir().unwrap();
    let run = foreign(
        home.path(),
        "long",
        &[("metrics.jsonl", &"y".repeat(5 << 20))],
    );
    let mut follower = Follower::attach(run.clone()).unwrap();
    assert_eq!(
        (follower.unread_lines(), follower.poll().metrics),
        (0, false)
    );
    let mut text = std::fs::read_to_string(run.metrics_path()).unwrap();
    text += "y\n{\"step\":1,\"loss\":0.5}\n";
    // Appended in place: the file stays the same one.
    std::fs::write(run.metrics_path(), text).unwrap();
    assert!(follower.poll().metrics);
    assert_eq!((follower.unread_lines(), follower.loss().len()), (1, 1));
}
