//! Train by its keys.

use lfw_tui::engine::{Request, RequestKind};
use lfw_tui::runs::{Follower, RunDir, RunState, RunSummary, SpecSummary};
use lfw_tui::tui::effect::Effect;
use lfw_tui::tui::run_monitor::{Curves, RunUpdate};

use super::stage::Stage;

pub fn run(id: &str, state: RunState) -> RunSummary {
    RunSummary {
        name: format!("face-{id}"),
        id: id.to_string(),
        state,
        spec: SpecSummary {
            preset: Some("face".to_string()),
            model: Some("face".to_string()),
            code_size: Some(32),
            size: Some(32),
            noise: Some("none".to_string()),
            data: Some("stage".to_string()),
            fingerprint: None,
        },
        diverged: false,
        mean_picture_mse: None,
        unreadable: Vec::new(),
        pid: None,
        host: None,
        step: 10,
        steps: 10,
        epoch: 1,
        epochs: 1,
        images_per_s: None,
        seconds_left: None,
        seconds: 1.0,
        loss: Some(0.005),
        held_out: None,
        best: None,
        learning_rate: None,
        checkpoint: Some(10),
        started_at: None,
        heartbeat: 0,
        silent_s: None,
        error: None,
        note: None,
        tags: Vec::new(),
        path: String::new(),
    }
}

#[test]
fn error_against_code_size_takes_the_charts_place_and_follows_the_runs() {
    let mut stage = Stage::open(120, 40);
    let runs = |state| vec![run("a", RunState::Finished), run("b", state)];
    stage
        .app
        .on_run_update(RunUpdate::Runs(runs(RunState::Running)));
    stage.press("2");
    assert!(!stage.has_asked(RequestKind::CodeSizeCurve));
    stage.press("e");
    let asked = |stage: &Stage| match stage.latest(RequestKind::CodeSizeCurve) {
        Request::CodeSizeCurve { run, stamp } => (run.clone(), *stamp),
        other => panic!("{other:?}"),
    };
    let (id, stamp) = asked(&stage);
    assert_eq!(id, "a");
    let text = stage.text();
    let heading = "held-out error against code size, 1,681 pictures of stage at 32 px";
    assert!(text.contains(heading), "{text}");
    assert!(text.contains("PCA") && text.contains("0.0"), "{text}");
    insta::assert_snapshot!("code_curve_120x40", text);
    // A run that has ended may be better than those drawn.
    stage
        .app
        .on_run_update(RunUpdate::Runs(runs(RunState::Finished)));
    stage.press("j");
    assert_ne!(asked(&stage).1, stamp);
    assert_eq!(asked(&stage).0, "b");
    stage.press("e");
    assert!(!stage.text().contains("against code size"));
    stage.press("vee");
    assert!(!stage.text().contains("settings that differ"));
}

/// A run that another program wrote, with these rows.
pub fn written(home: &std::path::Path, rows: &str, status: &str) -> Follower {
    let folder = home.join("runs").join("20260101T000000Z-wild-a");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("run.toml"), "name = \"wild\"\n").unwrap();
    std::fs::write(folder.join("metrics.jsonl"), rows).unwrap();
    std::fs::write(folder.join("status.json"), status).unwrap();
    Follower::attach(RunDir::open(folder).unwrap()).unwrap()
}

/// Train in view, with a run and its curves.
fn show(stage: &mut Stage, follower: &Follower) {
    let curves = Curves::from_follower(follower);
    for update in [
        RunUpdate::Runs(vec![follower.summary()]),
        RunUpdate::Curves("a".to_string(), curves),
    ] {
        stage.app.on_run_update(update);
    }
    stage.press("2");
}

