//! Train by its keys.

use lfw_tui::engine::Request;
use lfw_tui::runs::{RunSummary, State};
use lfw_tui::tui::action::Topic;
use lfw_tui::tui::run_watch::News;
use lfw_tui::tui::tabs::train::hear;

use super::stage::Stage;

fn run(id: &str, state: State) -> RunSummary {
    RunSummary {
        name: format!("face-{id}"),
        id: id.to_string(),
        state,
        preset: Some("face".to_string()),
        model: Some("face".to_string()),
        diverged: false,
        mean_picture_mse: None,
        unreadable: Vec::new(),
        code_size: Some(32),
        size: Some(32),
        noise: Some("none".to_string()),
        data: Some("stage".to_string()),
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
        error: None,
        path: String::new(),
    }
}

#[test]
fn error_against_code_size_takes_the_charts_place_and_follows_the_runs() {
    let mut stage = Stage::open(120, 40);
    let runs = |state| vec![run("a", State::Finished), run("b", state)];
    hear(&mut stage.app, News::Runs(runs(State::Running)));
    stage.press("2");
    assert!(!stage.asked.iter().any(|(t, _)| *t == Topic::CodeCurve));
    stage.press("e");
    let asked = |stage: &Stage| match stage.latest(Topic::CodeCurve) {
        Request::CodeCurve { run, stamp } => (run.clone(), *stamp),
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
    hear(&mut stage.app, News::Runs(runs(State::Finished)));
    stage.press("j");
    assert_ne!(asked(&stage).1, stamp);
    assert_eq!(asked(&stage).0, "b");
    stage.press("e");
    assert!(!stage.text().contains("against code size"));
    stage.press("vee");
    assert!(!stage.text().contains("asked to do differently"));
}
