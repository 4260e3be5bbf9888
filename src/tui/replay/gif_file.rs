//! Frames as an animated GIF.

use std::io::Write;

use gif::{DisposalMethod, Encoder, Frame, Repeat};
use image::{GenericImageView, RgbImage};

use super::png_file::exactly_indexed;
use crate::error::{Error, Result};
use crate::tui::images::Indexed;

/// The shortest time that a frame stays, in seconds: viewers slow down shorter ones.
const SHORTEST: f64 = 0.04;

/// How long the last frame stays, in hundredths of a second.
const LAST_DELAY: u16 = 300;

/// The most colours of a frame; one more place is for what has not changed.
const MOST_COLOURS: u16 = 255;

/// Writes a GIF, a frame at a time.
pub(crate) struct GifWriter<W: Write> {
    encoder: Encoder<W>,
    size: (u32, u32),
    /// The longest time that a frame stays, in seconds.
    longest: f64,
    /// The most colours of a frame.
    colours: u16,
    /// What the viewer shows.
    shown: Option<RgbImage>,
    /// The latest frame, which is not written yet, and its time.
    latest: Option<(f64, RgbImage)>,
}

impl<W: Write> GifWriter<W> {
    /// Of frames of this size, without pauses longer than `longest` seconds.
    ///
    /// # Errors
    /// When the frames are too large, or the file cannot be written.
    pub(crate) fn new(writer: W, size: (u32, u32), longest: f64) -> Result<Self> {
        let side = |pixels| u16::try_from(pixels).map_err(|error| Error::invalid("GIF", error));
        let (width, height) = (side(size.0)?, side(size.1)?);
        let mut encoder = Encoder::new(writer, width, height, &[]).map_err(wrong)?;
        encoder.set_repeat(Repeat::Infinite).map_err(wrong)?;
        Ok(Self {
            encoder,
            size,
            longest,
            colours: MOST_COLOURS,
            shown: None,
            latest: None,
        })
    }

    /// Sets how many colours a frame may have, 2 to 255.
    pub(crate) fn set_colours(&mut self, colours: u16) {
        self.colours = colours.clamp(2, MOST_COLOURS);
    }

    /// Adds a frame that is shown from `time` on, in seconds. What stays for too short a
    /// time is left out.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn add(&mut self, time: f64, frame: RgbImage) -> Result<()> {
        let frame = if frame.dimensions() == self.size {
            frame
        } else {
            fitted(&frame, self.size)
        };
        match self.latest.take() {
            Some((since, latest)) if latest == frame || time - since < SHORTEST => {
                self.latest = Some((since, frame));
            }
            Some((since, latest)) => {
                let seconds = (time - since).min(self.longest);
                self.write(&latest, (seconds * 100.0).round() as u16)?;
                self.latest = Some((time, frame));
            }
            None => self.latest = Some((time, frame)),
        }
        Ok(())
    }

    /// Writes the last frame and the end.
    ///
    /// # Errors
    /// When there is no frame, or the file cannot be written.
    pub(crate) fn finish(mut self) -> Result<()> {
        let Some((_, latest)) = self.latest.take() else {
            return Err(Error::invalid("GIF", "there is no frame to write"));
        };
        self.write(&latest, LAST_DELAY)?;
        self.encoder.into_inner().map_err(wrong)?;
        Ok(())
    }

    fn write(&mut self, frame: &RgbImage, delay: u16) -> Result<()> {
        let area = match &self.shown {
            Some(shown) => changed_area(shown, frame).unwrap_or((0, 0, 1, 1)),
            None => (0, 0, self.size.0, self.size.1),
        };
        let (left, top, width, height) = area;
        let part = frame.view(left, top, width, height).to_image();
        let Indexed {
            mut colours,
            mut indices,
            ..
        } = match exactly_indexed(&part)
            .filter(|exact| exact.colours.len() <= usize::from(self.colours))
        {
            Some(exact) => exact,
            None => {
                Indexed::new(&part, self.colours).map_err(|error| Error::invalid("GIF", error))?
            }
        };
        let mut transparent = None;
        if let Some(shown) = &self.shown {
            // Runs of what has not changed are short in the file.
            let unchanged = colours.len() as u8;
            colours.push([0; 3]);
            transparent = Some(unchanged);
            let places = indices.iter_mut().zip(part.enumerate_pixels());
            for (index, (x, y, pixel)) in places {
                if shown.get_pixel(left + x, top + y) == pixel {
                    *index = unchanged;
                }
            }
        }
        let frame_of = Frame {
            delay,
            dispose: DisposalMethod::Keep,
            transparent,
            left: left as u16,
            top: top as u16,
            width: width as u16,
            height: height as u16,
            palette: Some(colours.concat()),
            buffer: indices.into(),
            ..Frame::default()
        };
        self.encoder.write_frame(&frame_of).map_err(wrong)?;
        self.shown = Some(frame.clone());
        Ok(())
    }
}

