//! Which pictures models were fitted on, asked of the engine.

use lfw_tui::dataset::sample;
use lfw_tui::engine::{ModelRef, Request, ResponseBody, Seen, SeenFaces};
use lfw_tui::paths::Paths;

use crate::engine::{Asker, pca};

fn seen(asker: &mut Asker, models: &[ModelRef]) -> SeenFaces {
    let models = models.to_vec();
    match asker.ask(Request::SeenFaces { models }) {
        ResponseBody::SeenFaces(seen) => seen,
        other => panic!("{other:?}"),
    }
}

#[test]
fn fitted_models_have_seen_all_and_others_what_their_split_says() {
    let bundled = ModelRef::Bundled("sample-denoiser".to_string());
    let gone = ModelRef::Run("zzzzz".to_string());
    let (mut asker, _) = Asker::on_gallery();
    let on_gallery = seen(&mut asker, &[pca(32), bundled.clone(), gone]);
    let all: Vec<&Seen> = on_gallery.models.iter().map(|(_, seen)| seen).collect();
    assert_eq!(all, [&Seen::All, &Seen::OtherPictures, &Seen::Unknown]);
    assert_eq!(on_gallery.first_held_out(), None);
    // In a home of its own: the gallery is to stay the data set used last in its home.
    let home = tempfile::tempdir().unwrap();
    let mut asker = Asker::new(Paths::below(home.path()));
    let data = Some("sample".to_string());
    asker.ask(Request::Open { data });
    let on_sample = seen(&mut asker, &[pca(32), bundled]);
    let Seen::AllBut(held_out) = &on_sample.models[1].1 else {
        panic!("{on_sample:?}");
    };
    assert!(!held_out.is_empty() && held_out.len() < sample::PICTURE_COUNT / 2);
    assert_eq!(on_sample.first_held_out(), held_out.first().copied());
}
