//! What a terminal shows, as a picture and as text.

use image::RgbImage;

use crate::error::Result;
use crate::tui::replay::{Colours, GifWriter, Screen, encode_png};

/// A terminal's screen.
#[derive(Debug, Clone)]
pub struct Shot {
    /// As it looks.
    pub pixels: RgbImage,
    /// Its text, a line for each row; cells of pictures are `▒`.
    pub text: String,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Whether each cell shows a picture, row by row.
    pub is_picture: Vec<bool>,
}

impl Shot {
    pub(super) fn new(screen: &Screen, pixels: RgbImage) -> Self {
        let buffer = screen.buffer();
        let area = buffer.area;
        let is_picture: Vec<bool> = screen.parts().iter().map(Option::is_some).collect();
        let width = usize::from(area.width).max(1);
        let lines = is_picture.chunks(width).zip(0..);
        let lines = lines.map(|(row, y)| {
            let cells = row.iter().zip(0..).map(|(is_picture, x)| {
                if *is_picture {
                    "▒"
                } else {
                    buffer[(x, y)].symbol()
                }
            });
            cells.collect::<String>().trim_end().to_string()
        });
        Self {
            text: lines.collect::<Vec<_>>().join("\n") + "\n",
            pixels,
            size: (area.width, area.height),
            is_picture,
        }
    }

    /// As a small PNG file.
    ///
    /// # Errors
    /// When there are no pixels.
    pub fn png(&self) -> Result<Vec<u8>> {
        encode_png(&self.pixels, Colours::Few)
    }

    /// The mean colour of each cell of a picture of this screen, row by row.
    pub fn cell_means(&self, picture: &RgbImage) -> Vec<[f32; 3]> {
        let (columns, rows) = (u32::from(self.size.0), u32::from(self.size.1));
        let (width, height) = (picture.width() / columns, picture.height() / rows);
        let mut means = Vec::with_capacity(self.is_picture.len());
        for row in 0..rows {
            for column in 0..columns {
                let mut sum = [0_u32; 3];
                for y in row * height..(row + 1) * height {
                    for x in column * width..(column + 1) * width {
                        let pixel = picture.get_pixel(x, y);
                        for (sum, value) in sum.iter_mut().zip(pixel.0) {
                            *sum += u32::from(value);
                        }
                    }
                }
                means.push(sum.map(|sum| sum as f32 / (width * height).max(1) as f32));
            }
        }
        means
    }
}

/// A GIF file of screens in at most `colours` each (2 to 255), each shown from so many
/// seconds after the beginning on.
///
/// # Errors
/// When there are none, or they are too large.
pub fn gif(frames: impl IntoIterator<Item = (f64, RgbImage)>, colours: u16) -> Result<Vec<u8>> {
    let mut frames = frames.into_iter().peekable();
    let size = frames
        .peek()
        .map_or((1, 1), |(_, frame)| frame.dimensions());
    let mut file = Vec::new();
    let mut writer = GifWriter::new(&mut file, size, f64::from(u16::MAX) / 100.0)?;
    writer.set_colours(colours);
    for (time, frame) in frames {
        writer.add(time, frame)?;
    }
    writer.finish()?;
    Ok(file)
}
