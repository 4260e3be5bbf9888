//! The mouse: a scenario for each tab.

use lfw_tui::engine::{Damage, Request, RequestKind};
use lfw_tui::tui::effect::Effect;
use lfw_tui::tui::pointer::MouseKind::{Drag, Press, Release, WheelDown, WheelUp};
use lfw_tui::tui::tab_id::TabId;

use super::stage::Stage;

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
    stage.mouse(WheelDown, 60, 20);
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
