//! Pictures written to the folder of saved pictures.

use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;

use crate::error::Result;
use crate::imaging::{encode_png, side_by_side};
use crate::paths::{Paths, replace_file};

/// Writes pictures side by side to a new file named after `name`.
pub(super) fn save(paths: &Paths, pictures: &[Arc<RgbImage>], name: &str) -> Result<PathBuf> {
    let stem: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                ' '
            }
        })
        .collect();
    let stem = stem.split_whitespace().collect::<Vec<_>>().join("_");
    // Most file systems take names of up to 255 bytes.
    let stem: String = stem.trim_start_matches('.').chars().take(60).collect();
    let stem = if stem.is_empty() { "picture" } else { &stem };
    let folder = paths.saved_pictures();
    let png = encode_png(&side_by_side(pictures)?)?;
    let mut path = folder.join(format!("{stem}.png"));
    for number in 2.. {
        if !path.exists() {
            break;
        }
        path = folder.join(format!("{stem}-{number}.png"));
    }
    replace_file(&path, &png)?;
    Ok(path)
}
