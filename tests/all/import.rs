//! Importing archives and folders in all common layouts.

use std::path::Path;

use lfw_tui::dataset::import::import;
use lfw_tui::dataset::{self, Dataset, Imported};
use lfw_tui::progress::unwatched;
use lfw_tui::{Error, Result};

use crate::archives::{self, Home, jpeg, lfw, tar, tgz, unpack, zip};

impl Home {
    fn import(&self, source: &Path) -> Result<Imported> {
        import(&self.paths, source, &mut unwatched)
    }
}

fn face_ids(dataset: &Dataset) -> Vec<String> {
    (0..dataset.pictures.len())
        .map(|picture| dataset.face_id(picture))
        .collect()
}

#[test]
fn every_archive_of_the_same_pictures_gives_one_data_set() {
    let home = Home::new();
    let nested: Vec<(String, Vec<u8>)> = lfw()
        .into_iter()
        .map(|(path, content)| {
            (
                format!("lfw-deepfunneled/lfw-deepfunneled/{}", &path[4..]),
                content,
            )
        })
        .collect();
    let nested: Vec<(&str, Vec<u8>)> = nested
        .iter()
        .map(|(path, content)| (path.as_str(), content.clone()))
        .collect();
    let folder = home.folder.path().join("unpacked");
    unpack(&nested, &folder);
    let sources = [
        home.put("lfw.tgz", tgz(&lfw())),
        home.put("lfw.tar", tar(&lfw())),
        home.put("kaggle.zip", zip(&nested)),
        home.put("no-ending", tgz(&nested)),
        folder,
    ];
    let first = home.import(&sources[0]).unwrap();
    assert!(!first.already_imported);
    assert_eq!(face_ids(&first.dataset), ["A_B_0001", "A_B_0002", "C_0001"]);
    assert_eq!(first.dataset.title, "lfw");
    for source in &sources[1..] {
        let again = home.import(source).unwrap();
        assert!(again.already_imported, "{}", source.display());
        assert_eq!(again.dataset.id, first.dataset.id);
    }
    assert_eq!(dataset::list(&home.paths).unwrap().len(), 1);
    // The originals, byte for byte, in LFW's own layout.
    let kept = home
        .paths
        .datasets()
        .join(&first.dataset.id)
        .join("lfw/A_B/A_B_0002.jpg");
    assert_eq!(kept, first.dataset.path(1));
    assert_eq!(std::fs::read(kept).unwrap(), jpeg(2));
}

#[test]
fn an_archive_once_imported_is_not_read_again() {
    let home = Home::new();
    let archive = home.put("faces.tgz", tgz(&lfw()));
    let first = home.import(&archive).unwrap();
    let mut stages = vec![];
    let mut watch = |report: lfw_tui::progress::Progress<'_>| {
        stages.push(report.stage.to_string());
        Ok(())
    };
    let again = import(&home.paths, &archive, &mut watch).unwrap();
    assert!(again.already_imported);
    assert_eq!(stages, [""; 0], "nothing was read");

    // Touched or copied elsewhere: recognized by its content.
    let copy = home.put("elsewhere/copy.tgz", tgz(&lfw()));
    let mut stages = vec![];
    let mut watch = |report: lfw_tui::progress::Progress<'_>| {
        stages.push(report.stage.to_string());
        Ok(())
    };
    let copied = import(&home.paths, &copy, &mut watch).unwrap();
    assert!(copied.already_imported && copied.dataset.id == first.dataset.id);
    assert!(
        stages.iter().all(|stage| stage.starts_with("comparing")),
        "{stages:?}"
    );

    // Changed: another data set beside the first.
    let mut more = lfw();
    more.push(("lfw/D/D_0001.jpg", jpeg(4)));
    std::fs::write(&archive, tgz(&more)).unwrap();
    let changed = home.import(&archive).unwrap();
    assert!(!changed.already_imported);
    assert_ne!(changed.dataset.fingerprint, first.dataset.fingerprint);
    assert_eq!(dataset::list(&home.paths).unwrap().len(), 2);
}

