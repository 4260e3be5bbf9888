//! Pictures as terminals get them: sixels, kitty's protocol, iTerm2's.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::read::ZlibDecoder;
use icy_sixel::SixelImage;
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageReader, Limits, RgbImage, RgbaImage};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;
use ratatui_image::Image;
use ratatui_image::protocol::Protocol;
use ratatui_image::protocol::kitty::Kitty;

/// The largest side of a picture, in pixels.
const MOST_SIDE: u32 = 8192;

/// The most pixels of all pictures that a terminal stores; older ones are dropped.
const MOST_STORED_PIXELS: usize = 64 << 20;

/// The most bytes of a picture that is sent in chunks.
const MOST_CHUNK_BYTES: usize = 64 << 20;

/// Rows that kitty's marks can count.
const MARKS: u16 = 297;

/// A picture as the cells that it covers show it.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Its pixels; a cell has those of its size.
    pub(crate) pixels: RgbaImage,
    /// Columns and rows.
    pub(crate) cells: (u16, u16),
}

impl Shown {
    /// A picture that is scaled to its cells.
    fn scaled(picture: &RgbaImage, cells: (u16, u16), cell_size: (u16, u16)) -> Self {
        let width = u32::from(cells.0) * u32::from(cell_size.0);
        let height = u32::from(cells.1) * u32::from(cell_size.1);
        let pixels = if picture.dimensions() == (width, height) {
            picture.clone()
        } else {
            imageops::resize(picture, width, height, FilterType::CatmullRom)
        };
        Self { pixels, cells }
    }
}

/// Decodes a sixel string, `P1;P2;P3q…`. It covers as many cells as its pixels need.
pub(super) fn sixel(body: &[u8], (width, height): (u16, u16)) -> Option<Shown> {
    let sequence = [b"\x1bP", body, b"\x1b\\"].concat();
    let image = SixelImage::decode(&sequence).ok()?;
    let sides = [image.width, image.height].map(|side| side as u32);
    if sides.iter().any(|side| !(1..=MOST_SIDE).contains(side)) {
        return None;
    }
    let pixels = RgbaImage::from_raw(sides[0], sides[1], image.pixels)?;
    let cells = (
        sides[0].div_ceil(u32::from(width)) as u16,
        sides[1].div_ceil(u32::from(height)) as u16,
    );
    Some(Shown { pixels, cells })
}

/// Decodes the body of iTerm2's command `1337;File=…:…`, if it is shown inline with its
/// columns and rows. The cursor stays where it says `doNotMoveCursor=1`.
pub(super) fn iterm2(body: &[u8], cell_size: (u16, u16)) -> Option<Shown> {
    let arguments = body.strip_prefix(b"1337;File=")?;
    let colon = arguments.iter().position(|byte| *byte == b':')?;
    let keys = keys(&arguments[..colon], b';');
    let side = |name: &str| {
        keys.get(name)?
            .parse()
            .ok()
            .filter(|n| (1..=1000).contains(n))
    };
    let cells = (side("width")?, side("height")?);
    let file = BASE64_STANDARD.decode(&arguments[colon + 1..]).ok()?;
    Some(Shown::scaled(&decode_file(&file)?, cells, cell_size))
}

fn decode_file(file: &[u8]) -> Option<RgbaImage> {
    let mut reader = ImageReader::new(std::io::Cursor::new(file))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    reader.limits(limits);
    reader.decode().ok().map(|picture| picture.to_rgba8())
}

/// `name=value` pairs.
fn keys(text: &[u8], separator: u8) -> HashMap<String, String> {
    let pairs = text.split(|byte| *byte == separator);
    let pairs = pairs.map(|pair| String::from_utf8_lossy(pair).into_owned());
    pairs
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((name.to_string(), value.to_string()))
        })
        .collect()
}

/// The pictures that a terminal with kitty's protocol stores.
#[derive(Debug, Default)]
pub(super) struct KittyPictures {
    /// By id, with the number of its transmission.
    stored: BTreeMap<u32, (u64, Arc<Shown>)>,
    count: u64,
    /// The keys and the text of one whose chunks are still coming.
    coming: Option<(HashMap<String, String>, Vec<u8>)>,
}

impl KittyPictures {
    /// The picture with this id.
    pub(super) fn get(&self, id: u32) -> Option<&Arc<Shown>> {
        self.stored.get(&id).map(|(_, shown)| shown)
    }

    /// Handles the body of a command.
    pub(super) fn on_command(&mut self, body: &[u8], cell_size: (u16, u16)) {
        let Some(body) = body.strip_prefix(b"G") else {
            return;
        };
        let (control, data) = match body.iter().position(|byte| *byte == b';') {
            Some(at) => (&body[..at], &body[at + 1..]),
            None => (body, &[][..]),
        };
        let mut keys = keys(control, b',');
        let more = keys.remove("m").is_some_and(|more| more == "1");
        keys.remove("q");
        if keys.get("a").is_some_and(|action| action == "d") {
            if let Some(id) = keys.get("i").and_then(|id| id.parse().ok()) {
                self.stored.remove(&id);
            }
            return;
        }
        let (first, mut text) = match self.coming.take() {
            Some((first, text)) if keys.is_empty() => (first, text),
            _ => (keys, Vec::new()),
        };
        if text.len() + data.len() <= MOST_CHUNK_BYTES {
            text.extend_from_slice(data);
        }
        if more {
            self.coming = Some((first, text));
        } else {
            self.store(&first, &text, cell_size);
        }
    }

