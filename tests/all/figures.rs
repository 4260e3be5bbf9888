//! Figures that are not finite, absurd, or not there: in every file of a run,
//! read by every command.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use lfw_tui::models::saved;
use lfw_tui::paths::Paths;
use lfw_tui::runs::worker::{self, Manner};
use lfw_tui::runs::{self, Follower, Phase, RunDir, RunSummary, State, Status, checkpoint, export};
use serde_json::{Value, json};

use crate::runs::{create, in_background};
use crate::tiny;

/// Calls the program with a home of its own.
fn call(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lfw-tui"))
        .args(arguments)
        .env("LFW_TUI_HOME", home)
        .output()
        .unwrap()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a call that succeeds prints.
fn printed(home: &Path, arguments: &[&str]) -> String {
    let output = call(home, arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        said(&output.stderr)
    );
    said(&output.stdout)
}

/// What a call that cannot be done says, in one line and with no result.
fn refused(home: &Path, arguments: &[&str]) -> String {
    let output = call(home, arguments);
    let words = said(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {words}");
    assert_eq!(said(&output.stdout), "", "{arguments:?}");
    words
}

/// A foreign run of these files.
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
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::below(home.path());
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
fn of_a_name_alone_nothing_is_made_up() {
    let home = tempfile::tempdir().unwrap();
    let run = foreign(home.path(), "bare", &[]);
    let summary = RunSummary::read(&run).unwrap();
    assert_eq!(
        (summary.name.as_str(), summary.state),
        ("bare", State::Unknown)
    );
    assert_eq!(
        (summary.model, summary.code_size, summary.noise),
        (None, None, None)
    );
    let shown = printed(home.path(), &["runs", "show", "bare"]);
    for line in [
        "epoch          –",
        "step           –",
        "data           –",
        "worked         –",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    let json: Value = serde_json::from_str(&printed(home.path(), &["runs", "--json"])).unwrap();
    assert_eq!(
        (&json["model"], &json["size"]),
        (&Value::Null, &Value::Null)
    );
    // What it does say is shown, in its own words.
    let text = "name = \"bare\"\nmodel = \"transformer\"\nepochs = 4294967295\nbatch_size = 0\n\
                [data]\ntitle = \"faces\"\n[optimizer]\nlearning_rate = nan\n";
    std::fs::write(run.spec_file(), text).unwrap();
    let shown = printed(home.path(), &["runs", "show", "bare"]);
    assert!(
        shown.contains("transformer · code –") && shown.contains("faces"),
        "{shown}"
    );
    assert!(shown.contains("0 of 4,294,967,295"), "{shown}");
    assert_eq!(run.outline().settings["optimizer.learning_rate"], "nan");
}

#[test]
fn one_broken_file_hides_neither_its_run_nor_another() {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::below(home.path());
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
    assert!(!shown("whole").contains("not read"));
}

#[test]
fn what_python_writes_of_a_run_that_diverged_is_read() {
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
    assert!(shown.contains("worked         >999 d"), "{shown}");
    let json: Value =
        serde_json::from_str(&printed(home.path(), &["runs", "show", "gone", "--json"])).unwrap();
    assert_eq!(json["held_out"]["mse"], Value::Null);
    let csv = export::csv(&run).unwrap();
    assert_eq!(csv.content.lines().nth(2), Some("2,,,,,,,,,,"));
    assert_eq!(csv.left_out.figures, 5);
    assert!(export::html(&run).unwrap().content.contains("not finite"));
    assert_eq!(export::events(&run).unwrap().left_out.figures, 5);
}

#[test]
fn no_row_of_the_metrics_is_too_absurd_to_export() {
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
    assert_eq!(csv.left_out.lines, 2);
    let events = export::events(&run).unwrap();
    assert_eq!((events.left_out.lines, events.left_out.rows), (2, 1));
    assert_eq!(events.left_out.in_words().unwrap().matches(',').count(), 2);
    let page = export::html(&run).unwrap().content;
    assert!(
        !page.contains("inf") && page.contains("Left out: 2 line(s)"),
        "{page}"
    );
    let follower = Follower::attach(run).unwrap();
    assert_eq!(follower.unread_lines(), 2);
    assert_eq!(follower.loss().span(), Some((u64::MAX, u64::MAX)));
    assert_eq!(follower.loss().skipped(), 4);
    assert!(
        follower
            .problems()
            .iter()
            .any(|words| words.contains("out of the steps' order"))
    );
}

#[test]
fn a_line_that_never_ends_is_read_once_and_costs_only_itself() {
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
    let mut text = std::fs::read_to_string(run.metrics_file()).unwrap();
    text += "y\n{\"step\":1,\"loss\":0.5}\n";
    // Appended in place: the file stays the same one.
    std::fs::write(run.metrics_file(), text).unwrap();
    assert!(follower.poll().metrics);
    assert_eq!((follower.unread_lines(), follower.loss().len()), (1, 1));
}

const FOREGROUND: Manner = Manner {
    detached: false,
    signals: false,
};

#[test]
fn a_run_that_ends_worse_than_the_mean_picture_has_diverged_and_goes_back() {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::below(home.path());
    let mut spec = tiny::spec(3);
    spec.name = "wild".to_string();
    spec.optimizer.learning_rate = 1.0;
    let run = create(&paths, spec);
    let train = || {
        worker::run_on(&run, &tiny::material(), FOREGROUND, &mut |_| ())
            .unwrap()
            .status
    };
    let status = train();
    assert!(
        status.diverged && status.state == Phase::Finished,
        "{status:?}"
    );
    let mean = status.mean_picture_mse.unwrap();
    assert!(status.held_out.unwrap().mse > mean && mean > 0.0);
    let list = printed(home.path(), &["runs"]);
    assert!(list.contains("  diverged  "), "{list}");
    let json: Value = serde_json::from_str(&printed(home.path(), &["runs", "--json"])).unwrap();
    assert_eq!(
        (&json["state"], &json["diverged"]),
        (&json!("finished"), &json!(true))
    );
    let words = refused(home.path(), &["runs", "resume", "wild"]);
    assert!(words.contains("--rollback"), "{words}");

    runs::spawn::prepare_resume(&run, Some(0.002), None, true).unwrap();
    assert_eq!(Status::read(&run).unwrap().state, Phase::Stopped);
    assert_eq!(checkpoint::all(&run).len(), 0, "none of them was good");
    let status = train();
    assert!(!status.diverged, "{status:?}");
    assert_eq!(status.held_out.unwrap().pictures, 16);
    assert!(
        refused(home.path(), &["runs", "resume", "wild", "--rollback"]).contains("is finished")
    );
    // Scores that no checkpoint of before can have are never the best.
    assert!(
        checkpoint::find_best(&run)
            .unwrap()
            .held_out
            .mse
            .is_finite()
    );
}

#[test]
fn a_short_run_has_not_diverged_by_having_learned_little() {
    let home = tempfile::tempdir().unwrap();
    let mut spec = tiny::spec(1);
    spec.optimizer.learning_rate = 1e-9;
    let run = create(&Paths::below(home.path()), spec);
    let ending = worker::run_on(&run, &tiny::material(), FOREGROUND, &mut |_| ()).unwrap();
    assert!(!ending.status.diverged, "{:?}", ending.status);
}

#[test]
fn the_command_that_trains_says_that_a_run_diverged() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("tiny");
    tiny::pictures(&data);
    let data = data.display().to_string();
    let common = [
        "train",
        "--preset",
        "linear",
        "--data",
        &data,
        "--code-size",
        "4",
        "--epochs",
        "2",
    ];
    let with = |more: &[&str]| call(home.path(), &[&common, more].concat());
    let diverged = with(&["--lr", "1", "--name", "bad"]);
    assert_eq!(diverged.status.code(), Some(1));
    assert!(said(&diverged.stdout).contains("diverged: best held-out mse"));
    let words = said(&diverged.stderr);
    assert!(
        words.contains("the mean picture's is 0.0") && words.contains("--rollback"),
        "{words}"
    );
    let broken = with(&["--lr", "1e9", "--name", "worse"]);
    assert_eq!(broken.status.code(), Some(1));
    let list = printed(home.path(), &["runs"]);
    assert!(list.contains("bad") && list.contains("worse"), "{list}");
    printed(home.path(), &["runs", "show", "worse"]);
    for format in ["--csv", "--report"] {
        let file = home.path().join(format!("worse{format}"));
        printed(
            home.path(),
            &["runs", "export", "worse", format, file.to_str().unwrap()],
        );
    }
    let resumed = [
        "runs",
        "resume",
        "worse",
        "--rollback",
        "--lr",
        "0.002",
        "--foreground",
    ];
    assert!(printed(home.path(), &resumed).contains("finished: held-out mse 0.0"));
}

#[test]
fn a_perfect_score_is_told_as_such() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("black");
    for person in 0..10 {
        let folder = data.join(format!("P{person}"));
        std::fs::create_dir_all(&folder).unwrap();
        image::RgbImage::new(40, 40)
            .save(folder.join("a.png"))
            .unwrap();
    }
    let data = data.display().to_string();
    let train = [
        "train",
        "--preset",
        "pca",
        "--data",
        &data,
        "--code-size",
        "2",
        "--name",
        "exact",
    ];
    assert!(printed(home.path(), &train).contains("mse 0.00000, PSNR ∞ dB, SSIM 1.0000"));
    assert!(printed(home.path(), &["runs"]).contains("0.00000"));
    let shown = printed(home.path(), &["runs", "show", "exact"]);
    assert!(shown.contains("mse 0.000000 · PSNR ∞ dB"), "{shown}");
    assert!(printed(home.path(), &["eval", "exact"]).contains("PSNR ∞ dB"));
    let json: Value =
        serde_json::from_str(&printed(home.path(), &["eval", "exact", "--json"])).unwrap();
    assert_eq!(
        (&json["mse"], &json["psnr_db"]),
        (&json!(0.0), &Value::Null)
    );
    let page = home.path().join("page.html");
    printed(
        home.path(),
        &[
            "runs",
            "export",
            "exact",
            "--report",
            page.to_str().unwrap(),
        ],
    );
    assert!(std::fs::read_to_string(page).unwrap().contains("∞ dB"));
}

/// Puts one number into a saved model's first weight.
fn spoil(folder: &Path, value: f32) {
    let file = folder.join(saved::WEIGHTS_FILE);
    let device = candle_core::Device::Cpu;
    let mut weights: Vec<_> = candle_core::safetensors::load(&file, &device)
        .unwrap()
        .into_iter()
        .collect();
    weights.sort_by(|a, b| a.0.cmp(&b.0));
    let first = &weights[0].1;
    let mut values = first.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    values.fill(value);
    weights[0].1 = candle_core::Tensor::from_vec(values, first.dims(), &device).unwrap();
    saved::write_tensors(&file, &weights).unwrap();
}

#[test]
fn a_model_that_is_not_finite_gives_no_figures_and_no_pictures() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("tiny");
    tiny::pictures(&data);
    let data = data.display().to_string();
    let train = [
        "train",
        "--preset",
        "linear",
        "--data",
        &data,
        "--code-size",
        "4",
        "--epochs",
        "1",
        "--name",
        "m",
    ];
    printed(home.path(), &train);
    let folder: PathBuf = runs::find(&Paths::below(home.path()), "m")
        .unwrap()
        .model()
        .unwrap();
    let picture = home.path().join("made.png");
    let out = picture.to_str().unwrap();
    // A weight that is no number, and weights of which every product is infinite.
    for value in [f32::NAN, 3e38] {
        spoil(&folder, value);
        for arguments in [
            vec!["eval", "m"],
            vec!["eval", "m", "--json"],
            vec![
                "eval",
                "m",
                "--against",
                "classical",
                "--noise",
                "gaussian:0.1",
            ],
            vec!["search", "m", "Some_Body_0001"],
            vec!["denoise", "m", "Some_Body_0001", "-o", out],
            vec!["morph", "m", "Some_Body_0001", "Some_Body_0002", "-o", out],
            vec!["sample", "m", "-o", out],
        ] {
            let words = refused(home.path(), &arguments);
            assert!(words.contains("diverged"), "{arguments:?}: {words}");
        }
        assert!(!picture.exists());
    }
    let small = home.path().join("small");
    let words = refused(
        home.path(),
        &["runs", "export", "m", "--model", small.to_str().unwrap()],
    );
    assert!(words.contains("half precision"), "{words}");
}

#[test]
fn a_checkpoint_without_a_finite_error_is_read_and_never_the_best() {
    let home = tempfile::tempdir().unwrap();
    let run = create(&Paths::below(home.path()), tiny::spec(2));
    in_background(&run, &tiny::material(), Duration::ZERO)
        .join()
        .unwrap()
        .unwrap();
    let all = checkpoint::all(&run);
    let file = all[0].path.join("run.json");
    let mut record: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    record["held_out"]["mse"] = Value::Null;
    record["seconds"] = Value::Null;
    std::fs::write(&file, record.to_string()).unwrap();
    assert!(!all[0].record().unwrap().held_out.unwrap().is_finite());
    assert_eq!(checkpoint::find_best(&run).unwrap().step, all[1].step);
}
