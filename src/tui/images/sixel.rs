//! Pictures as sixels.
//!
//! A band of six rows is painted colour by colour, and what is painted later covers what
//! is there. So a colour may be painted over the pixels of those that follow, which makes
//! long runs of what would be single columns; and colours that lie side by side are
//! painted in one pass over the band.

use super::palette::Indexed;

/// The rows of a band.
pub(super) const BAND: usize = 6;

/// Gaps of so many columns end a stretch of a colour: it costs less to choose the colour
/// again than to step over them, and another colour may be painted there.
const MIN_GAP: usize = 6;

/// The escape sequence that paints a picture at the cursor, `width × height` pixels of the
/// screen. Each of its own pixels is `zoom` of these across and down; the last ones may be
/// cut, or repeated.
pub(super) fn sixel_sequence(
    picture: &Indexed,
    zoom: usize,
    (width, height): (usize, usize),
) -> String {
    let picture = often_used_first(picture);
    let rows: Vec<&[u8]> = picture.indices.chunks_exact(picture.width.max(1)).collect();
    // Square pixels, by the parameter and by the raster attributes: multiplexers drop the
    // one or the other. Pixels that are not painted stay.
    let mut out = format!("\x1bP9;1q\"1;1;{width};{height}");
    for (place, colour) in picture.colours.iter().enumerate() {
        let [r, g, b] = colour.map(|value| (u32::from(value) * 100 + 127) / 255);
        out += &format!("#{place};2;{r};{g};{b}");
    }
    // Where each column begins on the screen, and where the last one ends.
    let mut edges: Vec<usize> = (0..picture.width).map(|x| (x * zoom).min(width)).collect();
    edges.push(width);
    let mut colour = None;
    for top in (0..height).step_by(BAND) {
        let shown: Vec<&[u8]> = (top..height.min(top + BAND))
            .filter_map(|y| rows.get(y / zoom).or(rows.last()).copied())
            .collect();
        if top > 0 {
            out.push('-');
        }
        paint_band(&shown, &edges, &mut colour, &mut out);
    }
    out + "\x1b\\"
}

/// Gives the colours that most bands have the shortest numbers, and drops those that none
/// has.
fn often_used_first(picture: &Indexed) -> Indexed {
    let mut bands = vec![0_usize; picture.colours.len()];
    for band in picture.indices.chunks(picture.width.max(1) * BAND) {
        let mut is_used = [false; 256];
        for index in band {
            is_used[usize::from(*index)] = true;
        }
        for (count, used) in bands.iter_mut().zip(is_used) {
            *count += usize::from(used);
        }
    }
    let used = Indexed {
        colours: picture.colours.clone(),
        indices: picture.indices.clone(),
        width: picture.width,
    };
    let mut sorted = used.sorted_by(|place, _| std::cmp::Reverse(bands[place]));
    let used = bands.iter().filter(|count| **count > 0).count();
    sorted.colours.truncate(used);
    sorted
}

/// Columns with the same sixel.
#[derive(Debug, Clone, Copy)]
struct Run {
    start: usize,
    length: usize,
    sixel: u8,
}

/// Runs of one colour that are painted together.
struct Stretch {
    colour: u8,
    pass: usize,
    runs: Vec<Run>,
}

impl Stretch {
    fn start(&self) -> usize {
        self.runs.first().map_or(0, |run| run.start)
    }

    fn end(&self) -> usize {
        self.runs.last().map_or(0, |run| run.start + run.length)
    }
}

/// Paints up to six rows, whose columns lie between `edges`. `colour` is the one chosen
/// last.
fn paint_band(rows: &[&[u8]], edges: &[usize], colour: &mut Option<u8>, out: &mut String) {
    let width = rows.first().map_or(0, |row| row.len());
    // The pixels of each colour: a bit for each row of each column.
    let mut masks: Vec<Vec<u8>> = vec![Vec::new(); 256];
    for (y, row) in rows.iter().enumerate() {
        for (x, index) in row.iter().enumerate() {
            let mask = &mut masks[usize::from(*index)];
            mask.resize(width, 0);
            mask[x] |= 1 << y;
        }
    }
    let mut order: Vec<u8> = (0..=255)
        .filter(|c| !masks[usize::from(*c)].is_empty())
        .collect();
    // What would be the longest to paint alone is painted first, where it is the freest.
    order.sort_by_key(|c| {
        let columns = masks[usize::from(*c)].windows(2);
        std::cmp::Reverse(columns.filter(|pair| pair[0] != pair[1]).count())
    });
    let mut unpainted = vec![((1_u32 << rows.len()) - 1) as u8; width];
    let mut passes_at = vec![0; width];
    let mut stretches = Vec::new();
    for c in order {
        let mask = &masks[usize::from(c)];
        for runs in stretches_of(mask, &unpainted) {
            let mut stretch = Stretch {
                colour: c,
                pass: 0,
                runs,
            };
            // After all that it may cover.
            let below = &mut passes_at[stretch.start()..stretch.end()];
            stretch.pass = below.iter().copied().max().unwrap_or(0);
            below.fill(stretch.pass + 1);
            stretches.push(stretch);
        }
        for (rest, painted) in unpainted.iter_mut().zip(mask) {
            *rest &= !painted;
        }
    }
    stretches.sort_by_key(|stretch| (stretch.pass, stretch.start()));
    let (mut pass, mut x) = (0, 0);
    for stretch in &stretches {
        if stretch.pass != pass {
            out.push('$');
            (pass, x) = (stretch.pass, 0);
        }
        if *colour != Some(stretch.colour) {
            *colour = Some(stretch.colour);
            out.push('#');
            out.push_str(&stretch.colour.to_string());
        }
        push_run(0, edges[stretch.start()] - edges[x], out);
        for run in &stretch.runs {
            let end = edges[run.start + run.length];
            push_run(run.sixel, end - edges[run.start], out);
        }
        x = stretch.end();
    }
}

