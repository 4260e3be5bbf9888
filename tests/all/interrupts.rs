//! Signals that come while a command works: one word, the exit code that
//! shells expect, and nothing half made.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::archives::{jpeg, png};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_lfw-tui"))
            .args(arguments)
            .env("LFW_TUI_HOME", self.path("home"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// A folder with more to decode than is done before a signal comes.
    fn many_pictures(&self) -> PathBuf {
        let folder = self.path("faces");
        std::fs::create_dir_all(folder.join("A")).unwrap();
        let picture = png(1600, 1600, 1);
        for number in 0..120 {
            let path = folder.join(format!("A/{number}.png"));
            // The same bytes, told apart by what follows the picture's end.
            std::fs::write(path, [&picture[..], &[number as u8]].concat()).unwrap();
        }
        folder
    }

    /// Unfinished things below the program's folders.
    fn unfinished(&self) -> Vec<PathBuf> {
        let mut found = vec![];
        let mut folders = vec![self.path("home")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let is_folder = entry.path().is_dir();
                if name.starts_with('.') && name != ".import.lock" {
                    found.push(entry.path());
                } else if is_folder {
                    folders.push(entry.path());
                }
            }
        }
        found
    }
}

fn until(mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !done() {
        assert!(Instant::now() < deadline, "it never came to that");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether the process has a handler for Ctrl-C.
fn listens(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    status.is_ok_and(|text| {
        text.lines()
            .find_map(|line| line.strip_prefix("SigCgt:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .is_some_and(|mask| mask & (1 << 1) != 0)
    })
}

fn interrupted(child: Child, signal: Signal) -> Output {
    kill_process(Pid::from_child(&child), signal).unwrap();
    child.wait_with_output().unwrap()
}

fn assert_cancelled(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "lfw-tui: cancelled\n",
        "{output:?}"
    );
    assert!(output.stdout.is_empty(), "{output:?}");
}

#[test]
fn one_signal_cancels_an_import_and_nothing_stays() {
    let place = Place::new();
    let folder = place.many_pictures();
    let datasets = place.path("home/data/datasets");
    // The unfinished copy is there.
    let begun = || {
        let unfinished = place.unfinished();
        unfinished.iter().any(|path| path.starts_with(&datasets))
    };
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let child = place.start(&["import", folder.to_str().unwrap()]);
        until(begun);
        assert_cancelled(&interrupted(child, signal), code);
        assert_eq!(place.unfinished(), Vec::<PathBuf>::new());
        let left: Vec<_> = std::fs::read_dir(&datasets).unwrap().collect();
        assert_eq!(left.len(), 1, "only the lock: {left:?}");
    }
}

#[test]
fn a_signal_ends_the_wait_for_another_import() {
    let place = Place::new();
    let folder = place.path("faces");
    crate::archives::unpack(&[("A/A_0001.jpg", jpeg(1))], &folder);
    let datasets = place.path("home/data/datasets");
    std::fs::create_dir_all(&datasets).unwrap();
    let lock = std::fs::File::create(datasets.join(".import.lock")).unwrap();
    lock.lock().unwrap();
    let child = place.start(&["import", folder.to_str().unwrap()]);
    until(|| listens(&child));
    assert_cancelled(&interrupted(child, Signal::INT), 130);
    drop(lock);
    let output = place
        .start(&["import", folder.to_str().unwrap()])
        .wait_with_output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// A fetch that waits for the response of a silent server.
fn fetching(place: &Place) -> (Child, TcpStream) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", server.local_addr().unwrap());
    let child = place.start(&["fetch", "--base-url", &address]);
    let (connection, _) = server.accept().unwrap();
    (child, connection)
}

#[test]
fn a_signal_ends_a_fetch_from_a_silent_server() {
    let place = Place::new();
    let (child, _connection) = fetching(&place);
    assert_cancelled(&interrupted(child, Signal::TERM), 143);
    let downloads = place.path("home/cache/downloads");
    let left: Vec<_> = std::fs::read_dir(downloads).into_iter().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_was_fetched_before_a_signal_is_kept_to_be_continued() {
    use std::io::{Read, Write};
    let place = Place::new();
    let (child, mut connection) = fetching(&place);
    let mut request = [0; 4096];
    let _ = connection.read(&mut request).unwrap();
    connection
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 108761145\r\n\r\nfirst bytes")
        .unwrap();
    let part = place.path("home/cache/downloads/lfw-deepfunneled.tgz.part");
    until(|| std::fs::metadata(&part).is_ok_and(|data| data.len() == 11));
    assert_cancelled(&interrupted(child, Signal::INT), 130);
    assert_eq!(std::fs::read(&part).unwrap(), b"first bytes");
}

#[test]
fn commands_that_prepare_data_or_models_are_cancelled_as_well() {
    // The first one draws the built-in sample; whatever stage each is in, it ends.
    let place = Place::new();
    for command in [
        &["eval", "pca-8"][..],
        &["search", "pca-8", "Ada Lark 1"],
        &["bench"],
        &[
            "train", "--preset", "linear", "--data", "sample", "--name", "cut",
        ],
    ] {
        let child = place.start(command);
        until(|| listens(&child));
        let output = interrupted(child, Signal::INT);
        assert_eq!(output.status.code(), Some(130), "{command:?}: {output:?}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            errors.matches("cancelled").count(),
            1,
            "{command:?}: {errors}"
        );
        assert_eq!(place.unfinished(), Vec::<PathBuf>::new(), "{command:?}");
        let runs = std::fs::read_dir(place.path("home/data/runs"));
        assert_eq!(runs.into_iter().flatten().count(), 0, "{command:?}");
    }
}
