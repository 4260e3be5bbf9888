//! From names and folders to people and numbers: who is in a picture, its number, and what is
//! reported about the rest.

use std::path::Path;

use lfw_tui::dataset::import::import;
use lfw_tui::dataset::{self, Dataset, Imported};
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;

use crate::archives::{jpeg, tgz, unpack, zip};

/// Imports files as a folder; the data set's files live as long as the first part.
fn imported(files: &[(&str, Vec<u8>)]) -> (tempfile::TempDir, Imported) {
    let home = tempfile::tempdir().unwrap();
    unpack(files, &home.path().join("faces"));
    let imported = import_from(home.path(), "faces");
    (home, imported)
}

fn imported_archive(name: &str, archive: Vec<u8>) -> (tempfile::TempDir, Imported) {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join(name), archive).unwrap();
    let imported = import_from(home.path(), name);
    (home, imported)
}

fn import_from(home: &Path, name: &str) -> Imported {
    let paths = Paths::below(home.join("home"));
    import(&paths, &home.join(name), &mut unwatched).unwrap()
}

/// `id: file` for every picture.
fn pictures(dataset: &Dataset) -> Vec<String> {
    let pictures = 0..dataset.pictures.len();
    pictures
        .map(|at| {
            assert!(dataset.path(at).is_file(), "{}", dataset.path(at).display());
            format!("{}: {}", dataset.face_id(at), dataset.pictures[at].file)
        })
        .collect()
}

fn skipped(imported: &Imported) -> Vec<(&str, &str)> {
    let skipped = imported.skipped.iter();
    skipped
        .map(|one| (one.file.as_str(), one.reason.as_str()))
        .collect()
}

#[test]
fn pictures_in_subfolders_belong_to_the_person() {
    let (_home, imported) = imported(&[
        ("P_A/P_A_0001.jpg", jpeg(1)),
        ("P_A/P_A_0002.jpg", jpeg(2)),
        ("P_A/old/x.jpg", jpeg(3)),
        ("P_B/P_B_0001.jpg", jpeg(4)),
    ]);
    assert_eq!(
        pictures(&imported.dataset),
        [
            "P_A_0001: P_A_0001.jpg",
            "P_A_0002: P_A_0002.jpg",
            "P_A_0003: x.jpg",
            "P_B_0001: P_B_0001.jpg"
        ]
    );
    assert_eq!(skipped(&imported), []);
    assert_eq!(
        imported.notes,
        ["1 picture in subfolders of people's folders belong to those people: P_A/old"]
    );
    assert!(!imported.dataset.root.join("old").exists());
    assert!(!imported.dataset.folder().join("aside").exists());
}

#[test]
fn system_folders_are_ignored_and_counted() {
    let (home, first) = imported(&[
        ("A/A_0001.jpg", jpeg(1)),
        ("A/@eaDir/A_0001.jpg/SYNOPHOTO_THUMB_M.jpg", jpeg(2)),
        ("A/@eaDir/A_0001.jpg/SYNOPHOTO_THUMB_S.jpg", jpeg(3)),
        ("A/._A_0001.jpg", b"shadow".to_vec()),
        ("#recycle/B/B_0001.jpg", jpeg(4)),
        ("lost+found/C/C_0001.jpg", jpeg(5)),
        ("A/.DS_Store", b"x".to_vec()),
        ("A/Thumbs.db", b"x".to_vec()),
    ]);
    assert_eq!(pictures(&first.dataset), ["A_0001: A_0001.jpg"]);
    assert_eq!(skipped(&first), []);
    assert_eq!(
        first.notes,
        [
            "ignored 5 pictures in folders of the system or of programs: @eaDir 2, #recycle 1, \
             hidden files 1, lost+found 1"
        ]
    );
    let again = import_from(home.path(), "faces");
    assert!(again.already_imported);
    assert_eq!(again.notes, first.notes);
}

#[test]
fn one_person_in_several_folders_is_merged_and_reported() {
    let (_home, imported) = imported(&[
        ("train/A/A_0001.jpg", jpeg(1)),
        ("train/B/B_0001.jpg", jpeg(2)),
        ("test/A/A_0001.jpg", jpeg(3)),
        ("test/A/A_0002.jpg", jpeg(4)),
        // Exactly the same picture in both.
        ("test/B/B_0001.jpg", jpeg(2)),
    ]);
    assert_eq!(
        pictures(&imported.dataset),
        [
            "A_0001: A_0001.jpg",
            "A_0002: A_0002.jpg",
            "A_0003: A_0001 (2).jpg",
            "B_0001: B_0001.jpg"
        ]
    );
    assert_eq!(
        skipped(&imported),
        [(
            "train/B/B_0001.jpg",
            "the same picture as test/B/B_0001.jpg"
        )]
    );
    let notes = imported.notes.join("\n");
    assert!(notes.contains("renamed 1 picture"), "{notes}");
    assert!(
        notes.contains("train/A/A_0001.jpg to A_0001 (2).jpg"),
        "{notes}"
    );
    assert!(notes.contains("merged folders of the same name"), "{notes}");
    assert!(notes.contains("A (test/A, train/A)"), "{notes}");
}

