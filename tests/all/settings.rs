//! Mistakes in settings, themes and variables are told with their place, all of
//! them, before anything is done.

use std::path::Path;

use crate::cli::program;

fn told(home: &Path, environment: &[(&str, &str)]) -> String {
    let mut command = program(home, &["runs"]);
    command.envs(environment.iter().copied());
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn config(home: &Path, bytes: &[u8]) -> String {
    let file = home.join("config/lfw-tui.toml");
    std::fs::create_dir_all(home.join("config/themes")).unwrap();
    std::fs::write(&file, bytes).unwrap();
    file.display().to_string()
}

#[test]
fn every_mistake_is_told_by_line_and_column() {
    let home = tempfile::tempdir().unwrap();
    let text = "# mine\r\ndevise = \"cpu\"\r\nthreads = \"four\"\r\n\r\n[theme]\r\nname = 1\r\n";
    let file = config(home.path(), text.as_bytes());
    let message = told(home.path(), &[("LFW_TUI_GRAPHICS", "ascii")]);
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines.len(), 4, "{message}");
    for (line, start) in lines.iter().zip([
        format!("lfw-tui: {file}:2:1: devise: no such setting; did you mean device?"),
        format!("{file}:3:11: threads: \"four\": write a number of threads"),
        format!("{file}:5:2: theme: must be a string in quotes, not a section"),
        "LFW_TUI_GRAPHICS: \"ascii\": write auto, kitty".to_string(),
    ]) {
        assert!(line.starts_with(&start), "{line}\n{start}");
    }
}

#[test]
fn files_that_are_no_settings_are_told_too() {
    let home = tempfile::tempdir().unwrap();
    for (bytes, part) in [
        (&b"theme = \"\xff\"\n"[..], ":1:10: is not UTF-8"),
        (b"theme = \"dark\"\ntheme = \"light\"\n", ":2:1: "),
        (b"theme = \"dark\n", ":1:"),
        (b"\x00\x01", ":1:"),
    ] {
        let file = config(home.path(), bytes);
        let message = told(home.path(), &[]);
        let start = format!("lfw-tui: {file}{part}");
        assert!(message.starts_with(&start), "{message}\n{start}");
    }
    config(home.path(), "\u{feff}theme = \"dark\"\r\n".as_bytes());
    assert!(program(home.path(), &["runs"]).status().unwrap().success());
}

#[test]
fn doctor_tells_of_themes_and_of_variables_that_nobody_reads() {
    let home = tempfile::tempdir().unwrap();
    config(home.path(), b"theme = \"mine\"\n");
    let theme = home.path().join("config/themes/mine.toml");
    std::fs::write(&theme, "text = \"reset\"\nquiet = [1]\nacent = \"red\"\n").unwrap();
    let output = program(home.path(), &["doctor"])
        .env("LFW_TUI_GRAPHIC", "off")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        &format!("{}:2:9: quiet: must be a colour in quotes", theme.display()),
        &format!(
            "{}:3:1: acent: no such colour in a theme; did you mean accent?",
            theme.display()
        ),
        "series is missing",
        "LFW_TUI_GRAPHIC is not a setting",
        "did you mean LFW_TUI_GRAPHICS?",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}
