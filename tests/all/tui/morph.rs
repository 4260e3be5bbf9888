//! Morph by its keys.

use lfw_tui::engine::{Request, RequestKind};

use super::stage::Stage;

#[test]
fn from_the_path_to_variations_to_new_faces_and_back() {
    let mut stage = Stage::open(120, 40);
    stage.press("5");
    assert!(matches!(
        stage.latest(RequestKind::Morph),
        Request::Morph { .. }
    ));
    assert!(stage.text().contains("to  B"));
    stage.press("v");
    assert!(stage.text().contains("radius 0.6 σ"));
    stage.press("v");
    let text = stage.text();
    assert!(text.contains("new faces · PCA-32"), "{text}");
    assert!(text.contains("spread × 1.0"), "{text}");
    stage.press("v");
    assert!(stage.text().contains("to  B"));
}

#[test]
fn new_faces_follow_spread_and_seed_and_lead_to_the_real_ones() {
    let mut stage = Stage::open(120, 40);
    stage.press("5vv");
    let asked = |stage: &Stage| match stage.latest(RequestKind::Sample) {
        Request::Sample { spread, seed, .. } => (*spread, *seed),
        other => panic!("{other:?}"),
    };
    assert_eq!(asked(&stage), (1.0, 0));
    stage.press("hhhl");
    assert!((asked(&stage).0 - 0.8).abs() < 1e-6);
    stage.press("r");
    assert_eq!(asked(&stage).1, 1);
    for _ in 0..30 {
        stage.press("l");
    }
    assert_eq!(asked(&stage).0, 2.0);
    // The first is closer than real faces usually are, the next is not.
    assert!(stage.text().contains("closer than real faces"));
    stage.press("<Right>");
    assert!(stage.text().contains("as close as real faces"));
    stage.press("<Enter>v");
    // Its nearest is A now.
    let Request::Morph { a, .. } = stage.latest(RequestKind::Morph) else {
        panic!("no path");
    };
    assert_eq!(*a, lfw_tui::engine::PictureRef::Index(2));
    stage.press("vvw");
    let Request::Save { pictures, name, .. } = stage.latest(RequestKind::Save) else {
        panic!("no save");
    };
    assert_eq!((pictures.len(), name.as_str()), (9, "new by PCA-32 1"));
}

#[test]
fn new_faces_fit_small_and_large_screens() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = Stage::open(columns, rows);
        stage.press("5vv");
        insta::assert_snapshot!(format!("new_faces_{columns}x{rows}"), stage.text());
    }
}