#[test]
fn year_folders_of_a_person_are_not_people() {
    let (_home, imported) = imported(&[
        ("Ann/2020/img.jpg", jpeg(1)),
        ("Ann/2021/img.jpg", jpeg(2)),
        ("Bob/2020/img.jpg", jpeg(3)),
    ]);
    assert_eq!(
        pictures(&imported.dataset),
        [
            "Ann_0001: img (2).jpg",
            "Ann_0002: img.jpg",
            "Bob_0001: img.jpg"
        ]
    );
    let dataset = &imported.dataset;
    assert_eq!(std::fs::read(dataset.path(0)).unwrap(), jpeg(2));
    assert_eq!(std::fs::read(dataset.path(1)).unwrap(), jpeg(1));
}

#[test]
fn of_files_with_one_path_the_last_that_decodes_counts() {
    let files = [
        ("lfw/A/A_0001.jpg", jpeg(1)),
        ("lfw/A/A_0002.jpg", b"bad".to_vec()),
        ("lfw/A/A_0002.jpg", jpeg(2)),
        ("lfw/A/A_0001.jpg", jpeg(3)),
        ("./lfw/A/A_0001.jpg", b"bad".to_vec()),
    ];
    let (home, imported) = imported_archive("faces.tgz", tgz(&files));
    let dataset = &imported.dataset;
    assert_eq!(dataset.pictures.len(), 2);
    assert_eq!(std::fs::read(dataset.path(0)).unwrap(), jpeg(3));
    assert_eq!(std::fs::read(dataset.path(1)).unwrap(), jpeg(2));
    assert_eq!(
        skipped(&imported),
        [
            (
                "lfw/A/A_0001.jpg",
                "replaced by a later file of the same path"
            ),
            ("lfw/A/A_0002.jpg", "neither a JPEG nor a PNG picture"),
            ("lfw/A/A_0001.jpg", "neither a JPEG nor a PNG picture"),
        ]
    );
    // The tensor made during the import contains the pictures that were kept.
    let paths = Paths::below(home.path().join("home"));
    let spec = dataset::FaceSpec::default();
    let faces = dataset::Faces::load(&paths, dataset, spec, &mut unwatched).unwrap();
    let expected = dataset::faces::crop_and_resize(
        &dataset::picture_file::decode(&dataset.path(0)).unwrap(),
        dataset.crop(),
        spec,
    );
    assert_eq!(faces.bytes(0), expected);
}

#[test]
fn a_flat_folder_gets_a_hint_about_peoples_folders() {
    let (_home, imported) = imported(&[
        ("all/Ann_Lee_0001.jpg", jpeg(1)),
        ("all/Bob_Ray_0001.jpg", jpeg(2)),
        ("all/Cyd_Fox_0001.jpg", jpeg(3)),
    ]);
    assert_eq!(imported.dataset.people.len(), 1);
    assert!(
        imported.notes[0].contains("are named after 3 people"),
        "{:?}",
        imported.notes
    );

    let home = tempfile::tempdir().unwrap();
    unpack(&[("Ann_0001.jpg", jpeg(1))], &home.path().join("flat"));
    let paths = Paths::below(home.path().join("home"));
    let error = import(&paths, &home.path().join("flat"), &mut unwatched).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("not in a folder named for its person; expected Name/picture.jpg"));
}

const SCORES: &str = "person\timagenum\tScore\nP A\t1\t1\nP A\t2\t2\nP A\t3\t3\n";

#[test]
fn numbers_in_names_are_kept_and_rows_go_to_them() {
    let (_home, imported) = imported(&[
        ("P_A/P_A_0001.jpg", jpeg(1)),
        ("P_A/Holiday.jpg", jpeg(2)),
        ("P_A/P_A_0003.jpg", jpeg(3)),
        ("P_A/Beach.png", jpeg(4)),
        ("lfw_attributes.txt", SCORES.into()),
    ]);
    let dataset = &imported.dataset;
    assert_eq!(
        pictures(dataset),
        [
            "P_A_0001: P_A_0001.jpg",
            "P_A_0003: P_A_0003.jpg",
            "P_A_0004: Beach.png",
            "P_A_0005: Holiday.jpg"
        ]
    );
    assert_eq!(dataset.attributes(0), Some(&[1.0][..]));
    assert_eq!(dataset.attributes(1), Some(&[3.0][..]));
    assert_eq!(dataset.attributes(2), None);
    assert_eq!(dataset.attributes(3), None);
    assert_eq!(dataset.find_face("P_A_0003").unwrap(), 1);
    assert_eq!(dataset.find_face("p a 3").unwrap(), 1);
}

#[test]
fn an_exact_id_means_that_face_beside_a_folder_of_that_name() {
    let (_home, imported) = imported(&[
        ("Ann/Ann_0001.jpg", jpeg(1)),
        ("Ann_0001/Ann_0001.jpg", jpeg(2)),
        ("Ann_0001/Ann_0002.jpg", jpeg(3)),
    ]);
    let dataset = &imported.dataset;
    assert_eq!(
        pictures(dataset),
        [
            "Ann_0001: Ann_0001.jpg",
            "Ann_0001_0001: Ann_0001.jpg",
            "Ann_0001_0002: Ann_0002.jpg"
        ]
    );
    assert_eq!(dataset.find_face("Ann_0001").unwrap(), 0);
    assert_eq!(dataset.find_face("Ann_0001_0001").unwrap(), 1);
    assert_eq!(dataset.find_face("Ann_0001_0002.jpg").unwrap(), 2);
}

