//! The one-shot commands, as a script would call them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::gallery;

fn call(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lfw-tui"))
        .args(arguments)
        .env("LFW_TUI_HOME", gallery::home())
        .output()
        .unwrap()
}

/// Standard output as JSON, one value a line, of a call that must succeed.
fn json(arguments: &[&str]) -> Vec<Value> {
    let output = call(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The one line that a call fails with.
fn failure(arguments: &[&str]) -> String {
    let output = call(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

/// A face near the first: its id and its file.
fn face() -> (String, String) {
    let hit = &json(&["search", "pca-8", &any_face(), "-k", "1", "--json"])[0];
    let text = |key: &str| hit[key].as_str().unwrap().to_string();
    (text("face"), text("file"))
}

fn any_face() -> String {
    gallery::opened().face_id(7)
}

#[test]
fn eval_judges_on_what_was_held_out_and_says_what_that_was() {
    let result = &json(&["eval", "pca-16", "--json"])[0];
    assert_eq!(result["pictures"], 10);
    assert_eq!(result["run"], "pca-16");
    assert_eq!(result["preprocess"], "seed");
    assert_eq!(result["size"], 32);
    assert_eq!(result["noise"], "none");
    assert!(result["split"].as_str().unwrap().contains("held-out 0.1"));
    let figure = |result: &Value, key: &str| result[key].as_f64().unwrap();
    let mse = figure(result, "mse");
    assert!(mse > 0.0 && mse < 0.05);
    assert!((figure(result, "psnr_db") + 10.0 * mse.log10()).abs() < 1e-6);
    assert!((0.0..1.0).contains(&figure(result, "ssim")));
    let larger = &json(&["eval", "pca-64", "--json"])[0];
    assert!(figure(larger, "mse") < mse, "more components are better");
    let noisy = &json(&["eval", "pca-64", "--noise", "gaussian:0.1", "--json"])[0];
    assert!((figure(noisy, "noisy_mse") - 0.01).abs() < 2e-4);
    assert!(figure(noisy, "mse") > figure(larger, "mse"));
}

#[test]
fn search_ranks_by_distance_and_takes_faces_and_files() {
    let id = any_face();
    let (nearest, file) = face();
    assert_ne!(nearest, id, "a face is not its own neighbour");
    let hits = json(&[
        "search", "pca-32", &id, "-k", "5", "--metric", "cosine", "--whiten", "--json",
    ]);
    assert_eq!(hits.len(), 5);
    let mut last = 0.0;
    for (index, hit) in hits.iter().enumerate() {
        assert_eq!(hit["rank"], index + 1);
        let distance = hit["distance"].as_f64().unwrap();
        assert!(distance >= last);
        last = distance;
        assert!(Path::new(hit["file"].as_str().unwrap()).is_file());
        assert!(hit["name"].is_string() && hit["same_person"].is_boolean());
    }
    let by_file = &json(&["search", "pca-32", &file, "-k", "1", "--json"])[0];
    assert_eq!(by_file["face"], nearest.as_str());
    assert!(by_file["distance"].as_f64().unwrap() < 1e-3);
    assert!(by_file["same_person"].is_null());
    let hashed = json(&["search", "pca-32", &id, "--index", "lsh", "--json"]);
    let exact = json(&["search", "pca-32", &id, "--json"]);
    let found = exact
        .iter()
        .filter(|hit| hashed.iter().any(|other| other["face"] == hit["face"]));
    assert!(found.count() >= 8);
}

#[test]
fn denoise_and_morph_write_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let (id, file) = face();
    let out = folder.path().join("noisy.png");
    let out = out.to_str().unwrap();
    let common = ["denoise", "pca-64"];
    let rest = ["--noise", "gaussian:0.2", "-o", out, "--json"];
    let report = &json(&[&common[..], &[&id], &rest[..]].concat())[0];
    let psnr = |of: &str| report[of]["psnr_db"].as_f64().unwrap();
    assert!((psnr("noisy") - 14.0).abs() < 0.6);
    assert!(psnr("denoised") > psnr("noisy"));
    let sheet = image::open(out).unwrap();
    assert!(sheet.width() > 3 * 256 && sheet.height() == 256);
    // A second call replaces it, and a file is as good as its face.
    let again = &json(&[&common[..], &[&file], &rest[..]].concat())[0];
    assert_eq!(again["denoised"], report["denoised"]);

    let out = folder.path().join("morph.png");
    let out = out.to_str().unwrap();
    let report = &json(&[
        "morph",
        "pca-32",
        &id,
        &any_face(),
        "--steps",
        "4",
        "-o",
        out,
        "--json",
    ])[0];
    assert_eq!(report["steps"], 4);
    assert!(image::open(out).unwrap().width() > 4 * 256);
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let id = any_face();
    assert!(failure(&["eval", "nosuchrun"]).contains("nosuchrun"));
    assert!(failure(&["search", "pca-8", "No_Such_Face_0001"]).contains("No_Such"));
    assert!(failure(&["search", "pca-8", "/no/such.jpg"]).contains("/no/such.jpg"));
    assert!(failure(&["eval", "pca-8", "--data", "no-such-data"]).contains("no-such-data"));
    let own = gallery::opened().id;
    assert!(failure(&["eval", "pca-8", "--data", &own]).contains("fitted to this"));
    let text = folder.path().join("text.jpg");
    std::fs::write(&text, "not a picture").unwrap();
    let text = text.to_str().unwrap();
    assert!(failure(&["search", "pca-8", text]).contains("text.jpg"));
    let out = folder.path().join("out.jpg");
    let out = out.to_str().unwrap();
    let denoise = [
        "denoise",
        "pca-8",
        &id,
        "--noise",
        "gaussian:0.1",
        "-o",
        out,
    ];
    assert!(failure(&denoise).contains("PNG"));
    assert!(!Path::new(out).exists());
}
