//! Denoise on a picture file, and on a face that no shown model was trained on.

use std::sync::Arc;

use lfw_tui::engine::{PictureRef, Request, RequestId, RequestKind, ResponseBody, Seen, SeenFaces};

use super::stage::{Stage, folder, source_of};

fn source(stage: &Stage) -> PictureRef {
    source_of(stage.latest(RequestKind::Denoise)).clone()
}

#[test]
fn a_picture_file_takes_the_faces_place_until_escape() {
    let mut stage = Stage::open(100, 30);
    stage.press("3");
    assert_eq!(source(&stage), PictureRef::Index(0));
    let file = folder().join("Laura_Bush/Laura_Bush_0002.png");
    stage.press("o");
    stage.press(file.to_str().unwrap());
    stage.press("<Enter>");
    assert_eq!(source(&stage), PictureRef::File(file.clone()));
    // The remark that it is of one colour makes way for the status.
    stage.press("l");
    let text = stage.text();
    assert!(text.contains("Laura_Bush_0002.png") && text.contains("a picture file"));
    // Another part of it: the whole picture.
    stage.press("Cw<Enter>");
    assert!(matches!(source(&stage), PictureRef::Cropped(path, _) if path == file));
    stage.press("<Esc>");
    assert_eq!(source(&stage), PictureRef::Index(0));
    // What is no picture leaves everything as it is, and can be typed again.
    stage.press("o/no/such/file.png<Enter>");
    assert!(
        stage.message().contains("no such file"),
        "{}",
        stage.message()
    );
    assert_eq!(source(&stage), PictureRef::Index(0));
    stage.press("<Esc>");
    // The next face ends it too.
    stage.press("o");
    stage.press(file.to_str().unwrap());
    stage.press("<Enter>]");
    assert_eq!(source(&stage), PictureRef::Index(1));
    // Only a file is cropped.
    stage.press("C");
    assert!(stage.message().contains("only a picture file"));
}

/// Denoise in view, and what its models, and PCA and the Wiener filter, have seen.
fn with_seen(before: &str, seen: &dyn Fn(usize) -> Seen, references: Seen) -> Stage {
    let mut stage = Stage::open(120, 40);
    stage.press(before);
    stage.press("3");
    let Request::SeenFaces { models } = stage.latest(RequestKind::SeenFaces).clone() else {
        panic!("not asked");
    };
    // Ids count up from 1.
    let asked = |(kind, _): &(RequestKind, Request)| *kind == RequestKind::SeenFaces;
    let place = stage.asked.iter().rposition(asked);
    let id = RequestId(place.unwrap() as u64 + 1);
    let models = models.into_iter().enumerate();
    let models = models.map(|(place, model)| (model, seen(place))).collect();
    let seen = SeenFaces { models, references };
    stage.reply(id, ResponseBody::SeenFaces(seen));
    stage
}

fn all_but(rows: &[usize]) -> Seen {
    Seen::AllBut(Arc::new(rows.to_vec()))
}

#[test]
fn the_first_face_is_one_that_nothing_has_seen() {
    let held_out = |_: usize| all_but(&[9, 30]);
    let mut stage = with_seen("", &held_out, all_but(&[7, 30]));
    assert_eq!(source(&stage), PictureRef::Index(30));
    let text = stage.text();
    assert!(text.contains("held out from denoiser and PCA ·"), "{text}");
    stage.press("c");
    let text = stage.text();
    assert!(
        text.contains("held out from denoiser, PCA and Wiener ·"),
        "{text}"
    );
    stage.press("]");
    let text = stage.text();
    assert!(
        text.contains("denoiser, PCA and Wiener have seen it"),
        "{text}"
    );
    // A face that somebody has selected stays.
    let stage = with_seen("jjd1", &held_out, all_but(&[7, 30]));
    assert_ne!(source(&stage), PictureRef::Index(30));
}

#[test]
fn where_no_face_is_unseen_by_all_the_first_is_one_that_the_models_have_not_seen() {
    let held_out = |_: usize| all_but(&[9, 30]);
    for references in [Seen::All, all_but(&[7, 8])] {
        let mut stage = with_seen("", &held_out, references);
        assert_eq!(source(&stage), PictureRef::Index(9));
        let text = stage.text();
        assert!(
            text.contains("held out from denoiser; PCA has seen it"),
            "{text}"
        );
    }
    // Without a run, PCA's own split counts.
    let mut stage = with_seen("", &|_| Seen::OtherPictures, all_but(&[7, 8]));
    assert_eq!(source(&stage), PictureRef::Index(7));
    assert!(stage.text().contains("held out from PCA ·"));
    // Nothing was held out, or nobody knows.
    for seen in [Seen::Unknown, Seen::All, Seen::OtherPictures] {
        let mut stage = with_seen("", &|_| seen.clone(), Seen::All);
        assert_eq!(source(&stage), PictureRef::Index(0));
        assert!(stage.text().contains("PCA has seen it") || seen == Seen::All);
    }
}
