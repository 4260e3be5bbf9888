//! What the screen writes to a terminal when a run ends, and what each kind of terminal gets.

use std::path::PathBuf;

use lfw_tui::paths::Paths;
use lfw_tui::runs::lock::RunLock;
use lfw_tui::runs::{RunDir, hostname};

use super::session::{Session, Terminal};
use super::tui::stage::folder;

/// A run of another program, which trains until its lock is released.
fn live_run(paths: &Paths) -> (RunDir, RunLock) {
    let place: PathBuf = paths.runs().join("20260101T000000Z-mine-a");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("run.toml"), "name = \"mine\"\n").unwrap();
    let host = hostname();
    let status = format!(r#"{{"state":"running","step":10,"steps":100,"host":"{host}"}}"#);
    std::fs::write(place.join("status.json"), status).unwrap();
    let run = RunDir::open(place).unwrap();
    let lock = RunLock::acquire(&run).unwrap();
    (run, lock)
}

struct Case {
    session: Session,
    run: RunDir,
    lock: RunLock,
}

impl Case {
    fn start(arguments: &[&str], name: Option<&'static str>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (run, lock) = live_run(&Paths::below(home.path()));
        let folder = folder().display().to_string();
        let fixed = [
            "--graphics",
            "halfblocks",
            "--theme",
            "dark",
            "--data",
            &folder,
        ];
        let answers: Vec<_> = name.map(|name| ("\x1b[>q", name)).into_iter().collect();
        let terminal = Terminal::answering(&answers);
        let session = Session::in_home(home, &[&fixed, arguments].concat(), terminal);
        Self { session, run, lock }
    }

    fn show_train(&mut self) {
        self.session.wait_for("George W Bush");
        self.session.press("2");
        self.session.wait_for("mine");
        self.session.wait_for("10 %");
    }

    fn finish(&self) {
        let status = r#"{"state":"finished","step":100,"steps":100,"held_out":{"mse":0.004,"psnr_db":24.0,"ssim":0.8}}"#;
        let file = self.run.status_path();
        let aside = file.with_extension("new");
        std::fs::write(&aside, status).unwrap();
        std::fs::rename(aside, file).unwrap();
    }
}

#[test]
fn a_terminal_is_told_in_its_own_words_that_a_run_has_ended() {
    let detail = "held-out 0.00400, 24.00 dB";
    let kitty = format!(
        "\x1b]99;i=lfw-tui-1:d=0;lfw-tui: mine finished\x1b\\\
         \x1b]99;i=lfw-tui-1:d=1:p=body;{detail}\x1b\\\x07"
    );
    let foot = format!("\x1b]777;notify;lfw-tui: mine finished;{detail}\x1b\\\x07");
    let iterm2 = format!("\x1b]9;lfw-tui: mine finished: {detail}\x1b\\\x07");
    let expected: [(&[&str], Option<&str>, &str); 6] = [
        (&[], Some("\x1bP>|kitty(0.42.1)\x1b\\"), &kitty),
        (&[], Some("\x1bP>|foot(1.21.0)\x1b\\"), &foot),
        (&[], Some("\x1bP>|iTerm2 3.5.0\x1b\\"), &iterm2),
        (&[], Some("\x1bP>|XTerm(390)\x1b\\"), "\x07"),
        (
            &["--notify", "bell"],
            Some("\x1bP>|kitty(0.42.1)\x1b\\"),
            "\x07",
        ),
        (&["--notify", "off"], None, ""),
    ];
    let mut cases: Vec<Case> = expected
        .iter()
        .map(|(arguments, name, _)| Case::start(arguments, *name))
        .collect();
    for case in &mut cases {
        case.show_train();
        case.finish();
    }
    for (mut case, (_, name, bytes)) in cases.into_iter().zip(expected) {
        case.session.wait_for("mine finished");
        case.session.wait_until("the notification", |session| {
            bytes.is_empty() || session.has_sent(bytes)
        });
        case.session.press("q");
        case.session
            .wait_until("the end", |session| session.has_sent("\x1b[?1049l"));
        for other in ["\x1b]99;", "\x1b]777;", "\x1b]9;"] {
            assert_eq!(
                case.session.has_sent(other),
                bytes.contains(other),
                "{name:?}"
            );
        }
        // Answers to queries aside, nothing else rings.
        let rings = case.session.rings();
        assert_eq!(rings, usize::from(bytes.contains('\x07')), "{name:?}");
        case.session.ended();
    }
}

#[test]
fn a_crash_leaves_a_mark_on_trains_title_until_it_is_looked_at() {
    let mut case = Case::start(&[], None);
    case.session.wait_for("George W Bush");
    // The worker is gone without a word.
    let Case { session, lock, .. } = &mut case;
    std::mem::drop(std::mem::replace(lock, other_lock()));
    session.wait_for("2 Train! 3 Denoise");
    session.wait_for("mine crashed: step 10 of 100");
    assert!(session.has_sent("\x07"));
    session.press("2");
    session.wait_for("2 Train  3 Denoise");
    session.press("q");
    case.session.ended();
}

/// A lock of no concern.
fn other_lock() -> RunLock {
    let home = tempfile::tempdir().unwrap();
    live_run(&Paths::below(home.path())).1
}
