use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ::safetensors::SafeTensors;

use super::*;
use crate::dataset::{Dataset, FaceSpec, Faces, Person, Picture};
use crate::latent::Codes;
use crate::progress::unwatched;

/// Two pictures of one person and one of another, whose name has a tab.
fn dataset() -> Dataset {
    let person = |folder: &str, pictures| Person {
        folder: folder.to_string(),
        pictures,
        official_part: None,
    };
    let picture = |person, number| Picture {
        person,
        number,
        file: format!("{number}.jpg"),
    };
    Dataset {
        id: "three".into(),
        title: "three".into(),
        is_sample: false,
        root: "/nowhere/three".into(),
        fingerprint: "f3".into(),
        chosen_crop: None,
        people: vec![person("Ada_Lovelace", 0..2), person("Tab\tName", 2..3)],
        pictures: vec![picture(0, 1), picture(0, 2), picture(1, 1)],
        attributes: Arc::default(),
    }
}

fn faces() -> Faces {
    let spec = FaceSpec::default();
    let face = |shade| vec![shade; (spec.size * spec.size * 3) as usize];
    Faces::from_bytes(spec, &[face(10), face(20), face(30)].concat()).unwrap()
}

fn codes() -> Codes {
    Codes {
        rows: 3,
        width: 2,
        values: vec![0.5, -1e-30, 1.0 / 3.0, 1e20, -0.0, 7.0].into(),
    }
}

/// Writes the three codes to a new file or folder of this name.
fn write_to(folder: &Path, name: &str, watch: Watch) -> Result<Vec<PathBuf>> {
    let (dataset, faces, codes) = (dataset(), faces(), codes());
    let named = NamedCodes {
        dataset: &dataset,
        faces: &faces,
        codes: &codes,
        notes: BTreeMap::from([("model", "pca-2".to_string())]),
    };
    let file = CodesFile::from_path(&folder.join(name))?;
    file.check_free()?;
    write(&file, &named, watch)
}

const NAMES: &str = "picture\tperson\nAda_Lovelace_0001\tAda Lovelace\n\
                     Ada_Lovelace_0002\tAda Lovelace\nTab\\tName_0001\tTab\\tName\n";

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn an_array_has_the_codes_and_a_table_the_names() {
    let home = tempfile::tempdir().unwrap();
    write_to(home.path(), "codes.npy", &mut unwatched).unwrap();
    let array = std::fs::read(home.path().join("codes.npy")).unwrap();
    assert_eq!(&array[..8], b"\x93NUMPY\x01\x00");
    let length = usize::from(u16::from_le_bytes([array[8], array[9]]));
    assert_eq!((10 + length) % 64, 0);
    let header = std::str::from_utf8(&array[10..10 + length]).unwrap();
    assert!(
        header.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"),
        "{header}"
    );
    let values: Vec<f32> = array[10 + length..]
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    assert_eq!(values, codes().values.to_vec());
    let names = std::fs::read_to_string(home.path().join("codes.names.tsv")).unwrap();
    assert_eq!(names, NAMES);
}

#[test]
fn safetensors_hold_codes_people_names_and_notes() {
    let home = tempfile::tempdir().unwrap();
    write_to(home.path(), "codes.safetensors", &mut unwatched).unwrap();
    let bytes = std::fs::read(home.path().join("codes.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let stored = tensors.tensor("codes").unwrap();
    assert_eq!(stored.shape(), [3, 2]);
    let expected: Vec<u8> = codes()
        .values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    assert_eq!(stored.data(), expected);
    assert_eq!(tensors.tensor("names").unwrap().data(), NAMES.as_bytes());
    let people = tensors.tensor("person").unwrap();
    assert_eq!(people.data(), [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    assert_eq!(header.metadata().as_ref().unwrap()["model"], "pca-2");
}

#[test]
fn a_table_has_a_row_for_each_picture() {
    let home = tempfile::tempdir().unwrap();
    write_to(home.path(), "codes.TSV", &mut unwatched).unwrap();
    let text = std::fs::read_to_string(home.path().join("codes.TSV")).unwrap();
    assert!(text.ends_with('\n'));
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(rows[0], ["picture", "person", "code_1", "code_2"]);
    assert_eq!(rows[3][..2], ["Tab\\tName_0001", "Tab\\tName"]);
    let values: Vec<f32> = rows[1..]
        .iter()
        .flat_map(|row| row[2..].iter().map(|cell| cell.parse().unwrap()))
        .collect();
    assert_eq!(values, codes().values.to_vec());
}

#[test]
fn a_folder_has_what_the_projector_reads() {
    let home = tempfile::tempdir().unwrap();
    // An empty folder may be filled.
    std::fs::create_dir(home.path().join("some.run")).unwrap();
    for name in ["projector", "projector.v2/", "some.run"] {
        write_to(home.path(), name, &mut unwatched).unwrap();
        let folder = home.path().join(name);
        let read = |file| std::fs::read_to_string(folder.join(file)).unwrap();
        assert_eq!(
            entries(&folder),
            [
                "metadata.tsv",
                "projector_config.pbtxt",
                "sprite.png",
                "vectors.tsv"
            ]
        );
        assert_eq!(read("metadata.tsv"), NAMES);
        assert_eq!(read("vectors.tsv").lines().count(), 3);
        let config = read("projector_config.pbtxt");
        assert_eq!(config.matches("single_image_dim: 32").count(), 2);
        assert!(!config.contains(home.path().to_str().unwrap()));
        let sprite = image::open(folder.join("sprite.png")).unwrap().to_rgb8();
        assert_eq!(sprite.dimensions(), (64, 64));
        let shades = [(0, 0), (32, 0), (31, 32), (63, 63)].map(|(x, y)| sprite.get_pixel(x, y)[0]);
        assert_eq!(shades, [10, 20, 30, 0]);
    }
}

#[test]
fn nothing_is_overwritten() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("codes.names.tsv"), "mine").unwrap();
    std::fs::write(home.path().join("codes.tsv"), "mine").unwrap();
    std::fs::create_dir(home.path().join("folder")).unwrap();
    std::fs::write(home.path().join("folder/mine"), "mine").unwrap();
    for (name, part) in [
        ("codes.npy", "codes.names.tsv: already exists"),
        ("codes.tsv", "already exists; choose another name"),
        ("folder", "is a folder that is not empty"),
        ("codes.csv", "no format .csv; write NAME.npy"),
    ] {
        let message = write_to(home.path(), name, &mut unwatched)
            .unwrap_err()
            .to_string();
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(
        entries(home.path()),
        ["codes.names.tsv", "codes.tsv", "folder"]
    );
    for file in ["codes.names.tsv", "codes.tsv", "folder/mine"] {
        assert_eq!(std::fs::read(home.path().join(file)).unwrap(), b"mine");
    }
}

#[test]
fn nothing_is_left_when_cancelled() {
    let home = tempfile::tempdir().unwrap();
    for name in ["codes.npy", "codes.tsv", "projector"] {
        let error = write_to(home.path(), name, &mut |_| Err(Error::Cancelled)).unwrap_err();
        assert!(matches!(error, Error::Cancelled));
        assert_eq!(entries(home.path()), [""; 0], "{name}");
    }
}
