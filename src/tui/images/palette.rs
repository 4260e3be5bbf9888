//! Pictures of few colours.

use image::{Rgb, RgbImage};
use quantette::deps::palette::Srgb;
use quantette::kmeans::KmeansOptions;
use quantette::{ImageRef, PaletteSize, Pipeline, QuantizeMethod};

/// How many pixels the choice of colours looks at: the colours hardly change with more.
const MAX_SAMPLES: u32 = 1 << 15;

/// A picture as places in a list of colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Indexed {
    /// Pixels across.
    pub(crate) width: usize,
    /// At most 256, the dark ones first.
    pub(crate) colours: Vec<[u8; 3]>,
    /// One for each pixel, row by row.
    pub(crate) indices: Vec<u8>,
}

impl Indexed {
    /// The picture in at most `most` of its colours (2 to 256), chosen by k-means. It is
    /// not dithered: the noise would cost more than the colours that it saves.
    ///
    /// # Errors
    /// When the picture has no pixels.
    pub(crate) fn new(picture: &RgbImage, most: u16) -> Result<Self, String> {
        let most = PaletteSize::from_u16_clamped(most);
        let pixels: Vec<Srgb<u8>> = picture
            .pixels()
            .map(|Rgb([r, g, b])| Srgb::new(*r, *g, *b))
            .collect();
        let (width, height) = picture.dimensions();
        let source =
            ImageRef::new(width, height, &pixels[..]).map_err(|error| error.to_string())?;
        let options = KmeansOptions::new().max_samples(MAX_SAMPLES);
        let found = Pipeline::new()
            .palette_size(most)
            .quantize_method(QuantizeMethod::Kmeans(options))
            .ditherer(None)
            .input_image(source)
            .output_srgb8_indexed_image();
        let (colours, indices) = found.into_parts();
        let colours = colours.iter().map(|c| [c.red, c.green, c.blue]).collect();
        let unsorted = Self {
            width: width as usize,
            colours,
            indices,
        };
        Ok(unsorted
            .sorted_by(|_, [r, g, b]| 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b)))
    }

    /// The same picture with its colours in the order of a key.
    pub(super) fn sorted_by<K: Ord>(self, key: impl Fn(usize, [u8; 3]) -> K) -> Self {
        let mut order: Vec<usize> = (0..self.colours.len()).collect();
        order.sort_by_key(|place| key(*place, self.colours[*place]));
        let mut places = [0_u8; 256];
        for (new, old) in order.iter().enumerate() {
            places[*old] = new as u8;
        }
        Self {
            width: self.width,
            colours: order.iter().map(|old| self.colours[*old]).collect(),
            indices: self
                .indices
                .iter()
                .map(|old| places[usize::from(*old)])
                .collect(),
        }
    }

    /// Its mean squared error against the picture that it shows, in squares of a
    /// channel's steps of 255.
    pub(super) fn error(&self, picture: &RgbImage) -> f64 {
        let mut sum = 0_u64;
        for (pixel, index) in picture.pixels().zip(&self.indices) {
            let colour = self.colours[usize::from(*index)];
            for (wanted, shown) in pixel.0.into_iter().zip(colour) {
                sum += u64::from(wanted.abs_diff(shown)).pow(2);
            }
        }
        sum as f64 / (3 * self.indices.len()).max(1) as f64
    }
}

/// How much neighbouring pixels of a picture differ: the mean squared difference, in squares
/// of a channel's steps. A smaller error cannot be seen in it.
pub(super) fn activity(picture: &RgbImage) -> f64 {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for row in picture
        .as_raw()
        .chunks_exact(3 * picture.width().max(1) as usize)
    {
        for (left, right) in row.iter().zip(row.iter().skip(3)) {
            sum += u64::from(left.abs_diff(*right)).pow(2);
            count += 1;
        }
    }
    sum as f64 / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_few_colours_keeps_them() {
        let colours = [[255, 0, 0], [0, 0, 255], [10, 10, 10], [250, 250, 250]];
        let picture = RgbImage::from_fn(8, 8, |x, y| Rgb(colours[(x / 2 + y) as usize % 4]));
        let indexed = Indexed::new(&picture, 16).unwrap();
        assert_eq!(indexed.colours.len(), 4);
        assert_eq!(indexed.colours[0], [10, 10, 10]);
        assert_eq!(indexed.colours[3], [250, 250, 250]);
        assert!(indexed.error(&picture) < 1e-9);
    }

    #[test]
    fn more_colours_are_nearer() {
        let picture = RgbImage::from_fn(32, 32, |x, y| {
            Rgb([x as u8 * 8, y as u8 * 8, (x + y) as u8 * 4])
        });
        let error = |most| Indexed::new(&picture, most).unwrap().error(&picture);
        let (few, many) = (error(8), error(128));
        assert!(many * 4.0 < few, "{many} {few}");
    }
}
