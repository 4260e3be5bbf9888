//! A picture in linear light, and the coverage masks (antialiased, possibly softened shapes)
//! through which it is painted. tiny-skia rasterises the shapes; colours are computed per pixel, so
//! that skin and hair can be shaded.

use tiny_skia::{FillRule, Mask, Path, PathBuilder, Transform};

use super::numeric::{Colour, Point, bump, mix};

/// Side of a picture in pixels, as LFW's.
pub(super) const SIDE: usize = 250;

/// Coverage below this is not painted.
const FAINT: f32 = 0.002;

pub(super) struct Canvas {
    /// Row-major, linear light.
    pub(super) pixels: Vec<Colour>,
}

impl Canvas {
    pub(super) fn new() -> Self {
        Self {
            pixels: vec![[0.0; 3]; SIDE * SIDE],
        }
    }

    /// Sets every pixel from a shader without fine detail, which is evaluated at every fourth
    /// pixel.
    pub(super) fn fill(&mut self, shade: impl Fn(f32, f32) -> Colour) {
        const STEP: usize = 4;
        const KNOTS: usize = SIDE / STEP + 2;
        let at = |knot: usize| (knot * STEP) as f32 + 0.5;
        let mut above = [[0.0; 3]; KNOTS];
        let mut below = [[0.0; 3]; KNOTS];
        let row_of = |row: usize, knots: &mut [Colour; KNOTS]| {
            for (column, knot) in knots.iter_mut().enumerate() {
                *knot = shade(at(column), at(row));
            }
        };
        row_of(0, &mut below);
        for y in 0..SIDE {
            if y % STEP == 0 {
                above = below;
                row_of(y / STEP + 1, &mut below);
            }
            let down = (y % STEP) as f32 / STEP as f32;
            for x in 0..SIDE {
                let (knot, right) = (x / STEP, (x % STEP) as f32 / STEP as f32);
                let pixel = &mut self.pixels[y * SIDE + x];
                for (channel, value) in pixel.iter_mut().enumerate() {
                    let upper = mix(above[knot][channel], above[knot + 1][channel], right);
                    let lower = mix(below[knot][channel], below[knot + 1][channel], right);
                    *value = mix(upper, lower, down);
                }
            }
        }
    }

    /// Like [`Canvas::paint`] for a shader without fine detail, which is evaluated at every second
    /// pixel in both directions.
    pub(super) fn paint_smooth(&mut self, coverage: &Coverage, shade: impl Fn(f32, f32) -> Colour) {
        let knots = coverage.width / 2 + 2;
        let mut above = vec![[0.0; 3]; knots];
        let mut below = vec![[0.0; 3]; knots];
        let row_of = |row: usize, line: &mut [Colour]| {
            let Some((first, last)) = coverage.extent(row.saturating_sub(2), row + 2) else {
                return;
            };
            for (knot, colour) in line.iter_mut().enumerate() {
                if 2 * knot + 2 > first && 2 * knot < last + 2 {
                    let x = (coverage.left + 2 * knot) as f32 + 0.5;
                    *colour = shade(x, (coverage.top + row) as f32 + 0.5);
                }
            }
        };
        row_of(0, &mut below);
        for row in 0..coverage.height {
            if row % 2 == 0 {
                std::mem::swap(&mut above, &mut below);
                row_of(row + 2, &mut below);
            }
            let line = (coverage.top + row) * SIDE + coverage.left;
            let amounts = &coverage.values[row * coverage.width..(row + 1) * coverage.width];
            for (column, &amount) in amounts.iter().enumerate() {
                if amount <= FAINT {
                    continue;
                }
                let (knot, next) = (column / 2, column.div_ceil(2));
                let pixel = &mut self.pixels[line + column];
                for (channel, value) in pixel.iter_mut().enumerate() {
                    let upper = above[knot][channel] + above[next][channel];
                    let colour = if row % 2 == 0 {
                        0.5 * upper
                    } else {
                        0.25 * (upper + below[knot][channel] + below[next][channel])
                    };
                    *value = mix(*value, colour, amount);
                }
            }
        }
    }

