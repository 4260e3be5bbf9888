//! Pictures that are sent each time they are drawn: sixels, and those of iTerm2's
//! protocol.

use std::num::NonZeroU16;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::{Rect, Size};

use super::columns::merge_in_columns;
use super::detail::Detail;
use super::palette::{Indexed, activity};
use super::sixel::{BAND, sixel_sequence};
use super::small_png::{file_limit, shrink};

/// The most that tmux lets through in one sequence is 1 MiB; half of that, because it
/// doubles escapes.
const MAX_IN_TMUX: usize = 1 << 19;

/// What a sixel is tried in, until it is small enough: how many pixels of the screen each
/// pixel has across and down, the number of colours, and the error that fewer colours of a
/// column may add to it. The zooms divide a band.
const SIXEL_STEPS: [(usize, u16, u32); 12] = [
    (1, 64, 260),
    (1, 48, 350),
    (1, 32, 500),
    (1, 24, 600),
    (1, 16, 900),
    (2, 32, 300),
    (2, 16, 450),
    (3, 16, 300),
    (3, 8, 450),
    (6, 16, 0),
    (6, 8, 0),
    (6, 4, 0),
];

/// What a JPEG is tried in, until it is small enough: its sides divided, and its quality
/// of 100.
const JPEG_STEPS: [(f32, u8); 8] = [
    (1.0, 90),
    (1.0, 75),
    (1.0, 55),
    (1.5, 55),
    (2.0, 55),
    (3.0, 50),
    (4.0, 50),
    (6.0, 50),
];

/// The sequence that draws a picture at the cursor, and the cells it covers.
#[derive(Debug)]
pub(super) struct InlinePicture {
    pub(super) data: String,
    /// Whether nothing was left out for a detail.
    pub(super) is_whole: bool,
    size: Size,
}

impl InlinePicture {
    /// As sixels; the picture has the pixels of its cells. `native` are the pixels that
    /// it was scaled from: one of far fewer is sent in doubled pixels.
    ///
    /// # Errors
    /// The message of the choice of colours.
    pub(super) fn sixel(
        picture: &RgbImage,
        native: (u32, u32),
        size: Size,
        detail: Detail,
        tmux: bool,
    ) -> Result<Self, String> {
        let most = if tmux { MAX_IN_TMUX } else { usize::MAX };
        let limit = detail.max_bytes().min(most);
        let room = erasing(size).len() + 64;
        let (width, height) = picture.dimensions();
        // Doubled, it still has half as many pixels again as it is made of.
        let is_coarse = width >= native.0 * 3 && height >= native.1 * 3;
        let mut sequence = String::new();
        let mut is_whole = true;
        for (zoom, colours, tolerance) in SIXEL_STEPS {
            let zoom = if is_coarse { zoom.max(2) } else { zoom };
            let small = shrink(picture, zoom as f32);
            let mut indexed = Indexed::new(&small, colours)?;
            // What differs from pixel to pixel anyway hides it.
            let tolerance = tolerance.max(activity(&small) as u32);
            merge_in_columns(&mut indexed, &small, BAND / zoom, tolerance);
            sequence = sixel_sequence(&indexed, zoom, (width as usize, height as usize));
            if sequence.len() + room <= limit {
                break;
            }
            is_whole = false;
        }
        Ok(Self::new(&sequence, size, tmux, is_whole))
    }

    /// By iTerm2's protocol, as JPEG. The terminal scales it to its cells.
    ///
    /// # Errors
    /// The encoder's message.
    pub(super) fn iterm2(
        picture: &RgbImage,
        size: Size,
        detail: Detail,
        tmux: bool,
    ) -> Result<Self, String> {
        let limit = file_limit(detail).saturating_sub(erasing(size).len());
        let mut file = Vec::new();
        let mut is_whole = true;
        for (divisor, quality) in JPEG_STEPS {
            file = encode_jpeg(&shrink(picture, divisor), quality)?;
            if file.len() <= limit {
                break;
            }
            is_whole = false;
        }
        let (columns, rows) = (size.width, size.height);
        let mut sequence = format!(
            "\x1b]1337;File=inline=1;size={};width={columns};height={rows};\
             preserveAspectRatio=0;doNotMoveCursor=1:",
            file.len(),
        );
        BASE64_STANDARD.encode_string(&file, &mut sequence);
        sequence.push('\x07');
        Ok(Self::new(&sequence, size, tmux, is_whole))
    }

    fn new(sequence: &str, size: Size, tmux: bool, is_whole: bool) -> Self {
        let data = erasing(size) + sequence;
        let data = if tmux {
            format!("\x1bPtmux;{}\x1b\\", data.replace('\x1b', "\x1b\x1b"))
        } else {
            data
        };
        Self {
            data,
            is_whole,
            size,
        }
    }

    /// Draws it at the top left of `area`, if all of it fits there.
    pub(super) fn render(&self, area: Rect, buffer: &mut Buffer) {
        if area.width < self.size.width || area.height < self.size.height {
            return;
        }
        let area = Rect::from(self.size).offset(ratatui::layout::Offset {
            x: area.x.into(),
            y: area.y.into(),
        });
        for position in area.positions() {
            if let Some(cell) = buffer.cell_mut(position) {
                // What the sequence draws, the text of the cells must not erase.
                cell.set_diff_option(CellDiffOption::Skip);
            }
        }
        if let Some(cell) = buffer.cell_mut(area.as_position()) {
            cell.set_symbol(&self.data)
                .set_diff_option(CellDiffOption::ForcedWidth(NonZeroU16::MIN));
        }
    }
}

