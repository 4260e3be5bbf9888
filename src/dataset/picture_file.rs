//! Decodes untrusted picture files: checks size limits before allocating memory, and detects files
//! that are cut off.

use std::borrow::Cow;
use std::io::Cursor;
use std::path::Path;
use std::sync::Mutex;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

use crate::dataset::crop::{self, Crop};
use crate::dataset::face_spec::Preprocess;
use crate::dataset::jpeg;
use crate::error::{Error, Result};

/// The largest picture file that is read, in bytes.
pub(crate) const MAX_FILE_BYTES: u64 = 64 << 20;
/// The smallest side of a picture, in pixels.
pub(crate) const MIN_SIDE: u32 = 16;
/// The most pixels of a picture; allows a 48-megapixel photograph.
pub(crate) const MAX_PIXELS: u64 = 64 << 20;
/// Larger pictures are decoded one at a time, so that many cores do not hold many of them in
/// memory.
const LARGE_PIXELS: u64 = 8 << 20;
/// Held while a large picture is decoded: one at a time.
static LARGE: Mutex<()> = Mutex::new(());

/// Decodes a JPEG or PNG file and applies its EXIF orientation.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read; [`Error::Invalid`] with its path if it is not a
/// picture, cut off, too small or too large.
pub fn decode(path: &Path) -> Result<RgbImage> {
    decode_bytes(&read(path)?).map_err(|reason| Error::invalid(path.display(), reason))
}

/// As [`decode`], for a picture that a user chose.
///
/// # Errors
/// As [`decode`], and if it is wholly transparent.
pub(crate) fn decode_visible(path: &Path) -> Result<RgbImage> {
    let decoded = decode_dynamic(&read(path)?).and_then(|picture| {
        let is_seen =
            !picture.color().has_alpha() || picture.to_rgba8().pixels().any(|pixel| pixel.0[3] > 0);
        let seen = is_seen.then(|| picture.into_rgb8());
        seen.ok_or_else(|| "is wholly transparent: there is nothing to see".to_string())
    });
    decoded.map_err(|reason| Error::invalid(path.display(), reason))
}

/// Reads a picture file of at most [`MAX_FILE_BYTES`].
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let metadata = std::fs::metadata(path).map_err(Error::io(path, "read"))?;
    if !metadata.is_file() {
        return Err(Error::invalid(path.display(), "not a picture file"));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(Error::invalid(path.display(), too_large_reason()));
    }
    std::fs::read(path).map_err(Error::io(path, "read"))
}

/// The message for a file above [`MAX_FILE_BYTES`].
pub(crate) fn too_large_reason() -> String {
    format!("a picture file of more than {} MB", MAX_FILE_BYTES >> 20)
}

/// Decodes the bytes of a JPEG or PNG file. The error is the reason, without a path.
pub(crate) fn decode_bytes(bytes: &[u8]) -> Result<RgbImage, String> {
    Ok(decode_dynamic(bytes)?.into_rgb8())
}

