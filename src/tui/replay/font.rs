//! The built-in font: Hack, with the coverage of each pixel of a cell.

use std::collections::HashMap;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};
use epaint_default_fonts::HACK_REGULAR;

use crate::error::{Error, Result};

/// How much of a bold character's column is added to the next one.
const BOLD: f32 = 0.6;

/// A line's ends, in parts of the cell: across, down.
type Stroke = [(f32, f32); 2];

/// The marks of the screens that the font lacks, as strokes.
const STROKES: [(char, [Stroke; 2]); 2] = [
    (
        '✓',
        [[(0.1, 0.55), (0.38, 0.76)], [(0.38, 0.76), (0.92, 0.26)]],
    ),
    (
        '✗',
        [[(0.12, 0.3), (0.88, 0.74)], [(0.88, 0.3), (0.12, 0.74)]],
    ),
];

/// The characters of a cell's size, drawn when they are first asked for.
pub(super) struct CellFont {
    font: FontRef<'static>,
    scale: PxScale,
    baseline: f32,
    size: (u16, u16),
    drawn: HashMap<(char, bool), Vec<f32>>,
}

impl CellFont {
    /// For cells of this many pixels.
    ///
    /// # Errors
    /// Never with the built-in font.
    pub(super) fn new(size: (u16, u16)) -> Result<Self> {
        let font = FontRef::try_from_slice(HACK_REGULAR)
            .map_err(|error| Error::invalid("the built-in font", error))?;
        let (width, height) = (f32::from(size.0), f32::from(size.1));
        // Every character of the font is as wide as a cell, and fits its height.
        let unit = font.as_scaled(PxScale::from(1.0));
        let across = width / unit.h_advance(font.glyph_id('x')).max(f32::EPSILON);
        let scale = PxScale {
            x: across,
            y: across.min(height),
        };
        let scaled = font.as_scaled(scale);
        let baseline = ((height - scaled.height()) / 2.0 + scaled.ascent()).round();
        Ok(Self {
            scale,
            baseline,
            font,
            size,
            drawn: HashMap::new(),
        })
    }

    /// Whether a character can be drawn.
    #[cfg(test)]
    pub(super) fn has(&self, c: char) -> bool {
        self.font.glyph_id(c).0 != 0 || STROKES.iter().any(|(mark, _)| *mark == c)
    }

    /// How much of each pixel of the cell a character covers (0 to 1), row by row.
    pub(super) fn coverage(&mut self, c: char, bold: bool) -> &[f32] {
        if !self.drawn.contains_key(&(c, bold)) {
            let drawn = self.draw(c, bold);
            self.drawn.insert((c, bold), drawn);
        }
        &self.drawn[&(c, bold)]
    }

    fn draw(&self, c: char, bold: bool) -> Vec<f32> {
        let (width, height) = (usize::from(self.size.0), usize::from(self.size.1));
        let mut coverage = vec![0.0; width * height];
        if let Some((_, strokes)) = STROKES.iter().find(|(mark, _)| *mark == c) {
            draw_strokes(strokes, (width, height), &mut coverage);
            return coverage;
        }
        let glyph = Glyph {
            id: self.font.glyph_id(c),
            scale: self.scale,
            position: point(0.0, self.baseline),
        };
        let Some(outline) = self.font.outline_glyph(glyph) else {
            return coverage;
        };
        let bounds = outline.px_bounds();
        let (left, top) = (bounds.min.x as i32, bounds.min.y as i32);
        outline.draw(|x, y, covered| {
            let (x, y) = (x as i32 + left, y as i32 + top);
            if (0..width as i32).contains(&x) && (0..height as i32).contains(&y) {
                coverage[y as usize * width + x as usize] = covered.clamp(0.0, 1.0);
            }
        });
        if bold {
            for row in coverage.chunks_exact_mut(width) {
                for x in (1..width).rev() {
                    row[x] = (row[x] + BOLD * row[x - 1]).min(1.0);
                }
            }
        }
        coverage
    }
}

/// Lines with round ends, as thick as a letter's stem.
fn draw_strokes(strokes: &[Stroke], (width, height): (usize, usize), coverage: &mut [f32]) {
    let half = width as f32 / 14.0;
    for (at, covered) in coverage.iter_mut().enumerate() {
        let (x, y) = ((at % width) as f32 + 0.5, (at / width) as f32 + 0.5);
        for stroke in strokes {
            let [from, to] = stroke.map(|(x, y)| (x * width as f32, y * height as f32));
            let along = (to.0 - from.0, to.1 - from.1);
            let length = along.0 * along.0 + along.1 * along.1;
            let share = ((x - from.0) * along.0 + (y - from.1) * along.1) / length;
            let share = share.clamp(0.0, 1.0);
            let away = (x - from.0 - share * along.0).hypot(y - from.1 - share * along.1);
            *covered = covered.max((half + 0.5 - away).clamp(0.0, 1.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_stays_in_its_cell_and_a_bold_one_has_more_ink() {
        let mut font = CellFont::new((10, 20)).unwrap();
        let ink = |coverage: &[f32]| coverage.iter().sum::<f32>();
        let plain = ink(font.coverage('M', false));
        let bold = ink(font.coverage('M', true));
        assert!(plain > 20.0 && bold > plain * 1.1, "{plain} {bold}");
        assert_eq!(ink(font.coverage(' ', false)), 0.0);
        assert_eq!(font.coverage('g', false).len(), 200);
    }

    /// The characters of the screens that are not drawn as rectangles.
    #[test]
    fn the_font_has_the_characters_of_the_screens() {
        let font = CellFont::new((10, 20)).unwrap();
        let text = "·…×−–σ●▸◂✓✗∞↓↑→←›‹é▲▾▴•†ä²‖±÷°≤≥≈√“”‘’ÄÖÜßçñøåșğłő√µ∑Δλ■□◆○";
        let lacking: String = text.chars().filter(|c| !font.has(*c)).collect();
        assert_eq!(lacking, "");
    }
}