    /// Paints through a mask; the shader gives the colour at a pixel's centre.
    pub(super) fn paint(&mut self, coverage: &Coverage, shade: impl Fn(f32, f32) -> Colour) {
        self.paint_veil(coverage, |x, y| (shade(x, y), 1.0));
    }

    /// Paints through a mask; the shader also gives the opacity, 0 to 1.
    pub(super) fn paint_veil(
        &mut self,
        coverage: &Coverage,
        shade: impl Fn(f32, f32) -> (Colour, f32),
    ) {
        for row in 0..coverage.height {
            let y = coverage.top + row;
            for column in 0..coverage.width {
                let amount = coverage.values[row * coverage.width + column];
                if amount <= FAINT {
                    continue;
                }
                let x = coverage.left + column;
                let (colour, opacity) = shade(x as f32 + 0.5, y as f32 + 0.5);
                let share = amount * opacity;
                let pixel = &mut self.pixels[y * SIDE + x];
                for channel in 0..3 {
                    pixel[channel] = mix(pixel[channel], colour[channel], share);
                }
            }
        }
    }

    /// Paints one colour at an opacity.
    pub(super) fn tint(&mut self, coverage: &Coverage, colour: Colour, opacity: f32) {
        self.paint_veil(coverage, |_, _| (colour, opacity));
    }

    /// Multiplies the existing colours: a shadow (factors below 1) or a glow (above).
    pub(super) fn multiply(&mut self, coverage: &Coverage, factor: Colour) {
        for row in 0..coverage.height {
            for column in 0..coverage.width {
                let amount = coverage.values[row * coverage.width + column];
                let pixel = &mut self.pixels[(coverage.top + row) * SIDE + coverage.left + column];
                for channel in 0..3 {
                    pixel[channel] *= mix(1.0, factor[channel], amount);
                }
            }
        }
    }
}

/// How much of each pixel a shape covers, 0 to 1, in a window of the picture.
#[derive(Clone)]
pub(super) struct Coverage {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Coverage {
    fn empty() -> Self {
        Self {
            left: 0,
            top: 0,
            width: 0,
            height: 0,
            values: Vec::new(),
        }
    }

    /// The window from (left, top) to (right, bottom), clipped to the picture.
    fn window(left: f32, top: f32, right: f32, bottom: f32) -> Option<Self> {
        let clip = |value: f32| value.clamp(0.0, SIDE as f32) as usize;
        let (left, top) = (clip(left.floor()), clip(top.floor()));
        let (right, bottom) = (clip(right.ceil()), clip(bottom.ceil()));
        (left < right && top < bottom).then(|| Self {
            left,
            top,
            width: right - left,
            height: bottom - top,
            values: vec![0.0; (right - left) * (bottom - top)],
        })
    }

    /// The inside of a path, its edge softened over about `softness` pixels.
    pub(super) fn of(path: Option<Path>, softness: f32) -> Self {
        let Some(path) = path else {
            return Self::empty();
        };
        let bounds = path.bounds();
        let margin = 1.0 + softness * 2.0;
        let Some(mut coverage) = Self::window(
            bounds.left() - margin,
            bounds.top() - margin,
            bounds.right() + margin,
            bounds.bottom() + margin,
        ) else {
            return Self::empty();
        };
        let Some(mut mask) = Mask::new(coverage.width as u32, coverage.height as u32) else {
            return Self::empty();
        };
        let shift = Transform::from_translate(-(coverage.left as f32), -(coverage.top as f32));
        mask.fill_path(&path, FillRule::Winding, true, shift);
        for (value, &byte) in coverage.values.iter_mut().zip(mask.data()) {
            *value = f32::from(byte) / 255.0;
        }
        coverage.soften(softness);
        coverage
    }

    /// A round spot that fades from 1 at its centre to 0 at its radii.
    pub(super) fn spot(centre: Point, across: f32, down: f32) -> Self {
        Self::tilted_spot(centre, across, down, (0.0, 1.0))
    }

