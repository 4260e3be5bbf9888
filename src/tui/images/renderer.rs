//! The cache of encoded pictures, and drawing from it.

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Paragraph, Widget};

use super::budget::Budget;
use super::cache_key::CacheKey;
use super::capabilities::Capabilities;
use super::detail::Detail;
use super::encode::EncodedPicture;
use super::kitty::KittyStore;
use super::picture::Picture;
use super::workers::{EncodeJob, EncodeResult, EncoderThreads};
use crate::tui::colours::Depth;
use crate::tui::text;

/// The size of the cache, in bytes of what its pictures send to the terminal. A
/// screen of sixel thumbnails is about a megabyte.
const CACHE_BYTES: usize = 48 << 20;

struct Entry {
    encoded: EncodedPicture,
    bytes: usize,
    /// The frame that drew it last.
    used: u64,
    /// The least detail that it fits into.
    fits: Detail,
}

/// Draws pictures from a cache.
pub struct ImageRenderer {
    capabilities: Capabilities,
    /// How finely new pictures are encoded.
    detail: Detail,
    workers: EncoderThreads,
    cache: HashMap<CacheKey, Entry>,
    bytes: usize,
    frame: u64,
    wanted: Vec<EncodeJob>,
    /// What this frame may still write.
    budget: Budget,
    /// Whether this frame leaves out pictures because the line is busy.
    has_withheld: bool,
    /// Whether the screen was cleared, so that nothing is on it any more.
    is_cleared: bool,
    /// What the previous frame drew, and where.
    previous_placements: Vec<(Rect, CacheKey)>,
    /// What the present frame has drawn, and where.
    placements: Vec<(Rect, CacheKey)>,
    /// The pictures that the terminal stores (kitty's protocol).
    kitty: KittyStore,
    next_id: u32,
    /// Differs between processes.
    id_offset: u32,
    /// Pictures that could not be decoded, so that they are not tried again.
    failed: HashMap<CacheKey, String>,
}

impl std::fmt::Debug for ImageRenderer {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(
            f,
            "ImageRenderer({:?}, {} cached)",
            self.capabilities,
            self.cache.len()
        )
    }
}

impl ImageRenderer {
    /// Starts the workers. They call `notify` with each result, which is for
    /// [`ImageRenderer::accept`].
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn new(
        capabilities: Capabilities,
        notify: impl Fn(EncodeResult) + Send + Clone + 'static,
    ) -> std::io::Result<Self> {
        Ok(Self {
            kitty: KittyStore::new(capabilities.tmux),
            capabilities,
            detail: Detail::FULL,
            workers: EncoderThreads::start(notify)?,
            cache: HashMap::new(),
            bytes: 0,
            frame: 0,
            wanted: Vec::new(),
            budget: Budget {
                bytes: None,
                is_idle: true,
            },
            has_withheld: false,
            is_cleared: false,
            previous_placements: Vec::new(),
            placements: Vec::new(),
            // All programs of a terminal share its ids: start where another one is
            // not likely to be.
            next_id: 0,
            id_offset: std::process::id().wrapping_mul(0x9e37_79b1),
            failed: HashMap::new(),
        })
    }

    /// How pictures are drawn.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// The terminal has other capabilities than it seemed, or another font: all
    /// pictures are encoded again.
    pub fn set_capabilities(&mut self, capabilities: Capabilities) {
        if self.capabilities != capabilities {
            self.invalidate();
            if self.capabilities.tmux != capabilities.tmux {
                self.kitty = KittyStore::new(capabilities.tmux);
            }
            self.capabilities = capabilities;
        }
    }

    /// Sets how finely new pictures are encoded. What is on the screen in more detail
    /// stays; what is there in less is encoded again.
    pub(crate) fn set_detail(&mut self, detail: Detail) {
        self.detail = detail;
    }

    /// Sets what the next frame may write.
    pub(crate) fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// Whether the latest frame left out pictures because the line was busy.
    pub(crate) fn has_withheld(&self) -> bool {
        self.has_withheld
    }

    /// Drops every encoded picture, those stored in the terminal too.
    pub(crate) fn invalidate(&mut self) {
        self.kitty.on_screen_cleared();
        self.cache.clear();
        self.failed.clear();
        self.bytes = 0;
        self.previous_placements.clear();
        self.placements.clear();
        self.workers.invalidate();
    }

