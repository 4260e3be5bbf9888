//! Pictures on the terminal: a bounded cache of encoded pictures, filled by
//! worker threads, drawn by the views without ever waiting for one.
//!
//! A view asks for a picture each time it draws. If it is encoded already, it
//! appears; if not, a quiet block with the person's initials stands in, the
//! workers are told, and the loop draws again when they are done. What no view
//! asked for in the latest frame is not encoded any more.

mod blocks;
mod choice;
mod encode;
mod kitty;
mod sixteen;
mod workers;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;
use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Paragraph, Widget};

use super::colours::Depth;
pub use choice::{Graphics, window_cell_size};
pub use encode::{Encoded, row_cap};
use kitty::Kept;
pub use kitty::PLACEHOLDER;
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
    /// What a terminal that keeps pictures has.
    kept: Kept,
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
            kept: Kept::new(graphics.tmux),
            graphics,
            workers: Workers::start(notify)?,
            cache: HashMap::new(),
            bytes: 0,
            frame: 0,
            wanted: Vec::new(),
            placed: Vec::new(),
            placing: Vec::new(),
            // Ids are the terminal's, not ours alone: start where no other
            // program of the same terminal is likely to be.
            next_id: std::process::id().wrapping_mul(0x9e37_79b1),
            failed: HashMap::new(),
        })
    }

    /// How pictures are drawn.
    pub fn graphics(&self) -> &Graphics {
        &self.graphics
    }

    /// The terminal turned out to draw otherwise, or its font changed: pictures
    /// are made again.
    pub fn set_graphics(&mut self, graphics: Graphics) {
        if self.graphics != graphics {
            self.forget();
            if self.graphics.tmux != graphics.tmux {
                self.kept = Kept::new(graphics.tmux);
            }
            self.graphics = graphics;
        }
    }

    /// Drops every encoded picture, also the terminal's own copies: what Ctrl-L
    /// does after something else wrecked them.
    pub fn forget(&mut self) {
        self.kept.cleared();
        self.cache.clear();
        self.failed.clear();
        self.bytes = 0;
        self.placed.clear();
        self.placing.clear();
        self.workers.forget();
    }

    /// The screen was cleared, so that a terminal that keeps pictures may have
    /// lost them: those that the next frame shows are sent again.
    pub fn screen_cleared(&mut self) {
        self.kept.cleared();
    }

    /// Sequences that the terminal must get between the frame that was begun
    /// last and its text.
    pub fn take_sequences(&mut self) -> String {
        self.kept.take_sequences()
    }

    /// Sequences that free what the terminal keeps of us, for when it is given back.
    pub fn farewell(&self) -> String {
        self.kept.farewell()
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
                self.free_number(&encoded);
                let entry = Entry {
                    encoded,
                    bytes,
                    used: self.frame,
                };
                if let Some(old) = self.cache.insert(key, entry) {
                    self.drop_entry(&old);
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
        if self.place(&key, area, buffer) {
            return;
        }
        if self.failed.contains_key(&key) {
            return stand_in("unreadable", area, style, buffer);
        }
        let id = self.new_id();
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
            && self.place(&old.clone(), area, buffer)
        {
            return;
        }
        stand_in(&picture.alt, area, style, buffer);
    }

    /// A number for a kitty-like terminal. Text carries it as a colour, so that
    /// where there are only 256 it must be one of them; the high byte is apart.
    fn new_id(&mut self) -> u32 {
        self.next_id = self.next_id.wrapping_add(1);
        match self.graphics.depth {
            Depth::Truecolor => self.next_id | 0x0100_0000,
            _ => {
                let (low, high) = (self.next_id % 255 + 1, self.next_id / 255 % 255 + 1);
                high << 24 | low
            }
        }
    }

    /// Draws a picture that is encoded; `false` when it is not.
    fn place(&mut self, key: &Key, area: Rect, buffer: &mut Buffer) -> bool {
        let Some(entry) = self.cache.get_mut(key) else {
            return false;
        };
        entry.used = self.frame;
        entry.encoded.render(area, buffer);
        if let Some(picture) = entry.encoded.kept() {
            self.kept.show(picture, self.frame);
        }
        self.placing.push((area, key.clone()));
        true
    }

    /// Ends a frame: the workers get the list of what is missing on it.
    pub fn end_frame(&mut self) {
        self.workers.want(std::mem::take(&mut self.wanted));
        self.delete_replaced();
        self.kept.limit(self.frame);
        std::mem::swap(&mut self.placed, &mut self.placing);
    }

    /// A made picture that another took the place of is not likely to come
    /// back: a terminal need not keep every position that a slider went through.
    fn delete_replaced(&mut self) {
        for (area, old) in &self.placed {
            let is_shown = self.placing.iter().any(|(_, key)| key == old);
            let is_replaced = self.placing.iter().any(|(place, _)| place == area);
            if matches!(old.content, Content::Pixels(_))
                && is_replaced
                && !is_shown
                && let Some(picture) = self.cache.get(old).and_then(|e| e.encoded.kept())
            {
                self.kept.delete(picture.id);
            }
        }
    }

    /// Drops what has the number of a new picture: where there are few, they
    /// come round again.
    fn free_number(&mut self, new: &Encoded) {
        let Some(id) = new.kept().map(|picture| picture.id) else {
            return;
        };
        let has_it = |entry: &Entry| entry.encoded.kept().is_some_and(|old| old.id == id);
        let found = self.cache.iter().find(|(_, entry)| has_it(entry));
        if let Some(key) = found.map(|(key, _)| key.clone())
            && let Some(entry) = self.cache.remove(&key)
        {
            self.drop_entry(&entry);
        }
    }

    /// What leaves the cache leaves the terminal too.
    fn drop_entry(&mut self, entry: &Entry) {
        self.bytes -= entry.bytes;
        if let Some(picture) = entry.encoded.kept() {
            self.kept.delete(picture.id);
        }
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
                self.drop_entry(&entry);
            }
        }
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
