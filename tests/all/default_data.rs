//! Which data set commands take when none is named.

use std::path::PathBuf;

use lfw_tui::dataset;
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;
use serde_json::Value;

use crate::cli::program;
use crate::tiny;

/// A home beside two folders of pictures, `a` and `b`, and `one` with one person.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (set, people) in [("a", 4), ("b", 3), ("one", 1)] {
            for person in 0..people {
                for number in 1..=3 {
                    let name = format!("{}_{}", set.to_uppercase(), (b'A' + person) as char);
                    let seed = u32::from(set.as_bytes()[0]) * 100 + u32::from(person) * 7 + number;
                    let file = format!("{set}/{name}/{name}_{number:04}.png");
                    tiny::pattern(&folder.path().join(file), seed);
                }
            }
        }
        Self { folder }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn call(&self, line: &str) -> std::process::Output {
        let words: Vec<&str> = line.split(' ').collect();
        program(&self.home(), &words)
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    fn does(&self, line: &str) -> String {
        let output = self.call(line);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The title of the data set that opens when none is named.
    fn last(&self) -> String {
        let paths = Paths::below(self.home());
        let dataset = dataset::resolve(&paths, None, &mut unwatched).unwrap();
        dataset.title
    }
}

#[test]
fn judging_and_searching_other_data_leaves_the_default_alone() {
    let place = Place::new();
    place.does("import a");
    let first = place.does("eval pca-4 --data ./b --json");
    let value: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(value["data"], "b");
    assert_eq!(value["pictures"], 9);
    assert_eq!(value["trained_on"], "a");
    assert_eq!(value["trained_pictures"], 12);
    assert_eq!(place.last(), "a");
    // The very line works as often as one likes, by path, title and id.
    assert_eq!(place.does("eval pca-4 --data ./b --json"), first);
    assert_eq!(place.does("eval pca-4 --data b --json"), first);
    let said = place.does("eval pca-4 --data b");
    assert!(said.contains("9 pictures of b"), "{said}");
    assert!(said.contains("fitted to a, on 12 pictures"), "{said}");

    place.does("search pca-2 B_A_0001 --data b -k 2");
    place.does("denoise pca-2 B_A_0001 --data b --noise gaussian:0.1 -o d.png");
    place.does("morph pca-2 B_A_0001 B_B_0001 --data b -o m.png");
    place.does("sample pca-2 --data b -o s.png");
    place.does("doctor --json");
    assert_eq!(place.last(), "a");

    // A run's own data and other data.
    place.does("train --preset pca --code-size 2 --name one");
    place.does("import b");
    place.does("eval one");
    let value: Value = serde_json::from_str(&place.does("eval one --data b --json")).unwrap();
    assert_eq!(
        (&value["data"], &value["trained_on"]),
        (&"b".into(), &"a".into())
    );
    place.does("search one A_A_0001");
    assert_eq!(place.last(), "b", "importing chose it");
}

#[test]
fn training_on_named_data_chooses_it_unless_it_is_refused() {
    let place = Place::new();
    place.does("import a");
    let refused = place.call("train --preset pca --code-size 2 --data ./one --held-out-people 0.5");
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("the data set has one person"), "{said}");
    assert_eq!(place.last(), "a");
    // A setting says what to take, and is not what was last.
    let set = program(
        &place.home(),
        &["train", "--preset", "pca", "--code-size", "1"],
    )
    .env("LFW_TUI_DATA", "one")
    .output()
    .unwrap();
    assert!(set.status.success());
    assert!(place.does("runs show latest").contains("one"));
    assert_eq!(place.last(), "a");
    place.does("train --preset pca --code-size 2 --data ./b");
    assert_eq!(place.last(), "b");
    place.does("import a");
    assert_eq!(place.last(), "a");
}
