//! The command line as a user or a script meets it: help, versions, exit
//! codes, one line of error, JSON alone on standard output.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program with a home of its own and no terminal.
pub fn program(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lfw-tui"));
    command
        .args(args)
        .env("LFW_TUI_HOME", home)
        .stdin(Stdio::null());
    for variable in [
        "DATA",
        "DEVICE",
        "THREADS",
        "GRAPHICS",
        "CELL_SIZE",
        "THEME",
        "SHARED",
        "COLORS",
        "PG",
    ] {
        command.env_remove(format!("LFW_TUI_{variable}"));
    }
    command
}

fn run(args: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    program(home.path(), args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const COMMANDS: [&str; 16] = [
    "fetch",
    "import",
    "data",
    "train",
    "eval",
    "search",
    "denoise",
    "morph",
    "sample",
    "remake",
    "replay",
    "codes",
    "runs",
    "bench",
    "doctor",
    "completions",
];

#[test]
fn version_and_help_are_there_for_every_command() {
    let version = run(&["--version"]);
    assert!(version.status.success());
    assert_eq!(
        stdout(&version),
        format!("lfw-tui {}\n", env!("CARGO_PKG_VERSION"))
    );
    let help = stdout(&run(&["--help"]));
    for command in COMMANDS {
        assert!(help.contains(command), "--help lacks {command}");
        let own = run(&[command, "--help"]);
        assert!(own.status.success(), "{command} --help");
        let text = stdout(&own);
        assert!(text.contains("Usage: lfw-tui"), "{command}: {text}");
        assert!(own.stderr.is_empty(), "{command}: {}", stderr(&own));
    }
    for flag in ["--data", "--device", "--graphics", "--cell-size", "--theme"] {
        assert!(help.contains(flag), "--help lacks {flag}");
    }
}

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&["completions", shell]);
        assert!(output.status.success(), "{shell}");
        let script = stdout(&output);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell} lacks {command}");
        }
    }
}

/// Mistakes in how a command is written exit with 2, before anything is touched.
#[test]
fn usage_mistakes_exit_with_2_and_say_what_to_write() {
    for (args, part) in [
        (&["train", "--device", "gpu"][..], "write auto, cpu, cuda"),
        (&["train", "--size", "33"], "write one of 32, 48, 64"),
        (&["train", "--noise", "gauss:1"], "write gaussian:SIGMA"),
        (
            &["train", "--noise", "gaussian:-1"],
            "the level is a number",
        ),
        (&["train", "--held-out", "1.5"], "from 0 to below 1"),
        (&["train", "--threads", "0"], "whole number from 1"),
        (
            &["train", "--held-out", "0.1", "--held-out-people", "0.1"],
            "cannot be used with",
        ),
        (&["denoise", "latest", "x.png", "-o", "out.png"], "--noise"),
        (&["search", "latest", "x", "-k", "0"], "whole number from 1"),
        (
            &["morph", "latest", "a", "b", "-o", "o.png", "--steps", "1"],
            "2 to 100",
        ),
        (
            &["sample", "latest", "-o", "o.png", "--spread=-1"],
            "from 0 to 3",
        ),
        (
            &["sample", "latest", "-o", "o.png", "--axis", "0"],
            "from 1 to 16",
        ),
        (
            &["sample", "latest", "-o", "o.png", "--axis=1", "--judge=20"],
            "cannot be used with",
        ),
        (
            &["sample", "latest", "-o", "o.png", "--steps", "1"],
            "write auto",
        ),
        (
            &["denoise", "latest", "x", "-o", "o.png", "--noise", "fog"],
            "coarse:BLOCKS",
        ),
        (&["eval", "pca-8", "--samples", "3"], "16 to 100000"),
        (
            &["eval", "pca-8", "--samples", "99", "--curve"],
            "cannot be used with",
        ),
        (&["remake"], "<FILE>"),
        (&["replay", "a.cast"], "--output <PATH>"),
        (&["codes", "pca-8", "-o", "codes.csv"], "write NAME.npy"),
        (&["codes", "pca-8"], "--output"),
        (&["--cell-size", "8"], "such as 8x16"),
        (&["--graphics", "ascii"], "halfblocks"),
        (&["fetch", "tight"], "deepfunneled"),
        (&["fetch", "--base-url", "example.org"], "https://"),
        (&["nonsense"], "unrecognized subcommand"),
        (&["non\u{202e}sense"], "'non\\u{202e}sense'"),
        (&["--data", "sample", "runs"], "cannot be used with"),
        (
            &["denoise", "pca-2", "x", "--noise", "none", "-o", "x.jpg"],
            "-o NAME.png",
        ),
        (&["morph", "pca-2", "x", "y", "-o", "png"], "-o NAME.png"),
        (&["sample", "pca-2", "-o", "/"], "-o NAME.png"),
        (&["eval", "pca-2", "--curve"], "is not a run"),
        (&["runs", "set", "latest"], "--lr"),
        (&["runs", "set", "latest", "--lr", "nan"], "above 0"),
        (&["runs", "resume", "latest", "--lr", "0"], "above 0"),
        (
            &["runs", "resume", "latest", "--detach", "--foreground"],
            "cannot be used with",
        ),
        (&["bench", "--seconds", "inf"], "3600 at most"),
        (&["bench", "--batch-size", "0"], "from 1 to 65536"),
        (&["bench", "--code-size", "4000"], "1 to 3072 at size 32"),
    ] {
        is_a_mistake(args, part);
    }
}

