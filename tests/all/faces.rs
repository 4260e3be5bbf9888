//! Face tensors: made once, memory-mapped afterwards, and true to the pictures.

use lfw_tui::dataset::faces::crop_and_resize;
use lfw_tui::dataset::import::import;
use lfw_tui::dataset::picture_file::decode;
use lfw_tui::dataset::{Crop, FaceSpec, Faces, Preprocess};
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;

use crate::archives::{jpeg, lfw, png, tgz};
use crate::tiny;

fn home(files: &[(&str, Vec<u8>)]) -> (tempfile::TempDir, Paths, lfw_tui::dataset::Dataset) {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::below(home.path().join("home"));
    let archive = home.path().join("faces.tgz");
    std::fs::write(&archive, tgz(files)).unwrap();
    let dataset = import(&paths, &archive, &mut unwatched).unwrap().dataset;
    (home, paths, dataset)
}

#[test]
fn every_size_and_resize_shows_every_picture_in_the_data_sets_order() {
    let mut files = lfw();
    files.push(("lfw/B/own.png", png(120, 90, 7)));
    let (_home, paths, dataset) = home(&files);
    for size in [32, 64] {
        for preprocess in [Preprocess::Seed, Preprocess::Smooth] {
            let spec = FaceSpec { size, preprocess };
            let faces = Faces::load(&paths, &dataset, spec, &mut unwatched).unwrap();
            assert_eq!((faces.len(), faces.spec()), (4, spec));
            for picture in 0..4 {
                let expected =
                    crop_and_resize(&decode(&dataset.path(picture)).unwrap(), Crop::LFW, spec);
                assert!(faces.bytes(picture) == expected, "{picture} at {spec:?}");
            }
            let floats = faces.batch(&[2]);
            assert_eq!(floats[5], f32::from(faces.bytes(2)[5]) / 255.0 - 0.5);
        }
    }
}

#[test]
fn the_first_tensor_comes_with_the_import_and_others_are_made_once() {
    let (_home, paths, dataset) = home(&lfw());
    let mut reports = 0;
    let mut count = |_: lfw_tui::progress::Progress<'_>| {
        reports += 1;
        Ok(())
    };
    Faces::load(&paths, &dataset, FaceSpec::default(), &mut count).unwrap();
    assert_eq!(reports, 0, "made while importing");
    let larger = FaceSpec {
        size: 96,
        preprocess: Preprocess::Smooth,
    };
    Faces::load(&paths, &dataset, larger, &mut unwatched).unwrap();
    let mut count = |_: lfw_tui::progress::Progress<'_>| panic!("made again");
    Faces::load(&paths, &dataset, larger, &mut count).unwrap();
}

#[test]
fn a_truncated_tensor_is_made_again() {
    let (_home, paths, dataset) = home(&lfw());
    let tensor = std::fs::read_dir(paths.face_tensors())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let whole = std::fs::read(&tensor).unwrap();
    for torn in [&whole[..whole.len() / 2], &whole[..10], b""] {
        std::fs::write(&tensor, torn).unwrap();
        Faces::load(&paths, &dataset, FaceSpec::default(), &mut unwatched).unwrap();
        assert!(std::fs::read(&tensor).unwrap() == whole);
    }
}

#[test]
fn a_picture_damaged_since_the_import_is_named() {
    let (_home, paths, dataset) = home(&lfw());
    std::fs::write(dataset.path(1), b"broken").unwrap();
    let spec = FaceSpec {
        size: 48,
        preprocess: Preprocess::Seed,
    };
    let message = Faces::load(&paths, &dataset, spec, &mut unwatched)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("A_B_0002.jpg") && message.contains("import it again"),
        "{message}"
    );
    let odd = FaceSpec {
        size: 33,
        preprocess: Preprocess::Seed,
    };
    assert!(Faces::load(&paths, &dataset, odd, &mut unwatched).is_err());
}

/// Some of LFW's pictures through `cv2.imdecode`, crop 80 and `cv2.resize` to 32×32, as means per
/// channel: the whole path from file to tensor.
#[test]
fn decoding_and_resizing_agree_with_opencv_on_lfws_pictures() {
    let archive =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/lfw-dev.tgz");
    if !archive.exists() {
        println!("skipped: no ../shared/data");
        return;
    }
    let (_home, paths) = tiny::home();
    let dataset = import(&paths, &archive, &mut unwatched).unwrap().dataset;
    let faces = Faces::load(&paths, &dataset, FaceSpec::default(), &mut unwatched).unwrap();
    for (face, expected) in OPENCV_MEANS {
        let bytes = faces.bytes(dataset.find_face(face).unwrap());
        for (channel, expected) in expected.into_iter().enumerate() {
            let sum: u32 = bytes
                .iter()
                .skip(channel)
                .step_by(3)
                .map(|&b| u32::from(b))
                .sum();
            let mean = f64::from(sum) / 1024.0 - CHROMA_ROUNDING[channel];
            assert!(
                (mean - expected).abs() < 0.25,
                "{face} {channel}: {mean} {expected}"
            );
        }
    }
}

/// zune-jpeg rounds half up where libjpeg alternates when upsampling chroma: the mean difference in
/// red, green and blue over lfw-dev's 147 pictures.
const CHROMA_ROUNDING: [f64; 3] = [0.25, -0.18, 0.29];

const OPENCV_MEANS: [(&str, [f64; 3]); 6] = [
    ("Andrew_Weissmann_0001", [116.820, 96.705, 77.528]),
    ("Ed_Smart_0001", [173.316, 121.614, 104.364]),
    ("Humberto_Espinoza_0001", [169.619, 141.140, 130.508]),
    ("Kelly_Clarkson_0001", [174.597, 118.707, 93.153]),
    ("Monica_Bellucci_0003", [154.425, 126.019, 87.099]),
    ("Susilo_Bambang_Yudhoyono_0002", [164.623, 116.604, 79.770]),
];

#[test]
fn decoding_is_safe_on_any_bytes() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("picture.jpg");
    let good = jpeg(1);
    for at in (0..good.len()).step_by(97) {
        let mut bad = good.clone();
        bad[at] ^= 0xff;
        std::fs::write(&path, &bad).unwrap();
        // Either outcome is fine; a panic or an endless loop is not.
        let _ =
            decode(&path).map(|picture| crop_and_resize(&picture, Crop::LFW, FaceSpec::default()));
        std::fs::write(&path, &good[..at]).unwrap();
        assert!(
            decode(&path)
                .unwrap_err()
                .to_string()
                .contains("picture.jpg")
        );
    }
    assert!(
        decode(home.path())
            .unwrap_err()
            .to_string()
            .contains("not a picture file")
    );
}
