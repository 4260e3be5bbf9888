//! A small terminal: what the program's bytes leave on its screen. It knows what this
//! program writes, and passes over the rest.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use unicode_width::UnicodeWidthChar;
use vte::{Params, Parser, Perform};

use super::pictures::{KittyPictures, Shown, iterm2, kitty_marks, sixel};
use super::strings::{Piece, Splitter};
use crate::tui::images::placeholder::PLACEHOLDER;
use crate::tui::recording::TerminalFacts;

/// The most columns, and the most rows, that are drawn.
const MOST_COLUMNS: u16 = 600;
const MOST_ROWS: u16 = 300;

/// The most characters that are put together in one cell.
const MOST_IN_CELL: usize = 32;

/// What a cell shows of a picture.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// The picture.
    pub(crate) picture: Arc<Shown>,
    /// Its column and row that the cell shows.
    pub(crate) at: (u16, u16),
}

/// The terminal.
pub(crate) struct Screen {
    splitter: Splitter,
    parser: Parser,
    state: State,
}

/// What is on it.
struct State {
    facts: TerminalFacts,
    buffer: Buffer,
    /// Inline pictures, a place for each cell.
    parts: Vec<Option<Part>>,
    kitty: KittyPictures,
    style: Style,
    /// The last character, for its repetition.
    printed: Option<char>,
    cursor: (u16, u16),
    saved_cursor: (u16, u16),
    /// The last column was written: the next character begins a row.
    wraps: bool,
    /// Whether the screen of full-screen programs is shown.
    is_alternate: bool,
    /// Whether a frame is being written.
    in_frame: bool,
    /// Whether a frame was finished that nobody has taken.
    has_frame: bool,
    /// Whether the program says where its frames begin and end.
    marks_frames: bool,
}

impl Screen {
    /// Empty, of these columns and rows.
    pub(crate) fn new(size: (u16, u16), facts: TerminalFacts) -> Self {
        let mut state = State {
            facts,
            buffer: Buffer::empty(Rect::ZERO),
            parts: Vec::new(),
            kitty: KittyPictures::default(),
            style: Style::reset(),
            printed: None,
            cursor: (0, 0),
            saved_cursor: (0, 0),
            wraps: false,
            is_alternate: false,
            in_frame: false,
            has_frame: false,
            marks_frames: true,
        };
        state.resize(size);
        Self {
            splitter: Splitter::default(),
            parser: Parser::new(),
            state,
        }
    }

    /// The terminal gets bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        for piece in self.splitter.feed(bytes) {
            let state = &mut self.state;
            let cell_size = state.facts.cell_size;
            match piece {
                Piece::Plain(bytes) => self.parser.advance(state, &bytes),
                Piece::Dcs(body) => {
                    if let Some(shown) = sixel(&body, cell_size) {
                        state.place(Arc::new(shown));
                    }
                }
                Piece::Osc(body) => {
                    if let Some(shown) = iterm2(&body, cell_size) {
                        state.place(Arc::new(shown));
                    }
                }
                Piece::Apc(body) => state.kitty.on_command(&body, cell_size),
            }
        }
    }

    /// The terminal has another size. What was on it is drawn again by the program.
    pub(crate) fn resize(&mut self, size: (u16, u16)) {
        self.state.resize(size);
    }

    /// More is known of the terminal.
    pub(crate) fn set_facts(&mut self, facts: TerminalFacts) {
        self.state.facts = facts;
    }

    /// What is known of the terminal.
    pub(crate) fn facts(&self) -> TerminalFacts {
        self.state.facts
    }

    /// Text and colours.
    pub(crate) fn buffer(&self) -> &Buffer {
        &self.state.buffer
    }

    /// Whether the program says where its frames begin and end. Otherwise one ends with
    /// every write.
    pub(crate) fn set_marks_frames(&mut self, marks_frames: bool) {
        self.state.marks_frames = marks_frames;
    }

    /// Whether the screen shows a whole frame that was not there at the last call.
    pub(crate) fn take_frame(&mut self) -> bool {
        let state = &mut self.state;
        if !state.marks_frames {
            return !state.in_frame;
        }
        std::mem::take(&mut state.has_frame) && state.is_alternate && !state.in_frame
    }

    /// What each cell shows of pictures, row by row.
    pub(crate) fn parts(&self) -> Vec<Option<Part>> {
        let state = &self.state;
        let mut parts = state.parts.clone();
        let width = usize::from(state.buffer.area.width).max(1);
        for (y, row) in parts.chunks_mut(width).enumerate() {
            // The picture and the place that the cell before has named.
            let mut before: Option<(Color, Named)> = None;
            for (x, part) in row.iter_mut().enumerate() {
                let cell = &state.buffer[(x as u16, y as u16)];
                let named = Named::of_cell(cell.symbol(), cell.fg, before);
                before = named.map(|named| (cell.fg, named));
                if let Some(named) = named
                    && let Some(picture) = state.kitty.get(named.id)
                {
                    *part = Some(Part {
                        picture: picture.clone(),
                        at: named.at,
                    });
                }
            }
        }
        parts
    }
}