fn is_a_mistake(args: &[&str], part: &str) {
    let output = run(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}");
    let text = stderr(&output);
    assert!(text.contains(part), "{args:?}: {text}");
    assert!(!text.contains("panicked"), "{args:?}: {text}");
}

/// Every option of `train` with values that it cannot have.
#[test]
fn no_training_option_takes_what_is_out_of_range() {
    for (option, part, values) in [
        ("preset", "generative", &["nope", "", "Conv"][..]),
        ("data", "write a path", &[""]),
        ("size", "write one of 32", &["0", "33", "nan", "-32", "1e9"]),
        ("preprocess", "smooth", &["sharp", ""]),
        (
            "code-size",
            "from 1 to 49152",
            &["0", "-1", "nan", "49153", "4294967296", ""],
        ),
        ("width", "multiple of 8", &["1", "-8", "1032", "nan"]),
        ("flips", "true", &["maybe"]),
        (
            "epochs",
            "whole number from 1",
            &["0", "-1", "1.5", "4294967296", ""],
        ),
        ("batch-size", "from 1 to 65536", &["0", "65537", "nan"]),
        (
            "lr",
            "above 0",
            &["0", "-0.1", "nan", "inf", "1e999", "1e-999", ""],
        ),
        (
            "schedule",
            "constant",
            &["sine", "cosine:0.6", "step:0:0.5", "step:1:nan", "cosine:"],
        ),
        ("patience", "invalid", &["-1", "nan", "4294967296"]),
        ("clip-norm", "a length above 0", &["-1", "nan", "inf"]),
        ("averaging", "below 1", &["1", "-0.1", "nan", "inf"]),
        ("noise", "write gaussian", &["gauss", ""]),
        (
            "held-out",
            "from 0 to below 1",
            &["1", "1.0", "-0.1", "nan", "inf", ""],
        ),
        ("held-out-people", "from 0 to below 1", &["1", "nan", "10%"]),
        (
            "seed",
            "whole number from 0",
            &["-1", "9223372036854775808", "nan"],
        ),
        ("device", "write auto, cpu", &["gpu", "cuda:x", ""]),
        ("threads", "whole number from 1", &["0", "1025", "-1"]),
        ("precision", "tf32", &["f8"]),
    ] {
        for value in values {
            is_a_mistake(&["train", &format!("--{option}={value}")], part);
        }
    }
    for (line, part) in [
        ("--code-size 4000", "1 to 3072 at size 32"),
        ("--width 8 --preset conv", "face and denoiser only"),
        ("--epochs 3 --preset pca", "has no meaning for pca"),
        ("--patience 3 --held-out 0", "needs held-out pictures"),
        ("--grid lr=0.1,nan", "learning rate"),
        ("--grid epochs=0", "epochs"),
        ("--grid preset=nope", "there are pca"),
        ("--grid depth=1", "none of preset"),
    ] {
        let args: Vec<&str> = ["train"].into_iter().chain(line.split(' ')).collect();
        is_a_mistake(&args, part);
    }
}

