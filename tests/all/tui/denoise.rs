//! Denoise by its keys.

use super::damaged;
use super::stage::{self, Stage, source_of};
use lfw_tui::dataset::Noise;
use lfw_tui::engine::{
    Damage, DrawParams, ModelRef, PictureRef, Request, RequestId, RequestKind, ResponseBody,
};
use lfw_tui::models::ModelKind;
use lfw_tui::tui::context::MessageKind;
use lfw_tui::tui::effect::Effect;

fn damage(stage: &Stage) -> Damage {
    match stage.latest(RequestKind::Denoise) {
        Request::Denoise { damage, .. } => *damage,
        other => panic!("{other:?}"),
    }
}

fn draws(stage: &Stage) -> &DrawParams {
    match stage.latest(RequestKind::Draw) {
        Request::Draw(params) => params,
        other => panic!("{other:?}"),
    }
}

/// A stage whose run `denoiser` is a blind denoiser.
fn with_denoiser(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::open(columns, rows);
    let mut asked = stage.asked.iter();
    let place = asked.position(|(kind, _)| *kind == RequestKind::ListModels);
    let id = RequestId(place.unwrap() as u64 + 1);
    let mut models = stage::models();
    models.last_mut().unwrap().kind = ModelKind::Denoiser;
    stage.reply(id, ResponseBody::Models(models));
    stage
}

#[test]
fn the_slider_follows_keys_and_digits() {
    let mut stage = Stage::open(120, 40);
    stage.press("3");
    assert_eq!(damage(&stage), Damage::Noise(Noise::Gaussian(0.1)));
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
        assert_eq!(damage(&stage), Damage::Noise(expected), "{keys}");
    }
    stage.press("k");
    for (keys, expected) in [
        ("k", Damage::Missing(0.5)),
        ("H", Damage::Missing(0.45)),
        ("k", Damage::Coarse(8)),
        ("l", Damage::Coarse(4)),
        ("016<Enter>", Damage::Coarse(16)),
        ("k", Damage::Blur(1.5)),
        (".8<Enter>", Damage::Blur(0.8)),
        ("k", Damage::Grey),
        ("h", Damage::Noise(Noise::None)),
        ("l", Damage::Grey),
    ] {
        stage.press(keys);
        assert_eq!(damage(&stage), expected, "{keys}");
    }
}

#[test]
fn draws_stand_beside_the_answer_of_a_blind_denoiser() {
    let mut stage = with_denoiser(120, 40);
    stage.press("3");
    let first = draws(&stage).clone();
    assert_eq!(first.model, ModelRef::Run("denoiser".to_string()));
    assert_eq!(first.damage, Damage::Noise(Noise::Gaussian(0.1)));
    assert_eq!((first.noise_seed, first.draw_seed), (0, 0));
    assert!(stage.text().contains("23.9 dB") && stage.text().contains("40 passes"));
    // Other draws of the same picture, then another noise.
    stage.press("R");
    assert_eq!((draws(&stage).noise_seed, draws(&stage).draw_seed), (0, 1));
    stage.press("r");
    assert_eq!((draws(&stage).noise_seed, draws(&stage).draw_seed), (1, 2));
    // All of them are saved.
    stage.press("w");
    match stage.latest(RequestKind::Save) {
        Request::Save { pictures, .. } => assert_eq!(pictures.len(), 3 + first.count),
        other => panic!("{other:?}"),
    }
    // In their place the differences; then nothing is drawn.
    stage.press("d");
    assert!(stage.text().contains("four times"));
    let before = stage.asked.len();
    stage.press("kkkk");
    assert!(
        stage.asked[before..]
            .iter()
            .all(|(kind, _)| *kind != RequestKind::Draw)
    );
    stage.press("d");
    assert_eq!(draws(&stage).damage, Damage::Coarse(8));
    // Of a picture that is whole there is nothing to draw.
    stage.press("g");
    assert!(stage.text().contains("four times"));
    stage.press("dd");
    assert!(stage.message().contains("nothing is damaged"));
}

