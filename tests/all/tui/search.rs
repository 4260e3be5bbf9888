//! Search by its keys.

use lfw_tui::dataset::FaceCrop;
use lfw_tui::engine::{
    Direction, ModelRef, PictureRef, Request, RequestId, RequestKind, ResponseBody, SearchParams,
    SearchResults,
};
use lfw_tui::tui::effect::Effect;

use super::stage::{Stage, folder};

fn asked(stage: &Stage) -> &SearchParams {
    match stage.latest(RequestKind::Search) {
        Request::Search(params) => params,
        other => panic!("{other:?}"),
    }
}

fn face(stage: &Stage) -> PictureRef {
    asked(stage).query.pictures[0].clone()
}

/// How many captions of neighbours are on the screen: the distances have three digits.
fn captions(text: &str) -> usize {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_distance = |word: &str| word.starts_with("0.") && word.len() == 5;
    // The one below the query says that it is so far away.
    words
        .windows(2)
        .filter(|pair| is_distance(pair[0]) && pair[1] != "away")
        .count()
}

#[test]
fn the_screen_is_filled_and_pages_turn() {
    for (size, least) in [((80, 24), 12), ((120, 40), 20), ((200, 60), 48)] {
        let mut stage = Stage::open(size.0, size.1);
        stage.press("4");
        let text = stage.text();
        let shown = captions(&text);
        assert!(shown >= least, "{shown} at {size:?}\n{text}");
        assert!(text.contains(&format!("1–{shown} of 72")), "{text}");
        stage.press("<^d>");
        let text = stage.text();
        let last = (2 * shown).min(72);
        assert!(
            text.contains(&format!("{}–{last} of 72", shown + 1)),
            "{text}"
        );
        stage.press("<^u>");
        assert!(stage.text().contains(&format!("1–{shown} of 72")));
        stage.press("G");
        assert!(stage.text().contains("–72 of 72"));
        // Pages are turned on the screen: the engine is asked once.
        let searches = stage
            .asked
            .iter()
            .filter(|(kind, _)| *kind == RequestKind::Search);
        assert_eq!(searches.count(), 1);
    }
}

#[test]
fn smaller_pictures_make_room_for_more() {
    let mut stage = Stage::open(120, 40);
    stage.press("4");
    let before = captions(&stage.text());
    stage.press("-");
    let more = captions(&stage.text());
    stage.press("+++");
    let fewer = captions(&stage.text());
    assert!(fewer < before && before < more, "{fewer} {before} {more}");
}

#[test]
fn the_best_encoder_is_shown_and_others_by_choice_with_their_changes_of_rank() {
    let mut stage = Stage::open(120, 40);
    stage.press("4");
    let pca = |code_size| ModelRef::Pca {
        code_size,
        faces: super::stage::FACES,
    };
    assert_eq!(asked(&stage).encoders, [pca(128)]);
    stage.press("m");
    assert!(stage.text().contains("✓ PCA-128"), "{}", stage.text());
    stage.press("j <Enter>");
    let run = ModelRef::Run("conv-32".to_string());
    assert_eq!(asked(&stage).encoders, [pca(128), run.clone()]);
    let text = stage.text();
    assert!(text.contains("conv-32 · whitened cosine"), "{text}");
    // The second row's neighbours are the first row's, three ranks on.
    assert!(text.contains("↑3"), "{text}");
    // Down goes from row to row, and the query follows the cursor's encoder.
    stage.press("jj<Enter>");
    assert_eq!(face(&stage), PictureRef::Index(19));
    stage.press("<Back>");
    assert_eq!(face(&stage), PictureRef::Index(0));
    // The last one stays.
    stage.press("mx<Esc>");
    assert_eq!(asked(&stage).encoders.len(), 1);
    stage.press("mr<Esc>");
    assert_eq!(asked(&stage).encoders, [pca(128)]);
}

