//! Characters that fill parts of their cell exactly, as rectangles: mosaics, block
//! elements, braille and lines. A font would leave gaps between them.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::tui::images::Mosaic;

/// A rectangle in parts of the cell (0 to 1): left, top, right, bottom; and how much of
/// it is covered (0 to 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Block {
    pub(super) sides: [f32; 4],
    pub(super) cover: f32,
}

/// The rectangles of a character in a cell of `size` pixels; `None` if a font draws it.
pub(super) fn blocks(c: char, size: (u16, u16)) -> Option<Vec<Block>> {
    match c {
        ' ' => return Some(Vec::new()),
        '░' => return Some(vec![shade(0.25)]),
        '▒' => return Some(vec![shade(0.5)]),
        '▓' => return Some(vec![shade(0.75)]),
        '▁'..='█' => {
            let eighths = (c as u32 - '▁' as u32 + 1) as f32;
            return Some(vec![block(0.0, 1.0 - eighths / 8.0, 1.0, 1.0)]);
        }
        '▉'..='▏' => {
            let eighths = ('▏' as u32 - c as u32 + 1) as f32;
            return Some(vec![block(0.0, 0.0, eighths / 8.0, 1.0)]);
        }
        '▔' => return Some(vec![block(0.0, 0.0, 1.0, 0.125)]),
        '▕' => return Some(vec![block(0.875, 0.0, 1.0, 1.0)]),
        '\u{2800}'..='\u{28ff}' => return Some(braille(c as u32 - 0x2800)),
        _ => {}
    }
    if let Some((shape, pattern)) = mosaics().get(&c) {
        return Some(mosaic(*shape, *pattern));
    }
    lines(c, size)
}

fn block(left: f32, top: f32, right: f32, bottom: f32) -> Block {
    Block {
        sides: [left, top, right, bottom],
        cover: 1.0,
    }
}

fn shade(cover: f32) -> Block {
    Block {
        sides: [0.0, 0.0, 1.0, 1.0],
        cover,
    }
}

/// The shape and the pattern of every character of mosaics.
fn mosaics() -> &'static HashMap<char, (Mosaic, u8)> {
    static MOSAICS: OnceLock<HashMap<char, (Mosaic, u8)>> = OnceLock::new();
    MOSAICS.get_or_init(|| {
        let patterns = |shape: Mosaic| (0..=shape.full()).map(move |pattern| (shape, pattern));
        let all = Mosaic::ALL.into_iter().rev().flat_map(patterns);
        all.map(|(shape, pattern)| (shape.symbol(pattern), (shape, pattern)))
            .collect()
    })
}

fn mosaic(shape: Mosaic, pattern: u8) -> Vec<Block> {
    let (across, down) = shape.grid();
    let (width, height) = (1.0 / across as f32, 1.0 / down as f32);
    let filled = (0..shape.part_count()).filter(|part| pattern >> part & 1 == 1);
    filled
        .map(|part| {
            let (x, y) = ((part % across) as f32, (part / across) as f32);
            block(x * width, y * height, (x + 1.0) * width, (y + 1.0) * height)
        })
        .collect()
}

/// Dots by the bits of the character's number.
fn braille(bits: u32) -> Vec<Block> {
    const PLACES: [(f32, f32); 8] = [
        (0.0, 0.0),
        (0.0, 1.0),
        (0.0, 2.0),
        (1.0, 0.0),
        (1.0, 1.0),
        (1.0, 2.0),
        (0.0, 3.0),
        (1.0, 3.0),
    ];
    let set = PLACES
        .iter()
        .enumerate()
        .filter(|(bit, _)| bits >> bit & 1 == 1);
    set.map(|(_, (column, row))| {
        let (x, y) = (0.25 + 0.5 * column, 0.125 + 0.25 * row);
        block(x - 0.11, y - 0.055, x + 0.11, y + 0.055)
    })
    .collect()
}

