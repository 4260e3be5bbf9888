//! `lfw-tui doctor` in a pipe: it finds, advises, and writes nothing.

use serde_json::Value;

use crate::cli::program;

fn findings(home: &std::path::Path, environment: &[(&str, &str)]) -> Value {
    let mut command = program(home, &["doctor", "--json"]);
    for (name, value) in environment {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    assert!(output.stderr.is_empty());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "one object on one line");
    let report: Value = serde_json::from_str(&text).unwrap();
    let all_well = report["ok"] == true;
    assert_eq!(output.status.code(), Some(i32::from(!all_well)));
    report
}

fn finding<'a>(report: &'a Value, topic: &str, name: &str) -> &'a Value {
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["topic"] == topic && finding["name"] == name)
        .unwrap_or_else(|| panic!("no {topic}/{name} in {report}"))
}

#[test]
fn a_new_home_is_fine_and_stays_empty() {
    let home = tempfile::tempdir().unwrap();
    let below = home.path().join("not/yet");
    let report = findings(&below, &[("TERM", "xterm")]);
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["ok"], true, "{report}");
    assert_eq!(finding(&report, "data", "faces")["level"], "warn");
    let size = finding(&report, "terminal", "size");
    assert!(size["found"].as_str().unwrap().contains("no terminal"));
    assert!(!below.exists(), "doctor made files");
    // Whatever is not as it should be comes with advice.
    for finding in report["findings"].as_array().unwrap() {
        if finding["level"] == "fail" {
            assert!(finding["advice"].is_string(), "{finding}");
        }
    }
}

#[test]
fn wrong_settings_are_a_finding_and_not_the_end() {
    let home = tempfile::tempdir().unwrap();
    let report = findings(home.path(), &[("LFW_TUI_DEVICE", "gpu")]);
    assert_eq!(report["ok"], false);
    let settings = finding(&report, "settings", "settings");
    assert_eq!(settings["level"], "fail");
    assert!(
        settings["found"]
            .as_str()
            .unwrap()
            .contains("LFW_TUI_DEVICE")
    );
}

#[test]
fn a_home_that_is_a_file_is_found() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    let report = findings(&file, &[]);
    assert_eq!(report["ok"], false);
    assert_eq!(finding(&report, "folders", "data")["level"], "fail");
}

/// /proc takes no file of anybody's, though its rights let root write.
#[cfg(target_os = "linux")]
#[test]
fn a_home_that_cannot_be_made_is_found_whoever_asks() {
    let report = findings(std::path::Path::new("/proc/nope/home"), &[]);
    assert_eq!(report["ok"], false);
    let data = finding(&report, "folders", "data");
    assert_eq!(data["level"], "fail");
    assert!(data["found"].as_str().unwrap().contains("/proc"), "{data}");
}

#[test]
fn the_text_says_what_the_json_says() {
    let home = tempfile::tempdir().unwrap();
    let output = program(home.path(), &["doctor"])
        .env("TERM", "dumb")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "the screen does not work");
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "terminal",
        "machine",
        "folders",
        "FAIL",
        "→",
        "lfw-tui fetch",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
