//! Search by its keys.

use lfw_tui::engine::{ModelRef, PictureRef, Request, RequestKind, SearchParams};

use super::stage::Stage;

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
    let words = text.split_whitespace();
    words
        .filter(|word| word.starts_with("0.") && word.len() == 5)
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
    stage.press("k j j <Enter>");
    let run = ModelRef::Run("conv-32".to_string());
    assert_eq!(asked(&stage).encoders, [pca(128), run.clone()]);
    let text = stage.text();
    assert!(text.contains("conv-32 · whitened cosine"), "{text}");
    // The second row's neighbours are the first row's, three ranks on.
    assert!(text.contains("↑3"), "{text}");
    // Down goes from row to row, and the query follows the cursor's encoder.
    stage.press("jjj<Enter>");
    assert_eq!(face(&stage), PictureRef::Index(19));
    stage.press("<Back>");
    assert_eq!(face(&stage), PictureRef::Index(0));
    // The last one stays.
    stage.press("mx <Esc>");
    assert_eq!(asked(&stage).encoders.len(), 1);
    stage.press("mr<Esc>");
    assert_eq!(asked(&stage).encoders, [pca(128)]);
}

#[test]
fn four_encoders_have_their_names_on_every_screen() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = Stage::open(size.0, size.1);
        stage.press("4mk jj j <Esc>");
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