#[test]
fn accents_are_one_name_in_faces_attributes_and_protocol() {
    let attributes = "person\timagenum\tMale\nZoé Bell\t1\t0.5\n";
    let (_home, imported) = imported(&[
        ("Zoe\u{301}_Bell/Zoe\u{301}_Bell_0001.jpg", jpeg(1)),
        ("Zo\u{e9}_Bell/a.jpg", jpeg(2)),
        ("peopleDevTest.txt", "1\nZoe\u{301}_Bell\t1\n".into()),
        ("lfw_attributes.txt", attributes.into()),
    ]);
    let dataset = &imported.dataset;
    assert_eq!(
        pictures(dataset),
        ["Zoé_Bell_0001: Zoé_Bell_0001.jpg", "Zoé_Bell_0002: a.jpg"]
    );
    for name in ["Zoé_Bell_0002", "Zoe\u{301}_Bell_0002", "zoe\u{301} bell 2"] {
        assert_eq!(dataset.find_face(name).unwrap(), 1, "{name}");
    }
    assert_eq!(dataset.official_split(0), Some("test set"));
    assert_eq!(dataset.attributes(0), Some(&[0.5][..]));
    assert!(
        imported.notes[0].contains("accents are encoded: Zoé_Bell"),
        "{:?}",
        imported.notes
    );
}

#[test]
fn a_backslash_separates_folders_only_in_zip() {
    let files = [("A\\B/x.jpg", jpeg(1)), ("C/x.jpg", jpeg(2))];
    let (_home, folder) = imported(&files);
    assert_eq!(
        pictures(&folder.dataset),
        ["A\\B_0001: x.jpg", "C_0001: x.jpg"]
    );
    let (_home, archive) = imported_archive("faces.tgz", tgz(&files));
    assert_eq!(archive.dataset.fingerprint, folder.dataset.fingerprint);
    let files = [("w\\A\\x.jpg", jpeg(1)), ("w\\B\\x.jpg", jpeg(2))];
    let (_home, archive) = imported_archive("faces.zip", zip(&files));
    assert_eq!(
        pictures(&archive.dataset),
        ["A_0001: x.jpg", "B_0001: x.jpg"]
    );
}

#[test]
fn names_with_bidirectional_characters_are_escaped() {
    let (_home, imported) = imported(&[
        ("\u{202e}nnA/x.jpg", jpeg(1)),
        ("An\u{200b}n/x.jpg", jpeg(2)),
        ("B\x1b[2J/x.jpg", jpeg(3)),
    ]);
    let dataset = &imported.dataset;
    assert_eq!(dataset.face_id(1), "\u{202e}nnA_0001");
    assert_eq!(dataset.face_name(1), "\\u{202e}nnA 1");
    assert_eq!(dataset.people[0].name(), "An\\u{200b}n");
    assert_eq!(
        skipped(&imported),
        [(
            "B\x1b[2J/x.jpg",
            "a control character in the name; rename it"
        )]
    );
    let message = dataset
        .find_face("\u{202e}Ann 1\x1b")
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with("\\u{202e}Ann 1\\u{1b}: not found"),
        "{message}"
    );
}

#[test]
fn other_formats_are_skipped_with_their_reason() {
    let (_home, first) = imported(&[
        ("A/a.jfif", jpeg(1)),
        ("A/b.JPE", jpeg(2)),
        ("B/a.webp", b"x".to_vec()),
        ("B/a.GIF", b"x".to_vec()),
        ("B/b.webp", b"x".to_vec()),
        ("B/film.mp4", b"x".to_vec()),
    ]);
    assert_eq!(
        pictures(&first.dataset),
        ["A_0001: a.jfif", "A_0002: b.JPE"]
    );
    assert_eq!(
        skipped(&first),
        [
            ("B/a.GIF", "a GIF picture; only JPEG and PNG are supported"),
            (
                "B/a.webp",
                "a WebP picture; only JPEG and PNG are supported"
            ),
            (
                "B/b.webp",
                "a WebP picture; only JPEG and PNG are supported"
            ),
        ]
    );
    assert!(
        first.notes[0].contains("(.webp 2, .gif 1)"),
        "{:?}",
        first.notes
    );
    assert!(
        first.notes[0].contains("magick mogrify"),
        "{:?}",
        first.notes
    );

    let home = tempfile::tempdir().unwrap();
    unpack(&[("A/a.webp", b"x".to_vec())], &home.path().join("faces"));
    let paths = Paths::below(home.path().join("home"));
    let error = import(&paths, &home.path().join("faces"), &mut unwatched).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("A/a.webp is a WebP picture"), "{message}");
    assert!(message.contains("magick mogrify"), "{message}");
}
