//! Text in picture files: an international text chunk of a PNG, a comment of a GIF.

use std::io::Cursor;

use image::RgbImage;
use png::{BitDepth, ColorType, Decoder, Encoder, Limits};

use crate::error::{Error, Result};

/// What a PNG file starts with.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Memory for what is read from a PNG's chunks.
const MOST_CHUNK_BYTES: usize = 64 << 20;
/// The start of an extension of a GIF, and which one is a comment.
const GIF_EXTENSION: u8 = 0x21;
const GIF_COMMENT: u8 = 0xFE;
const GIF_IMAGE: u8 = 0x2C;
const GIF_END: u8 = 0x3B;
/// The most bytes in one block of a GIF's extension.
const GIF_BLOCK: usize = 255;

/// The bytes of a PNG file with a text under a keyword.
///
/// # Errors
/// [`Error::Invalid`] about "picture" when the image has no pixels.
pub(crate) fn png_with_text(image: &RgbImage, keyword: &str, text: &str) -> Result<Vec<u8>> {
    let wrong = |error: png::EncodingError| Error::invalid("picture", error);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, image.width(), image.height());
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder
        .add_itxt_chunk(keyword.to_string(), text.to_string())
        .map_err(wrong)?;
    let mut writer = encoder.write_header().map_err(wrong)?;
    writer.write_image_data(image.as_raw()).map_err(wrong)?;
    writer.finish().map_err(wrong)?;
    Ok(file)
}

/// The bytes of a GIF file with a comment added at its end: `keyword text`.
///
/// # Errors
/// When they are not those of a GIF file.
pub(crate) fn gif_with_text(mut file: Vec<u8>, keyword: &str, text: &str) -> Result<Vec<u8>> {
    if !file.starts_with(b"GIF") || file.pop() != Some(GIF_END) {
        return Err(Error::invalid("picture", "is not a whole GIF"));
    }
    file.extend([GIF_EXTENSION, GIF_COMMENT]);
    for block in format!("{keyword} {text}").as_bytes().chunks(GIF_BLOCK) {
        file.push(block.len() as u8);
        file.extend(block);
    }
    file.extend([0, GIF_END]);
    Ok(file)
}

/// The text under a keyword in a PNG or GIF file of at most `most` bytes; `None` where there is no
/// such text.
///
/// # Errors
/// When the file is neither, is damaged or cut off, or the text is longer.
pub(crate) fn text_of(
    what: &str,
    file: &[u8],
    keyword: &str,
    most: usize,
) -> Result<Option<String>> {
    let text = if file.starts_with(PNG) {
        text_of_png(file, keyword, most)
    } else if file.starts_with(b"GIF8") {
        text_of_gif(file, keyword, most)
    } else {
        Err("is neither a PNG nor a GIF".to_string())
    };
    text.map_err(|problem| Error::invalid(what, problem))
}

fn text_of_png(file: &[u8], keyword: &str, most: usize) -> Result<Option<String>, String> {
    let damaged = |error: png::DecodingError| format!("is damaged or cut off: {error}");
    let limits = Limits {
        bytes: MOST_CHUNK_BYTES,
    };
    let decoder = Decoder::new_with_limits(Cursor::new(file), limits);
    let mut reader = decoder.read_info().map_err(damaged)?;
    // Other programs may write texts after the pixels.
    reader.finish().map_err(damaged)?;
    let mut texts = reader.info().utf8_text.iter();
    let Some(chunk) = texts.find(|chunk| chunk.keyword == keyword) else {
        return Ok(None);
    };
    let mut chunk = chunk.clone();
    chunk
        .decompress_text_with_limit(most)
        .map_err(|_| too_long())?;
    let text = chunk.get_text().map_err(damaged)?;
    if text.len() > most {
        return Err(too_long());
    }
    Ok(Some(text))
}

fn too_long() -> String {
    "has a text that is too long, or damaged".to_string()
}

fn text_of_gif(file: &[u8], keyword: &str, most: usize) -> Result<Option<String>, String> {
    let mut blocks = GifBlocks::new(file)?;
    let prefix = format!("{keyword} ");
    let mut found = None;
    // To the end, so that a file that was cut off behind the text is noticed.
    while let Some(comment) = blocks.next_comment(most)? {
        let text = String::from_utf8_lossy(&comment);
        if found.is_none() {
            found = text.strip_prefix(&prefix).map(str::to_string);
        }
    }
    Ok(found)
}

fn cut_off() -> String {
    "is damaged or cut off".to_string()
}

