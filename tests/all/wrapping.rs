//! Archives and folders with more than plain files: links, padding, several parts, compression
//! methods, unreadable folders.

use std::io::{Cursor, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use lfw_tui::Result;
use lfw_tui::dataset::Imported;
use lfw_tui::dataset::import::import;
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;
use tar::EntryType;

use crate::archives::{gzip, jpeg, lfw, tar, tar_header, tgz, unpack, zip};

struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn import(&self, source: &Path) -> Result<Imported> {
        let paths = Paths::below(self.folder.path().join("home"));
        import(&paths, source, &mut unwatched)
    }

    /// Imports bytes as a file of that name.
    fn take(&self, name: &str, content: &[u8]) -> Imported {
        self.import(&self.put(name, content)).unwrap()
    }
}

/// `folder/file` of every picture.
fn files(imported: &Imported) -> Vec<String> {
    let dataset = &imported.dataset;
    dataset
        .pictures
        .iter()
        .map(|picture| format!("{}/{}", dataset.people[picture.person].folder, picture.file))
        .collect()
}

fn told(imported: &Imported) -> Vec<String> {
    let mut told: Vec<String> = imported
        .skipped
        .iter()
        .map(|skipped| format!("{}: {}", skipped.file, skipped.reason))
        .collect();
    told.sort();
    told
}

/// Regular files with their content, and links with their targets.
enum Member<'a> {
    File(&'a str, Vec<u8>),
    Hard(&'a str, &'a str),
    Symbolic(&'a str, &'a str),
}