#[test]
fn four_encoders_have_their_names_on_every_screen() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = Stage::open(size.0, size.1);
        stage.press("4mj j kkk <Esc>");
        assert_eq!(asked(&stage).encoders.len(), 4, "{size:?}");
        let text = stage.text();
        for name in ["PCA-32", "PCA-128", "conv-32", "denoiser"] {
            assert!(
                text.contains(&format!("{name} · ")),
                "{name} at {size:?}\n{text}"
            );
        }
        assert!(captions(&text) >= 12, "{text}");
    }
}

#[test]
fn how_codes_are_compared_is_a_key_each() {
    let mut stage = Stage::open(120, 40);
    stage.press("4");
    assert!(stage.text().contains("whitened cosine"));
    let before = asked(&stage).clone();
    stage.press("w");
    assert_ne!(asked(&stage).measure.whiten, before.measure.whiten);
    stage.press("n");
    assert_ne!(asked(&stage).measure.metric, before.measure.metric);
    stage.press("y");
    assert!(asked(&stage).with_copies);
    stage.press("i");
    assert_ne!(asked(&stage).index, before.index);
}

fn terms(stage: &Stage) -> Vec<(Direction, f32)> {
    let terms = asked(stage).query.terms.iter();
    terms.map(|term| (term.direction, term.amount)).collect()
}

#[test]
fn faces_are_added_to_the_query_and_taken_away_by_steps() {
    let mut stage = Stage::open(120, 40);
    stage.press("4p-laura bush 2<Enter>");
    let laura = |amount| vec![(Direction::Face(61), amount)];
    assert_eq!(terms(&stage), laura(-1.0), "{}", stage.message());
    assert!(stage.text().contains("Ann Lee 1 − 1 × Laura Bush 2"));
    stage.press("]");
    assert_eq!(terms(&stage), laura(-0.5));
    stage.press("]");
    assert!(terms(&stage).is_empty(), "none of it");
    stage.press("p<Tab>");
    // What means nothing is said, and can be mended.
    stage.press("<^u>fishy<Enter>");
    assert!(stage.message().contains("fishy"), "{}", stage.message());
    stage.press("<^u>laura bush 3<Enter>");
    assert_eq!(terms(&stage), [(Direction::Face(62), 1.0)]);
    stage.press("<Back>");
    assert!(terms(&stage).is_empty());
}

#[test]
fn the_mean_of_marked_faces_is_a_query() {
    let mut stage = Stage::open(120, 40);
    stage.press("T");
    assert!(stage.message().contains("no face is marked"));
    stage.press("t4tT");
    let pictures = &asked(&stage).query.pictures;
    assert_eq!(pictures.len(), 2, "{pictures:?}");
    assert!(stage.text().contains("mean of 2 faces"), "{}", stage.text());
    // Marks are seen where the faces are, and go with the same key.
    stage.press("<Back>");
    assert!(stage.text().contains("• "), "{}", stage.text());
    stage.press("t");
    assert!(
        stage.message().contains("1 marked face"),
        "{}",
        stage.message()
    );
}

#[test]
fn filters_are_typed_with_completion() {
    let mut stage = Stage::open(120, 40);
    stage.press("4/lau");
    assert!(stage.text().contains("laura"), "{}", stage.text());
    stage.press("<Tab> bush<Enter>");
    assert!(!asked(&stage).filter.is_empty());
    assert!(stage.text().contains("only laura bush"), "{}", stage.text());
    stage.press("/<^u>zzz<Enter>");
    assert!(stage.message().contains("no name contains"));
    stage.press("<^u>bush<Enter><Esc>");
    assert!(asked(&stage).filter.is_empty());
    assert_eq!(face(&stage), PictureRef::Index(0));
}

#[test]
fn a_walk_goes_on_until_the_person_changes() {
    let mut stage = Stage::open(120, 40);
    // From the first of George HW Bush the way leads through all of his pictures.
    stage.app.context.face = Some(7);
    stage.press("4");
    let before = stage.app.tabs.search.history.len();
    stage.press("r");
    assert!(
        stage.message().contains("from George HW Bush to"),
        "{}",
        stage.message()
    );
    let steps = stage.app.tabs.search.history.len() - before;
    assert!(steps > 0 && stage.text().contains("trail  "), "{steps}");
    // Esc ends a walk that waits for an answer.
    stage.app.context.face = Some(8);
    stage.press("14");
    stage.answers = false;
    stage.press("r<Esc>");
    assert!(
        stage
            .message()
            .contains("the walk was stopped after 1 step"),
        "{}",
        stage.message()
    );
    stage.press("j");
}

