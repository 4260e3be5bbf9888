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

fn held_out(seen: &Seen) -> &[usize] {
    match seen {
        Seen::AllBut(rows) => rows,
        other => panic!("{other:?}"),
    }
}

#[test]
fn pca_is_held_to_a_split_as_runs_are() {
    let bundled = ModelRef::Bundled("sample-denoiser".to_string());
    let gone = ModelRef::Run("zzzzz".to_string());
    let (mut asker, _) = Asker::on_gallery();
    let on_gallery = seen(&mut asker, &[pca(32), bundled.clone(), gone]);
    let all: Vec<&Seen> = on_gallery.models.iter().map(|(_, seen)| seen).collect();
    assert_eq!(all[0], &on_gallery.references);
    assert_eq!(all[1..], [&Seen::OtherPictures, &Seen::Unknown]);
    // Without a run, the face is still one that PCA has not seen.
    assert_eq!(
        on_gallery.first_held_out(),
        held_out(all[0]).first().copied()
    );
    // In a home of its own: the gallery is to stay the data set used last in its home.
    let home = tempfile::tempdir().unwrap();
    let mut asker = Asker::new(Paths::below(home.path()));
    let data = Some("sample".to_string());
    asker.ask(Request::Open { data });
    let on_sample = seen(&mut asker, &[pca(32), bundled]);
    assert_eq!(on_sample.models[0].1, on_sample.references);
    let tenth = sample::PICTURE_COUNT / 10;
    let first = on_sample.first_held_out().unwrap();
    for (_, seen) in &on_sample.models {
        let rows = held_out(seen);
        assert!((tenth..2 * tenth).contains(&rows.len()), "{rows:?}");
        assert!(rows.contains(&first));
    }
}
