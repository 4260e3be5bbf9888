//! What an import reports about attribute and protocol files that are malformed or about other
//! pictures.

use std::path::Path;

use lfw_tui::dataset::Imported;
use lfw_tui::dataset::import::import;
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;

use crate::archives::{jpeg, unpack};
use crate::tiny;

/// Imports the people `A B` and `P_C`, one picture each, with these files.
fn with(files: &[(&str, &[u8])]) -> Imported {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("faces");
    unpack(
        &[("A B/A B_0001.jpg", jpeg(1)), ("P_C/P_C_0001.jpg", jpeg(2))],
        &folder,
    );
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
    let imported = import(
        &Paths::below(home.path().join("home")),
        &folder,
        &mut unwatched,
    );
    let imported = imported.unwrap();
    // The table is read on first use.
    let _ = imported.dataset.attribute_names();
    imported
}

const TABLE: &str = "lfw_attributes.txt";
const HEADER: &str = "person\timagenum\tMale\n";

fn scores(imported: &Imported) -> [Option<f32>; 2] {
    [0, 1].map(|row| imported.dataset.attributes(row).map(|scores| scores[0]))
}

#[test]
fn attribute_rows_are_used_and_counted_one_by_one() {
    for (text, expected, note) in [
        (
            format!("{HEADER}A B\t1\t1.5\nP C\t1\t2.5\n"),
            [Some(1.5), Some(2.5)],
            "2 of 2 rows match",
        ),
        (
            format!("\u{feff}{HEADER}A_B\t1\t1.5\r\nP_C\t1\t2.5\r\n"),
            [Some(1.5), Some(2.5)],
            "2 of 2 rows match",
        ),
        (
            format!("{HEADER}A B \t1\t1.5\nP C\t1\n"),
            [Some(1.5), None],
            "1 of 2 rows match; 1 row cannot be used (line 3: 0 scores where the header names 1)",
        ),
        (
            format!("{HEADER}A B\t1\tnan\nP C\t1\tinf\nP C\t1\t7\n"),
            [None, Some(7.0)],
            "1 of 3 rows match; 2 rows cannot be used (the first: line 2: \"nan\" is not a score)",
        ),
        (
            format!("{HEADER}X\t1\t1\nA B\t2\t1\n"),
            [None, None],
            "0 of 2 rows match",
        ),
        (
            format!("{HEADER}A B\t1\t1\nA B\t1\t2\nP_C\t1\t3\n"),
            [Some(2.0), Some(3.0)],
            "3 of 3 rows match; 1 row repeats a picture; the last one counts",
        ),
        (
            "A B\t1\t1\n".to_string(),
            [None, None],
            "line 1: expected the header",
        ),
    ] {
        let imported = with(&[(TABLE, text.as_bytes())]);
        assert_eq!(scores(&imported), expected, "{text}");
        let [told] = imported.notes.as_slice() else {
            panic!("{text}: {:?}", imported.notes);
        };
        assert!(told.starts_with(TABLE) && told.contains(note), "{told}");
    }
}

#[test]
fn a_table_saved_as_utf_16_is_read() {
    let text = format!("{HEADER}A B\t1\t1.5\n");
    let bytes: Vec<u8> = [0xfeff]
        .into_iter()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(scores(&with(&[(TABLE, &bytes)])), [Some(1.5), None]);
}

#[test]
fn people_of_the_official_split_are_found_however_they_are_written() {
    for (name, text) in [
        ("peopleDevTrain.txt", "\u{feff}2\nA_B\t1\nP C \t1\n"),
        ("peopleDevTrain.txt", "2\r\nA B\t1\r\nP_C\t1\r\n"),
        ("peopleDevTrain.txt", "A_B 1\nP_C 1\n"),
        (
            "peopleDevTrain.csv",
            "\u{feff}name,images\nA_B,1.0\nP_C,1\n",
        ),
    ] {
        let imported = with(&[(name, text.as_bytes())]);
        for picture in [0, 1] {
            assert_eq!(
                imported.dataset.official_split(picture),
                Some("training set"),
                "{text}"
            );
        }
        assert_eq!(imported.notes, [format!("{name}: 2 of 2 people match")]);
    }
    // An unusable row costs only itself.
    let imported = with(&[("peopleDevTest.txt", b"3\nA_B\tx\nP_C\t1\nX\t1\n")]);
    assert_eq!(imported.dataset.official_split(0), None);
    assert_eq!(imported.dataset.official_split(1), Some("test set"));
    assert_eq!(
        imported.notes,
        [
            "peopleDevTest.txt: 1 of 3 people match; 1 row cannot be used (line 2: \"x\" is not a number)"
        ]
    );
}

#[test]
fn pairs_that_name_missing_pictures_are_counted() {
    let imported = with(&[
        (
            "pairs.txt",
            b"1\t2\nA_B\t1\tP_C\t1\nA B\t1\tP C\t1\nA_B\t1\t2\nX\t1\tP_C\t1\n",
        ),
        ("pairsDevTest.txt", b"1\nA_B\t1\tP_C\t1\nP_C\t1\tA_B\t1\n"),
        (
            "mismatchpairsDevTest.csv",
            b"name,imagenum1,name,imagenum2\nA_B,1,P_C,1\nA_B,9,P_C,1\n",
        ),
        ("pairsDevTrain.txt", b"600\nA_B\t1\tP_C\t1\n"),
        ("people.txt", b""),
    ]);
    assert_eq!(
        imported.notes,
        [
            "pairsDevTest.txt: 2 of 2 pairs match",
            "pairs.txt: 2 of 4 pairs match",
            "pairsDevTrain.txt: 1 of 1 pairs match; line 1 announces 1 times 2 × 600 pairs, 1 follow",
            "mismatchpairsDevTest.csv: 1 of 2 pairs match",
            "people.txt: the file is empty",
        ]
    );
}

#[test]
fn all_rows_of_lfws_own_files_are_counted() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !shared.join("lfw-dev.tgz").exists() {
        println!("skipped: no ../shared/data");
        return;
    }
    let (_home, paths) = tiny::home();
    let imported = import(&paths, &shared.join("lfw-dev.tgz"), &mut unwatched).unwrap();
    let note = imported
        .notes
        .iter()
        .find(|note| note.starts_with("peopleDevTrain.txt"));
    assert_eq!(
        note.unwrap(),
        "peopleDevTrain.txt: 60 of 4,038 people match"
    );
}