#[test]
fn the_crop_of_a_file_is_chosen_on_its_picture() {
    let at = tempfile::tempdir().unwrap();
    let path = at.path().join("me.png");
    std::fs::copy(folder().join("Ann_Lee/Ann_Lee_0001.png"), &path).unwrap();
    let mut stage = Stage::open(120, 40);
    stage.press("4c");
    assert!(
        stage.message().contains("o opens one"),
        "{}",
        stage.message()
    );
    stage.press(&format!("o{}<Enter>c", path.display()));
    assert!(stage.text().contains("as LFW"), "{}", stage.text());
    stage.press("w");
    let crop = |stage: &Stage| match face(stage) {
        PictureRef::Cropped(_, crop) => crop,
        PictureRef::File(_) => FaceCrop::AsData,
        other @ PictureRef::Index(_) => panic!("{other:?}"),
    };
    assert_eq!(crop(&stage), FaceCrop::Whole);
    stage.press("c");
    assert_eq!(crop(&stage), FaceCrop::Centre);
    stage.press("-l");
    assert!(matches!(crop(&stage), FaceCrop::Box(_)));
    assert!(stage.text().contains("a box"));
    stage.press("<Esc>");
    assert_eq!(crop(&stage), FaceCrop::AsData);
    stage.press("cw<Enter>");
    assert_eq!(crop(&stage), FaceCrop::Whole);
    let remembered = Effect::RememberCrop(path, FaceCrop::Whole);
    assert!(stage.effects.contains(&remembered), "{:?}", stage.effects);
}

#[test]
fn search_looks_like_this() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = Stage::open(columns, rows);
        stage.press("4");
        insta::assert_snapshot!(format!("search_{columns}x{rows}"), stage.text());
        stage.press("mj j kkk <Esc>jl");
        insta::assert_snapshot!(format!("search_four_{columns}x{rows}"), stage.text());
    }
    let mut stage = Stage::open(80, 24);
    stage.press("4m");
    insta::assert_snapshot!("search_encoders_80x24", stage.text());
}

#[test]
fn while_the_best_encoder_is_not_ready_another_answers_and_the_walk_can_begin() {
    let mut stage = Stage::open(120, 40);
    stage.answers = false;
    stage.press("4mj <Esc>");
    let SearchParams { encoders, .. } = asked(&stage).clone();
    assert_eq!(encoders.len(), 2);
    let mut found = super::neighbours::of(asked(&stage));
    found.rows.truncate(1);
    found.pending = 1;
    let answer = |stage: &mut Stage, found: &SearchResults| {
        // The id of the latest request is among these.
        for id in 1..=stage.asked.len() as u64 + 2 {
            stage.reply(RequestId(id), ResponseBody::SearchResults(found.clone()));
        }
    };
    answer(&mut stage, &found);
    let text = stage.text();
    assert!(text.contains("conv-32 · computing the codes"), "{text}");
    assert!(text.contains("1 encoder to come"), "{text}");
    found.is_meanwhile = true;
    answer(&mut stage, &found);
    assert!(
        stage.text().contains("until PCA-128 is ready"),
        "{}",
        stage.text()
    );
    // From one of several faces, so that the first step does not end the walk.
    let before = stage.app.tabs.search.history.len();
    stage.press("r");
    assert_eq!(stage.app.tabs.search.history.len(), before + 1);
    stage.press("<Esc><Back>");
    // One that cannot answer is named with its reason.
    found.is_meanwhile = false;
    found.pending = 0;
    found.failed = vec![(encoders[1].clone(), "it is gone".to_string())];
    answer(&mut stage, &found);
    assert!(
        stage.text().contains("conv-32: it is gone"),
        "{}",
        stage.text()
    );
}