#[test]
fn draws_rise_with_their_passes_and_hiding_them_cancels_them() {
    let mut stage = with_denoiser(120, 40);
    stage.answers = false;
    stage.press("3");
    assert!(stage.app.context.is_pending(RequestKind::Draw));
    let id = stage.last_id;
    let mut rising = damaged::drawn(draws(&stage));
    rising.results = None;
    rising.passes = (12, 40);
    let denoise = RequestId(id.0 - 1);
    let answer = damaged::denoised(&[], Damage::Grey);
    stage.reply(denoise, ResponseBody::Denoised(answer));
    stage.reply(id, ResponseBody::Drawn(rising));
    assert!(stage.app.context.is_pending(RequestKind::Draw));
    assert!(stage.text().contains("pass 12 of 40"));
    stage.press("d");
    assert!(!stage.app.context.is_pending(RequestKind::Draw));
    let cancelled = |effect: &Effect| matches!(effect, Effect::Cancel(other) if *other == id);
    assert!(stage.effects.iter().any(cancelled));
}

#[test]
fn faces_change_once_a_second_while_they_rise() {
    let mut stage = with_denoiser(120, 40);
    stage.answers = false;
    stage.press("3");
    let id = stage.last_id;
    let denoise = RequestId(id.0 - 1);
    let answer = damaged::denoised(&[], Damage::Grey);
    stage.reply(denoise, ResponseBody::Denoised(answer));
    let first = damaged::drawn(draws(&stage));
    let mut shown = Vec::new();
    for (pass, milliseconds) in [(1, 100), (2, 950), (3, 1_050), (4, 1_900), (5, 2_100)] {
        let mut rising = first.clone();
        rising.results = None;
        rising.passes = (pass, 6);
        rising.elapsed = std::time::Duration::from_millis(milliseconds);
        let colour = image::Rgb([200, 20 * pass as u8, 10]);
        for face in &mut rising.faces {
            *face = std::sync::Arc::new(image::RgbImage::from_pixel(32, 32, colour));
        }
        stage.reply(id, ResponseBody::Drawn(rising));
        let heading = stage.text().contains(&format!("pass {pass} of 6"));
        let green = |cell: &ratatui::buffer::Cell| match cell.bg {
            ratatui::style::Color::Rgb(200, green, 10) => Some(green / 20),
            _ => None,
        };
        let of_pass = stage.draw().content.iter().filter_map(green).max();
        shown.push((heading, of_pass));
    }
    // Nothing in the first second, then as of passes 3 and 5.
    let headings: Vec<bool> = shown.iter().map(|(heading, _)| *heading).collect();
    assert_eq!(headings, [false, false, true, true, true]);
    let faces: Vec<_> = shown.iter().map(|(_, pass)| *pass).collect();
    assert_eq!(faces[2..], [Some(3), Some(3), Some(5)]);
}

#[test]
fn without_a_blind_denoiser_nothing_is_drawn() {
    let mut stage = Stage::open(120, 40);
    stage.press("3");
    assert!(!stage.has_asked(RequestKind::Draw));
    stage.press("dd");
    assert!(
        stage.message().contains("blind denoiser"),
        "{}",
        stage.message()
    );
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
        Request::NoiseSweep { params, damages } => (damages.clone(), params.classical),
        other => panic!("{other:?}"),
    };
    let (noises, classical) = asked(&stage);
    assert_eq!((noises.len(), classical), (10, false));
    assert_eq!(noises[0], Damage::Noise(Noise::Gaussian(0.05)));
    assert_eq!(noises[9], Damage::Noise(Noise::Gaussian(0.5)));
    stage.press("c");
    assert!(asked(&stage).1);
    match stage.latest(RequestKind::Denoise) {
        Request::Denoise { params, .. } => assert!(params.classical),
        other => panic!("{other:?}"),
    }
    stage.press("k");
    assert_eq!(asked(&stage).0[9], Damage::Noise(Noise::Rectangles(10)));
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
    let mut stage = with_denoiser(80, 24);
    stage.press("3kkkk");
    insta::assert_snapshot!("denoise_draws_80x24", stage.text());
    let mut stage = with_denoiser(120, 40);
    stage.press("3kkkk");
    insta::assert_snapshot!("denoise_draws_120x40", stage.text());
}