/// What a placeholder of kitty's protocol names.
#[derive(Debug, Clone, Copy)]
struct Named {
    id: u32,
    /// Column and row.
    at: (u16, u16),
}

impl Named {
    /// `before` are the colour and the meaning of the placeholder to the left.
    fn of_cell(symbol: &str, fg: Color, before: Option<(Color, Self)>) -> Option<Self> {
        let marks = symbol.strip_prefix(PLACEHOLDER)?;
        let low = match fg {
            Color::Rgb(r, g, b) => u32::from_be_bytes([0, r, g, b]),
            Color::Indexed(index) => u32::from(index),
            _ => return None,
        };
        let mut numbers = marks.chars().map(|mark| kitty_marks().get(&mark).copied());
        let mut next = || numbers.next().flatten();
        let follows = before
            .filter(|(colour, _)| *colour == fg)
            .map(|(_, one)| one);
        let row = next().or(follows.map(|one| one.at.1))?;
        let follows_in_row = follows.filter(|one| one.at.1 == row);
        let column = next().unwrap_or(follows_in_row.map_or(0, |one| one.at.0 + 1));
        let high = next().map_or(follows.map_or(0, |one| one.id >> 24), u32::from);
        Some(Self {
            id: high << 24 | low,
            at: (column, row),
        })
    }
}

impl State {
    fn resize(&mut self, (columns, rows): (u16, u16)) {
        let (columns, rows) = (columns.clamp(1, MOST_COLUMNS), rows.clamp(1, MOST_ROWS));
        let area = Rect::new(0, 0, columns, rows);
        self.buffer = Buffer::empty(area);
        self.parts = vec![None; usize::from(area.width) * usize::from(area.height)];
        self.move_to(self.cursor.0, self.cursor.1);
    }

    fn move_to(&mut self, x: u16, y: u16) {
        let area = self.buffer.area;
        self.cursor = (x.min(area.width - 1), y.min(area.height - 1));
        self.wraps = false;
    }

    /// Erases cells from `from` to before `to` of a row.
    fn erase(&mut self, y: u16, from: u16, to: u16) {
        let width = self.buffer.area.width;
        for x in from..to.min(width) {
            let background = self.style.bg.unwrap_or(Color::Reset);
            let cell = &mut self.buffer[(x, y)];
            cell.reset();
            cell.bg = background;
            self.parts[usize::from(y) * usize::from(width) + usize::from(x)] = None;
        }
    }

    fn erase_rows(&mut self, rows: std::ops::Range<u16>) {
        for y in rows {
            self.erase(y, 0, self.buffer.area.width);
        }
    }

