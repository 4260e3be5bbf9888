//! The pictures of the documentation, docs/pictures. Each is made from the real screen on
//! the built-in sample, and has its text beside it. These tests make the screens anew and
//! compare; with `LFW_TUI_PICTURES=write` in the environment they write the files instead.

use std::fs;
use std::path::PathBuf;

use image::RgbImage;
use lfw_tui::dataset::Noise;
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;
use lfw_tui::runs::observer::WorkerOptions;
use lfw_tui::runs::{self, RunDir, training_data, worker};
use lfw_tui::training::TrainSpec;
use lfw_tui::tui::headless::{Headless, Shot, gif as encode_gif};

/// Columns and rows, and pixels of a cell.
const SIZE: (u16, u16) = (120, 40);
const CELL: (u16, u16) = (10, 20);

/// The same for the animation, which has many pictures.
const GIF_SIZE: (u16, u16) = (100, 30);
const GIF_CELL: (u16, u16) = (7, 14);

/// Its colours, at a time.
const GIF_COLOURS: u16 = 48;

/// What a terminal sends for keys.
const ENTER: &str = "\r";

/// All files together, in bytes.
const MOST_BYTES: u64 = 1_500_000;

/// How far a cell's mean colour may be from the file's, of 255: the file has 256 colours,
/// and another machine rounds sums otherwise.
const TOLERANCE: f32 = 12.0;

/// The share of cells that may be farther.
const MOST_DIFFERENT: f64 = 0.01;

/// What to do about a difference.
const ADVICE: &str = "LFW_TUI_PICTURES=write cargo test --test all pictures:: makes the files anew";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/pictures")
}

fn are_written() -> bool {
    std::env::var_os("LFW_TUI_PICTURES").is_some_and(|value| value == "write")
}

fn start(paths: &Paths, size: (u16, u16), cell: (u16, u16)) -> Headless {
    Headless::start(paths, "sample", size, cell).unwrap()
}

/// The screen as a picture and a text, or against those of the files.
fn check(name: &str, shot: &Shot) {
    let (picture, text) = (
        folder().join(format!("{name}.png")),
        folder().join(format!("{name}.txt")),
    );
    if are_written() {
        fs::create_dir_all(folder()).unwrap();
        fs::write(&picture, shot.png().unwrap()).unwrap();
        fs::write(&text, &shot.text).unwrap();
        return;
    }
    let before = fs::read_to_string(&text).unwrap_or_default();
    if let Some((line, now)) = first_difference(&before, &shot.text) {
        panic!("{name}: {line:?}\nis now {now:?}\n{ADVICE}");
    }
    let file = image::open(&picture).unwrap().to_rgb8();
    let different = difference(shot, &file);
    assert!(different <= MOST_DIFFERENT, "{name}: {different}: {ADVICE}");
}

/// The share of cells that are other than in a file's picture; all if it has another size.
fn difference(shot: &Shot, file: &RgbImage) -> f64 {
    if file.dimensions() != shot.pixels.dimensions() {
        return 1.0;
    }
    let pairs = shot
        .cell_means(file)
        .into_iter()
        .zip(shot.cell_means(&shot.pixels));
    let is_other =
        |(a, b): &([f32; 3], [f32; 3])| a.iter().zip(b).any(|(a, b)| (a - b).abs() > TOLERANCE);
    pairs.filter(is_other).count() as f64 / shot.is_picture.len() as f64
}

/// The first lines that differ by more than figures may, which other machines round
/// otherwise.
fn first_difference<'a>(before: &'a str, now: &'a str) -> Option<(&'a str, &'a str)> {
    let lines = before.lines().zip(now.lines());
    let mut differing = lines.filter(|(a, b)| !are_alike(a, b));
    differing.next().or_else(|| {
        let counts = (before.lines().count(), now.lines().count());
        (counts.0 != counts.1).then_some(("", "another number of lines"))
    })
}

fn are_alike(before: &str, now: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) = (
        before.split_whitespace().collect(),
        now.split_whitespace().collect(),
    );
    let number = |word: &str| word.replace('−', "-").replace(',', "").parse::<f64>().ok();
    let close = |a: f64, b: f64| (a - b).abs() <= 0.05 * a.abs().max(b.abs()) + 0.021;
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| {
        // A figure with decimals is measured or computed; whole numbers count.
        let is_computed = a.contains('.') && b.contains('.');
        a == b || matches!((number(a), number(b)), (Some(a), Some(b)) if is_computed && close(a, b))
    })
}

