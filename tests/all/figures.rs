//! Figures that are not finite: of runs and models that diverged, and of a perfect score.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use lfw_tui::models::model_file;
use lfw_tui::paths::Paths;
use lfw_tui::runs::observer::WorkerOptions;
use lfw_tui::runs::worker;
use lfw_tui::runs::{self, RunState, Status, checkpoint};
use serde_json::{Value, json};

use crate::runs::{create, in_background};
use crate::tiny;

/// Calls the program with a home of its own.
pub fn call(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lfw-tui"))
        .args(arguments)
        .env("LFW_TUI_HOME", home)
        .output()
        .unwrap()
}

pub fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a call that succeeds prints.
pub fn printed(home: &Path, arguments: &[&str]) -> String {
    let output = call(home, arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        said(&output.stderr)
    );
    said(&output.stdout)
}

/// What a call that cannot be done says, in one line and with no result.
pub fn refused(home: &Path, arguments: &[&str]) -> String {
    let output = call(home, arguments);
    let words = said(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {words}");
    assert_eq!(said(&output.stdout), "", "{arguments:?}");
    words
}

const FOREGROUND: WorkerOptions = WorkerOptions {
    detached: false,
    handle_signals: false,
};

#[test]
fn a_run_that_ends_worse_than_the_mean_picture_has_diverged_and_goes_back() {
    let (home, paths) = tiny::home();
    let mut spec = tiny::spec(3);
    spec.name = "wild".to_string();
    spec.optimizer.learning_rate = 1.0;
    let run = create(&paths, spec);
    let train = || {
        worker::run_with_data(&run, &tiny::material(), FOREGROUND, &mut |_| ())
            .unwrap()
            .status
    };
    let status = train();
    assert!(
        status.diverged && status.state == RunState::Finished,
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

    let how = runs::ResumeOptions {
        learning_rate: Some(0.002),
        rollback: true,
        ..Default::default()
    };
    runs::prepare_resume(&run, how).unwrap();
    assert_eq!(Status::read(&run).unwrap().state, RunState::Stopped);
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
fn a_run_that_holds_nothing_out_is_judged_on_what_trains() {
    let home = tempfile::tempdir().unwrap();
    let mut data = tiny::material();
    data.split.held_out.clear();
    for (rate, diverged) in [(1.0, true), (0.002, false)] {
        let mut spec = tiny::spec(2);
        spec.optimizer.learning_rate = rate;
        let run = create(&Paths::below(home.path()), spec);
        let status = worker::run_with_data(&run, &data, FOREGROUND, &mut |_| ())
            .unwrap()
            .status;
        assert_eq!(status.diverged, diverged, "{status:?}");
        let told = status
            .error
            .is_some_and(|error| error.contains("its last training error"));
        assert_eq!(told, diverged);
    }
}

#[test]
fn a_short_run_has_not_diverged_by_having_learned_little() {
    let home = tempfile::tempdir().unwrap();
    let mut spec = tiny::spec(1);
    spec.optimizer.learning_rate = 1e-9;
    let run = create(&Paths::below(home.path()), spec);
    let ending = worker::run_with_data(&run, &tiny::material(), FOREGROUND, &mut |_| ()).unwrap();
    assert!(!ending.status.diverged, "{:?}", ending.status);
}

/// Trains the linear preset with four components for two epochs on the tiny pictures.
fn train(home: &Path, more: &[&str]) -> Output {
    let data = home.join("tiny");
    tiny::pictures(&data);
    let data = data.to_str().unwrap();
    let fixed = ["train", "--preset", "linear", "--data", data];
    let size = ["--code-size", "4", "--epochs", "2"];
    call(home, &[&fixed[..], &size, more].concat())
}

#[test]
fn the_command_that_trains_says_that_a_run_diverged() {
    let home = tempfile::tempdir().unwrap();
    let with = |more: &[&str]| train(home.path(), more);
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
    let file = folder.join(model_file::WEIGHTS_FILE);
    let device = candle_core::Device::Cpu;
    let mut weights: Vec<_> = candle_core::safetensors::load(&file, &device)
        .unwrap()
        .into_iter()
        .collect();
    weights.sort_by(|a, b| a.0.cmp(&b.0));
    let (_, weight) = weights
        .iter_mut()
        .find(|(name, _)| name.starts_with("encoder") && name.ends_with("weight"))
        .unwrap();
    let mut values = weight.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    values.fill(value);
    *weight = candle_core::Tensor::from_vec(values, weight.dims(), &device).unwrap();
    model_file::write_tensors(&file, &weights).unwrap();
}

#[test]
fn a_model_that_is_not_finite_gives_no_figures_and_no_pictures() {
    let home = tempfile::tempdir().unwrap();
    let trained = train(home.path(), &["--name", "m"]);
    assert!(trained.status.success(), "{trained:?}");
    let run = runs::find(&Paths::below(home.path()), "m").unwrap();
    let folder: PathBuf = checkpoint::model_path(&run).unwrap();
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
            vec![
                "denoise",
                "m",
                "Some_Body_0001",
                "--noise",
                "gaussian:0.1",
                "-o",
                out,
            ],
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
    assert!(!all[0].metadata().unwrap().held_out.unwrap().is_finite());
    assert_eq!(checkpoint::find_best(&run).unwrap().step, all[1].step);
}