#[test]
fn arguments_that_are_no_text_are_mistakes_and_paths_that_are_none_are_paths() {
    use std::os::unix::ffi::OsStrExt;
    let home = tempfile::tempdir().unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"p\xff");
    for (args, code) in [
        (&["train", "--preset"][..], 2),
        (&["train", "--lr"], 2),
        (&["runs", "show"], 2),
        (&["import"], 1),
    ] {
        let output = program(home.path(), args).arg(odd).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert!(!stderr(&output).contains("panicked"));
    }
}

/// What cannot be done exits with 1 and one line that begins with the program.
#[test]
fn failures_exit_with_1_and_one_line() {
    let home = tempfile::tempdir().unwrap();
    for args in [
        &["import", "/no/such/archive.tgz"][..],
        &["eval", "no-such-run"],
        &["runs", "show", "no-such-run"],
        &["runs", "remove", "no-such-run", "--json"],
        &["search", "no-such-run", "nobody"],
        &[
            "denoise",
            "no-such-run",
            "x.png",
            "--noise",
            "gaussian:0.1",
            "-o",
            "out.png",
        ],
        &["morph", "no-such-run", "a", "b", "-o", "out.png"],
        &["sample", "no-such-run", "-o", "out.png"],
        &["train", "--data", "no-such-data"],
    ] {
        let output = program(home.path(), args).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}: {}", stdout(&output));
        let text = stderr(&output);
        assert!(text.starts_with("lfw-tui: "), "{args:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{args:?}: {text}");
        assert!(!text.contains("panicked"), "{args:?}: {text}");
    }
}

#[test]
fn without_a_terminal_the_screen_says_so() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.contains("not a terminal"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

/// `lfw-tui … | head -1` must neither panic nor complain.
#[test]
fn a_reader_that_leaves_ends_the_program_quietly() {
    let home = tempfile::tempdir().unwrap();
    for args in [&["completions", "bash"][..], &["doctor"], &["--help"]] {
        let mut child = program(home.path(), args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(stderr(&output), "", "{args:?}");
    }
}

#[test]
fn settings_that_are_wrong_are_told_before_any_work() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config/lfw-tui.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "threds = 2\n").unwrap();
    let output = program(home.path(), &["runs"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.contains("lfw-tui.toml:1:1: threds"), "{text}");
    assert!(text.contains("did you mean threads?"), "{text}");
    // What does not depend on them still works.
    let completions = program(home.path(), &["completions", "fish"]).output();
    assert!(completions.unwrap().status.success());
    // So are those of the environment.
    std::fs::remove_file(file).unwrap();
    let output = program(home.path(), &["runs"])
        .env("LFW_TUI_THREADS", "many")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("LFW_TUI_THREADS"));
}

#[test]
fn training_names_every_preset_and_resuming_takes_its_default() {
    let help = stdout(&run(&["train", "--help"]));
    for preset in lfw_tui::training::TrainSpec::preset_names() {
        assert!(help.contains(preset), "train --help lacks {preset}");
    }
    // Refused for the name and not for the option.
    let output = run(&["runs", "resume", "no-such-run", "--detach"]);
    assert_eq!(output.status.code(), Some(1));
}