#[test]
fn a_folder_is_imported_again_when_it_changed() {
    let home = Home::new();
    let folder = home.folder.path().join("faces");
    unpack(&lfw(), &folder);
    let first = home.import(&folder).unwrap();
    assert!(home.import(&folder).unwrap().already_imported);
    home.put("faces/lfw/E/E_0001.jpg", jpeg(9));
    let second = home.import(&folder).unwrap();
    assert!(!second.already_imported);
    assert_eq!(
        second.dataset.pictures.len(),
        first.dataset.pictures.len() + 1
    );
}

#[test]
fn pictures_that_vanished_are_imported_again() {
    let home = Home::new();
    let archive = home.put("faces.tgz", tgz(&lfw()));
    let first = home.import(&archive).unwrap();
    std::fs::remove_file(first.dataset.path(0)).unwrap();
    let second = home.import(&archive).unwrap();
    assert!(!second.already_imported);
    assert_eq!(second.dataset.id, first.dataset.id);
    assert!(second.dataset.path(0).is_file());
}

#[test]
fn own_pictures_keep_their_names_and_get_numbers() {
    let home = Home::new();
    let folder = home.folder.path().join("family");
    unpack(
        &[
            ("Anna Maria/beach.png", archives::png(400, 300, 1)),
            ("Anna Maria/birthday.JPG", jpeg(2)),
            ("Bob/1.jpeg", jpeg(3)),
            ("Bob/notes.txt", b"not a picture".to_vec()),
            ("group.jpg", jpeg(4)),
        ],
        &folder,
    );
    let imported = home.import(&folder).unwrap();
    let dataset = &imported.dataset;
    assert_eq!(
        face_ids(dataset),
        ["Anna Maria_0001", "Anna Maria_0002", "Bob_0001"]
    );
    assert_eq!(dataset.pictures[1].file, "birthday.JPG");
    assert_eq!(dataset.find_face("anna maria 2").unwrap(), 1);
    assert_eq!(imported.skipped.len(), 1);
    assert_eq!(imported.skipped[0].file, "group.jpg");
    assert_eq!(
        home.import(&folder).unwrap().skipped,
        imported.skipped,
        "remembered"
    );
}

#[test]
fn a_picture_outside_peoples_folders_is_skipped() {
    let home = Home::new();
    let mut files = lfw();
    files.push(("lfw/montage.jpg", jpeg(8)));
    let imported = home.import(&home.put("faces.zip", zip(&files))).unwrap();
    assert_eq!(imported.dataset.people.len(), 2);
    assert_eq!(imported.skipped.len(), 1);
    assert!(
        imported.skipped[0]
            .reason
            .contains("not in a folder named for its person")
    );
}

const ATTRIBUTES: &str =
    "# attributes\n#\tperson\timagenum\tMale\tSmiling\nA B\t1\t-1\t2.5\nC\t1\t1\t-0.5\n";

#[test]
fn protocol_and_attribute_files_inside_or_beside_are_used() {
    let home = Home::new();
    let mut files = lfw();
    files.push(("lfw/peopleDevTrain.txt", b"1\nA_B\t2\n".to_vec()));
    files.push(("peopleDevTest.csv", b"name,images\nC,1\n".to_vec()));
    let archive = home.put("in/faces.zip", zip(&files));
    home.put("in/lfw_attributes.txt", ATTRIBUTES.as_bytes());
    let imported = home.import(&archive).unwrap();
    let opened = dataset::open(&home.paths, &imported.dataset.id).unwrap();
    for dataset in [&imported.dataset, &opened] {
        assert_eq!(dataset.official_split(0), Some("training set"));
        assert_eq!(dataset.official_split(2), Some("test set"));
        assert_eq!(dataset.attribute_names(), ["Male", "Smiling"]);
        assert_eq!(dataset.attributes(0), Some(&[-1.0, 2.5][..]));
        assert_eq!(dataset.attributes(1), None);
    }
}

