//! Paths typed into prompts, as terminals drop them and people type them: accepted if
//! they are what the prompt asks for; else the reason is shown, and they can be edited.

use std::path::PathBuf;

use lfw_tui::engine::{PictureRef, Request, RequestId, RequestKind, ResponseBody};
use lfw_tui::tui::effect::Effect;
use lfw_tui::tui::motion::Step;

use super::stage::{Stage, folder, paths};

/// Pictures with awkward names.
fn pictures() -> (tempfile::TempDir, String) {
    let at = tempfile::tempdir().unwrap();
    let picture = folder().join("Ann_Lee/Ann_Lee_0001.png");
    for name in ["my face.png", "my friend.png", "Käthe's.png"] {
        std::fs::copy(&picture, at.path().join(name)).unwrap();
    }
    std::fs::create_dir(at.path().join("more pictures")).unwrap();
    std::fs::copy(&picture, at.path().join("more pictures/z.png")).unwrap();
    std::fs::write(at.path().join("torn.png"), "no picture").unwrap();
    std::fs::write(at.path().join("notes.txt"), "no picture").unwrap();
    let text = at.path().to_str().unwrap().to_string();
    (at, text)
}

fn query(stage: &Stage) -> PictureRef {
    match stage.latest(RequestKind::Search) {
        Request::Search(params) => params.query.pictures[0].clone(),
        other => panic!("{other:?}"),
    }
}

/// Search in view, and its first query.
fn searching() -> (Stage, PictureRef) {
    let mut stage = Stage::open(100, 30);
    stage.press("4");
    let query = query(&stage);
    (stage, query)
}

#[test]
fn what_is_dropped_becomes_the_query() {
    let (_folder, at) = pictures();
    for (typed, name) in [
        (format!("{at}/my face.png"), "my face.png"),
        (format!("'{at}/my face.png' "), "my face.png"),
        (format!("{at}/K\u{e4}the\\'s.png"), "Käthe's.png"),
        (format!("file://{at}/my%20friend.png"), "my friend.png"),
        (
            format!("'{at}/my friend.png' '{at}/my face.png'"),
            "my friend.png",
        ),
    ] {
        let mut stage = Stage::open(100, 30);
        stage.press("4o");
        stage.press(&typed);
        stage.press("<Enter>");
        let wanted = PictureRef::File(PathBuf::from(format!("{at}/{name}")));
        assert_eq!(query(&stage), wanted, "{typed}: {}", stage.message());
        assert!(!stage.app.tabs.search.path.is_open());
        // The previous face is one step back.
        stage.press("<Back>");
        assert_eq!(query(&stage), PictureRef::Index(0));
    }
}

#[test]
fn the_first_of_several_files_is_taken() {
    let (_folder, at) = pictures();
    let mut stage = Stage::open(100, 30);
    stage.press(&format!("4o'{at}/my face.png' '{at}/my friend.png'<Enter>"));
    assert!(
        stage
            .message()
            .contains("2 files were given; only the first, my face.png,"),
        "{}",
        stage.message()
    );
}

#[test]
fn what_is_no_picture_leaves_the_query_and_can_be_mended() {
    let (_folder, at) = pictures();
    let (mut stage, before) = searching();
    for (typed, told) in [
        (format!("{at}/my fase.png"), "did you mean my face.png?"),
        (format!("{at}/more pictures"), "is a folder"),
        (format!("{at}/torn.png"), "torn.png"),
        (format!("{at}/notes.txt"), "notes.txt"),
        ("/dev/zero".to_string(), "is not a picture file"),
        ("~nobody-at-all/x.png".to_string(), "there is no user"),
        ("https://example.org/x.png".to_string(), "download it first"),
    ] {
        stage.press(&format!("o{typed}<Enter>"));
        assert!(
            stage.message().contains(told),
            "{typed}: {}",
            stage.message()
        );
        assert!(stage.app.tabs.search.path.is_open());
        assert_eq!(stage.app.tabs.search.path.text(), typed);
        assert!(stage.text().contains("picture file: "));
        assert_eq!(query(&stage), before);
        assert!(stage.app.tabs.search.history.is_empty());
        stage.press("<Esc>");
        assert!(!stage.app.tabs.search.path.is_open());
        assert_eq!(query(&stage), before);
    }
    // Edited in place.
    stage.press(&format!("o{at}/my fase.png<Enter>"));
    stage.press("<^w>");
    stage.press("face.png<Enter>");
    let wanted = PictureRef::File(PathBuf::from(format!("{at}/my face.png")));
    assert_eq!(query(&stage), wanted);
}

