//! Draws a recording without a terminal: its bytes change the [`screen`] of a small
//! terminal, which is [painted](paint) with a built-in font and written as PNG, GIF or
//! SVG files.

mod blocks;
mod draw;
mod drawn_terminal;
mod font;
mod frames;
mod gif_file;
mod paint;
mod palette;
mod pictures;
mod png_file;
mod screen;
mod strings;
mod svg_file;

pub(crate) use draw::{Moment, Output, draw};
pub use drawn_terminal::DrawnTerminal;
pub(crate) use gif_file::GifWriter;
pub(crate) use paint::Painter;
pub(crate) use png_file::{Colours, encode as encode_png};
pub(crate) use screen::Screen;