#[test]
fn no_figure_of_a_run_is_too_absurd_for_the_keys() {
    let absurd = r#"{"state":"finished","diverged":true,"epoch":4294967295,"epochs":1,"seconds":1e300,
        "step":18446744073709551615,"steps":1,"images_per_s":1e300,"seconds_left":-1,"loss":1e308,
        "learning_rate":1e-320,"held_out":{"pictures":0,"mse":1e308,"psnr_db":1e300,"ssim":-1e300}}"#;
    let row = |step: u64, loss: &str| {
        format!("{{\"step\":{step},\"loss\":{loss},\"lr\":{loss},\"images_per_s\":{loss}}}\n")
    };
    let (first, last) = (row(0, "0.5"), row(u64::MAX, "3e38"));
    let logs = [
        String::new(),
        last.clone() + &row(1, "0.4"),
        first.clone() + &last,
        first.clone() + &row(1 << 60, "-3e38") + &last,
        row(7, "NaN") + &row(8, "1e308") + &row(9, "null"),
        row(5, "1e-320") + &row(6, "0") + &row(6, "0.0"),
        first
            + "{\"step\":18446744073709551615,\"epoch\":1,\"held_out\":{\"mse\":NaN}}\n"
            + "{\"step\":18446744073709551615,\"event\":\"noise\"}\n"
            + &last,
    ];
    for (columns, rows) in [(100, 30), (60, 16)] {
        for log in &logs {
            let home = tempfile::tempdir().unwrap();
            let follower = written(home.path(), log, absurd);
            let mut stage = Stage::open(columns, rows);
            show(&mut stage, &follower);
            for keys in [
                "+", "+", "h", "+", "l", "l", "-", "-", "-", "h", "o", "+", "O", "-", "m",
            ] {
                stage.press(keys);
                stage.text();
            }
            for keys in [
                "u", "u", "u", "v", "e", "e", " ", "w", "Z", "r", "p", "[", "}", "G", "d", "n",
            ] {
                stage.press(keys);
                stage.text();
            }
            let text = stage.text();
            assert!(text.contains("1.0e308"), "{text}");
            assert!(text.contains("diverged"), "{text}");
        }
    }
}

#[test]
fn a_chart_says_what_it_leaves_out_and_begins_at_zero() {
    let home = tempfile::tempdir().unwrap();
    let rows = "{\"step\":1,\"loss\":0.9}\n{\"step\":2,\"loss\":NaN}\nno row\n{\"step\":3,\"loss\":0.01}\n\
                {\"step\":2,\"loss\":0.2}\n{\"step\":4,\"loss\":1e7}\n";
    let follower = written(home.path(), rows, "{}");
    let mut stage = Stage::open(110, 30);
    show(&mut stage, &follower);
    let text = stage.text();
    assert!(text.contains("3 rows left out"), "{text}");
    assert!(
        text.contains("0.00000") && text.contains("1.05e7"),
        "{text}"
    );
    assert!(!text.contains("-0") && !text.contains("-4"), "{text}");
    // Nothing is shown that the run's files do not say.
    assert!(
        text.contains("unknown") && !text.contains("epoch"),
        "{text}"
    );
}

