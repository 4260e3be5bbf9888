//! Pictures by kitty's protocol. The terminal stores them by id, and placeholders in
//! the text show them. ratatui-image sends a picture once, inside the first cell
//! drawn, and never again; but a cleared screen loses its pictures. So sending and
//! placing are separate here, and what was sent is deleted again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use image::DynamicImage;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;
use ratatui_image::Image;
use ratatui_image::protocol::Protocol;
use ratatui_image::protocol::kitty::Kitty;

use super::capabilities::Capabilities;
use super::placeholder::PLACEHOLDER;

/// What the terminal may store besides the pictures in view, in bytes of their pixels:
/// enough to return to a tab without sending its pictures again.
const MAX_HIDDEN_BYTES: usize = 16 << 20;

/// A picture that the terminal stores.
pub(crate) struct KittyPicture {
    /// Its id in the terminal.
    pub id: u32,
    /// The escape sequence that sends it.
    pub transmission: String,
    /// The size of its pixels in the terminal, in bytes.
    pub bytes: usize,
    /// In cells.
    size: Size,
    /// Draws the placeholders; what it would send has been taken out.
    placeholders: Protocol,
}

impl KittyPicture {
    /// A picture of `size` cells.
    ///
    /// # Errors
    /// The message of ratatui-image's encoder.
    pub(crate) fn new(
        picture: DynamicImage,
        size: Size,
        id: u32,
        graphics: &Capabilities,
    ) -> Result<Self, String> {
        let bytes = picture.width() as usize * picture.height() as usize * 4;
        let new = |picture, compressed| {
            Kitty::new(picture, size, id, graphics.tmux, compressed)
                .map(Protocol::Kitty)
                .map_err(|error| error.to_string())
        };
        let whole = first_cell(&new(picture, graphics.kitty_compression)?);
        let transmission = match whole.split_once(PLACEHOLDER) {
            // With its number of cells, because the terminal would compute that from its
            // own size of a cell, which may differ from ours.
            Some((transmission, _)) => transmission.replacen(
                "a=T,U=1,",
                &format!("a=T,U=1,c={},r={},", size.width, size.height),
                1,
            ),
            None => return Err("the picture has no cell".to_string()),
        };
        // The smallest picture: only the placeholders matter.
        let placeholders = new(DynamicImage::new_rgb8(1, 1), false)?;
        first_cell(&placeholders);
        Ok(Self {
            id,
            transmission,
            bytes,
            size,
            placeholders,
        })
    }

    /// About how many bytes its placeholders cost on the line.
    pub(crate) fn placeholder_bytes(&self) -> usize {
        let (columns, rows) = (usize::from(self.size.width), usize::from(self.size.height));
        // Each row begins at a place of the screen, with a colour and three marks.
        rows * (columns * PLACEHOLDER.len_utf8() + 40)
    }

    /// Draws the placeholders.
    pub(crate) fn place(&self, area: Rect, buffer: &mut Buffer) {
        Image::new(&self.placeholders)
            .allow_clipping(true)
            .render(area, buffer);
    }
}

/// The text of the first cell, which the first time holds the sequence that sends the
/// picture.
fn first_cell(protocol: &Protocol) -> String {
    let cell = Rect::new(0, 0, 1, 1);
    let mut buffer = Buffer::empty(cell);
    Image::new(protocol)
        .allow_clipping(true)
        .render(cell, &mut buffer);
    buffer[(0, 0)].symbol().to_string()
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
    // Writing to a string cannot fail.
    let _ = if tmux {
        write!(
            sequences,
            "\x1bPtmux;\x1b\x1b_Ga=d,d=I,i={id},q=2\x1b\x1b\\\x1b\\"
        )
    } else {
        write!(sequences, "\x1b_Ga=d,d=I,i={id},q=2\x1b\\")
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(id: u32) -> KittyPicture {
        let pixels = DynamicImage::new_rgb8(40, 60);
        KittyPicture::new(pixels, Size::new(4, 3), id, &Capabilities::halfblocks()).unwrap()
    }

    #[test]
    fn sending_and_placing_are_apart() {
        let picture = picture(0x0102_0304);
        assert!(picture.transmission.starts_with("\x1b_G"));
        assert!(picture.transmission.ends_with("\x1b\\"));
        assert!(!picture.transmission.contains(PLACEHOLDER));
        for part in ["i=16909060", "a=T,U=1,c=4,r=3,", "s=40,v=60"] {
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