fn tar_of(members: &[Member]) -> Vec<u8> {
    let mut builder = tar::Builder::new(vec![]);
    for member in members {
        let (header, content) = match member {
            Member::File(path, content) => (
                tar_header(path, EntryType::Regular, content.len() as u64),
                content.as_slice(),
            ),
            Member::Hard(path, target) | Member::Symbolic(path, target) => {
                let kind = match member {
                    Member::Hard(..) => EntryType::Link,
                    _ => EntryType::Symlink,
                };
                let mut header = tar_header(path, kind, 0);
                header.set_link_name_literal(target).unwrap();
                header.set_cksum();
                (header, &[][..])
            }
        };
        builder.append(&header, content).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn a_link_to_an_earlier_member_is_a_copy_and_others_are_reported() {
    use Member::{File, Hard, Symbolic};
    let members = [
        File("lfw/A/A_0001.jpg", jpeg(1)),
        Hard("lfw/A/A_0002.jpg", "lfw/A/A_0001.jpg"),
        Symbolic("lfw/B/B_0001.jpg", "../A/A_0001.jpg"),
        Symbolic("lfw/A/A_0003.jpg", "/etc/passwd"),
        Hard("lfw/A/A_0004.jpg", "lfw/C/C_0001.jpg"),
        Symbolic("lfw/A/A_0005.jpg", "../../../A_0001.jpg"),
        Symbolic("lfw/A/A_0006.jpg", "A_0002.jpg"),
        Symbolic("lfw/A/A_0007.jpg", "A_0007.jpg"),
        Symbolic("lfw/Z", "A"),
        File("lfw/C/C_0001.jpg", jpeg(3)),
    ];
    let tar = tar_of(&members);
    let outside = "which does not come before it in the archive";
    let expected = [
        "lfw/A/A_0003.jpg: a link to /etc/passwd, outside the archive".to_string(),
        format!("lfw/A/A_0004.jpg: a link to lfw/C/C_0001.jpg, {outside}"),
        "lfw/A/A_0005.jpg: a link to ../../../A_0001.jpg, outside the archive".to_string(),
        "lfw/A/A_0006.jpg: a link to A_0002.jpg, another link".to_string(),
        format!("lfw/A/A_0007.jpg: a link to A_0007.jpg, {outside}"),
        "lfw/Z: a link to A, a folder".to_string(),
    ];
    for (name, content) in [("links.tar", tar.clone()), ("links.tgz", gzip(&tar))] {
        let home = Home::new();
        let imported = home.take(name, &content);
        assert_eq!(
            files(&imported),
            [
                "A/A_0001.jpg",
                "A/A_0002.jpg",
                "B/B_0001.jpg",
                "C/C_0001.jpg"
            ],
            "{name}"
        );
        for copy in 0..3 {
            let bytes = std::fs::read(imported.dataset.path(copy)).unwrap();
            assert_eq!(bytes, jpeg(1), "{name}");
        }
        assert_eq!(told(&imported), expected, "{name}");
    }
}

#[test]
fn links_in_zip_are_as_in_tar() {
    let mut writer = zip::ZipWriter::new(Cursor::new(vec![]));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("lfw/A/A_0001.jpg", options).unwrap();
    writer.write_all(&jpeg(1)).unwrap();
    writer
        .add_symlink("lfw/A/A_0002.jpg", "A_0001.jpg", options)
        .unwrap();
    writer
        .add_symlink("lfw/A/A_0003.jpg", "/etc/passwd", options)
        .unwrap();
    let archive = writer.finish().unwrap().into_inner();
    let imported = Home::new().take("links.zip", &archive);
    assert_eq!(files(&imported), ["A/A_0001.jpg", "A/A_0002.jpg"]);
    assert_eq!(
        told(&imported),
        ["lfw/A/A_0003.jpg: a link to /etc/passwd, outside the archive"]
    );
}

#[test]
fn a_link_whose_own_path_leads_out_is_refused() {
    let home = Home::new();
    let archive = tar_of(&[
        Member::File("lfw/A/A_0001.jpg", jpeg(1)),
        Member::Symbolic("lfw/../../A_0002.jpg", "lfw/A/A_0001.jpg"),
    ]);
    let error = home.import(&home.put("out.tar", &archive)).unwrap_err();
    assert!(error.to_string().contains("a path with \"..\""), "{error}");
}

#[test]
fn padding_appended_archives_and_long_names_are_accepted() {
    let more = [("lfw/D/D_0001.jpg", jpeg(4))];
    let whole = tar(&lfw());
    let middle = whole.len() / 2;
    let parts = [gzip(&whole[..middle]), gzip(&whole[middle..])].concat();
    let three = ["A_B/A_B_0001.jpg", "A_B/A_B_0002.jpg", "C/C_0001.jpg"];
    let four = [&three[..], &["D/D_0001.jpg"]].concat();
    let zeros = vec![0; 10_240];
    for (name, content, expected) in [
        (
            "padded.tgz",
            [tgz(&lfw()), zeros.clone()].concat(),
            &three[..],
        ),
        (
            "padded-tar.tgz",
            gzip(&[whole.clone(), zeros.clone()].concat()),
            &three,
        ),
        (
            "garbage.tgz",
            [tgz(&lfw()), b"signed by x".to_vec()].concat(),
            &three,
        ),
        ("parts.tgz", parts.clone(), &three),
        (
            "padded-parts.tgz",
            [
                gzip(&whole[..middle]),
                zeros.clone(),
                gzip(&whole[middle..]),
            ]
            .concat(),
            &three,
        ),
        ("two.tgz", [tgz(&lfw()), tgz(&more)].concat(), &four),
        (
            "two.tar",
            [whole.clone(), zeros, tar(&more)].concat(),
            &four,
        ),
        (
            "comment.tar",
            [whole.clone(), vec![b'x'; 700]].concat(),
            &three,
        ),
    ] {
        let imported = Home::new().take(name, &content);
        assert_eq!(files(&imported), expected, "{name}");
        assert!(imported.skipped.is_empty(), "{name}: {imported:?}");
    }
    // A damaged part is not padding.
    let mut damaged = parts;
    let second = gzip(&whole[..middle]).len();
    damaged[second] = 0x55;
    let home = Home::new();
    let error = home.import(&home.put("damaged.tgz", &damaged)).unwrap_err();
    assert!(error.to_string().contains("cut off"), "{error}");

    let long = format!("lfw/{}/{}.jpg", "N".repeat(120), "n".repeat(150));
    let mut builder = tar::Builder::new(vec![]);
    let mut header = tar::Header::new_gnu();
    header.set_size(jpeg(1).len() as u64);
    header.set_cksum();
    builder
        .append_data(&mut header, &long, jpeg(1).as_slice())
        .unwrap();
    builder
        .append_pax_extensions([("path", b"lfw/Zo\xc3\xab/1.jpg".as_slice())])
        .unwrap();
    let header = tar_header("short.jpg", EntryType::Regular, jpeg(2).len() as u64);
    builder.append(&header, jpeg(2).as_slice()).unwrap();
    let imported = Home::new().take("long.tar", &builder.into_inner().unwrap());
    assert_eq!(files(&imported), [&long[4..], "Zoë/1.jpg"]);
}

#[test]
fn a_sparse_file_is_reported_by_its_own_name() {
    let mut builder = tar::Builder::new(vec![]);
    let header = tar_header("lfw/A/A_0001.jpg", EntryType::Regular, jpeg(1).len() as u64);
    builder.append(&header, jpeg(1).as_slice()).unwrap();
    builder
        .append_pax_extensions([
            ("GNU.sparse.major", b"1".as_slice()),
            ("GNU.sparse.minor", b"0"),
            ("GNU.sparse.name", b"lfw/A/A_0002.jpg"),
            ("GNU.sparse.realsize", b"900000"),
        ])
        .unwrap();
    let map = format!("{:\0<512}", "1\n0\n512\n");
    let header = tar_header("lfw/A/GNUSparseFile.7/A_0002.jpg", EntryType::Regular, 512);
    builder.append(&header, map.as_bytes()).unwrap();
    let home = Home::new();
    let imported = home.take("holes.tar", &builder.into_inner().unwrap());
    assert_eq!(files(&imported), ["A/A_0001.jpg"]);
    let told = told(&imported);
    assert!(
        told.len() == 1 && told[0].starts_with("lfw/A/A_0002.jpg: a sparse file"),
        "{told:?}"
    );
}

/// Sets two bytes of the headers of the zip's member `number`: `local` bytes
/// into its local header, and as far into the directory's entry, plus two.
fn patched(archive: &[u8], number: usize, local: usize, value: u16) -> Vec<u8> {
    let mut bytes = archive.to_vec();
    for (signature, offset) in [(b"PK\x03\x04", local), (b"PK\x01\x02", local + 2)] {
        let at = archive
            .windows(4)
            .enumerate()
            .filter(|(_, window)| window == signature)
            .nth(number)
            .unwrap()
            .0;
        bytes[at + offset..at + offset + 2].copy_from_slice(&value.to_le_bytes());
    }
    bytes
}

#[test]
fn unsupported_compression_methods_are_named() {
    const FLAGS: usize = 6;
    const METHOD: usize = 8;
    let whole = zip(&lfw());
    for (field, value, expected) in [
        (METHOD, 12, "compressed with bzip2, which is not supported"),
        (METHOD, 14, "compressed with lzma, which is not supported"),
        (
            METHOD,
            9,
            "compressed with deflate64, which is not supported",
        ),
        (METHOD, 93, "compressed with zstd, which is not supported"),
        (
            METHOD,
            77,
            "compressed with method 77, which is not supported",
        ),
        (FLAGS, 1, "encrypted"),
    ] {
        let one = patched(&whole, 0, field, value);
        let imported = Home::new().take("faces.zip", &one);
        assert_eq!(files(&imported), ["A_B/A_B_0001.jpg", "A_B/A_B_0002.jpg"]);
        let told = told(&imported);
        let start = format!("lfw/C/C_0001.jpg: {expected}; unpack the archive");
        assert!(told.len() == 1 && told[0].starts_with(&start), "{told:?}");

        let all = (0..3).fold(whole.clone(), |bytes, n| patched(&bytes, n, field, value));
        let home = Home::new();
        let error = home.import(&home.put("faces.zip", &all)).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains(expected) && message.contains("import the folder"),
            "{message}"
        );
        assert!(!message.contains("get it again"), "{message}");
    }
}

#[test]
fn many_links_to_a_large_file_are_an_archive_bomb() {
    let mut members = vec![Member::File("lfw/A/A_0001.jpg", vec![7; 40 << 20])];
    let names: Vec<String> = (2..30).map(|n| format!("lfw/A/A_{n:04}.jpg")).collect();
    for name in &names {
        members.push(Member::Hard(name, "lfw/A/A_0001.jpg"));
    }
    let home = Home::new();
    let archive = gzip(&tar_of(&members));
    let error = home.import(&home.put("bomb.tgz", &archive)).unwrap_err();
    assert!(error.to_string().contains("bomb.tgz: "), "{error}");
    let left = home.folder.path().join("home/data/datasets");
    let left: Vec<_> = std::fs::read_dir(left).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

/// The program as a user whose permissions can be denied, unlike root's; `None` if no other user
/// can start it.
fn as_somebody(home: &Home) -> Option<Command> {
    let program = Path::new(env!("CARGO_BIN_EXE_lfw-tui"));
    let open_to_all = |folder: &Path| {
        std::fs::metadata(folder).is_ok_and(|data| data.permissions().mode() & 1 == 1)
    };
    let mut command = Command::new(program);
    command.env("LFW_TUI_HOME", home.folder.path().join("theirs"));
    if rustix::process::geteuid().is_root() {
        if !program.ancestors().skip(1).all(open_to_all) {
            println!("skipped: only root can start {}", program.display());
            return None;
        }
        command.uid(65534).gid(65534);
    }
    set_mode(home.folder.path(), 0o777);
    Some(command)
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn an_unreadable_or_too_deep_folder_is_skipped_and_reported() {
    let home = Home::new();
    let Some(mut command) = as_somebody(&home) else {
        return;
    };
    let faces = home.folder.path().join("faces");
    unpack(&lfw(), &faces);
    unpack(&[("lfw/D/D_0001.jpg", jpeg(4))], &faces);
    let deep = faces.join("d/".repeat(34));
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("x.jpg"), jpeg(5)).unwrap();
    let closed = faces.join("lfw/D");
    set_mode(&closed, 0o000);
    let output = command
        .args(["import", "--list-skipped", "--json"])
        .arg(&faces)
        .output()
        .unwrap();
    set_mode(&closed, 0o755);
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["pictures"], 3);
    let skipped: Vec<String> = report["skipped_files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{}: {}", one["file"], one["reason"]).replace('"', ""))
        .collect();
    assert!(
        skipped.contains(&"lfw/D: not readable (permission denied)".to_string()),
        "{skipped:?}"
    );
    assert!(
        skipped
            .iter()
            .any(|one| one.contains("nested deeper than 32")),
        "{skipped:?}"
    );
}

