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

/// Keys that need no other program and leave nothing behind: no letter that starts a run on a Train
/// tab without runs.
const KEYS: [&str; 30] = [
    "1", "3", "4", "5", "1", "3", "4", "5", "2", "j", "k", "l", "h", "j", "l", "\x1b[H", "G", "\t",
    "?", "D", "\x1b", " ", "v", "b", "b", "+", "-", "t", "r", "\x04",
];

/// How long nothing has to come until the screen counts as complete.
const SILENCE: Duration = Duration::from_millis(400);
const LONG_SILENCE: Duration = Duration::from_secs(3);

/// The program, and a terminal that shows what it writes.
struct Watched {
    session: Session,
    shown: DrawnTerminal,
    size: (u16, u16),
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
            size: SIZES[0],
            fed: 0,
        }
    }

    fn resize(&mut self, (rows, columns): (u16, u16)) {
        // The program is not told of a size that it has.
        if (rows, columns) == self.size {
            return;
        }
        self.size = (rows, columns);
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
    fn settled(&mut self, silence: Duration) -> RgbImage {
        self.session.wait_for_silence(silence);
        // Times that are measured come when they come.
        while self.session.text().contains("measuring") {
            self.session
                .wait_until("times", |it| !it.text().contains("measuring"));
            self.session.wait_for_silence(silence);
        }
        self.feed();
        self.shown.paint().unwrap()
    }

    /// Presses random keys, and says which.
    fn play(&mut self, sequence: u64) -> String {
        let mut random = Pcg64Mcg::seed_from_u64(sequence);
        let mut pressed = Vec::new();
        for _ in 0..random.random_range(3..9) {
            if random.random_bool(0.1) {
                let size = SIZES[random.random_range(0..SIZES.len())];
                pressed.push(format!("{size:?}"));
                self.resize(size);
            } else {
                let key = KEYS[random.random_range(0..KEYS.len())];
                pressed.push(format!("{key:?}"));
                self.session.press(key);
            }
            let pause = [0, 10, 50, 150][random.random_range(0..4)];
            std::thread::sleep(Duration::from_millis(pause));
        }
        // Only the next key takes a message away.
        self.session.press("\x1b");
        pressed.join(" ")
    }

    /// What is shown, and what is shown after it was drawn anew, if they differ.
    fn difference(&mut self, silence: Duration) -> Option<[RgbImage; 2]> {
        // A message that came late goes with the next key.
        self.settled(silence);
        self.session.press("\x1b");
        let before = self.settled(silence);
        self.session.press("\x0c");
        let after = self.settled(silence);
        (before != after).then_some([before, after])
    }
}

fn check(graphics: &str) {
    let sequences = std::env::var("LFW_TUI_SEQUENCES");
    let sequences: u64 = sequences.map_or(4, |text| text.parse().unwrap());
    let mut watched = Watched::start(graphics);
    for sequence in 0..sequences {
        let pressed = watched.play(sequence);
        if watched.difference(SILENCE).is_none() {
            continue;
        }
        // On a busy machine pictures may take longer than a silence. A second look at the same
        // screen would show what was drawn anew.
        eprintln!("{graphics}, sequence {sequence}, {pressed}: once more, from a new start");
        watched.session.press("\x1bq");
        watched = Watched::start(graphics);
        watched.play(sequence);
        if let Some(pictures) = watched.difference(LONG_SILENCE) {
            let folder = std::env::temp_dir();
            let [before, after] = ["before", "after"]
                .map(|when| folder.join(format!("{graphics}-{sequence}-{when}.png")));
            pictures[0].save(&before).unwrap();
            pictures[1].save(&after).unwrap();
            panic!(
                "{graphics}, sequence {sequence}, {pressed}: {} is not {}",
                before.display(),
                after.display()
            );
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
