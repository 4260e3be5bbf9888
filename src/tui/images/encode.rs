//! Encodes a picture for the terminal.

use image::{GenericImageView, RgbImage};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Color;
use ratatui_image::picker::ProtocolType;

use super::blocks::render_blocks;
use super::capabilities::Capabilities;
use super::cells::BlockCell;
use super::detail::Detail;
use super::fit::{fit, own_pixels, region};
use super::inline::InlinePicture;
use super::kitty::KittyPicture;
use super::picture::Region;

/// The longest side of a picture sent to the terminal, in pixels. Originals have 250,
/// and a sixel of 400 × 400 is about 200 KB.
const MAX_SIDE: u32 = 400;

/// A picture ready to be drawn.
pub(crate) enum EncodedPicture {
    /// Characters.
    Blocks {
        /// Row-major, `size.width × size.height` of them.
        cells: Vec<BlockCell>,
        /// In cells.
        size: Size,
    },
    /// A picture that is sent each time it is drawn.
    Inline(InlinePicture),
    /// A picture that the terminal stores.
    Kitty(Box<KittyPicture>),
}

impl EncodedPicture {
    /// Encodes pixels to fill `columns × rows` cells.
    ///
    /// # Errors
    /// The message of the protocol's encoder.
    pub(crate) fn new(
        pixels: &RgbImage,
        crop: Region,
        (columns, rows): (u16, u16),
        graphics: &Capabilities,
        detail: Detail,
        id: u32,
    ) -> Result<Self, String> {
        let size = Size::new(columns, rows);
        let protocol_type = graphics.protocol.unwrap_or(ProtocolType::Halfblocks);
        let (width, height) = (
            u32::from(columns) * u32::from(graphics.cell_size.0),
            u32::from(rows) * u32::from(graphics.cell_size.1),
        );
        // The picture's shape on the screen is that of the cells.
        let aspect = f64::from(width) / f64::from(height);
        if protocol_type == ProtocolType::Halfblocks {
            let cells = draw_cells(pixels, crop, (columns, rows), aspect, graphics);
            return Ok(Self::Blocks { cells, size });
        }
        let cell_pixels = (width, height);
        let own = own_pixels(pixels, crop, cell_pixels, aspect);
        let tmux = graphics.tmux;
        let inline = match protocol_type {
            ProtocolType::Sixel => {
                let fitted = fit(pixels, crop, cell_pixels, aspect);
                InlinePicture::sixel(&fitted, own, size, detail, tmux)?
            }
            ProtocolType::Iterm2 => {
                let fitted = fit(pixels, crop, own, aspect);
                InlinePicture::iterm2(&fitted, size, detail, tmux)?
            }
            _ => {
                let fitted = fit(pixels, crop, own, aspect);
                let kitty = KittyPicture::new(&fitted, size, id, detail, graphics)?;
                return Ok(Self::Kitty(Box::new(kitty)));
            }
        };
        Ok(Self::Inline(inline))
    }

    /// Whether more detail would not change it.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Inline(picture) => picture.is_whole,
            Self::Kitty(picture) => picture.is_whole,
            Self::Blocks { .. } => true,
        }
    }

    /// About how many bytes showing it costs on the line. A picture that the terminal
    /// stores costs [`EncodedPicture::placing_bytes`] after the first time.
    pub(crate) fn line_bytes(&self) -> usize {
        match self {
            Self::Inline(picture) => picture.data.len(),
            Self::Kitty(picture) => picture.transmission.len() + self.placing_bytes(),
            Self::Blocks { .. } => self.placing_bytes(),
        }
    }

    /// About how many bytes its text costs on the line.
    pub(crate) fn placing_bytes(&self) -> usize {
        match self {
            Self::Blocks { cells, .. } => text_bytes(cells),
            Self::Inline(_) => 0,
            Self::Kitty(picture) => picture.placeholder_bytes(),
        }
    }

    /// About how many bytes it takes in memory.
    pub(crate) fn byte_len(&self) -> usize {
        match self {
            Self::Blocks { cells, .. } => size_of_val(cells.as_slice()),
            Self::Inline(picture) => picture.data.len(),
            Self::Kitty(picture) => picture.transmission.len(),
        }
    }

    /// The picture that the terminal stores, if it is one.
    pub(crate) fn kitty(&self) -> Option<&KittyPicture> {
        match self {
            Self::Kitty(picture) => Some(picture),
            Self::Blocks { .. } | Self::Inline(_) => None,
        }
    }

    /// Draws it.
    pub(crate) fn render(&self, area: Rect, buffer: &mut Buffer) {
        match self {
            Self::Blocks { cells, size } => {
                for (row, y) in cells
                    .chunks(usize::from(size.width).max(1))
                    .zip(area.top()..area.bottom())
                {
                    for (block, x) in row.iter().zip(area.left()..area.right()) {
                        if let Some(cell) = buffer.cell_mut((x, y)) {
                            cell.reset();
                            cell.set_char(block.symbol)
                                .set_fg(block.fg)
                                .set_bg(block.bg);
                        }
                    }
                }
            }
            Self::Inline(picture) => {
                blank(area, buffer);
                picture.render(area, buffer);
            }
            Self::Kitty(picture) => {
                blank(area, buffer);
                picture.place(area, buffer);
            }
        }
    }
}