    /// Puts a picture at the cursor, which stays.
    fn place(&mut self, picture: Arc<Shown>) {
        let area = self.buffer.area;
        let (left, top) = self.cursor;
        for row in 0..picture.cells.1.min(area.height - top) {
            for column in 0..picture.cells.0.min(area.width - left) {
                let (x, y) = (usize::from(left + column), usize::from(top + row));
                self.parts[y * usize::from(area.width) + x] = Some(Part {
                    picture: picture.clone(),
                    at: (column, row),
                });
            }
        }
    }

    fn set_mode(&mut self, mode: u16, on: bool) {
        match mode {
            2026 => {
                self.has_frame |= self.in_frame && !on;
                self.in_frame = on;
            }
            47 | 1047 | 1049 => {
                self.is_alternate = on;
                self.erase_rows(0..self.buffer.area.height);
            }
            _ => {}
        }
    }

    fn newline(&mut self) {
        let area = self.buffer.area;
        let (x, y) = self.cursor;
        if y + 1 < area.height {
            self.cursor = (x, y + 1);
            return;
        }
        let width = usize::from(area.width);
        self.buffer.content.rotate_left(width);
        self.parts.rotate_left(width);
        self.erase(y, 0, area.width);
    }

    fn graphic_rendition(&mut self, params: &Params) {
        // Colours come with `;` and, from other programs, with `:`.
        let numbers: Vec<u16> = params.iter().flatten().copied().collect();
        let mut rest = numbers.as_slice();
        if rest.is_empty() {
            self.style = Style::reset();
        }
        while let Some((&code, after)) = rest.split_first() {
            rest = after;
            let style = self.style;
            self.style = match code {
                0 => Style::reset(),
                1 => style.add_modifier(Modifier::BOLD),
                2 => style.add_modifier(Modifier::DIM),
                3 => style.add_modifier(Modifier::ITALIC),
                4 => style.add_modifier(Modifier::UNDERLINED),
                7 => style.add_modifier(Modifier::REVERSED),
                8 => style.add_modifier(Modifier::HIDDEN),
                9 => style.add_modifier(Modifier::CROSSED_OUT),
                22 => style.remove_modifier(Modifier::BOLD | Modifier::DIM),
                23 => style.remove_modifier(Modifier::ITALIC),
                24 => style.remove_modifier(Modifier::UNDERLINED),
                27 => style.remove_modifier(Modifier::REVERSED),
                28 => style.remove_modifier(Modifier::HIDDEN),
                29 => style.remove_modifier(Modifier::CROSSED_OUT),
                30..=37 => style.fg(Color::Indexed((code - 30) as u8)),
                90..=97 => style.fg(Color::Indexed((code - 82) as u8)),
                39 => style.fg(Color::Reset),
                40..=47 => style.bg(Color::Indexed((code - 40) as u8)),
                100..=107 => style.bg(Color::Indexed((code - 92) as u8)),
                49 => style.bg(Color::Reset),
                38 | 48 => {
                    let (colour, length) = extended_colour(rest);
                    rest = rest.get(length..).unwrap_or_default();
                    match colour {
                        Some(colour) if code == 38 => style.fg(colour),
                        Some(colour) => style.bg(colour),
                        None => style,
                    }
                }
                _ => style,
            };
        }
    }
}

/// The colour after 38 or 48, and how many numbers it takes.
fn extended_colour(numbers: &[u16]) -> (Option<Color>, usize) {
    let byte = |at: usize| numbers.get(at).map(|number| (*number).min(255) as u8);
    match numbers.first() {
        Some(2) => {
            let channels = (byte(1), byte(2), byte(3));
            let colour = match channels {
                (Some(r), Some(g), Some(b)) => Some(Color::Rgb(r, g, b)),
                _ => None,
            };
            (colour, 4)
        }
        Some(5) => (byte(1).map(Color::Indexed), 2),
        _ => (None, 1),
    }
}

