//! The commands, as two people would call them.

use std::process::{Command, Output};

use serde_json::Value;

use crate::gallery;
use crate::place::Place;

fn call(place: &Place, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lfw-tui"))
        .args(arguments)
        .env("LFW_TUI_HOME", gallery::home())
        .env("LFW_TUI_PG", place.connection(None))
        .output()
        .unwrap()
}

fn json(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let output = call(place, arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn failure(place: &Place, arguments: &[&str], code: i32) -> String {
    let output = call(place, arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

#[test]
fn codes_are_uploaded_searched_listed_and_removed() {
    let place = Place::new();
    let dataset = gallery::opened();
    let face = dataset.face_id(7);
    let search = ["search", "pca-8", &face, "-k", "9", "--json"];
    let stored_search = [&search[..], &["--index", "pgvector"]].concat();
    let message = failure(&place, &stored_search, 1);
    assert!(message.contains("it has none"), "{message}");
    assert!(
        message.contains("lfw-tui codes pca-8 -o postgresql://"),
        "{message}"
    );

    let upload = ["codes", "pca-8", "-o", "postgresql://", "--json"];
    let first = &json(&place, &upload)[0];
    assert_eq!(
        (&first["new"], &first["set"]),
        (&Value::from(true), &Value::from(1))
    );
    assert_eq!(first["pictures"], gallery::PICTURES);
    assert_eq!(
        (&first["metric"], &first["whitened"]),
        (&"cosine".into(), &true.into())
    );
    assert_eq!(json(&place, &upload)[0]["new"], false);

    // The same answer as from memory, for a face and for a file that is one.
    assert_eq!(json(&place, &stored_search), json(&place, &search));
    let file = dataset.path(7).display().to_string();
    let by_file = [
        "search",
        "pca-8",
        &file,
        "-k",
        "3",
        "--json",
        "--with-copies",
    ];
    let stored = json(&place, &[&by_file[..], &["--index", "pgvector"]].concat());
    assert_eq!(stored, json(&place, &by_file));
    assert_eq!(stored[0]["distance"], 0.0);

    let plain = [&stored_search[..], &["--no-whiten", "--metric", "l2"]].concat();
    let message = failure(&place, &plain, 1);
    assert!(message.contains("set 1: pca-8 of"), "{message}");
    assert!(message.contains("--metric l2 --no-whiten"), "{message}");
    let upload = [&upload[..], &["--no-whiten", "--metric", "l2"]].concat();
    assert_eq!(json(&place, &upload)[0]["set"], 2);
    let in_memory = [&search[..], &["--no-whiten", "--metric", "l2"]].concat();
    assert_eq!(json(&place, &plain), json(&place, &in_memory));

    assert_eq!(json(&place, &["codes", "--list", "--json"]).len(), 2);
    json(&place, &["codes", "--remove", "1", "--json"]);
    let left = json(&place, &["codes", "--list", "--json"]);
    assert_eq!((left.len(), &left[0]["set"]), (1, &Value::from(2)));
    let message = failure(&place, &["codes", "--remove", "1"], 1);
    assert!(message.contains("the sets are 2"), "{message}");
}

#[test]
fn mistakes_in_the_address_are_told_without_the_password() {
    let place = Place::new();
    let wrong = [
        "codes",
        "--list",
        "--pg",
        "postgresql://ada:secret@h:port/db",
    ];
    let message = failure(&place, &wrong, 1);
    assert!(
        message.contains("write postgresql://USER@HOST/DATABASE"),
        "{message}"
    );
    assert!(!message.contains("secret"), "{message}");
    let log = std::fs::read_to_string(gallery::home().join("state/lfw-tui.log")).unwrap();
    assert!(log.contains("ada:…@h") && !log.contains("secret"), "{log}");
    let unnamed = Command::new(env!("CARGO_BIN_EXE_lfw-tui"))
        .args(["codes", "--list"])
        .env("LFW_TUI_HOME", gallery::home())
        .env_remove("LFW_TUI_PG")
        .output()
        .unwrap();
    assert_eq!(unnamed.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unnamed.stderr).contains("LFW_TUI_PG"));
}
