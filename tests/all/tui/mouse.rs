//! The mouse: a scenario for each tab.

use lfw_tui::engine::{Damage, Request, RequestKind};
use lfw_tui::runs::data_sets::stored_data_sets;
use lfw_tui::runs::{LogText, RunState};
use lfw_tui::tui::data_sets::messages::{DataCommand, DataUpdate};
use lfw_tui::tui::effect::Effect;
use lfw_tui::tui::pointer::MouseKind::{Drag, Press, Release, WheelDown, WheelUp};
use lfw_tui::tui::run_monitor::{Curves, RunCommand, RunUpdate};
use lfw_tui::tui::tab_id::TabId;
use lfw_tui::tui::tabs::train::Field;

use super::stage::{Stage, folder, paths};
use super::train::{run, written};

/// Where a text is right of the lists and below the tabs.
fn caption(stage: &mut Stage, wanted: &str) -> (u16, u16) {
    let screen = stage.text();
    let rows = screen.lines().zip(0..).skip(1);
    let found = rows.filter_map(|(line, row)| {
        let right: String = line.chars().skip(LEFT).collect();
        let at = right.find(wanted)?;
        Some((right[..at].chars().count() as u16 + LEFT as u16, row))
    });
    let first = { found }.next();
    first.unwrap_or_else(|| panic!("no {wanted}:\n{screen}"))
}

/// Columns of the lists.
const LEFT: usize = 37;

#[test]
fn tabs_and_keys_are_clicked() {
    let mut stage = Stage::open(120, 40);
    for tab in TabId::ALL.into_iter().rev() {
        stage.click(tab.title());
        assert_eq!(stage.app.context.tab, tab);
    }
    stage.click("help");
    assert!(stage.text().contains("Browse keys"));
    // A click on the popup does nothing, one beside it closes it.
    stage.click("Browse keys");
    assert!(stage.text().contains("Browse keys"));
    stage.mouse(Press, 0, 39);
    assert!(!stage.text().contains("Browse keys"));
    // A key with one meaning.
    stage.click("quit");
    assert!(stage.effects.contains(&Effect::Quit));
    // Places beyond the screen.
    for kind in [Press, Drag, Release, WheelUp, WheelDown] {
        stage.mouse(kind, u16::MAX, u16::MAX);
    }
}

#[test]
fn a_person_and_a_face_are_selected_and_opened() {
    let mut stage = Stage::open(120, 40);
    let person = |stage: &Stage| stage.app.tabs.browse.person();
    let first = person(&stage);
    stage.click("Laura Bush");
    let laura = person(&stage);
    assert_ne!(first, laura);
    stage.mouse(WheelUp, 3, 8);
    assert_ne!(person(&stage), laura);
    stage.mouse(WheelDown, 3, 8);
    assert_eq!(person(&stage), laura);
    // The third picture of the grid, by its number.
    let (column, row) = caption(&mut stage, " 3 ");
    stage.mouse(Press, column + 1, row - 1);
    assert!(stage.app.tabs.browse.in_pictures);
    assert_eq!(stage.app.tabs.browse.picture, 2);
    stage.mouse(WheelDown, column, row);
    assert!(stage.app.tabs.browse.picture > 4);
    stage.mouse(WheelUp, column, row);
    assert_eq!(stage.app.tabs.browse.picture, 2);
    stage.mouse(Press, column + 1, row - 1);
    assert_eq!(stage.app.context.tab, TabId::Search);
    // While a name is typed, a click goes nowhere.
    stage.press("1/");
    stage.mouse(Press, column + 1, row - 1);
    stage.click("5 Morph");
    assert_eq!(stage.app.context.tab, TabId::Morph);
}

#[test]
fn the_level_is_slid() {
    let mut stage = Stage::open(120, 40);
    stage.press("3");
    let level = |stage: &Stage| match stage.latest(RequestKind::Denoise) {
        Request::Denoise { damage, .. } => damage.to_string(),
        other => panic!("{other:?}"),
    };
    let (from, row) = stage.find("◂ 0 ");
    stage.mouse(Press, from + 4, row);
    assert_eq!(
        level(&stage),
        Damage::Noise(lfw_tui::dataset::Noise::None).to_string()
    );
    stage.mouse(Drag, 119, row + 5);
    assert_eq!(level(&stage), "gaussian:0.5");
    stage.mouse(WheelDown, from, row);
    assert_eq!(level(&stage), "gaussian:0.49");
    stage.mouse(Release, 119, row);
    stage.mouse(Drag, from + 4, row);
    assert_eq!(level(&stage), "gaussian:0.49");
}

#[test]
fn a_neighbour_is_selected_and_becomes_the_query() {
    let mut stage = Stage::open(120, 40);
    stage.press("4");
    let history = stage.app.tabs.search.history.len();
    let (column, row) = caption(&mut stage, " 2 ");
    stage.mouse(Press, column + 1, row - 1);
    assert_eq!(stage.app.tabs.search.history.len(), history);
    stage.mouse(Press, column + 1, row - 1);
    assert_eq!(stage.app.tabs.search.history.len(), history + 1);
}

