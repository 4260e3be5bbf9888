//! The one-shot commands, as a script would call them.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::figures::call;
use crate::gallery;

/// Standard output as JSON, one value a line, of a call that must succeed.
fn json(arguments: &[&str]) -> Vec<Value> {
    let output = call(&gallery::home(), arguments);
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
    let output = call(&gallery::home(), arguments);
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
    assert_eq!(
        hits,
        json(&["search", "pca-32", &id, "-k", "5", "--json"]),
        "whitened cosine is the default"
    );
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
    let of_file = ["search", "pca-32", &file, "-k", "1", "--json"];
    let by_file = &json(&[&of_file[..], &["--with-copies"]].concat())[0];
    assert_eq!(by_file["face"], nearest.as_str());
    assert_eq!(by_file["distance"], 0.0);
    assert_ne!(json(&of_file)[0]["face"], nearest.as_str());
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
    let nearest = report["nearest"].as_array().unwrap();
    assert_eq!(nearest.len(), 4);
    // The ends are real faces.
    assert_eq!(nearest[0]["face"], report["a"]);
    assert!(nearest[0]["distance"].as_f64().unwrap() < 1e-3);
    assert!(nearest[1]["distance"].as_f64().unwrap() > 1e-3);
}

#[test]
fn a_square_and_the_way_along_an_axis_are_written_as_sheets() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("made.png");
    let out = out.to_str().unwrap();
    let face = |row: usize| gallery::opened().face_id(row);
    let corners = [3, 50, 80].map(face);
    let [a, b, c] = corners.each_ref().map(String::as_str);
    let square = ["morph", "pca-32", a, b, c, "--steps", "4", "-o", out];
    let report = &json(&[&square[..], &["--json"]].concat())[0];
    assert_eq!(report["more"][0], c);
    let nearest = report["nearest"].as_array().unwrap();
    assert_eq!(nearest.len(), 16);
    assert_eq!(
        (&nearest[0]["face"], &nearest[3]["face"]),
        (&a.into(), &b.into())
    );
    assert_eq!(nearest[12]["face"], c);
    let sheet = image::open(out).unwrap();
    assert_eq!(sheet.width(), sheet.height());
    let axis = ["sample", "pca-32", "--axis", "2", "--from", b, "-o", out];
    let report = &json(&[&axis[..], &["--json"]].concat())[0];
    assert_eq!(
        (&report["along"], &report["from"]),
        (&"axis 2".into(), &b.into())
    );
    let nearest = report["nearest"].as_array().unwrap();
    assert_eq!((nearest.len(), &nearest[3]["face"]), (7, &b.into()));
    assert!(failure(&["sample", "pca-8", "--axis", "9", "-o", out]).contains("axes 1 to 8"));
    let unknown = failure(&["sample", "pca-8", "--direction", "smiling", "-o", out]);
    assert!(unknown.contains("without attributes"), "{unknown}");
    assert!(failure(&["sample", "pca-8", "--from", a, "-o", out]).contains("--axis"));
}

