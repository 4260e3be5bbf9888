//! Pictures on the terminal: a bounded cache of encoded pictures, filled by worker
//! threads, from which tabs draw without waiting.
//!
//! A tab asks for a picture each time it draws. If it is encoded already, it
//! appears; if not, a quiet block with the person's initials takes its place, the
//! workers encode it, and the event loop draws again when it is ready. What the
//! latest frame did not ask for is not encoded any more.

mod ansi16;
mod blocks;
mod budget;
mod cache_key;
mod capabilities;
mod cells;
mod columns;
mod detail;
mod encode;
mod error_diffusion;
mod fit;
mod inline;
mod kitty;
mod mosaic;
mod palette;
mod picture;
pub(crate) mod placeholder;
mod protocols;
mod renderer;
#[cfg(test)]
mod renderer_tests;
mod shades;
mod sixel;
mod small_png;
mod terminals;
mod workers;

pub(crate) use budget::Budget;
pub use capabilities::{Capabilities, window_cell_size};
pub use cells::BlockCell;
pub(crate) use detail::Detail;
pub(crate) use encode::max_rows;
pub use mosaic::{Mosaic, render_truecolour};
pub(crate) use palette::Indexed;
pub use picture::Picture;
pub(crate) use protocols::ProtocolChoice;
pub use renderer::ImageRenderer;
pub use workers::EncodeResult;