/// Erases the text of the cells, and comes back: some terminals show text over a picture.
/// Nothing else will erase it, because ratatui skips the cells.
fn erasing(Size { width, height }: Size) -> String {
    if height <= 1 {
        return format!("\x1b[{width}X");
    }
    format!("\x1b[{width}X\x1b[1B").repeat(usize::from(height)) + &format!("\x1b[{height}A")
}

fn encode_jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, String> {
    let side = |pixels: u32| u16::try_from(pixels).map_err(|error| error.to_string());
    let (width, height) = (side(picture.width())?, side(picture.height())?);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, quality);
    // Tables of its own would save a tenth, but with coarser colours they make a file of a
    // scan a channel, which some decoders misread.
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder
        .encode(picture.as_raw(), width, height, ColorType::Rgb)
        .map_err(|error| error.to_string())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use icy_sixel::SixelImage;
    use image::Rgb;

    const SIZE: Size = Size::new(12, 6);

    /// Slopes with a disc.
    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let (dx, dy) = (x.abs_diff(width / 2), y.abs_diff(height / 2));
            let base = if dx * dx + dy * dy < width * width / 9 {
                200
            } else {
                40
            };
            Rgb([base, (x * 255 / width) as u8, (y * 255 / height) as u8])
        })
    }

    fn sixel(detail: Detail, tmux: bool) -> String {
        let picture = picture(120, 120);
        InlinePicture::sixel(&picture, (150, 150), SIZE, detail, tmux)
            .unwrap()
            .data
    }

    #[test]
    fn a_sixel_shows_the_picture_and_less_of_it_on_a_slow_line() {
        let original = picture(120, 120);
        let mut before = usize::MAX;
        for (limit, error) in [
            (usize::MAX, 150.0),
            (8192, 250.0),
            (4096, 500.0),
            (2048, 1500.0),
        ] {
            let data = sixel(Detail::within(limit), false);
            assert!(data.len() <= limit.min(before), "{limit}: {}", data.len());
            before = data.len();
            let start = data.find("\x1bP").unwrap();
            let shown = SixelImage::decode(&data.as_bytes()[start..]).unwrap();
            assert_eq!(shown.width, 120);
            let pixels = original.pixels().zip(shown.pixels.chunks_exact(4));
            let squares: f64 = pixels
                .flat_map(|(wanted, shown)| {
                    (0..3).map(|i| f64::from(wanted[i].abs_diff(shown[i])).powi(2))
                })
                .sum();
            let mean = squares / (120.0 * 120.0 * 3.0);
            assert!(mean < error, "{limit}: {mean}");
        }
    }

    #[test]
    fn a_small_picture_is_sent_in_doubled_pixels() {
        let mut small = picture(32, 32);
        for (x, y, pixel) in small.enumerate_pixels_mut() {
            pixel[1] = pixel[1].wrapping_add((x * 7 + y * 13) as u8 % 31);
        }
        let large =
            image::imageops::resize(&small, 300, 300, image::imageops::FilterType::CatmullRom);
        let bytes = |native| {
            InlinePicture::sixel(&large, native, Size::new(30, 15), Detail::FULL, false)
                .unwrap()
                .data
                .len()
        };
        let (doubled, whole) = (bytes((32, 32)), bytes((250, 250)));
        assert!(doubled * 10 < whole * 9, "{doubled} {whole}");
    }

    #[test]
    fn tmux_passes_a_sixel_on_as_a_whole() {
        let data = sixel(Detail::FULL, true);
        assert!(data.starts_with("\x1bPtmux;\x1b\x1b[12X"));
        assert!(data.ends_with("\x1b\x1b\\\x1b\\"));
        assert_eq!(data.matches("\x1bPtmux;").count(), 1);
        assert!(data.len() < MAX_IN_TMUX);
    }

    #[test]
    fn iterm2_scales_a_jpeg_to_its_cells() {
        let picture = picture(60, 60);
        let mut before = usize::MAX;
        for limit in [usize::MAX, 4096, 1536] {
            let sent = InlinePicture::iterm2(&picture, SIZE, Detail::within(limit), false).unwrap();
            let (keys, text) = sent.data.rsplit_once(':').unwrap();
            assert!(keys.ends_with(";width=12;height=6;preserveAspectRatio=0;doNotMoveCursor=1"));
            let file = BASE64_STANDARD
                .decode(text.trim_end_matches('\x07'))
                .unwrap();
            assert!(keys.contains(&format!("size={};", file.len())));
            assert!(sent.data.len() <= limit.min(before), "{limit}");
            before = sent.data.len();
            let shown = image::load_from_memory(&file).unwrap().to_rgb8();
            if limit == usize::MAX {
                assert_eq!(shown.dimensions(), (60, 60));
                let (wanted, pixel) = (picture.get_pixel(30, 30), shown.get_pixel(30, 30));
                assert!(pixel[0].abs_diff(wanted[0]) < 20, "{pixel:?}");
            }
        }
    }

    #[test]
    fn nothing_is_drawn_where_it_does_not_fit() {
        let sent = InlinePicture::iterm2(&picture(9, 9), SIZE, Detail::FULL, false).unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 9));
        sent.render(Rect::new(0, 0, 11, 6), &mut buffer);
        assert_eq!(buffer, Buffer::empty(Rect::new(0, 0, 20, 9)));
        sent.render(Rect::new(3, 2, 14, 7), &mut buffer);
        assert_eq!(buffer[(3, 2)].symbol(), sent.data);
        assert_eq!(buffer[(14, 7)].diff_option, CellDiffOption::Skip);
        assert_eq!(buffer[(15, 7)].diff_option, CellDiffOption::None);
    }
}
