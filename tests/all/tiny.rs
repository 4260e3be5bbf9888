//! A data set and a network so small that a run takes milliseconds.

use std::path::Path;
use std::sync::OnceLock;

use lfw_tui::dataset::Split;
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;
use lfw_tui::runs::training_data::{self, TrainingData};
use lfw_tui::training::TrainSpec;

/// 64 pictures train, in steps of 16.
pub const STEPS_PER_EPOCH: u64 = 4;

/// A temporary home, and the program's folders in it.
pub fn home() -> (tempfile::TempDir, Paths) {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::below(home.path());
    (home, paths)
}

/// The linear preset with 4 latent dimensions, on the CPU: there a run obeys at the very
/// step, while a GPU reads the losses of several steps together.
pub fn spec(epochs: u32) -> TrainSpec {
    let mut spec = TrainSpec::preset("linear").unwrap();
    spec.model.code_size = 4;
    spec.epochs = epochs;
    spec.batch_size = 16;
    spec.seed = 5;
    spec.device = "cpu".to_string();
    spec
}

/// A folder of 80 pictures of one person: smooth waves.
pub fn pictures(folder: &Path) {
    let folder = folder.join("Some_Body");
    std::fs::create_dir_all(&folder).unwrap();
    for number in 1..=80u32 {
        let phase = f64::from(number);
        image::RgbImage::from_fn(90, 90, |x, y| {
            let wave = (f64::from(x) * 0.1 + phase).sin() + (f64::from(y) * 0.07 * phase).cos();
            let value = (127.0 + 60.0 * wave) as u8;
            image::Rgb([value, value / 2 + 60, 255 - value])
        })
        .save(folder.join(format!("Some_Body_{number:04}.png")))
        .unwrap();
    }
}

/// A file with a picture of coloured squares, different for each seed.
pub fn pattern(file: &Path, seed: u32) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    image::RgbImage::from_fn(64, 64, |x, y| {
        let at = (x / 4 * 37 + y / 4 * 59 + seed * 109) % 1021;
        image::Rgb([
            (at * at % 251) as u8,
            (at * 13 % 247) as u8,
            (at % 239) as u8,
        ])
    })
    .save(file)
    .unwrap();
}

/// The pictures of a run; 16 are held out.
pub fn material() -> TrainingData {
    static MADE: OnceLock<TrainingData> = OnceLock::new();
    MADE.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("tiny");
        pictures(&folder);
        let mut spec = spec(1);
        spec.data.data = folder.display().to_string();
        let paths = Paths::below(home.path());
        training_data::resolve_data(&paths, &mut spec, &mut unwatched).unwrap();
        TrainingData {
            split: Split {
                training: (0..64).collect(),
                held_out: (64..80).collect(),
            },
            ..training_data::open(&paths, &spec, &mut unwatched).unwrap()
        }
    })
    .clone()
}
