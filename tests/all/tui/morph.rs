//! Morph by its keys.

use lfw_tui::dataset::FaceCrop;
use lfw_tui::engine::{ModelRef, NoiseParams, PictureRef, Request, RequestKind};
use lfw_tui::tui::effect::Effect;

use super::answers::{PASSES, risen};
use super::stage::{Stage, source_of};

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
    let text = stage.text();
    assert!(text.contains("No denoiser was trained"), "{text}");
    stage.press("vvvv");
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
    stage.press("<Enter>VV");
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

#[test]
fn a_face_of_codes_becomes_the_face_of_every_tab() {
    let mut stage = Stage::open(120, 40);
    stage.press("5u");
    let message = "is now 4 of Ann Lee 1 to Barbara Bush 1";
    assert!(stage.message().contains(message), "{}", stage.message());
    assert!(stage.text().contains("A 4 of Ann Lee 1 to Barbara"));
    stage.press("vvu");
    assert!(stage.message().contains("is now face 1 by PCA-32 0"));
}

/// The faces that were asked for last.
fn wanted(stage: &Stage) -> NoiseParams {
    match stage.latest(RequestKind::FromNoise) {
        Request::FromNoise(params) => params.clone(),
        other => panic!("{other:?}"),
    }
}

/// The engine makes more passes.
fn make_passes(stage: &mut Stage, passes: usize) {
    let answer = risen(&wanted(stage), passes);
    stage.reply(stage.last_id, answer);
}

fn cancelled(stage: &Stage) -> usize {
    let effects = stage.effects.iter();
    effects
        .filter(|effect| matches!(effect, Effect::Cancel(_)))
        .count()
}

#[test]
fn faces_rise_from_noise_and_their_passes_can_be_gone_through() {
    let mut stage = Stage::with_denoisers(120, 40);
    stage.press("5vvv");
    let text = stage.text();
    assert!(text.contains("from noise · blind · seed 0"), "{text}");
    assert!(text.contains(&format!("pass 0 of {PASSES}")), "{text}");
    assert!(text.contains("σ 1.000"), "{text}");
    make_passes(&mut stage, PASSES + 1);
    let last = format!("pass {PASSES} of {PASSES}");
    assert!(stage.text().contains(&last));
    stage.press("<Left><Left>");
    let text = stage.text();
    assert!(
        text.contains("pass 6 of 8") && text.contains("σ 0.143"),
        "{text}"
    );
    stage.press("g<Left>");
    assert!(stage.text().contains("pass 0 of 8"));
    stage.press("<Right>");
    assert!(stage.text().contains("pass 1 of 8"));
    stage.press("G");
    assert!(stage.text().contains(&last));
    stage.press("w");
    let Request::Save {
        pictures,
        name,
        made_by,
        ..
    } = stage.latest(RequestKind::Save)
    else {
        panic!("no save");
    };
    assert_eq!(pictures.len(), wanted(&stage).count);
    let request = Request::FromNoise(wanted(&stage));
    assert_eq!(made_by.as_deref(), Some(&request));
    assert_eq!(name, "from noise by blind 0");
    // What is complete is not drawn again; other faces are.
    let asked = stage.asked.len();
    stage.press("15");
    assert_eq!((stage.asked.len(), cancelled(&stage)), (asked, 0));
    stage.press("r");
    assert_eq!(wanted(&stage).seed, 1);
    assert!(stage.text().contains("pass 0 of 8"));
}

#[test]
fn passes_are_made_only_while_somebody_looks_on() {
    let mut stage = Stage::with_denoisers(120, 40);
    stage.press("5vvv");
    make_passes(&mut stage, 3);
    stage.press(" ");
    assert_eq!(cancelled(&stage), 1);
    let text = stage.text();
    assert!(text.contains("paused at pass 2"), "{text}");
    let asked = stage.asked.len();
    stage.press("<Left><Right>");
    assert_eq!(stage.asked.len(), asked);
    stage.press(" ");
    assert_eq!(stage.asked.len(), asked + 1);
    make_passes(&mut stage, 4);
    stage.press("1");
    assert_eq!(cancelled(&stage), 2);
    stage.press("5");
    assert_eq!(wanted(&stage).seed, 0);
    assert!(stage.asked.len() > asked + 1);
    stage.press("vvvv");
    assert_eq!(cancelled(&stage), 3);
    assert!(stage.text().contains("to  B"));
    stage.press("vvvm");
    assert!(stage.text().contains("from noise · blind-64"));
    make_passes(&mut stage, PASSES + 1);
    stage.press(" ");
    assert!(stage.message().contains("all passes are made"));
}

