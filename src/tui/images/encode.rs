//! Encodes a picture for the terminal.

use image::imageops::FilterType;
use image::{DynamicImage, GenericImageView, RgbImage, imageops};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Color;
use ratatui::widgets::Widget;
use ratatui_image::Image;
use ratatui_image::picker::ProtocolType;
use ratatui_image::protocol::Protocol;
use ratatui_image::protocol::iterm2::Iterm2;
use ratatui_image::protocol::sixel::Sixel;

use super::blocks::render_blocks;
use super::capabilities::Capabilities;
use super::cells::BlockCell;
use super::detail::Detail;
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
    /// The data of a protocol that sends the picture each time.
    Protocol {
        /// The data.
        protocol: Box<Protocol>,
        /// The size of what is sent.
        bytes: usize,
    },
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
        let scale = detail_scale(detail, width * height);
        let (width, height) = (width.div_ceil(scale), height.div_ceil(scale));
        let picture = DynamicImage::ImageRgb8(fit(pixels, crop, (width, height), aspect));
        let tmux = graphics.tmux;
        let (protocol, bytes) = match protocol_type {
            ProtocolType::Sixel => {
                let sixel = Sixel::new(picture, size, tmux).map_err(|error| error.to_string())?;
                let bytes = sixel.data.len();
                (Protocol::Sixel(sixel), bytes)
            }
            ProtocolType::Iterm2 => {
                let inline = Iterm2::new(picture, size, tmux).map_err(|error| error.to_string())?;
                let bytes = inline.data.len();
                (Protocol::ITerm2(inline), bytes)
            }
            _ => {
                let kitty = KittyPicture::new(picture, size, id, graphics)?;
                return Ok(Self::Kitty(Box::new(kitty)));
            }
        };
        Ok(Self::Protocol {
            protocol: Box::new(protocol),
            bytes,
        })
    }

    /// About how many bytes showing it costs on the line. A picture that the terminal
    /// stores costs [`EncodedPicture::placing_bytes`] after the first time.
    pub(crate) fn line_bytes(&self) -> usize {
        match self {
            Self::Protocol { bytes, .. } => *bytes,
            Self::Kitty(picture) => picture.transmission.len() + self.placing_bytes(),
            Self::Blocks { .. } => self.placing_bytes(),
        }
    }

    /// About how many bytes its text costs on the line.
    pub(crate) fn placing_bytes(&self) -> usize {
        match self {
            Self::Blocks { cells, .. } => text_bytes(cells),
            Self::Protocol { .. } => 0,
            Self::Kitty(picture) => picture.placeholder_bytes(),
        }
    }

    /// About how many bytes it takes in memory.
    pub(crate) fn byte_len(&self) -> usize {
        match self {
            Self::Blocks { cells, .. } => size_of_val(cells.as_slice()),
            Self::Protocol { bytes, .. } => *bytes,
            Self::Kitty(picture) => picture.transmission.len(),
        }
    }

    /// The picture that the terminal stores, if it is one.
    pub(crate) fn kitty(&self) -> Option<&KittyPicture> {
        match self {
            Self::Kitty(picture) => Some(picture),
            Self::Blocks { .. } | Self::Protocol { .. } => None,
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
            Self::Protocol { protocol, .. } => {
                blank(area, buffer);
                Image::new(protocol)
                    .allow_clipping(true)
                    .render(area, buffer);
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

/// By how much the sides of a picture of so many pixels are divided.
fn detail_scale(detail: Detail, pixels: u32) -> u32 {
    (1..8)
        .find(|scale| (pixels / (scale * scale)) as usize <= detail.max_bytes())
        .unwrap_or(8)
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

/// What of a picture is shown where `aspect` is width by height: left, top, width,
/// height. A picture of about that shape is cropped to it; a very different one is shown
/// whole, between black bars: `None`.
fn region(pixels: &RgbImage, crop: Region, aspect: f64) -> Option<(u32, u32, u32, u32)> {
    let (mut w, mut h) = pixels.dimensions();
    let (mut x, mut y) = (0, 0);
    if crop == Region::Center {
        (x, y) = (w / 5, h / 5);
        (w, h) = ((w - 2 * x).max(1), (h - 2 * y).max(1));
    }
    let shape = f64::from(w) / f64::from(h);
    if crop == Region::Whole && !(0.8..1.25).contains(&(shape / aspect)) {
        return None;
    }
    if shape > aspect {
        let kept = ((f64::from(h) * aspect).round() as u32).clamp(1, w);
        x += (w - kept) / 2;
        w = kept;
    } else {
        let kept = ((f64::from(w) / aspect).round() as u32).clamp(1, h);
        y += (h - kept) / 2;
        h = kept;
    }
    Some((x, y, w, h))
}

/// Scales a [`region`] of a picture to exactly `width × height` pixels.
fn fit(pixels: &RgbImage, crop: Region, (width, height): (u32, u32), aspect: f64) -> RgbImage {
    if let Some(part) = region(pixels, crop, aspect) {
        return scale(pixels, part, (width, height));
    }
    let (w, h) = pixels.dimensions();
    let shape = f64::from(w) / f64::from(h);
    let (inner_width, inner_height) = if shape > aspect {
        let inner = (f64::from(height) * aspect / shape).round() as u32;
        (width, inner.clamp(1, height))
    } else {
        let inner = (f64::from(width) * shape / aspect).round() as u32;
        (inner.clamp(1, width), height)
    };
    let inner = scale(pixels, (0, 0, w, h), (inner_width, inner_height));
    let mut framed = RgbImage::new(width, height);
    imageops::replace(
        &mut framed,
        &inner,
        i64::from((width - inner_width) / 2),
        i64::from((height - inner_height) / 2),
    );
    framed
}

fn scale(
    pixels: &RgbImage,
    (x, y, w, h): (u32, u32, u32, u32),
    (width, height): (u32, u32),
) -> RgbImage {
    let part = pixels.view(x, y, w, h).to_image();
    if part.dimensions() == (width, height) {
        return part;
    }
    // Smaller: averaged, so that half blocks do not alias. Larger: cubic, so that small
    // faces do not show their pixels.
    let filter = if width < w {
        FilterType::Triangle
    } else {
        FilterType::CatmullRom
    };
    imageops::resize(&part, width, height, filter)
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
    fn a_wide_picture_keeps_its_shape_between_bars() {
        let wide = RgbImage::from_pixel(300, 100, Rgb([200, 200, 200]));
        let fitted = fit(&wide, Region::Whole, (90, 90), 1.0);
        assert_eq!(fitted.get_pixel(45, 5).0, [0, 0, 0]);
        assert_eq!(fitted.get_pixel(45, 45).0, [200, 200, 200]);
        assert_eq!(fitted.get_pixel(0, 45).0, [200, 200, 200]);
    }

    #[test]
    fn any_size_survives() {
        for (w, h) in [(1, 1), (1, 400), (400, 1), (3, 5)] {
            for crop in [Region::Whole, Region::Center] {
                let fitted = fit(&RgbImage::new(w, h), crop, (40, 38), 1.05);
                assert_eq!(fitted.dimensions(), (40, 38));
            }
        }
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
