//! Pictures by kitty's protocol. The terminal stores them by id, and placeholders in
//! the text show them. ratatui-image sends a picture once, inside the first cell
//! drawn, and never again; but a cleared screen loses its pictures. So sending and
//! placing are separate here, and what was sent is deleted again.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::{DynamicImage, RgbImage};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;
use ratatui_image::Image;
use ratatui_image::protocol::Protocol;
use ratatui_image::protocol::kitty::Kitty;

use super::capabilities::Capabilities;
use super::detail::Detail;
use super::placeholder::PLACEHOLDER;
use super::small_png::{SmallPng, file_limit, small_png};

/// What the terminal may store besides the pictures in view, in bytes of their pixels:
/// enough to return to a tab without sending its pictures again.
const MAX_HIDDEN_BYTES: usize = 16 << 20;

/// The most characters of base64 in one sequence, by the protocol.
const MAX_CHUNK: usize = 4096;

/// A picture that the terminal stores.
pub(crate) struct KittyPicture {
    /// Its id in the terminal.
    pub id: u32,
    /// The escape sequence that sends it.
    pub transmission: String,
    /// The size of its pixels in the terminal, in bytes.
    pub bytes: usize,
    /// Whether nothing was left out for a detail.
    pub is_whole: bool,
    /// In cells.
    size: Size,
    /// Draws the placeholders; what it would send has been taken out.
    placeholders: Protocol,
}

impl KittyPicture {
    /// A picture of `size` cells. The terminal scales it to these.
    ///
    /// # Errors
    /// The message of the encoder.
    pub(crate) fn new(
        picture: &RgbImage,
        size: Size,
        id: u32,
        detail: Detail,
        graphics: &Capabilities,
    ) -> Result<Self, String> {
        let (format, png) = if graphics.kitty_png {
            let png = small_png(picture, file_limit(detail))?;
            ("f=100".to_string(), png)
        } else {
            let (width, height) = picture.dimensions();
            let pixels = SmallPng {
                file: picture.as_raw().clone(),
                width,
                height,
                is_whole: true,
            };
            (format!("f=24,s={width},v={height}"), pixels)
        };
        // With its number of cells, because the terminal would compute that from its own
        // size of a cell, which may differ from ours.
        let (columns, rows) = (size.width, size.height);
        let control = format!("i={id},a=T,U=1,c={columns},r={rows},{format},");
        // The smallest picture: only the placeholders matter.
        let placeholders = Kitty::new(DynamicImage::new_rgb8(1, 1), size, id, false, false)
            .map(Protocol::Kitty)
            .map_err(|error| error.to_string())?;
        // What ratatui-image would send it sends inside the first cell, once.
        let cell = Rect::new(0, 0, 1, 1);
        Image::new(&placeholders)
            .allow_clipping(true)
            .render(cell, &mut Buffer::empty(cell));
        Ok(Self {
            id,
            transmission: transmission(&control, &png.file, graphics.tmux),
            bytes: png.width as usize * png.height as usize * 4,
            is_whole: png.is_whole,
            size,
            placeholders,
        })
    }

    /// About how many bytes its placeholders cost on the line.
    pub(crate) fn placeholder_bytes(&self) -> usize {
        let (columns, rows) = (usize::from(self.size.width), usize::from(self.size.height));
        // Each row begins at a place of the screen, with a colour and two or three marks.
        rows * (columns * PLACEHOLDER.len_utf8() + 40)
    }

    /// Draws the placeholders.
    pub(crate) fn place(&self, area: Rect, buffer: &mut Buffer) {
        Image::new(&self.placeholders)
            .allow_clipping(true)
            .render(area, buffer);
        if self.id >> 24 != 0 {
            return;
        }
        // The third mark is the highest byte of the id, the second the column; without them
        // both are zero, unless the cell before shows the same picture.
        for y in area.top()..area.bottom().min(area.top() + self.size.height) {
            let before = area.left().checked_sub(1).and_then(|x| buffer.cell((x, y)));
            let begins = before.is_none_or(|cell| !cell.symbol().starts_with(PLACEHOLDER));
            if let Some(cell) = buffer.cell_mut((area.left(), y)) {
                let marks = if begins { 1 } else { 2 };
                let symbol: String = cell.symbol().chars().take(1 + marks).collect();
                cell.set_symbol(&symbol);
            }
        }
    }
}

/// The sequences that send a file, in chunks as the protocol wants them.
fn transmission(control: &str, file: &[u8], tmux: bool) -> String {
    let text = BASE64_STANDARD.encode(file);
    let mut sequences = String::new();
    let mut rest = text.as_str();
    let mut control = control;
    loop {
        let (chunk, after) = rest.split_at(rest.len().min(MAX_CHUNK));
        let more = u8::from(!after.is_empty());
        let sequence = format!("\x1b_Gq=2,{control}m={more};{chunk}\x1b\\");
        if tmux {
            push_through_tmux(&mut sequences, &sequence);
        } else {
            sequences += &sequence;
        }
        if after.is_empty() {
            return sequences;
        }
        (rest, control) = (after, "");
    }
}