fn wrong(error: gif::EncodingError) -> Error {
    match error {
        gif::EncodingError::Io(error) => Error::io("the GIF", "write")(error),
        other => Error::invalid("GIF", other),
    }
}

/// A frame of another size, cut or with a margin.
fn fitted(frame: &RgbImage, (width, height): (u32, u32)) -> RgbImage {
    let margin = *frame.get_pixel(0, 0);
    RgbImage::from_fn(width, height, |x, y| {
        frame.get_pixel_checked(x, y).copied().unwrap_or(margin)
    })
}

/// The rectangle of the pixels that differ: left, top, width, height.
fn changed_area(one: &RgbImage, other: &RgbImage) -> Option<(u32, u32, u32, u32)> {
    let row_bytes = one.width() as usize * 3;
    let rows = || {
        let pairs = one.as_raw().chunks_exact(row_bytes);
        pairs
            .zip(other.as_raw().chunks_exact(row_bytes))
            .enumerate()
    };
    let mut changed = rows().filter(|(_, (a, b))| a != b).map(|(y, _)| y as u32);
    let top = changed.next()?;
    let bottom = changed.next_back().unwrap_or(top);
    let (mut left, mut right) = (usize::MAX, 0);
    for (_, (a, b)) in rows().filter(|(_, (a, b))| a != b) {
        let mut places = a.iter().zip(b).enumerate().filter(|(_, (a, b))| a != b);
        if let Some((first, _)) = places.next() {
            left = left.min(first);
            right = right.max(places.next_back().map_or(first, |(last, _)| last));
        }
    }
    let (left, right) = (left as u32 / 3, right as u32 / 3);
    Some((left, top, right + 1 - left, bottom + 1 - top))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn frames_come_back_with_their_delays() {
        let mut frames = vec![RgbImage::from_pixel(30, 20, Rgb([9, 9, 9]))];
        for x in 0..3 {
            let mut next = frames[frames.len() - 1].clone();
            next.put_pixel(5 + x * 4, 7, Rgb([200, 10 * x as u8, 0]));
            frames.push(next);
        }
        let write = || {
            let mut file = Vec::new();
            let mut writer = GifWriter::new(&mut file, (30, 20), 2.0).unwrap();
            // The third comes at once after the second, and takes its place.
            for (time, frame) in [0.0, 1.0, 1.01, 9.0].into_iter().zip(&frames) {
                writer.add(time, frame.clone()).unwrap();
            }
            writer.finish().unwrap();
            file
        };
        let file = write();
        assert_eq!(file, write());
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(file.as_slice()).unwrap();
        let mut canvas = RgbImage::new(30, 20);
        let mut shown = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            let width = u32::from(frame.width);
            for (at, pixel) in frame.buffer.chunks_exact(4).enumerate() {
                let (x, y) = (at as u32 % width, at as u32 / width);
                if pixel[3] > 0 {
                    let place = (x + u32::from(frame.left), y + u32::from(frame.top));
                    canvas.put_pixel(place.0, place.1, Rgb([pixel[0], pixel[1], pixel[2]]));
                }
            }
            shown.push((frame.delay, canvas.clone()));
        }
        let delays: Vec<u16> = shown.iter().map(|(delay, _)| *delay).collect();
        assert_eq!(delays, [100, 200, 300]);
        assert_eq!(shown[0].1, frames[0]);
        assert_eq!(shown[1].1, frames[2]);
        assert_eq!(shown[2].1, frames[3]);
        assert!(
            GifWriter::new(Vec::new(), (3, 3), 1.0)
                .unwrap()
                .finish()
                .is_err()
        );
    }
}
