//! Faces from noise, asked of the engine as the screen asks for them.

use lfw_tui::engine::{
    FacesFromNoise, Generated, ModelRef, NoiseParams, PictureRef, Request, RequestId, ResponseBody,
};

use crate::engine::Asker;

const PASSES: usize = 5;

fn faces(count: usize, seed: u64) -> Request {
    Request::FromNoise(NoiseParams {
        model: ModelRef::Bundled("sample-denoiser".to_string()),
        count,
        seed,
        passes: Some(PASSES),
    })
}

fn answer(asker: &mut Asker, id: RequestId) -> FacesFromNoise {
    match asker.answer(id) {
        ResponseBody::FromNoise(drawn) => drawn,
        other => panic!("{other:?}"),
    }
}

/// The last answer to a request that was not answered yet, and the number of answers.
fn finish(asker: &mut Asker, id: RequestId) -> (FacesFromNoise, usize) {
    for answers in 1.. {
        let drawn = answer(asker, id);
        if drawn.is_done {
            return (drawn, answers);
        }
    }
    unreachable!()
}

#[test]
fn passes_come_one_by_one_and_the_noise_at_once() {
    let (mut asker, _) = Asker::on_gallery();
    let id = asker.send(faces(3, 7));
    let first = answer(&mut asker, id);
    assert_eq!((first.passes.len(), first.is_done), (1, false));
    let start = &first.passes[0];
    assert_eq!((start.number, start.pictures.len()), (0, 3));
    let (last, answers) = finish(&mut asker, id);
    assert_eq!(last.expected, PASSES);
    assert_eq!((answers, last.passes.len()), (PASSES, PASSES + 1));
    assert!(last.passes[0] == first.passes[0]);
    let sigmas: Vec<f32> = last.passes.iter().map(|pass| pass.sigma).collect();
    assert!(sigmas[0] > sigmas[PASSES - 1], "{sigmas:?}");
    let faces_of = |drawn: &FacesFromNoise| drawn.passes[PASSES].pictures.clone();
    assert!(faces_of(&last)[0] != faces_of(&last)[1]);

    // Fewer of the same are there already, others are not.
    let id = asker.send(faces(2, 7));
    let again = answer(&mut asker, id);
    assert!(again.is_done && again.passes == last.passes);
    let id = asker.send(faces(3, 8));
    let (other, _) = finish(&mut asker, id);
    assert!(faces_of(&other) != faces_of(&last));
    let id = asker.send(faces(3, 7));
    let (same, answers) = finish(&mut asker, id);
    assert_eq!(answers, PASSES + 1);
    assert!(faces_of(&same) == faces_of(&last));
}

#[test]
fn draws_that_were_cancelled_go_on_where_they_were() {
    let (mut asker, _) = Asker::on_gallery();
    let id = asker.send(faces(2, 1));
    let _ = answer(&mut asker, id);
    asker.engine.cancel(id);
    loop {
        match asker.answer(id) {
            ResponseBody::FromNoise(drawn) => assert!(!drawn.is_done, "cancelled too late"),
            ResponseBody::Superseded => break,
            other => panic!("{other:?}"),
        }
    }
    let id = asker.send(faces(2, 1));
    let first = answer(&mut asker, id);
    let (last, answers) = finish(&mut asker, id);
    assert_eq!(last.passes.len(), PASSES + 1);
    assert_eq!(answers, PASSES + 1 - first.passes.len());
}

#[test]
fn only_a_denoiser_draws_from_noise() {
    let (mut asker, _) = Asker::on_gallery();
    let wrong = Request::FromNoise(NoiseParams {
        model: crate::engine::pca(32),
        count: 1,
        seed: 0,
        passes: None,
    });
    let ResponseBody::Failed(problem) = asker.ask(wrong) else {
        panic!("PCA cannot");
    };
    assert!(problem.contains("denoiser"), "{problem}");
}

#[test]
fn a_denoiser_finishes_the_faces_of_codes() {
    let (mut asker, _) = Asker::on_gallery();
    let steps = 6;
    let morph = |sharp| Request::Morph {
        model: crate::engine::pca(16),
        a: PictureRef::Index(3),
        b: PictureRef::Index(60),
        steps,
        sharp,
    };
    let next = |asker: &mut Asker, id| match asker.answer(id) {
        ResponseBody::Generated(made) => made,
        other => panic!("{other:?}"),
    };
    let id = asker.send(morph(None));
    let plain = next(&mut asker, id);
    assert!(plain.sharp.is_none());
    let denoiser = ModelRef::Bundled("sample-denoiser".to_string());
    let id = asker.send(morph(Some(denoiser)));
    // The decoded faces come at once, and the finished ones take their places in order.
    let mut finished = vec![0];
    let mut made = next(&mut asker, id);
    assert!((0..steps).all(|at| made.frames[at].pixels == plain.frames[at].pixels));
    while *finished.last().unwrap() < steps {
        made = next(&mut asker, id);
        let sharp = made.sharp.as_ref().unwrap();
        assert_eq!(sharp.problem, None);
        for at in 0..steps {
            let is_plain = made.frames[at].pixels == plain.frames[at].pixels;
            assert_eq!(is_plain, at >= sharp.finished, "{at}");
        }
        finished.push(sharp.finished);
    }
    assert!(finished.is_sorted() && finished.len() > 2, "{finished:?}");
    // Their codes are those of the way, so that the real faces near them are too.
    let rows = |made: &Generated| -> Vec<usize> {
        made.frames.iter().map(|frame| frame.nearest.row).collect()
    };
    assert_eq!(rows(&made), rows(&plain));

    let id = asker.send(morph(Some(crate::engine::pca(32))));
    let _ = next(&mut asker, id);
    let left = next(&mut asker, id);
    let problem = left.sharp.unwrap().problem.unwrap();
    assert!(problem.contains("denoiser"), "{problem}");
    assert!(left.frames[0].pixels == plain.frames[0].pixels);
}