#[test]
fn sample_writes_new_faces_and_how_near_real_ones_are() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new.png");
    let out = out.to_str().unwrap();
    let common = ["sample", "pca-16", "-o", out, "--json", "--count"];
    let report = &json(&[&common[..], &["11"]].concat())[0];
    let sheet = image::open(out).unwrap();
    assert!(sheet.width() > 8 * 256 && sheet.width() < 9 * 256);
    assert!(sheet.height() > 2 * 256 && sheet.height() < 3 * 256);
    let distances = |report: &serde_json::Value| -> Vec<f64> {
        let nearest = report["nearest"].as_array().unwrap();
        nearest
            .iter()
            .map(|nearest| nearest["distance"].as_f64().unwrap())
            .collect()
    };
    let (low, high) = (&report["real_range"][0], &report["real_range"][1]);
    assert!(low.as_f64().unwrap() > 0.0 && high.as_f64() > low.as_f64());
    assert_eq!(distances(report).len(), 11);
    assert!(distances(report).iter().all(|distance| *distance > 1e-3));
    // The same again, and at spread 0 one face only.
    let again = &json(&[&common[..], &["11"]].concat())[0];
    assert_eq!(distances(again), distances(report));
    let other = &json(&[&common[..], &["11", "--seed", "1"]].concat())[0];
    assert_ne!(distances(other), distances(report));
    let mean = &json(&[&common[..], &["3", "--spread", "0"]].concat())[0];
    assert!(distances(mean).windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn faces_rise_from_noise_alike_for_a_seed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let (png, gif, other) = (path("new.png"), path("new.gif"), path("other.png"));
    let sample = |out: &str, seed: &str| {
        let arguments = [
            "sample",
            "sample-denoiser",
            "-n",
            "3",
            "--steps",
            "6",
            "--json",
        ];
        json(&[&arguments[..], &["--seed", seed, "-o", out]].concat())[0].clone()
    };
    let report = sample(&png, "1");
    assert_eq!((&report["steps"], &report["count"]), (&6.into(), &3.into()));
    let first = std::fs::read(&png).unwrap();
    sample(&png, "1");
    assert_eq!(std::fs::read(&png).unwrap(), first);
    sample(&other, "2");
    assert_ne!(std::fs::read(&other).unwrap(), first);
    sample(&gif, "1");
    let mut decoder = gif::DecodeOptions::new()
        .read_info(std::fs::File::open(&gif).unwrap())
        .unwrap();
    let mut frames = 0;
    while decoder.read_next_frame().unwrap().is_some() {
        frames += 1;
    }
    assert_eq!(frames, 6);
    // What is for codes is refused, and what is for noise.
    let wrong = failure(&["sample", "sample-denoiser", "--spread", "2", "-o", &png]);
    assert!(wrong.contains("--spread"), "{wrong}");
    let wrong = failure(&["sample", "pca-8", "--steps", "9", "-o", &png]);
    assert!(wrong.contains("--steps"), "{wrong}");
    let wrong = failure(&["sample", "pca-8", "-o", &gif]);
    assert!(wrong.contains("PNG"), "{wrong}");
}

#[test]
fn draws_stand_beside_the_one_answer() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("draws.png");
    let out = out.to_str().unwrap();
    let (_, file) = face();
    let denoise = [
        "denoise",
        "sample-denoiser",
        &file,
        "--noise",
        "coarse:8",
        "-o",
        out,
    ];
    let draws = ["--draws", "2", "--steps", "6", "--json"];
    let report = &json(&[&denoise[..], &draws].concat())[0];
    assert_eq!(report["noise"], "coarse:8");
    assert_eq!(report["draws"].as_array().unwrap().len(), 2);
    assert!(report["mean_of_draws"]["psnr_db"].as_f64().is_some());
    assert!(image::open(out).unwrap().width() > 5 * 256);
    let plain = &json(&[&denoise[..], &["--json"]].concat())[0];
    assert_eq!(plain["denoised"], report["denoised"]);
    assert!(plain["draws"].is_null());
    let by_pca = ["denoise", "pca-8", &file, "--noise", "grey", "-o", out];
    assert!(json(&[&by_pca[..], &["--json"]].concat())[0]["denoised"].is_object());
    let wrong = failure(&[&by_pca[..], &["--draws", "2"]].concat());
    assert!(wrong.contains("denoiser"), "{wrong}");
}

#[test]
fn sharp_morphs_keep_their_codes() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("sharp.png");
    let out = out.to_str().unwrap();
    let (id, _) = face();
    for (model, most) in [("pca-8", 1e-3), ("sample-face", 0.1)] {
        let morph = [
            "morph",
            model,
            &id,
            &any_face(),
            "--steps",
            "3",
            "-o",
            out,
            "--json",
            "--data",
            "made-up",
        ];
        let report = &json(&[&morph[..], &["--sharp=sample-denoiser"]].concat())[0];
        assert_eq!(report["sharp"], "sample-denoiser");
        let error = report["code_error"].as_f64().unwrap();
        assert!(error < most, "{model}: {error}");
    }
    let sample = [
        "sample", "pca-8", "-n", "2", "--steps", "6", "-o", out, "--json",
    ];
    let report = &json(&[&sample[..], &["--sharp=sample-denoiser"]].concat())[0];
    assert!(report["code_error"].as_f64().unwrap() < 1e-3);
    let wrong = failure(&[
        "morph",
        "pca-8",
        &id,
        &any_face(),
        "--sharp=pca-8",
        "-o",
        out,
    ]);
    assert!(wrong.contains("is no denoiser"), "{wrong}");
}

