//! Pictures on the terminal: a bounded cache of encoded pictures, filled by
//! worker threads, drawn by the views without ever waiting for one.
//!
//! A view asks for a picture each time it draws. If it is encoded already, it
//! appears; if not, a quiet block with the person's initials stands in, the
//! workers are told, and the loop draws again when they are done. What no view
//! asked for in the latest frame is not encoded any more.

mod ansi16;
mod blocks;
mod capabilities;
mod encode;
mod kitty;
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
pub use capabilities::{Capabilities, window_cell_size};
pub use encode::{EncodedPicture, max_rows};
use kitty::KittyStore;
pub use kitty::PLACEHOLDER;
pub use workers::EncodeResult;
use workers::{EncodeJob, EncoderThreads};

/// Encoded pictures kept, in bytes of what they send to the terminal. A screen
/// of sixel thumbnails is about a megabyte.
const CACHE_BYTES: usize = 48 << 20;

/// What a picture is made of.
#[derive(Debug, Clone)]
pub enum PixelSource {
    /// A file, decoded by the workers.
    File(PathBuf),
    /// Pixels at hand.
    Pixels(Arc<RgbImage>),
}

/// Which part of a picture is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// All of it.
    Whole,
    /// The middle three fifths, where LFW has the face: for thumbnails.
    Center,
}

/// A picture that a view wants drawn.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Where its pixels are.
    pub source: PixelSource,
    /// Which part.
    pub region: Region,
    /// Stands in while it is not ready: initials, or nothing.
    pub alt: String,
    /// While it is not ready, keep what was drawn at the same place: for
    /// pictures that follow a slider.
    pub keep_previous: bool,
}

impl Picture {
    /// All of a file.
    pub fn file(path: PathBuf, alt: impl Into<String>) -> Self {
        Self {
            source: PixelSource::File(path),
            region: Region::Whole,
            alt: alt.into(),
            keep_previous: false,
        }
    }

    /// The middle of a file: a thumbnail.
    pub fn thumbnail(path: PathBuf, alt: impl Into<String>) -> Self {
        Self {
            region: Region::Center,
            ..Self::file(path, alt)
        }
    }

    /// Pixels that change in place.
    pub fn pixels(pixels: &Arc<RgbImage>) -> Self {
        Self {
            source: PixelSource::Pixels(pixels.clone()),
            region: Region::Whole,
            alt: String::new(),
            keep_previous: true,
        }
    }
}

/// A picture's name in the cache: what it is and how large.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct CacheKey {
    content: Content,
    region: Region,
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
    encoded: EncodedPicture,
    bytes: usize,
    /// The frame that drew it last.
    used: u64,
}

/// The pictures of the screen.
pub struct ImageRenderer {
    capabilities: Capabilities,
    workers: EncoderThreads,
    cache: HashMap<CacheKey, Entry>,
    bytes: usize,
    frame: u64,
    wanted: Vec<EncodeJob<CacheKey>>,
    /// What the latest frames drew where.
    previous_placements: Vec<(Rect, CacheKey)>,
    placements: Vec<(Rect, CacheKey)>,
    /// What a terminal that keeps pictures has.
    kitty: KittyStore,
    next_id: u32,
    /// Pictures that could not be decoded, so that they are not tried again.
    failed: HashMap<CacheKey, String>,
}

impl std::fmt::Debug for ImageRenderer {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(
            f,
            "Pictures({:?}, {} cached)",
            self.capabilities,
            self.cache.len()
        )
    }
}

impl ImageRenderer {
    /// Starts the workers; `notify` is called on their threads when one has
    /// something for [`ImageRenderer::accept`].
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn new(
        graphics: Capabilities,
        notify: impl Fn(EncodeResult) + Send + Clone + 'static,
    ) -> std::io::Result<Self> {
        Ok(Self {
            kitty: KittyStore::new(graphics.tmux),
            capabilities: graphics,
            workers: EncoderThreads::start(notify)?,
            cache: HashMap::new(),
            bytes: 0,
            frame: 0,
            wanted: Vec::new(),
            previous_placements: Vec::new(),
            placements: Vec::new(),
            // Ids are the terminal's, not ours alone: start where no other
            // program of the same terminal is likely to be.
            next_id: std::process::id().wrapping_mul(0x9e37_79b1),
            failed: HashMap::new(),
        })
    }

    /// How pictures are drawn.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// The terminal turned out to draw otherwise, or its font changed: pictures
    /// are made again.
    pub fn set_capabilities(&mut self, graphics: Capabilities) {
        if self.capabilities != graphics {
            self.invalidate();
            if self.capabilities.tmux != graphics.tmux {
                self.kitty = KittyStore::new(graphics.tmux);
            }
            self.capabilities = graphics;
        }
    }

    /// Drops every encoded picture, also the terminal's own copies: what Ctrl-L
    /// does after something else wrecked them.
    pub fn invalidate(&mut self) {
        self.kitty.on_screen_cleared();
        self.cache.clear();
        self.failed.clear();
        self.bytes = 0;
        self.previous_placements.clear();
        self.placements.clear();
        self.workers.invalidate();
    }

    /// The screen was cleared, so that a terminal that keeps pictures may have
    /// lost them: those that the next frame shows are sent again.
    pub fn on_screen_cleared(&mut self) {
        self.kitty.on_screen_cleared();
    }

