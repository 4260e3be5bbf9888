//! Denoising autoencoders on Labeled Faces in the Wild, in a terminal.
//!
//! Layers, each importing only from those left of it:
//!
//! ```text
//! display error number_format interrupt paths rng progress device logging config ← dataset kernels ← imaging models
//!     ← classical latent search training ← runs ← model_store ← engine ← cli ← commands | tui ← main
//! ```
//!
//! The domain never names a terminal type; `tests/` checks both rules.

pub mod classical;
pub mod cli;
pub mod commands;
pub mod config;
pub mod dataset;
pub mod device;
pub mod display;
pub mod engine;
pub mod error;
pub(crate) mod imaging;
pub mod interrupt;
pub mod kernels;
pub mod latent;
mod logging;
pub mod model_store;
pub mod models;
pub mod number_format;
pub mod paths;
pub mod progress;
pub mod rng;
pub mod runs;
pub mod search;
pub mod training;
pub mod tui;

pub use error::{Error, Result};
