//! Damage other than noise, and draws from the faces behind it, as the screen asks the engine for
//! them.

use lfw_tui::dataset::Noise;
use lfw_tui::engine::{Damage, DrawParams, Drawn, ModelRef, PictureRef, Request, ResponseBody};

use crate::engine::{Asker, denoise, pca};

#[test]
fn other_damage_is_answered_by_what_can_answer_it() {
    let (mut asker, _) = Asker::on_gallery();
    for damage in [Damage::Coarse(8), Damage::Blur(1.5), Damage::Grey] {
        let mut request = denoise(Noise::None, 3);
        if let Request::Denoise {
            params,
            damage: asked,
        } = &mut request
        {
            params.classical = true;
            *asked = damage;
        }
        let denoised = asker.denoised(request);
        assert_eq!(denoised.damaged.label, "damaged");
        let labels: Vec<&str> = denoised.outputs.iter().map(|o| o.label.as_str()).collect();
        assert_eq!(labels, ["PCA-32", "PCA-85", "Wiener"], "{damage}");
        assert_eq!(
            denoised.left_out,
            ["non-local means and TV remove noise only"]
        );
        let wiener = denoised.outputs[2].quality.psnr_db;
        assert!(wiener > denoised.damaged.quality.psnr_db, "{damage}");
    }
}

fn draw(damage: Damage, draw_seed: u64, count: usize) -> Request {
    Request::Draw(DrawParams {
        model: ModelRef::Bundled("sample-denoiser".to_string()),
        source: PictureRef::Index(17),
        damage,
        noise_seed: 3,
        draw_seed,
        count,
    })
}

#[test]
fn draws_rise_from_noise_differ_and_their_mean_errs_less() {
    let (mut asker, _) = Asker::on_gallery();
    let mut drawn = |request: Request| -> Vec<Drawn> {
        let id = asker.send(request);
        let mut answers = Vec::new();
        loop {
            match asker.answer(id) {
                ResponseBody::Drawn(drawn) => answers.push(drawn),
                other => panic!("{other:?}"),
            }
            if answers.last().is_some_and(|drawn| drawn.results.is_some()) {
                return answers;
            }
        }
    };
    let answers = drawn(draw(Damage::Coarse(8), 5, 3));
    assert!(
        answers
            .windows(2)
            .all(|pair| pair[0].passes.0 < pair[1].passes.0)
    );
    let last = answers.last().unwrap();
    assert_eq!(last.passes.0, last.passes.1);
    assert_eq!(last.faces.len(), 3);
    assert!(last.faces[0] != last.faces[1] && last.faces[1] != last.faces[2]);
    let results = last.results.as_ref().unwrap();
    let errors: Vec<f64> = results.draws.iter().map(|draw| draw.quality.mse).collect();
    let mean_error = errors.iter().sum::<f64>() / 3.0;
    assert!(results.mean.quality.mse < mean_error);
    // A draw depends on its number and the seed, not on how many there are.
    let fewer = drawn(draw(Damage::Coarse(8), 5, 1));
    let first = &fewer.last().unwrap().faces[0];
    let values = first.as_raw().iter().zip(last.faces[0].as_raw());
    assert!(values.clone().all(|(a, b)| a.abs_diff(*b) <= 1));
    let others = drawn(draw(Damage::Coarse(8), 6, 1));
    assert_ne!(&others.last().unwrap().faces[0], first);
}

#[test]
fn newer_draws_replace_those_under_way_and_others_do_not_wait_for_them() {
    let (mut asker, _) = Asker::on_gallery();
    asker.denoised(denoise(Noise::Gaussian(0.1), 0));
    let first = asker.send(draw(Damage::Grey, 0, 16));
    while !matches!(asker.answer(first), ResponseBody::Drawn(_)) {}
    let between = asker.send(denoise(Noise::Gaussian(0.2), 0));
    let second = asker.send(draw(Damage::Noise(Noise::Gaussian(0.2)), 0, 1));
    let mut ends = Vec::new();
    while ends.len() < 3 {
        let reply = asker.next();
        match reply.body {
            ResponseBody::Drawn(drawn) if drawn.results.is_none() => {}
            ResponseBody::Superseded => ends.push((reply.id, "superseded")),
            ResponseBody::Drawn(_) => ends.push((reply.id, "drawn")),
            ResponseBody::Denoised(_) => ends.push((reply.id, "denoised")),
            other => panic!("{other:?}"),
        }
    }
    assert!(ends.contains(&(first, "superseded")) && ends.contains(&(between, "denoised")));
    assert_eq!(ends[2], (second, "drawn"));
}

#[test]
fn a_model_that_is_no_denoiser_draws_nothing() {
    let (mut asker, _) = Asker::on_gallery();
    let mut request = draw(Damage::Grey, 0, 1);
    if let Request::Draw(params) = &mut request {
        params.model = pca(32);
    }
    match asker.ask(request) {
        ResponseBody::Failed(problem) => assert!(problem.contains("denoiser"), "{problem}"),
        other => panic!("{other:?}"),
    }
}
