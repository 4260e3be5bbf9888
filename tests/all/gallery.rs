//! A small imported data set: 96 smooth pictures of 12 made-up people. Drawing
//! the built-in sample takes an unoptimised build longer than all that is
//! tested on it.

use std::path::PathBuf;
use std::sync::OnceLock;

use image::{Rgb, RgbImage};
use lfw_tui::dataset::{self, Dataset};
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;
use lfw_tui::rng::{Purpose, generator};
use rand::RngExt;

/// People, pictures of each, and both together.
pub const PEOPLE: usize = 12;
pub const EACH: usize = 8;
pub const PICTURES: usize = PEOPLE * EACH;

const SIDE: u32 = 64;

/// The folder that everything lies below, as `LFW_TUI_HOME` has it. The data
/// set is its only one and the last one used.
pub fn home() -> PathBuf {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    let home = HOME.get_or_init(|| {
        let home = tempfile::tempdir().unwrap().keep();
        let folder = home.join("made-up");
        for person in 0..PEOPLE {
            let own = folder.join(format!("Person_{}", (b'A' + person as u8) as char));
            std::fs::create_dir_all(&own).unwrap();
            for number in 0..EACH {
                draw(person, number)
                    .save(own.join(format!("{:04}.png", number + 1)))
                    .unwrap();
            }
        }
        let paths = Paths::below(&home);
        let opened = dataset::resolve(&paths, folder.to_str(), &mut unwatched).unwrap();
        dataset::set_last_used(&paths, &opened).unwrap();
        home
    });
    home.clone()
}

/// The paths below [`home`].
pub fn paths() -> Paths {
    Paths::below(home())
}

/// The data set itself.
pub fn opened() -> Dataset {
    dataset::resolve(&paths(), None, &mut unwatched).unwrap()
}

/// Waves that a person's pictures share, and fainter ones of each picture's own.
fn draw(person: usize, number: usize) -> RgbImage {
    let mut waves = Vec::new();
    for (strength, item) in [(30.0, 0), (9.0, 1 + number as u64)] {
        let mut random = generator(11, Purpose::SyntheticFace, person as u64, item);
        for _ in 0..6 {
            let mut draw = |low: f32, high: f32| random.random_range(low..high);
            let turn = [draw(-0.2, 0.2), draw(-0.2, 0.2)];
            let colour = [draw(-1.0, 1.0), draw(-1.0, 1.0), draw(-1.0, 1.0)];
            waves.push((turn, draw(0.0, 6.3), colour.map(|part| part * strength)));
        }
    }
    RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let mut pixel = [128.0f32; 3];
        for (turn, phase, colour) in &waves {
            let wave = (turn[0] * x as f32 + turn[1] * y as f32 + phase).sin();
            for (value, colour) in pixel.iter_mut().zip(colour) {
                *value += colour * wave;
            }
        }
        Rgb(pixel.map(|value| value.clamp(0.0, 255.0) as u8))
    })
}