/// The file is there when it is checked, and gone when it is searched.
#[test]
fn a_search_that_fails_gives_the_query_back() {
    let (_folder, at) = pictures();
    let (mut stage, before) = searching();
    stage.answers = false;
    stage.press(&format!("o{at}/my face.png<Enter>"));
    assert_ne!(query(&stage), before);
    // The id of the latest request.
    let latest = RequestId(stage.asked.len() as u64 + 1);
    for number in 1..=latest.0 {
        stage.reply(
            RequestId(number),
            ResponseBody::Failed("it is gone".to_string()),
        );
    }
    assert_eq!(stage.message(), "it is gone");
    assert_eq!(query(&stage), before);
}

#[test]
fn tab_completes_and_goes_round() {
    let (_folder, at) = pictures();
    let mut stage = Stage::open(100, 30);
    stage.press(&format!("4o{at}/m<Tab>"));
    let text = |stage: &Stage| stage.app.tabs.search.path.text().to_string();
    assert_eq!(text(&stage), format!("{at}/m"));
    let screen = stage.text();
    for name in ["more pictures/", "my face.png", "my friend.png"] {
        assert!(screen.contains(name), "{name}\n{screen}");
    }
    stage.press("<Tab>");
    assert_eq!(text(&stage), format!("{at}/more pictures/"));
    stage.press("<Tab>");
    assert_eq!(text(&stage), format!("{at}/my face.png"));
    stage.press("<BackTab><BackTab>");
    assert_eq!(text(&stage), format!("{at}/my friend.png"));
    stage.press("<^u>");
    stage.press(&format!("'{at}/my f<Tab>a<Tab>"));
    assert_eq!(text(&stage), format!("'{at}/my face.png'"));
    stage.press("<Enter>");
    let wanted = PictureRef::File(PathBuf::from(format!("{at}/my face.png")));
    assert_eq!(query(&stage), wanted);
    // The tabs of the screen stay where they are.
    assert_eq!(stage.app.context.tab.title(), "Search");
}

/// The screen only gives the lookup; nothing waits for a disk.
#[test]
fn a_disk_that_does_not_answer_holds_nothing_up() {
    let mut stage = Stage::open(100, 30);
    stage.press("4");
    let effects = |stage: &mut Stage, keys: &str| -> Vec<Effect> {
        let mut effects = Vec::new();
        for c in keys.chars() {
            let action = match c {
                '\n' => lfw_tui::tui::action::Action::Accept,
                '\t' => lfw_tui::tui::action::Action::Complete(Step::Next),
                c => lfw_tui::tui::action::Action::Insert(c),
            };
            effects.extend(stage.app.update(action));
        }
        effects
    };
    stage.press("o");
    let asked = effects(&mut stage, "/net/x\n");
    let looks: Vec<&Effect> = asked
        .iter()
        .filter(|effect| matches!(effect, Effect::LookUp(_)))
        .collect();
    assert_eq!(looks.len(), 1);
    assert!(stage.text().contains("/net/x▏ …"), "{}", stage.text());
    // The user types on, or leaves; the late answer does not count.
    let Effect::LookUp(first) = looks[0].clone() else {
        unreachable!()
    };
    effects(&mut stage, "y");
    let late = lfw_tui::tui::path_lookup::look_up(&paths(), &first);
    stage.app.on_path_lookup(late);
    assert_eq!(stage.message(), "");
    assert_eq!(stage.app.tabs.search.path.text(), "/net/xy");
    stage.press("<Esc>");
    assert!(!stage.app.tabs.search.path.is_open());
}

#[test]
fn the_form_takes_names_and_paths_of_data() {
    let (_folder, at) = pictures();
    let mut stage = Stage::open(110, 40);
    stage.press("2nj");
    stage.press("<Enter><^u>samp<Tab>");
    let form = |stage: &Stage| stage.app.tabs.train.form.clone().unwrap();
    assert_eq!(form(&stage).path.text(), "sample");
    stage.press("<Enter>");
    let data = lfw_tui::tui::tabs::train::Field::Data;
    assert_eq!(form(&stage).value(data), "sample");
    stage.press(&format!("<Enter><^u>'{at}/more pic<Tab><Enter>"));
    assert_eq!(form(&stage).value(data), format!("{at}/more pictures/"));
    stage.press("<Enter><^u>no-such-data<Enter>");
    let (field, problem) = form(&stage).problem.unwrap();
    assert_eq!(field, Some(data));
    assert!(
        problem.contains("no-such-data") && problem.contains("sample"),
        "{problem}"
    );
    assert_eq!(form(&stage).path.text(), "no-such-data");
    assert!(form(&stage).path.is_open());
    stage.press("<Esc>");
    assert_eq!(form(&stage).value(data), format!("{at}/more pictures/"));
}