#[test]
fn a_face_from_noise_becomes_the_face_of_every_tab() {
    let mut stage = Stage::with_denoisers(120, 40);
    stage.press("5vvv");
    make_passes(&mut stage, PASSES + 1);
    stage.press("l<Enter>");
    let Request::Save { pictures, name, .. } = stage.latest(RequestKind::Save) else {
        panic!("no save");
    };
    assert_eq!((pictures.len(), name.as_str()), (1, "face 2 of blind 0"));
    assert!(stage.message().contains("is now face 2 of blind 0"));
    let made = PictureRef::Cropped("/p/face 2 of blind 0.png".into(), FaceCrop::Whole);
    stage.press("3");
    assert_eq!(*source_of(stage.latest(RequestKind::Denoise)), made);
    assert!(stage.text().contains("face 2 of blind 0"));
    stage.press("4");
    let Request::Search(search) = stage.latest(RequestKind::Search) else {
        panic!("no search");
    };
    assert_eq!(search.query.pictures, std::slice::from_ref(&made));
    let ends = |stage: &Stage| match stage.latest(RequestKind::Morph) {
        Request::Morph { a, b, .. } => (a.clone(), b.clone()),
        other => panic!("{other:?}"),
    };
    stage.press("5vvvv");
    assert_eq!(ends(&stage).0, made);
    assert!(stage.text().contains("A face 2 of blind 0"));
    // B moves without A; A moves to a face of the data set.
    let b = ends(&stage).1;
    stage.press("}");
    assert_eq!(ends(&stage).0, made);
    assert_ne!(ends(&stage).1, b);
    stage.press("x");
    assert!(stage.message().contains("only be A"));
    stage.press("]");
    assert!(matches!(ends(&stage).0, PictureRef::Index(_)));
    // A face of the data set takes its place everywhere.
    stage.press("3]");
    let source = source_of(stage.latest(RequestKind::Denoise));
    assert!(matches!(source, PictureRef::Index(_)));
}

#[test]
fn a_sheet_of_faces_fills_the_room() {
    let mut counts = Vec::new();
    for (columns, rows) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        let mut stage = Stage::with_denoisers(columns, rows);
        stage.press("5vvv");
        counts.push(wanted(&stage).count);
        stage.press("ljjjjjjjjhhhhhhhhllllllllllllllllllllllllllllllllllllllllllllllllllllllll");
        let text = stage.text();
        let last = wanted(&stage).count.to_string();
        assert!(text.lines().any(|line| line.contains(&last)), "{text}");
        if (80..=120).contains(&columns) {
            insta::assert_snapshot!(format!("from_noise_{columns}x{rows}"), text);
        }
    }
    assert!(
        counts.is_sorted() && counts[0] >= 3 && counts[3] >= 24,
        "{counts:?}"
    );
}

#[test]
fn every_made_face_is_said_to_be_new_or_a_copy() {
    let mut stage = Stage::with_denoisers(120, 40);
    stage.press("5g");
    let text = stage.text();
    assert!(text.contains("as new as a face not"), "{text}");
    assert!(text.contains("George W"), "{text}");
    assert!(text.contains("than 62 %"), "{text}");
    stage.press("G");
    let text = stage.text();
    assert!(text.contains("a copy of George W"), "{text}");
    // What is known is not asked again.
    let asked = stage.asked.len();
    stage.press("gG");
    assert_eq!(stage.asked.len(), asked);
    // A face that a denoiser has still to finish is not compared.
    stage.press("S");
    assert!(!stage.text().contains("a copy of"));
    stage.press("g");
    assert!(stage.text().contains("as new as"));
    // From noise, the last pass is.
    stage.press("vvv");
    assert!(!stage.text().contains("as new as"));
    make_passes(&mut stage, PASSES + 1);
    assert!(stage.text().contains("a copy of"));
    stage.press("<Left>");
    assert!(!stage.text().contains("a copy of"));

    let mut stage = Stage::with_denoisers(80, 24);
    stage.press("5V");
    let text = stage.text();
    assert!(text.contains("D 0 % · as new as a face not seen"), "{text}");
    stage.press("V");
    assert!(stage.text().contains("as new as a face not seen"));
}

#[test]
fn faces_of_codes_are_plain_or_sharp() {
    let finisher = |stage: &Stage, kind| match stage.latest(kind) {
        Request::Morph { sharp, .. }
        | Request::Vary { sharp, .. }
        | Request::Sample { sharp, .. } => sharp.clone(),
        other => panic!("{other:?}"),
    };
    let mut stage = Stage::open(120, 40);
    stage.press("5");
    assert!(stage.text().contains(" plain · distances"));
    stage.press("S");
    assert!(
        stage
            .message()
            .contains("no denoiser was trained on pictures like those of PCA-32")
    );
    assert_eq!(finisher(&stage, RequestKind::Morph), None);

    let mut stage = Stage::with_denoisers(120, 40);
    stage.press("5S");
    let blind = Some(ModelRef::Run("blind".to_string()));
    assert_eq!(finisher(&stage, RequestKind::Morph), blind);
    let text = stage.text();
    assert!(text.contains("2 of 7 sharp by blind"), "{text}");
    // The middle one is selected, which is not finished yet.
    assert!(!text.contains("generated, sharp"));
    stage.press("g");
    assert!(stage.text().contains("generated, sharp"));
    stage.press("v");
    assert_eq!(finisher(&stage, RequestKind::Vary), blind);
    stage.press("v");
    assert_eq!(finisher(&stage, RequestKind::Sample), blind);
    // What is not finished is saved without a recipe: it would be made otherwise.
    stage.press("w");
    assert!(matches!(
        stage.latest(RequestKind::Save),
        Request::Save { made_by: None, .. }
    ));
    stage.press("S");
    assert_eq!(finisher(&stage, RequestKind::Sample), None);
}
