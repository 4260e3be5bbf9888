//! A screen as an SVG file: text as text, pictures as pictures.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::{GenericImageView, RgbImage};
use ratatui::buffer::Cell;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr;

use super::blocks::{Block, blocks};
use super::paint::Ink;
use super::palette::Palette;
use super::png_file::{self, Colours};
use super::screen::{Part, Screen};
use crate::error::Result;

/// Fonts that have the characters of the screens, the built-in one first.
const FONTS: &str = "Hack, 'DejaVu Sans Mono', Menlo, Consolas, monospace";

/// The file. `painted` is the same screen as pixels, from which pictures are cut.
///
/// # Errors
/// When the screen has no cells.
pub(crate) fn encode(screen: &Screen, painted: &RgbImage) -> Result<String> {
    let (buffer, facts) = (screen.buffer(), screen.facts());
    let (width, height) = (u32::from(facts.cell_size.0), u32::from(facts.cell_size.1));
    let area = buffer.area;
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" \
         height=\"{h}\" font-family=\"{FONTS}\" font-size=\"{size:.2}\" \
         shape-rendering=\"crispEdges\" xml:space=\"preserve\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{back}\"/>\n",
        w = painted.width(),
        h = painted.height(),
        size = f64::from(width) / 0.602,
        back = hex(Palette::of(facts.is_light).background),
    );
    let parts = screen.parts();
    for y in 0..area.height {
        let mut x = 0;
        while x < area.width {
            let run = Run::at(screen, x, y);
            run.write(
                (u32::from(x) * width, u32::from(y) * height),
                facts.cell_size,
                &mut svg,
            );
            x += run.columns;
        }
    }
    for (left, top, columns, rows) in picture_areas(&parts, area.width) {
        let (x, y) = (u32::from(left) * width, u32::from(top) * height);
        let (w, h) = (u32::from(columns) * width, u32::from(rows) * height);
        let cut = painted.view(x, y, w, h).to_image();
        let data = BASE64_STANDARD.encode(png_file::encode(&cut, Colours::All)?);
        let _ = writeln!(
            svg,
            "<image x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" \
             href=\"data:image/png;base64,{data}\"/>"
        );
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Cells side by side that look the same and that a font draws; or one cell of blocks.
struct Run {
    text: String,
    columns: u16,
    ink: Ink,
    bold: bool,
    underlined: bool,
    blocks: Vec<Block>,
    own_background: [u8; 3],
}

impl Run {
    fn at(screen: &Screen, x: u16, y: u16) -> Self {
        let (buffer, facts) = (screen.buffer(), screen.facts());
        let looks = |cell: &Cell| {
            let modifier = cell.modifier & (Modifier::BOLD | Modifier::UNDERLINED);
            (Ink::of_cell(cell, facts.is_light), modifier)
        };
        let (ink, modifier) = looks(&buffer[(x, y)]);
        let drawn = |cell: &Cell| {
            let c = cell.symbol().chars().next().unwrap_or(' ');
            blocks(c, facts.cell_size).filter(|_| c != ' ')
        };
        let mut run = Self {
            text: String::new(),
            columns: 0,
            ink,
            bold: modifier.contains(Modifier::BOLD),
            underlined: modifier.contains(Modifier::UNDERLINED),
            blocks: Vec::new(),
            own_background: Palette::of(facts.is_light).background,
        };
        if let Some(blocks) = drawn(&buffer[(x, y)]) {
            run.columns = 1;
            run.blocks = blocks;
            return run;
        }
        let mut next = x;
        while next < buffer.area.width {
            let cell = &buffer[(next, y)];
            if looks(cell) != (ink, modifier) || drawn(cell).is_some() {
                break;
            }
            run.text.push_str(cell.symbol());
            next += cell.symbol().width().max(1) as u16;
        }
        run.columns = next.min(buffer.area.width) - x;
        run
    }

    fn write(&self, (x, y): (u32, u32), cell: (u16, u16), svg: &mut String) {
        let (width, height) = (u32::from(cell.0), u32::from(cell.1));
        let across = width * u32::from(self.columns);
        if self.ink.background != self.own_background {
            let colour = hex(self.ink.background);
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{across}\" height=\"{height}\" fill=\"{colour}\"/>"
            );
        }
        let colour = hex(self.ink.text);
        for block in &self.blocks {
            let [left, top, right, bottom] = block.sides;
            let (w, h) = (width as f32, height as f32);
            let _ = writeln!(
                svg,
                "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\" fill=\"{colour}\" \
                 fill-opacity=\"{}\"/>",
                x as f32 + left * w,
                y as f32 + top * h,
                (right - left) * w,
                (bottom - top) * h,
                block.cover,
            );
        }
        if self.text.trim().is_empty() || self.text.starts_with('\u{10eeee}') {
            return;
        }
        let baseline = f64::from(y) + f64::from(height) * 0.78;
        let weight = if self.bold {
            " font-weight=\"bold\""
        } else {
            ""
        };
        let line = if self.underlined {
            " text-decoration=\"underline\""
        } else {
            ""
        };
        // Whatever font there is, the run takes its cells.
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{baseline:.1}\" textLength=\"{across}\" \
             lengthAdjust=\"spacingAndGlyphs\" fill=\"{colour}\"{weight}{line}>{}</text>",
            escape(&self.text)
        );
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Where the pictures are: left, top, columns, rows. Each area shows neighbouring parts of
/// one picture.
fn picture_areas(parts: &[Option<Part>], width: u16) -> Vec<(u16, u16, u16, u16)> {
    let width = usize::from(width).max(1);
    let rows = parts.len() / width;
    let mut is_done = vec![false; parts.len()];
    let follows = |one: &Option<Part>, other: Option<&Option<Part>>, step: (u16, u16)| {
        let (Some(one), Some(Some(other))) = (one, other) else {
            return false;
        };
        std::sync::Arc::ptr_eq(&one.picture, &other.picture)
            && (one.at.0 + step.0, one.at.1 + step.1) == other.at
    };
    let mut areas = Vec::new();
    for start in 0..parts.len() {
        if is_done[start] || parts[start].is_none() {
            continue;
        }
        let (left, top) = (start % width, start / width);
        let mut columns = 1;
        while left + columns < width
            && follows(
                &parts[start + columns - 1],
                parts.get(start + columns),
                (1, 0),
            )
        {
            columns += 1;
        }
        let mut height = 1;
        let below = |height: usize, x: usize| start + height * width + x;
        while top + height < rows
            && (0..columns).all(|x| {
                follows(
                    &parts[below(height - 1, x)],
                    parts.get(below(height, x)),
                    (0, 1),
                )
            })
        {
            height += 1;
        }
        for y in 0..height {
            is_done[below(y, 0)..below(y, columns)].fill(true);
        }
        areas.push((left as u16, top as u16, columns as u16, height as u16));
    }
    areas
}
