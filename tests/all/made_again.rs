//! Faces that models make: judged beside real ones, and made again from the recipe in their file.

use std::path::Path;
use std::sync::Arc;

use lfw_tui::dataset::{FaceSpec, Noise};
use lfw_tui::engine::{
    Damage, DenoiseParams, DrawParams, Heading, ModelRef, NoiseParams, PictureRef, Request,
    ResponseBody,
};
use serde_json::Value;

use crate::engine::Asker;
use crate::figures::call;
use crate::gallery;

/// The last line of standard output as JSON, of a call that must succeed.
fn json(arguments: &[&str]) -> Value {
    let output = call(&gallery::home(), arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

fn failure(arguments: &[&str]) -> String {
    let output = call(&gallery::home(), arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn made_faces_are_judged_beside_real_ones() {
    let report = json(&["eval", "pca-16", "--samples", "40", "--json"]);
    let figure = |of: &Value, key: &str| of[key].as_f64().unwrap_or_else(|| panic!("{key}"));
    assert_eq!(report["samples"], 40);
    assert_eq!(report["held_out_faces"], 10);
    assert_eq!(report["training_faces"], 86);
    assert!(report["split"].as_str().unwrap().contains("held-out 0.1"));
    for key in ["frechet_pixels", "frechet_texture", "sharpness"] {
        assert!(figure(&report, key) > 0.0, "{key}");
    }
    for key in ["precision", "recall", "remembered"] {
        assert!((0.0..=1.0).contains(&figure(&report, key)), "{key}");
    }
    let references = report["references"].as_array().unwrap();
    assert_eq!(references[0]["name"], "real faces");
    assert!(
        references[0]["remembered"].is_null(),
        "they are the training faces"
    );
    assert!(figure(&references[0], "frechet_texture") < figure(&report, "frechet_texture"));
    assert!(
        references[1]["name"]
            .as_str()
            .unwrap()
            .starts_with("Gaussian")
    );
    // All people are on training pictures, and ten faces are few.
    let notes = report["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].as_str().unwrap().contains("--held-out-people"));
    assert!(
        notes[1]
            .as_str()
            .unwrap()
            .contains("10 held-out pictures are few")
    );
    let again = json(&["eval", "pca-16", "--samples", "40", "--json"]);
    assert_eq!(again, report);
    let descriptor = failure(&["eval", "descriptor", "--samples", "40"]);
    assert!(descriptor.contains("makes none"), "{descriptor}");
}

#[test]
fn sample_judges_and_says_whether_faces_are_new() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new.png");
    let out = out.to_str().unwrap();
    let report = json(&[
        "sample", "pca-16", "--count", "3", "--judge", "20", "-o", out, "--json",
    ]);
    assert_eq!(report["judged"]["samples"], 20);
    assert_eq!(report["judged"]["seed"], 0);
    let origins = report["origins"].as_array().unwrap();
    assert_eq!(origins.len(), 3);
    for origin in origins {
        assert!(["new", "near", "copy"].contains(&origin["verdict"].as_str().unwrap()));
        assert_eq!(origin["likest"].as_array().unwrap().len(), 2);
    }
    // A morph's ends are real faces, nearly, and the nearest in the codes is found.
    let face = gallery::opened().face_id(8);
    let other = gallery::opened().face_id(50);
    let morph = json(&["morph", "pca-64", &face, &other, "-o", out, "--json"]);
    let first = &morph["origins"][0];
    assert_eq!(first["verdict"], "copy", "{first}");
    assert_eq!(first["likest"][0]["face"], face.as_str());
}

#[test]
fn pictures_are_made_again_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let (face, other) = (gallery::opened().face_id(7), gallery::opened().face_id(50));
    // A picture file of one's own, which is to be the same when it is needed again.
    let own = path("own.png");
    std::fs::copy(gallery::opened().path(3), &own).unwrap();
    let made = path("made.png");
    for command in [
        &["sample", "pca-16", "--count", "5", "--seed", "3"][..],
        &["morph", "pca-16", &face, &other, "--steps", "3"],
        &["morph", "pca-16", &face, &other, &own, "--steps", "3"],
        &["sample", "pca-16", "--axis", "2", "-n", "3"],
        &["sample", "pca-16", "--axis", "1", "--from", &own],
        &[
            "denoise",
            "pca-16",
            &own,
            "--noise",
            "gaussian:0.2",
            "--seed",
            "9",
        ],
    ] {
        json(&[command, &["-o", &made, "--json"]].concat());
        let again = path(&format!("{}-again.png", command.join("").len()));
        let report = json(&["remake", &made, "-o", &again, "--json"]);
        assert_eq!(report["identical"], true, "{command:?}");
        assert_eq!(report["mode"], command[0]);
        let bytes = |path: &str| std::fs::read(path).unwrap();
        assert_eq!(bytes(&made), bytes(&again));
        // Nothing is overwritten.
        assert!(failure(&["remake", &made, "-o", &again]).contains("already exists"));
    }
    let unnamed = json(&["remake", &made, "--json"]);
    assert!(
        unnamed["output"]
            .as_str()
            .unwrap()
            .ends_with("made-remade.png")
    );
    let unnamed = json(&["remake", &made, "--json"]);
    assert!(
        unnamed["output"]
            .as_str()
            .unwrap()
            .ends_with("made-remade-2.png")
    );
    std::fs::copy(gallery::opened().path(4), &own).unwrap();
    assert!(failure(&["remake", &made]).contains("another picture"));
    std::fs::remove_file(&own).unwrap();
    assert!(failure(&["remake", &made]).contains("own.png"));
}

/// Requests whose pictures are saved on the Morph and Denoise tabs.
fn saved_requests() -> Vec<Request> {
    let faces = FaceSpec::default();
    let pca = |code_size| ModelRef::Pca { code_size, faces };
    let bundled = ModelRef::Bundled("sample-denoiser".to_string());
    vec![
        Request::Morph {
            model: pca(16),
            a: PictureRef::Index(3),
            b: PictureRef::Index(60),
            steps: 4,
            sharp: None,
        },
        Request::Vary {
            model: pca(16),
            face: PictureRef::Index(3),
            radius: 0.5,
            count: 3,
            seed: 2,
            sharp: None,
        },
        Request::Sample {
            model: pca(16),
            spread: 1.0,
            count: 3,
            seed: 4,
            sharp: Some(bundled.clone()),
        },
        Request::Along {
            model: pca(16),
            face: PictureRef::Index(3),
            heading: Heading::Sets {
                to: vec![1, 5, 9],
                from: vec![40, 50],
            },
            reach: 2.0,
            steps: 3,
            sharp: Some(bundled.clone()),
        },
        Request::Axes {
            model: pca(16),
            face: None,
            values: vec![1.0, -2.0],
            axis: 2,
            reach: 3.0,
            steps: 3,
            sharp: None,
        },
        Request::Square {
            model: pca(16),
            corners: vec![PictureRef::Index(3), PictureRef::Index(60)],
            columns: 4,
            rows: 2,
            sharp: None,
        },
        Request::FromNoise(NoiseParams {
            model: bundled,
            count: 4,
            seed: 3,
            passes: Some(3),
        }),
        Request::Denoise {
            params: DenoiseParams {
                models: vec![pca(16)],
                source: PictureRef::Index(9),
                noise_seed: 5,
                classical: false,
            },
            damage: Damage::Noise(Noise::Gaussian(0.2)),
        },
        Request::Draw(DrawParams {
            model: ModelRef::Bundled("sample-denoiser".to_string()),
            source: PictureRef::Index(9),
            damage: Damage::Coarse(8),
            noise_seed: 0,
            draw_seed: 5,
            count: 1,
        }),
    ]
}

/// What `w` saves on the Morph and Denoise tabs.
#[test]
fn pictures_of_the_screen_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut asker, _) = Asker::on_gallery();
    for request in saved_requests() {
        let id = asker.send(request.clone());
        let (made_by, picture) = loop {
            match asker.answer(id) {
                // Those that a denoiser finishes come plain before.
                ResponseBody::Generated(made)
                    if made.sharp.as_ref().is_none_or(|sharp| sharp.finished == 3) =>
                {
                    break (made.made_by, made.frames[0].pixels.clone());
                }
                ResponseBody::FromNoise(drawn) if drawn.is_done => {
                    let faces = &drawn.passes[3].pictures;
                    break (Some(Arc::new(request.clone())), faces[0].clone());
                }
                ResponseBody::Denoised(made) if made.pending == 0 => {
                    break (made.made_by, made.clean);
                }
                ResponseBody::Drawn(made) => {
                    if let Some(results) = made.results {
                        break (made.made_by, results.clean);
                    }
                }
                _ => {}
            }
        };
        assert_eq!(made_by.as_deref(), Some(&request));
        let saved = asker.ask(Request::Save {
            pictures: vec![picture],
            made_by,
            columns: None,
            name: "saved".to_string(),
        });
        let ResponseBody::Saved(saved) = saved else {
            panic!("{saved:?}");
        };
        // The recipe makes all pictures of the answer; only one of them was saved here.
        let out = folder.path().join("again.png");
        let (saved, out) = (saved.to_str().unwrap(), out.to_str().unwrap());
        let report = json(&["remake", saved, "-o", out, "--json"]);
        assert_eq!(
            (&report["mode"], &report["identical"]),
            (&"screen".into(), &false.into())
        );
        let twice = json(&["remake", out, "--json"]);
        assert_eq!(twice["identical"], true, "{request:?}");
        assert!(image::open(out).unwrap().width() > 3 * 256);
        std::fs::remove_file(out).unwrap();
        std::fs::remove_file(twice["output"].as_str().unwrap()).unwrap();
    }
}

#[test]
fn a_file_that_cannot_be_made_again_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(path(name), bytes).unwrap();
        path(name)
    };
    assert!(failure(&["remake", &path("none.png")]).contains("no such file"));
    let text = write("text.png", b"not a picture");
    assert!(failure(&["remake", &text]).contains("neither a PNG nor a GIF"));
    let plain = path("plain.png");
    image::RgbImage::new(8, 8).save(&plain).unwrap();
    assert!(failure(&["remake", &plain]).contains("has no recipe"));
    let made = path("made.png");
    json(&["sample", "pca-16", "--count", "2", "-o", &made, "--json"]);
    let whole = std::fs::read(&made).unwrap();
    let cut = write("cut.png", &whole[..whole.len() / 2]);
    assert!(failure(&["remake", &cut]).contains("cut off"));
    // The data set and the model, by their fingerprints.
    let changed = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let (from, to) = (from.as_bytes(), to.as_bytes());
        let at = whole.windows(from.len()).position(|part| part == from);
        let at = at.expect("in the recipe");
        let mut bytes = whole.clone();
        bytes[at..at + from.len()].copy_from_slice(to);
        bytes
    };
    let fingerprint = gallery::opened().fingerprint;
    let elsewhere = fingerprint.chars().rev().collect::<String>();
    let other_data = write("data.png", &recrc(changed(&fingerprint, &elsewhere)));
    let error = failure(&["remake", &other_data]);
    assert!(error.contains("import the same pictures"), "{error}");
    let other_model = write("model.png", &recrc(changed("pca-16", "pca-17")));
    let error = failure(&["remake", &other_model]);
    assert!(error.contains("pca-17: is not as it was"), "{error}");
    let later = write("later.png", &recrc(changed("\"format\":1", "\"format\":7")));
    assert!(failure(&["remake", &later]).contains("update it"));
    assert!(!Path::new(&path("later-remade.png")).exists());
}

/// A PNG with right checksums.
fn recrc(mut png: Vec<u8>) -> Vec<u8> {
    let mut at = 8;
    while at + 12 <= png.len() {
        let length = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
        let end = at + 8 + length;
        let mut crc = flate2::Crc::new();
        crc.update(&png[at + 4..end]);
        png[end..end + 4].copy_from_slice(&crc.sum().to_be_bytes());
        at = end + 4;
    }
    png
}