#[test]
fn a_morph_is_scrubbed() {
    let mut stage = Stage::open(120, 40);
    stage.press("5");
    stage.draw();
    let before = stage.text();
    stage.click("2/6");
    assert_ne!(stage.text(), before);
    stage.mouse(WheelUp, 60, 20);
    stage.mouse(WheelDown, 60, 20);
    stage.press("v");
    let (column, row) = stage.find("◂ 0 ");
    stage.mouse(Press, column + 4, row);
    assert!(stage.text().contains("radius 0.0"));
}

#[test]
fn the_mouse_can_be_left_to_the_terminal() {
    let mut stage = Stage::open(120, 40);
    stage.press("<^o>");
    assert!(stage.effects.contains(&Effect::ReportMouse(false)));
    stage.click("2 Train");
    assert_eq!(stage.app.context.tab, TabId::Browse);
    stage.press("<^o>");
    stage.click("2 Train");
    assert_eq!(stage.app.context.tab, TabId::Train);
}

#[test]
fn the_list_of_keys_is_scrolled_and_its_footer_is_clicked() {
    let mut stage = Stage::open(80, 24);
    stage.press("4?");
    let top = stage.text();
    stage.mouse(WheelDown, 40, 12);
    let scrolled = stage.text();
    assert_ne!(scrolled, top);
    stage.mouse(WheelUp, 40, 12);
    assert_eq!(stage.text(), top);
    // Several lines at a time.
    stage.press("j");
    assert_ne!(stage.text(), scrolled);
    stage.click("close");
    assert!(!stage.text().contains("Search keys"));
}

#[test]
fn a_run_is_selected_and_the_charts_cursor_is_slid() {
    let mut stage = Stage::open(120, 40);
    let runs = ["a", "b", "c"].map(|id| run(id, RunState::Finished));
    stage.app.on_run_update(RunUpdate::Runs(runs.to_vec()));
    stage.press("2");
    stage.click("face-c");
    assert_eq!(stage.app.tabs.train.selected_id(), Some("c"));
    stage.mouse(WheelUp, 3, 5);
    assert_eq!(stage.app.tabs.train.selected_id(), Some("b"));
    // With a curve the chart has a cursor.
    let home = tempfile::tempdir().unwrap();
    let rows: String = (1..=500)
        .map(|step| format!("{{\"step\":{step},\"loss\":0.{}}}\n", 999 - step))
        .collect();
    let curves = Curves::from_follower(&written(home.path(), &rows, "{}"));
    stage
        .app
        .on_run_update(RunUpdate::Curves("b".to_string(), curves));
    stage.mouse(Press, 60, 12);
    let at_first = stage.text();
    assert!(at_first.contains('▲'), "{at_first}");
    stage.mouse(Drag, 110, 30);
    let dragged = stage.text();
    assert_ne!(dragged, at_first);
    stage.mouse(Release, 110, 30);
    stage.mouse(Drag, 60, 12);
    assert_eq!(stage.text(), dragged);
}

#[test]
fn the_form_of_a_run_is_filled_by_clicks() {
    let mut stage = Stage::open(120, 40);
    stage.press("2n");
    let form = |stage: &Stage| stage.app.tabs.train.form.clone().expect("the form");
    stage.click("batch size");
    let before = form(&stage).value(Field::BatchSize).to_string();
    stage.press("l");
    assert_ne!(form(&stage).value(Field::BatchSize), before);
    // A second click begins to type; one on another field takes what was typed.
    stage.click("epochs");
    stage.click("epochs");
    stage.press("<^u>17");
    stage.click("device");
    assert_eq!(form(&stage).value(Field::Epochs), "17");
    stage.mouse(WheelUp, 10, 10);
    stage.press("<Enter><^u>77<Enter>");
    assert_eq!(form(&stage).value(Field::Seed), "77");
    // What the form covers cannot be clicked.
    stage.click("2 Train");
    assert!(stage.app.tabs.train.form.is_some());
}

#[test]
fn the_log_is_scrolled() {
    let mut stage = Stage::open(80, 24);
    stage
        .app
        .on_run_update(RunUpdate::Runs(vec![run("a", RunState::Finished)]));
    stage.press("2L");
    let log = LogText {
        lines: (0..100).map(|number| format!("line {number}.")).collect(),
        exists: true,
        ..LogText::default()
    };
    stage
        .app
        .on_run_update(RunUpdate::Log("a".to_string(), log));
    assert!(stage.text().contains("line 99."));
    stage.mouse(WheelUp, 40, 12);
    let text = stage.text();
    assert!(
        text.contains("line 96.") && !text.contains("line 97."),
        "{text}"
    );
    stage.mouse(WheelDown, 40, 12);
    assert!(stage.text().contains("line 99."));
}

