//! Builds small archives and folders of generated pictures, valid and invalid.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use image::{ImageFormat, RgbImage};
use lfw_tui::paths::Paths;

/// A folder for sources, with the program's own folders beside them.
pub struct Home {
    pub folder: tempfile::TempDir,
    pub paths: Paths,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path().join("home"));
        Self { folder, paths }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and gives its path.
    pub fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// A 250×250 JPEG with its own colours.
pub fn jpeg(seed: u8) -> Vec<u8> {
    encode(&drawn(250, 250, seed), ImageFormat::Jpeg)
}

/// The same as PNG, of any size.
pub fn png(width: u32, height: u32, seed: u8) -> Vec<u8> {
    encode(&drawn(width, height, seed), ImageFormat::Png)
}

pub fn drawn(width: u32, height: u32, seed: u8) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([
            x as u8 ^ seed,
            (y as u8).wrapping_add(seed),
            seed.wrapping_mul(37),
        ])
    })
}

fn encode(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(vec![]);
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// `lfw/A_B` with two pictures, `lfw/C` with one.
pub fn lfw() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("lfw/C/C_0001.jpg", jpeg(3)),
        ("lfw/A_B/A_B_0002.jpg", jpeg(2)),
        ("lfw/A_B/A_B_0001.jpg", jpeg(1)),
    ]
}

pub fn tar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(vec![]);
    for (path, content) in files {
        let mut header = tar_header(path, tar::EntryType::Regular, content.len() as u64);
        header.set_cksum();
        builder.append(&header, content.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A tar header with any path, however malicious.
pub fn tar_header(path: &str, kind: tar::EntryType, size: u64) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    header
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn tgz(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    gzip(&tar(files))
}

pub fn zip(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(vec![]));
    let options = zip::write::SimpleFileOptions::default();
    for (path, content) in files {
        writer.start_file(*path, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub fn unpack(files: &[(&str, Vec<u8>)], folder: &Path) {
    for (path, content) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}