    /// A spot turned by the angle whose (sine, cosine) is given.
    pub(super) fn tilted_spot(centre: Point, across: f32, down: f32, turn: (f32, f32)) -> Self {
        let reach = across.max(down);
        let Some(mut coverage) = Self::window(
            centre.0 - reach,
            centre.1 - reach,
            centre.0 + reach,
            centre.1 + reach,
        ) else {
            return Self::empty();
        };
        let (sine, cosine) = turn;
        coverage.fill_with(|x, y| {
            let (dx, dy) = (x - centre.0, y - centre.1);
            let u = (dx * cosine + dy * sine) / across;
            let v = (dy * cosine - dx * sine) / down;
            bump(u * u + v * v)
        });
        coverage
    }

    fn fill_with(&mut self, value: impl Fn(f32, f32) -> f32) {
        for row in 0..self.height {
            for column in 0..self.width {
                let x = (self.left + column) as f32 + 0.5;
                let y = (self.top + row) as f32 + 0.5;
                self.values[row * self.width + column] = value(x, y);
            }
        }
    }

    /// First and last covered column of the given rows, if any.
    fn extent(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        let mut extent: Option<(usize, usize)> = None;
        for row in from..=to.min(self.height - 1) {
            let line = &self.values[row * self.width..(row + 1) * self.width];
            let Some(first) = line.iter().position(|&value| value > FAINT) else {
                continue;
            };
            let last = line
                .iter()
                .rposition(|&value| value > FAINT)
                .unwrap_or(first);
            let (low, high) = extent.unwrap_or((first, last));
            extent = Some((low.min(first), high.max(last)));
        }
        extent
    }

    /// Scales the coverage at each pixel.
    pub(super) fn shaped(mut self, factor: impl Fn(f32, f32) -> f32) -> Self {
        for row in 0..self.height {
            for column in 0..self.width {
                let value = &mut self.values[row * self.width + column];
                if *value > 0.0 {
                    let x = (self.left + column) as f32 + 0.5;
                    let y = (self.top + row) as f32 + 0.5;
                    *value *= factor(x, y);
                }
            }
        }
        self
    }

    /// The coverage of both.
    pub(super) fn within(self, other: &Self) -> Self {
        self.combined(other, |mine, theirs| mine * theirs)
    }

    /// The coverage of this without the other.
    pub(super) fn without(self, other: &Self) -> Self {
        self.combined(other, |mine, theirs| mine * (1.0 - theirs))
    }

    fn combined(mut self, other: &Self, rule: impl Fn(f32, f32) -> f32) -> Self {
        for row in 0..self.height {
            for column in 0..self.width {
                let theirs = other.at(self.left + column, self.top + row);
                let value = &mut self.values[row * self.width + column];
                *value = rule(*value, theirs);
            }
        }
        self
    }

    fn at(&self, x: usize, y: usize) -> f32 {
        let column = x.wrapping_sub(self.left);
        let row = y.wrapping_sub(self.top);
        if column < self.width && row < self.height {
            self.values[row * self.width + column]
        } else {
            0.0
        }
    }

