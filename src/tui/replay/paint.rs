//! Paints a screen's cells as pixels.

use image::{Rgb, RgbImage};
use ratatui::buffer::Cell;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr;

use super::blocks::{Block, blocks};
use super::font::CellFont;
use super::palette::Palette;
use super::screen::{Part, Screen};
use crate::error::{Error, Result};
use crate::tui::images::placeholder::PLACEHOLDER;

/// The most pixels of a picture of a screen.
const MOST_PIXELS: u32 = 1 << 26;

/// How a cell is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ink {
    pub(super) text: [u8; 3],
    pub(super) background: [u8; 3],
}

impl Ink {
    pub(super) fn of_cell(cell: &Cell, is_light: bool) -> Self {
        let palette = Palette::of(is_light);
        let mut ink = Self {
            text: palette.text(cell.fg),
            background: palette.behind(cell.bg),
        };
        let modifier = cell.modifier;
        if modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut ink.text, &mut ink.background);
        }
        if modifier.contains(Modifier::DIM) {
            ink.text = ink.blend(0.5);
        }
        if modifier.contains(Modifier::HIDDEN) {
            ink.text = ink.background;
        }
        ink
    }

    /// The colour where this much of the background is covered (0 to 1).
    fn blend(self, cover: f32) -> [u8; 3] {
        std::array::from_fn(|i| {
            let (front, back) = (f32::from(self.text[i]), f32::from(self.background[i]));
            (back + (front - back) * cover).round() as u8
        })
    }
}

/// Paints screens of one size of cells.
pub(crate) struct Painter {
    cell_size: (u16, u16),
    font: CellFont,
}

impl Painter {
    /// For cells of this many pixels.
    ///
    /// # Errors
    /// Never with the built-in font.
    pub(crate) fn new(cell_size: (u16, u16)) -> Result<Self> {
        Ok(Self {
            cell_size,
            font: CellFont::new(cell_size)?,
        })
    }

    /// The screen as a picture.
    ///
    /// # Errors
    /// When it has too many pixels.
    pub(crate) fn paint(&mut self, screen: &Screen) -> Result<RgbImage> {
        let facts = screen.facts();
        if facts.cell_size != self.cell_size {
            *self = Self::new(facts.cell_size)?;
        }
        let area = screen.buffer().area;
        let (width, height) = (u32::from(self.cell_size.0), u32::from(self.cell_size.1));
        let size = (
            u32::from(area.width) * width,
            u32::from(area.height) * height,
        );
        if size.0.saturating_mul(size.1) > MOST_PIXELS {
            let problem = format!("{} × {} pixels are too many to draw", size.0, size.1);
            return Err(Error::invalid("screen", problem));
        }
        let mut picture =
            RgbImage::from_pixel(size.0, size.1, Rgb(Palette::of(facts.is_light).background));
        let parts = screen.parts();
        for (position, part) in area.positions().zip(&parts) {
            let cell = &screen.buffer()[position];
            let corner = (
                u32::from(position.x) * width,
                u32::from(position.y) * height,
            );
            let ink = Ink::of_cell(cell, facts.is_light);
            self.paint_cell(&mut picture, corner, cell, ink);
            if let Some(part) = part {
                paint_part(&mut picture, corner, part, self.cell_size);
            }
        }
        Ok(picture)
    }

    fn paint_cell(&mut self, picture: &mut RgbImage, corner: (u32, u32), cell: &Cell, ink: Ink) {
        let columns = cell.symbol().width().max(1) as u32;
        let (width, height) = (u32::from(self.cell_size.0), u32::from(self.cell_size.1));
        let background = Rgb(ink.background);
        fill(picture, corner, (columns * width, height), background);
        let Some(c) = cell.symbol().chars().next() else {
            return;
        };
        if c == PLACEHOLDER {
            return;
        }
        if let Some(blocks) = blocks(c, self.cell_size) {
            for block in blocks {
                paint_block(picture, corner, (width, height), block, ink);
            }
        } else {
            let bold = cell.modifier.contains(Modifier::BOLD);
            let coverage = self.font.coverage(c, bold);
            let rows = coverage.chunks_exact(width as usize);
            for (row, y) in rows.zip(corner.1..picture.height()) {
                for (cover, x) in row.iter().zip(corner.0..picture.width()) {
                    if *cover > 0.0 {
                        picture.put_pixel(x, y, Rgb(ink.blend(*cover)));
                    }
                }
            }
        }
        let line = (width * columns, (height / 16).max(1));
        if cell.modifier.contains(Modifier::UNDERLINED) {
            fill(
                picture,
                (corner.0, corner.1 + height - 2 * line.1),
                line,
                Rgb(ink.text),
            );
        }
        if cell.modifier.contains(Modifier::CROSSED_OUT) {
            fill(
                picture,
                (corner.0, corner.1 + height / 2),
                line,
                Rgb(ink.text),
            );
        }
    }
}

fn fill(picture: &mut RgbImage, (left, top): (u32, u32), size: (u32, u32), colour: Rgb<u8>) {
    for y in top..(top + size.1).min(picture.height()) {
        for x in left..(left + size.0).min(picture.width()) {
            picture.put_pixel(x, y, colour);
        }
    }
}

fn paint_block(
    picture: &mut RgbImage,
    (left, top): (u32, u32),
    (width, height): (u32, u32),
    block: Block,
    ink: Ink,
) {
    let colour = Rgb(ink.blend(block.cover));
    // Edges lie on pixels, so that neighbours meet.
    let edge = |share: f32, side: u32| (share * side as f32).round() as u32;
    let [from_x, from_y, to_x, to_y] = block.sides;
    let (x, y) = (edge(from_x, width), edge(from_y, height));
    let (to_x, to_y) = (edge(to_x, width).max(x + 1), edge(to_y, height).max(y + 1));
    fill(picture, (left + x, top + y), (to_x - x, to_y - y), colour);
}

/// Copies what a cell shows of a picture.
fn paint_part(picture: &mut RgbImage, (left, top): (u32, u32), part: &Part, cell: (u16, u16)) {
    let from_x = u32::from(part.at.0) * u32::from(cell.0);
    let from_y = u32::from(part.at.1) * u32::from(cell.1);
    for y in 0..u32::from(cell.1) {
        for x in 0..u32::from(cell.0) {
            let Some(source) = part
                .picture
                .pixels
                .get_pixel_checked(from_x + x, from_y + y)
            else {
                continue;
            };
            if source.0[3] > 127 && left + x < picture.width() && top + y < picture.height() {
                let [r, g, b, _] = source.0;
                picture.put_pixel(left + x, top + y, Rgb([r, g, b]));
            }
        }
    }
}