    /// Sequences that the terminal must get between the frame that was begun
    /// last and its text.
    pub fn take_escapes(&mut self) -> String {
        self.kitty.take_escapes()
    }

    /// Sequences that free what the terminal keeps of us, for when it is given back.
    pub fn exit_escapes(&self) -> String {
        self.kitty.exit_escapes()
    }

    /// Puts a worker's result into the cache. `true` when the screen should be
    /// drawn again for it.
    pub fn accept(&mut self, done: EncodeResult) -> bool {
        let Some((key, result)) = self.workers.receive(done) else {
            return false;
        };
        match result {
            Ok(encoded) => {
                let bytes = encoded.byte_len();
                self.bytes += bytes;
                self.free_id(&encoded);
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
        self.placements.clear();
    }

    /// Draws a picture over all of `area`, or what stands in for it.
    pub fn draw(&mut self, picture: &Picture, area: Rect, style: Style, buffer: &mut Buffer) {
        let area = area.intersection(*buffer.area());
        if area.is_empty() {
            return;
        }
        if self.capabilities.protocol.is_none() {
            return draw_placeholder(&picture.alt, area, style, buffer);
        }
        let key = CacheKey {
            content: match &picture.source {
                PixelSource::File(path) => Content::File(path.clone()),
                PixelSource::Pixels(pixels) => Content::Pixels(hash_pixels(pixels)),
            },
            region: picture.region,
            columns: area.width,
            rows: area.height,
        };
        if self.draw_cached(&key, area, buffer) {
            return;
        }
        if self.failed.contains_key(&key) {
            return draw_placeholder("unreadable", area, style, buffer);
        }
        let id = self.new_id();
        self.wanted.push(EncodeJob {
            key: key.clone(),
            source: picture.source.clone(),
            region: picture.region,
            columns: area.width,
            rows: area.height,
            capabilities: self.capabilities.clone(),
            id,
        });
        if picture.keep_previous
            && let Some((_, old)) = self
                .previous_placements
                .iter()
                .find(|(place, _)| *place == area)
            && self.draw_cached(&old.clone(), area, buffer)
        {
            return;
        }
        draw_placeholder(&picture.alt, area, style, buffer);
    }

    /// A number for a kitty-like terminal. Text carries it as a colour, so that
    /// where there are only 256 it must be one of them; the high byte is apart.
    fn new_id(&mut self) -> u32 {
        self.next_id = self.next_id.wrapping_add(1);
        if self.capabilities.depth == Depth::Truecolor {
            self.next_id | 0x0100_0000
        } else {
            let (low, high) = (self.next_id % 255 + 1, self.next_id / 255 % 255 + 1);
            high << 24 | low
        }
    }

    /// Draws a picture that is encoded; `false` when it is not.
    fn draw_cached(&mut self, key: &CacheKey, area: Rect, buffer: &mut Buffer) -> bool {
        let Some(entry) = self.cache.get_mut(key) else {
            return false;
        };
        entry.used = self.frame;
        entry.encoded.render(area, buffer);
        if let Some(picture) = entry.encoded.kitty() {
            self.kitty.show(picture, self.frame);
        }
        self.placements.push((area, key.clone()));
        true
    }

    /// Ends a frame: the workers get the list of what is missing on it.
    pub fn end_frame(&mut self) {
        self.workers.replace_queue(std::mem::take(&mut self.wanted));
        self.delete_replaced();
        self.kitty.evict(self.frame);
        std::mem::swap(&mut self.previous_placements, &mut self.placements);
    }

    /// A made picture that another took the place of is not likely to come
    /// back: a terminal need not keep every position that a slider went through.
    fn delete_replaced(&mut self) {
        for (area, old) in &self.previous_placements {
            let is_shown = self.placements.iter().any(|(_, key)| key == old);
            let is_replaced = self.placements.iter().any(|(place, _)| place == area);
            if matches!(old.content, Content::Pixels(_))
                && is_replaced
                && !is_shown
                && let Some(picture) = self.cache.get(old).and_then(|e| e.encoded.kitty())
            {
                self.kitty.delete(picture.id);
            }
        }
    }

    /// Drops what has the number of a new picture: where there are few, they
    /// come round again.
    fn free_id(&mut self, new: &EncodedPicture) {
        let Some(id) = new.kitty().map(|picture| picture.id) else {
            return;
        };
        let has_it = |entry: &Entry| entry.encoded.kitty().is_some_and(|old| old.id == id);
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
        if let Some(picture) = entry.encoded.kitty() {
            self.kitty.delete(picture.id);
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
        let mut old: Vec<(u64, CacheKey)> = self
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
fn draw_placeholder(alt: &str, area: Rect, style: Style, buffer: &mut Buffer) {
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
    Paragraph::new(super::text::truncate(alt, area.width.into()))
        .alignment(Alignment::Center)
        .style(style)
        .render(middle, buffer);
}

fn hash_pixels(pixels: &RgbImage) -> u64 {
    let mut hasher = DefaultHasher::new();
    pixels.dimensions().hash(&mut hasher);
    pixels.as_raw().hash(&mut hasher);
    hasher.finish()
}