#[test]
fn the_wheel_types_nothing() {
    let mut stage = Stage::open(100, 30);
    let runs = ["a", "b"].map(|id| run(id, RunState::Finished));
    stage.app.on_run_update(RunUpdate::Runs(runs.to_vec()));
    stage.press("2/face");
    let before = stage.text();
    stage.mouse(WheelDown, 3, 5);
    stage.mouse(WheelUp, 3, 5);
    stage.mouse(Press, 3, 3);
    assert_eq!(stage.text(), before);
    // A question waits for its answer.
    stage.press("<Esc>d");
    let asks = |stage: &mut Stage| stage.text().contains("remove face-a with its checkpoints");
    assert!(asks(&mut stage));
    stage.mouse(WheelDown, 3, 5);
    assert!(asks(&mut stage));
    stage.press("n");
    assert!(!asks(&mut stage));
}

#[test]
fn data_sets_are_clicked() {
    let mut stage = Stage::open(100, 30);
    stage.press("D");
    let mut all = stored_data_sets(&paths()).unwrap();
    all.sort_by_key(|one| format!("{one:?}").contains("is_sample: true"));
    stage.app.on_data_update(DataUpdate::Listed(Ok(all)));
    let is_listed = |stage: &mut Stage| stage.text().contains("data set  ");
    assert!(is_listed(&mut stage));
    let (column, heading) = stage.find("data set  ");
    let sample = heading + 2;
    stage.press("x");
    let question = stage.text();
    assert!(question.contains("removes it"), "{question}");
    stage.mouse(WheelDown, column, sample);
    stage.mouse(Press, column, sample);
    assert_eq!(stage.text(), question);
    stage.press("n");
    // One click selects, the next one opens.
    stage.mouse(Press, column, sample);
    assert!(stage.text().contains("faces drawn by"));
    assert!(is_listed(&mut stage));
    stage.mouse(Press, column, sample);
    assert!(!is_listed(&mut stage));
    let Request::Open { data } = stage.latest(RequestKind::Open) else {
        panic!("no request");
    };
    assert_eq!(data.as_deref(), Some("sample"));
}

#[test]
fn the_crop_of_an_import_is_clicked() {
    let mut stage = Stage::open(100, 30);
    stage.press("Di");
    stage.press(folder().to_str().unwrap());
    stage.press("<Enter>");
    stage.mouse(WheelDown, 50, 15);
    stage.click("the face fills the picture");
    stage.click("import");
    let started = stage.effects.iter().any(|effect| {
        let command = format!("{effect:?}");
        matches!(effect, Effect::Data(DataCommand::Import(..))) && command.contains("Crop")
    });
    assert!(started || stage.text().contains("crop of its pictures"));
}

#[test]
fn a_preset_is_selected_and_started() {
    let mut stage = Stage::open(100, 30);
    stage
        .app
        .on_run_update(RunUpdate::Runs(vec![run("a", RunState::Finished)]));
    stage.press("P");
    let starts = |stage: &Stage| {
        let is_start = |effect: &&Effect| matches!(effect, Effect::Runs(RunCommand::Start(_)));
        stage.effects.iter().filter(is_start).count()
    };
    stage.click("denoiser  ");
    assert_eq!(starts(&stage), 0);
    stage.click("denoiser  ");
    assert_eq!(starts(&stage), 1);
    assert!(!stage.text().contains("presets to begin with"));
}

#[test]
fn an_axis_is_chosen_and_slid() {
    let mut stage = Stage::open(120, 40);
    stage.press("5vvvvv");
    let (column, row) = stage.find("axes  ");
    let first = row + 2;
    stage.mouse(Press, column, first + 3);
    assert!(stage.text().contains("▸ 4"));
    stage.mouse(WheelUp, column, first);
    assert!(stage.text().contains("▸ 3"));
    // The track of the second axis, from its end to its beginning.
    let (left, _) = stage.find("◂ -3 ");
    stage.mouse(Press, left + 30, first + 1);
    stage.mouse(Drag, 119, first + 9);
    let text = stage.text();
    assert!(text.contains("▸ 2") && text.contains("+3.00"), "{text}");
    stage.mouse(Drag, 0, 0);
    assert!(stage.text().contains("−3.00"));
    match stage.latest(RequestKind::Axes) {
        Request::Axes { values, axis, .. } => {
            assert_eq!((values[1], *axis), (-3.0, 1));
            assert!(values.iter().filter(|value| **value != 0.0).count() == 1);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn models_are_chosen_by_clicks() {
    let mut stage = Stage::open(120, 40);
    stage.press("4m");
    let (column, row) = stage.find("encoders: each has");
    let is_shown = |stage: &mut Stage, row: u16| {
        let text = stage.text();
        let line = text.lines().nth(row.into()).unwrap_or_default();
        line.contains('✓')
    };
    let first = row + 1;
    // The first click selects, the next one shows it or leaves it out.
    assert!(!is_shown(&mut stage, first));
    stage.mouse(Press, column, first);
    assert!(!is_shown(&mut stage, first));
    stage.mouse(Press, column, first);
    assert!(is_shown(&mut stage, first));
    stage.press("<Esc>3v");
    let (column, row) = stage.find("models shown with");
    let last = row + 4;
    let before = is_shown(&mut stage, last);
    stage.mouse(Press, column, last);
    assert_eq!(is_shown(&mut stage, last), before);
    stage.mouse(Press, column, last);
    assert_ne!(is_shown(&mut stage, last), before);
}