/// Appends a sequence for the terminal around tmux.
fn push_through_tmux(sequences: &mut String, sequence: &str) {
    *sequences += "\x1bPtmux;";
    *sequences += &sequence.replace('\x1b', "\x1b\x1b");
    *sequences += "\x1b\\";
}

/// The pictures that the terminal stores for us.
#[derive(Debug, Default)]
pub(crate) struct KittyStore {
    /// By id: the size in bytes, and the frame that showed it last.
    pictures: BTreeMap<u32, (usize, u64)>,
    /// Whether escape sequences must be passed through tmux.
    tmux: bool,
    /// To be written before the next frame's text.
    escapes: String,
}

impl KittyStore {
    /// Without pictures.
    pub(crate) fn new(tmux: bool) -> Self {
        Self {
            tmux,
            ..Self::default()
        }
    }

    /// Sends a picture, unless the terminal has it.
    pub(crate) fn show(&mut self, picture: &KittyPicture, frame: u64) {
        let known = self
            .pictures
            .insert(picture.id, (picture.bytes, frame))
            .is_some();
        if !known {
            self.escapes += &picture.transmission;
        }
    }

    /// Whether the terminal has a picture.
    pub(crate) fn has(&self, id: u32) -> bool {
        self.pictures.contains_key(&id)
    }

    /// Deletes a picture, if the terminal has it.
    pub(crate) fn delete(&mut self, id: u32) {
        if self.pictures.remove(&id).is_some() {
            push_delete(&mut self.escapes, id, self.tmux);
        }
    }

    /// The screen was cleared. Some terminals delete the pictures then and others do
    /// not, so they are all deleted.
    pub(crate) fn on_screen_cleared(&mut self) {
        for (id, _) in std::mem::take(&mut self.pictures) {
            push_delete(&mut self.escapes, id, self.tmux);
        }
    }

    /// Deletes the pictures shown longest ago until the rest is within bounds, but none
    /// of this frame.
    pub(crate) fn evict(&mut self, frame: u64) {
        let mut bytes: usize = self.pictures.values().map(|(bytes, _)| bytes).sum();
        let mut old: Vec<(u64, u32, usize)> = self
            .pictures
            .iter()
            .filter(|(_, (_, shown))| *shown < frame)
            .map(|(id, (bytes, shown))| (*shown, *id, *bytes))
            .collect();
        old.sort_unstable();
        for (_, id, size) in old {
            if bytes <= MAX_HIDDEN_BYTES {
                break;
            }
            bytes -= size;
            self.delete(id);
        }
    }

    /// The escape sequences to be written before the next frame's text.
    pub(crate) fn take_escapes(&mut self) -> String {
        std::mem::take(&mut self.escapes)
    }

    /// The escape sequences that delete all of them, for when the terminal is released.
    pub(crate) fn exit_escapes(&self) -> String {
        let mut sequences = String::new();
        for id in self.pictures.keys() {
            push_delete(&mut sequences, *id, self.tmux);
        }
        sequences
    }
}

