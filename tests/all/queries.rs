//! What a picture or face on the command line means, and copies of one picture.

use std::path::Path;

use serde_json::Value;

use crate::cli::program;
use crate::tiny;

/// Standard output, standard error and exit code in `folder`.
fn call(folder: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = program(&folder.join("home"), arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

fn is_said(folder: &Path, arguments: &[&str], parts: &[&str]) {
    let (out, said, code) = call(folder, arguments);
    assert_eq!((out.as_str(), code), ("", Some(1)), "{arguments:?}");
    for part in parts {
        assert!(said.contains(part), "{arguments:?}: {said} lacks {part}");
    }
}

#[test]
fn a_folder_called_like_a_person_is_not_what_was_meant() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    for (name, count) in [("P_A", 1), ("P_B", 2)] {
        for number in 1..=count {
            let seed = u32::from(name.as_bytes()[2]) + number;
            tiny::pattern(
                &folder.join(format!("faces/{name}/{name}_{number:04}.png")),
                seed,
            );
        }
    }
    assert_eq!(call(folder, &["import", "faces"]).2, Some(0));
    // Inside the folder of the pictures, where people are folders.
    let inside = folder.join("faces");
    let inside = inside.as_path();
    std::fs::create_dir(inside.join("empty")).unwrap();
    let search = |query: &'static str| ["search", "pca-1", query, "--data", "faces"];
    std::os::unix::fs::symlink(folder.join("home"), inside.join("home")).unwrap();
    let (out, said, code) = call(inside, &search("P_A"));
    assert_eq!((out.lines().count(), code), (2, Some(0)), "{said}");
    is_said(inside, &search("P_B"), &["P B has 2 pictures", "say which"]);
    is_said(
        inside,
        &search("empty"),
        &["this is a folder here", "no person of that name"],
    );
    is_said(inside, &search("./P_A"), &["is not a picture file"]);
    is_said(
        inside,
        &search("missing.jpg"),
        &["no such file", "no person of that name in faces"],
    );
    is_said(
        inside,
        &search("P_B 7"),
        &["no such file here", "numbers 1 to 2"],
    );
    is_said(inside, &search("no/such.jpg"), &["no such picture file"]);
    is_said(inside, &search("/dev/null"), &["is not a picture file"]);
    for (command, rest) in [
        (
            "denoise",
            &["pca-1", "missing.png", "--noise", "gaussian:0.1"][..],
        ),
        ("morph", &["pca-1", "missing.png", "P_A"]),
    ] {
        let arguments = [&[command], rest, &["-o", "out.png", "--data", "faces"]].concat();
        is_said(
            inside,
            &arguments,
            &["missing.png", "no such file", "no person"],
        );
    }
}

#[test]
fn one_picture_says_what_it_is_too_few_for() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    tiny::pattern(&folder.join("faces/Only_One/Only_One_0001.png"), 1);
    for number in 1..=3 {
        let name = format!("more/Some_One/Some_One_{number:04}.png");
        tiny::pattern(&folder.join(name), 7 + number);
    }
    assert_eq!(call(folder, &["import", "faces"]).2, Some(0));
    is_said(folder, &["eval", "pca-2"], &["at least two pictures"]);
    is_said(
        folder,
        &["search", "pca-2", "Only One"],
        &["at least two pictures"],
    );
    is_said(
        folder,
        &["train", "--preset", "pca"],
        &["one picture", "--held-out 0"],
    );
    let people = ["train", "--preset", "linear", "--held-out-people", "0.5"];
    is_said(folder, &people, &["one picture"]);
    let people = [&people[..], &["--data", "more"]].concat();
    is_said(folder, &people, &["one person", "--held-out"]);
    assert_eq!(
        call(folder, &["runs"]).0.lines().count(),
        1,
        "no run is left"
    );

    let train = [
        "train",
        "--preset",
        "pca",
        "--code-size",
        "1",
        "--held-out",
        "0",
    ];
    let more = [&train[..], &["--data", "more", "--name", "more"]].concat();
    assert_eq!(call(folder, &more).2, Some(0));
    let search = ["search", "more", "Only_One", "--data", "faces", "--json"];
    let (out, said, code) = call(folder, &search);
    assert_eq!((out.as_str(), code), ("", Some(0)));
    assert!(said.contains("there is no other picture"), "{said}");
}