    /// Two box blurs each way: close to a Gaussian.
    fn soften(&mut self, softness: f32) {
        let radius = softness.round() as usize;
        if radius == 0 {
            return;
        }
        let mut copy = Vec::with_capacity(self.values.len());
        for _ in 0..2 {
            for line in self.values.chunks_exact_mut(self.width) {
                blur_line(line, radius, &mut copy);
            }
            blur_columns(&mut self.values, self.width, radius, &mut copy);
        }
    }
}

/// Averages each value with `radius` neighbours on both sides. Masks have an empty margin, except
/// at the picture's edge, which repeats.
fn blur_line(line: &mut [f32], radius: usize, copy: &mut Vec<f32>) {
    copy.clear();
    copy.extend_from_slice(line);
    let weight = 1.0 / (2 * radius + 1) as f32;
    let at = |index: isize| copy[index.clamp(0, copy.len() as isize - 1) as usize];
    let reach = radius as isize;
    let mut sum: f32 = (-reach..=reach).map(at).sum();
    for (index, value) in line.iter_mut().enumerate() {
        *value = (sum * weight).max(0.0);
        sum += at(index as isize + reach + 1) - at(index as isize - reach);
    }
}

/// The same down the columns, a row at a time.
fn blur_columns(values: &mut [f32], width: usize, radius: usize, copy: &mut Vec<f32>) {
    copy.clear();
    copy.extend_from_slice(values);
    let rows = values.len() / width;
    let weight = 1.0 / (2 * radius + 1) as f32;
    let at = |row: isize| {
        let row = row.clamp(0, rows as isize - 1) as usize;
        &copy[row * width..(row + 1) * width]
    };
    let reach = radius as isize;
    let mut sums = vec![0.0f32; width];
    for row in -reach..=reach {
        for (sum, value) in sums.iter_mut().zip(at(row)) {
            *sum += value;
        }
    }
    for (row, line) in values.chunks_exact_mut(width).enumerate() {
        let (enters, leaves) = (at(row as isize + reach + 1), at(row as isize - reach));
        for (((value, sum), enters), leaves) in
            line.iter_mut().zip(&mut sums).zip(enters).zip(leaves)
        {
            *value = (*sum * weight).max(0.0);
            *sum += enters - leaves;
        }
    }
}

/// A smooth closed curve through the points (Catmull–Rom).
pub(super) fn closed_curve(points: &[Point]) -> Option<Path> {
    let count = points.len();
    let mut builder = PathBuilder::new();
    builder.move_to(points.first()?.0, points.first()?.1);
    for index in 0..count {
        let [before, from, to, after] =
            [count - 1, 0, 1, 2].map(|offset| points[(index + offset) % count]);
        bend(&mut builder, before, from, to, after);
    }
    builder.close();
    builder.finish()
}

/// A smooth curve along `outward`, then along `back`, with corners where they meet.
pub(super) fn two_curves(outward: &[Point], back: &[Point]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    builder.move_to(outward.first()?.0, outward.first()?.1);
    for side in [outward, back] {
        builder.line_to(side.first()?.0, side.first()?.1);
        for index in 0..side.len().saturating_sub(1) {
            let before = side[index.saturating_sub(1)];
            let after = side[(index + 2).min(side.len() - 1)];
            bend(&mut builder, before, side[index], side[index + 1], after);
        }
    }
    builder.close();
    builder.finish()
}

fn bend(builder: &mut PathBuilder, before: Point, from: Point, to: Point, after: Point) {
    builder.cubic_to(
        from.0 + (to.0 - before.0) / 6.0,
        from.1 + (to.1 - before.1) / 6.0,
        to.0 - (after.0 - from.0) / 6.0,
        to.1 - (after.1 - from.1) / 6.0,
        to.0,
        to.1,
    );
}

/// Straight edges between the points.
pub(super) fn polygon(points: &[Point]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    builder.move_to(points.first()?.0, points.first()?.1);
    for point in &points[1..] {
        builder.line_to(point.0, point.1);
    }
    builder.close();
    builder.finish()
}

/// An ellipse.
pub(super) fn ellipse(centre: Point, across: f32, down: f32) -> Option<Path> {
    let corner =
        tiny_skia::Rect::from_xywh(centre.0 - across, centre.1 - down, 2.0 * across, 2.0 * down)?;
    PathBuilder::from_oval(corner)
}

/// A brush stroke along the points, of the given full width at each.
pub(super) fn stroke(points: &[Point], width: impl Fn(f32) -> f32) -> Option<Path> {
    let last = points.len().checked_sub(1)?;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (index, &(x, y)) in points.iter().enumerate() {
        let from = points[index.saturating_sub(1)];
        let to = points[(index + 1).min(last)];
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).sqrt().max(1e-3);
        let half = width(index as f32 / last.max(1) as f32) / 2.0;
        let (nx, ny) = (-dy / length * half, dx / length * half);
        left.push((x + nx, y + ny));
        right.push((x - nx, y - ny));
    }
    right.reverse();
    two_curves(&left, &right)
}