#[test]
fn attributes_that_come_later_are_added() {
    let home = Home::new();
    let archive = home.put("in/faces.tgz", tgz(&lfw()));
    assert!(
        home.import(&archive)
            .unwrap()
            .dataset
            .attribute_names()
            .is_empty()
    );
    home.put("in/lfw_attributes.txt", ATTRIBUTES.as_bytes());
    let again = home.import(&archive).unwrap();
    assert!(again.already_imported);
    assert_eq!(again.dataset.attributes(0), Some(&[-1.0, 2.5][..]));
    // An unreadable one causes a note and nothing else.
    home.put(
        "in/lfw_attributes.txt",
        b"person\timagenum\tMale\nA B\tx\t1\n",
    );
    let noted = home.import(&archive).unwrap();
    assert!(
        noted.notes[0].contains("0 of 1 rows match; 1 row cannot be used (line 2: \"x\""),
        "{:?}",
        noted.notes
    );
}

#[test]
fn a_name_means_the_sample_an_imported_set_or_a_path() {
    let home = Home::new();
    let resolve = |data: &str| dataset::resolve(&home.paths, Some(data), &mut unwatched);
    let missing = resolve("nothing").unwrap_err().to_string();
    assert!(
        missing.contains("\"sample\" is always available"),
        "{missing}"
    );

    let archive = home.put("faces.tgz", tgz(&lfw()));
    let by_path = resolve(archive.to_str().unwrap()).unwrap();
    assert_eq!(resolve("faces").unwrap().id, by_path.id);
    assert_eq!(resolve(&by_path.id).unwrap().id, by_path.id);
    dataset::set_last_used(&home.paths, &by_path).unwrap();
    let last = dataset::resolve(&home.paths, None, &mut unwatched).unwrap();
    assert_eq!(last.id, by_path.id, "the one used last");
    let missing = resolve("faecs").unwrap_err().to_string();
    assert!(missing.contains("sample, faces"), "{missing}");
    assert!(dataset::open(&home.paths, "../home").is_err());

    // Two data sets with one title are told apart by id.
    let mut more = lfw();
    more.push(("lfw/D/D_0001.jpg", jpeg(4)));
    home.import(&home.put("more/faces.tgz", tgz(&more)))
        .unwrap();
    let several = resolve("faces").unwrap_err().to_string();
    assert!(
        several.contains("choose one by its id") && several.contains(&by_path.id),
        "{several}"
    );
}

#[test]
fn a_cancelled_import_leaves_nothing_and_a_killed_ones_files_are_removed() {
    let home = Home::new();
    let archive = home.put("faces.tgz", tgz(&lfw()));
    let left = home.paths.datasets().join(".import-99999/lfw/A");
    std::fs::create_dir_all(&left).unwrap();
    let cancelled = import(&home.paths, &archive, &mut |_| Err(Error::Cancelled));
    assert!(matches!(cancelled, Err(Error::Cancelled)), "{cancelled:?}");
    let names: Vec<_> = std::fs::read_dir(home.paths.datasets())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, [".import.lock"]);
    assert!(home.import(&archive).is_ok());
}

#[test]
fn imports_at_the_same_time_wait_for_each_other() {
    let home = Home::new();
    let archive = home.put("faces.tgz", tgz(&lfw()));
    let outcomes: Vec<bool> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| home.import(&archive).unwrap().already_imported))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(
        outcomes.iter().filter(|already| !**already).count(),
        1,
        "{outcomes:?}"
    );
}

#[test]
fn lfws_own_archive_imports_whole() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let archive = shared.join("lfw-dev.tgz");
    if !archive.exists() {
        println!("skipped: no ../shared/data");
        return;
    }
    let home = Home::new();
    let imported = home.import(&archive).unwrap();
    let dataset = &imported.dataset;
    assert_eq!((dataset.pictures.len(), dataset.people.len()), (147, 60));
    assert_eq!(imported.skipped, []);
    assert_eq!(dataset.title, "lfw-dev");
    // Its people are all of peopleDevTrain, which lies beside it in lfw-metadata.
    assert!((0..147).all(|picture| dataset.official_split(picture) == Some("training set")));
}
