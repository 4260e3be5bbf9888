//! Pictures on the terminal: a bounded cache of encoded pictures, filled by
//! worker threads, drawn by the views without ever waiting for one.
//!
//! A view asks for a picture each time it draws. If it is encoded already, it
//! appears; if not, a quiet block with the person's initials stands in, the
//! workers are told, and the loop draws again when they are done. What no view
//! asked for in the latest frame is not encoded any more.

mod choice;
mod encode;
mod workers;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;
use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Paragraph, Widget};

pub use choice::{Graphics, window_cell_size};
pub use encode::{Encoded, row_cap};
pub use workers::Done;
use workers::{Job, Workers};

/// Encoded pictures kept, in bytes of what they send to the terminal. A screen
/// of sixel thumbnails is about a megabyte.
const CACHE_BYTES: usize = 48 << 20;

/// What a picture is made of.
#[derive(Debug, Clone)]
pub enum Source {
    /// A file, decoded by the workers.
    File(PathBuf),
    /// Pixels at hand.
    Pixels(Arc<RgbImage>),
}

/// Which part of a picture is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Crop {
    /// All of it.
    Whole,
    /// The middle three fifths, where LFW has the face: for thumbnails.
    Middle,
}

/// A picture that a view wants drawn.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Where its pixels are.
    pub source: Source,
    /// Which part.
    pub crop: Crop,
    /// Stands in while it is not ready: initials, or nothing.
    pub alt: String,
    /// While it is not ready, keep what was drawn at the same place: for
    /// pictures that follow a slider.
    pub hold: bool,
}

impl Picture {
    /// All of a file.
    pub fn file(path: PathBuf, alt: impl Into<String>) -> Self {
        Self {
            source: Source::File(path),
            crop: Crop::Whole,
            alt: alt.into(),
            hold: false,
        }
    }

    /// The middle of a file: a thumbnail.
    pub fn thumbnail(path: PathBuf, alt: impl Into<String>) -> Self {
        Self {
            crop: Crop::Middle,
            ..Self::file(path, alt)
        }
    }

    /// Pixels that change in place.
    pub fn pixels(pixels: &Arc<RgbImage>) -> Self {
        Self {
            source: Source::Pixels(pixels.clone()),
            crop: Crop::Whole,
            alt: String::new(),
            hold: true,
        }
    }
}

/// A picture's name in the cache: what it is and how large.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    content: Content,
    crop: Crop,
    columns: u16,
    rows: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Content {
    File(PathBuf),
    /// Hash of the pixels: the same picture made twice is sent once.
    Pixels(u64),
}

struct Entry {
    encoded: Encoded,
    bytes: usize,
    /// The frame that drew it last.
    used: u64,
}

/// The pictures of the screen.
pub struct Pictures {
    graphics: Graphics,
    workers: Workers,
    cache: HashMap<Key, Entry>,
    bytes: usize,
    frame: u64,
    wanted: Vec<Job<Key>>,
    /// What the latest frames drew where.
    placed: Vec<(Rect, Key)>,
    placing: Vec<(Rect, Key)>,
    /// Raw sequences for the terminal before the next frame.
    before: String,
    next_id: u32,
    /// Pictures that could not be decoded, so that they are not tried again.
    failed: HashMap<Key, String>,
}

impl std::fmt::Debug for Pictures {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(
            f,
            "Pictures({:?}, {} cached)",
            self.graphics,
            self.cache.len()
        )
    }
}

impl Pictures {
    /// Starts the workers; `notify` is called on their threads when one has
    /// something for [`Pictures::accept`].
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn new(
        graphics: Graphics,
        notify: impl Fn(Done) + Send + Clone + 'static,
    ) -> std::io::Result<Self> {
        Ok(Self {
            graphics,
            workers: Workers::start(notify)?,
            cache: HashMap::new(),
            bytes: 0,
            frame: 0,
            wanted: Vec::new(),
            placed: Vec::new(),
            placing: Vec::new(),
            before: String::new(),
            // Ids are the terminal's, not ours alone: start where no other
            // program of the same terminal is likely to be.
            next_id: std::process::id().wrapping_mul(0x9e37_79b1) | 0x0100_0000,
            failed: HashMap::new(),
        })
    }

    /// How pictures are drawn.
    pub fn graphics(&self) -> &Graphics {
        &self.graphics
    }

    /// The terminal's font changed: pictures are made again for the new size.
    pub fn set_cell_size(&mut self, cell: (u16, u16)) {
        if self.graphics.cell != cell {
            self.graphics.cell = cell;
            self.forget();
        }
    }

    /// Drops every encoded picture, also the terminal's own copies: what Ctrl-L
    /// does after something else wrecked them.
    pub fn forget(&mut self) {
        let ids: Vec<u32> = self
            .cache
            .values()
            .filter_map(|e| e.encoded.kitty_id())
            .collect();
        for id in ids {
            self.delete(id);
        }
        self.cache.clear();
        self.failed.clear();
        self.bytes = 0;
        self.placed.clear();
        self.placing.clear();
        self.workers.forget();
    }

