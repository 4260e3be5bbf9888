//! The screen without a terminal: keys go through the keymap into `App`, what it
//! asks is answered by a stand-in for the engine, and views draw on a buffer.

mod browse;
mod colours;
mod denoise;
mod morph;
mod prompts;
mod screen;
pub mod stage;
mod train;