/// Appends the sequence that deletes a picture and its placements, without an answer.
fn push_delete(sequences: &mut String, id: u32, tmux: bool) {
    let sequence = format!("\x1b_Ga=d,d=I,i={id},q=2\x1b\\");
    if tmux {
        push_through_tmux(sequences, &sequence);
    } else {
        *sequences += &sequence;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(id: u32) -> KittyPicture {
        let pixels = RgbImage::new(40, 60);
        let graphics = Capabilities::halfblocks();
        KittyPicture::new(&pixels, Size::new(4, 3), id, Detail::FULL, &graphics).unwrap()
    }

    #[test]
    fn sending_and_placing_are_apart() {
        let picture = picture(0x0102_0304);
        assert!(picture.transmission.starts_with("\x1b_G"));
        assert!(picture.transmission.ends_with("\x1b\\"));
        assert!(!picture.transmission.contains(PLACEHOLDER));
        for part in ["i=16909060", "a=T,U=1,c=4,r=3,", "f=100,"] {
            assert!(picture.transmission.contains(part), "{part}");
        }
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 4));
        picture.place(Rect::new(1, 1, 4, 3), &mut buffer);
        for y in 1..4 {
            for x in 1..5 {
                let symbol = buffer[(x, y)].symbol();
                assert!(symbol.starts_with(PLACEHOLDER), "{symbol:?}");
            }
        }
        assert_eq!(buffer[(5, 1)].symbol(), " ");
    }

    /// The files that sequences send, by their first keys.
    fn files(sequences: &str) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<(String, String)> = Vec::new();
        for sequence in sequences.split("\x1b_G").skip(1) {
            let sequence = sequence.split('\x1b').next().unwrap();
            let (keys, chunk) = sequence.split_once(';').unwrap();
            assert!(chunk.len() <= MAX_CHUNK);
            if keys.contains("a=T") {
                files.push((keys.to_string(), String::new()));
            }
            files.last_mut().unwrap().1 += chunk;
        }
        let decode = |text: String| BASE64_STANDARD.decode(text).unwrap();
        let files = files.into_iter();
        files.map(|(keys, text)| (keys, decode(text))).collect()
    }

    /// Noise, which does not compress.
    fn noise(side: u32) -> RgbImage {
        let mut state = 1_u32;
        RgbImage::from_fn(side, side, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [r, g, b, _] = state.to_be_bytes();
            image::Rgb([r, g, b])
        })
    }

    #[test]
    fn the_terminal_gets_the_picture_in_chunks_through_tmux_too() {
        let noise = noise(150);
        for tmux in [false, true] {
            let graphics = Capabilities {
                tmux,
                ..Capabilities::halfblocks()
            };
            let size = Size::new(30, 15);
            let picture = KittyPicture::new(&noise, size, 5, Detail::FULL, &graphics).unwrap();
            let mut sent = picture.transmission.clone();
            if tmux {
                let wrapped: Vec<&str> = sent.split("\x1bPtmux;").skip(1).collect();
                assert!(wrapped.len() > 3);
                let inner = wrapped.iter().map(|one| {
                    let one = one.strip_suffix("\x1b\\").unwrap();
                    one.replace("\x1b\x1b", "\x1b")
                });
                sent = inner.collect();
            }
            let files = files(&sent);
            assert_eq!(files.len(), 1);
            // As many pixels as there are, however large it is shown.
            let shown = image::load_from_memory(&files[0].1).unwrap().to_rgb8();
            assert_eq!(shown.dimensions(), (150, 150));
            // In fewer colours, which noise hides.
            let pairs = shown.as_raw().iter().zip(noise.as_raw());
            let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            assert!(sum / (150 * 150 * 3) < 30, "{sum}");
            assert!(files[0].0.contains("c=30,r=15,f=100,m=1"), "{}", files[0].0);
        }
    }

    #[test]
    fn a_terminal_without_png_gets_pixels() {
        let graphics = Capabilities {
            kitty_png: false,
            ..Capabilities::halfblocks()
        };
        let noise = noise(9);
        let size = Size::new(4, 2);
        let picture = KittyPicture::new(&noise, size, 5, Detail::FULL, &graphics).unwrap();
        let files = files(&picture.transmission);
        assert_eq!(files[0].1, *noise.as_raw());
        assert!(files[0].0.contains("f=24,s=9,v=9,m=0"), "{}", files[0].0);
    }

    #[test]
    fn a_picture_is_sent_once_until_the_screen_is_cleared() {
        let one = picture(7);
        let mut kept = KittyStore::new(false);
        kept.show(&one, 1);
        assert_eq!(kept.take_escapes(), one.transmission);
        kept.show(&one, 2);
        assert_eq!(kept.take_escapes(), "");
        kept.on_screen_cleared();
        kept.show(&one, 3);
        let again = format!("\x1b_Ga=d,d=I,i=7,q=2\x1b\\{}", one.transmission);
        assert_eq!(kept.take_escapes(), again);
    }

    #[test]
    fn what_is_kept_unseen_is_bounded() {
        let mut kept = KittyStore::new(false);
        for id in 1..=30 {
            let one = KittyPicture {
                bytes: MAX_HIDDEN_BYTES / 10,
                ..picture(id)
            };
            kept.show(&one, id.into());
            kept.evict(id.into());
            assert!(
                kept.pictures.contains_key(&id) && kept.pictures.len() <= 10,
                "{id}"
            );
        }
        // Of one frame, all.
        for id in 1..=30 {
            let one = KittyPicture {
                bytes: MAX_HIDDEN_BYTES / 10,
                ..picture(id)
            };
            kept.show(&one, 31);
        }
        kept.evict(31);
        assert_eq!(kept.pictures.len(), 30);
    }

    #[test]
    fn at_the_end_exactly_ours_are_deleted() {
        for tmux in [false, true] {
            let mut kept = KittyStore::new(tmux);
            for id in [3, 9, 12] {
                kept.show(&picture(id), 1);
            }
            kept.delete(9);
            kept.delete(77);
            assert!(!kept.take_escapes().contains("i=77"));
            let farewell = kept.exit_escapes();
            assert_eq!(farewell.matches("d=I").count(), 2);
            assert!(farewell.contains("i=3,") && farewell.contains("i=12,"));
            assert_eq!(farewell.contains("\x1bPtmux;\x1b\x1b_G"), tmux);
        }
    }
}
