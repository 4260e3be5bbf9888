//! `eval --verify`, as a script would call it: figures, what they depend on, and what is refused.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use image::{Rgb, RgbImage};
use lfw_tui::rng::{Purpose, generator};
use rand::RngExt;
use serde_json::Value;

use crate::figures::{call, printed, refused, said};
use crate::gallery;

/// A folder of eight people with four pictures each, and a home for the program.
fn place() -> &'static (PathBuf, PathBuf) {
    static PLACE: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    PLACE.get_or_init(|| {
        let root = tempfile::tempdir().unwrap().keep();
        let folder = root.join("eight");
        for person in 0..8u64 {
            draw_person(&folder, person, 4);
        }
        (root.join("home"), folder)
    })
}

fn name(person: u64) -> String {
    format!("Person_{}", (b'A' + person as u8) as char)
}

/// Pictures of one shade each, somewhat different from each other.
fn draw_person(folder: &Path, person: u64, pictures: u64) {
    let own = folder.join(name(person));
    std::fs::create_dir_all(&own).unwrap();
    let mut random = generator(3, Purpose::SyntheticFace, person, 0);
    let base: [f32; 3] = std::array::from_fn(|_| random.random_range(40.0..210.0));
    for number in 1..=pictures {
        let mut random = generator(3, Purpose::SyntheticFace, person, number);
        let shift: [f32; 3] = std::array::from_fn(|_| random.random_range(-25.0..25.0));
        let slope: f32 = random.random_range(-0.4..0.4);
        let picture = RgbImage::from_fn(48, 48, |x, y| {
            let light = slope * (x as f32 - 24.0) + slope * slope * y as f32;
            Rgb(std::array::from_fn(|channel| {
                (base[channel] + shift[channel] + light).clamp(0.0, 255.0) as u8
            }))
        });
        let file = format!("{}_{number:04}.png", name(person));
        picture.save(own.join(file)).unwrap();
    }
}

fn rows(home: &Path, arguments: &[&str]) -> Vec<Value> {
    let text = printed(home, arguments);
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("{key}: {row}"))
}

#[test]
fn without_protocol_files_pairs_are_drawn_by_seed_and_that_is_said() {
    let home = gallery::home();
    let found = rows(
        &home,
        &["eval", "pca-8", "pixels", "pca-8", "--verify", "--json"],
    );
    let keys: Vec<(&str, &str, bool)> = found
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap();
            (
                text("encoder"),
                text("metric"),
                row["whiten"].as_bool().unwrap(),
            )
        })
        .collect();
    let of = |name| [(name, "l2", false), (name, "cosine", true)];
    assert_eq!(
        keys,
        [of("pca-8"), of("pca-8+mirror"), of("pixels")].concat()
    );
    for row in &found {
        assert_eq!(row["protocol"], "drawn by seed 0");
        assert_eq!(row["queries"], gallery::PICTURES);
        assert_eq!((number(row, "people"), number(row, "folds")), (12.0, 6.0));
        for share in ["view2_accuracy", "view2_auc", "rank1", "map"] {
            assert!((0.0..=1.0).contains(&number(row, share)), "{share}: {row}");
        }
        assert!(number(row, "view2_stderr") >= 0.0);
        assert_eq!(row["view1_accuracy"], Value::Null);
        assert_eq!(row["recall_at"]["1"], row["rank1"]);
        assert_eq!(row["recall_at"]["100"], 1.0, "there are 96 pictures");
        let roc = row["roc"].as_array().unwrap();
        assert_eq!(
            (roc.len(), &roc[100]),
            (101, &serde_json::json!([1.0, 1.0]))
        );
    }
    let (plain, pixels) = (&found[0], &found[4]);
    assert_eq!((number(pixels, "seen"), number(plain, "seen")), (0.0, 12.0));
    assert_eq!(pixels["fitted_on"], "nothing");
    assert!(
        plain["fitted_on"]
            .as_str()
            .unwrap()
            .starts_with("all 96 pictures")
    );
    // People are drawn with waves of their own.
    assert!(
        number(plain, "rank1") > 0.5 && number(plain, "view2_auc") > 0.7,
        "{plain}"
    );
    let again = rows(&home, &["eval", "pca-8", "--verify", "--json"]);
    assert_eq!(again, found[..4]);
    let said = printed(&home, &["eval", "pca-8", "--verify"]);
    assert!(said.contains("drawn by seed 0"), "{said}");
    assert!(said.contains("whitened cosine"), "{said}");
}

/// A data set of the eight people, with these files beside their folders.
fn with_files(title: &str, files: &[(&str, String)]) -> (PathBuf, String) {
    let (home, folder) = place();
    let copy = folder.with_file_name(title);
    for person in std::fs::read_dir(folder).unwrap() {
        let person = person.unwrap().path();
        let own = copy.join(person.file_name().unwrap());
        std::fs::create_dir_all(&own).unwrap();
        for picture in std::fs::read_dir(&person).unwrap() {
            let picture = picture.unwrap().path();
            std::fs::copy(&picture, own.join(picture.file_name().unwrap())).unwrap();
        }
    }
    for (file, text) in files {
        std::fs::write(copy.join(file), text).unwrap();
    }
    let home = home.with_file_name(format!("home-{title}"));
    (home, copy.display().to_string())
}

/// A fold of `pairs.txt` for these people: two matched and two mismatched pairs.
fn fold(people: [u64; 2]) -> String {
    let [a, b] = people.map(name);
    format!("{a}\t1\t2\n{b}\t3\t4\n{a}\t1\t{b}\t2\n{a}\t3\t{b}\t4\n")
}