/// Lines from the middle of the cell: left, up, right, down; 0 is none, 1 a light one, 2 a
/// heavy one.
const LINES: [(char, [u8; 4]); 30] = [
    ('─', [1, 0, 1, 0]),
    ('│', [0, 1, 0, 1]),
    ('┌', [0, 0, 1, 1]),
    ('┐', [1, 0, 0, 1]),
    ('└', [0, 1, 1, 0]),
    ('┘', [1, 1, 0, 0]),
    ('╭', [0, 0, 1, 1]),
    ('╮', [1, 0, 0, 1]),
    ('╰', [0, 1, 1, 0]),
    ('╯', [1, 1, 0, 0]),
    ('├', [0, 1, 1, 1]),
    ('┤', [1, 1, 0, 1]),
    ('┬', [1, 0, 1, 1]),
    ('┴', [1, 1, 1, 0]),
    ('┼', [1, 1, 1, 1]),
    ('╴', [1, 0, 0, 0]),
    ('╵', [0, 1, 0, 0]),
    ('╶', [0, 0, 1, 0]),
    ('╷', [0, 0, 0, 1]),
    ('━', [2, 0, 2, 0]),
    ('┃', [0, 2, 0, 2]),
    ('┏', [0, 0, 2, 2]),
    ('┓', [2, 0, 0, 2]),
    ('┗', [0, 2, 2, 0]),
    ('┛', [2, 2, 0, 0]),
    ('╸', [2, 0, 0, 0]),
    ('╺', [0, 0, 2, 0]),
    ('╹', [0, 2, 0, 0]),
    ('╻', [0, 0, 0, 2]),
    ('╋', [2, 2, 2, 2]),
];

fn lines(c: char, (width, height): (u16, u16)) -> Option<Vec<Block>> {
    let (_, weights) = LINES.iter().find(|(line, _)| *line == c)?;
    // Whole pixels, as wide as a letter's stem.
    let stem = (f32::from(width) / 8.0).round().max(1.0);
    let (across, down) = (f32::from(width), f32::from(height));
    let middle = |side: f32, thick: f32| ((side - thick) / 2.0).floor();
    let mut blocks = Vec::new();
    for (direction, weight) in weights
        .iter()
        .enumerate()
        .filter(|(_, weight)| **weight > 0)
    {
        let thick = stem * f32::from(*weight);
        let (x, y) = (middle(across, thick), middle(down, thick));
        let [left, top, right, bottom] = match direction {
            0 => [0.0, y, x + thick, y + thick],
            1 => [x, 0.0, x + thick, y + thick],
            2 => [x, y, across, y + thick],
            _ => [x, y, x + thick, down],
        };
        blocks.push(block(
            left / across,
            top / down,
            right / across,
            bottom / down,
        ));
    }
    Some(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(c: char) -> f32 {
        let blocks = blocks(c, (8, 16)).unwrap();
        let area = |[left, top, right, bottom]: [f32; 4]| (right - left) * (bottom - top);
        blocks
            .iter()
            .map(|block| area(block.sides) * block.cover)
            .sum()
    }

    #[test]
    fn blocks_fill_what_their_names_say() {
        for (c, share) in [
            ('█', 1.0),
            ('▀', 0.5),
            ('▌', 0.5),
            ('▂', 0.25),
            ('▎', 0.25),
            ('▏', 0.125),
            ('▚', 0.5),
            ('▙', 0.75),
            ('▒', 0.5),
            ('\u{1fb00}', 1.0 / 6.0),
            ('\u{1cd00}', 1.0 / 8.0),
            ('⠀', 0.0),
        ] {
            assert!((covered(c) - share).abs() < 1e-5, "{c} {}", covered(c));
        }
        assert!(covered('⣿') > covered('⠁') * 7.9);
        assert!(covered('━') > covered('─') * 1.9);
        assert_eq!(blocks('a', (8, 16)), None);
    }
}
