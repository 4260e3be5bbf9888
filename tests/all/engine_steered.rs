//! Faces that the engine makes along directions and axes and in a square, and where made faces
//! come from.

use std::sync::Arc;

use lfw_tui::engine::{Heading, PictureRef, Request, ResponseBody, Verdict};

use crate::engine::{Asker, pca};

#[test]
fn faces_move_along_directions_and_axes_and_mix_in_a_square() {
    let (mut asker, _) = Asker::on_gallery();
    let mut make = |request: Request| match asker.ask(request) {
        ResponseBody::Generated(made) => made,
        answer => panic!("{answer:?}"),
    };
    let along = |to: Vec<usize>, reach| Request::Along {
        model: pca(32),
        face: PictureRef::Index(3),
        heading: Heading::Sets {
            to,
            from: Vec::new(),
        },
        reach,
        steps: 5,
        sharp: None,
    };
    let moved = make(along(vec![80, 81], 2.0));
    assert_eq!((moved.frames.len(), moved.sources.len()), (5, 1));
    // The middle is the face itself; farther away it is less like itself.
    assert_eq!(moved.frames[2].nearest.row, 3);
    assert!(moved.frames[2].nearest.distance < 1e-3);
    assert!(moved.frames[4].nearest.distance > moved.frames[3].nearest.distance);
    let still = make(along(vec![80, 81], 0.0));
    assert_eq!(still.frames[0].pixels, moved.frames[2].pixels);

    let axes = |face: Option<PictureRef>, values: Vec<f32>| Request::Axes {
        model: pca(32),
        face,
        values,
        axis: 1,
        reach: 3.0,
        steps: 3,
        sharp: None,
    };
    let mean = make(axes(None, Vec::new()));
    assert_eq!(mean.frames.len(), 4);
    assert_eq!(mean.frames[0].pixels, mean.frames[2].pixels);
    assert!(mean.axis_shares.is_sorted_by(|a, b| a >= b));
    assert!(mean.axis_shares.len() == 16 && mean.axis_shares[0] > 0.0);
    let end = make(axes(None, vec![0.0, 3.0]));
    assert_eq!(end.frames[0].pixels, mean.frames[3].pixels);
    let own = make(axes(Some(PictureRef::Index(3)), vec![0.0; 16]));
    assert_eq!(own.frames[0].pixels, still.frames[0].pixels);

    let square = make(Request::Square {
        model: pca(32),
        corners: [3, 80, 7].map(PictureRef::Index).to_vec(),
        columns: 4,
        rows: 3,
        sharp: None,
    });
    assert_eq!((square.frames.len(), square.columns), (12, Some(4)));
    let nearest = |at: usize| square.frames[at].nearest.row;
    assert_eq!([nearest(0), nearest(3), nearest(8)], [3, 80, 7]);
    // The missing corner is the mean face.
    assert_eq!(square.frames[11].pixels, mean.frames[0].pixels);

    let unknown = asker.ask(Request::Along {
        model: pca(32),
        face: PictureRef::Index(3),
        heading: Heading::Attribute("Wings".to_string()),
        reach: 1.0,
        steps: 3,
        sharp: None,
    });
    assert!(matches!(unknown, ResponseBody::Failed(problem) if problem.contains("Wings")));
}

#[test]
fn made_faces_are_compared_with_real_ones_while_others_are_made() {
    let (mut asker, _) = Asker::on_gallery();
    let sample = |model, spread| Request::Sample {
        model,
        spread,
        count: 3,
        seed: 5,
        sharp: None,
    };
    let morph = |model| Request::Morph {
        model,
        a: PictureRef::Index(3),
        b: PictureRef::Index(80),
        steps: 2,
        sharp: None,
    };
    let made = |answer: ResponseBody| match answer {
        ResponseBody::Generated(made) => made.frames[0].pixels.clone(),
        answer => panic!("{answer:?}"),
    };
    let face = made(asker.ask(morph(pca(64))));
    let comparing = asker.send(Request::Origin {
        model: pca(64),
        picture: face.clone(),
    });
    // What else is wanted comes meanwhile.
    let meanwhile = asker.send(sample(pca(20), 1.0));
    let (mut origin, mut sampled) = (None, None);
    while origin.is_none() || sampled.is_none() {
        let reply = asker.next();
        if reply.id == comparing {
            origin = Some(reply.body);
        } else if reply.id == meanwhile {
            sampled = Some(made(reply.body));
        }
    }
    let Some(ResponseBody::Origin(origin)) = origin else {
        panic!("{origin:?}");
    };
    assert_eq!((&origin.model, &origin.picture), (&pca(64), &face));
    let like = origin.found.unwrap();
    assert_eq!((like.face, like.verdict), (3, Verdict::Copy));
    assert!(like.words.starts_with("a copy of "), "{}", like.words);
    let picture = made(asker.ask(sample(pca(64), 1.0)));
    let answer = asker.ask(Request::Origin {
        model: pca(64),
        picture,
    });
    let ResponseBody::Origin(origin) = answer else {
        panic!("{answer:?}");
    };
    assert_ne!(origin.found.unwrap().verdict, Verdict::Copy);
    // A face of another size cannot be compared, which is said and fails nothing.
    let answer = asker.ask(Request::Origin {
        model: pca(64),
        picture: Arc::new(image::RgbImage::new(7, 7)),
    });
    assert!(matches!(answer, ResponseBody::Origin(origin) if origin.found.is_err()));
}