fn decode_dynamic(bytes: &[u8]) -> Result<DynamicImage, String> {
    let format = match bytes {
        [] => return Err("an empty file".to_string()),
        [0xff, 0xd8, ..] => ImageFormat::Jpeg,
        [0x89, b'P', b'N', b'G', ..] => ImageFormat::Png,
        _ => return Err("neither a JPEG nor a PNG picture".to_string()),
    };
    let bytes = match format {
        ImageFormat::Jpeg => trim_jpeg(bytes)?,
        _ => Cow::Borrowed(bytes),
    };
    let bytes = bytes.as_ref();
    let broken = |error: image::ImageError| {
        // Some decoders' messages contain line breaks.
        let words: Vec<String> = error
            .to_string()
            .split_whitespace()
            .map(str::to_string)
            .collect();
        format!("a picture that does not decode ({})", words.join(" "))
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(8 * MAX_PIXELS);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if width.min(height) < MIN_SIDE {
        return Err(format!(
            "{width} × {height} pixels is too small; the minimum is {MIN_SIDE} × {MIN_SIDE}"
        ));
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS {
        return Err(format!(
            "{width} × {height} pixels is too large; the maximum is {} million pixels",
            MAX_PIXELS >> 20
        ));
    }
    // The lock guards no data, so it does not matter if a decoder panicked while holding it.
    let _one_at_a_time = (pixels > LARGE_PIXELS).then(|| {
        LARGE
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    });
    let orientation = decoder.orientation().map_err(broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Decodes a picture and crops it to the square that is resized, like [`crop::square`].
///
/// With LFW's crop, LFW's own files (baseline JPEG, 250×250) are decoded only down to the last row
/// of that square; the pixels are the same as after a full decode.
pub(crate) fn decode_face(
    bytes: &[u8],
    crop: Crop,
    preprocess: Preprocess,
) -> Result<RgbImage, String> {
    if crop == Crop::LFW
        && bytes.starts_with(&[0xff, 0xd8])
        && let Some(face) = decode_lfw_face(&trim_jpeg(bytes)?, preprocess)
    {
        return Ok(face);
    }
    Ok(crop::square(&decode_bytes(bytes)?, crop, preprocess))
}

/// A JPEG file without anything after the picture's end.
fn trim_jpeg(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    jpeg::trim_to_picture(bytes).ok_or_else(|| "a JPEG picture that is cut off".to_string())
}

/// LFW's side length.
const LFW_SIDE: usize = 250;
/// JPEG's widest block row, in pixels.
const BLOCK_ROWS: usize = 16;

/// Decodes only the rows that LFW's crop needs; `None` if the file is not like LFW's.
fn decode_lfw_face(bytes: &[u8], preprocess: Preprocess) -> Option<RgbImage> {
    let (columns, rows) = crop::lfw_square(preprocess);
    let decoded_rows = rows.end.next_multiple_of(BLOCK_ROWS);
    let height_at = lfw_height_offset(bytes)?;
    let mut shortened = bytes.to_vec();
    shortened[height_at..height_at + 2].copy_from_slice(&(decoded_rows as u16).to_be_bytes());
    let options = zune_jpeg::zune_core::options::DecoderOptions::default()
        .jpeg_set_out_colorspace(zune_jpeg::zune_core::colorspace::ColorSpace::RGB)
        .set_strict_mode(true);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(
        zune_jpeg::zune_core::bytestream::ZCursor::new(&shortened),
        options,
    );
    let pixels = decoder.decode().ok()?;
    (pixels.len() == LFW_SIDE * decoded_rows * 3).then_some(())?;
    let mut face = Vec::with_capacity(columns.len() * rows.len() * 3);
    for row in pixels
        .chunks_exact(LFW_SIDE * 3)
        .take(rows.end)
        .skip(rows.start)
    {
        face.extend_from_slice(&row[columns.start * 3..columns.end * 3]);
    }
    RgbImage::from_raw(columns.len() as u32, rows.len() as u32, face)
}

/// The offset of the height in the frame header of a 250×250 baseline JPEG with three components,
/// 4:2:0 or no subsampling, and without EXIF data (ITU-T T.81, B.2.2); `None` for any other file.
fn lfw_height_offset(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        let [0xff, marker, high, low] = *bytes.get(at..at + 4)? else {
            return None;
        };
        match marker {
            // Baseline frame: length, precision, height, width, components.
            0xc0 => {
                let frame = bytes.get(at + 4..at + 19)?;
                let expected = [8, 0, LFW_SIDE as u8, 0, LFW_SIDE as u8, 3];
                let sampling = [frame[7], frame[10], frame[13]];
                let usual = matches!(sampling, [0x22 | 0x11, 0x11, 0x11]);
                return (frame[..6] == expected && usual).then_some(at + 5);
            }
            // JFIF, comments, tables.
            0xe0 | 0xfe | 0xdb | 0xc4 => at += 2 + usize::from(u16::from_be_bytes([high, low])),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::jpeg::JpegEncoder;
    use rand::RngExt;

    /// Smooth colours with some noise, so that all coefficients are used.
    fn photograph(width: u32, height: u32, seed: u64) -> RgbImage {
        let mut rng = crate::rng::generator(seed, crate::rng::Purpose::SyntheticFace, 0, 0);
        RgbImage::from_fn(width, height, |x, y| {
            let noise: u32 = rng.random_range(0..40);
            image::Rgb([
                ((x + noise) % 256) as u8,
                ((y * 2 + noise) % 256) as u8,
                ((x * y / 64 + noise) % 256) as u8,
            ])
        })
    }

    fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
        let mut bytes = vec![];
        JpegEncoder::new_with_quality(&mut bytes, quality)
            .encode_image(picture)
            .unwrap();
        bytes
    }

    fn png(picture: &RgbImage) -> Vec<u8> {
        let mut bytes = Cursor::new(vec![]);
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn the_shortened_decode_gives_the_full_decodes_pixels() {
        for quality in [30, 75, 95] {
            let bytes = jpeg(&photograph(250, 250, quality.into()), quality);
            for preprocess in [Preprocess::Seed, Preprocess::Wide] {
                let short = decode_lfw_face(&bytes, preprocess)
                    .expect("a plain 250x250 JPEG takes the short way");
                let whole = decode_bytes(&bytes).unwrap();
                assert_eq!(short, crop::square(&whole, Crop::LFW, preprocess));
            }
        }
    }

    #[test]
    fn real_pictures_decode_alike_both_ways() {
        let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/lfw-dev.tgz");
        let Ok(file) = std::fs::File::open(archive) else {
            println!("skipped: no ../shared/data");
            return;
        };
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
        let mut compared = 0;
        for entry in archive.entries().unwrap() {
            let mut bytes = vec![];
            std::io::Read::read_to_end(&mut entry.unwrap(), &mut bytes).unwrap();
            if bytes.starts_with(&[0xff, 0xd8]) {
                let whole = decode_bytes(&bytes).unwrap();
                for preprocess in [Preprocess::Seed, Preprocess::Wide] {
                    let short = decode_lfw_face(&bytes, preprocess)
                        .expect("LFW's own files take the short way");
                    assert_eq!(short, crop::square(&whole, Crop::LFW, preprocess));
                }
                compared += 1;
            }
        }
        assert_eq!(compared, 147);
    }

    #[test]
    fn what_is_no_usable_picture_is_named() {
        let picture = photograph(250, 250, 1);
        let whole = jpeg(&picture, 75);
        let reason = |bytes: &[u8]| decode_face(bytes, Crop::LFW, Preprocess::Seed).unwrap_err();
        assert_eq!(reason(b""), "an empty file");
        assert!(reason(b"GIF89a").contains("neither a JPEG nor a PNG"));
        assert!(reason(&whole[..whole.len() / 2]).contains("cut off"));
        assert!(reason(&whole[..300]).contains("cut off"));
        let half_png = &png(&picture)[..20_000];
        assert!(reason(half_png).contains("does not decode"));
        assert!(reason(&png(&photograph(1, 1, 1))).contains("1 × 1 pixels is too small"));
        // A header that announces 30,000 × 30,000.
        let mut vast = png(&photograph(16, 16, 1));
        vast[16..20].copy_from_slice(&30_000u32.to_be_bytes());
        vast[20..24].copy_from_slice(&30_000u32.to_be_bytes());
        let checksum = {
            let mut crc = flate2::Crc::new();
            crc.update(&vast[12..29]);
            crc.sum()
        };
        vast[29..33].copy_from_slice(&checksum.to_be_bytes());
        let said = reason(&vast);
        assert!(said.contains("30000 × 30000 pixels is too large"), "{said}");
    }

    #[test]
    fn what_follows_the_end_of_a_jpeg_changes_nothing() {
        for side in [250, 120] {
            let whole = jpeg(&photograph(side, side, 3), 80);
            let expected = decode_face(&whole, Crop::LFW, Preprocess::Seed).unwrap();
            // A second picture as phones append, a video with a start of scan but no end, padding,
            // half a picture.
            for tail in [
                &whole[..],
                b"\0\0\0\x18ftypmp42\xff\xda\0\x01",
                &[0; 4096],
                &whole[..whole.len() / 2],
            ] {
                let longer = [&whole[..], tail].concat();
                assert_eq!(
                    decode_face(&longer, Crop::LFW, Preprocess::Seed).unwrap(),
                    expected
                );
                assert_eq!(
                    decode_bytes(&longer).unwrap(),
                    decode_bytes(&whole).unwrap()
                );
            }
            // The end marker of a thumbnail or in the appended data is not the picture's.
            let thumbnail = jpeg(&photograph(16, 16, 4), 50);
            let mut app1 = vec![0xff, 0xd8, 0xff, 0xe1];
            app1.extend((thumbnail.len() as u16 + 8).to_be_bytes());
            app1.extend(b"Exif\0\0");
            app1.extend(&thumbnail);
            let with_thumbnail = [&app1, &whole[2..]].concat();
            assert_eq!(
                decode_face(&with_thumbnail, Crop::LFW, Preprocess::Seed).unwrap(),
                expected
            );
            let cut = &with_thumbnail[..with_thumbnail.len() - whole.len() / 2];
            assert!(
                decode_face(cut, Crop::LFW, Preprocess::Seed)
                    .unwrap_err()
                    .contains("cut off")
            );
        }
    }

    #[test]
    fn a_jpeg_that_lacks_only_its_end_marker_is_whole() {
        let mut pictures = vec![];
        for side in [250, 121] {
            let colour = photograph(side, side + 5, 3);
            pictures.push(jpeg(&colour, 80));
            let grey = DynamicImage::from(colour.clone()).into_luma8();
            let mut bytes = vec![];
            JpegEncoder::new(&mut bytes).encode_image(&grey).unwrap();
            pictures.push(bytes);
            // Chroma at half the resolution, with restart markers.
            let mut bytes = vec![];
            let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 85);
            encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_2_0);
            encoder.set_restart_interval(5);
            encoder
                .encode(
                    colour.as_raw(),
                    side as u16,
                    side as u16 + 5,
                    jpeg_encoder::ColorType::Rgb,
                )
                .unwrap();
            pictures.push(bytes);
        }
        for whole in pictures {
            let expected = decode_bytes(&whole).unwrap();
            let face = decode_face(&whole, Crop::LFW, Preprocess::Seed).unwrap();
            for cut in [1, 2] {
                let cut = &whole[..whole.len() - cut];
                assert_eq!(decode_bytes(cut).unwrap(), expected);
                assert_eq!(decode_face(cut, Crop::LFW, Preprocess::Seed).unwrap(), face);
            }
            let appended = [&whole[..whole.len() - 2], &whole[..]].concat();
            assert_eq!(decode_bytes(&appended).unwrap(), expected);
            let half = [&whole[..whole.len() / 2], &whole[..]].concat();
            assert!(decode_bytes(&half).unwrap_err().contains("cut off"));
            // One byte of data less, or zeros instead of data.
            for cut in [4, 40, whole.len() / 2] {
                let mut cut = whole[..whole.len() - cut].to_vec();
                assert!(decode_bytes(&cut).unwrap_err().contains("cut off"));
                cut.resize(whole.len(), 0);
                assert!(
                    decode_face(&cut, Crop::LFW, Preprocess::Seed)
                        .unwrap_err()
                        .contains("cut off")
                );
            }
        }
        // The number of scans in a progressive picture is not known.
        let mut bytes = vec![];
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 85);
        encoder.set_progressive(true);
        let colour = photograph(64, 64, 3);
        encoder
            .encode(colour.as_raw(), 64, 64, jpeg_encoder::ColorType::Rgb)
            .unwrap();
        assert!(decode_bytes(&bytes).is_ok());
        let cut = &bytes[..bytes.len() - 2];
        assert!(decode_bytes(cut).unwrap_err().contains("cut off"));
    }

    #[test]
    fn grey_and_transparent_pictures_become_rgb() {
        let grey = DynamicImage::from(photograph(40, 30, 1)).into_luma8();
        let mut bytes = Cursor::new(vec![]);
        grey.write_to(&mut bytes, ImageFormat::Png).unwrap();
        let rgb = decode_bytes(bytes.get_ref()).unwrap();
        assert_eq!(rgb.dimensions(), (40, 30));
        assert_eq!(rgb.get_pixel(3, 4).0, [grey.get_pixel(3, 4).0[0]; 3]);
    }
}
