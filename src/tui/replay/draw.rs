//! From a recording to files.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use image::RgbImage;

use super::frames::Frames;
use super::gif_file::GifWriter;
use super::paint::Painter;
use super::png_file::{self, Colours};
use super::screen::Screen;
use super::svg_file;
use crate::error::{Error, Result};
use crate::paths::{create_file_with, make_folders};
use crate::progress::{Progress, Unit, Watch};

/// Which frame a picture shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Moment {
    /// The last one.
    Last,
    /// The one that is shown this many seconds after the beginning.
    At(f64),
    /// The one of this number, from 1.
    Frame(usize),
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Output {
    /// A frame as a PNG file.
    Png(Moment, Colours),
    /// A frame as an SVG file.
    Svg(Moment),
    /// All frames as a GIF file, without pauses longer than this many seconds.
    Gif(f64),
    /// A PNG file for each frame in a new folder.
    Folder(Colours),
}

/// What was drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Drawn {
    /// How many frames.
    pub(crate) frames: usize,
    /// The recording's length in seconds, as far as it was read.
    pub(crate) seconds: f64,
    /// Whether the recording ends within an event.
    pub(crate) is_cut: bool,
}

/// Draws a recording into a new file or folder.
///
/// # Errors
/// When the recording cannot be read or has no such frame, or the file or folder exists or
/// cannot be written.
pub(crate) fn draw(recording: &Path, path: &Path, output: Output, watch: Watch) -> Result<Drawn> {
    let path = &std::path::absolute(path).map_err(Error::io(path, "resolve"))?;
    if path.exists() {
        return Err(Error::Usage(format!(
            "-o {}: already exists; choose another name, or remove it first",
            path.display()
        )));
    }
    match output {
        Output::Png(moment, colours) => {
            let found = Replay::open(recording, &mut *watch)?.find(moment)?;
            Replay::open(recording, watch)?
                .one_frame(found, path, |_, picture| png_file::encode(picture, colours))
        }
        Output::Svg(moment) => {
            let found = Replay::open(recording, &mut *watch)?.find(moment)?;
            Replay::open(recording, watch)?.one_frame(found, path, |screen, picture| {
                svg_file::encode(screen, picture).map(String::into_bytes)
            })
        }
        Output::Gif(longest) => Replay::open(recording, watch)?.gif(path, longest),
        Output::Folder(colours) => Replay::open(recording, watch)?.folder(path, colours),
    }
}

struct Replay<'a> {
    /// The recording's.
    name: String,
    frames: Frames,
    watch: Watch<'a>,
    count: usize,
}

impl<'a> Replay<'a> {
    fn open(recording: &Path, watch: Watch<'a>) -> Result<Self> {
        Ok(Self {
            name: recording.display().to_string(),
            frames: Frames::open(recording)?,
            watch,
            count: 0,
        })
    }

    /// Goes to the next frame; its time.
    fn next(&mut self) -> Result<Option<f64>> {
        let time = self.frames.next_frame()?;
        self.count += usize::from(time.is_some());
        (self.watch)(Progress {
            stage: "frames",
            done: self.count as u64,
            total: None,
            unit: Unit::Steps,
        })?;
        Ok(time)
    }

    fn done(&self) -> Drawn {
        Drawn {
            frames: self.count,
            seconds: self.frames.end(),
            is_cut: self.frames.is_cut(),
        }
    }

    /// Ends with an error if there was no frame.
    fn check_any(&self) -> Result<()> {
        if self.count > 0 {
            return Ok(());
        }
        Err(Error::invalid(&self.name, "has no whole frame"))
    }

    /// The number of the frame that a moment means, from 1, and whether the recording was
    /// found to end within an event on the way there.
    fn find(mut self, moment: Moment) -> Result<(usize, bool)> {
        let mut found = 0;
        while let Some(time) = self.next()? {
            match moment {
                Moment::At(seconds) if time > seconds => break,
                Moment::Frame(number) if self.count > number => break,
                _ => found = self.count,
            }
        }
        self.check_any()?;
        match moment {
            Moment::Frame(number) if found < number => {
                let problem = format!("has {found} frames, and --frame asks for {number}");
                Err(Error::invalid(&self.name, problem))
            }
            // Before the first frame there is nothing else to show.
            _ => Ok((found.max(1), self.frames.is_cut())),
        }
    }

    /// Writes the frame that [`Replay::find`] has found, as `encode` makes a file of it.
    fn one_frame(
        mut self,
        (number, is_cut): (usize, bool),
        path: &Path,
        encode: impl FnOnce(&Screen, &RgbImage) -> Result<Vec<u8>>,
    ) -> Result<Drawn> {
        while self.count < number && self.next()?.is_some() {}
        let screen = self.frames.screen();
        let picture = paint(&mut None, &self.frames)?;
        let bytes = encode(screen, &picture)?;
        create_file_with(path, |file| {
            file.write_all(&bytes).map_err(Error::io(path, "write"))
        })?;
        Ok(Drawn {
            is_cut,
            ..self.done()
        })
    }

    fn gif(mut self, path: &Path, longest: f64) -> Result<Drawn> {
        let mut painter = None;
        create_file_with(path, |file| {
            let first = self.next()?;
            self.check_any()?;
            let mut picture = paint(&mut painter, &self.frames)?;
            let mut gif = GifWriter::new(file, picture.dimensions(), longest)?;
            let mut next = first;
            while let Some(time) = next {
                gif.add(time, picture)?;
                next = self.next()?;
                picture = paint(&mut painter, &self.frames)?;
            }
            gif.finish()
        })?;
        Ok(self.done())
    }

    fn folder(mut self, folder: &Path, colours: Colours) -> Result<Drawn> {
        let mut painter = None;
        while let Some(time) = self.next()? {
            if self.count == 1 {
                make_folders(folder)?;
            }
            let picture = paint(&mut painter, &self.frames)?;
            let name = format!("{:05}-{time:.2}s.png", self.count);
            write_new(&folder.join(name), &png_file::encode(&picture, colours)?)?;
        }
        self.check_any()?;
        Ok(self.done())
    }
}

fn paint(painter: &mut Option<Painter>, frames: &Frames) -> Result<RgbImage> {
    let screen = frames.screen();
    let painter = match painter {
        Some(painter) => painter,
        None => painter.insert(Painter::new(screen.facts().cell_size)?),
    };
    painter.paint(screen)
}

fn write_new(path: &PathBuf, bytes: &[u8]) -> Result<()> {
    let file = File::create_new(path).map_err(Error::io(path, "create"))?;
    let mut file = BufWriter::new(file);
    file.write_all(bytes).map_err(Error::io(path, "write"))?;
    file.flush().map_err(Error::io(path, "write"))
}