/// About how many bytes cells cost on the line: their characters, and each change of a
/// colour.
fn text_bytes(cells: &[BlockCell]) -> usize {
    let colour = |colour| match colour {
        Color::Rgb(..) => 17,
        Color::Indexed(_) => 11,
        _ => 5,
    };
    let (mut bytes, mut fg, mut bg) = (0, Color::Reset, Color::Reset);
    for cell in cells {
        bytes += cell.symbol.len_utf8();
        if cell.fg != fg {
            bytes += colour(cell.fg);
        }
        if cell.bg != bg {
            bytes += colour(cell.bg);
        }
        (fg, bg) = (cell.fg, cell.bg);
    }
    bytes
}

fn blank(area: Rect, buffer: &mut Buffer) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
}

/// The most rows of a picture within the longest side.
pub(crate) fn max_rows(cell: (u16, u16)) -> u16 {
    let rows = MAX_SIDE / u32::from(cell.1.max(1));
    u16::try_from(rows.max(2)).unwrap_or(u16::MAX)
}

/// Draws a region of a picture with characters.
fn draw_cells(
    pixels: &RgbImage,
    crop: Region,
    (columns, rows): (u16, u16),
    aspect: f64,
    graphics: &Capabilities,
) -> Vec<BlockCell> {
    let (across, down) = graphics.mosaic.grid();
    let part = match region(pixels, crop, aspect) {
        Some((x, y, w, h)) => pixels.view(x, y, w, h).to_image(),
        // Fine enough for any mosaic.
        None => {
            let side = |cells, parts| u32::from(cells) * parts as u32 * 3;
            fit(
                pixels,
                crop,
                (side(columns, across), side(rows, down)),
                aspect,
            )
        }
    };
    let size = (usize::from(columns), usize::from(rows));
    let light = graphics.light_background == Some(true);
    render_blocks(&part, size, graphics.mosaic, graphics.depth, light)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn halves() -> RgbImage {
        RgbImage::from_fn(100, 100, |x, _| {
            if x < 50 {
                Rgb([255, 0, 0])
            } else {
                Rgb([0, 0, 255])
            }
        })
    }

    #[test]
    fn half_blocks_carry_the_pictures_colours() {
        let encoded = EncodedPicture::new(
            &halves(),
            Region::Whole,
            (20, 10),
            &Capabilities::halfblocks(),
            Detail::FULL,
            1,
        )
        .unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 30, 12));
        encoded.render(Rect::new(2, 1, 20, 10), &mut buffer);
        assert_eq!(buffer[(2, 1)].bg, Color::Rgb(255, 0, 0));
        assert_eq!(buffer[(21, 10)].bg, Color::Rgb(0, 0, 255));
        assert_eq!(buffer[(22, 1)].bg, Color::Reset);
    }

    #[test]
    fn every_protocol_fills_its_cells() {
        for protocol in [
            ProtocolType::Sixel,
            ProtocolType::Kitty,
            ProtocolType::Iterm2,
        ] {
            let graphics = Capabilities {
                protocol: Some(protocol),
                cell_size: (8, 16),
                ..Capabilities::halfblocks()
            };
            let encoded = EncodedPicture::new(
                &halves(),
                Region::Whole,
                (8, 4),
                &graphics,
                Detail::FULL,
                77,
            )
            .unwrap();
            let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 6));
            encoded.render(Rect::new(1, 1, 8, 4), &mut buffer);
            let data = buffer[(1, 1)].symbol();
            let sign = match protocol {
                ProtocolType::Sixel => "\x1bP",
                // A placeholder; the picture is sent separately.
                ProtocolType::Kitty => "\u{10eeee}",
                _ => "\x1b]1337;File=",
            };
            assert!(data.contains(sign), "{protocol:?}");
            assert_eq!(encoded.kitty().is_some(), protocol == ProtocolType::Kitty);
        }
    }
}
