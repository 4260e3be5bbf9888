//! Importing a source again: the report describes the source as it is now.

use std::path::{Path, PathBuf};

use lfw_tui::dataset::import::import;
use lfw_tui::dataset::{self, Imported};
use lfw_tui::progress::unwatched;

use crate::archives::{Home, jpeg, lfw, tgz, unpack};

impl Home {
    fn remove(&self, name: &str) {
        std::fs::remove_file(self.at(name)).unwrap();
    }

    fn reimport(&self, source: &Path) -> Imported {
        import(&self.paths, source, &mut unwatched).unwrap()
    }

    /// A folder of three pictures, imported.
    fn faces(&self) -> (PathBuf, Imported) {
        let folder = self.at("in/faces");
        unpack(&lfw(), &folder);
        let imported = self.reimport(&folder);
        (folder, imported)
    }
}

fn skipped(imported: &Imported) -> Vec<&str> {
    imported
        .skipped
        .iter()
        .map(|skipped| skipped.file.as_str())
        .collect()
}

const ATTRIBUTES: &str = "person\timagenum\tMale\nA B\t1\t-1\n";

#[test]
fn protocol_files_added_changed_and_removed_inside_a_source_are_followed() {
    let home = Home::new();
    let (folder, first) = home.faces();
    assert!(first.dataset.attribute_names().is_empty());

    home.put("in/faces/lfw_attributes.txt", ATTRIBUTES);
    home.put("in/faces/peopleDevTrain.txt", "1\nA_B\t2\n");
    let second = home.reimport(&folder);
    assert!(second.already_imported);
    assert_eq!(second.dataset.id, first.dataset.id);
    let opened = dataset::open(&home.paths, &first.dataset.id).unwrap();
    for dataset in [&second.dataset, &opened] {
        assert_eq!(dataset.attributes(0), Some(&[-1.0][..]));
        assert_eq!(dataset.official_split(0), Some("training set"));
    }

    home.put(
        "in/faces/lfw_attributes.txt",
        "person\timagenum\tMale\nA B\t1\t4.5\n",
    );
    assert_eq!(
        home.reimport(&folder).dataset.attributes(0),
        Some(&[4.5][..])
    );

    home.remove("in/faces/lfw_attributes.txt");
    home.remove("in/faces/peopleDevTrain.txt");
    let last = home.reimport(&folder);
    let opened = dataset::open(&home.paths, &first.dataset.id).unwrap();
    for dataset in [&last.dataset, &opened] {
        assert!(dataset.attribute_names().is_empty());
        assert_eq!(dataset.official_split(0), None);
    }
    let gone = "lfw_attributes.txt is no longer in the source";
    assert!(
        last.notes.iter().any(|note| note.starts_with(gone)),
        "{:?}",
        last.notes
    );
    assert!(home.reimport(&folder).notes.is_empty(), "told once");
}

#[test]
fn protocol_files_beside_a_source_are_followed_too() {
    let home = Home::new();
    let (folder, _) = home.faces();
    home.put("in/lfw_attributes.txt", ATTRIBUTES);
    assert_eq!(
        home.reimport(&folder).dataset.attributes(0),
        Some(&[-1.0][..])
    );
    // A file inside the source has precedence over one beside it.
    home.put(
        "in/faces/lfw_attributes.txt",
        "person\timagenum\tMale\nA B\t1\t2\n",
    );
    assert_eq!(
        home.reimport(&folder).dataset.attributes(0),
        Some(&[2.0][..])
    );
    assert_eq!(
        home.reimport(&folder).dataset.attributes(0),
        Some(&[2.0][..])
    );
    home.remove("in/faces/lfw_attributes.txt");
    assert_eq!(
        home.reimport(&folder).dataset.attributes(0),
        Some(&[-1.0][..])
    );
    home.remove("in/lfw_attributes.txt");
    assert!(home.reimport(&folder).dataset.attribute_names().is_empty());
}