#[test]
fn a_run_that_ends_is_told_once_and_marks_train_until_that_is_looked_at() {
    let mut stage = Stage::open(120, 40);
    let show = |stage: &mut Stage, runs: Vec<RunSummary>| {
        let effects = stage.app.on_run_update(RunUpdate::Runs(runs));
        let told = effects.into_iter().filter_map(|effect| match effect {
            Effect::Notify(told) => Some((told.title, told.body)),
            _ => None,
        });
        told.collect::<Vec<_>>()
    };
    let failed = |id| RunSummary {
        error: Some("no \x1b[31mspace".to_string()),
        ..run(id, RunState::Failed)
    };
    // What had ended before the screen was opened is no news.
    let before = vec![run("a", RunState::Finished), run("b", RunState::Running)];
    assert_eq!(show(&mut stage, before.clone()), []);
    assert!(stage.text().contains("2 Train  3 Denoise"));
    let after = vec![run("a", RunState::Finished), run("b", RunState::Finished)];
    let title = |text: &str| format!("lfw-tui: {text}");
    let expected = (title("face-b finished"), "step 10 of 10".to_string());
    assert_eq!(show(&mut stage, after.clone()), [expected]);
    assert_eq!(show(&mut stage, after), []);
    let text = stage.text();
    assert!(text.contains("2 Train● 3 Denoise"), "{text}");
    assert!(text.contains("face-b finished: step 10 of 10"), "{text}");
    show(&mut stage, before);
    let wrong = failed("b");
    assert_eq!(show(&mut stage, vec![wrong])[0].0, title("face-b failed"));
    assert!(stage.text().contains("2 Train! 3 Denoise"));
    // Somebody who looks at it sees that it was stopped.
    stage.press("2");
    assert!(stage.text().contains("2 Train  3 Denoise"));
    show(&mut stage, vec![run("b", RunState::Stopping)]);
    assert_eq!(show(&mut stage, vec![run("b", RunState::Stopped)]), []);
    // Several at once are told together.
    let live = |id| run(id, RunState::Queued);
    show(&mut stage, vec![live("a"), live("b")]);
    let told = show(&mut stage, vec![failed("a"), run("b", RunState::Crashed)]);
    let body = "face-a failed, face-b crashed".to_string();
    assert_eq!(told, [(title("news of 2 runs"), body)]);
}

#[test]
fn without_runs_a_large_screen_shows_what_presets_learn_their_networks_and_first_faces() {
    let mut stage = Stage::open(80, 24);
    stage.app.on_run_update(RunUpdate::Runs(Vec::new()));
    stage.press("2");
    assert!(stage.text().contains("presets to begin with"));
    assert!(!stage.has_asked(RequestKind::FirstFaces));
    let mut stage = Stage::open(200, 60);
    stage.app.on_run_update(RunUpdate::Runs(Vec::new()));
    stage.press("2");
    let asked = |stage: &Stage| match stage.latest(RequestKind::FirstFaces) {
        Request::FirstFaces { specs, .. } => specs.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(asked(&stage).len(), 5);
    let text = stage.text();
    for wanted in [
        "no runs yet · 66 faces to train on, 7 held out",
        "the first faces that it sees",
        "Browse: rebuilds faces better than PCA",
        "20 epochs, 64 faces a step · mirrored",
        "64 epochs, 32 faces a step · mirrored · noise any",
        "px 32",
        "all of these, one after another",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    insta::assert_snapshot!("without_runs_200x60", text);
    // The form shows what its own values make of the faces.
    stage.press("n");
    assert_eq!(asked(&stage).len(), 1);
    assert!(stage.text().contains("its first faces"));
    let place = 12;
    stage.press(&"j".repeat(place));
    stage.press("l");
    let specs = asked(&stage);
    assert_ne!(specs[0].noise, lfw_tui::dataset::Noise::None);
    // And the presets are asked about again.
    stage.press("<Esc>");
    assert_eq!(asked(&stage).len(), 5);
}

#[test]
fn a_large_screen_shows_the_settings_and_the_network_of_a_run() {
    let home = tempfile::tempdir().unwrap();
    let paths = lfw_tui::paths::Paths::below(home.path());
    let mut spec = lfw_tui::training::TrainSpec::preset("face").unwrap();
    spec.name = "large".to_string();
    let run = lfw_tui::runs::create(&paths, &spec).unwrap();
    let summary = RunSummary::read(&run).unwrap();
    let curves = Curves::from_follower(&Follower::attach(run).unwrap());
    let mut stage = Stage::open(200, 60);
    let id = summary.id.clone();
    stage.app.on_run_update(RunUpdate::Runs(vec![summary]));
    stage.app.on_run_update(RunUpdate::Curves(id, curves));
    stage.press("2");
    let text = stage.text();
    for wanted in [
        "settings of large",
        "batch_size               64",
        "model.activation         elu",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    // The form shows the network that its values make.
    stage.press("n");
    let text = stage.text();
    assert!(
        text.contains("network of face · 5,082,595 weights to learn"),
        "{text}"
    );
}
