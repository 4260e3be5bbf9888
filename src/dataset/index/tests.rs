//! Indexes are read back as written, and damaged ones are refused.

use super::*;
use crate::dataset::index_folder::index_folder;

fn put(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

#[test]
fn an_index_gives_back_what_was_indexed() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("faces-1");
    for (name, content) in [
        ("lfw/B_C/B_C_0002.jpg", "2"),
        ("lfw/B_C/B_C_0010.jpg", "10"),
        ("lfw/A/holiday.png", "h"),
        ("lfw/A/beach.jpg", "b"),
        ("lfw/A/notes.txt", "n"),
        ("peopleDevTrain.txt", "1\nB_C\t2\n"),
        ("peopleDevTest.csv", "name,images\nA,2\n"),
        (
            "lfw_attributes.txt",
            "#\tperson\timagenum\tMale\nB C\t10\t0.5\n",
        ),
    ] {
        put(&folder, name, content.as_bytes());
    }
    let made = index_folder(&folder, "my faces", DatasetKind::Sample).unwrap();
    let read = read(&folder).unwrap();
    for dataset in [&made, &read] {
        assert_eq!(
            (dataset.id.as_str(), dataset.title.as_str()),
            ("faces-1", "my faces")
        );
        let ids: Vec<String> = (0..dataset.pictures.len())
            .map(|p| dataset.face_id(p))
            .collect();
        assert_eq!(ids, ["A_0001", "A_0002", "B_C_0002", "B_C_0010"]);
        assert_eq!(dataset.path(0), folder.join("lfw/A/beach.jpg"));
        assert!(dataset.is_sample);
        assert_eq!(dataset.official_split(0), Some("test set"));
        assert_eq!(dataset.official_split(3), Some("training set"));
        assert_eq!(dataset.attributes(3), Some(&[0.5][..]));
        assert_eq!(dataset.attributes(0), None);
        assert_eq!(dataset.attribute_names(), ["Male"]);
    }
    assert_eq!(made.fingerprint, read.fingerprint);
    let summary = read_summary(&folder).unwrap();
    assert_eq!((summary.pictures, summary.people), (4, 2));

    put(&folder, "lfw/A/beach.jpg", b"other");
    let changed = index_folder(&folder, "my faces", DatasetKind::Sample).unwrap();
    assert_ne!(changed.fingerprint, made.fingerprint);
}

#[test]
fn a_broken_index_says_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    for content in [
        "{",
        r#"{"format":9,"title":"","is_sample":false,"fingerprint":"","pictures":0,"people":[]}"#,
        r#"{"format":1,"title":"","is_sample":false,"fingerprint":"","pictures":7,"people":[]}"#,
        r#"{"format":1,"title":"","is_sample":false,"fingerprint":"","pictures":1,"people":[["../x",0,[1],[]]]}"#,
    ] {
        put(home.path(), files::INDEX_FILE, content.as_bytes());
        let message = read(home.path()).unwrap_err().to_string();
        assert!(message.contains("import the pictures again"), "{message}");
    }
    assert!(index_folder(home.path(), "empty", DatasetKind::Imported).is_err());
}