/// The runs that paint at least the pixels of `mask` and at most those that are
/// `unpainted`, in stretches without long gaps.
fn stretches_of(mask: &[u8], unpainted: &[u8]) -> Vec<Vec<Run>> {
    let mut stretches: Vec<Vec<Run>> = Vec::new();
    let mut open: Vec<Run> = Vec::new();
    let mut x = 0;
    while x < mask.len() {
        // As long a run as one sixel can serve.
        let (mut least, mut most) = (mask[x], unpainted[x]);
        let start = x;
        x += 1;
        while x < mask.len() {
            let (both_least, both_most) = (least | mask[x], most & unpainted[x]);
            if both_least & !both_most != 0 {
                break;
            }
            (least, most) = (both_least, both_most);
            x += 1;
        }
        let run = Run {
            start,
            length: x - start,
            sixel: least,
        };
        if least != 0 {
            open.push(run);
        } else if run.length >= MIN_GAP {
            stretches.push(std::mem::take(&mut open));
        } else if !open.is_empty() {
            open.push(run);
        }
    }
    stretches.push(open);
    for stretch in &mut stretches {
        while stretch.last().is_some_and(|run| run.sixel == 0) {
            stretch.pop();
        }
    }
    stretches.retain(|stretch| !stretch.is_empty());
    stretches
}

fn push_run(sixel: u8, length: usize, out: &mut String) {
    let letter = char::from(63 + sixel);
    if length > 3 {
        out.push('!');
        out.push_str(&length.to_string());
        out.push(letter);
    } else {
        out.extend(std::iter::repeat_n(letter, length));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use icy_sixel::SixelImage;
    use image::{Rgb, RgbImage};

    /// A disc on a slope, with some noise: large areas, edges and single pixels.
    fn picture(width: u32, height: u32) -> RgbImage {
        let mut state = 1_u32;
        RgbImage::from_fn(width, height, |x, y| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 28) as u8;
            let (dx, dy) = (x.abs_diff(width / 2), y.abs_diff(height / 2));
            let base = if dx * dx + dy * dy < width * width / 9 {
                200
            } else {
                40
            };
            Rgb([base + noise, (x * 2) as u8, (y * 2) as u8])
        })
    }

    #[test]
    fn what_is_painted_over_ends_as_the_picture() {
        for (width, height, colours) in [(61, 31, 64), (1, 1, 2), (7, 6, 8), (90, 13, 5)] {
            let indexed = Indexed::new(&picture(width, height), colours).unwrap();
            for zoom in [1, 2, 3] {
                let shown = (
                    width as usize * zoom - zoom / 2,
                    height as usize * zoom - zoom / 2,
                );
                let sequence = sixel_sequence(&indexed, zoom, shown);
                let decoded = SixelImage::decode(sequence.as_bytes()).unwrap();
                assert_eq!(decoded.width, shown.0, "{zoom}");
                // It has whole bands.
                assert_eq!(decoded.height, shown.1.next_multiple_of(BAND), "{zoom}");
                for (place, pixel) in decoded.pixels.chunks_exact(4).enumerate() {
                    if place / shown.0 >= shown.1 {
                        assert_eq!(pixel[3], 0, "{place} of {shown:?}");
                        continue;
                    }
                    let (x, y) = (place % shown.0 / zoom, place / shown.0 / zoom);
                    let wanted =
                        indexed.colours[usize::from(indexed.indices[y * width as usize + x])];
                    let near = wanted
                        .iter()
                        .zip(pixel)
                        .all(|(wanted, shown)| wanted.abs_diff(*shown) <= 2);
                    assert!(near, "{x},{y} of {shown:?}: {wanted:?} {pixel:?}");
                    assert_eq!(pixel[3], 255, "{x},{y} of {shown:?}");
                }
            }
        }
    }

    #[test]
    fn one_colour_costs_a_run_a_band() {
        let plain = Indexed::new(&RgbImage::from_pixel(300, 60, Rgb([9, 9, 9])), 16).unwrap();
        let sequence = sixel_sequence(&plain, 1, (300, 60));
        assert!(sequence.len() < 110, "{sequence:?}");
        assert_eq!(sequence.matches("!300~").count(), 10);
    }
}