#[test]
fn the_official_files_decide_pairs_folds_and_what_is_fitted_to() {
    let folds: String = (0..4).map(|at| fold([2 * at, 2 * at + 1])).collect();
    let strangers = "Nobody\t1\t2\nNo_One\t1\t2\nNobody\t1\tNo_One\t2\nNo_One\t3\tNobody\t4\n";
    let people: String = (0..5)
        .map(|person| format!("{}\t4\n", name(person)))
        .collect();
    let files = [
        ("pairs.txt", format!("5\t2\n{folds}{strangers}")),
        ("pairsDevTrain.txt", format!("2\n{}", fold([0, 1]))),
        ("pairsDevTest.txt", format!("2\n{}", fold([6, 7]))),
        ("peopleDevTrain.txt", format!("5\n{people}")),
    ];
    let (home, data) = with_files("official", &files);
    let arguments = ["eval", "pca-4", "--verify", "--data", &data, "--json"];
    let found = rows(&home, &arguments);
    let row = &found[1];
    assert_eq!(row["protocol"], "pairs.txt");
    assert_eq!((number(row, "folds"), number(row, "pairs")), (4.0, 16.0));
    assert_eq!(
        (number(row, "unusable_pairs"), number(row, "seen")),
        (4.0, 5.0)
    );
    assert!(row["view1_accuracy"].is_f64(), "{row}");
    let fitted = row["fitted_on"].as_str().unwrap();
    assert!(fitted.starts_with("20 pictures of official: the people of peopleDevTrain"));
    assert_eq!(row["names_used"], false);

    let unseen = &rows(&home, &[&arguments[..], &["--unseen"]].concat())[1];
    assert_eq!(
        (number(unseen, "people"), number(unseen, "pictures")),
        (3.0, 12.0)
    );
    assert_eq!(
        (number(unseen, "seen"), number(unseen, "queries")),
        (0.0, 12.0)
    );
    // Mostly pairs of one person would be left of the file's; three people make no two folds.
    assert_eq!(unseen["protocol"], "drawn by seed 0");
    assert_eq!(
        (number(unseen, "pairs"), &unseen["view2_accuracy"]),
        (0.0, &Value::Null)
    );
    assert_eq!(unseen["unseen_only"], true);

    let everybody = [
        "eval", "pca-4", "--verify", "--fit-on", "official", "--unseen",
    ];
    let words = refused(&home, &[&everybody[..], &["--data", &data]].concat());
    assert!(
        words.contains("--unseen leaves none of its 32 pictures"),
        "{words}"
    );
    let own = [
        "eval", "pca-4", "--verify", "--data", &data, "--fit-on", &data, "--json",
    ];
    assert_eq!(number(&rows(&home, &own)[0], "seen"), 8.0);
}

#[test]
fn one_list_is_judged_in_two_halves_and_a_foreign_file_is_set_aside_with_a_word() {
    let list = format!("4\n{}{}", fold([0, 1]), fold([2, 3]));
    let foreign = "2\t1\nNobody\t1\t2\nNobody\t1\tNo_One\t1\nNo_One\t1\t2\nNo_One\t1\tNobody\t2\n";
    let files = [
        ("pairsDevTrain.txt", list),
        ("pairs.txt", foreign.to_string()),
    ];
    let (home, data) = with_files("halves", &files);
    let output = call(
        &home,
        &["eval", "pca-4", "--verify", "--data", &data, "--json"],
    );
    let (text, words) = (said(&output.stdout), said(&output.stderr));
    assert!(words.contains("pairs.txt: none of its 4 pairs"), "{words}");
    let row: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(row["protocol"], "pairsDevTrain.txt in two halves");
    assert_eq!((number(&row, "folds"), number(&row, "pairs")), (2.0, 8.0));
}

#[test]
fn what_cannot_be_judged_is_refused_with_a_word() {
    let root = tempfile::tempdir().unwrap();
    let home = root.path().join("home");
    let one = root.path().join("one");
    draw_person(&one, 0, 3);
    let words = refused(
        &home,
        &["eval", "pca-1", "--verify", "--data", one.to_str().unwrap()],
    );
    assert!(words.contains("one person only"), "{words}");

    // Two people with one picture each: no pair of one person, no query.
    let single = root.path().join("single");
    draw_person(&single, 0, 1);
    draw_person(&single, 1, 1);
    let words = refused(
        &home,
        &[
            "eval",
            "pca-1",
            "--verify",
            "--data",
            single.to_str().unwrap(),
        ],
    );
    assert!(words.contains("nobody has two"), "{words}");

    // All pictures are one: codes tell nobody apart.
    let grey = root.path().join("grey");
    for person in 0..4 {
        let own = grey.join(name(person));
        std::fs::create_dir_all(&own).unwrap();
        for number in 1..=2 {
            // Files differ, pictures hardly.
            let mut picture = RgbImage::from_pixel(48, 48, Rgb([128; 3]));
            picture.put_pixel(0, 0, Rgb([person as u8, number, 0]));
            picture.save(own.join(format!("{number:04}.png"))).unwrap();
        }
    }
    let data = grey.to_str().unwrap();
    let words = refused(&home, &["eval", "pixels", "--verify", "--data", data]);
    assert!(words.contains("pixels"), "{words}");

    for (arguments, code, part) in [
        (&["eval"][..], 2, "RUN"),
        (&["eval", "pca-2", "pca-4"], 2, "--verify"),
        (&["eval", "pca-2", "--unseen"], 2, "--verify"),
        (&["eval", "--verify", "--curve"], 2, "--curve"),
        (&["eval", "nosuchrun", "--verify"], 1, "nosuchrun"),
    ] {
        let output = call(&home, arguments);
        let words = said(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {words}");
        assert!(words.contains(part), "{arguments:?}: {words}");
    }
}
