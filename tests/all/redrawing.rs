//! Whatever was pressed, the screen shows what it would show if it were drawn anew.
//!
//! `LFW_TUI_SEQUENCES` sets how many random sequences of keys, tabs, popups and sizes are
//! tried with each way to show pictures (500 take a quarter of an hour).

use std::time::Duration;

use image::RgbImage;
use lfw_tui::tui::replay::DrawnTerminal;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::session::{Session, Terminal};
use super::tui::stage::folder;

const CELL: (u16, u16) = (8, 16);

/// Rows and columns.
const SIZES: [(u16, u16); 4] = [(30, 100), (24, 80), (36, 120), (20, 64)];

/// Keys that need no other program and leave nothing behind.
const KEYS: [&str; 30] = [
    "1", "3", "4", "5", "1", "3", "4", "5", "2", "j", "k", "l", "h", "j", "l", "g", "G", "\t", "?",
    "D", "\x1b", " ", "v", "a", "b", "+", "-", "t", "r", "\x04",
];

/// The program, and a terminal that shows what it writes.
struct Watched {
    session: Session,
    shown: DrawnTerminal,
    fed: usize,
}

impl Watched {
    fn start(graphics: &str) -> Self {
        let data = folder().display().to_string();
        let arguments = ["--data", &data, "--graphics", graphics, "--theme", "dark"];
        let arguments = [&arguments[..], &["--cell-size", "8x16"]].concat();
        let mut terminal = Terminal::plain();
        terminal.size = SIZES[0];
        let session = Session::with(&arguments, terminal);
        session.wait_for("George W Bush");
        Self {
            session,
            shown: DrawnTerminal::new((SIZES[0].1, SIZES[0].0), CELL).unwrap(),
            fed: 0,
        }
    }

    fn resize(&mut self, (rows, columns): (u16, u16)) {
        self.feed();
        self.session.resize(rows, columns);
        self.shown.resize((columns, rows));
    }

    fn feed(&mut self) {
        let bytes = self.session.received(self.fed);
        self.fed += bytes.len();
        self.shown.write(&bytes);
    }

    /// What is shown once nothing changes any more.
    fn settled(&mut self, silence: u64) -> RgbImage {
        self.session
            .wait_for_silence(Duration::from_millis(silence));
        self.feed();
        self.shown.paint().unwrap()
    }
}

fn check(graphics: &str) {
    let sequences = std::env::var("LFW_TUI_SEQUENCES");
    let sequences: u64 = sequences.map_or(4, |text| text.parse().unwrap());
    let mut watched = Watched::start(graphics);
    for sequence in 0..sequences {
        let mut random = Pcg64Mcg::seed_from_u64(sequence);
        let mut pressed = Vec::new();
        for _ in 0..random.random_range(3..9) {
            if random.random_bool(0.1) {
                let size = SIZES[random.random_range(0..SIZES.len())];
                pressed.push(format!("{size:?}"));
                watched.resize(size);
            } else {
                let key = KEYS[random.random_range(0..KEYS.len())];
                pressed.push(format!("{key:?}"));
                watched.session.press(key);
            }
            let pause = [0, 10, 50, 150][random.random_range(0..4)];
            std::thread::sleep(Duration::from_millis(pause));
        }
        // Only the next key takes a message away.
        watched.session.press("\x1b");
        // On a busy machine pictures may take longer than a silence.
        let mut silence = 200;
        loop {
            let before = watched.settled(silence);
            watched.session.press("\x0c");
            let after = watched.settled(silence);
            if before == after {
                break;
            }
            if silence > 3000 {
                let folder = std::env::temp_dir();
                let name = |when: &str| folder.join(format!("{graphics}-{sequence}-{when}.png"));
                before.save(name("before")).unwrap();
                after.save(name("after")).unwrap();
                panic!(
                    "{graphics}, sequence {sequence}, {}: {} is not {}",
                    pressed.join(" "),
                    name("before").display(),
                    name("after").display()
                );
            }
            silence *= 4;
        }
    }
    watched.session.press("\x1bq");
}

#[test]
fn kitty_pictures_are_where_a_fresh_frame_has_them() {
    check("kitty");
}

#[test]
fn sixels_are_where_a_fresh_frame_has_them() {
    check("sixel");
}

#[test]
fn mosaics_are_where_a_fresh_frame_has_them() {
    check("sextants");
}