    /// The screen was cleared, and the terminal may have lost its stored pictures:
    /// those that the next frame shows are sent again.
    pub(crate) fn on_screen_cleared(&mut self) {
        self.kitty.on_screen_cleared();
        self.is_cleared = true;
    }

    /// Escape sequences to be written before the text of the present frame.
    pub(crate) fn take_escapes(&mut self) -> String {
        self.kitty.take_escapes()
    }

    /// Escape sequences that delete the pictures stored in the terminal, for when it
    /// is released.
    pub(crate) fn exit_escapes(&self) -> String {
        self.kitty.exit_escapes()
    }

    /// Puts a worker's result into the cache; `true` if the screen should be drawn
    /// again for it.
    pub fn accept(&mut self, done: EncodeResult) -> bool {
        let Some((key, result)) = self.workers.receive(done) else {
            return false;
        };
        match result {
            Ok(encoded) => {
                let fits = key.detail;
                // Of full detail in whatever detail it was asked for: another detail must
                // not send the same again.
                let key = if encoded.is_whole() {
                    key.with_detail(Detail::FULL)
                } else {
                    key
                };
                if let Some(same) = self.cache.get_mut(&key) {
                    same.fits = same.fits.min(fits);
                    return true;
                }
                let bytes = encoded.byte_len();
                self.bytes += bytes;
                self.free_id(&encoded);
                let entry = Entry {
                    encoded,
                    bytes,
                    used: self.frame,
                    fits,
                };
                self.cache.insert(key, entry);
                self.evict();
            }
            Err(problem) => {
                self.failed.insert(key, problem);
            }
        }
        true
    }

    /// Begins a frame.
    pub(crate) fn begin_frame(&mut self) {
        self.frame += 1;
        self.wanted.clear();
        self.placements.clear();
        self.has_withheld = false;
    }

