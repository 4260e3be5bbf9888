//! Browse by its keys.

use super::stage::{PEOPLE, Stage};
use lfw_tui::engine::{Request, RequestKind};
use lfw_tui::tui::tab_id::TabId;

fn person(stage: &Stage) -> &'static str {
    PEOPLE[stage.app.tabs.browse.person().unwrap()].0
}

#[test]
fn people_are_ordered_by_count_or_name_and_the_chosen_one_stays() {
    let mut stage = Stage::open(120, 40);
    assert_eq!(person(&stage), "George_W_Bush");
    stage.press("jj");
    assert_eq!(person(&stage), "Laura_Bush");
    stage.press("o");
    assert_eq!(person(&stage), "Laura_Bush");
    stage.press("g");
    assert_eq!(person(&stage), "Ann_Lee");
    stage.press("G");
    assert_eq!(person(&stage), "Zinedine_Zidane");
    stage.press("jjj");
    assert_eq!(person(&stage), "Zinedine_Zidane");
}

#[test]
fn the_filter_follows_every_letter_and_escape_takes_it_back() {
    let mut stage = Stage::open(120, 40);
    stage.press("/bush");
    assert_eq!(stage.app.tabs.browse.people.len(), 4);
    stage.press("<Back><Back><Back><Back>zi");
    assert_eq!(person(&stage), "Zinedine_Zidane");
    stage.press("<Esc>");
    assert_eq!(stage.app.tabs.browse.people.len(), PEOPLE.len());
    stage.press("/q?1<Enter>");
    assert!(
        stage.app.tabs.browse.people.is_empty(),
        "letters that are keys elsewhere are typed"
    );
    assert!(stage.text().contains("no name contains “q?1”"));
    // Without people, no key may do harm.
    stage.press("hjklgG nNsdab<Enter>");
    stage.press("<Esc>");
    assert_eq!(stage.app.tabs.browse.people.len(), PEOPLE.len());
}

#[test]
fn names_are_found_by_composed_accents_and_drawn_escaped() {
    let mut dataset = super::stage::dataset();
    dataset.people[0].folder = "Zoe\u{301}_Bell".to_string();
    dataset.people[1].folder = "\u{202e}nnA\u{200b}".to_string();
    dataset.title = "set\u{2066}".to_string();
    let mut stage = Stage::with(120, 40, dataset);
    assert!(
        stage.text().contains("\\u{202e}nnA\\u{200b}"),
        "{}",
        stage.text()
    );
    assert!(!stage.text().contains(['\u{202e}', '\u{200b}', '\u{2066}']));
    for typed in ["/zo\u{e9}", "/ZOE\u{301} b"] {
        stage.press(typed);
        assert_eq!(stage.app.tabs.browse.people, [0], "{typed:?}");
        stage.press("<Esc>");
    }
}

#[test]
fn the_grid_moves_by_its_own_columns() {
    let mut stage = Stage::open(120, 40);
    stage.press("l");
    assert!(stage.app.tabs.browse.in_pictures);
    stage.press("ll");
    assert_eq!(stage.app.tabs.browse.picture, 2);
    stage.press("j");
    let columns = stage.app.tabs.browse.picture - 2;
    assert!(columns > 3, "{columns} columns");
    stage.press("kh");
    assert_eq!(stage.app.tabs.browse.picture, 1);
    stage.press("G");
    assert_eq!(stage.app.tabs.browse.picture, 39);
    stage.press("j");
    assert_eq!(stage.app.tabs.browse.picture, 39);
    stage.press("g<Left>");
    assert!(!stage.app.tabs.browse.in_pictures);
}

#[test]
fn facts_are_asked_once_for_each_picture() {
    let mut stage = Stage::open(120, 40);
    let facts = |stage: &Stage| {
        stage
            .asked
            .iter()
            .filter(|(kind, _)| *kind == RequestKind::Reconstruct)
            .count()
    };
    assert_eq!(facts(&stage), 1);
    stage.press("oo??");
    assert_eq!(facts(&stage), 1, "nothing else was chosen");
    stage.press("j");
    assert_eq!(facts(&stage), 2);
    let Request::Reconstruct { picture, .. } = stage.latest(RequestKind::Reconstruct) else {
        panic!("no facts");
    };
    assert_eq!(*picture, 7, "George HW Bush 1");
}

#[test]
fn a_face_is_carried_to_other_tabs_and_marked() {
    let mut stage = Stage::open(120, 40);
    stage.press("ll");
    stage.press("a");
    assert!(stage.message().starts_with("A is George W Bush 2"));
    stage.press("lb");
    assert_eq!(stage.app.context.marks, [Some(21), Some(22)]);
    stage.press("d");
    assert_eq!(
        (stage.app.context.tab, stage.app.context.face),
        (TabId::Denoise, Some(22))
    );
    stage.press("1s");
    assert_eq!(stage.app.context.tab, TabId::Search);
}

#[test]
fn a_look_at_browse() {
    let mut stage = Stage::open(80, 24);
    insta::assert_snapshot!("browse_80x24", stage.text());
    let mut stage = Stage::open(120, 40);
    stage.press("/bush<Enter>ll");
    insta::assert_snapshot!("browse_120x40", stage.text());
}

#[test]
fn pictures_have_their_colours() {
    let mut stage = Stage::open(120, 40);
    let buffer = stage.draw();
    // George W Bush is the fourth person: red 130, picture 1: green 5.
    let large = buffer
        .content
        .iter()
        .filter(|cell| cell.bg == ratatui::style::Color::Rgb(130, 5, 90))
        .count();
    assert!(large > 200, "{large} cells of the large picture");
}

#[test]
fn a_large_screen_shows_the_people_around_and_they_stay_in_place() {
    let mut small = Stage::open(120, 40);
    assert!(!small.text().contains("people around"));
    let mut stage = Stage::open(200, 60);
    // The first person's pictures fill the grid.
    stage.press("j");
    let text = stage.text();
    assert!(text.contains("people around"), "{text}");
    // In the list and on the sheet.
    assert_eq!(text.matches("Zinedine").count(), 2, "{text}");
    let place = stage.find("people around");
    stage.press("j");
    assert_eq!(stage.find("people around"), place);
}