    /// Sequences that the terminal must get before the next frame.
    pub fn take_before(&mut self) -> String {
        std::mem::take(&mut self.before)
    }

    /// Puts a worker's result into the cache. `true` when the screen should be
    /// drawn again for it.
    pub fn accept(&mut self, done: Done) -> bool {
        let Some((key, result)) = self.workers.receive(done) else {
            return false;
        };
        match result {
            Ok(encoded) => {
                let bytes = encoded.bytes();
                self.bytes += bytes;
                let entry = Entry {
                    encoded,
                    bytes,
                    used: self.frame,
                };
                if let Some(old) = self.cache.insert(key, entry) {
                    self.bytes -= old.bytes;
                    if let Some(id) = old.encoded.kitty_id() {
                        self.delete(id);
                    }
                }
                self.evict();
            }
            Err(problem) => {
                self.failed.insert(key, problem);
            }
        }
        true
    }

    /// Begins a frame.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
        self.wanted.clear();
        self.placing.clear();
    }

    /// Draws a picture over all of `area`, or what stands in for it.
    pub fn draw(&mut self, picture: &Picture, area: Rect, style: Style, buffer: &mut Buffer) {
        let area = area.intersection(*buffer.area());
        if area.is_empty() {
            return;
        }
        if self.graphics.protocol.is_none() {
            return stand_in(&picture.alt, area, style, buffer);
        }
        let key = Key {
            content: match &picture.source {
                Source::File(path) => Content::File(path.clone()),
                Source::Pixels(pixels) => Content::Pixels(hash(pixels)),
            },
            crop: picture.crop,
            columns: area.width,
            rows: area.height,
        };
        if let Some(entry) = self.cache.get_mut(&key) {
            entry.used = self.frame;
            entry.encoded.render(area, buffer);
            self.placing.push((area, key));
            return;
        }
        if self.failed.contains_key(&key) {
            return stand_in("unreadable", area, style, buffer);
        }
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1).max(1);
        self.wanted.push(Job {
            key: key.clone(),
            source: picture.source.clone(),
            crop: picture.crop,
            columns: area.width,
            rows: area.height,
            graphics: self.graphics.clone(),
            id,
        });
        if picture.hold
            && let Some((_, old)) = self.placed.iter().find(|(place, _)| *place == area)
            && let Some(entry) = self.cache.get_mut(old)
        {
            entry.used = self.frame;
            entry.encoded.render(area, buffer);
            self.placing.push((area, old.clone()));
            return;
        }
        stand_in(&picture.alt, area, style, buffer);
    }

    /// Ends a frame: the workers get the list of what is missing on it.
    pub fn end_frame(&mut self) {
        self.workers.want(std::mem::take(&mut self.wanted));
        std::mem::swap(&mut self.placed, &mut self.placing);
    }

    /// Whether everything that the latest frame asked for was there.
    pub fn is_complete(&self) -> bool {
        self.workers.is_idle()
    }

    /// Least recently drawn pictures go first; those of this frame stay.
    fn evict(&mut self) {
        if self.bytes <= CACHE_BYTES {
            return;
        }
        let mut old: Vec<(u64, Key)> = self
            .cache
            .iter()
            .filter(|(_, entry)| entry.used < self.frame)
            .map(|(key, entry)| (entry.used, key.clone()))
            .collect();
        old.sort_by_key(|(used, _)| *used);
        for (_, key) in old {
            // Down to three quarters, so that not every new picture evicts one.
            if self.bytes <= CACHE_BYTES / 4 * 3 {
                break;
            }
            if let Some(entry) = self.cache.remove(&key) {
                self.bytes -= entry.bytes;
                if let Some(id) = entry.encoded.kitty_id() {
                    self.delete(id);
                }
            }
        }
    }

    /// Tells a kitty-like terminal to free a picture; ratatui-image never does.
    fn delete(&mut self, id: u32) {
        let _ = if self.graphics.tmux {
            write!(
                self.before,
                "\x1bPtmux;\x1b\x1b_Ga=d,d=I,i={id},q=2\x1b\x1b\\\x1b\\"
            )
        } else {
            write!(self.before, "\x1b_Ga=d,d=I,i={id},q=2\x1b\\")
        };
    }
}

/// A quiet block with a word in its middle.
fn stand_in(alt: &str, area: Rect, style: Style, buffer: &mut Buffer) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(style);
            }
        }
    }
    let middle = Rect {
        y: area.y + (area.height - 1) / 2,
        height: 1,
        ..area
    };
    Paragraph::new(super::text::cut(alt, area.width.into()))
        .alignment(Alignment::Center)
        .style(style)
        .render(middle, buffer);
}

fn hash(pixels: &RgbImage) -> u64 {
    let mut hasher = DefaultHasher::new();
    pixels.dimensions().hash(&mut hasher);
    pixels.as_raw().hash(&mut hasher);
    hasher.finish()
}
