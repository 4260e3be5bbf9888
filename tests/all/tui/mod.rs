//! The screen without a terminal: keys go through the keymap into `App`, its requests
//! are answered by a fake engine, and frames are drawn on a buffer.

mod answers;
mod browse;
mod colours;
mod damaged;
mod denoise;
mod denoise_file;
mod evaluation;
mod footer;
mod morph;
mod mouse;
mod named_keys;
mod neighbours;
mod prompts;
mod screen;
mod search;
pub mod stage;
mod steered;
mod train;
mod train_list;