impl Perform for State {
    fn print(&mut self, c: char) {
        let area = self.buffer.area;
        let width = c.width().unwrap_or(0) as u16;
        if width == 0 {
            // To the character before.
            let x = if self.wraps {
                self.cursor.0
            } else {
                self.cursor.0.saturating_sub(1)
            };
            let cell = &mut self.buffer[(x, self.cursor.1)];
            if cell.symbol().len() < MOST_IN_CELL {
                let symbol = format!("{}{c}", cell.symbol());
                cell.set_symbol(&symbol);
            }
            return;
        }
        if self.wraps || self.cursor.0 + width > area.width {
            self.cursor.0 = 0;
            self.wraps = false;
            self.newline();
        }
        self.printed = Some(c);
        let (x, y) = self.cursor;
        self.erase(y, x, x + width);
        let cell = &mut self.buffer[(x, y)];
        cell.set_char(c);
        cell.set_style(self.style);
        for x in x + 1..(x + width).min(area.width) {
            self.buffer[(x, y)].set_style(self.style);
        }
        let next = x + width;
        self.wraps = next >= area.width;
        self.cursor.0 = next.min(area.width - 1);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\r' => self.move_to(0, self.cursor.1),
            b'\n' => {
                self.wraps = false;
                self.newline();
            }
            0x08 => self.move_to(self.cursor.0.saturating_sub(1), self.cursor.1),
            b'\t' => self.move_to((self.cursor.0 / 8 + 1) * 8, self.cursor.1),
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, action: char) {
        let number = |at: usize| params.iter().nth(at).and_then(|one| one.first().copied());
        let count = number(0).unwrap_or(0).max(1);
        let (x, y) = self.cursor;
        let area = self.buffer.area;
        match (intermediates, action) {
            (b"?", 'h' | 'l') => {
                for mode in params.iter().flatten() {
                    self.set_mode(*mode, action == 'h');
                }
            }
            (b"", 'H' | 'f') => {
                let column = number(1).unwrap_or(0).max(1);
                self.move_to(column - 1, count - 1);
            }
            (b"", 'A') => self.move_to(x, y.saturating_sub(count)),
            (b"", 'B') => self.move_to(x, y.saturating_add(count)),
            (b"", 'C') => self.move_to(x.saturating_add(count), y),
            (b"", 'D') => self.move_to(x.saturating_sub(count), y),
            (b"", 'E') => self.move_to(0, y.saturating_add(count)),
            (b"", 'F') => self.move_to(0, y.saturating_sub(count)),
            (b"", 'G') => self.move_to(count - 1, y),
            (b"", 'd') => self.move_to(x, count - 1),
            (b"", 'J') => match number(0).unwrap_or(0) {
                0 => {
                    self.erase(y, x, area.width);
                    self.erase_rows(y + 1..area.height);
                }
                1 => {
                    self.erase_rows(0..y);
                    self.erase(y, 0, x + 1);
                }
                _ => self.erase_rows(0..area.height),
            },
            (b"", 'K') => match number(0).unwrap_or(0) {
                0 => self.erase(y, x, area.width),
                1 => self.erase(y, 0, x + 1),
                _ => self.erase(y, 0, area.width),
            },
            (b"", 'X') => self.erase(y, x, x.saturating_add(count)),
            (b"", 'b') => {
                if let Some(printed) = self.printed {
                    (0..count.min(area.width)).for_each(|_| self.print(printed));
                }
            }
            (b"", 'm') => self.graphic_rendition(params),
            (b"", 's') => self.saved_cursor = self.cursor,
            (b"", 'u') => self.move_to(self.saved_cursor.0, self.saved_cursor.1),
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        match (intermediates, byte) {
            (b"", b'7') => self.saved_cursor = self.cursor,
            (b"", b'8') => self.move_to(self.saved_cursor.0, self.saved_cursor.1),
            _ => {}
        }
    }
}
