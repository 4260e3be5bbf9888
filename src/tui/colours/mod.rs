//! How many colours the terminal shows, how that is known, and converting frames to
//! them. Tabs and pictures are drawn in 24-bit colour; one pass over the finished
//! frame converts what the terminal would show wrongly. Half-block pictures are
//! dithered before, while their pixels are known.

mod backend;
mod cell_style;
mod cell_text;
mod depth;
mod detect;
mod palette;
mod plain_cells;

pub use backend::TerminalBackend;
pub use depth::Depth;
pub(crate) use detect::{ColourSupport, Reason};
pub(crate) use palette::{
    ANSI16, ANSI16_HUES, CHANNEL_WEIGHTS, ansi16_by_hue, indexed_to_ansi16, nearest_ansi256,
};
pub(crate) use plain_cells::PlainCells;