    /// Draws a picture over all of `area`, or its placeholder.
    pub(crate) fn draw(
        &mut self,
        picture: &Picture,
        area: Rect,
        style: Style,
        buffer: &mut Buffer,
    ) {
        let area = area.intersection(*buffer.area());
        if area.is_empty() {
            return;
        }
        if self.capabilities.protocol.is_none() {
            return draw_placeholder(&picture.alt, area, style, buffer);
        }
        // Characters cost what they cost.
        let detail = if self.capabilities.shows_pixels() {
            self.detail
        } else {
            Detail::FULL
        };
        let key = CacheKey::new(picture, area.as_size(), detail);
        if self.draw_finer(&key, area, buffer) || self.draw_cached(&key, area, buffer) {
            return;
        }
        if self.failed.contains_key(&key) {
            return draw_placeholder("unreadable", area, style, buffer);
        }
        let id = self.new_id();
        self.wanted.push(EncodeJob {
            key: key.clone(),
            source: picture.source.clone(),
            capabilities: self.capabilities.clone(),
            id,
        });
        if self.draw_coarser(&key, area, buffer) {
            return;
        }
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

    /// An id for kitty's protocol. Text carries its lower bytes as a colour, so that
    /// with 256 colours it must be one of these; the high byte is carried apart. In tmux
    /// it tells programs in different panes apart; elsewhere the alternate screen has
    /// pictures of its own, and small ids take fewer bytes.
    fn new_id(&mut self) -> u32 {
        self.next_id = self.next_id.wrapping_add(1);
        let tmux = self.capabilities.tmux;
        let offset = if tmux { self.id_offset } else { 0 };
        let number = self.next_id.wrapping_add(offset);
        if self.capabilities.depth < Depth::Truecolor {
            let (low, high) = (number % 255 + 1, number / 255 % 255 + 1);
            high << 24 | low
        } else if tmux {
            number | 0x0100_0000
        } else {
            number % 0x00ff_ffff + 1
        }
    }

    /// Draws a picture that is encoded; `false` if it is not.
    fn draw_cached(&mut self, key: &CacheKey, area: Rect, buffer: &mut Buffer) -> bool {
        let cost = self.cost(key, area);
        let Some(entry) = self.cache.get_mut(key) else {
            return false;
        };
        if !self.budget.pay(cost) {
            self.has_withheld = true;
            return false;
        }
        entry.used = self.frame;
        entry.encoded.render(area, buffer);
        if let Some(picture) = entry.encoded.kitty() {
            self.kitty.show(picture, self.frame);
        }
        self.placements.push((area, key.clone()));
        true
    }

    /// What a picture would cost on the line: nothing where it is on the screen already, or
    /// where the terminal stores it.
    fn cost(&self, key: &CacheKey, area: Rect) -> usize {
        let Some(entry) = self.cache.get(key) else {
            return 0;
        };
        let is_there = match entry.encoded.kitty() {
            Some(picture) => self.kitty.has(picture.id),
            None => {
                let mut shown = self.previous_placements.iter();
                !self.is_cleared && shown.any(|(place, shown)| *place == area && shown == key)
            }
        };
        if is_there {
            0
        } else {
            entry.encoded.line_bytes()
        }
    }

    /// Draws a picture that is encoded in more detail than asked for, if that costs
    /// little: it is on the screen already, or the terminal stores it.
    fn draw_finer(&mut self, key: &CacheKey, area: Rect, buffer: &mut Buffer) -> bool {
        let finer = Detail::all().filter(|detail| *detail > key.detail);
        for other in finer.map(|detail| key.clone().with_detail(detail)) {
            let Some(entry) = self.cache.get(&other) else {
                continue;
            };
            let is_stored = entry
                .encoded
                .kitty()
                .is_some_and(|picture| self.kitty.has(picture.id));
            let is_there = self
                .previous_placements
                .iter()
                .any(|(place, shown)| *place == area && *shown == other);
            let is_small =
                entry.fits <= key.detail || entry.encoded.line_bytes() <= key.detail.max_bytes();
            if (is_stored || is_there || is_small) && self.draw_cached(&other, area, buffer) {
                return true;
            }
        }
        false
    }

    /// Draws a picture that is encoded in less detail than asked for.
    fn draw_coarser(&mut self, key: &CacheKey, area: Rect, buffer: &mut Buffer) -> bool {
        Detail::all()
            .filter(|detail| *detail < key.detail)
            .any(|detail| self.draw_cached(&key.clone().with_detail(detail), area, buffer))
    }

    /// Ends a frame: the workers get the list of its missing pictures.
    pub(crate) fn end_frame(&mut self) {
        self.workers.replace_queue(std::mem::take(&mut self.wanted));
        self.delete_replaced();
        self.kitty.evict(self.frame);
        std::mem::swap(&mut self.previous_placements, &mut self.placements);
        self.is_cleared = false;
    }

    /// Deletes computed pictures that others have replaced: the terminal need not
    /// store a picture for every position of a slider.
    fn delete_replaced(&mut self) {
        for (area, old) in &self.previous_placements {
            let is_shown = self.placements.iter().any(|(_, key)| key == old);
            let is_replaced = self.placements.iter().any(|(place, _)| place == area);
            if old.is_computed()
                && is_replaced
                && !is_shown
                && let Some(picture) = self.cache.get(old).and_then(|e| e.encoded.kitty())
            {
                self.kitty.delete(picture.id);
            }
        }
    }

    /// Drops the picture that has the id of a new one: where there are few ids, they
    /// repeat.
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

    /// Deletes a picture that has left the cache from the terminal too.
    fn drop_entry(&mut self, entry: &Entry) {
        self.bytes -= entry.bytes;
        if let Some(picture) = entry.encoded.kitty() {
            self.kitty.delete(picture.id);
        }
    }

    /// Whether all pictures of the latest frame were ready.
    pub fn is_complete(&self) -> bool {
        self.workers.is_idle() && !self.has_withheld
    }

    /// Drops the least recently drawn pictures, but none of this frame.
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
            // To three quarters, so that not every new picture evicts one.
            if self.bytes <= CACHE_BYTES / 4 * 3 {
                break;
            }
            if let Some(entry) = self.cache.remove(&key) {
                self.drop_entry(&entry);
            }
        }
    }
}

/// Draws a plain block with a word in its middle.
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
    Paragraph::new(text::truncate(alt, area.width.into()))
        .alignment(Alignment::Center)
        .style(style)
        .render(middle, buffer);
}