/// Two runs that have been trained for a little while, with folders of fixed names.
fn train(paths: &Paths) {
    for (folder, name, code_size, noise) in [
        (
            "20260101-090000-linear32-bcdfg",
            "linear-32",
            32,
            Noise::None,
        ),
        (
            "20260101-091500-linear64-hjkmn",
            "linear-64",
            64,
            Noise::Gaussian(0.1),
        ),
    ] {
        let mut spec = TrainSpec::preset("linear").unwrap();
        spec.name = name.to_string();
        spec.model.code_size = code_size;
        spec.noise = noise;
        spec.epochs = 12;
        spec.device = "cpu".to_string();
        spec.data.data = "sample".to_string();
        training_data::resolve_data(paths, &mut spec, &mut unwatched).unwrap();
        let made = runs::create(paths, &spec).unwrap();
        let place = made.path().with_file_name(folder);
        fs::rename(made.path(), &place).unwrap();
        let run = RunDir::open(&place).unwrap();
        let data = training_data::open(paths, &spec, &mut unwatched).unwrap();
        let options = WorkerOptions {
            detached: false,
            handle_signals: false,
        };
        worker::run_with_data(&run, &data, options, &mut |_| ()).unwrap();
    }
}

#[test]
fn pictures_of_every_tab_are_those_of_the_screen() {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::below(home.path());
    let mut screen = start(&paths, SIZE, CELL);
    let mut shoot = |name: &str, keys: &[&str]| {
        for key in keys {
            screen.send(key).unwrap();
        }
        check(name, &screen.shot().unwrap());
    };
    // It opens on a held-out face.
    shoot("denoise", &["3", "llllll"]);
    shoot("browse", &["1", "jjjjjjjj", ENTER, "ll"]);
    shoot("search", &["1", "s"]);
    shoot(
        "morph",
        &["1", "a", "h", "h", "h", "jjjjjjj", ENTER, "b", "5"],
    );
    drop(screen);
    train(&paths);
    let mut screen = start(&paths, SIZE, CELL);
    screen.send("2").unwrap();
    screen.send("j ").unwrap();
    screen.send("k").unwrap();
    check("train", &screen.shot().unwrap());
}

#[test]
fn the_pictures_are_small() {
    let sizes = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len());
    let total: u64 = sizes.sum();
    assert!(total <= MOST_BYTES, "{total} bytes");
}

/// The first frame of a GIF file.
fn first_frame(file: &[u8]) -> RgbImage {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(file).unwrap();
    let frame = decoder.read_next_frame().unwrap().unwrap();
    let (width, height) = (u32::from(frame.width), u32::from(frame.height));
    let picture = image::RgbaImage::from_raw(width, height, frame.buffer.to_vec());
    image::DynamicImage::from(picture.unwrap()).to_rgb8()
}

/// A short use of the screen, as it looks at these times.
#[test]
fn the_animation_shows_the_screen() {
    let scenes: &[(&str, f64)] = &[
        ("", 2.0),
        ("j", 0.4),
        ("j", 0.4),
        ("j", 0.4),
        ("j", 1.0),
        ("\r", 0.5),
        ("l", 0.5),
        ("l", 1.5),
        ("d", 2.5),
        ("ll", 0.5),
        ("ll", 0.5),
        ("ll", 2.5),
        ("s", 3.0),
        ("l", 0.6),
        ("l", 1.2),
        ("\r", 3.0),
        ("5", 2.0),
        ("\x1b[C", 0.5),
        ("\x1b[C", 2.0),
        ("\x1b[D", 0.5),
        ("\x1b[D", 0.5),
        ("\x1b[D", 2.0),
    ];
    let home = tempfile::tempdir().unwrap();
    let mut screen = start(&Paths::below(home.path()), GIF_SIZE, GIF_CELL);
    if !are_written() {
        // Its first screen; the other tabs are checked by their own pictures.
        let mut now = screen.shot().unwrap();
        let few_colours = encode_gif([(0.0, now.pixels)], GIF_COLOURS).unwrap();
        now.pixels = first_frame(&few_colours);
        let file = fs::read(folder().join("tour.gif")).unwrap();
        let different = difference(&now, &first_frame(&file));
        assert!(different <= MOST_DIFFERENT, "tour: {different}: {ADVICE}");
        return;
    }
    let mut time = 0.0;
    let mut frames = Vec::new();
    for (keys, seconds) in scenes {
        screen.send(keys).unwrap();
        frames.push((time, screen.shot().unwrap().pixels));
        time += seconds;
    }
    fs::create_dir_all(folder()).unwrap();
    fs::write(
        folder().join("tour.gif"),
        encode_gif(frames, GIF_COLOURS).unwrap(),
    )
    .unwrap();
}
