//! Archives and pictures that are broken or evil: one line that names the
//! file, and what was there before is untouched.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lfw_tui::dataset::import::import;
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;

use crate::archives::{gzip, jpeg, lfw, png, tar, tar_header, tgz, zip};

/// Every file below a folder with its content.
fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), std::fs::read(path).unwrap());
            }
        }
    }
    found
}

fn with_entry(header: tar::Header, content: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(vec![]);
    let good = jpeg(1);
    let mut first = tar_header(
        "lfw/A/A_0001.jpg",
        tar::EntryType::Regular,
        good.len() as u64,
    );
    first.set_cksum();
    builder.append(&first, good.as_slice()).unwrap();
    builder.append(&header, content).unwrap();
    gzip(&builder.into_inner().unwrap())
}

#[test]
#[expect(clippy::too_many_lines, reason = "one row for each bad archive")]
fn every_bad_archive_is_refused_with_one_line_that_names_it() {
    let whole = tgz(&lfw());
    let plain = tar(&lfw());
    let whole_zip = zip(&lfw());
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle..middle + 64].fill(0x55);
    let mut flipped_zip = whole_zip.clone();
    let middle = flipped_zip.len() / 3;
    flipped_zip[middle..middle + 64].fill(0x55);
    let outside = |path| with_entry(tar_header(path, tar::EntryType::Regular, 4), b"evil");
    let zeros = vec![0; 80 << 20];
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty.tgz", vec![], "the file is empty"),
        (
            "text.tgz",
            b"hello, this is no archive".to_vec(),
            "not an archive",
        ),
        ("photo.jpg", jpeg(1), "a single picture"),
        (
            "faces.7z",
            b"7z\xbc\xaf\x27\x1c".to_vec(),
            "7z and rar archives are not supported",
        ),
        (
            "faces.tar.xz",
            b"\xfd7zXZ\0".to_vec(),
            "xz archives are not supported",
        ),
        (
            "no-tar.gz",
            gzip(b"hello, this is no tar archive"),
            "without a tar archive",
        ),
        ("cut.tgz", whole[..whole.len() / 2].to_vec(), "cut off at"),
        (
            "no-end.tgz",
            whole[..whole.len() - 6].to_vec(),
            "cut off at",
        ),
        ("cut.tar", plain[..plain.len() / 2].to_vec(), "cut off"),
        (
            "cut-between.tar",
            plain[..plain.len() - 1024].to_vec(),
            "cut off after",
        ),
        (
            "cut.zip",
            whole_zip[..whole_zip.len() / 2].to_vec(),
            "cannot be read",
        ),
        ("corrupt.tgz", flipped, "corrupt.tgz: "),
        ("corrupt.zip", flipped_zip, "corrupt.zip: "),
        (
            "nothing.tar",
            tar(&[("readme.txt", b"x".to_vec())]),
            "no pictures in it",
        ),
        ("nothing.zip", zip(&[]), "no pictures in it"),
        (
            "up.tgz",
            outside("../../evil.jpg"),
            "../../evil.jpg is a path with \"..\"",
        ),
        (
            "up.zip",
            zip(&[("lfw/../../evil.jpg", b"evil".to_vec())]),
            "a path with \"..\"",
        ),
        (
            "root.tgz",
            outside("/tmp/evil/evil.jpg"),
            "an absolute path",
        ),
        (
            "root.zip",
            zip(&[("/tmp/evil/evil.jpg", b"evil".to_vec())]),
            "an absolute path",
        ),
        (
            "bomb.tgz",
            tgz(&[("lfw/A/big.bin", zeros.clone())]),
            "decompresses to more than",
        ),
        (
            "bomb.zip",
            zip(&[("lfw/A/A_0001.jpg", zeros)]),
            "its only picture cannot be used",
        ),
        (
            "all-bad.tgz",
            tgz(&[("lfw/A/A_0001.jpg", b"no picture".to_vec())]),
            "its only picture cannot be used: lfw/A/A_0001.jpg is neither",
        ),
    ];
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::below(home.path().join("home"));
    let good = home.path().join("good.tgz");
    std::fs::write(&good, tgz(&lfw())).unwrap();
    import(&paths, &good, &mut unwatched).unwrap();
    let before = everything(&home.path().join("home"));
    for (name, content, expected) in cases {
        let path = home.path().join(name);
        std::fs::write(&path, content).unwrap();
        let message = match import(&paths, &path, &mut unwatched) {
            Ok(imported) => panic!("{name} was imported: {imported:?}"),
            Err(error) => error.to_string(),
        };
        println!("{message}");
        assert!(message.contains(name), "{name}: {message}");
        assert!(message.contains(expected), "{name}: {message}");
        assert!(!message.contains('\n'), "{name}: {message}");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            everything(&home.path().join("home")),
            before,
            "{name} left something"
        );
    }
    let outside: Vec<_> = everything(home.path())
        .into_keys()
        .filter(|path| path.to_string_lossy().contains("evil"))
        .collect();
    assert!(outside.is_empty(), "{outside:?}");
}

