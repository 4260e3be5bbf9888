//! The evaluation over Search: what it asks for, and that table, curves and pairs follow keys.

use std::sync::Arc;

use lfw_tui::engine::{
    EncoderRef, EncoderRow, HardPair, HardestPairs, Request, RequestKind, ResponseBody, Setup,
    VerificationReport,
};
use lfw_tui::search::Metric;
use lfw_tui::tui::effect::Effect;

use super::stage::{Stage, label};

/// Two rows for each encoder: plain, then whitened.
pub fn report(encoders: &[EncoderRef]) -> VerificationReport {
    let mut rows = Vec::new();
    for (at, encoder) in encoders.iter().enumerate() {
        let name = match encoder {
            EncoderRef::Pixels => "pixels".to_string(),
            EncoderRef::Model(model) => label(model),
        };
        for whiten in [false, true] {
            let good = 0.55 + 0.05 * at as f64 + if whiten { 0.08 } else { 0.0 };
            rows.push(Arc::new(row(&name, whiten, good)));
        }
    }
    VerificationReport {
        rows,
        problems: Vec::new(),
        waiting: 0,
    }
}

fn row(name: &str, whiten: bool, good: f64) -> EncoderRow {
    let pair = |first, second, distance| HardPair {
        first,
        second,
        distance,
    };
    EncoderRow {
        encoder: name.to_lowercase(),
        label: name.to_string(),
        metric: if whiten { Metric::Cosine } else { Metric::L2 },
        whiten,
        fitted_on: "all 73 pictures of stage".to_string(),
        seen: Some(6),
        names_used: name == "conv-32",
        view2_accuracy: Some(good),
        view2_stderr: Some(0.007),
        view2_auc: Some(good + 0.05),
        queries: 72,
        rank1: Some(good - 0.3),
        map: Some(good - 0.45),
        roc: (0..=100)
            .map(|at| f64::from(at) / 100.0)
            .map(|x| [x, x.powf(1.2 - good)])
            .collect(),
        setup: Setup {
            protocol: "drawn by seed 0".to_string(),
            people: 6,
            pairs: 120,
            ..Setup::default()
        },
        hardest: HardestPairs {
            same: vec![pair(20, 21, 1.5), pair(22, 25, 1.4)],
            strangers: vec![pair(3, 30, 0.1)],
        },
        ..EncoderRow::default()
    }
}

/// The evaluation, opened from Search.
fn opened(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::open(columns, rows);
    stage.press("4v");
    stage
}

#[test]
fn every_encoder_is_judged_and_shown_with_its_curve_and_hardest_pairs() {
    let mut stage = opened(80, 24);
    let Request::Verify { encoders, .. } = stage.latest(RequestKind::Verify) else {
        panic!("another request");
    };
    // Both PCA, both runs, and last the pictures themselves.
    assert_eq!(encoders.len(), 5);
    assert_eq!(encoders[4], EncoderRef::Pixels);
    let screen = stage.text();
    assert!(
        screen.contains("drawn by seed 0: 120 pairs · 72 queries of 6 people"),
        "{screen}"
    );
    assert!(
        screen.contains("PCA-32") && screen.contains("0.550 ± 0.007"),
        "{screen}"
    );
    assert!(screen.contains("whitened cosine"), "{screen}");
    assert!(
        screen.contains("one person 1 of 2, farthest: 1.50"),
        "{screen}"
    );
    assert!(screen.contains("▒▒"), "no pictures: {screen}");
    assert!(screen.contains("without names"), "{screen}");
    stage.press("jjjj");
    let screen = stage.text();
    assert!(screen.contains("conv-32 †"), "{screen}");
    assert!(
        screen.contains("† 6 of 6 people were trained on by name"),
        "{screen}"
    );
}

#[test]
fn keys_go_through_the_pairs_and_enter_searches_the_first_picture() {
    let mut stage = opened(120, 40);
    stage.press("ll");
    assert!(stage.text().contains("one person 2 of 2, farthest: 1.40"));
    stage.press("s");
    assert!(stage.text().contains("strangers 1 of 1, closest: 0.10"));
    stage.press("sl<Enter>");
    assert_eq!(stage.app.context.face, Some(22));
    assert!(!stage.text().contains("telling people apart"));
    stage.press("<Back>");
    assert_eq!(stage.app.context.face, Some(0), "the query before");
}

#[test]
fn closing_takes_back_what_is_not_judged_yet_and_opening_goes_on() {
    let mut stage = Stage::open(200, 60);
    stage.press("4");
    stage.answers = false;
    stage.press("v");
    let text = stage.text();
    assert!(text.contains("judging the first encoder"), "{text}");
    stage.press("<Esc>");
    assert!(
        matches!(stage.effects.last(), Some(Effect::Cancel(_))),
        "{:?}",
        stage.effects
    );
    assert!(!stage.text().contains("telling people apart"));
    let before = stage.asked.len();
    stage.answers = true;
    stage.press("v");
    assert!(stage.asked.len() > before);
    let first = stage.latest(RequestKind::Verify).clone();
    stage.press("r");
    assert_ne!(*stage.latest(RequestKind::Verify), first, "judged anew");
    assert!(stage.text().contains("0.550"));
}

#[test]
fn rows_come_one_after_the_other_and_problems_are_said() {
    let mut stage = Stage::open(80, 24);
    stage.press("4");
    stage.answers = false;
    stage.press("v");
    let id = stage.last_id;
    let all = report(&[EncoderRef::Pixels]);
    let partial = VerificationReport {
        problems: vec!["conv-32: has no checkpoint yet".to_string()],
        waiting: 3,
        ..all
    };
    stage.reply(id, ResponseBody::Verified(partial));
    let text = stage.text();
    assert!(text.contains("3 encoders to go"), "{text}");
    assert!(text.contains("conv-32: has no checkpoint yet"), "{text}");
    assert!(stage.app.context.is_pending(RequestKind::Verify));
    let done = VerificationReport::default();
    stage.reply(id, ResponseBody::Verified(done));
    assert!(!stage.app.context.is_pending(RequestKind::Verify));
    assert!(stage.text().contains("nothing could be judged"));
}
