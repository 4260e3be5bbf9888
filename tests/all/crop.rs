//! The crop of a data set: chosen at import, used wherever its pictures are, and kept by runs that
//! were trained with it.

use std::path::Path;

use lfw_tui::Result;
use lfw_tui::dataset::faces::crop_and_resize;
use lfw_tui::dataset::import::import_with_crop;
use lfw_tui::dataset::picture_file::decode;
use lfw_tui::dataset::{self, Crop, FaceSpec, Faces, Imported};
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;
use serde_json::Value;

use crate::cli::program;

/// Eight pictures of four people, brighter towards the border.
fn pictures(folder: &Path, side: u32) {
    for person in 0..4u32 {
        let name = format!("P_{}", (b'A' + person as u8) as char);
        let own = folder.join(&name);
        std::fs::create_dir_all(&own).unwrap();
        for number in 1..=2u32 {
            image::RgbImage::from_fn(side, side, |x, y| {
                let (x, y) = (x * 100 / side, y * 100 / side);
                let far = x.abs_diff(50).max(y.abs_diff(50)) * 4;
                let part = (x / 9 * (3 + person) + y / 9 * (5 + number)) * 17 % 55;
                image::Rgb([(far + part) as u8, far as u8, (far / 2 + part * 2) as u8])
            })
            .save(own.join(format!("{name}_{number:04}.png")))
            .unwrap();
        }
    }
}

fn import(paths: &Paths, folder: &Path, crop: Option<Crop>) -> Result<Imported> {
    import_with_crop(paths, folder, crop, &mut unwatched)
}

fn has_note(imported: &Imported, part: &str) -> bool {
    imported.notes.iter().any(|note| note.contains(part))
}

#[test]
fn tight_pictures_cause_a_warning_and_a_chosen_crop_is_kept_and_used() {
    let temporary = tempfile::tempdir().unwrap();
    let paths = Paths::below(temporary.path().join("home"));
    let (tight, wide) = (
        temporary.path().join("tight"),
        temporary.path().join("wide"),
    );
    pictures(&tight, 112);
    pictures(&wide, 250);
    let usual = import(&paths, &wide, None).unwrap();
    assert!(usual.notes.is_empty(), "{:?}", usual.notes);
    assert_eq!(usual.dataset.crop(), Crop::LFW);

    let first = import(&paths, &tight, None).unwrap();
    assert!(has_note(&first, "112 × 112"), "{:?}", first.notes);
    assert!(has_note(&first, "the middle 40 × 40"), "{:?}", first.notes);
    assert!(has_note(&first, "--crop none"), "{:?}", first.notes);
    let spec = FaceSpec::default();
    let load = |dataset| Faces::load(&paths, dataset, spec, &mut unwatched).unwrap();
    let seen = |dataset: &dataset::Dataset, crop| {
        crop_and_resize(&decode(&dataset.path(3)).unwrap(), crop, spec)
    };
    assert_eq!(
        load(&first.dataset).bytes(3),
        seen(&first.dataset, Crop::LFW)
    );

    // Another crop for the same pictures: the same data set, cropped differently.
    let again = import(&paths, &tight, Some(Crop::NONE)).unwrap();
    assert!(again.already_imported && again.dataset.id == first.dataset.id);
    assert!(
        has_note(&again, "the crop is now none"),
        "{:?}",
        again.notes
    );
    assert!(has_note(&again, "was lfw"), "{:?}", again.notes);
    let opened = dataset::open(&paths, &first.dataset.id).unwrap();
    assert_eq!(opened.crop(), Crop::NONE);
    assert_eq!(load(&opened).bytes(3), seen(&opened, Crop::NONE));
    assert_ne!(seen(&opened, Crop::NONE), seen(&opened, Crop::LFW));
    // Importing it again without --crop keeps the choice and reports nothing.
    let kept = import(&paths, &tight, None).unwrap();
    assert_eq!((kept.dataset.crop(), kept.notes.len()), (Crop::NONE, 0));

    // So does importing the folder with one more picture, which is a new data set.
    std::fs::copy(
        tight.join("P_A/P_A_0001.png"),
        tight.join("P_A/P_A_0003.png"),
    )
    .unwrap();
    let more = import(&paths, &tight, None).unwrap();
    assert_ne!(more.dataset.id, first.dataset.id);
    assert_eq!(more.dataset.crop(), Crop::NONE);
    assert!(has_note(&more, "crop none"), "{:?}", more.notes);

    // With a crop chosen at the first import, LFW's included, there is no warning.
    let other = temporary.path().join("other");
    pictures(&other, 96);
    let chosen = import(&paths, &other, Some(Crop::LFW)).unwrap();
    assert!(chosen.notes.is_empty(), "{:?}", chosen.notes);
    let fraction: Crop = "0.1".parse().unwrap();
    let chosen = import(&paths, &other, Some(fraction)).unwrap().dataset;
    assert_eq!(load(&chosen).bytes(3), seen(&chosen, fraction));
}

#[test]
fn runs_keep_the_crop_they_were_trained_with() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    pictures(&folder.join("tight"), 112);
    let does = |line: &str| -> Value {
        let words: Vec<&str> = line.split(' ').chain(["--json"]).collect();
        let output = program(&folder.join("home"), &words)
            .current_dir(folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {said}");
        let text = String::from_utf8(output.stdout).unwrap();
        serde_json::from_str(text.lines().last().unwrap()).unwrap()
    };
    assert_eq!(does("import tight --crop none")["crop"], "none");
    does("train --preset pca --code-size 2 --held-out 0.3 --name whole");
    let whole = does("eval whole");
    assert_eq!(whole["crop"], "none");
    let fitted = does("eval pca-2");
    assert_eq!(fitted["crop"], "none");
    let file = "tight/P_C/P_C_0002.png";
    assert_eq!(
        does(&format!("search whole {file} -k 1 --with-copies"))["distance"],
        0.0
    );
    let denoise = |model: &str| does(&format!("denoise {model} {file} --noise none -o d.png"));
    let clean = denoise("whole");
    assert_eq!(clean["crop"], "none");

    assert_eq!(does("import tight --crop lfw")["crop"], "lfw");
    // Models and tensors of one crop are not used for the other.
    let middle = does("eval pca-2");
    assert_eq!(middle["crop"], "lfw");
    assert_ne!(middle["mse"], fitted["mse"]);
    assert_eq!(denoise("pca-2")["crop"], "lfw");
    // The run has not changed.
    assert_eq!(does("eval whole"), whole);
    assert_eq!(denoise("whole"), clean);
    assert_eq!(
        does(&format!("search whole {file} -k 1 --with-copies"))["distance"],
        0.0
    );
    // A new run uses the new crop; with --data, that data set's crop.
    does("train --preset pca --code-size 2 --held-out 0.3 --name middle");
    assert_eq!(does("eval middle")["crop"], "lfw");
    assert_eq!(does("eval whole --data tight")["crop"], "lfw");
    // Back again: exactly the same numbers as before.
    does("import tight --crop none");
    assert_eq!(does("eval pca-2"), fitted);
}