/// The blocks of a GIF file, one after the other. Errors say that it ends too early or is no GIF.
struct GifBlocks<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> GifBlocks<'a> {
    /// Behind the header and the palette for all frames.
    fn new(file: &'a [u8]) -> Result<Self, String> {
        let mut blocks = Self { file, at: 0 };
        let header = blocks.take(13)?;
        blocks.skip_palette(header[10])?;
        Ok(blocks)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let end = self.at.saturating_add(count);
        let taken = self.file.get(self.at..end).ok_or_else(cut_off)?;
        self.at = end;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// Skips the palette that these flags announce.
    fn skip_palette(&mut self, flags: u8) -> Result<(), String> {
        if flags & 0x80 != 0 {
            self.take(3 << ((flags & 7) + 1))?;
        }
        Ok(())
    }

    /// The next comment, of at most `most` bytes; `None` at the file's end.
    fn next_comment(&mut self, most: usize) -> Result<Option<Vec<u8>>, String> {
        loop {
            match self.byte()? {
                GIF_END => return Ok(None),
                GIF_EXTENSION if self.byte()? == GIF_COMMENT => {
                    return self.joined_blocks(most).map(Some);
                }
                GIF_EXTENSION => self.skip_blocks()?,
                GIF_IMAGE => {
                    let header = self.take(9)?;
                    self.skip_palette(header[8])?;
                    // The size of the codes.
                    self.byte()?;
                    self.skip_blocks()?;
                }
                _ => return Err(cut_off()),
            }
        }
    }

    /// The next block; an empty one is behind the last.
    fn block(&mut self) -> Result<&'a [u8], String> {
        let length = self.byte()?;
        self.take(usize::from(length))
    }

    fn joined_blocks(&mut self, most: usize) -> Result<Vec<u8>, String> {
        let mut joined = Vec::new();
        loop {
            let block = self.block()?;
            if block.is_empty() {
                return Ok(joined);
            }
            if joined.len() + block.len() > most {
                return Err(too_long());
            }
            joined.extend(block);
        }
    }

    fn skip_blocks(&mut self) -> Result<(), String> {
        while !self.block()?.is_empty() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{encode_gif, encode_png};
    use image::Rgb;

    const KEY: &str = "lfw-tui";

    fn read(file: &[u8]) -> Result<Option<String>> {
        text_of("x", file, KEY, 4000)
    }

    fn files(text: &str) -> [Vec<u8>; 2] {
        let image = RgbImage::from_fn(9, 7, |x, y| Rgb([x as u8 * 20, y as u8 * 30, 7]));
        let gif = encode_gif(&[image.clone(), image.clone()], 2).unwrap();
        [
            png_with_text(&image, KEY, text).unwrap(),
            gif_with_text(gif, KEY, text).unwrap(),
        ]
    }

    #[test]
    fn a_text_comes_back_and_the_pictures_stay() {
        for text in ["{\"a\": 1}", "Žižek", &"long ".repeat(700)] {
            for file in files(text) {
                assert_eq!(read(&file).unwrap().as_deref(), Some(text));
            }
        }
        let [png, gif] = files("x");
        let image = image::load_from_memory(&png).unwrap().to_rgb8();
        assert_eq!(image.get_pixel(3, 2).0, [60, 60, 7]);
        let mut decoder = gif::DecodeOptions::new().read_info(gif.as_slice()).unwrap();
        let mut frames = 0;
        while decoder.read_next_frame().unwrap().is_some() {
            frames += 1;
        }
        assert_eq!(frames, 2);
    }

    #[test]
    fn files_without_the_text_have_none() {
        let image = RgbImage::from_pixel(4, 4, Rgb([1; 3]));
        assert_eq!(read(&encode_png(&image).unwrap()).unwrap(), None);
        assert_eq!(
            read(&png_with_text(&image, "Comment", "hi").unwrap()).unwrap(),
            None
        );
        let gif = encode_gif(&[image], 1).unwrap();
        assert_eq!(read(&gif).unwrap(), None);
        let foreign = gif_with_text(gif, "made", "by others").unwrap();
        assert_eq!(read(&foreign).unwrap(), None);
        let both = gif_with_text(foreign, KEY, "second").unwrap();
        assert_eq!(read(&both).unwrap().as_deref(), Some("second"));
    }

    #[test]
    fn what_is_damaged_or_too_long_is_said() {
        let text = "word ".repeat(200);
        for file in files(&text) {
            for length in 0..file.len() {
                let part = read(&file[..length]);
                if let Ok(found) = &part {
                    // The text is whole, whatever a PNG lacks behind it.
                    assert!(length > text.len() && file.starts_with(PNG), "{length}");
                    assert_eq!(found.as_ref(), Some(&text));
                    continue;
                }
                let error = part.unwrap_err().to_string();
                let said = ["damaged", "cut off", "neither"];
                assert!(
                    said.iter().any(|word| error.contains(word)),
                    "{length}: {error}"
                );
            }
        }
        for file in files(&"word ".repeat(2000)) {
            assert!(read(&file).unwrap_err().to_string().contains("too long"));
        }
        assert!(read(b"hello").unwrap_err().to_string().contains("neither"));
        assert!(gif_with_text(vec![1, 2], KEY, "x").is_err());
    }
}