#[test]
fn bad_pictures_among_good_ones_are_skipped_and_told() {
    let mut vast = png(16, 16, 1);
    vast[16..20].copy_from_slice(&30_000u32.to_be_bytes());
    vast[20..24].copy_from_slice(&30_000u32.to_be_bytes());
    let mut crc = flate2::Crc::new();
    crc.update(&vast[12..29]);
    vast[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    let half = jpeg(5)[..3000].to_vec();
    let mut files = lfw();
    files.extend([
        ("lfw/X/X_0001.jpg", b"not a picture".to_vec()),
        ("lfw/X/X_0002.jpg", half),
        ("lfw/X/X_0003.png", png(1, 1, 1)),
        ("lfw/X/X_0004.png", vast),
        ("lfw/X/X_0005.jpg", vec![]),
        ("lfw/C/C_0001.jpg", jpeg(77)),
        ("lfw/A_B/A_B_0001.jpg", vec![]),
    ]);
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::below(home.path().join("home"));
    for (name, content) in [("a.tgz", tgz(&files)), ("b.tar", tar(&files))] {
        let path = home.path().join(name);
        std::fs::write(&path, content).unwrap();
        let imported = import(&paths, &path, &mut unwatched).unwrap();
        assert_eq!(imported.dataset.pictures.len(), 3);
        assert!(!imported.dataset.root.join("X").exists(), "no empty person");
        let told: Vec<(&str, &str)> = imported
            .skipped
            .iter()
            .map(|skipped| (skipped.file.as_str(), skipped.reason.as_str()))
            .collect();
        let expected = [
            (
                "lfw/C/C_0001.jpg",
                "replaced by a later file of the same path",
            ),
            ("lfw/X/X_0001.jpg", "neither a JPEG nor a PNG picture"),
            ("lfw/X/X_0002.jpg", "a JPEG picture that is cut off"),
            (
                "lfw/X/X_0003.png",
                "1 × 1 pixels is too small; the minimum is 16 × 16",
            ),
            (
                "lfw/X/X_0004.png",
                "30000 × 30000 pixels is too large; the maximum is 64 million pixels",
            ),
            ("lfw/X/X_0005.jpg", "an empty file"),
            ("lfw/A_B/A_B_0001.jpg", "an empty file"),
        ];
        assert_eq!(told, expected, "{name}");
        // The last of two with one path counts, unless it is no picture.
        assert_eq!(std::fs::read(imported.dataset.path(2)).unwrap(), jpeg(77));
        assert_eq!(std::fs::read(imported.dataset.path(0)).unwrap(), jpeg(1));
    }
}

#[test]
fn links_in_a_folder_are_not_followed() {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::below(home.path().join("home"));
    let folder = home.path().join("faces");
    crate::archives::unpack(&lfw(), &folder);
    let outside = home.path().join("secret.jpg");
    std::fs::write(&outside, jpeg(9)).unwrap();
    std::os::unix::fs::symlink(&outside, folder.join("lfw/C/C_0002.jpg")).unwrap();
    std::os::unix::fs::symlink(&folder, folder.join("round")).unwrap();
    let imported = import(&paths, &folder, &mut unwatched).unwrap();
    assert_eq!(imported.dataset.pictures.len(), 3);
    let told: Vec<&str> = imported
        .skipped
        .iter()
        .map(|skipped| skipped.file.as_str())
        .collect();
    assert_eq!(told, ["lfw/C/C_0002.jpg", "round"]);
}

#[test]
fn what_is_not_there_or_empty_is_named() {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::below(home.path().join("home"));
    let message = |path: &Path| {
        import(&paths, path, &mut unwatched)
            .unwrap_err()
            .to_string()
    };
    assert!(message(&home.path().join("gone.tgz")).contains("gone.tgz: cannot read: no such file"));
    let empty = home.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    assert!(message(&empty).contains("empty: no pictures in it"));
    assert!(message(home.path()).contains("the program's own data"));
    assert!(message(Path::new("/dev/null")).contains("neither a file nor a folder"));
}