/// Twenty copies among many others, at places where sums are grouped otherwise.
#[test]
fn copies_of_a_picture_are_at_distance_zero_by_every_measure() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    for number in 0..60 {
        let seed = if number % 3 == 0 { 0 } else { number };
        tiny::pattern(
            &folder.join(format!("faces/P_{number:02}/P_{number:02}_0001.png")),
            seed,
        );
    }
    assert_eq!(call(folder, &["import", "faces"]).2, Some(0));
    let train = "train --preset conv --code-size 6 --epochs 1 --name net";
    let train: Vec<&str> = train.split(' ').collect();
    assert_eq!(call(folder, &train).2, Some(0));
    for model in ["pca-8", "net"] {
        for query in ["P_09_0001", "faces/P_57/P_57_0001.png"] {
            for metric in ["l2", "cosine"] {
                for index in ["brute", "lsh"] {
                    for whiten in ["--whiten", "--no-whiten"] {
                        let common = ["search", model, query, "-k", "22", "--json"];
                        let how = ["--metric", metric, "--index", index, whiten];
                        let alone = [&common[..], &how].concat();
                        let (out, said, code) =
                            call(folder, &[&alone[..], &["--with-copies"]].concat());
                        assert_eq!(code, Some(0), "{said}");
                        let hits: Vec<Value> = (out.lines())
                            .map(|line| serde_json::from_str(line).unwrap())
                            .collect();
                        let copies = if query.contains('/') { 20 } else { 19 };
                        let at = |hit: &Value| hit["distance"].as_f64().unwrap();
                        assert!(
                            hits[..copies].iter().all(|hit| at(hit) == 0.0),
                            "{model} {query} {how:?}: {out}"
                        );
                        assert!(at(&hits[copies]) > 0.0, "others are not copies");
                        let (out, said, code) = call(folder, &alone);
                        assert_eq!((out.lines().count(), code), (22, Some(0)), "{said}");
                        assert!(!out.contains("\"distance\":0.0,"), "{how:?}: {out}");
                    }
                }
            }
        }
    }
}

#[test]
fn codes_are_kept_and_damaged_files_are_made_again() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    for number in 0..30 {
        tiny::pattern(
            &folder.join(format!("faces/P_{number:02}/P_{number:02}_0001.png")),
            number,
        );
    }
    assert_eq!(call(folder, &["import", "faces"]).2, Some(0));
    let search = ["search", "pca-4", "P_09_0001", "-k", "5", "--json"];
    let (first, said, code) = call(folder, &search);
    assert_eq!((said.as_str(), code), ("", Some(0)));
    let kept = || -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder.join("home/cache/codes")).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let files = kept();
    assert_eq!(files.len(), 2, "codes and what is searched: {files:?}");
    assert_eq!(
        call(folder, &search),
        (first.clone(), String::new(), Some(0))
    );
    for file in &files {
        let whole = std::fs::read(file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let foreign = vec![7; whole.len()];
        for contents in [&whole[..whole.len() / 2], &[], &foreign] {
            std::fs::remove_file(file).unwrap();
            std::fs::write(file, contents).unwrap();
            let (out, said, code) = call(folder, &search);
            assert_eq!((&out, code), (&first, Some(0)), "{said}");
            assert!(
                said.contains(name) && said.contains("made again"),
                "{name} {}: {said}",
                contents.len()
            );
            assert_eq!(std::fs::read(file).unwrap(), whole, "{name}");
        }
    }
    assert_eq!(kept(), files);
}
