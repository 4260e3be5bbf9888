//! `descriptor` and `identity`, as a user meets them: trained, judged, searched with, and refused
//! where a face has to be rebuilt.

use std::path::Path;

use image::{Rgb, RgbImage};
use lfw_tui::rng::{Purpose, generator};
use rand::RngExt;
use serde_json::Value;

use crate::figures::{call, printed, refused, said};

/// Six people with four pictures each. People differ in their waves, pictures in place and light.
fn draw_people(folder: &Path) {
    for person in 0..6u64 {
        let name = format!("Person_{}", (b'A' + person as u8) as char);
        let own = folder.join(&name);
        std::fs::create_dir_all(&own).unwrap();
        let mut random = generator(4, Purpose::SyntheticFace, person, 0);
        let waves: [[f32; 3]; 4] =
            std::array::from_fn(|_| std::array::from_fn(|_| random.random_range(-0.6..0.6)));
        for number in 1..=4u64 {
            let mut random = generator(4, Purpose::SyntheticFace, person, number);
            let [dx, dy, light]: [f32; 3] = std::array::from_fn(|_| random.random_range(-1.0..1.0));
            let picture = RgbImage::from_fn(110, 110, |x, y| {
                let (x, y) = (x as f32 + dx, y as f32 + dy);
                let wave = |[a, b, c]: &[f32; 3]| (a * x + b * y + 9.0 * c).sin();
                let value = 128.0 + 25.0 * waves.iter().map(wave).sum::<f32>() + 0.3 * light * x;
                Rgb([value.clamp(0.0, 255.0) as u8; 3])
            });
            picture
                .save(own.join(format!("{name}_{number:04}.png")))
                .unwrap();
        }
    }
}

#[test]
fn encoders_without_a_decoder_are_trained_judged_and_searched_with() {
    let temporary = tempfile::tempdir().unwrap();
    let (home, folder) = (temporary.path().join("home"), temporary.path().join("six"));
    draw_people(&folder);
    let path = folder.to_str().unwrap();
    assert!(
        call(&home, &["import", path, "--crop", "none"])
            .status
            .success()
    );
    for preset in ["descriptor", "identity"] {
        let split = [
            "--held-out-people",
            "0.34",
            "--name",
            &format!("my-{preset}"),
        ];
        let train = [&["train", "--preset", preset][..], &split].concat();
        let trained = call(&home, &train);
        assert!(trained.status.success(), "{}", said(&trained.stderr));
    }
    // The built-in one, and a picture that it was fitted to.
    for model in ["descriptor", "my-descriptor", "my-identity"] {
        let text = printed(
            &home,
            &["search", model, "Person_B_0002", "-k", "3", "--json"],
        );
        let hits: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(hits.len(), 3, "{text}");
        assert!(
            text.contains("Person_B_000") || text.contains("Person B"),
            "{model}: {text}"
        );
    }
    check_judged(&home);
    for arguments in [
        &["eval", "my-descriptor"][..],
        &[
            "morph",
            "my-identity",
            "Person_A_0001",
            "Person_B_0001",
            "-o",
            "m.png",
        ],
        &[
            "denoise",
            "descriptor",
            "Person_A_0001",
            "--noise",
            "gaussian:0.1",
            "-o",
            "d.png",
        ],
    ] {
        let said = refused(&home, arguments);
        assert!(said.contains("cannot rebuild"), "{said}");
    }
}

/// What `eval --verify` says of them.
fn check_judged(home: &Path) {
    let judged = printed(
        home,
        &[
            "eval",
            "my-descriptor",
            "my-identity",
            "pca-4+mirror",
            "--verify",
            "--json",
        ],
    );
    let rows: Vec<Value> = judged
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of =
        |name: &str| -> Vec<&Value> { rows.iter().filter(|row| row["encoder"] == name).collect() };
    for (name, names_used) in [("my-descriptor", false), ("my-identity", true)] {
        let rows = of(name);
        assert_eq!(rows.len(), 1, "white codes have one row: {judged}");
        assert_eq!(rows[0]["whiten"], true);
        assert_eq!(rows[0]["names_used"], names_used);
        assert_eq!(rows[0]["seen"], 4, "of six people");
        assert!(rows[0]["rank1"].as_f64().unwrap() > 0.9, "{judged}");
    }
    assert_eq!(of("pca-4+mirror").len(), 2, "plain and whitened: {judged}");
}
