//! Denoise by its keys.

use super::stage::{Stage, source_of};
use lfw_tui::dataset::Noise;
use lfw_tui::engine::{ModelRef, PictureRef, Request, RequestId, RequestKind, ResponseBody};
use lfw_tui::tui::context::MessageKind;

fn noise(stage: &Stage) -> Noise {
    match stage.latest(RequestKind::Denoise) {
        Request::Denoise { noise, .. } => *noise,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_slider_follows_keys_and_digits() {
    let mut stage = Stage::open(120, 40);
    stage.press("3");
    assert_eq!(noise(&stage), Noise::Gaussian(0.1));
    for (keys, expected) in [
        ("ll<Left>L", Noise::Gaussian(0.16)),
        (".2", Noise::Gaussian(0.2)),
        ("5", Noise::Gaussian(0.25)),
        // Any other key ends the typing and does what it always does.
        ("l", Noise::Gaussian(0.26)),
        ("g", Noise::None),
        ("k", Noise::Rectangles(2)),
        ("04<Enter>k", Noise::SaltPepper(0.05)),
        ("K", Noise::Rectangles(4)),
    ] {
        stage.press(keys);
        assert_eq!(noise(&stage), expected, "{keys}");
    }
}

#[test]
fn denoising_runs_come_first_and_methods_can_be_chosen() {
    let mut stage = Stage::open(120, 40);
    stage.press("3");
    let models = |stage: &Stage| match stage.latest(RequestKind::Denoise) {
        Request::Denoise { params, .. } => params.models.clone(),
        other => panic!("{other:?}"),
    };
    let denoiser = ModelRef::Run("denoiser".to_string());
    assert_eq!(models(&stage), std::slice::from_ref(&denoiser));
    stage.press("vjj <Esc>");
    assert_eq!(
        models(&stage),
        [denoiser, ModelRef::Run("conv-32".to_string())]
    );
    stage.press("vjjj <Enter>");
    assert_eq!(models(&stage), [ModelRef::Run("conv-32".to_string())]);
}

#[test]
fn the_chart_asks_for_every_level_of_the_kind_and_follows_face_and_methods() {
    let mut stage = Stage::open(120, 40);
    stage.press("3");
    assert!(!stage.has_asked(RequestKind::NoiseSweep));
    stage.press("p");
    let asked = |stage: &Stage| match stage.latest(RequestKind::NoiseSweep) {
        Request::NoiseSweep { params, noises } => (noises.clone(), params.classical),
        other => panic!("{other:?}"),
    };
    let (noises, classical) = asked(&stage);
    assert_eq!((noises.len(), classical), (10, false));
    assert_eq!(noises[0], Noise::Gaussian(0.05));
    assert_eq!(noises[9], Noise::Gaussian(0.5));
    stage.press("c");
    assert!(asked(&stage).1);
    match stage.latest(RequestKind::Denoise) {
        Request::Denoise { params, .. } => assert!(params.classical),
        other => panic!("{other:?}"),
    }
    stage.press("k");
    assert_eq!(asked(&stage).0[9], Noise::Rectangles(10));
    // The level moves the mark, not the curves.
    let before = stage
        .asked
        .iter()
        .filter(|(kind, _)| *kind == RequestKind::NoiseSweep)
        .count();
    stage.press("l");
    let after = stage
        .asked
        .iter()
        .filter(|(kind, _)| *kind == RequestKind::NoiseSweep)
        .count();
    assert_eq!(before, after);
}

#[test]
fn faces_and_seeds_step() {
    let mut stage = Stage::open(120, 40);
    stage.press("3");
    assert_eq!(
        source_of(stage.latest(RequestKind::Denoise)),
        &PictureRef::Index(0)
    );
    stage.press("[");
    assert_eq!(
        source_of(stage.latest(RequestKind::Denoise)),
        &PictureRef::Index(72)
    );
    stage.press("]]}");
    assert_eq!(
        source_of(stage.latest(RequestKind::Denoise)),
        &PictureRef::Index(3)
    );
    let before = stage.latest(RequestKind::Denoise).clone();
    stage.press("r");
    assert_ne!(stage.latest(RequestKind::Denoise), &before);
}

#[test]
fn an_overtaken_answer_is_dropped() {
    let mut stage = Stage::open(120, 40);
    stage.answers = false;
    stage.press("3");
    let first = RequestId(stage.asked.len() as u64);
    stage.press("l");
    stage.reply(first, ResponseBody::Failed("too late".to_string()));
    assert_eq!(stage.app.context.message, None);
    assert!(stage.app.context.is_pending(RequestKind::Denoise));
    let second = RequestId(stage.asked.len() as u64);
    stage.reply(second, ResponseBody::Failed("no such run".to_string()));
    assert_eq!(
        stage.app.context.message,
        Some((MessageKind::Error, "no such run".to_string()))
    );
    assert!(!stage.app.context.is_pending(RequestKind::Denoise));
}

#[test]
fn saving_twice_asks_twice() {
    let mut stage = Stage::open(120, 40);
    stage.press("3ww");
    let saves: Vec<_> = stage
        .asked
        .iter()
        .filter(|(kind, _)| *kind == RequestKind::Save)
        .collect();
    assert_eq!(saves.len(), 2);
    let Request::Save { pictures, name, .. } = &saves[0].1 else {
        panic!("no save");
    };
    assert_eq!(pictures.len(), 4);
    assert_eq!(name, "denoise Ann Lee 1 gaussian 0.1");
    assert!(stage.message().starts_with("saved /p/denoise"));
}

#[test]
fn a_look_at_denoise() {
    let mut stage = Stage::open(80, 24);
    stage.press("3");
    insta::assert_snapshot!("denoise_80x24", stage.text());
    let mut stage = Stage::open(120, 40);
    stage.press("3kv");
    insta::assert_snapshot!("denoise_methods_120x40", stage.text());
    stage.press("v");
    insta::assert_snapshot!("denoise_120x40", stage.text());
    let mut stage = Stage::open(80, 24);
    stage.press("3p");
    insta::assert_snapshot!("denoise_chart_80x24", stage.text());
}