#[test]
fn another_archive_adds_its_protocol_files_and_removes_none() {
    let home = Home::new();
    home.put("in/faces/lfw_attributes.txt", ATTRIBUTES);
    let (folder, first) = home.faces();
    let mut files = lfw();
    files.push(("pairs.txt", b"1\nA_B\t1\t2\nA_B\t1\tC\t1\n".to_vec()));
    let archive = home.put("elsewhere/faces.tgz", tgz(&files));
    let again = home.reimport(&archive);
    assert!(again.already_imported && again.dataset.id == first.dataset.id);
    assert_eq!(again.dataset.attributes(0), Some(&[-1.0][..]));
    assert!(first.dataset.folder().join("pairs.txt").is_file());

    // The same content under another name; the first source keeps its files.
    let copy = home.put("elsewhere/copy.tgz", tgz(&files));
    assert!(home.reimport(&copy).already_imported);
    assert_eq!(
        home.reimport(&folder).dataset.attributes(0),
        Some(&[-1.0][..])
    );
    assert!(first.dataset.folder().join("pairs.txt").is_file());

    // A file of that name in another archive is used until the folder is imported again.
    files.push((
        "lfw_attributes.txt",
        b"person\timagenum\tMale\nA B\t1\t3\n".to_vec(),
    ));
    let third = home.put("elsewhere/third.tgz", tgz(&files));
    assert_eq!(
        home.reimport(&third).dataset.attributes(0),
        Some(&[3.0][..])
    );
    assert_eq!(
        home.reimport(&folder).dataset.attributes(0),
        Some(&[-1.0][..])
    );
    assert_eq!(
        home.reimport(&third).dataset.attributes(0),
        Some(&[3.0][..])
    );
}

#[test]
fn skipped_pictures_are_those_of_the_source_now() {
    let home = Home::new();
    let (folder, first) = home.faces();
    assert!(first.skipped.is_empty());
    home.put("in/faces/lfw/C/bad.jpg", "no picture");
    std::os::unix::fs::symlink("/etc/passwd", folder.join("lfw/C/link.jpg")).unwrap();
    for _ in 0..2 {
        let again = home.reimport(&folder);
        assert!(again.already_imported);
        assert_eq!(skipped(&again), ["lfw/C/bad.jpg", "lfw/C/link.jpg"]);
    }
    // Another source of the same pictures has skipped its own.
    let mut files = lfw();
    files.push(("lfw/A_B/half.jpg", jpeg(1)[..900].to_vec()));
    let archive = home.put("faces.tgz", tgz(&files));
    assert_eq!(skipped(&home.reimport(&archive)), ["lfw/A_B/half.jpg"]);
    assert_eq!(skipped(&home.reimport(&archive)), ["lfw/A_B/half.jpg"]);
    home.remove("in/faces/lfw/C/bad.jpg");
    assert_eq!(skipped(&home.reimport(&folder)), ["lfw/C/link.jpg"]);
    home.remove("in/faces/lfw/C/link.jpg");
    assert!(home.reimport(&folder).skipped.is_empty());
    // A file that has become readable is no longer reported as unreadable.
    home.put("in/faces/lfw/C/bad.jpg", "no picture");
    assert_eq!(skipped(&home.reimport(&folder)), ["lfw/C/bad.jpg"]);
    home.put("in/faces/lfw/C/bad.jpg", jpeg(9));
    let more = home.reimport(&folder);
    assert!(!more.already_imported && more.skipped.is_empty());
    assert_eq!(more.dataset.pictures.len(), 4);
    // And back to the previous data set.
    home.remove("in/faces/lfw/C/bad.jpg");
    let back = home.reimport(&folder);
    assert!(back.already_imported && back.dataset.id == first.dataset.id);
}

#[test]
fn what_an_earlier_version_imported_is_read_once_more() {
    let home = Home::new();
    let mut files = lfw();
    files.push(("lfw/C/bad.jpg", b"no picture".to_vec()));
    files.push(("lfw_attributes.txt", ATTRIBUTES.into()));
    let archive = home.put("faces.tgz", tgz(&files));
    let first = home.reimport(&archive);
    let notes = first.dataset.folder().join("sources.json");
    let mut kept: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&notes).unwrap()).unwrap();
    let source = kept["sources"][0].as_object_mut().unwrap();
    source.remove("reading");
    source.insert("beside".into(), "0".into());
    kept.as_object_mut().unwrap().remove("protocol");
    kept["skipped"] = serde_json::json!([{"file": "old.jpg", "reason": "gone"}]);
    std::fs::write(&notes, kept.to_string()).unwrap();
    std::fs::remove_file(first.dataset.folder().join("lfw_attributes.txt")).unwrap();

    let again = home.reimport(&archive);
    assert!(again.already_imported);
    assert_eq!(again.dataset.id, first.dataset.id);
    assert_eq!(skipped(&again), ["lfw/C/bad.jpg"]);
    assert_eq!(again.dataset.attributes(0), Some(&[-1.0][..]));
}
