//! The footer: only keys that do something now.

use lfw_tui::runs::RunState;
use lfw_tui::tui::run_monitor::RunUpdate;

use super::stage::Stage;
use super::train::run;

/// Whether the footer names each of these words.
fn names<const N: usize>(stage: &Stage, words: [&str; N]) -> [bool; N] {
    let footer = stage.app.footer();
    words.map(|word| footer.iter().any(|(_, other)| *other == word))
}

#[test]
fn a_run_can_only_be_told_what_it_can_do() {
    for (state, expected) in [
        (RunState::Running, [true, true, true, false]),
        (RunState::Paused, [false, true, true, true]),
        // It can be begun at once.
        (RunState::Queued, [false, true, false, true]),
        (RunState::Finished, [false; 4]),
        (RunState::Stopped, [false, false, false, true]),
    ] {
        let mut stage = Stage::open(120, 40);
        stage.press("2");
        let runs = vec![run("a", state)];
        stage.app.on_run_update(RunUpdate::Runs(runs));
        let words = ["pause", "stop", "checkpoint", "resume"];
        assert_eq!(names(&stage, words), expected, "{state}");
        // The help lists all.
        stage.press("?");
        assert!(stage.text().contains("pause or resume the run"), "{state}");
    }
}

#[test]
fn search_names_keys_for_files_marks_and_earlier_queries_where_there_are_any() {
    let mut stage = Stage::open(200, 60);
    stage.press("4");
    let words = ["back", "crop", "mean", "query"];
    assert_eq!(names(&stage, words), [false, false, false, true]);
    stage.press("lt<Enter>");
    assert_eq!(names(&stage, words), [true, false, true, true]);
}

#[test]
fn morph_names_what_counts_in_its_mode() {
    let mut stage = Stage::open(120, 40);
    stage.press("5");
    let words = ["A", "B", "swap", "radius", "renew"];
    assert_eq!(names(&stage, words), [true, true, true, false, false]);
    stage.press("v");
    assert_eq!(names(&stage, words), [true, false, false, true, true]);
    stage.press("v");
    assert_eq!(names(&stage, words), [false, false, false, true, true]);
}

#[test]
fn denoise_names_draws_where_something_draws() {
    let mut stage = Stage::open(120, 40);
    stage.press("3");
    assert_eq!(names(&stage, ["draws", "level"]), [false, true]);
    let mut stage = Stage::with_denoisers(120, 40);
    stage.press("3");
    assert_eq!(names(&stage, ["draws", "level"]), [true, true]);
    // What is hidden can be shown again.
    stage.press("d");
    assert_eq!(names(&stage, ["draws"]), [true]);
    // Nothing moves at the end of the slider.
    stage.press("g");
    assert_eq!(names(&stage, ["draws"]), [true]);
}