    fn store(&mut self, keys: &HashMap<String, String>, text: &[u8], cell_size: (u16, u16)) {
        let number = |name: &str| keys.get(name).and_then(|value| value.parse::<u32>().ok());
        let Some(id) = number("i") else {
            return;
        };
        let cells = [number("c"), number("r")].map(|side| side.filter(|n| (1..=1000).contains(n)));
        let [Some(columns), Some(rows)] = cells else {
            return;
        };
        let Some(picture) = decode_kitty(keys, text) else {
            return;
        };
        let shown = Shown::scaled(&picture, (columns as u16, rows as u16), cell_size);
        self.count += 1;
        self.stored.insert(id, (self.count, Arc::new(shown)));
        let pixels = |shown: &Shown| shown.pixels.len() / 4;
        let mut total: usize = self.stored.values().map(|(_, shown)| pixels(shown)).sum();
        while total > MOST_STORED_PIXELS && self.stored.len() > 1 {
            let oldest = self.stored.iter().min_by_key(|(_, (number, _))| *number);
            let Some(id) = oldest.map(|(id, _)| *id) else {
                break;
            };
            if let Some((_, shown)) = self.stored.remove(&id) {
                total -= pixels(&shown);
            }
        }
    }
}

fn decode_kitty(keys: &HashMap<String, String>, text: &[u8]) -> Option<RgbaImage> {
    let mut bytes = BASE64_STANDARD.decode(text).ok()?;
    let side = |name: &str| {
        keys.get(name)?
            .parse()
            .ok()
            .filter(|n| (1..=MOST_SIDE).contains(n))
    };
    let format = keys.get("f").map_or("32", String::as_str);
    if format == "100" {
        return decode_file(&bytes);
    }
    let (width, height): (u32, u32) = (side("s")?, side("v")?);
    if keys.get("o").is_some_and(|packing| packing == "z") {
        let mut plain = Vec::new();
        let most = u64::from(width) * u64::from(height) * 4;
        ZlibDecoder::new(bytes.as_slice())
            .take(most)
            .read_to_end(&mut plain)
            .ok()?;
        bytes = plain;
    }
    match format {
        "24" => RgbImage::from_raw(width, height, bytes)
            .map(|picture| DynamicImage::ImageRgb8(picture).to_rgba8()),
        _ => RgbaImage::from_raw(width, height, bytes),
    }
}

/// The number that each of kitty's marks means, as the library for its placeholders
/// writes them: it is made to draw a picture of as many rows.
pub(super) fn kitty_marks() -> &'static HashMap<char, u16> {
    static KITTY_MARKS: OnceLock<HashMap<char, u16>> = OnceLock::new();
    KITTY_MARKS.get_or_init(|| {
        let size = Size::new(1, MARKS);
        let area = Rect::from(size);
        let mut buffer = Buffer::empty(area);
        let Ok(picture) = Kitty::new(DynamicImage::new_rgb8(1, 1), size, 1, false, false) else {
            return HashMap::new();
        };
        Image::new(&Protocol::Kitty(picture)).render(area, &mut buffer);
        let mark = |row| {
            let symbol = buffer[(0, row)].symbol();
            let (_, marks) = symbol.split_once(crate::tui::images::placeholder::PLACEHOLDER)?;
            Some((marks.chars().next()?, row))
        };
        (0..MARKS).filter_map(mark).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_has_its_number() {
        let marks = kitty_marks();
        assert_eq!(marks.len(), usize::from(MARKS));
        // The first and the last of kitty's list.
        assert_eq!(marks.get(&'\u{305}'), Some(&0));
        assert_eq!(marks.get(&'\u{1d244}'), Some(&296));
    }

    #[test]
    fn a_picture_in_chunks_is_stored_and_deleted() {
        let pixels = vec![200_u8; 2 * 2 * 3];
        let text = BASE64_STANDARD.encode(pixels);
        let (one, two) = text.split_at(8);
        let mut kitty = KittyPictures::default();
        let begin = format!("Gq=2,i=7,a=T,U=1,c=3,r=1,f=24,s=2,v=2,m=1;{one}");
        kitty.on_command(begin.as_bytes(), (8, 16));
        assert!(kitty.get(7).is_none());
        kitty.on_command(format!("Gq=2,m=0;{two}").as_bytes(), (8, 16));
        let shown = kitty.get(7).unwrap();
        assert_eq!(shown.cells, (3, 1));
        assert_eq!(shown.pixels.dimensions(), (24, 16));
        assert_eq!(shown.pixels.get_pixel(5, 5).0, [200, 200, 200, 255]);
        kitty.on_command(b"Ga=d,d=I,i=7,q=2", (8, 16));
        assert!(kitty.get(7).is_none());
        // Broken ones.
        for wrong in [
            "",
            "G",
            "Gi=1",
            "Gi=1,c=1,r=1,f=24,s=9,v=9;AAAA",
            "Gi=x,a=T;!!",
        ] {
            kitty.on_command(wrong.as_bytes(), (8, 16));
        }
        assert!(kitty.stored.is_empty());
    }
}