#[test]
fn advice_about_the_programs_folders_is_given_only_for_them() {
    let home = Home::new();
    let archive = home.put("faces.tgz", &tgz(&lfw()));
    let message = |arguments: &[&std::ffi::OsStr]| {
        let output = as_somebody(&home)?.args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        Some(String::from_utf8(output.stderr).unwrap())
    };
    let import = [std::ffi::OsStr::new("import"), archive.as_os_str()];
    set_mode(&archive, 0o000);
    let Some(theirs) = message(&import) else {
        return;
    };
    assert!(theirs.contains("faces.tgz: cannot read: permission denied"));
    assert!(!theirs.contains("LFW_TUI_HOME"), "{theirs}");
    set_mode(&archive, 0o644);
    // The log may have made it.
    std::fs::create_dir_all(home.folder.path().join("theirs")).unwrap();
    set_mode(&home.folder.path().join("theirs"), 0o000);
    let own = message(&import).unwrap();
    assert!(
        own.contains("set LFW_TUI_HOME to a folder of your own"),
        "{own}"
    );
    set_mode(&home.folder.path().join("theirs"), 0o755);
}

#[test]
fn devices_and_pipes_are_skipped() {
    let home = Home::new();
    let mut builder = tar::Builder::new(vec![]);
    for (path, kind, content) in [
        ("lfw/A/zero", EntryType::Char, vec![]),
        ("lfw/A/A_0001.jpg", EntryType::Regular, jpeg(1)),
        ("lfw/A/A_0002.jpg", EntryType::Fifo, vec![]),
    ] {
        let header = tar_header(path, kind, content.len() as u64);
        builder.append(&header, content.as_slice()).unwrap();
    }
    let imported = home.take("devices.tar", &builder.into_inner().unwrap());
    assert_eq!(files(&imported), ["A/A_0001.jpg"]);
    let told = told(&imported);
    assert_eq!(told, ["lfw/A/A_0002.jpg: a device or a pipe, not a file"]);
}
