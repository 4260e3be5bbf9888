//! Drawing pictures with characters. `cargo bench --bench pictures`.

use divan::Bencher;
use image::{RgbImage, imageops};
use lfw_tui::dataset::sample::{PICTURE_COUNT, draw_picture};
use lfw_tui::tui::images::{Mosaic, render_truecolour};

fn main() {
    divan::main();
}

/// The sample's pictures, of 250 × 250 pixels.
fn pictures() -> Vec<RgbImage> {
    (0..PICTURE_COUNT)
        .map(|picture| {
            let pixels = draw_picture(picture).expect("drawn");
            RgbImage::from_raw(250, 250, pixels).expect("of this size")
        })
        .collect()
}

/// Browse with 120 × 40 characters: a large picture, two that are made by a model, and 14
/// thumbnails.
#[divan::bench(args = Mosaic::ALL)]
fn page_of_browse(bencher: Bencher, shape: Mosaic) {
    let pictures = pictures();
    let thumbnails: Vec<RgbImage> = (pictures.iter().cycle().take(14))
        .map(|picture| imageops::crop_imm(picture, 50, 50, 150, 150).to_image())
        .collect();
    let made = imageops::thumbnail(&pictures[0], 32, 32);
    bencher.bench(|| {
        let large = [(&pictures[0], (40, 18)), (&made, (16, 8)), (&made, (16, 8))];
        let small = thumbnails.iter().map(|picture| (picture, (10, 5)));
        let all = large.into_iter().chain(small);
        all.map(|(picture, size)| render_truecolour(picture, size, shape).len())
            .sum::<usize>()
    });
}