#[test]
fn training_steps_use_their_memory_again() {
    let arguments = "bench --seconds 0.5 --batch-size 16 --code-size 8 --threads 1 --json";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let figures = &json(&arguments)[0];
    assert!(figures["train_images_per_s"].as_f64().unwrap() > 0.0);
    // A step's results and gradients are over a thousand pages.
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        let pages = figures["pages_per_train_step"].as_f64().unwrap();
        assert!(pages < 50.0, "{pages}");
    }
}

#[test]
fn models_are_compared_with_classical_methods_and_by_code_size() {
    let compared = &json(&[
        "eval",
        "pca-8",
        "--against",
        "classical",
        "--noise",
        "gaussian:0.2",
        "--json",
    ])[0];
    let under = &compared["noises"][0];
    assert_eq!(under["noise"], "gaussian:0.2");
    let methods = under["methods"].as_array().unwrap();
    let names: Vec<&str> = methods
        .iter()
        .map(|row| row["method"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["noisy", "PCA-8", "Wiener", "NL means", "TV", "pca-8"]
    );
    let mse = |place: usize| methods[place]["mse"].as_f64().unwrap();
    assert!((mse(0) - 0.04).abs() < 0.004);
    assert_eq!(mse(1), mse(5), "the same model twice");
    assert!((2..5).all(|place| mse(place) < mse(0)));
    assert!(failure(&["eval", "pca-8", "--curve"]).contains("is not a run"));
    // In a home of its own: other tests count the gallery's models.
    let home = tempfile::tempdir().unwrap();
    crate::tiny::pictures(&home.path().join("faces"));
    let own = |arguments: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_lfw-tui"))
            .args(arguments.split(' '))
            .env("LFW_TUI_HOME", home.path())
            .current_dir(home.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        output.stdout
    };
    own("train --preset linear --code-size 3 --epochs 1 --name curved --data faces");
    let curve: Value = serde_json::from_slice(&own("eval curved --curve --json")).unwrap();
    let pca = curve["pca"].as_array().unwrap();
    let sizes: Vec<u64> = pca
        .iter()
        .map(|p| p["code_size"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes[..3], [3, 8, 16]);
    let errors: Vec<f64> = pca.iter().map(|p| p["mse"].as_f64().unwrap()).collect();
    assert!(errors.windows(2).all(|pair| pair[1] <= pair[0]));
    let run = curve["runs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|run| run["name"] == "curved");
    let run = run.expect("the run itself");
    // The best linear code is not beaten by a linear one.
    assert!(run["mse"].as_f64().unwrap() >= errors[0]);
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

#[test]
fn codes_are_written_once_and_described() {
    let folder = tempfile::tempdir().unwrap();
    for (name, files) in [("codes.npy", 2), ("codes.safetensors", 1), ("projector", 1)] {
        let path = folder.path().join(name);
        let path = path.to_str().unwrap();
        let written = &json(&["codes", "pca-8", "-o", path, "--whiten", "--json"])[0];
        assert_eq!(written["pictures"], gallery::PICTURES);
        assert_eq!(written["width"], 8);
        assert_eq!(written["whitened"], true);
        assert_eq!(written["files"][0], path);
        assert_eq!(written["files"].as_array().unwrap().len(), files);
        let message = failure(&["codes", "pca-8", "-o", path]);
        assert!(message.contains("choose another name"), "{message}");
    }
    let names = std::fs::read_to_string(folder.path().join("codes.names.tsv")).unwrap();
    let row = names.lines().nth(1 + 7).unwrap();
    assert!(row.starts_with(&format!("{}\t", any_face())), "{row}");
}
